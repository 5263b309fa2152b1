"""Growth with one contact, order or funnel: a question about a large one costs as much as about a small one."""

import atexit
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from benchmarks.filling import tell
from benchmarks.table import Round, Work, looping
from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.funnel import AddStatus, CreateFunnel, FunnelStatus
from kwiga_orders.orders.commands import AddPayment, CreateOrder, EditOrder, LineAsked, MarkPaid, OpenOffer
from kwiga_orders.project import Contact
from kwiga_orders.queries import HistoryQuery, OrderQuery
from kwiga_orders.testing.school import School

EARLIER, EVENTS, LINES, HELD = 1_000, 1_000, 200, 1_000
FEW = 50


def works() -> list[Work]:
    """Orders of a contact with many earlier ones, a card with a long history, due work of many lines, a full funnel."""
    folder = TemporaryDirectory(prefix="kwiga-growth-")
    atexit.register(folder.cleanup)
    school = School(store=SqlOrderStore.from_url(f"sqlite:///{Path(folder.name) / 'school.db'}"))
    school.sells(price="100.00")
    return [*opening(school), *looking(school), due(), status(school)]


def opening(school: School) -> list[Work]:
    """Open an offer and mark it as paid, for a contact with many earlier orders and for contacts with none."""
    for number in range(EARLIER):
        school.orders.execute(OpenOffer(offer="basic", contact="olena"))
        tell("opening", number + 1, EARLIER)
    fresh = count()

    def somebody() -> str:
        id = f"fresh{next(fresh)}"
        school.knows(Contact(id=id))
        return id

    def opens(contact: Callable[[], str]) -> Round:
        return lambda: _took(lambda id: OpenOffer(offer="basic", contact=id), school, contact())

    def pays(contact: Callable[[], str]) -> Round:
        def once() -> float:
            order = _opened(school, contact())
            return _took(lambda _: MarkPaid(order=order, payment=f"{order}.1"), school, "")

        return once

    return [
        Work(
            topic=f"growth of {what}, {EARLIER} earlier orders of a contact to none",
            ours=round_of(lambda: "olena"),
            floor=round_of(somebody),
            goal=1.2,
            rounds=15,
        )
        for what, round_of in (("open_offer", opens), ("mark_paid", pays))
    ]


def _opened(school: School, contact: str) -> str:
    # not by `School.opens`, which would send the waiting rows, and here these are thousands
    order = school.orders.execute(OpenOffer(offer="basic", contact=contact)).order
    assert order is not None
    return order


def _took(command: Callable[[str], OpenOffer | MarkPaid], school: School, contact: str) -> float:
    made = command(contact)
    began = process_time()
    school.orders.execute(made)
    return process_time() - began


def looking(school: School) -> list[Work]:
    """Ask for the card of an order, and for a page of its history."""
    few, many = (_opened(school, "taras") for _ in range(2))
    for order, events in ((few, FEW), (many, EVENTS)):
        for number in range(events):
            school.orders.execute(EditOrder(order=order, comment=f"call {number}"))
    return [
        Work(
            topic=f"growth of {what}, {EVENTS} events of an order to {FEW}",
            ours=looping(lambda query=query: school.orders.ask(query(many))),  # type: ignore[misc]
            floor=looping(lambda query=query: school.orders.ask(query(few))),  # type: ignore[misc]
            goal=1.5,
        )
        for what, query in (
            ("a card", lambda order: OrderQuery(order=order)),
            ("a page of history", lambda order: HistoryQuery(order=order, limit=50)),
        )
    ]


def due() -> Work:
    """Run the due work of an order with many lines, per line."""

    def of(lines: int) -> Round:
        def once() -> float:
            school = School()
            asked = tuple(LineAsked(product=f"p{number}", price=Decimal(1)) for number in range(lines))
            for line in asked:
                school.teaches(product=line.product)
            order = school.orders.execute(CreateOrder(contact="olena", lines=asked)).order
            assert order is not None
            school.orders.execute(AddPayment(order=order, amount=Decimal(lines), paid=True))
            school.clock.set(school.now + timedelta(hours=1))
            began = process_time()
            school.orders.run_due(limit=10 * lines)
            return (process_time() - began) / lines

        return once

    return Work(
        topic=f"growth of run_due, a line, {LINES} lines of an order to {FEW}",
        ours=of(LINES),
        floor=of(FEW),
        goal=3,
        rounds=5,
    )


def status(school: School) -> Work:
    """Add a status to a funnel that holds many orders."""
    names = count()
    for funnel, held in (("few", FEW), ("many", HELD)):
        school.orders.execute(CreateFunnel(id=funnel, title=funnel, statuses=(FunnelStatus(id="new", name="New"),)))
        for number in range(held):
            line = LineAsked(product="python", price=Decimal(1))
            school.orders.execute(CreateOrder(contact="taras", lines=(line,), funnel=funnel))
            tell("filling a funnel", number + 1, held)

    def adds(funnel: str) -> Round:
        def once() -> float:
            began = process_time()
            school.orders.execute(AddStatus(funnel=funnel, id=f"s{next(names)}", title="Called"))
            return process_time() - began

        return once

    return Work(
        topic=f"growth of a status added, {HELD} orders in a funnel to {FEW}",
        ours=adds("many"),
        floor=adds("few"),
        goal=1.5,
    )
