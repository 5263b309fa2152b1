"""A script: one process, an SQLite file, and no ports to implement.

    python examples/script.py sqlite:///school.db

It sells a course to Olena, and prints why each lesson is open or closed. Run again on the same file, it finds the
earlier sale.
"""

import sys
from collections.abc import Iterator
from decimal import Decimal

from kwiga_orders import Contact, Course, Lesson, Module, Period, Project
from kwiga_orders.adapters.embedded import EmbeddedOrders, open_orders
from kwiga_orders.course import After
from kwiga_orders.locale import Texts
from kwiga_orders.offers import CreateOffer, ItemAsked, OfferState
from kwiga_orders.orders.commands import MarkPaid, OpenOffer

SCHOOL = Project(id="school", timezone="Europe/Kyiv", currency="UAH", locale="en")
OLENA = Contact(id="olena", name="Олена Коваль", email="olena@example.com")
PYTHON = Course(
    product="python",
    title="Python",
    modules=(
        Module(
            id="m1",
            lessons=(
                Lesson(id="hello", title="Hello"),
                Lesson(id="loops", title="Loops", delay=After(period=Period(days=7))),
            ),
        ),
    ),
)


def sell(orders: EmbeddedOrders) -> None:
    """Sell the course. The idempotency keys make sure that nothing is sold twice, however often this is called."""
    orders.save_contact(OLENA)
    orders.save_course(PYTHON)
    orders.execute(
        CreateOffer(
            code="basic",
            title="Basic",
            state=OfferState.PUBLISHED,
            items=(ItemAsked(product="python", price=Decimal("1000.00")),),
            idempotency_key="create-basic",
        )
    )
    order = orders.execute(OpenOffer(offer="basic", contact="olena", idempotency_key="form-1")).order
    assert order is not None, "opening an offer makes an order"
    orders.execute(MarkPaid(order=order, payment=f"{order}.1", idempotency_key="bank-1"))


def explained(orders: EmbeddedOrders) -> Iterator[str]:
    """Say for each lesson whether it is open, or why not."""
    now = orders.clock.now()
    texts = Texts.of(SCHOOL, OLENA)
    plan = orders.plan(contact=OLENA.id, product=PYTHON.product)
    for _, lesson in PYTHON.lessons():
        decision = plan.lesson(lesson.id, now)
        why = "; ".join(texts.reason(reason) for reason in decision.reasons)
        yield f"{lesson.title}: {'open' if decision.open else why}"


def main(url: str | None = None) -> None:
    with open_orders(SCHOOL, url) as orders:
        sell(orders)
        print("\n".join(explained(orders)))


if __name__ == "__main__":
    main(*sys.argv[1:2])
