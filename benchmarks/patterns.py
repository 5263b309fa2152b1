"""Orders to copy: a few for each of many days, decided by the rules and written by the store itself.

A pattern is the rows of one order in the tables. A copy has another id, number, contact and manager wherever they
occur; everything else, including instants, is unchanged.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs

from kwiga_orders.adapters.memory import MemoryCourses, MemoryProgress
from kwiga_orders.adapters.sql import SqliteSettings, SqlOrderStore
from kwiga_orders.adapters.system import RandomIds
from kwiga_orders.changes import Changes
from kwiga_orders.course import Course
from kwiga_orders.funnel import CreateFunnel, FunnelStatus, Rule
from kwiga_orders.offers import CreateOffer, ItemAsked, OfferState
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Full, Parts, PaymentOption, Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.ports import Clock
from kwiga_orders.project import Contact, Project
from kwiga_orders.service import Orders
from kwiga_orders.testing.school import FrozenClock

__all__ = [
    "A_DAY",
    "COPIED",
    "FUNNEL",
    "MANAGERS",
    "SCHOOL",
    "STATUSES",
    "Copy",
    "Pattern",
    "furnished",
    "patterns",
    "service",
]

SCHOOL = Project(id="school", timezone="Europe/Kyiv", currency="UAH")
FUNNEL = "sales"
PRODUCTS = ("python", "sql", "git")
MANAGERS = tuple(f"manager-{n}" for n in range(20))
COPIED = ("kwiga_orders", "kwiga_order_products", "kwiga_order_labels", "kwiga_order_payments", "kwiga_history")
"""The tables with rows of an order."""

A_DAY = 9
"""The number of patterns for each day."""

_FIRST_DAY = datetime(2024, 1, 1, 6, 0, tzinfo=UTC)
_MANAGER = "manager-of-the-pattern"
STATUSES = ("new", "call", "part", "paid", "subscribed", "work", "refunded", "lost")
_RULES = {
    "order.created": "new",
    "order.partially_paid": "part",
    "order.paid": "paid",
    "order.subscribed": "subscribed",
    "order.refunded": "refunded",
    "order.cancelled": "lost",
}


@attrs.frozen
class Copy:
    """The values in which a copy differs."""

    id: str
    number: int
    contact: str
    manager: str


@attrs.frozen
class Mold:
    """A row of a pattern: the fixed values, and the positions of the values that differ in a copy."""

    values: tuple[object, ...]
    number: int | None
    texts: tuple[tuple[int, str], ...]


@attrs.frozen
class Pattern:
    """The rows of an order by table; `was` holds the order's own values."""

    was: Copy
    rows: Mapping[str, list[Mold]] = attrs.field(factory=lambda: {table: [] for table in COPIED})

    def add(self, table: str, row: Mapping[str, object]) -> None:
        """Add a row of the order from a table."""
        values, names, was = tuple(row.values()), list(row), self.was
        texts = tuple(
            (place, value)
            for place, value in enumerate(values)
            if isinstance(value, str) and any(one in value for one in (was.id, was.contact, was.manager))
        )
        self.rows[table].append(Mold(values, names.index("number") if "number" in names else None, texts))

    def copied(self, table: str, copy: Copy) -> Iterator[tuple[object, ...]]:
        """Give the rows of a copy in a table."""
        was = self.was
        # as in documents, and as on cards
        numbers = (f'"number":{was.number},', f'"{copy.id}",{was.number},')
        for mold in self.rows[table]:
            row = list(mold.values)
            for place, text in mold.texts:
                of_copy = text.replace(was.id, copy.id).replace(was.contact, copy.contact)
                of_copy = of_copy.replace(was.manager, copy.manager)
                for number in numbers:
                    of_copy = of_copy.replace(number, number.replace(f"{was.number},", f"{copy.number},"))
                row[place] = of_copy
            if mold.number is not None:
                row[mold.number] = copy.number
            yield tuple(row)


def service(store: SqlOrderStore, clock: Clock) -> Orders:
    """Give the service over a store, with outlines of the products."""
    courses = MemoryCourses()
    for product in PRODUCTS:
        courses.put(SCHOOL.id, Course(product=product, title=product))
    return Orders(
        project=SCHOOL.id, store=store, courses=courses, progress=MemoryProgress(), clock=clock, ids=RandomIds()
    )


def furnished(store: SqlOrderStore, clock: Clock) -> Orders:
    """Give the service of a new school with a funnel of eight statuses and three offers."""
    store.save_project(SCHOOL)
    orders = service(store, clock)
    statuses = tuple(FunnelStatus(id=id, name=id) for id in STATUSES)
    rules = tuple(Rule(event=event, status=status) for event, status in _RULES.items())
    orders.execute(CreateFunnel(id=FUNNEL, title="Sales", statuses=statuses, rules=rules, default=True))
    month, price = Period(months=1), Decimal("1000.00")
    options: dict[str, PaymentOption] = {
        "whole": Full(id="full"),
        "parts": Parts(id="parts", count=3, every=month),
        "monthly": Subscribe(id="monthly", amount=Decimal("200.00"), every=month),
    }
    for code, option in options.items():
        items = tuple(ItemAsked(product=product, price=price) for product in PRODUCTS[:2])
        made = CreateOffer(
            code=code, title=code, items=items, state=OfferState.PUBLISHED, payment_options=(option,), funnel=FUNNEL
        )
        orders.execute(made)
    return orders


def patterns(days: int) -> list[Pattern]:
    """Decide nine orders a day, and give the rows that a store then has for each."""
    with TemporaryDirectory(prefix="kwiga-orders-bench-") as folder:
        path = Path(folder) / "patterns.db"
        clock = FrozenClock(_FIRST_DAY)
        with SqlOrderStore.from_url(f"sqlite:///{path}", SqliteSettings(synchronous="NORMAL")) as store:
            orders = furnished(store, clock)
            people = [f"contact-{n:09d}-of-the-pattern" for n in range(days * A_DAY)]
            with store.transaction(SCHOOL.id, writes=True) as transaction:
                transaction.commit(Changes(contacts=tuple(Contact(id=id) for id in people)))
            for day in range(days):
                clock.set(_FIRST_DAY + timedelta(days=day, minutes=7 * day))
                _make_a_day(orders, iter(people[day * A_DAY :]))
        return _read(path)


def _make_a_day(orders: Orders, people: Iterator[str]) -> None:
    _opened(orders, "whole", people)
    _paid(orders, _opened(orders, "whole", people))
    _paid(orders, _opened(orders, "parts", people))
    _opened(orders, "monthly", people)
    worked = _paid(orders, _opened(orders, "whole", people))
    orders.execute(asked.MoveOrder(order=worked, status="work"))
    orders.execute(asked.EditOrder(order=worked, tags=("vip",), responsibles=(_MANAGER,), comment="передзвонити"))
    refunded = _paid(orders, _opened(orders, "whole", people))
    orders.execute(asked.RefundPayment(order=refunded, payment=f"{refunded}.1", amount=Decimal("2000.00")))
    orders.execute(asked.CancelOrder(order=_opened(orders, "parts", people), reason="no answer"))
    _called(orders, people)
    frozen = _paid(orders, _opened(orders, "whole", people))
    orders.execute(asked.FreezeAccess(order=frozen, period=Period(days=7)))


def _opened(orders: Orders, offer: str, people: Iterator[str]) -> str:
    made = orders.execute(asked.OpenOffer(offer=offer, contact=next(people))).made
    assert made is not None
    orders.execute(asked.EditOrder(order=made, manager=_MANAGER))
    return made


def _paid(orders: Orders, id: str) -> str:
    orders.execute(asked.MarkPaid(order=id, payment=f"{id}.1"))
    return id


def _called(orders: Orders, people: Iterator[str]) -> None:
    """Make an order by hand that waits for a call."""
    lines = (asked.LineAsked(product="git", price=Decimal("500.00")),)
    by_hand = asked.CreateOrder(
        contact=next(people), lines=lines, funnel=FUNNEL, status="call", manager=_MANAGER, tags=("hot",)
    )
    made = orders.execute(by_hand).made
    assert made is not None
    orders.execute(asked.AddPayment(order=made, amount=Decimal("500.00")))


def _read(path: Path) -> list[Pattern]:
    with closing(sqlite3.connect(path)) as connection:
        found = {
            id: Pattern(Copy(id, number, contact, _MANAGER))
            for id, number, contact in connection.execute("SELECT id, number, contact FROM kwiga_orders")
        }
        for table in COPIED:
            cursor = connection.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in cursor.description]
            for values in cursor:
                row = dict(zip(names, values, strict=True))
                found[row["id" if table == "kwiga_orders" else "order_id"]].add(table, row)
    return list(found.values())
