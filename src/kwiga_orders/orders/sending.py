"""Commands to letters: send a reminder, send a letter again (P14, N2).

Laws:

1. A payment gets at most one reminder an hour, automatic ones included, and only if it asks for money (P14, P15).
2. A letter is sent again only if it is true now: that of a freeze needs a freeze, that of a refund needs a refund. Any
   other is refused (N2).
3. If no payment is named, a letter about owed money is about the payment that is due first, another letter about the
   last payment for which it is true. If no product is named, it is about all lines.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from kwiga_orders.errors import Detail, Refused
from kwiga_orders.letter_kinds import LETTER_KINDS, LETTERS_ABOUT_WHAT_IS_OWED
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import Event, LetterSent, ReminderSent
from kwiga_orders.orders.state import Extended, Line, Order
from kwiga_orders.orders.window import LineWindow, find_freeze, line_window, resolved
from kwiga_orders.payments import Outcome, Payment, PaymentState

__all__ = ["remind", "send_letter"]

_BETWEEN_REMINDERS = timedelta(hours=1)


def remind(order: Order, command: asked.Remind, given: Context) -> Iterator[Event]:
    """Send a letter about an unpaid payment that asks for something, at most once an hour. Home of P14.

    Raises:
        Refused: `reminder.not_unpaid`, `payment.not_owed`, `reminder.too_soon`.
    """
    payment = _due_first(order) if command.payment == asked.EACH else order.payment(command.payment)
    if payment.state is not PaymentState.UNPAID:
        raise Refused("reminder.not_unpaid", payment=payment.id, state=payment.state.value)
    _refuse_unless_owed(order, payment)
    # Counted from the last reminder, by hand or automatic.
    if payment.reminded_at is not None and given.now < payment.reminded_at + _BETWEEN_REMINDERS:
        again_at = payment.reminded_at + _BETWEEN_REMINDERS
        raise Refused("reminder.too_soon", payment=payment.id, again_at=again_at.isoformat())
    yield ReminderSent(payment=payment.id)


def _due_first(order: Order) -> Payment:
    owed = asked_of(order)
    due = [payment for payment in order.payments if payment.id in owed]
    if not due:
        raise Refused("payment.not_owed", order=order.id)
    return min(due, key=lambda payment: payment.due_at)


def _refuse_unless_owed(order: Order, payment: Payment) -> None:
    if payment.id not in asked_of(order):
        raise Refused("payment.not_owed", payment=payment.id)


def send_letter(order: Order, command: asked.SendLetter, given: Context) -> Iterator[Event]:
    """Send a letter again, by hand (N2).

    Raises:
        Refused: `input.invalid` if there is no such kind, or the letter would not be true;
            `payment.not_owed`, `reminder.too_soon`, `access.not_started`, `access.no_end`, `freeze.none`,
            `certificate.not_issued`.
        NotFound: if the order has no such payment or line.
    """
    kind = command.kind
    if kind in LETTERS_ABOUT_WHAT_IS_OWED or kind in _PAYMENTS_FIT:
        payment = _payment(order, command)
        if kind == "payment_reminder":
            # P14: one reminder an hour, whichever command sends it. Called only to refuse: the recorded event is
            # `LetterSent`.
            list(remind(order, asked.Remind(order=order.id, payment=payment.id), given))
        yield LetterSent(kind=kind, payment=payment.id)
    elif kind in LETTER_KINDS:
        # A13: without a product the letter is sent for every line; if it is not true for one line, it is refused.
        for line in order.lines if command.product is None else (order.line(command.product),):
            _refuse_unless_it_holds(kind, order, line, given)
            yield LetterSent(kind=kind, product=line.product)
    else:
        raise Refused("input.invalid", field="kind", kind=kind[:100])


# Letters about payments

_PAYMENTS_FIT: Mapping[str, Callable[[Payment], bool]] = {
    "payment_succeeded": lambda payment: payment.paid is not None,
    "payment_failed": lambda payment: any(attempt.outcome is Outcome.FAILED for attempt in payment.attempts),
    "refund_made": lambda payment: payment.refunded.minor > 0,
    "subscription_renewed": lambda payment: payment.paid is not None and (payment.period or 1) > 1,
}
"""For each letter that is not about owed money: whether it is true for a payment."""


def _payment(order: Order, command: asked.SendLetter) -> Payment:
    """Give the payment that a letter is about; for a named payment the letter must be true."""
    named = None if command.payment is None else order.payment(command.payment)
    if command.kind in LETTERS_ABOUT_WHAT_IS_OWED:
        owed = asked_of(order)
        # the payment due first of those that ask for money; if none does, another, which is then refused
        due_first = sorted(order.payments, key=lambda one: (one.id not in owed, one.due_at))
        payment = named or next(iter(due_first), None)
        if payment is not None:
            _refuse_unless_owed(order, payment)
            return payment
    else:
        fits = _PAYMENTS_FIT[command.kind]
        # The newest payment first, because the last such letter is sent again.
        for payment in reversed(order.payments) if named is None else (named,):
            if fits(payment):
                return payment
    raise Refused("input.invalid", field="payment", kind=command.kind)


# Letters about lines


def _refuse_unless_it_holds(kind: str, order: Order, line: Line, given: Context) -> None:
    """Refuse a letter about a line if it would not be true."""
    about: dict[str, Detail] = {"order": order.number, "product": line.product}
    if kind == "certificate_issued":
        if not any(one.product == line.product and one.revoked_at is None for one in order.certificates):
            raise Refused("certificate.not_issued", **about)
        return
    terms = resolved(order, line, given.offers).terms
    window = line_window(order, line, terms, grace=given.project.grace, at=given.now)
    if window is None:
        raise Refused("access.not_started", **about)
    if kind == "access_frozen" and find_freeze(line, given.now) is None:
        raise Refused("freeze.none", **about)
    if kind in ("access_expiring", "access_expired") and window.end is None:
        # A letter that access ends soon needs an end.
        raise Refused("access.no_end", **about)
    if not _holds(kind, order, line, window, given):
        raise Refused("input.invalid", field="kind", kind=kind)


def _holds(kind: str, order: Order, line: Line, window: LineWindow, given: Context) -> bool:
    match kind:
        case "free_offer_accepted":
            # An order is a free offer if its total is 0, whatever its lines.
            return not order.sums.total
        case "access_unfrozen":
            return bool(line.freezes) and find_freeze(line, given.now) is None
        case "access_extended":
            return any(isinstance(one, Extended) for one in line.adjustments)
        case "access_expiring":
            # A letter that access will expire needs an end in the future.
            return not window.has_ended(given.now)
        case "access_expired":
            return window.has_ended(given.now)
    return True
