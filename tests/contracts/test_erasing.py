"""V9 in every store: after somebody was erased, no table says what was written about them."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import attrs
import pytest
import sqlalchemy as sa

from kwiga_orders.adapters.memory import MemoryOrderStore
from kwiga_orders.adapters.sql import AsyncSqlOrderStore, SqliteSettings, SqlOrderStore
from kwiga_orders.adapters.sql.engines import async_engine_for, engine_for
from kwiga_orders.adapters.sql.tables import outbox
from kwiga_orders.commands import Command
from kwiga_orders.contacts import EraseContact, MergeContacts
from kwiga_orders.errors import Corrupt, Refused
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.erasing import cleaned_data
from kwiga_orders.orders.evolve import replayed
from kwiga_orders.payments import Outcome
from kwiga_orders.periods import Period
from kwiga_orders.ports import OrderStore
from kwiga_orders.project import Contact
from kwiga_orders.queries import ParkedDeliveriesQuery
from kwiga_orders.testing.blocking import BlockingStore, blocking
from tests import postgres
from tests.laws.office import Office, edit, refund, report

SECRET = "asked to call her mother"
TEXTS = (SECRET, "Oksana", "oksana@mail.ua", "671234567")


@attrs.frozen
class Kept:
    """A store, and the database in which it keeps everything; None: in memory."""

    store: OrderStore
    url: str | None = None

    def everything(self) -> str:
        """Give all that is kept, as one text: also in tables that only the database knows of."""
        if self.url is None:
            assert isinstance(self.store, MemoryOrderStore)
            return str(self.store._states)
        engine = engine_for(self.url)
        with engine.connect() as connection:
            names = [name for name in sa.inspect(connection).get_table_names() if name.startswith("kwiga_")]
            rows = [row for name in names for row in connection.execute(sa.text(f"SELECT * FROM {name}"))]
        engine.dispose()
        return "\n".join(map(str, rows))


@pytest.fixture(params=["memory", "sqlite", "postgresql", "sqlite awaited", "postgresql awaited"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    """Give an empty store of each kind."""
    kind, _, awaited = str(request.param).partition(" ")
    if kind == "memory":
        yield Kept(MemoryOrderStore())
        return
    is_sqlite = kind == "sqlite"
    url = f"sqlite:///{tmp_path}/school.db" if is_sqlite else postgres.emptied()
    settings = SqliteSettings(synchronous="NORMAL") if is_sqlite else None
    # the tables of the other one are there
    with ExitStack() as stack:
        opened = stack.enter_context(SqlOrderStore.from_url(url, settings))
        if not awaited:
            yield Kept(opened, url)
            return
        runner = stack.enter_context(asyncio.Runner())
        store = stack.enter_context(blocking(AsyncSqlOrderStore(async_engine_for(url, settings)), runner))
        yield Kept(BlockingStore(store, runner), url)


def commands_about(order: str) -> Iterator[Command]:
    """Give commands that write about a person wherever they can."""
    yield asked.EditOrder(order=order, comment=SECRET)
    yield asked.AddNote(order=order, text=SECRET)
    yield asked.AddTask(order=order, title=SECRET)
    yield report(order, Outcome.FAILED, reason=SECRET)
    yield report(order, Outcome.SUCCEEDED, reference="w-2", amount="7.00", reason=SECRET)
    yield asked.MarkPaid(order=order, payment=f"{order}.1", comment=SECRET)
    yield edit(order, comment=f"{SECRET}!")
    yield asked.FreezeAccess(order=order, period=Period(days=3), reason=SECRET)
    yield asked.UnfreezeAccess(order=order, reason=SECRET)
    yield refund(order, "5.00", reason=SECRET)
    yield asked.ReportEvent(order=order, event="x.called", data={"said": {"to": [SECRET]}})
    yield asked.CancelOrder(order=order, reason=SECRET)


def written_about(office: Office, *, is_sent: bool = False) -> list[str]:
    """Write about a person on two cards, which are merged; each command has a key, and so has one that is refused."""
    office.at("2026-11-01 10:00")
    for id in ("oksana", "double"):
        office.knows(Contact(id=id, name="Oksana", email="oksana@mail.ua", phone="+380671234567"))
    office.offers(refund_policy="keep")
    orders = [office.opens(contact=id) for id in ("oksana", "double")]
    for order in orders:
        for n, command in enumerate(commands_about(order)):
            keyed = attrs.evolve(command, idempotency_key=f"{order} {n}")
            (office.does if is_sent else office.orders.execute)(keyed)
        with pytest.raises(Refused):
            office.orders.execute(asked.CancelOrder(order=order, reason=SECRET, idempotency_key=f"{order} again"))
    office.orders.execute(MergeContacts(contact="double", into="oksana"))
    return orders


@pytest.mark.parametrize("is_sent", [True, False], ids=["sent", "waiting"])
def test_no_table_has_anything_of_the_person(kept: Kept, is_sent: bool) -> None:
    """Neither rows that wait nor those that were handed on, nor answers under keys; the money stays."""
    office = Office(store=kept.store)
    orders = written_about(office, is_sent=is_sent)
    before, rows = [office.order(id) for id in orders], kept.store.pending("school", limit=1000)
    told = kept.everything()
    assert [text for text in TEXTS if text not in told] == []

    office.orders.execute(EraseContact(contact="oksana"))

    told = kept.everything()
    assert [text for text in TEXTS if text in told] == []
    after = [office.order(id) for id in orders]
    for was, order in zip(before, after, strict=True):
        assert (order.sums, order.payment_status, order.anomalies) == (was.sums, was.payment_status, was.anomalies)
        assert [one.reference for one in order.anomalies] == ["w-2"]
        assert replayed(office.history(order.id)) == order
    left = kept.store.pending("school", limit=1000)
    assert [attrs.evolve(row, data={}) for row in left[: len(rows)]] == [attrs.evolve(row, data={}) for row in rows]
    assert [row.data for row in left[: len(rows)]] == [
        cleaned_data(row.data) if row.kind == "event" else row.data for row in rows
    ]


def test_a_report_that_is_repeated_brings_nothing_back(kept: Kept) -> None:
    """P4: why an attempt failed is known to nobody any more, also if the gateway tells it once more."""
    office = Office(store=kept.store).at("2026-11-01 10:00")
    office.offers()
    order = office.opens()
    failed = report(order, Outcome.FAILED, at=office.now, reason=SECRET)
    office.orders.execute(failed)
    office.orders.execute(EraseContact(contact="olena"))
    erased = office.order(order)

    office.orders.execute(failed)
    office.at("2026-11-01 11:00").orders.execute(attrs.evolve(failed, occurred_at=None))

    assert office.order(order) == erased
    assert SECRET not in kept.everything()


def test_a_row_that_cannot_be_read_does_not_stop_it(tmp_path: Path) -> None:
    """All that it said goes, and it is parked when its turn comes; a row of a newer version, too."""
    url = f"sqlite:///{tmp_path}/school.db"
    with SqlOrderStore.from_url(url) as opened:
        kept = Kept(opened, url)
        office = Office(store=opened)
        written_about(office)
        bad, newer = (row.id for row in opened.pending("school", limit=2))
        with opened._engine.begin() as connection:
            damaged = outbox.update().where(outbox.c.id == bad)
            connection.execute(damaged.values(document=f'{{"data": "{SECRET}"'))
            connection.execute(outbox.update().where(outbox.c.id == newer).values(schema=99))

        office.orders.execute(EraseContact(contact="oksana"))

        told = kept.everything()
        assert [text for text in TEXTS if text in told] == []
        with pytest.raises(Corrupt):
            office.orders.relay_once(office.notifier)
        parked = office.orders.ask(ParkedDeliveriesQuery())["rows"]
        assert bad in [row["row"] for row in parked]


def test_what_only_sounds_like_a_text_stays() -> None:
    """The code of what stopped a renewal by itself; what is empty stays so."""
    data = {"by_hand": False, "reason": "chargeback", "comment": None, "attempt": {"reason": "x"}, "products": ["a"]}

    assert cleaned_data(data) == {**data, "attempt": {"reason": ""}}
