"""A school's books on paper: each command is refused with its code, or booked; the plain model of the machine.

How funnels are built is told to it, and what gateways reported of payments; who stands where and what is owed it finds
out by itself. What is done to windows of access is none of its business.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto

import attrs

from kwiga_orders import offers
from kwiga_orders.commands import Command, Unset
from kwiga_orders.funnel import HOST_EVENTS, Funnel, Rule
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Parts, PaymentOption, Subscribe
from kwiga_orders.periods import later
from kwiga_orders.testing.scripts import PRODUCTS
from tests.stateful.plain_desk import KYIV, No, Period, PlainDesk, Told, kopiykas
from tests.stateful.plain_orders import (
    MONEY_EVENTS,
    PlainCertificate,
    PlainOrder,
    PlainPayment,
    PlainTotal,
)

__all__ = ["PlainSchool", "Told", "Verdict"]

ON_A_CANCELLED_ORDER = {
    "reopen_order", "move_order", "edit_order", "add_task", "complete_task", "refund_payment", "edit_refund",
    "report_attempt", "report_refund", "mark_unpaid", "accept_anomaly", "resolve_attention",
}  # fmt: skip
TOLD = {"report_attempt", "report_refund", "accept_anomaly", "edit_refund", "resolve_attention"}
"""What these come to is told to the books, and whether they are refused."""


class Verdict(Enum):
    """What the books say of a command that they do not refuse."""

    BOOKED = auto()
    NOT_THEIR_BUSINESS = auto()


@attrs.define
class PlainSchool(PlainDesk):
    """All orders by id, in the order they were made; what offers cost; how the funnels are built now."""

    prices: dict[str, dict[str, int]]
    options: dict[str, PaymentOption]
    discounts: dict[str, offers.Discount | None]
    funnels: dict[str, Funnel] = attrs.field(factory=dict)
    sells_into: str = "default"
    orders: dict[str, PlainOrder] = attrs.field(factory=dict)
    keys: dict[str, tuple[Command, Verdict | str]] = attrs.field(factory=dict)

    @classmethod
    def selling(cls, made: Iterable[Command]) -> "PlainSchool":
        """Begin with the offers that these commands made."""
        sold = [command for command in made if isinstance(command, offers.CreateOffer)]
        return cls(
            prices={one.code: {item.product: kopiykas(item.price) for item in one.items} for one in sold},
            options={one.code: one.payment_options[0] for one in sold},
            discounts={one.code: one.discount for one in sold},
        )

    def does(self, command: Command, *, now: datetime, fresh_id: str) -> Verdict | str:
        """Book a command, or give the code of its refusal."""
        self.now = now
        key = command.idempotency_key
        if key is not None and key in self.keys:
            first, answer = self.keys[key]
            return answer if first == command else "idempotency.conflict"
        verdict: Verdict | str
        try:
            verdict = self._books(command, fresh_id)
        except No as no:
            verdict = str(no)
        # K1: a refusal is an answer, too; that something is not there may be otherwise tomorrow
        if key is not None and verdict != "not_found":
            self.keys[key] = (command, verdict)
        return verdict

    def _books(self, command: Command, fresh_id: str) -> Verdict:
        if isinstance(command, asked.OpenOffer | asked.CreateOrder):
            self._make(command, fresh_id)
        elif isinstance(command, asked.ReportEvent):
            self._hear(command)
        elif isinstance(command, asked.OrderCommand):
            return self._change(command)
        elif isinstance(command, offers.EditOffer):
            for item in command.items:
                if not isinstance(item.price, Unset):
                    self.prices[command.offer][item.product] = kopiykas(item.price)
        else:
            return Verdict.NOT_THEIR_BUSINESS
        return Verdict.BOOKED

    def rehouse(self, funnel: str, places: dict[str, tuple[str, str]]) -> None:
        """Move the orders of a funnel from their statuses to the places given (F6)."""
        for order in self.orders.values():
            if order.funnel == funnel and order.status in places:
                order.funnel, order.status = places[order.status]

    def sell_elsewhere(self, gone: str, places: dict[str, tuple[str, str]]) -> None:
        """Let offers sell where the orders of a funnel went that is removed (F6)."""
        if self.sells_into == gone:
            initial = _initial(self.funnels[gone], subscribed=False)
            self.sells_into, _ = places.get(initial) or next(iter(places.values()))

    # Making orders (O3, O4)

    def _make(self, command: asked.OpenOffer | asked.CreateOrder, id: str) -> None:
        order = self._opened(command) if isinstance(command, asked.OpenOffer) else self._by_hand(command)
        order.totals.append(PlainTotal(self.now, 1, order.total, order.total - order.on_top))
        twins = [one for one in self.orders.values() if one.offer is not None and one.offer == order.offer]
        self.orders[id] = order
        for twin in twins:
            if twin.contact == order.contact and not twin.cancelled and twin.activated_at is None:
                twin.superseded = True
                if order.activated_at is not None:
                    self._void_superseded(twin)
        if order.payment_status == "paid" and order.subscription is None:
            self._fire(order, "order.paid")

    def _opened(self, command: asked.OpenOffer) -> PlainOrder:
        code, option = command.offer, self.options[command.offer]
        if isinstance(option, Subscribe) and any(
            (one.contact, one.offer) == (command.contact, code) for one in self.orders.values()
        ):
            # P13: a trial is given once
            option = attrs.evolve(option, trial=None)
        subscription = option if isinstance(option, Subscribe) else None
        order = PlainOrder(
            contact=command.contact,
            offer=code,
            opens_on="first_payment",
            prices=dict(self.prices[code]),
            discount=self.discounts[code] if _own_total(option) is None else None,
            own_total=_own_total(option),
            subscription=subscription,
            funnel=self.sells_into,
            status=_initial(self.funnels[self.sells_into], subscribed=subscription is not None),
            created_at=self.now,
        )
        order.payments += self._owed_at_first(order, option)
        return order

    def _owed_at_first(self, order: PlainOrder, option: PaymentOption) -> Iterator[PlainPayment]:
        """Give the payments of an option (P12, P13)."""
        if isinstance(option, Subscribe):
            if option.trial is None:
                yield PlainPayment(kopiykas(option.amount), self.now, self.now, period=1)
        elif isinstance(option, Parts):
            part, more = divmod(order.total, option.count)
            for n in range(option.count):
                due_at = later(self.now, option.every, zone=KYIV, count=n) if n else self.now
                yield PlainPayment(part + (n < more), due_at, self.now, closes_access=True)
        elif order.total:
            yield PlainPayment(order.total, self.now, self.now)

    def _by_hand(self, command: asked.CreateOrder) -> PlainOrder:
        products = [line.product for line in command.lines]
        if len(set(products)) < len(products):
            raise No("order.duplicate_product")
        funnel = self._funnel(command.funnel or next(one.id for one in self.funnels.values() if one.default))
        prices = {line.product: self._price(line.product, line.price) for line in command.lines}
        return PlainOrder(
            contact=command.contact,
            offer=None,
            opens_on=command.opens_on or "first_payment",
            prices=prices,
            discount=command.discount,
            own_total=None,
            funnel=funnel.id,
            status=_initial(funnel, subscribed=False),
            created_at=self.now,
        )

    def _price(self, product: str, price: Decimal) -> int:
        if product not in PRODUCTS:
            raise No("not_found")
        return kopiykas(price)

    # Changing orders

    def _change(self, command: asked.OrderCommand) -> Verdict:
        order = self.orders.get(command.order)
        if order is None:
            raise No("not_found")
        if order.cancelled and not self._works_while_cancelled(order, command):
            raise No("order.cancelled")
        if isinstance(command, asked.AccessCommand):
            return Verdict.NOT_THEIR_BUSINESS
        was, waited, refunded = order.payment_status, order.activated_at is None, order.refunded
        told = self.told(command.order)
        if command.name in TOLD:
            self._learn(order, told)
            fired = [name for name in told.fired if name == "payment.failed"]
        else:
            fired = list(getattr(self, f"_{command.name}")(order, command) or ())
        self.learn_periods(command.order, told.periods)
        self._note_total(order, told.version)
        self._take_turns(order, waited=waited)
        self._move_certificates(order, was=was, refunded=refunded)
        if order.payment_status != was and order.payment_status != "unpaid":
            fired.append(MONEY_EVENTS[order.payment_status])
        for event in fired:
            self._fire(order, event)
        return Verdict.NOT_THEIR_BUSINESS if command.name in TOLD else Verdict.BOOKED

    def _move_certificates(self, order: PlainOrder, *, was: str, refunded: int) -> None:
        """Book what becomes of certificates: all money given back takes them, unless that fails after all (C4)."""
        is_back = order.payment_status == "refunded"
        if is_back and was != "refunded":
            for one in [one for one in order.certificates if not one.revoked]:
                one.revoked = True
                if heir := self._heir(order, one.product):
                    heir.certificates.append(PlainCertificate(one.product, one.number))
        if was == "refunded" and not is_back and order.refunded < refunded:
            newest = {one.product: one for one in sorted(order.certificates, key=lambda one: one.number)}
            for one in [one for one in newest.values() if one.revoked]:
                for other in self.orders.values():
                    for same in other.certificates:
                        same.revoked |= other.contact == order.contact and same.number == one.number
                order.certificates.remove(one)
                order.certificates.append(PlainCertificate(one.product, one.number))

    def _heir(self, loser: PlainOrder, product: str) -> PlainOrder | None:
        """Give the order of the contact that carries a certificate on: the first that is paid and has none (C4)."""
        for order in self.orders.values():
            is_other = order is not loser and order.contact == loser.contact and product in order.prices
            if is_other and order.is_earned(self.now) and not order.has_certificate(product):
                return order
        return None

    def _works_while_cancelled(self, order: PlainOrder, command: asked.OrderCommand) -> bool:
        """Tell whether a cancelled order takes a command (O12): money that came by hand is noted."""
        if isinstance(command, asked.EditOrder):
            return isinstance(command.discount, Unset)
        if isinstance(command, asked.AddPayment):
            return command.paid
        if isinstance(command, asked.MarkPaid):
            return self._payment(order, command).void == "cancelled"
        return command.name in ON_A_CANCELLED_ORDER

    def _learn(self, order: PlainOrder, told: Told) -> None:
        """Learn what gateways reported of the payments of an order."""
        for payment, attempts, refunds in zip(order.payments, told.attempts, told.refunds, strict=True):
            payment.attempts, payment.refunds = [*attempts], [*refunds]

    def _void_older_twins(self, order: PlainOrder) -> None:
        for twin in self.orders.values():
            if twin is order:
                return
            same = order.offer is not None and (twin.contact, twin.offer) == (order.contact, order.offer)
            if same and not twin.cancelled and twin.activated_at is None:
                was = twin.payment_status
                self._void_superseded(twin)
                # a subscription asks for its payments only: without the void ones it may be paid (P7, P13)
                if twin.payment_status not in (was, "unpaid"):
                    self._fire(twin, MONEY_EVENTS[twin.payment_status])

    def _take_turns(self, order: PlainOrder, *, waited: bool) -> None:
        """Let an activated order take the place of older ones; whose slip was taken back gives way to newer (O3)."""
        if order.activated_at is not None:
            order.superseded = False
            if waited:
                self._void_older_twins(order)
        elif not waited and not order.cancelled:
            newer = self._newer_twins(order)
            order.superseded = bool(newer)
            if any(twin.activated_at is not None for twin in newer):
                self._void_superseded(order)

    def _newer_twins(self, order: PlainOrder) -> list[PlainOrder]:
        """Give what the contact opened of the same offer since (O3)."""
        twins = [one for one in self.orders.values() if (one.contact, one.offer) == (order.contact, order.offer)]
        newer = twins[next(n for n, twin in enumerate(twins) if twin is order) + 1 :]
        return newer if order.offer is not None else []

    def _void_superseded(self, twin: PlainOrder) -> None:
        twin.void_unpaid("superseded")
        id = next(id for id, order in self.orders.items() if order is twin)
        self._note_total(twin, self.told(id).version)

    def _note_total(self, order: PlainOrder, version: int) -> None:
        last, opens = order.totals[-1], order.total - order.on_top
        if (last.total, last.opens) != (order.total, opens):
            order.totals.append(PlainTotal(self.now, version, order.total, opens))

    def _edit_order(self, order: PlainOrder, command: asked.EditOrder) -> None:
        if not isinstance(command.discount, Unset):
            order.discount = command.discount

    def _add_task(self, order: PlainOrder, _: asked.AddTask) -> None:
        order.tasks += 1

    def _complete_task(self, order: PlainOrder, command: asked.CompleteTask) -> None:
        if int(command.task.rpartition("t")[2]) > order.tasks:
            raise No("not_found")

    def _edit_line(self, order: PlainOrder, command: asked.EditLine) -> None:
        self._refuse_unless_in(order, command.product)
        if not isinstance(command.price, Unset):
            order.prices[command.product] = kopiykas(command.price)

    def _add_line(self, order: PlainOrder, command: asked.AddLine) -> None:
        if command.product in order.prices:
            raise No("order.duplicate_product")
        order.prices[command.product] = self._price(command.product, command.price)

    def _remove_line(self, order: PlainOrder, command: asked.RemoveLine) -> None:
        self._refuse_unless_in(order, command.product)
        if len(order.prices) == 1:
            raise No("order.last_line")
        del order.prices[command.product]

    def _follow_offer(self, order: PlainOrder, command: asked.FollowOffer) -> None:
        self._refuse_unless_in(order, command.product)
        if order.offer is None or command.product not in self.prices[order.offer]:
            raise No("not_found")

    def _issue_certificate(self, order: PlainOrder, command: asked.IssueCertificate) -> list[str]:
        self._refuse_unless_in(order, command.product)
        if order.has_certificate(command.product):
            return []
        if not order.is_earned(self.now):
            raise No("certificate.not_eligible")
        given = (one.number for every in self.orders.values() for one in every.certificates)
        order.certificates.append(PlainCertificate(command.product, max(given, default=0) + 1))
        return ["certificate.issued"]

    # The life of an order

    def _cancel_order(self, order: PlainOrder, _: asked.CancelOrder) -> list[str]:
        order.cancelled = True
        order.void_unpaid("cancelled")
        return ["order.cancelled"]

    def _reopen_order(self, order: PlainOrder, _: asked.ReopenOrder) -> list[str]:
        if not order.cancelled:
            raise No("order.not_cancelled")
        order.cancelled = False
        # T6: it counts as never cancelled, so what was opened since has taken its place
        waits = order.offer is not None and order.activated_at is None
        newer = self._newer_twins(order)
        order.superseded |= waits and bool(newer)
        # O12: what a newer twin was activated for is not asked again, whether this one waits or not
        is_replaced = any(twin.activated_at is not None for twin in newer)
        cause = "superseded" if is_replaced else None
        for payment in order.payments:
            if payment.void == "cancelled":
                payment.void = cause
        return ["order.reopened"]

    def learn_periods(self, id: str, periods: Sequence[Period]) -> None:
        """Learn when the periods of a subscription fall due, and which are void; what they cost is known here (P13).

        How the dates follow is held against a calendar in `tests.laws.test_subscriptions`.
        """
        order = self.orders[id]
        known = {payment.period: payment for payment in order.payments if payment.period is not None}
        for period, due_at, void in periods:
            if period not in known:
                gateway = next((one.gateway for one in reversed(order.payments) if one.period is not None), None)
                known[period] = PlainPayment(order.agreed, due_at, self.now, gateway=gateway, period=period)
                order.payments.append(known[period])
            known[period].due_at, known[period].void = due_at, void

    def _renew(self, order: PlainOrder, _: asked.Renew) -> None:
        self._subscription(order)

    def _stop_renewal(self, order: PlainOrder, _: asked.StopRenewal) -> None:
        self._subscription(order)

    def _resume_renewal(self, order: PlainOrder, _: asked.ResumeRenewal) -> None:
        self._subscription(order)

    def _subscription(self, order: PlainOrder) -> Subscribe:
        if order.subscription is None:
            raise No("order.not_subscription")
        return order.subscription

    # Funnels (F2-F5)

    def _funnel(self, id: str) -> Funnel:
        if id not in self.funnels:
            raise No("not_found")
        return self.funnels[id]

    def _move_order(self, order: PlainOrder, command: asked.MoveOrder) -> None:
        funnel = self._funnel(command.funnel or order.funnel)
        status = command.status
        if status is None:
            paid = [rule.status for rule in funnel.rules if rule.event == MONEY_EVENTS.get(order.payment_status)]
            status = next(iter(paid), _initial(funnel, subscribed=order.subscription is not None))
        if status not in [one.id for one in funnel.statuses]:
            raise No("not_found")
        if (funnel.id, status) != (order.funnel, order.status) and funnel.status(status).archived:
            raise No("status.archived")
        order.funnel, order.status = funnel.id, status

    def _fire(self, order: PlainOrder, event: str, *, only_every_time: bool = False) -> None:
        for rule in self._rules(order, event):
            if (rule.every_time or not only_every_time) and _may_fire(rule, order):
                order.status = rule.status
                return

    def _rules(self, order: PlainOrder, event: str) -> list[Rule]:
        return [rule for rule in self.funnels[order.funnel].rules if rule.event == event]

    def _hear(self, command: asked.ReportEvent) -> None:
        """Book what the host reports (F3, F4)."""
        event = command.event
        if event not in HOST_EVENTS and not event.startswith("x."):
            raise No("input.invalid")
        if event.startswith("course.") and command.product is None:
            raise No("input.invalid")
        fact = (event, command.product)
        for order in self._concerned(command):
            repeated = fact in order.fired
            if not repeated and any(_may_fire(rule, order) for rule in self._rules(order, event)):
                order.fired.add(fact)
            self._fire(order, event, only_every_time=repeated)

    def _concerned(self, command: asked.ReportEvent) -> list[PlainOrder]:
        if command.order is None:
            orders = (order for order in self.orders.values() if order.contact == command.contact)
            active = [order for order in orders if not order.cancelled and not order.superseded]
            return [order for order in active if command.product is None or command.product in order.prices]
        if command.order not in self.orders:
            raise No("not_found")
        if self.orders[command.order].cancelled:
            raise No("order.cancelled")
        if command.product is not None and command.product not in self.orders[command.order].prices:
            raise No("not_found")
        return [self.orders[command.order]]


def _own_total(option: PaymentOption) -> int | None:
    total = option.amount if isinstance(option, Subscribe) else option.total if isinstance(option, Parts) else None
    return None if total is None else kopiykas(total)


def _initial(funnel: Funnel, *, subscribed: bool) -> str:
    """Give the status in which an order starts (F2)."""
    mapped = {rule.event: rule.status for rule in reversed(funnel.rules)}
    first = next((one.id for one in funnel.statuses if not one.archived), funnel.statuses[0].id)
    created = mapped.get("order.created", first)
    return mapped.get("order.subscribed", created) if subscribed else created


def _may_fire(rule: Rule, order: PlainOrder) -> bool:
    return not rule.only_from or order.status in rule.only_from
