"""Subscriptions: until when they are paid, when the next period is due, and when access has lapsed.

Home of P13. `orders.paid_periods` computes the dates of periods, `orders.renewal_stops` the stops of the renewal.

Laws:

1. Period k runs from the end of period k - 1 for one `every`, counted from the anchor: the order's creation, or the end
   of its trial. Later boundaries are counted from the last boundary that was moved (T2).
2. A period that is paid while access is open, grace included, keeps its dates. A period that is paid after access has
   lapsed begins with the payment, and so does the first one if no trial is running; later periods follow it.
3. Extensions and freezes move the end of the current period, and with it the start of the next (A9, A11).
4. A period that is void, refunded or charged back gives no access and does not change the dates of other periods.
5. The next period is due at the end of those before it. Payments are made one at a time, and none before activation,
   while a period is unpaid, while the renewal is stopped, or after the last period.
6. After a pause the next period begins at paid-through or at the resumption, whichever is later.
7. A free period gives access without a payment.
8. Everything is computed from facts, so it is right even if no job runs (A8).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import attrs

from kwiga_orders.errors import Refused
from kwiga_orders.money import Money
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import (
    AttemptRecorded,
    AttentionRaised,
    Event,
    PaymentAdded,
    PaymentEdited,
    PaymentFields,
    PaymentVoided,
    RenewalResumed,
    RenewalStopped,
)
from kwiga_orders.orders.paid_periods import Periods, PeriodSpan, amount_at, periods_of
from kwiga_orders.orders.renewal_stops import CHARGE_FAILED, failed_charges, stopped_of, stops_of
from kwiga_orders.orders.reports import Attention, AttentionCode
from kwiga_orders.orders.state import EndSet, Order, Subscription, payment_id
from kwiga_orders.payments import Attempt, Outcome, Payment, PaymentOption, PaymentState, Subscribe
from kwiga_orders.periods import Period, later, zone_named
from kwiga_orders.values import changed

__all__ = [
    "Coverage",
    "Lapse",
    "NextCharge",
    "NextPeriod",
    "charge",
    "consequences",
    "next_charge",
    "next_due_at",
    "next_period",
    "offered",
    "paid_periods",
    "renew",
    "resume_renewal",
    "second_subscription",
    "stop_renewal",
    "subscription_of",
    "unpaid_period",
]


def offered(option: PaymentOption, given: Context) -> PaymentOption:
    """Give a payment option for this contact: without its trial if the contact has already had it."""
    if not given.had_trial:
        return option
    assert isinstance(option, Subscribe), "only a subscription has a trial"
    return changed(option, trial=None)


def subscription_of(option: PaymentOption, given: Context, *, gateway: str | None) -> Subscription | None:
    """Give the subscription of an order that is made now with `option`; None if the option is no subscription.

    `gateway` is the gateway of its payments.
    """
    if not isinstance(option, Subscribe):
        return None
    trial = option.trial
    return Subscription(
        every=option.every,
        periods=option.periods,
        trial=trial is not None,
        # Law 1: periods are counted from the end of the trial.
        anchor=given.now if trial is None else later(given.now, trial, zone=given.zone),
        grace=given.project.grace,
        retries=option.retries,
        gateway=gateway,
    )


# Paid periods and lapses


@attrs.frozen(kw_only=True)
class Lapse:
    """Access has lapsed for `[starts_at, ends_at)`, None means for ever; `until` is the end of access without grace."""

    starts_at: datetime
    ends_at: datetime | None
    until: datetime


@attrs.frozen
class Coverage:
    """The spans in which the periods of a subscription give access, and those in which it has lapsed."""

    order: Order
    periods: Periods
    _ends: dict[tuple[datetime, Period], datetime] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    @classmethod
    def of(cls, order: Order) -> "Coverage | None":
        """Give the coverage of an order; None if it is not a subscription."""
        return None if order.subscription is None else cls(order, periods_of(order))

    @property
    def changes(self) -> set[datetime]:
        """The instants from which another end is known: when a period was paid, or its money was refunded."""
        instants = ((one.paid_at, one.lost_at) for one in self.periods.spans)
        return {at for both in instants for at in both if at is not None}

    def lapses(self, *, grace: Period | None, at: datetime) -> tuple[Lapse, ...]:
        """Give the spans in which access has lapsed, by the payments known at an instant.

        The last one has no end; there is none if free periods go on for ever.
        """
        spans = self.periods.spans
        # Access has also lapsed between the making of the order and its first paid period.
        end = spans[0].starts_at if spans else self.order.created_at
        found: list[Lapse] = []
        for span in spans:
            # A period whose money was refunded by then gives no access.
            if not span.counts(at):
                continue
            if end < span.starts_at:
                # A gap before this period is a lapse, except for the grace of the period before.
                found += self._lapse(end, span.starts_at, grace, at)
            if span.ends_at is None:
                return tuple(found)
            end = max(end, self._with_grace(span.ends_at, grace))
        return (*found, *self._lapse(end, None, grace, at))

    def _lapse(self, end: datetime, until: datetime | None, grace: Period | None, at: datetime) -> Iterator[Lapse]:
        """Give the lapse after an end. A later refund does not make access lapse in the past."""
        starts_at = end
        for span in self.periods.spans:
            lost_at, ends_at = span.lost_at, span.ends_at
            # Only periods whose money was lost by this instant, and that began before the end of the gap.
            if lost_at is None or ends_at is None or lost_at > at or (until is not None and span.starts_at >= until):
                continue
            carried_until = min(lost_at, self._with_grace(ends_at, grace))
            # A period that was refunded before it began never gave access.
            if span.starts_at < carried_until:
                starts_at = max(starts_at, carried_until)
        if until is None or starts_at < until:
            yield Lapse(starts_at=starts_at, ends_at=until, until=end)

    def _with_grace(self, end: datetime, grace: Period | None) -> datetime:
        if grace is None:
            return end
        # cached, because every window needs the same ends
        known = self._ends.get((end, grace))
        if known is None:
            known = self._ends[end, grace] = later(end, grace, zone=zone_named(self.order.zone))
        return known

    def is_lifted(self, end: EndSet, at: datetime) -> bool:
        """Tell whether a set end no longer counts, because a period at or after it was paid by an instant (A10)."""
        # Only payments after the end was set: the end cuts off periods that were paid before.
        assert end.at is not None, "an end that was set to none needs no period to lift it"
        since = (span for span in self.periods.spans if span.paid_at is not None and span.paid_at >= end.made_at)
        return any(span.starts_at >= end.at and span.counts(at) for span in since)


def paid_periods(order: Order) -> list[PeriodSpan]:
    """Give the paid periods whose money was not refunded or charged back."""
    if order.subscription is None:
        return []
    spans = periods_of(order).spans
    return [span for span in spans if span.paid_at is not None and span.lost_at is None]


# The next period


@attrs.frozen(kw_only=True)
class NextPeriod:
    """The period whose payment is made next: its number and its due date."""

    number: int
    due_at: datetime


def unpaid_period(order: Order) -> Payment | None:
    """Give the payment of the unpaid period; there is at most one."""
    unpaid = (one for one in order.payments if one.period is not None and one.state is PaymentState.UNPAID)
    return next(unpaid, None)


def next_period(order: Order) -> NextPeriod | None:
    """Give the period whose payment is made next; None if none will be made."""
    subscription = order.subscription
    if subscription is None or order.activated_at is None or unpaid_period(order) is not None:
        # Law 5: while a period is unpaid, no further payment is made.
        return None
    # Law 5: no payments until the order is reopened or the renewal resumed.
    if order.superseded_by is not None or order.cancelled_at is not None or stopped_of(order) is not None:
        return None
    periods = periods_of(order)
    is_last = subscription.periods is not None and periods.next_number > subscription.periods
    if is_last or periods.next_at is None:
        return None
    return NextPeriod(number=periods.next_number, due_at=periods.next_at)


def next_due_at(order: Order) -> datetime | None:
    """Give the due date of the unpaid period, else of the next one."""
    unpaid, following = unpaid_period(order), next_period(order)
    if unpaid is not None:
        return unpaid.due_at
    return None if following is None else following.due_at


def renew(order: Order, command: asked.Renew, given: Context) -> Iterator[Event]:
    """Make the payment of the next period, if it is due or requested early, and charge the saved card.

    Raises:
        Refused: `order.not_subscription`.
    """
    subscription = _get_subscription(order)
    following = next_period(order)
    # With `early` the payment is made now, but charged only on its due date.
    if following is None or (given.now < following.due_at and not command.early):
        return
    payment = _payment_of(order, subscription, following, given)
    yield PaymentAdded(payment=payment)
    # P15: if too much was paid before, there may be nothing to charge; unpaid payments by hand ask in addition to it
    unpaid = Money.total(
        (one.amount for one in order.payments if one.state is PaymentState.UNPAID), currency=order.currency
    )
    if following.due_at <= given.now and (payment.amount + order.sums.balance - unpaid).minor > 0:
        yield from charge(order, payment, given)


def _payment_of(order: Order, subscription: Subscription, period: NextPeriod, given: Context) -> Payment:
    periods = [payment for payment in order.payments if payment.period is not None]
    # The method and gateway that the customer used for the last period.
    usual = periods[-1] if periods else None
    return Payment(
        id=payment_id(order, len(order.payments) + 1),
        # if periods are free now, this one still has the price of its due date
        amount=order.agreed or amount_at(subscription, period.due_at),
        created_at=given.now,
        due_at=period.due_at,
        method="cashless" if usual is None else usual.method,
        gateway=subscription.gateway if usual is None else usual.gateway,
        period=period.number,
        # P13: stored with the payment, so that later settings do not change it.
        grace=given.project.grace,
    )


# Charging a saved card (P17)


@attrs.frozen(kw_only=True)
class NextCharge:
    """The next charge of the saved card: for which payment, and when."""

    payment: str
    at: datetime


def charge(order: Order, payment: Payment, given: Context) -> Iterator[Event]:
    """Start a charge of the saved card for a period, unless that period would be over by now."""
    subscription, saved = _get_subscription(order), _find_saved(order)
    # So after a long outage nobody pays for past periods.
    ends_at = later(payment.due_at, subscription.every, zone=zone_named(order.zone))
    if saved is None or payment.method != "cashless" or ends_at <= given.now:
        return
    # Counted over all attempts, so that ids never repeat.
    id = f"{payment.id}.a{len(payment.attempts) + 1}"
    attempt = Attempt(id=id, started_at=given.now, at=given.now, gateway=saved.gateway, means=saved.means)
    yield AttemptRecorded(payment=payment.id, attempt=attempt)


def next_charge(order: Order) -> NextCharge | None:
    """Give the next charge of the saved card; None if there is none.

    Home of P17: a failed charge is tried again after each of the periods in the option's `retries`, counted from the
    first failure. After the last failure the renewal stops, but the payment can still be paid.
    """
    payment, subscription = unpaid_period(order), order.subscription
    if payment is None or payment.method != "cashless":
        return None
    assert subscription is not None, "only a subscription has periods"
    # P17: a stopped renewal charges nothing, even if a payment can still be paid.
    if stopped_of(order) is not None or _find_saved(order) is None:
        return None
    failed = failed_charges(order, payment)
    # P13: time given after a failure moves the due date, and nothing is charged before it.
    since_due = [one for one in failed if one.started_at >= payment.due_at]
    if not since_due:
        return NextCharge(payment=payment.id, at=payment.due_at)
    after = subscription.retries[len(failed) - 1]
    return NextCharge(payment=payment.id, at=later(since_due[0].at, after, zone=zone_named(order.zone)))


def _find_saved(order: Order) -> Attempt | None:
    """Give the newest successful attempt of a period with a saved card.

    P4: while an attempt is charging, or its outcome is unknown, nothing is charged automatically.
    """
    attempts = [attempt for payment in order.payments for attempt in payment.attempts]
    # P4: an attempt without an outcome may still succeed, and a second charge would take the money twice.
    if any(attempt.outcome is Outcome.UNKNOWN or attempt.is_charging for attempt in attempts):
        return None
    successes = (payment.success for payment in order.payments if payment.period is not None)
    saved = [attempt for attempt in successes if attempt is not None and attempt.means is not None]
    return max(saved, key=lambda attempt: attempt.at, default=None)


# Stopping and resuming


def stop_renewal(order: Order, command: asked.StopRenewal, _: Context) -> Iterator[Event]:
    """Make no more payments, and void the unpaid one; access stays until paid-through.

    Raises:
        Refused: `order.not_subscription`.
    """
    # A renewal that has stopped by itself can still be stopped by hand.
    if _get_subscription(order).stopped is None:
        yield RenewalStopped(reason=command.reason)
        yield from _void_unpaid(order)


def resume_renewal(order: Order, _: asked.ResumeRenewal, __: Context) -> Iterator[Event]:
    """Make payments again: the next period begins at paid-through or now, whichever is later.

    Raises:
        Refused: `order.not_subscription`.
    """
    _get_subscription(order)
    stop = stopped_of(order)
    if stop is None:
        return
    number = periods_of(order).next_number
    # All current stops are cleared by name; later ones are not.
    keys = tuple(one.key for one in stops_of(order) if one.key is not None)
    yield RenewalResumed(period=number, stopped_at=stop.at, cleared=keys)


def consequences(before: Order | None, after: Order, happened: Iterable[Event]) -> Iterator[Event]:
    """Give the consequences for a subscription: renewal stops or resumes, and the unpaid period moves."""
    if before is None or after.subscription is None:
        return
    # The command's own event may have recorded the stop or resumption already.
    told = any(isinstance(event, RenewalStopped | RenewalResumed) for event in happened)
    was, stop = stopped_of(before), stopped_of(after)
    # Before the stop, so that the failed charge is raised before its consequence.
    yield from _charges_given_up(before, after)
    is_new = was is None and not told
    if stop is not None and is_new:
        yield RenewalStopped(by_hand=False, reason=stop.reason)
    if stop is None and was is not None and not told:
        yield RenewalResumed()
    unpaid = unpaid_period(after)
    if stop is not None and is_new and stop.reason != CHARGE_FAILED:
        # P9: a chargeback of the unpaid period itself says that it was paid, and that its success is still to come
        if unpaid is not None and not unpaid.refunds:
            yield from _void_unpaid(after)
    else:
        # P17: a payment that could not be charged can still be paid, so it is not voided
        yield from _moved_due(before, after)


def _charges_given_up(before: Order, after: Order) -> Iterator[Event]:
    """Raise attention for a payment that could not be charged, after the last try (P16, P17)."""
    known = {stop.key for stop in stops_of(before)}
    payment = unpaid_period(after)
    # A failure of a period that was forgiven may be told of when the next one is unpaid: that one has not failed.
    failed = [] if payment is None else failed_charges(after, payment)
    for stop in stops_of(after):
        # Only for a new stop, because an earlier one was raised before.
        if stop.reason == CHARGE_FAILED and stop.key not in known and payment is not None and failed:
            reference, code = failed[-1].reference, AttentionCode.CHARGE_FAILED
            item = Attention(code=code, at=stop.at, payment=payment.id, reference=reference, amount=payment.amount)
            yield AttentionRaised(item=item)


def second_subscription(order: Order, others: Iterable[Order], given: Context) -> Iterator[Event]:
    """Raise attention for a subscription that is activated while another one of the same offer is running."""
    # One of the two is probably a mistake, but only a person can tell which.
    if any(one.id != order.id and _is_running(one, given) for one in others):
        yield AttentionRaised(item=Attention(code=AttentionCode.SECOND_SUBSCRIPTION, at=given.now))


def _is_running(order: Order, given: Context) -> bool:
    """Tell whether a subscription is activated, neither cancelled nor stopped, and has not lapsed; trials count."""
    coverage = Coverage.of(order)
    # During a trial the lapse is in the future; a subscription that was never paid has lapsed from its first day.
    assert coverage is not None, "only subscriptions are looked for"
    is_stopped = order.cancelled_at is not None or stopped_of(order) is not None
    lapses = coverage.lapses(grace=given.project.grace, at=given.now)
    return not is_stopped and not any(
        one.starts_at <= given.now and (one.ends_at is None or given.now < one.ends_at) for one in lapses
    )


def _void_unpaid(order: Order) -> Iterator[Event]:
    unpaid = unpaid_period(order)
    if unpaid is not None:
        yield PaymentVoided(payment=unpaid.id, cause="stopped")


def _moved_due(before: Order, after: Order) -> Iterator[Event]:
    """Move the due date of the unpaid period with its start, unless a person set the date."""
    unpaid = unpaid_period(after)
    if unpaid is None:
        return
    was, due_at = periods_of(before).next_at, periods_of(after).next_at
    # Only if the start moved, the due date is another, and this command did not change the payment.
    if due_at is not None and was != due_at != unpaid.due_at and unpaid in before.payments:
        change = PaymentFields(due_at=unpaid.due_at), PaymentFields(due_at=due_at)
        yield PaymentEdited(payment=unpaid.id, before=change[0], after=change[1])


def _get_subscription(order: Order) -> Subscription:
    if order.subscription is None:
        raise Refused("order.not_subscription", order=order.number)
    return order.subscription
