"""One script, every store, blocking and awaited: the same receipts, the same refusals, the same answers."""

from collections.abc import Iterator, Sequence

import attrs
import pytest
from hypothesis import given, settings

from kwiga_orders import queries
from kwiga_orders.changes import OutboxRow, Receipt
from kwiga_orders.errors import KwigaOrdersError
from kwiga_orders.orders.state import Order
from kwiga_orders.queries import Query
from kwiga_orders.testing.scripts import CONTACTS, FUNNELS, INTERNAL, PRODUCTS, Names, Step, scripts
from kwiga_orders.testing.store_fixtures import hand_on
from kwiga_orders.views.shapes import View
from tests.stateful.worlds import WORLDS, World

OTHERS = [name for name in WORLDS if name != "memory"]


@attrs.frozen
class Told:
    """All that can be seen of a school after a script."""

    receipts: Sequence[Receipt | KwigaOrdersError]
    orders: Sequence[Order]
    rows: Sequence[OutboxRow]
    views: Sequence[View | KwigaOrdersError]


def told_by(world: World, script: Sequence[Step]) -> Told:
    """Carry out a script, and look at everything."""
    names, receipts = Names(), []
    for step in script:
        world.school.clock.set(world.school.now + step.wait)
        receipt = _carried_out(world, names, step)
        receipts.append(receipt)
    rows = list(world.school.store.pending(world.school.project.id, limit=10_000))
    hand_on(world.school.store, *(row.id for row in rows[::2]), project=world.school.project.id, at=world.school.now)
    return Told(
        receipts=receipts,
        orders=[world.school.order(id) for id in names.ids],
        rows=rows,
        views=[_answered(world, query) for query in _questions(names)],
    )


def _carried_out(world: World, names: Names, step: Step) -> Receipt | KwigaOrdersError:
    command = names.resolved(step.command)
    try:
        receipt = world.execute(command)
    except KwigaOrdersError as refusal:
        return refusal
    names.note(command, receipt)
    return receipt


def _answered(world: World, query: Query[View]) -> View | KwigaOrdersError:
    try:
        return world.ask(query)
    except KwigaOrdersError as refusal:
        return refusal


def _questions(names: Names) -> Iterator[Query[View]]:
    """Ask everything that can be asked."""
    for order in (*names.ids, "nobody's"):
        yield queries.OrderQuery(order=order)
        yield queries.CustomerOrderQuery(order=order)
        yield queries.HistoryQuery(order=order)
        yield queries.HistoryQuery(order=order, limit=3)
    for contact in CONTACTS:
        yield queries.LettersQuery(contact=contact)
        for product in PRODUCTS:
            yield queries.AccessQuery(contact=contact, product=product)
            yield queries.LessonsQuery(contact=contact, product=product)
            yield queries.ScheduleQuery(contact=contact, product=product)
            yield queries.CertificateQuery(contact=contact, product=product)
    for funnel in FUNNELS:
        yield queries.BoardQuery(funnel=funnel)
    for filters in (
        queries.OrderFilters(),
        queries.OrderFilters(payment_status=("paid", "partially_paid")),
        queries.OrderFilters(tag=(f"{INTERNAL} 1",)),
        queries.OrderFilters(search="olena@"),
    ):
        yield queries.OrdersQuery(filters=filters, sort="number", descending=False, limit=3)


@pytest.mark.parametrize("name", OTHERS)
def test_every_store_tells_the_same(name: str) -> None:
    """What memory tells after a script, every other store tells, too, to the last letter."""

    @settings(max_examples=max(settings().max_examples // 8, 1))
    @given(script=scripts())
    def hold(script: list[Step]) -> None:
        with WORLDS["memory"]() as memory, WORLDS[name]() as other:
            expected, found = told_by(memory, script), told_by(other, script)
        for part in attrs.fields_dict(Told):
            assert getattr(found, part) == getattr(expected, part), part

    hold()
