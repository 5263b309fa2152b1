"""Random commands of several clients, interleaved at random: it comes to what one after another would have made.

Each client has connections of its own. One of them runs at a time, and gives way before a transaction begins and before
it commits; who goes on is drawn. Then the commands that wrote are executed again, one after another in the order of
their commits, on a store in memory: orders, funnels, offers, what they pinned, and rows of the outbox are the same.
So no rule is broken that a single writer keeps (F2, F6, O3, O8, K1, C3), whichever it is.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from copy import copy
from decimal import Decimal
from itertools import count
from pathlib import Path
from threading import Semaphore, Thread
from typing import Any, cast

import attrs
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kwiga_orders.adapters.memory import MemoryOrderStore
from kwiga_orders.adapters.sql import SqliteSettings, SqlOrderStore
from kwiga_orders.adapters.sql.engines import engine_for
from kwiga_orders.changes import Changes, Receipt
from kwiga_orders.commands import Command
from kwiga_orders.contacts import MergeContacts
from kwiga_orders.errors import Refused
from kwiga_orders.funnel import AddStatus, RemoveStatus
from kwiga_orders.listing import OrderSearch
from kwiga_orders.offers import EditOffer, ItemChange
from kwiga_orders.orders import commands as asked
from kwiga_orders.periods import Period
from kwiga_orders.ports import OrderStore, Transaction
from kwiga_orders.queries import BoardQuery, FunnelsQuery, OfferQuery, OrderQuery
from kwiga_orders.service import Orders
from kwiga_orders.terms import For, TermsChange
from kwiga_orders.testing.school import CountedIds
from tests import postgres
from tests.effort import is_thorough
from tests.laws.office import Office
from tests.races.test_side_by_side import assert_no_rule_is_broken, furnished

_LINE = asked.LineAsked(product="python", price=Decimal(7))
ORDERS = st.sampled_from(["id1", "id2", "id3"])
REACHES = st.sampled_from(["following_orders", "new_orders"])
CLIENTS = 3


def edited(days: int, price: int, apply_to: str) -> Command:
    """Change terms of an offer; its price is that of its version, which the rules are held against."""
    item = ItemChange(product="python", price=Decimal(price), terms=TermsChange(duration=For(period=Period(days=days))))
    return EditOffer(offer="basic", items=(item,), apply_to=apply_to)  # type: ignore[arg-type]


_OPENS = st.sampled_from(["olena", "taras"]).map(lambda contact: asked.OpenOffer(offer="basic", contact=contact))
_PAYS = ORDERS.map(lambda order: asked.MarkPaid(order=order, payment=f"{order}.1"))
_REFUNDS = ORDERS.map(lambda order: asked.RefundPayment(order=order, payment=f"{order}.1", amount=Decimal(1000)))
THEMES: Sequence[st.SearchStrategy[Command]] = (
    # F2, F6: a status comes and goes while orders go into it
    st.one_of(
        ORDERS.map(lambda order: asked.MoveOrder(order=order, status="extra")),
        st.just(asked.CreateOrder(contact="taras", lines=(_LINE,), status="extra")),
        st.sampled_from([None, "new"]).map(lambda to: RemoveStatus(funnel="default", status="extra", move_to=to)),
        st.just(AddStatus(funnel="default", id="extra", title="Extra")),
    ),
    # O3: twins are opened, paid, cancelled, reopened, and change hands
    st.one_of(
        _OPENS,
        _OPENS,
        _PAYS,
        st.builds(asked.CancelOrder, order=ORDERS),
        st.builds(asked.ReopenOrder, order=ORDERS),
        st.just(MergeContacts(contact="taras", into="olena")),
    ),
    # O8: an offer changes for all, or for those to come, while it is opened
    st.one_of(_OPENS, st.builds(edited, st.integers(1, 9), st.just(900), REACHES), _PAYS),
    # C3, P5: certificates of orders that are paid and given back
    st.one_of(st.builds(asked.IssueCertificate, order=ORDERS, product=st.just("python")), _REFUNDS, _PAYS, _OPENS),
    # K1: several clients come with one key
    st.one_of(
        st.just(asked.AddTask(order="id1", title="call", idempotency_key="k1")),
        st.just(asked.OpenOffer(offer="basic", contact="olena", idempotency_key="k2")),
        st.just(asked.CancelOrder(order="id1", idempotency_key="k3")),
        st.just(asked.ReopenOrder(order="id1", idempotency_key="k4")),
    ),
)
"""Commands that meet in the same things; those of one theme are drawn together."""


class Abandoned(Exception):
    """Nobody needs any more what a client does."""


@attrs.define(eq=False)
class Client:
    """A worker that executes commands when it is its turn; `written` is shared by all, in the order of commits."""

    orders: Orders
    commands: Sequence[Command]
    written: list[Command]
    receipts: dict[str, list[Receipt | str]]
    turn: Semaphore = attrs.field(factory=lambda: Semaphore(0))
    given_way: Semaphore = attrs.field(factory=lambda: Semaphore(0))
    command: Command | None = None
    is_done: bool = False
    is_abandoned: bool = False
    problem: BaseException | None = None

    def begin(self) -> None:
        """Begin in a thread of its own, and wait for the first turn."""
        self.orders = attrs.evolve(self.orders, store=cast(OrderStore, Pausing(self.orders.store, self)))
        Thread(target=self._work, daemon=True).start()

    def go_on(self) -> None:
        """Let it work until it gives way, or is done."""
        self.turn.release()
        self.given_way.acquire()
        if self.problem is not None:
            raise self.problem

    def give_way(self) -> None:
        """Wait for the next turn."""
        self.given_way.release()
        self.turn.acquire()
        if self.is_abandoned:
            raise Abandoned

    def abandon(self) -> None:
        """End it where it is, so that its connection is free again."""
        while not self.is_done:
            self.is_abandoned = True
            self.turn.release()
            self.given_way.acquire()

    def _work(self) -> None:
        self.turn.acquire()
        try:
            outcome: Receipt | str
            for command in self.commands:
                self.command = command
                try:
                    outcome = self.orders.execute(command)
                except Refused as refused:
                    outcome = refused.code
                if command.idempotency_key is not None:
                    self.receipts.setdefault(command.idempotency_key, []).append(outcome)
        except BaseException as problem:
            self.problem = problem
        self.is_done = True
        self.given_way.release()


@attrs.frozen
class Pausing:
    """A store whose user gives way before it begins to decide, and before it commits."""

    inner: OrderStore
    client: Client

    @contextmanager
    def transaction(self, project: str, /, *, writes: bool, alone: bool = False) -> Iterator[Transaction]:
        # who has waited long enough decides alone: nobody could go on meanwhile
        if not alone:
            self.client.give_way()
        with self.inner.transaction(project, writes=writes, alone=alone) as transaction:
            yield cast(Transaction, PausingTransaction(transaction, self.client, alone))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@attrs.frozen
class PausingTransaction:
    """A transaction of it."""

    inner: Transaction
    client: Client
    alone: bool

    def commit(self, changes: Changes, /) -> None:
        if not self.alone:
            self.client.give_way()
        self.inner.commit(changes)
        assert self.client.command is not None
        self.client.written.append(self.client.command)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def interleaved(office: Office, stores: Sequence[OrderStore], data: st.DataObject) -> list[Command]:
    """Let clients work, in an order that is drawn; give what was written, in the order of commits."""
    written: list[Command] = []
    receipts: dict[str, list[Receipt | str]] = {}
    clients = []
    theme = data.draw(st.sampled_from(THEMES), label="theme")
    for number, store in enumerate(stores):
        commands = data.draw(st.lists(theme, min_size=1, max_size=3), label=f"commands of client {number}")
        orders = attrs.evolve(office.orders, store=store, ids=CountedIds(prefix=f"c{number}n"))
        clients.append(Client(orders, commands, written, receipts))
    for one in clients:
        one.begin()
    try:
        while waiting := [one for one in clients if not one.is_done]:
            next_one = data.draw(st.integers(0, len(waiting) - 1), label="whose turn") if len(waiting) > 1 else 0
            waiting[next_one].go_on()
    finally:
        for one in clients:
            one.abandon()
    # K1: whoever gives a key again gets the first answer
    assert all(len({str(outcome) for outcome in outcomes}) == 1 for outcomes in receipts.values())
    keys = [one.idempotency_key for one in written if one.idempotency_key is not None]
    assert len(keys) == len(set(keys))
    return written


def one_by_one(commands: Sequence[Command]) -> Office:
    """Give a school in memory where these commands were executed, one after another."""
    office = furnished(MemoryOrderStore())
    office.orders = attrs.evolve(office.orders, ids=CountedIds(prefix="c9n"))
    for command in commands:
        try:
            office.orders.execute(command)
        except Refused:
            assert command.idempotency_key is not None, f"{command} was accepted side by side"
    return office


def books(office: Office) -> str:
    """Write all that a school has, as if its orders had their numbers for ids."""
    with office.store.transaction("school", writes=False) as records:
        found = records.search(OrderSearch(sort="number", descending=False, limit=100)).orders
    queries: list[Any] = [OfferQuery(offer="basic"), FunnelsQuery(), BoardQuery(funnel="default")]
    queries += [OrderQuery(order=order.id) for order in found]
    rows = sorted(office.store.pending("school", limit=1000), key=lambda row: row.id)
    # rows wait in the order in which they were written: that of each order is what is promised
    by_order = {
        order.number: [(row.name, row.contact, row.data) for row in rows if row.order == order.id] for order in found
    }
    text = json.dumps([[office.orders.ask(query) for query in queries], by_order], default=str, sort_keys=True)
    numbers = {order.id: f"number {order.number}" for order in found}
    return re.sub(r"\b(id\d+|c\dn\d+)\b", lambda id: numbers.get(id[0], id[0]), text)


def holds(office: Office, stores: Sequence[OrderStore], data: st.DataObject) -> None:
    """Interleave clients on a store, and hold what it has against the rules, and against one after another."""
    written = interleaved(office, stores, data)
    if not any(isinstance(one, MergeContacts) for one in written):
        # it takes nobody to have twins that another opened
        assert_no_rule_is_broken(office.store)
    assert json.loads(books(office)) == json.loads(books(one_by_one(written)))


def tried(share: float) -> Callable[[Callable[[st.DataObject], None]], Callable[[], None]]:
    """Give what makes a property of a function of drawn data, tried for a share of the profile's examples."""
    most = max(int(settings().max_examples * share), 1)
    # a counterexample is made smaller only by who has the time
    phases = [phase for phase in settings().phases if is_thorough() or phase is not Phase.shrink]
    return lambda check: settings(max_examples=most, phases=phases)(given(st.data())(check))


class TestSchedules:
    """F2, F6, O3, O8, K1, C3: whatever commands meet, and wherever they do."""

    def test_on_sqlite(self, tmp_path: Path) -> None:
        """Three clients with a connection each to one file."""
        patience = SqliteSettings(synchronous="NORMAL")
        with SqlOrderStore.from_url(f"sqlite:///{tmp_path}/begun.db", patience) as begun:
            furniture = furnished(begun)

        files = (tmp_path / f"{number}.db" for number in count())

        @tried(0.4)
        def check(data: st.DataObject) -> None:
            file = shutil.copy(tmp_path / "begun.db", next(files))
            with ExitStack() as opened:
                stores = [
                    opened.enter_context(SqlOrderStore(engine_for(f"sqlite:///{file}", patience)))
                    for _ in range(CLIENTS)
                ]
                office = copy(furniture)
                office.store = stores[0]
                office.orders = attrs.evolve(furniture.orders, store=stores[0])
                holds(office, stores, data)

        check()

    def test_on_postgres(self) -> None:
        """The same on a server."""
        with ExitStack() as opened:
            url = postgres.emptied()
            stores = [opened.enter_context(SqlOrderStore(engine_for(url))) for _ in range(CLIENTS)]

            @tried(0.2)
            def check(data: st.DataObject) -> None:
                postgres.emptied()
                holds(furnished(stores[0]), stores, data)

            check()
