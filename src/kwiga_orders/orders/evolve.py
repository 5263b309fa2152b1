"""The fold: it applies events to the state of an order. Nothing else changes an order.

Laws:

1. Folding the history from the start gives exactly the stored order. Home of O10.
2. Every event has exactly one fold, and no fold can refuse.
3. Each new total is stored with its instant, so that activation can be computed from the facts (P5). All changes of the
   total by one command happen at once.
4. Reports of gateways are evaluated together until a command of another kind settles them (P11).
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, TypeVar, cast

import attrs

from kwiga_orders.commands import Unset
from kwiga_orders.orders import events as happened
from kwiga_orders.orders.attention import cured, late_money, money_code, raised
from kwiga_orders.orders.marks import unmarked
from kwiga_orders.orders.reports import Attention, AttentionCode
from kwiga_orders.orders.rows import put_attempt, put_refund, with_anomaly, with_payment
from kwiga_orders.orders.state import (
    Adjustment,
    AmountSet,
    Certificate,
    EndSet,
    Extended,
    Follows,
    Frozen,
    Line,
    Order,
    Pause,
    Stopped,
)
from kwiga_orders.orders.team import TEAM_FOLDS
from kwiga_orders.orders.weighing import settled, weighed
from kwiga_orders.payments import Attempt, Mark, Payment
from kwiga_orders.sums import TotalSet
from kwiga_orders.values import changed, changed_by

__all__ = ["evolve", "followed", "replayed"]

E = TypeVar("E")
_Fold = Callable[[Order, happened.Recorded, E], Order]
_FOLDS: dict[type, Callable[[Order, happened.Recorded, object], Order]] = dict(TEAM_FOLDS)
_STANDING = {
    AttentionCode.GATEWAY_NOT_CONNECTED,
    AttentionCode.SECOND_SUBSCRIPTION,
    AttentionCode.CHARGE_FAILED,
}
"""Attention items that are not raised by a gateway's report (P16)."""


def replayed(history: Iterable[happened.Recorded]) -> Order:
    """Give the order that a whole history builds (O10)."""
    order: Order | None = None
    for _, together in groupby(history, key=lambda recorded: recorded.version):
        order = evolve(order, list(together))
    assert order is not None, "a history begins with its order"
    return order


def evolve(order: Order | None, recorded: Sequence[happened.Recorded]) -> Order:
    """Fold the events of one command into `order`; it is None for `order.created`."""
    # Law 4: a command that is not a report settles all earlier reports.
    # Events of the first edition have no report, only the row as it was decided then.
    if order is not None and all(getattr(one.event, "report", None) is None for one in recorded):
        order = settled(order)
    # P16: cured after the new total is stored, because a higher price may cure what is overpaid
    return cured(_dated(followed(order, recorded), recorded[-1]))


def followed(order: Order | None, recorded: Iterable[happened.Recorded]) -> Order:
    """Fold in consequences of events that are folded already; they change neither version nor total."""
    for one in recorded:
        event = one.event
        if isinstance(event, happened.OrderCreated):
            # O4: dated at once, because a payment in the same command is compared with the total
            order = _dated(event.order, one)
        assert order is not None, "a history begins with its order"
        fold = _FOLDS.get(type(event))
        # An event without a fold, such as `order.subscribed`, is only history.
        order = order if fold is None else fold(order, one, event)
    assert order is not None, "a history begins with its order"
    return order


def _dated(order: Order, last: happened.Recorded) -> Order:
    """Store the version, the time, and the total if it is new."""
    # Law 3: one total for each version, the last one of the command. So a new subscription is never free in between,
    # before its first payment is added (P13).
    totals, total = tuple([fact for fact in order.totals if fact.version < last.version]), order.total
    on_top = order.on_top or None
    if not totals or (totals[-1].total, totals[-1].on_top) != (total, on_top):
        totals = (*totals, TotalSet(at=last.at, version=last.version, total=total, on_top=on_top))
    return changed(_priced(order, last), version=last.version, updated_at=last.at, totals=totals)


def _priced(order: Order, last: happened.Recorded) -> Order:
    """Store the price of a period if it is new (P13)."""
    subscription, amount = order.subscription, order.agreed
    if subscription is None or (subscription.amounts and subscription.amounts[-1].amount == amount):
        return order
    return _with_subscription(order, amounts=(*subscription.amounts, AmountSet(at=last.at, amount=amount)))


def _folds(kind: type[E]) -> Callable[[_Fold[E]], _Fold[E]]:
    def register(fold: _Fold[E]) -> _Fold[E]:
        _FOLDS[kind] = cast(Callable[[Order, happened.Recorded, object], Order], fold)
        return fold

    return register


def _named(fields: attrs.AttrsInstance) -> dict[str, object]:
    """Give the fields that an edit names."""
    values = {field.name: getattr(fields, field.name) for field in attrs.fields(type(fields))}
    return {name: value for name, value in values.items() if not isinstance(value, Unset)}


# The order


@_folds(happened.OrderEdited)
def _order_edited(order: Order, _: happened.Recorded, event: happened.OrderEdited) -> Order:
    return changed_by(order, _named(event.after))


@_folds(happened.OrderMoved)
def _moved(order: Order, _: happened.Recorded, event: happened.OrderMoved) -> Order:
    return changed(order, funnel=event.to_funnel, status=event.to_status)


@_folds(happened.OrderCancelled)
def _cancelled(order: Order, recorded: happened.Recorded, _: happened.OrderCancelled) -> Order:
    return changed(order, cancelled_at=recorded.at)


@_folds(happened.OrderReopened)
def _reopened(order: Order, _: happened.Recorded, event: happened.OrderReopened) -> Order:
    order = changed(order, cancelled_at=None)
    # O12: payments that cancelling voided are restored; in the first edition they stayed void
    fields: dict[str, Any] = {"voided_at": None} if event.restores else {"voided_by": "hand"}
    payments = (changed(one, **fields) if one.voided_by == "cancelled" else one for one in order.payments)
    return changed(order, payments=tuple(payments))


@_folds(happened.OrderSuperseded)
def _superseded(order: Order, recorded: happened.Recorded, event: happened.OrderSuperseded) -> Order:
    # P6: the first instant of superseding is kept, to tell money before it from late money; a newer twin only changes
    # by which order it is superseded.
    keeps = event.by is None or order.superseded_by is not None
    superseded_at = order.superseded_at if keeps else recorded.at
    return changed(order, superseded_by=event.by, superseded_at=superseded_at)


@_folds(happened.ContactMerged)
def _contact_merged(order: Order, _: happened.Recorded, event: happened.ContactMerged) -> Order:
    return changed(order, contact=event.into)


@_folds(happened.RenewalStopped)
def _renewal_stopped(order: Order, recorded: happened.Recorded, event: happened.RenewalStopped) -> Order:
    # Only a stop by hand is stored; a stop by itself is computed from facts.
    return _with_subscription(order, stopped=Stopped(at=recorded.at, reason=event.reason)) if event.by_hand else order


@_folds(happened.RenewalResumed)
def _renewal_resumed(order: Order, recorded: happened.Recorded, event: happened.RenewalResumed) -> Order:
    subscription = order.subscription
    # P13: events of the first edition, and a renewal that resumed by itself, have no pause.
    if subscription is None or event.period is None:
        return _with_subscription(order, stopped=None)
    assert event.stopped_at is not None
    pause = Pause(stopped_at=event.stopped_at, resumed_at=recorded.at, period=event.period)
    cleared = subscription.cleared | set(event.cleared)
    return _with_subscription(order, stopped=None, pauses=(*subscription.pauses, pause), cleared=cleared)


def _with_subscription(order: Order, **fields: object) -> Order:
    assert order.subscription is not None, "only a subscription is renewed"
    return changed(order, subscription=changed_by(order.subscription, fields))


@_folds(happened.EventReported)
def _event_reported(order: Order, _: happened.Recorded, event: happened.EventReported) -> Order:
    return changed(order, fired=order.fired | {event.key}) if event.fires else order


@_folds(happened.DueNoted)
def _due_noted(order: Order, recorded: happened.Recorded, event: happened.DueNoted) -> Order:
    noted = changed(order, noted=order.noted | {event.key})
    # P14: an old due date sends no letter, so it does not count as a reminder.
    if event.due is not happened.DueKind.PAYMENT_DUE or event.payment is None or event.is_old:
        return noted
    # P14: an automatic reminder counts, too
    return with_payment(noted, event.payment, lambda one: changed(one, reminded_at=recorded.at))


@_folds(happened.LetterSent)
def _letter_sent(order: Order, recorded: happened.Recorded, event: happened.LetterSent) -> Order:
    # P14: only reminders are limited to one an hour.
    if event.kind != "payment_reminder" or event.payment is None:
        return order
    return with_payment(order, event.payment, lambda one: changed(one, reminded_at=recorded.at))


@_folds(happened.CertificateIssued)
def _certificate_issued(order: Order, recorded: happened.Recorded, event: happened.CertificateIssued) -> Order:
    # C4: a restored certificate replaces its own revoked entry
    others = tuple([one for one in order.certificates if one.number != event.number])
    issued = Certificate(
        product=event.product,
        number=event.number,
        issued_at=event.issued_at or recorded.at,
        carried_from=event.carried_from,
    )
    return changed(order, certificates=(*others, issued))


@_folds(happened.CertificateRevoked)
def _certificate_revoked(order: Order, recorded: happened.Recorded, event: happened.CertificateRevoked) -> Order:
    certificates = (
        # Found by number, because a product may have had several certificates.
        changed(one, revoked_at=recorded.at, reason=event.reason) if one.number == event.number else one
        for one in order.certificates
    )
    return changed(order, certificates=tuple(certificates))


# Lines


def _with_line(order: Order, product: str, change: Callable[[Line], Line]) -> Order:
    return changed(order, lines=tuple(change(line) if line.product == product else line for line in order.lines))


@_folds(happened.LineAdded)
def _line_added(order: Order, recorded: happened.Recorded, event: happened.LineAdded) -> Order:
    line, subscription = event.line, order.subscription
    if subscription is not None:
        # P13: a current or planned freeze applies to all lines, also to a line that is added later
        frozen = [one for one in subscription.adjustments if isinstance(one, Frozen) and one.ends_at > recorded.at]
        line = changed(line, adjustments=(*frozen, *line.adjustments))
    return changed(order, lines=(*order.lines, line))


@_folds(happened.LineEdited)
def _line_edited(order: Order, _: happened.Recorded, event: happened.LineEdited) -> Order:
    return _with_line(order, event.product, lambda line: changed_by(line, _named(event.after)))


@_folds(happened.LineRemoved)
def _line_removed(order: Order, _: happened.Recorded, event: happened.LineRemoved) -> Order:
    lines = tuple(line for line in order.lines if line.product != event.product)
    return changed(order, lines=lines, taken_out=order.taken_out | {event.product})


@_folds(happened.LineFollowed)
def _line_followed(order: Order, _: happened.Recorded, event: happened.LineFollowed) -> Order:
    return _with_line(order, event.product, lambda line: changed(line, source=Follows(since=event.since)))


def _adjusted(order: Order, recorded: happened.Recorded, product: str, adjustment: Adjustment) -> Order:
    subscription = order.subscription
    # P13: one command adjusts every line of a subscription, but its periods only once. All events of a command have the
    # same version.
    if subscription is not None and subscription.adjusted != recorded.version:
        adjustments = (*subscription.adjustments, adjustment)
        order = _with_subscription(order, adjustments=adjustments, adjusted=recorded.version)
    return _with_line(order, product, lambda line: changed(line, adjustments=(*line.adjustments, adjustment)))


@_folds(happened.AccessExtended)
def _extended(order: Order, recorded: happened.Recorded, event: happened.AccessExtended) -> Order:
    extension = Extended(made_at=recorded.at, by=event.by, actor=recorded.actor, reason=event.reason)
    return _adjusted(order, recorded, event.product, extension)


@_folds(happened.AccessEndSet)
def _end_set(order: Order, recorded: happened.Recorded, event: happened.AccessEndSet) -> Order:
    end = EndSet(made_at=recorded.at, at=event.at, actor=recorded.actor, reason=event.reason)
    return _adjusted(order, recorded, event.product, end)


@_folds(happened.AccessFrozen)
def _frozen(order: Order, recorded: happened.Recorded, event: happened.AccessFrozen) -> Order:
    freeze = Frozen(
        made_at=recorded.at,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        actor=recorded.actor,
        reason=event.reason,
    )
    return _adjusted(order, recorded, event.product, freeze)


@_folds(happened.AccessUnfrozen)
def _unfrozen(order: Order, recorded: happened.Recorded, event: happened.AccessUnfrozen) -> Order:
    def shortened(one: Adjustment) -> Adjustment | None:
        # The event names the freeze by its start; a freeze that is over stays.
        if not isinstance(one, Frozen) or one.starts_at != event.starts_at or one.ends_at <= recorded.at:
            return one
        # A11: a freeze that never began is removed
        return changed(one, ends_at=recorded.at, lifted=True) if one.starts_at < recorded.at else None

    def thawed(adjustments: tuple[Adjustment, ...]) -> tuple[Adjustment, ...]:
        return tuple([one for one in map(shortened, adjustments) if one is not None])

    if order.subscription is not None:
        order = _with_subscription(order, adjustments=thawed(order.subscription.adjustments))
    return _with_line(order, event.product, lambda line: changed(line, adjustments=thawed(line.adjustments)))


# Payments


@_folds(happened.PaymentAdded)
def _payment_added(order: Order, _: happened.Recorded, event: happened.PaymentAdded) -> Order:
    return changed(order, payments=(*order.payments, event.payment))


@_folds(happened.PaymentEdited)
def _payment_edited(order: Order, _: happened.Recorded, event: happened.PaymentEdited) -> Order:
    def edited(payment: Payment) -> Payment:
        payment = changed_by(payment, _named(event.after))
        if isinstance(event.after.amount, Unset):
            return payment
        # P3: attempts with the old amount no longer pay the payment
        attempts = (one if one.counts else changed(one, outdated=True) for one in payment.attempts)
        return changed(payment, attempts=tuple(attempts))

    return _with_payment_for_good(order, event.payment, edited)


@_folds(happened.PaymentVoided)
def _payment_voided(order: Order, recorded: happened.Recorded, event: happened.PaymentVoided) -> Order:
    fields = {"voided_at": recorded.at, "voided_by": event.cause}
    return _with_payment_for_good(order, event.payment, lambda one: changed_by(one, fields))


def _with_payment_for_good(order: Order, id: str, change: Callable[[Payment], Payment]) -> Order:
    """Give the order with one payment changed, and not only until reports are weighed again."""
    order, heard = with_payment(order, id, change), order.heard
    if heard is None:
        return order
    # P13: a chargeback voids the period that is unpaid, and what is told of either payment later leaves it void
    before = tuple(change(one) if one.id == id else one for one in heard.before)
    return changed(order, heard=changed(heard, before=before))


@_folds(happened.PaymentPaid)
def _payment_paid(order: Order, recorded: happened.Recorded, event: happened.PaymentPaid) -> Order:
    # P11: since the second edition the event has the report, and `weighing` evaluates it.
    if event.report is not None:
        return weighed(order, event.report)
    payment = order.payment(event.payment)
    if event.attempt is not None:
        if event.amount is None:
            return _of_first_edition(order, payment, event.attempt)
        return _accepted(order, payment, changed(event.attempt, version=recorded.version))
    amount = payment.amount if event.amount is None else event.amount
    # P5: a mark by hand with an earlier date does not move a past activation; in the first edition it did
    floor = None if event.amount is None else order.activated_at
    mark = Mark(at=event.paid_at, version=recorded.version, amount=amount, floor=floor)
    comment = payment.comment if isinstance(event.comment, Unset) else event.comment
    order = with_payment(order, payment.id, lambda one: changed(one, mark=mark, comment=comment))
    return late_money(order, payment, amount, recorded.at)


def _of_first_edition(order: Order, payment: Payment, attempt: Attempt) -> Order:
    """Store a success of the first edition, and raise its attention items (decision 0038)."""
    code = AttentionCode.PAID_TWICE if payment.paid is not None else None
    code = AttentionCode.LATE_MONEY if payment.voided_at is not None else code
    is_known = any(one.id == attempt.id and one.counts for one in payment.attempts)
    order = put_attempt(order, payment.id, attempt)
    if code is None or is_known:
        return order
    item = Attention(code=code, at=attempt.at, payment=payment.id, reference=attempt.reference, amount=payment.amount)
    return raised(order, item)


def _accepted(before: Order, payment: Payment, attempt: Attempt) -> Order:
    """Store an attempt that paid; money of it that was kept out before now counts in the sums (P11)."""
    order = put_attempt(before, payment.id, attempt)
    about = (payment.id, attempt.reference, attempt.amount)
    anomalies = (one for one in order.anomalies if (one.payment, one.reference, one.amount) != about)
    order = changed(order, anomalies=tuple(anomalies))
    # P6: accepted money may be too much or too late, as any money of a gateway. So compare with the order without the
    # money that counted under its reference until now.
    before = put_attempt(before, payment.id, changed(attempt, kept_out=True))
    odd = money_code(before, order, before.payment(payment.id), attempt.at)
    if odd is None:
        return order
    item = Attention(code=odd, at=attempt.at, payment=payment.id, reference=attempt.reference, amount=attempt.amount)
    return raised(order, item)


@_folds(happened.PaymentUnmarked)
def _payment_unmarked(order: Order, _: happened.Recorded, event: happened.PaymentUnmarked) -> Order:
    return unmarked(order, event.payment)


@_folds(happened.PaymentFailed)
def _payment_failed(order: Order, _: happened.Recorded, event: happened.PaymentFailed) -> Order:
    return _attempted(order, event)


@_folds(happened.AttemptRecorded)
def _attempt_recorded(order: Order, _: happened.Recorded, event: happened.AttemptRecorded) -> Order:
    return _attempted(order, event)


def _attempted(order: Order, event: happened.PaymentFailed | happened.AttemptRecorded) -> Order:
    if event.report is not None:
        return weighed(order, event.report)
    if event.attempt.counts:
        return _of_first_edition(order, order.payment(event.payment), event.attempt)
    return put_attempt(order, event.payment, event.attempt)


@_folds(happened.PaymentRefunded)
def _payment_refunded(order: Order, recorded: happened.Recorded, event: happened.PaymentRefunded) -> Order:
    return _refunded(order, recorded, event)


@_folds(happened.RefundRecorded)
def _refund_recorded(order: Order, recorded: happened.Recorded, event: happened.RefundRecorded) -> Order:
    return _refunded(order, recorded, event)


def _refunded(
    order: Order, recorded: happened.Recorded, event: happened.PaymentRefunded | happened.RefundRecorded
) -> Order:
    if event.report is not None:
        return weighed(order, event.report)
    # Refunds of the first edition have no version, so they get the version of their event.
    refund = event.refund if event.refund.version else changed(event.refund, version=recorded.version)
    return put_refund(order, event.payment, refund)


@_folds(happened.PaymentAnomaly)
def _anomaly(order: Order, _: happened.Recorded, event: happened.PaymentAnomaly) -> Order:
    if event.report is not None:
        return weighed(order, event.report)
    # an anomaly of the first edition has no code: it is either another amount or another currency
    amount = event.anomaly.amount
    is_foreign = amount is not None and amount.currency != order.currency
    code = AttentionCode.OTHER_CURRENCY if is_foreign else event.anomaly.code
    return with_anomaly(order, changed(event.anomaly, code=code))


@_folds(happened.AttentionRaised)
def _attention_raised(order: Order, _: happened.Recorded, event: happened.AttentionRaised) -> Order:
    if order.heard is not None and event.item.code in _STANDING:
        # items that no report raised stay when reports are evaluated again
        heard = order.heard
        order = changed(order, heard=changed(heard, attention=(*heard.attention, event.item)))
    return raised(order, event.item)


@_folds(happened.AttentionResolved)
def _attention_resolved(order: Order, _: happened.Recorded, event: happened.AttentionResolved) -> Order:
    return changed(order, attention=tuple(item for item in order.attention if item.id not in event.items))


@_folds(happened.ReminderSent)
def _reminded(order: Order, recorded: happened.Recorded, event: happened.ReminderSent) -> Order:
    return with_payment(order, event.payment, lambda one: changed(one, reminded_at=recorded.at))
