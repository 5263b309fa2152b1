"""Letters by hand: which kinds of letters there are, and when one may be sent again (N2).

Laws:

1. A letter that is sent by hand says what holds now: the letter of a freeze needs one, that of a refund needs money
   that went back. What does not hold is refused.
2. A payment that is not named is the one that is due first, of letters about what is owed, else the last one for which
   the letter holds; products that are not named are all lines.
3. A reminder by hand is a reminder: at most one an hour, and only of what is owed (P14, P15).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

from kwiga_orders.errors import Refused
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import Event, LetterSent
from kwiga_orders.orders.paying import remind
from kwiga_orders.orders.state import Extended, Line, Order
from kwiga_orders.orders.window import find_freeze, line_window, resolved
from kwiga_orders.payments import Outcome, Payment

__all__ = ["LETTERS_ABOUT_MONEY", "LETTER_KINDS", "send_letter"]

LETTERS_ABOUT_MONEY: Final = (
    "payment_added",
    "payment_upcoming",
    "payment_reminder",
    "payment_succeeded",
    "payment_failed",
    "refund_made",
)
"""The kinds that a contact gets in any case; all others a contact may switch off (N2)."""

LETTER_KINDS: Final = (
    *LETTERS_ABOUT_MONEY,
    "subscription_renewed",
    "free_offer_accepted",
    "access_granted",
    "access_frozen",
    "access_unfrozen",
    "access_extended",
    "access_expiring",
    "access_expired",
    "certificate_issued",
)
"""Every kind of letter there is (N2)."""


def send_letter(order: Order, command: asked.SendLetter, given: Context) -> Iterator[Event]:
    """Send a letter again, by hand (N2).

    Raises:
        Refused: `input.invalid` if there is no such kind, or the letter would say what does not hold;
            `payment.not_owed`, `reminder.too_soon`, `access.not_started`, `access.no_end`, `freeze.none`,
            `certificate.not_issued`.
        NotFound: if the order has no such payment or line.
    """
    kind = command.kind
    if kind in _OF_PAYMENTS:
        payment = _payment(order, command)
        _OF_PAYMENTS[kind](order, payment)
        if kind == "payment_reminder":
            _refuse_unless_reminded(order, payment, given)
        yield LetterSent(kind=kind, payment=payment.id)
    elif kind in _OF_LINES:
        for line in order.lines if command.product is None else (order.line(command.product),):
            _OF_LINES[kind](order, line, given)
            yield LetterSent(kind=kind, product=line.product)
    else:
        raise Refused("input.invalid", field="kind", kind=kind[:100])


def _payment(order: Order, command: asked.SendLetter) -> Payment:
    if command.payment is not None:
        return order.payment(command.payment)
    if not order.payments:
        raise _untrue("payment", command.kind)
    payments = sorted(order.payments, key=lambda one: one.due_at)
    if _OF_PAYMENTS[command.kind] is not _refuse_unless_owed:
        payments = list(reversed(order.payments))
    return next((one for one in payments if _holds(order, one, command.kind)), payments[0])


def _holds(order: Order, payment: Payment, kind: str) -> bool:
    try:
        _OF_PAYMENTS[kind](order, payment)
    except Refused:
        return False
    return True


def _untrue(field: str, kind: str) -> Refused:
    return Refused("input.invalid", field=field, kind=kind)


# Payments


def _refuse_unless_owed(order: Order, payment: Payment) -> None:
    if payment.id not in asked_of(order):
        raise Refused("payment.not_owed", payment=payment.id)


def _refuse_unless_reminded(order: Order, payment: Payment, given: Context) -> None:
    for _ in remind(order, asked.Remind(order=order.id, payment=payment.id), given):
        return


def _refuse_unless_paid(_: Order, payment: Payment) -> None:
    if payment.paid is None:
        raise _untrue("payment", "payment_succeeded")


def _refuse_unless_failed(_: Order, payment: Payment) -> None:
    if not any(attempt.outcome is Outcome.FAILED for attempt in payment.attempts):
        raise _untrue("payment", "payment_failed")


def _refuse_unless_refunded(_: Order, payment: Payment) -> None:
    if not payment.refunded.minor:
        raise _untrue("payment", "refund_made")


def _refuse_unless_renewed(_: Order, payment: Payment) -> None:
    if payment.paid is None or (payment.period or 1) == 1:
        raise _untrue("payment", "subscription_renewed")


_OF_PAYMENTS: Mapping[str, Callable[[Order, Payment], None]] = {
    "payment_added": _refuse_unless_owed,
    "payment_upcoming": _refuse_unless_owed,
    "payment_reminder": _refuse_unless_owed,
    "payment_succeeded": _refuse_unless_paid,
    "payment_failed": _refuse_unless_failed,
    "refund_made": _refuse_unless_refunded,
    "subscription_renewed": _refuse_unless_renewed,
}


# Lines


def _refuse_unless_activated(order: Order, line: Line, _: Context) -> None:
    if order.activated_at is None:
        raise Refused("access.not_started", order=order.number, product=line.product)


def _refuse_unless_free(order: Order, line: Line, given: Context) -> None:
    _refuse_unless_activated(order, line, given)
    if order.sums.total:
        raise _untrue("kind", "free_offer_accepted")


def _refuse_unless_frozen(order: Order, line: Line, given: Context) -> None:
    if find_freeze(line, given.now) is None:
        raise Refused("freeze.none", order=order.number, product=line.product)


def _refuse_unless_thawed(order: Order, line: Line, given: Context) -> None:
    _refuse_unless_activated(order, line, given)
    if not line.freezes or find_freeze(line, given.now) is not None:
        raise _untrue("kind", "access_unfrozen")


def _refuse_unless_extended(_: Order, line: Line, __: Context) -> None:
    if not any(isinstance(one, Extended) for one in line.adjustments):
        raise _untrue("kind", "access_extended")


def _refuse_unless_expiring(order: Order, line: Line, given: Context) -> None:
    if _end(order, line, given) <= given.now:
        raise _untrue("kind", "access_expiring")


def _refuse_unless_expired(order: Order, line: Line, given: Context) -> None:
    if given.now < _end(order, line, given):
        raise _untrue("kind", "access_expired")


def _end(order: Order, line: Line, given: Context) -> datetime:
    _refuse_unless_activated(order, line, given)
    window = line_window(
        order, line, resolved(order, line, given.offers).terms, grace=given.project.grace, at=given.now
    )
    if window is None or window.end is None:
        raise Refused("access.no_end", order=order.number, product=line.product)
    return window.end


def _refuse_unless_certified(order: Order, line: Line, _: Context) -> None:
    if not any(one.product == line.product and one.revoked_at is None for one in order.certificates):
        raise Refused("certificate.not_issued", order=order.number, product=line.product)


_OF_LINES: Mapping[str, Callable[[Order, Line, Context], None]] = {
    "free_offer_accepted": _refuse_unless_free,
    "access_granted": _refuse_unless_activated,
    "access_frozen": _refuse_unless_frozen,
    "access_unfrozen": _refuse_unless_thawed,
    "access_extended": _refuse_unless_extended,
    "access_expiring": _refuse_unless_expiring,
    "access_expired": _refuse_unless_expired,
    "certificate_issued": _refuse_unless_certified,
}
