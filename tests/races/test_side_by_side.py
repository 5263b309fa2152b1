"""Two commands at once: whatever one does between another's reading and its commit, no rule is broken.

F2, F6, O3, O5, O8 and C3 rest on what a decision read. The schedule that tells is the same for each pair of commands:
the first reads and decides, then the second is executed whole, then the first commits - and finds out.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, cast

import attrs
import pytest

from kwiga_orders.adapters.sql import PostgresSettings, SqliteSettings, SqlOrderStore
from kwiga_orders.adapters.sql.engines import engine_for
from kwiga_orders.changes import Changes
from kwiga_orders.commands import Command
from kwiga_orders.course import CertificateConditions, Course
from kwiga_orders.errors import Refused
from kwiga_orders.funnel import AddStatus, RemoveStatus
from kwiga_orders.listing import OrderSearch
from kwiga_orders.offers import ArchiveOffer, EditOffer, ItemChange
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.evolve import replayed
from kwiga_orders.orders.state import Follows, Order
from kwiga_orders.payments import Outcome
from kwiga_orders.ports import OrderStore, Transaction
from kwiga_orders.project import Contact
from kwiga_orders.service import Orders
from kwiga_orders.testing.school import CountedIds
from tests import postgres
from tests.effort import is_thorough, times
from tests.laws.office import Office

_LINE = asked.LineAsked(product="python", price=Decimal(7))
COMMANDS: Mapping[str, Command] = {
    "olena opens": asked.OpenOffer(offer="basic", contact="olena"),
    "taras opens": asked.OpenOffer(offer="basic", contact="taras"),
    "move into it": asked.MoveOrder(order="id1", status="extra"),
    "make in it": asked.CreateOrder(contact="taras", lines=(_LINE,), status="extra"),
    "remove it": RemoveStatus(funnel="default", status="extra"),
    "remove it and move": RemoveStatus(funnel="default", status="extra", move_to="new"),
    "price for new orders": EditOffer(
        offer="basic", items=(ItemChange(product="python", price=Decimal(900)),), apply_to="new_orders"
    ),
    "archive": ArchiveOffer(offer="basic"),
    "pay": asked.MarkPaid(order="id1", payment="id1.1"),
    "cancel": asked.CancelOrder(order="id1"),
    "certificate": asked.IssueCertificate(order="id2", product="python"),
    "another certificate": asked.IssueCertificate(order="id3", product="python"),
}


@attrs.frozen
class Hurried:
    """A store where another command is executed before a change is committed, once."""

    inner: OrderStore
    meanwhile: list[Command]
    office: Office

    @contextmanager
    def transaction(self, project: str, /, *, writes: bool, alone: bool = False) -> Iterator[Transaction]:
        """Begin a transaction."""
        with self.inner.transaction(project, writes=writes, alone=alone) as transaction:
            yield cast(Transaction, _Overtaken(transaction, self))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@attrs.frozen
class _Overtaken:
    transaction: Transaction
    hurried: Hurried

    def commit(self, changes: Changes, /) -> None:
        while self.hurried.meanwhile:
            done(self.hurried.office, self.hurried.meanwhile.pop())
        self.transaction.commit(changes)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transaction, name)


def done(office: Office, command: Command) -> None:
    """Execute a command; a rule may say no."""
    try:
        office.orders.execute(command)
    except Refused:
        return


def furnished(store: OrderStore) -> Office:
    """Give a school with an offer, a status to remove, and three orders, two of them paid."""
    office = Office(store=store)
    office.has(Course(product="python", certificate=CertificateConditions()))
    office.offers()
    office.does(AddStatus(funnel="default", id="extra", title="Extra"))
    office.orders = attrs.evolve(office.orders, ids=CountedIds())
    for contact in ("olena", "taras", "taras"):
        office.opens(contact=contact)
    office.pays("id2")
    office.pays("id3")
    return office


def in_turn(store: OrderStore, office: Office, first: Command, second: Command) -> None:
    """Let the second command come between the first one's reading and its commit."""
    hurried = Hurried(store, [second], office)
    overtaken = Office.__new__(Office)
    overtaken.orders = attrs.evolve(office.orders, store=cast(OrderStore, hurried), ids=CountedIds(prefix="x"))
    done(overtaken, first)


def assert_no_rule_is_broken(store: OrderStore, *, most: int = 100) -> None:
    """Hold what is stored against the rules that rest on more than one record."""
    with store.transaction("school", writes=False) as records:
        orders = records.search(OrderSearch(sort="number", descending=False, limit=most)).orders
        statuses = {one.id: {status.id for status in one.statuses} for one in records.all_funnels()}
        offer = records.find_offer("basic")
        histories = [records.history_of(order.id) for order in orders]
    assert offer is not None
    assert all(replayed(history) == order for order, history in zip(orders, histories, strict=True))
    # F2, F6: an order stands in a status that there is
    assert all(order.status in statuses[order.funnel] for order in orders)
    # O5, C3
    assert [order.number for order in orders] == list(range(1, len(orders) + 1))
    # C4: one that another order carries on keeps its number
    issued = sorted({one.number for order in orders for one in order.certificates})
    assert issued == list(range(1, len(issued) + 1))
    # O3: of twins that wait only the newest is not superseded
    assert all(order.superseded_by for order in orders if _waits(order) and _has_newer_twin(order, orders))
    # O6, O8: an order has the price of the version that it was made from
    for order in orders:
        if order.origin is not None and isinstance(order.lines[0].source, Follows):
            assert order.lines[0].price.minor == (100000 if order.lines[0].source.since == 1 else 90000)


def _waits(order: Order) -> bool:
    return order.origin is not None and order.cancelled_at is None and order.activated_at is None


def _has_newer_twin(order: Order, orders: tuple[Order, ...]) -> bool:
    return any(one.number > order.number and one.contact == order.contact and one.origin is not None for one in orders)


class TestSideBySide:
    """Each pair of commands, one overtaken by the other."""

    def test_on_sqlite(self, tmp_path: Path) -> None:
        """F2, F6, O3, O5, O8, C3 hold after each pair."""
        for n, (first, second) in enumerate(_pairs(every=1 if is_thorough() else 3)):
            url = f"sqlite:///{tmp_path}/{n}.db"
            SqlOrderStore.from_url(url).close()
            with SqlOrderStore(engine_for(url, SqliteSettings(synchronous="NORMAL"))) as store:
                in_turn(store, furnished(store), first, second)
                assert_no_rule_is_broken(store)

    def test_on_postgres(self) -> None:
        """The same, of which a server decides."""
        for first, second in _pairs(every=1 if is_thorough() else 7):
            with SqlOrderStore.from_url(postgres.emptied()) as store:
                in_turn(store, furnished(store), first, second)
                assert_no_rule_is_broken(store)


class TestOneReference:
    """A reference belongs to one payment in a project (P4)."""

    @pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
    def test_of_two_orders(self, kind: str, tmp_path: Path) -> None:
        """Two orders are told of the same money at once: it pays one of them, the other needs attention."""
        url = postgres.emptied() if kind == "postgresql" else f"sqlite:///{tmp_path}/school.db"
        with SqlOrderStore.from_url(url) as store:
            office = furnished(store)
            another = office.opens(contact="taras")
            reports = [
                asked.ReportAttempt(
                    order=id, payment=f"{id}.1", reference="r1", outcome=Outcome.SUCCEEDED, gateway="fake"
                )
                for id in ("id1", another)
            ]

            in_turn(store, office, *reports)

            found = [office.order(one.order) for one in reports]
            assert sorted(one.payment_status.value for one in found) == ["paid", "unpaid"]
            assert [one.code for order in found for one in order.attention] == ["reused_reference"]


class TestTwinsAtOnce:
    """O3: of twins that wait only the newest is not superseded, however many are opened at the same time."""

    def test_by_processes(self) -> None:
        """Four processes open the same offer at one instant, for a contact who has no opening that would tell them."""
        rounds, url = times(40, 400), postgres.emptied()
        with SqlOrderStore.from_url(url) as store:
            orders = furnished(store).orders
            for n in range(rounds):
                store.save_contact("school", Contact(id=f"c{n}", name="C"))
        begins = time.time() + 1
        children = [_child(partial(_opens_on_time, orders, url, str(n), begins, rounds)) for n in range(4)]

        assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
        with SqlOrderStore.from_url(url) as store:
            assert_no_rule_is_broken(store, most=rounds * 4 + 3)


def _child(act: Callable[[], None]) -> int:
    if (child := os.fork()) != 0:
        return child
    try:
        act()
        os._exit(0)
    finally:
        os._exit(1)


def _opens_on_time(orders: Orders, url: str, name: str, begins: float, rounds: int) -> None:
    with SqlOrderStore(engine_for(url)) as store:
        mine = attrs.evolve(orders, store=store, ids=CountedIds(prefix=f"p{name}-"))
        for n in range(rounds):
            time.sleep(max(0.0, begins + n * 0.03 - time.time()))
            mine.execute(asked.OpenOffer(offer="basic", contact=f"c{n}"))


def _pairs(*, every: int) -> list[tuple[Command, Command]]:
    return [*product(COMMANDS.values(), COMMANDS.values())][::every]


class TestAFrozenWriter:
    """A process that stops while it decides keeps nobody from writing."""

    def test_others_go_on(self) -> None:
        """It is stopped between its reading and its commit; what others write is accepted at once."""
        url = postgres.emptied()
        settings = PostgresSettings(lock_timeout=timedelta(seconds=1))
        with SqlOrderStore.from_url(url, settings) as store:
            office = furnished(store)
            child = os.fork()
            if child == 0:
                _stops(url)
            _, status = os.waitpid(child, os.WUNTRACED)
            try:
                assert os.WIFSTOPPED(status)
                began = time.monotonic()
                for n in range(5):
                    office.orders.execute(asked.EditOrder(order="id1", comment=str(n)))
                assert time.monotonic() - began < settings.lock_timeout.total_seconds() * 5
            finally:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            office.orders.execute(asked.EditOrder(order="id1", comment="after"))


def _stops(url: str) -> None:
    """Decide a command, and stop before it is committed."""
    try:
        with SqlOrderStore(engine_for(url)) as store, store.transaction("school", writes=True) as transaction:
            transaction.find_order("id1")
            os.kill(os.getpid(), signal.SIGSTOP)
    finally:
        os._exit(0)
