"""Commands that make sense at a school in its present state, so that most of them are accepted.

Random commands are mostly refused, and a test whose commands are all refused finds little. The school itself says which
commands an order would accept (`actions`, V8); this module fills in sensible fields.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

from kwiga_orders.commands import Command
from kwiga_orders.errors import Conflict, Refused
from kwiga_orders.extras import extra
from kwiga_orders.listing import ContactSearch, OrderSearch
from kwiga_orders.lookups import AllOffers
from kwiga_orders.offers import OfferState
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Outcome, Payment
from kwiga_orders.periods import Period
from kwiga_orders.queries import ActionsQuery
from kwiga_orders.testing.school import School
from kwiga_orders.testing.scripts import Names, Step

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["WAITS", "likely_at", "likely_scripts", "openings_at", "orders_at"]

WAITS = (timedelta(), timedelta(hours=1), timedelta(days=1), timedelta(days=9), timedelta(days=31))
"""How long it takes until the next command."""

_MOST = 1000
_WEEK, _MONTH = Period(days=7), Period(months=1)


def orders_at(school: School) -> Sequence[Order]:
    """Give all orders of a school, by number."""
    with school.store.transaction(school.project.id, writes=False) as records:
        return records.search(OrderSearch(sort="number", descending=False, limit=_MOST)).orders


def openings_at(school: School) -> list[Command]:
    """Give a command to open each offer on sale, for every payment option and contact."""
    with school.store.transaction(school.project.id, writes=False) as records:
        offers = [one for one in records.look_up(AllOffers()) if one.current.state is OfferState.PUBLISHED]
        contacts = records.look_up(ContactSearch(limit=3)).contacts
    return [
        asked.OpenOffer(offer=offer.code, contact=contact.id, payment_option=option.id)
        for offer in offers
        for option in offer.current.payment_options
        for contact in contacts
    ]


@st.composite
def likely_scripts(draw: st.DrawFn, school: Callable[[], School], *, most: int = 25) -> list[Step]:
    """Draw what people do at a school that sells something. Orders have the names that `scripts.Names` resolves.

    More than four of five commands are accepted, because each makes sense after those before it.
    """
    played, script, names = school(), list[Step](), Names()
    for n in range(draw(st.integers(1, most))):
        wait = draw(st.sampled_from(WAITS))
        played.clock.set(played.now + wait)
        # sometimes a new order is opened
        found = openings_at(played) if n == 0 or draw(st.integers(0, 5)) == 0 else likely_at(played, draw(_some()))
        command = found[draw(_some()) % len(found)]
        script.append(Step(wait, names.named(command)))
        with suppress(Refused, Conflict):
            names.note(command, played.does(command))
    return script


def _some() -> st.SearchStrategy[int]:
    return st.integers(0, 99)


def likely_at(school: School, which: int) -> list[Command]:
    """Give commands for one order that would be accepted now, with sensible fields; without orders, openings."""
    orders = orders_at(school)
    if not orders:
        return openings_at(school)
    order = orders[which % len(orders)]
    answers = school.orders.ask(ActionsQuery(order=order.id))
    made = [*_about_money(order), *_about_access(order), *_about_the_order(order), *_about_the_team(order)]
    # a gateway may report anything, but people do only what is allowed
    return [one for one in made if answers.get(one.name) is None]


def _about_money(order: Order) -> Iterator[Command]:
    asks = asked_of(order)
    for payment in order.payments:
        if payment.paid is not None:
            yield from _about_paid(order, payment)
        elif not payment.is_void:
            yield asked.MarkPaid(order=order.id, payment=payment.id)
            for outcome in (Outcome.SUCCEEDED, Outcome.FAILED):
                reference = f"w-{payment.id}-{len(payment.attempts)}"
                yield asked.ReportAttempt(order=order.id, payment=payment.id, reference=reference, outcome=outcome)
            yield asked.VoidPayment(order=order.id, payment=payment.id)
            yield asked.EditPayment(order=order.id, payment=payment.id, comment="later")
            if payment.id in asks:
                yield asked.StartAttempt(order=order.id, payment=payment.id)
    yield asked.AddPayment(order=order.id, amount=Decimal(100))
    if order.subscription is None:
        # P13: money for a period is marked as paid on the period
        yield asked.AddPayment(order=order.id, amount=Decimal(100), paid=True)


def _about_paid(order: Order, payment: Payment) -> Iterator[Command]:
    left = payment.refundable
    if left.minor > 0:
        for part in {left, left.split(2)[0]} if left.minor > 1 else {left}:
            yield asked.RefundPayment(order=order.id, payment=payment.id, amount=part.decimal)
        yield asked.ReportRefund(
            order=order.id,
            payment=payment.id,
            reference=f"r-{payment.id}-{len(payment.refunds)}",
            amount=left.decimal,
            outcome=Outcome.SUCCEEDED,
            chargeback=True,
        )
    if payment.success is None and not payment.refunds:
        yield asked.MarkUnpaid(order=order.id, payment=payment.id, reason="a slip")


def _about_access(order: Order) -> Iterator[Command]:
    yield asked.ExtendAccess(order=order.id, by=_WEEK)
    yield asked.FreezeAccess(order=order.id, period=_WEEK)
    yield asked.FreezeAccess(order=order.id, period=Period(days=3), starts_at=order.updated_at + timedelta(days=40))
    yield asked.UnfreezeAccess(order=order.id)
    yield asked.SetAccessEnd(order=order.id, at=order.updated_at + timedelta(days=60))
    for line in order.lines:
        yield asked.IssueCertificate(order=order.id, product=line.product)


def _about_the_order(order: Order) -> Iterator[Command]:
    yield asked.CancelOrder(order=order.id)
    yield asked.ReopenOrder(order=order.id)
    yield asked.MoveOrder(order=order.id)
    yield asked.ReportEvent(event="x.called", order=order.id)
    yield asked.ResolveAttention(order=order.id)
    for line in order.lines:
        yield asked.EditLine(order=order.id, product=line.product, price=Decimal(500))
        yield asked.FollowOffer(order=order.id, product=line.product)
    yield asked.Renew(order=order.id)
    yield asked.Renew(order=order.id, early=True)
    yield asked.StopRenewal(order=order.id)
    yield asked.ResumeRenewal(order=order.id)


def _about_the_team(order: Order) -> Iterator[Command]:
    yield asked.EditOrder(order=order.id, tags=("hot",), manager="ira")
    yield asked.AddNote(order=order.id, text="called")
    yield asked.AddTask(order=order.id, title="Call")
    for task in order.tasks:
        yield (asked.CompleteTask if task.completed_at is None else asked.ReopenTask)(order=order.id, task=task.id)
