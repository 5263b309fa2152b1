"""What passes between orders and payment gateways: what is asked of a gateway, and the facts it tells.

Laws:

1. A gateway tells facts. What they mean for an order is decided by the commands that are made of them (P4, P10, P11).
2. Whatever moves money carries a key, our own id of the attempt or the refund; under one key money moves once at most.
3. What waits for a gateway names an attempt or a refund, and is looked up when it is carried out: what has been paid
   meanwhile is not charged, and what has ended is not asked for again.
4. A link is for one payment and one amount; making it changes nothing (P3).
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

import attrs

from kwiga_orders.bounds import ID
from kwiga_orders.changes import OutboxRow
from kwiga_orders.errors import Refused
from kwiga_orders.money import Money
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.orders.commands import KeepReport, ReportAttempt, ReportRefund
from kwiga_orders.orders.events import AttemptRecorded, Event, Recorded, RefundRecorded
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Attempt, Outcome, Payment, Refund, SavedMeans
from kwiga_orders.periods import utc
from kwiga_orders.project import Actor, Contact, Project
from kwiga_orders.values import maker

__all__ = [
    "Callback",
    "Capabilities",
    "ChargeRequest",
    "GatewayFact",
    "LinkItem",
    "LinkRequest",
    "Payer",
    "PaymentLink",
    "RefundRequest",
    "StateRequest",
    "Unrecorded",
    "call_of",
    "calls",
    "earned_by",
    "keeping",
    "known_fact",
    "link_request",
    "names_a_payment",
    "order_of",
    "payer_of",
    "report_of",
]


# What is asked


@attrs.frozen(kw_only=True)
class Payer:
    """Who pays, as far as the project knows; a gateway fills its form with it. Never shown in errors or logs."""

    name: str | None = attrs.field(default=None, repr=False)
    email: str | None = attrs.field(default=None, repr=False)
    phone: str | None = attrs.field(default=None, repr=False)
    locale: str = "uk"


@attrs.frozen(kw_only=True)
class LinkItem:
    """One line of the order as the payer reads it on the gateway's page."""

    title: str
    price: Money


@attrs.frozen(kw_only=True)
class LinkRequest:
    """A link to pay by: for which payment and amount, of which order (its number, for people) and contact.

    `attempt` is our own id of the attempt that it is for, if there is one. `items` are the lines of the whole order;
    their prices need not sum to `amount`, which may be a part of it. The payer's browser returns to `return_url`, or to
    `cancel_url`; the gateway calls `callback_url`. Where one is None the adapter's own setting counts. `saves`: the
    card is to be saved, since a subscription will be renewed by it (P13).
    """

    payment: str
    amount: Money
    number: int
    contact: str
    attempt: str | None = None
    payer: Payer = Payer()
    items: tuple[LinkItem, ...] = ()
    return_url: str | None = None
    cancel_url: str | None = None
    callback_url: str | None = None
    saves: bool = False


@attrs.frozen(kw_only=True)
class PaymentLink:
    """Where a payment of that amount is paid; after an edit it pays no more (P3)."""

    url: str
    payment: str
    amount: Money
    expires_at: datetime | None = None


@attrs.frozen(kw_only=True)
class ChargeRequest:
    """Charge what was saved, for a payment; `key` is our own id of the attempt."""

    key: str
    payment: str
    amount: Money
    means: SavedMeans


@attrs.frozen(kw_only=True)
class RefundRequest:
    """Give money back of what came by the attempt of that `reference`; `key` is our own id of the refund.

    `before` is what went back of the payment earlier, or is on its way: a gateway that knows no keys tells by its own
    sum whether this refund has happened already. None: nothing.
    """

    key: str
    payment: str
    reference: str
    amount: Money
    before: Money | None = None


@attrs.frozen(kw_only=True)
class StateRequest:
    """What became of the attempts and refunds of a payment.

    `references` are those that are known of; `keys` our own ids of attempts and refunds that have none yet. An empty
    `payment` asks whose attempts these references are: money went back of an attempt that is not known yet.
    """

    payment: str
    amount: Money
    references: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Capabilities:
    """What a gateway can do; `currencies` None: any. `honours_keys`: it knows our keys as its own idempotency keys.

    `lists`: it is a `ListingGateway`, which lists what happened between two instants.
    """

    honours_keys: bool = True
    lists: bool = False
    saved_means: bool = True
    refunds: bool = True
    partial_refunds: bool = True
    currencies: frozenset[str] | None = None

    def takes(self, currency: str) -> bool:
        """Tell whether money of that currency goes through it."""
        return self.currencies is None or currency in self.currencies

    def may(self, request: ChargeRequest | RefundRequest, payment: Payment) -> bool:
        """Tell whether it can carry out a request."""
        # A charge needs saved means and the currency; nothing else limits it.
        if isinstance(request, ChargeRequest):
            return self.saved_means and self.takes(request.amount.currency)
        is_whole = payment.paid is not None and request.amount == payment.paid.amount
        return self.refunds and (self.partial_refunds or is_whole)


# What gateways report


@attrs.frozen(kw_only=True)
class GatewayFact:
    """A gateway's report on an attempt, a refund or a chargeback of a payment.

    `reference` is the gateway's own id of it, `key` ours, if the gateway hands it back. `amount` may be missing of an
    attempt only. `means` is what the gateway saved for a later charge. A gateway that does not know our name of the
    payment leaves `payment` empty, and says `of` which attempt, by its reference, the money goes back.

    Raises:
        ValueError: if a refund or a chargeback has no amount, or nothing says which payment it is about.
    """

    kind: Literal["attempt", "refund", "chargeback"] = "attempt"
    payment: str
    reference: str
    of: str | None = None
    outcome: Outcome
    amount: Money | None = None
    reason: str | None = None
    occurred_at: datetime | None = attrs.field(default=None, converter=attrs.converters.optional(utc))
    key: str | None = None
    means: SavedMeans | None = None

    def __attrs_post_init__(self) -> None:
        if self.kind != "attempt" and self.amount is None:
            raise ValueError("a refund has an amount")
        if not self.payment and self.of is None:
            raise ValueError("a fact is about a payment")


known_fact = maker(GatewayFact, is_checked=True)
"""Make a `GatewayFact` of what an adapter has read and checked: its instant is one of UTC, a refund has an amount."""


@attrs.frozen(kw_only=True)
class Unrecorded:
    """A fact that a rule refused to record, with the code; it is kept as an anomaly of its payment (P11)."""

    payment: str
    reference: str
    code: str


@attrs.frozen(kw_only=True)
class Callback:
    """What a gateway called to tell, and what it is to be answered with.

    `ask` names payments of which the callback says only that something happened: their state is asked for. `unknown`
    names the payments in it that are not in the project; they are acknowledged like the others, since the gateway can
    do nothing about them. `unrecorded` says which facts could not be recorded, and why.
    """

    facts: tuple[GatewayFact, ...] = ()
    ask: tuple[str, ...] = ()
    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"
    unknown: tuple[str, ...] = ()
    unrecorded: tuple[Unrecorded, ...] = ()


def order_of(payment: str) -> str:
    """Give the id of the order that a payment belongs to: payments are named `<order>.<number>`."""
    # From the right, since the id of an order may have dots of its own.
    return payment.rpartition(".")[0]


def names_a_payment(text: str) -> bool:
    """Tell whether a text has the form of a payment's id, `<order>.<number>`."""
    return len(text) <= ID and re.fullmatch(r"[^\x00-\x1f\x7f-\x9f]+\.[0-9]+", text) is not None


def report_of(fact: GatewayFact, *, gateway: str) -> ReportAttempt | ReportRefund:
    """Give the command that reports a fact of the gateway of that name."""
    actor = Actor(kind="gateway", id=gateway)
    if fact.kind == "attempt":
        return ReportAttempt(
            order=order_of(fact.payment),
            payment=fact.payment,
            reference=fact.reference,
            outcome=fact.outcome,
            amount=None if fact.amount is None else fact.amount.decimal,
            currency=None if fact.amount is None else fact.amount.currency,
            reason=fact.reason,
            occurred_at=fact.occurred_at,
            attempt=fact.key,
            gateway=gateway,
            means=fact.means,
            actor=actor,
        )
    assert fact.amount is not None, "a refund has an amount"
    return ReportRefund(
        order=order_of(fact.payment),
        payment=fact.payment,
        reference=fact.reference,
        amount=fact.amount.decimal,
        currency=fact.amount.currency,
        outcome=fact.outcome,
        chargeback=fact.kind == "chargeback",
        occurred_at=fact.occurred_at,
        refund=fact.key,
        actor=actor,
    )


def keeping(fact: GatewayFact, *, gateway: str) -> KeepReport:
    """Give the command that keeps a fact which could not be recorded (P11)."""
    return KeepReport(
        order=order_of(fact.payment),
        payment=fact.payment,
        # the reference itself may be what could not be recorded
        reference=re.sub(r"[^!-~]", "?", fact.reference)[:ID] or "?",
        amount=fact.amount,
        of_refund=fact.kind != "attempt",
        gateway=gateway,
        actor=Actor(kind="gateway", id=gateway),
    )


# Links (P3)


def link_request(
    order: Order,
    payment: Payment,
    *,
    attempt: str | None = None,
    payer: Payer = Payer(),
    titles: Mapping[str, str] | None = None,
) -> LinkRequest:
    """Give what to ask the gateway of a payment for: a link for exactly what it asks (P15).

    `titles` are those of the products; a product without one is named by its id. The card that pays a period is to be
    saved (P13).

    Raises:
        Refused: `payment.not_owed` if it asks for nothing; `gateway.unavailable` if it is not paid through a gateway.
    """
    amount = asked_of(order).get(payment.id)
    if amount is None:
        raise Refused("payment.not_owed", payment=payment.id)
    if payment.method != "cashless" or payment.gateway is None:
        raise Refused("gateway.unavailable", payment=payment.id)
    known = titles or {}
    return LinkRequest(
        payment=payment.id,
        amount=amount,
        number=order.number,
        contact=order.contact,
        attempt=attempt,
        payer=payer,
        items=tuple(LinkItem(title=known.get(line.product) or line.product, price=line.price) for line in order.lines),
        saves=payment.period is not None,
    )


def payer_of(contact: Contact, project: Project) -> Payer:
    """Give the fields of a gateway's form; those that are unknown are left out."""
    return Payer(
        name=contact.name or None,
        email=contact.email or None,
        phone=contact.phone or None,
        locale=contact.locale or project.locale,
    )


# What waits for a gateway (P4, P10)


def calls(order: Order, recorded: Iterable[Recorded]) -> list[OutboxRow]:
    """Give the rows for gateways that one command's events make: refunds asked for by hand, and automatic charges.

    Each waits for the gateway that the money came, or is to come, through; under the empty name if nobody said which.
    """
    found = [(n, one.at, _called(order, one.event)) for n, one in enumerate(recorded)]
    return [
        OutboxRow(
            id=f"{order.id}:{order.version:08d}:g{n:03d}",
            kind="gateway",
            name=called.name,
            order=order.id,
            contact=order.contact,
            at=at,
            key=called.key,
            gateway=called.gateway,
            data={"payment": called.payment},
        )
        for n, at, called in found
        if called is not None
    ]


@attrs.frozen
class _Call:
    name: Literal["refund", "charge"]
    key: str
    payment: str
    gateway: str


def _called(order: Order, event: Event) -> _Call | None:
    match event:
        case RefundRecorded(
            corrected=False, payment=id, refund=Refund(reference=None, outcome=Outcome.PENDING) as refund
        ):
            return _Call("refund", refund.id, id, earned_by(order.payment(id)))
        case AttemptRecorded(payment=id, attempt=Attempt(reference=None, is_charging=True) as attempt):
            return _Call("charge", attempt.id, id, attempt.gateway or "")
    return None


def earned_by(payment: Payment) -> str:
    """Give the gateway that the money of a payment came through."""
    success = payment.success
    return (None if success is None else success.gateway) or payment.gateway or ""


def call_of(
    row: OutboxRow, order: Order, capabilities: Capabilities
) -> ChargeRequest | RefundRequest | GatewayFact | None:
    """Give what to ask the gateway for by a row, as its order is now.

    What is not to be asked for is a fact at once: it failed, since the gateway cannot do it, or since nothing is owed
    any more. None: it has ended already.
    """
    payment = order.payment(str(row.data["payment"]))
    asks = asked_of(order).get(payment.id)
    request = _refund_of(row.key, payment) if row.name == "refund" else _charge_of(row.key, payment, asks)
    if request is None:
        return None
    if isinstance(request, ChargeRequest) and asks is None:
        return _failed(request, "not_owed")
    return request if capabilities.may(request, payment) else _failed(request, "unsupported")


def _refund_of(key: str, payment: Payment) -> RefundRequest | None:
    refund = next(refund for refund in payment.refunds if refund.id == key)
    success = _success_for(refund, payment)
    if refund.outcome is not Outcome.PENDING or success is None or success.reference is None:
        return None
    earlier = [one for one in payment.refunds[: payment.refunds.index(refund)] if one.outcome is not Outcome.FAILED]
    return RefundRequest(
        key=key,
        payment=payment.id,
        reference=success.reference,
        amount=refund.amount,
        before=Money.total((one.amount for one in earlier), currency=refund.amount.currency),
    )


def _success_for(refund: Refund, payment: Payment) -> Attempt | None:
    """Give the success that money goes back by: of money that came twice the latest that was as much (P4)."""
    as_much = [one for one in payment.attempts if one.counts and (one.amount or payment.amount) >= refund.amount]
    return max(as_much, key=lambda one: one.at, default=payment.success)


def _charge_of(key: str, payment: Payment, asks: Money | None) -> ChargeRequest | None:
    attempt = next(attempt for attempt in payment.attempts if attempt.id == key)
    if attempt.means is None or not attempt.is_charging:
        return None
    # P15: charged is what is asked for by now, whatever it was when the charge began
    return ChargeRequest(key=key, payment=payment.id, amount=asks or payment.amount, means=attempt.means)


def _failed(request: ChargeRequest | RefundRequest, reason: str) -> GatewayFact:
    # the gateway knows nothing of it, so our own id is its reference
    return GatewayFact(
        kind="attempt" if isinstance(request, ChargeRequest) else "refund",
        payment=request.payment,
        reference=request.key,
        outcome=Outcome.FAILED,
        amount=request.amount,
        reason=reason,
        key=request.key,
    )
