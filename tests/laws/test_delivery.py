"""N1: what cannot be handed on is tried again ever more rarely, then parked, and holds up nobody but its own order."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import attrs
import psycopg
import pytest
import sqlalchemy as sa

from kwiga_orders.adapters.sql import PostgresSettings, SqlOrderStore
from kwiga_orders.adapters.sql.tables import outbox
from kwiga_orders.changes import OutboxRow
from kwiga_orders.delivery import DeliverySettings, DropDelivery, RetryDelivery
from kwiga_orders.errors import AdapterFailed, Corrupt, NotFound, PermanentFailure
from kwiga_orders.gateways import GatewayFact, RefundRequest
from kwiga_orders.orders import commands as asked
from kwiga_orders.ports import OrderStore
from kwiga_orders.queries import ParkedDeliveriesQuery
from kwiga_orders.testing.gateways import FakeGateway
from tests import postgres
from tests.effort import times
from tests.integrations.desk import Desk
from tests.laws.office import Office

MINUTE = timedelta(minutes=1)
STUCK = 40
"""So many orders cannot be handed on: more than are claimed at once."""

_CUT_OFF = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OrderStore | None]:
    """A store of each kind."""
    if request.param == "memory":
        yield None
        return
    url = f"sqlite:///{tmp_path}/school.db" if request.param == "sqlite" else postgres.emptied()
    with SqlOrderStore.from_url(url) as opened:
        yield opened


@attrs.define
class Mailbox:
    """A notifier that cannot reach some contacts."""

    dead: tuple[str, ...] = ("taras",)
    rows: list[OutboxRow] = attrs.field(factory=list)

    def notify(self, _: str, row: OutboxRow, /) -> None:
        """Keep a row, unless its contact cannot be reached."""
        if row.contact in self.dead and not row.name.startswith("delivery."):
            raise OSError("550 no such mailbox")
        self.rows.append(row)


def tried(office: Office, notifier: Mailbox, *, at_once: int = 30) -> int:
    """Relay once; give how many rows were handed on."""
    before = len(notifier.rows)
    with suppress(OSError):
        office.orders.relay_once(notifier, limit=at_once)
    return len(notifier.rows) - before


class TestN1StuckRows:
    """What cannot be sent holds up its own order only."""

    def test_letters(self, store: OrderStore | None) -> None:
        """Orders whose letters cannot be sent, however many, are put off; the next relay comes to the others."""
        office = Office(store=store)
        for _ in range(times(STUCK, 10 * STUCK)):
            office.orders.execute(made(office, "taras"))
        good = office.orders.execute(made(office, "olena")).order

        mailbox = Mailbox()
        relays = 0
        while not any(row.order == good for row in mailbox.rows):
            tried(office, mailbox)
            relays += 1
        assert relays <= times(STUCK, 10 * STUCK) * 3 // 30 + 1

    def test_one_after_the_other(self, store: OrderStore | None) -> None:
        """Of an order nothing overtakes what is put off; once it is handed on, the rest follows, in order."""
        office = Office(store=store)
        order = office.orders.execute(made(office, "taras")).order
        office.orders.execute(asked.EditOrder(order=str(order), comment="x"))
        waiting = [row.id for row in office.store.pending("school", limit=100)]
        mailbox = Mailbox()

        assert [tried(office, mailbox) for _ in range(3)] == [0, 0, 0]
        mailbox.dead = ()
        assert tried(office, mailbox) == 0
        office.clock.set(office.now + MINUTE)
        tried(office, mailbox)
        assert [row.id for row in mailbox.rows] == waiting

    def test_gateways(self) -> None:
        """A gateway that breaks, in whatever way, stops no letters; what it was to do is done later."""
        desk = Desk()
        desk.is_paid()
        desk.asks_back("10.00")
        broken = attrs.evolve(desk.orders, gateways={"fake": Broken(desk.clock, name="fake")})
        mailbox = Mailbox(dead=())

        with pytest.raises(TypeError):
            broken.relay_once(mailbox)
        assert [row.kind for row in mailbox.rows]
        desk.lets_pass(MINUTE)
        desk.relays()
        assert desk.went_back() == ["10.00 UAH"]


class Broken(FakeGateway):
    """A gateway with a fault."""

    def refund(self, request: RefundRequest, /) -> GatewayFact:
        """Break."""
        raise TypeError(request.key)


def made(office: Office, contact: str) -> asked.CreateOrder:
    """Give the command that makes an order."""
    if office.courses.find_course("school", "python") is None:
        office.teaches()
    line = asked.LineAsked(product="python", price=Decimal(1))
    return asked.CreateOrder(contact=contact, lines=(line,))


class TestN1Parked:
    """Tried again ever more rarely, a bounded number of times, and then parked: asked for, retried, dropped by hand."""

    def parked(self, store: OrderStore | None, mailbox: Mailbox) -> tuple[Office, list[timedelta]]:
        """Give an office with a parked row, and the times between the tries."""
        office = Office(store=store)
        office.orders = attrs.evolve(office.orders, delivery=DeliverySettings(tries=4))
        office.orders.execute(made(office, "taras"))
        office.orders.execute(made(office, "olena"))
        first, tries = office.now, []
        while not office.orders.ask(ParkedDeliveriesQuery())["rows"]:
            try:
                office.orders.relay_once(mailbox)
            except OSError:
                tries.append(office.now - first)
            office.clock.set(office.now + timedelta(seconds=5))
        return office, tries

    def test_ever_more_rarely(self, store: OrderStore | None) -> None:
        """The pauses grow; after the last one the row is parked, can be asked for, and an event tells of it."""
        mailbox = Mailbox()
        office, tries = self.parked(store, mailbox)

        assert [one.total_seconds() for one in tries] == [0, 10, 40, 130]
        (row,) = office.orders.ask(ParkedDeliveriesQuery())["rows"]
        assert (row["name"], row["tries"], row["error"]) == ("order.created", 4, "OSError")
        tried(office, mailbox)
        (event,) = [row for row in mailbox.rows if row.name == "delivery.parked"]
        assert (event.data["row"], event.data["what"], event.data["tries"]) == (row["row"], "order.created", 4)

    def test_refused_for_good(self) -> None:
        """What trying again does not change is parked at once: an address that the mail server does not know."""
        office = Office()
        office.orders.execute(made(office, "olena"))

        class Refusing:
            def notify(self, _: str, row: OutboxRow, /) -> None:
                raise PermanentFailure("mail.refused", reply=550)

        with suppress(AdapterFailed):
            office.orders.relay_once(Refusing())

        (row,) = office.orders.ask(ParkedDeliveriesQuery())["rows"]
        assert (row["tries"], row["error"]) == (1, "mail.refused")

    def test_of_its_own_event_nothing_is_told(self) -> None:
        """An event that tells of a parked row may be parked, too; no other event tells of that, and so on for ever."""
        office = Office()
        office.orders.execute(made(office, "olena"))

        class Refusing:
            def notify(self, _: str, row: OutboxRow, /) -> None:
                raise PermanentFailure("mail.refused", reply=550)

        for _ in range(6):
            with suppress(AdapterFailed):
                office.orders.relay_once(Refusing())

        names = [row["name"] for row in office.orders.ask(ParkedDeliveriesQuery())["rows"]]
        assert names == ["order.created", "delivery.parked"]

    def test_retried(self, store: OrderStore | None) -> None:
        """Retried by hand it is tried at once; what waited for it follows."""
        mailbox = Mailbox()
        office, _ = self.parked(store, mailbox)
        mailbox.dead = ()

        assert office.orders.execute(RetryDelivery()).done == 1
        tried(office, mailbox)
        assert not office.store.pending("school", limit=1)
        assert not office.orders.ask(ParkedDeliveriesQuery())["rows"]
        assert office.orders.execute(RetryDelivery()).done == 0

    def test_dropped(self, store: OrderStore | None) -> None:
        """Dropped by hand it is never sent, and an event says who did; what waited for it follows."""
        mailbox = Mailbox()
        office, _ = self.parked(store, mailbox)
        mailbox.dead = ()
        (row,) = office.orders.ask(ParkedDeliveriesQuery())["rows"]

        office.orders.execute(DropDelivery(row=row["row"]))
        tried(office, mailbox)
        assert row["row"] not in {one.id for one in mailbox.rows}
        assert [one.data["by"] for one in mailbox.rows if one.name == "delivery.dropped"] == ["host"]
        assert not office.store.pending("school", limit=1)
        with pytest.raises(NotFound):
            office.orders.execute(RetryDelivery(row=row["row"]))

    def test_unreadable(self, tmp_path: Path) -> None:
        """A row that cannot be read parks itself at once; the others go out."""
        url = f"sqlite:///{tmp_path}/school.db"
        with SqlOrderStore.from_url(url) as opened:
            office = Office(store=opened)
            office.orders.execute(made(office, "olena"))
            good = office.orders.execute(made(office, "olena")).order
            bad = office.store.pending("school", limit=1)[0].id
            with opened._engine.begin() as connection:
                connection.execute(sa.update(outbox).where(outbox.c.id == bad).values(document="{"))
            mailbox = Mailbox(dead=())

            with pytest.raises(Corrupt):
                office.orders.relay_once(mailbox)
            (row,) = office.orders.ask(ParkedDeliveriesQuery())["rows"]
            assert (row["row"], row["name"], row["error"]) == (bad, None, "document.unreadable")
            assert any(one.order == good for one in mailbox.rows)


class TestN1NoTransactionIsOpen:
    """Rows are handed on with no transaction open: neither a lost connection nor a small pool matters to a worker."""

    def test_the_pool_and_the_relay(self) -> None:
        """With one connection a notifier may itself execute commands."""
        url = postgres.emptied()
        settings = PostgresSettings(connections=1, lock_timeout=timedelta(seconds=2))
        with SqlOrderStore.from_url(url, settings) as opened:
            office = Office(store=opened)
            office.orders.execute(made(office, "olena"))
            commanding = Commanding(office)

            office.orders.relay_once(commanding)
            assert commanding.executed > 0

    def test_a_lost_connection(self) -> None:
        """The server drops every connection in the middle of a relay: nothing is handed on twice."""
        url = postgres.emptied()
        with SqlOrderStore.from_url(url) as opened:
            office = Office(store=opened)
            for _ in range(10):
                office.orders.execute(made(office, "olena"))
            losing = Losing(url)

            while opened.pending("school", limit=1):
                try:
                    office.orders.relay_once(losing, limit=1000)
                except AdapterFailed:
                    office.clock.set(office.now + DeliverySettings().lease)
            assert losing.lost == 3
            assert set(losing.sent.values()) == {1}


@attrs.define
class Commanding:
    """A notifier that executes a command for each row, as a host's own might."""

    office: Office
    executed: int = 0

    def notify(self, _: str, row: OutboxRow, /) -> None:
        """Note on the order that it was told."""
        self.office.orders.execute(asked.AddNote(order=row.order, text="told"))
        self.executed += 1


@attrs.define
class Losing:
    """A notifier while which all connections are lost, three times."""

    url: str
    lost: int = 0
    sent: Counter[str] = attrs.field(factory=Counter)

    def notify(self, _: str, row: OutboxRow, /) -> None:
        """Keep a row."""
        self.sent[row.id] += 1
        if len(self.sent) % 3 == 0 and self.lost < 3:
            self.lost += 1
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(_CUT_OFF)
