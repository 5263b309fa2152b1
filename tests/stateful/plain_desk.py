"""Money by hand, on the books of paper: payments added, edited, voided, marked, taken back, refunded, reminded of."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.commands import Unset
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome
from kwiga_orders.periods import acts_at, begins
from tests.stateful.plain_orders import PlainAttempt, PlainMark, PlainOrder, PlainPayment, PlainRefund

__all__ = ["KYIV", "No", "Period", "PlainDesk", "Told", "kopiykas"]

KYIV = ZoneInfo("Europe/Kyiv")

Period = tuple[int, datetime, str | None]
"""The number of a period of a subscription, when it falls due, and why it is void if it is."""


class No(Exception):
    """A rule says no, with this code."""


def kopiykas(amount: Decimal, *, least: int = 0) -> int:
    """Give an amount as a count."""
    if amount != round(amount, 2):
        raise No("money.too_precise")
    if amount * 100 < least:
        raise No("input.invalid")
    return int(amount * 100)


@attrs.frozen(kw_only=True)
class Told:
    """What the books are told of an order: its version, what fired, its periods, and what gateways reported."""

    version: int
    fired: tuple[str, ...]
    periods: tuple[Period, ...]
    attempts: tuple[tuple[PlainAttempt, ...], ...]
    refunds: tuple[tuple[PlainRefund, ...], ...]


@attrs.define
class PlainDesk:
    """What a person does with the money of an order (P1-P9)."""

    now: datetime = attrs.field(init=False)
    told: Callable[[str], "Told"] = attrs.field(init=False)
    """What gateways reported of the payments of an order, by its id."""

    def _add_payment(self, order: PlainOrder, command: asked.AddPayment) -> None:
        payment = PlainPayment(
            kopiykas(command.amount, least=1),
            self.now if command.due_at is None else begins(command.due_at, zone=KYIV),
            self.now,
            closes_access=command.closes_access,
            gateway=command.gateway,
            method=command.method,
            comment=command.comment,
            by_hand=True,
            said=command.on_top,
        )
        if command.paid and any(one.period is not None and one.state == "unpaid" for one in order.payments):
            raise No("payment.period_unpaid")
        payment.on_top = self._on_top(order, payment, is_paid=command.paid)
        order.payments.append(payment)
        if command.paid:
            self._pay(order, payment, self.now, payment.amount, version=self.told(command.order).version)

    def _on_top(self, order: PlainOrder, payment: PlainPayment, *, is_paid: bool = False) -> int:
        """Decide what a payment asks beyond what is left of the balance, as if it were not there yet (P1)."""
        if payment.said is not None:
            return payment.amount if payment.said else 0
        if is_paid or order.subscription is not None:
            return 0
        others = [one for one in order.payments if one is not payment]
        asked_already = sum(one.amount for one in others if one.by_hand and one.state == "unpaid")
        balance = order.balance - (payment.on_top if len(others) < len(order.payments) else 0)
        return max(0, payment.amount - max(0, balance - asked_already))

    def _edit_payment(self, order: PlainOrder, command: asked.EditPayment) -> None:
        payment = self._payment(order, command)
        asks = {name: getattr(command, name) for name in ("amount", "due_at", "gateway", "closes_access", "comment")}
        named = {name: value for name, value in asks.items() if not isinstance(value, Unset)}
        if "amount" in named:
            named["amount"] = kopiykas(named["amount"], least=1)
        if payment.by_hand and not isinstance(command.on_top, Unset):
            named["said"] = command.on_top
        changed = {name for name, value in named.items() if value != getattr(payment, name)}
        if changed - {"comment"} and payment.state != "unpaid":
            raise No("payment.void" if payment.state == "void" else "payment.not_editable")
        for name, value in named.items():
            setattr(payment, name, value)
        if changed & {"amount", "said"} and payment.by_hand:
            payment.on_top = self._on_top(order, payment)

    def _void_payment(self, order: PlainOrder, command: asked.VoidPayment) -> None:
        self._unpaid(order, command).void = "hand"

    def _mark_paid(self, order: PlainOrder, command: asked.MarkPaid) -> None:
        n = int(command.payment.rpartition(".")[2]) - 1
        payment = self._payment(order, command)
        if payment.state != "unpaid" and (payment.state, payment.void) != ("void", "cancelled"):
            raise No("payment.void" if payment.state == "void" else "payment.already_paid")
        paid_at = acts_at(command.paid_at, now=self.now, zone=KYIV)
        if paid_at > self.now:
            raise No("payment.in_future")
        self._pay(order, payment, paid_at, order.asked[n] or payment.amount, version=self.told(command.order).version)

    def _mark_unpaid(self, order: PlainOrder, command: asked.MarkUnpaid) -> None:
        payment = self._payment(order, command)
        if payment.successes:
            raise No("payment.by_gateway")
        later = [one.period for one in order.payments if one.period is not None and one.state != "void"]
        is_last = payment.period is None or payment.period == max(later, default=0)
        if payment.mark is None or any(refund.held for refund in payment.refunds) or not is_last:
            raise No("payment.not_editable")
        payment.mark = None
        marked = [one for one in order.payments if one.mark is not None]
        marks = {id(one): one.mark for one in marked}
        # which activation each of the other marks found, as if this one had never been (P5)
        for one in marked:
            one.mark = None
        for one in sorted(marked, key=lambda one: _version_of(marks[id(one)])):
            mark = marks[id(one)]
            assert mark is not None
            one.mark = attrs.evolve(mark, floor=order.known_in(mark.version).activated_at)

    def _refund_payment(self, order: PlainOrder, command: asked.RefundPayment) -> None:
        payment = self._payment(order, command)
        if not payment.money:
            raise No("refund.not_paid")
        amount = kopiykas(command.amount, least=1)
        if amount > payment.paid - sum(refund.held for refund in payment.refunds):
            raise No("refund.exceeds_paid")
        if command.product is not None:
            self._refuse_unless_in(order, command.product)
        kept = 0 if payment.successes else amount
        payment.refunds.append(PlainRefund(self.now, kept, amount, self.told(command.order).version))

    def _remind(self, order: PlainOrder, command: asked.Remind) -> None:
        payment = self._payment(order, command)
        if payment.state != "unpaid":
            raise No("reminder.not_unpaid")
        if not self._asks(order, command):
            raise No("payment.not_owed")
        if payment.reminded_at is not None and self.now < payment.reminded_at + timedelta(hours=1):
            raise No("reminder.too_soon")
        payment.reminded_at = self.now

    def _payment(self, order: PlainOrder, command: asked.PaymentCommand) -> PlainPayment:
        number = int(command.payment.rpartition(".")[2])
        if number > len(order.payments):
            raise No("not_found")
        return order.payments[number - 1]

    def _asks(self, order: PlainOrder, command: asked.PaymentCommand) -> int:
        return order.asked[int(command.payment.rpartition(".")[2]) - 1]

    def _unpaid(self, order: PlainOrder, command: asked.PaymentCommand) -> PlainPayment:
        payment = self._payment(order, command)
        if payment.state != "unpaid":
            raise No("payment.void" if payment.state == "void" else "payment.already_paid")
        return payment

    def _pay(self, order: PlainOrder, payment: PlainPayment, at: datetime, amount: int, *, version: int) -> None:
        payment.mark = PlainMark(at, amount, version, floor=order.activated_at)

    def _start_attempt(self, order: PlainOrder, command: asked.StartAttempt) -> None:
        payment = self._payment(order, command)
        if not self._asks(order, command):
            raise No("payment.not_owed")
        if payment.gateway is None or payment.method != "cashless":
            raise No("gateway.unavailable")
        if any(attempt.outcome is Outcome.UNKNOWN for attempt in payment.attempts):
            raise No("attempt.unresolved")
        payment.attempts.append(PlainAttempt(Outcome.PENDING, self.now))

    def _refuse_unless_in(self, order: PlainOrder, product: str) -> None:
        if product not in order.prices:
            raise No("not_found")


def _version_of(mark: PlainMark | None) -> int:
    return 0 if mark is None else mark.version
