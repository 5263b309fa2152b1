"""The orders of a project in one call: what is stored stays, what is the host's is in memory."""

from pathlib import Path

import pytest

from kwiga_orders import Contact, Course, InvalidInput, Lesson, Module, Progress, Project
from kwiga_orders.adapters.embedded import EmbeddedOrders, open_orders
from kwiga_orders.orders.commands import MarkPaid, OpenOffer
from kwiga_orders.queries import AccessQuery
from kwiga_orders.testing.school import FrozenClock
from kwiga_orders.wire import read_command

SCHOOL = Project(id="school", timezone="Europe/Kyiv", currency="UAH")
OFFER = {
    "command": "create_offer", "code": "basic", "title": "Basic", "state": "published",
    "items": [{"product": "python", "price": "1000.00"}],
}  # fmt: skip
COURSE = Course(product="python", modules=(Module(id="m1", lessons=(Lesson(id="l1"),)),))


@pytest.mark.parametrize("database", [None, "school.db"])
def test_a_product_is_sold(database: str | None, tmp_path: Path) -> None:
    """One call gives all that selling and asking needs, in memory and on SQLite."""
    clock = FrozenClock()
    with open_orders(SCHOOL, _url(tmp_path, database), clock=clock) as orders:
        order = _sold(orders)
        orders.add_progress(Progress(contact="olena", product="python", completed=frozenset({"l1"})))

        assert orders.plan(contact="olena", product="python").access(clock.now()).orders == (order,)
        assert orders.progress.get_progress("school", "olena", "python").completed == {"l1"}


def test_what_is_stored_outlives_the_call(tmp_path: Path) -> None:
    """On SQLite, orders opened again have what was sold before; the outlines are told anew."""
    url = _url(tmp_path, "school.db")
    with open_orders(SCHOOL, url) as orders:
        order = _sold(orders)

    with open_orders(SCHOOL, url) as again:
        again.save_course(COURSE)
        answer = again.ask(AccessQuery(contact="olena", product="python"))

    assert answer["orders"] == [order]


def test_only_files_of_sqlite() -> None:
    """A URL of something else is refused."""
    with pytest.raises(InvalidInput):
        open_orders(SCHOOL, "mysql://localhost/school")


def _url(folder: Path, database: str | None) -> str | None:
    return None if database is None else f"sqlite:///{folder / database}"


def _sold(orders: EmbeddedOrders) -> str:
    orders.save_contact(Contact(id="olena", name="Olena"))
    orders.save_course(COURSE)
    orders.execute(read_command(OFFER))
    order = orders.execute(OpenOffer(offer="basic", contact="olena")).order
    assert order is not None
    orders.execute(MarkPaid(order=order, payment=f"{order}.1"))
    return order
