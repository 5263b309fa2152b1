"""Requests to payment gateways, and the facts that gateways report.

Laws:

1. A gateway reports facts. Commands made from them decide what they mean for an order (P4, P10, P11).
2. Each charge and refund has a key, our id of the attempt or refund; money moves at most once for a key.
3. An outbox row for a gateway only names an attempt or a refund, which is looked up when the row is carried out. So a
   payment that was paid before is not charged, and a refund that has ended is not requested again.
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
    "keeping",
    "known_fact",
    "link_request",
    "names_a_payment",
    "order_of",
    "payer_of",
    "report_of",
]


# Requests


@attrs.frozen(kw_only=True)
class Payer:
    """The payer's data for a gateway's form, as far as the project has them. Never in errors or logs."""

    name: str | None = attrs.field(default=None, repr=False)
    email: str | None = attrs.field(default=None, repr=False)
    phone: str | None = attrs.field(default=None, repr=False)
    locale: str = "uk"


@attrs.frozen(kw_only=True)
class LinkItem:
    """One line of the order, as the gateway's page shows it."""

    title: str
    price: Money


@attrs.frozen(kw_only=True)
class LinkRequest:
    """Request a link to pay: for which payment and amount, and of which order (its number, for people) and contact.

    `attempt` is our id of the attempt, if there is one. `items` are the lines of the whole order; their prices need not
    sum to `amount`, which may be only a part. The payer's browser returns to `return_url` or `cancel_url`, and the
    gateway calls `callback_url`; if one is None, the adapter's setting counts. With `saves` the card is saved, to renew
    a subscription (P13).
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
    """The URL to pay a payment of that amount; after an edit of the payment it no longer pays it (P3)."""

    url: str
    payment: str
    amount: Money
    expires_at: datetime | None = None


@attrs.frozen(kw_only=True)
class ChargeRequest:
    """Charge a saved card for a payment; `key` is our id of the attempt."""

    key: str
    payment: str
    amount: Money
    means: SavedMeans


@attrs.frozen(kw_only=True)
class RefundRequest:
    """Refund money of the attempt with that `reference`; `key` is our id of the refund.

    `before` is the sum of earlier refunds of the payment, pending ones included, None for no refunds. At a gateway
    without keys it tells whether this refund has already happened.
    """

    key: str
    payment: str
    reference: str
    amount: Money
    before: Money | None = None


@attrs.frozen(kw_only=True)
class StateRequest:
    """Ask for the outcomes of the attempts and refunds of a payment.

    `references` are the known ones; `keys` are our ids of attempts and refunds without a reference. An empty `payment`
    asks to which payments the references belong, for a refund of an attempt that is not known yet.
    """

    payment: str
    amount: Money
    references: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Capabilities:
    """The capabilities of a gateway. `currencies` None means any.

    With `honours_keys` our keys are its idempotency keys. With `lists` it is a `ListingGateway`.
    """

    honours_keys: bool = True
    lists: bool = False
    saved_means: bool = True
    refunds: bool = True
    partial_refunds: bool = True
    currencies: frozenset[str] | None = None

    def takes(self, currency: str) -> bool:
        """Tell whether the gateway accepts a currency."""
        return self.currencies is None or currency in self.currencies

    def may(self, request: ChargeRequest | RefundRequest, payment: Payment) -> bool:
        """Tell whether it can carry out a request."""
        # A charge only needs saved cards and the currency.
        if isinstance(request, ChargeRequest):
            return self.saved_means and self.takes(request.amount.currency)
        is_whole = payment.paid is not None and request.amount == payment.paid.amount
        return self.refunds and (self.partial_refunds or is_whole)


# Facts


@attrs.frozen(kw_only=True)
class GatewayFact:
    """A gateway's report on an attempt, a refund or a chargeback of a payment.

    `reference` is the gateway's id, `key` is ours, if the gateway returns it. Only an attempt may lack `amount`.
    `means` is a card that the gateway saved for later charges. A gateway that does not know our payment leaves
    `payment` empty, and names in `of` the reference of the attempt that was refunded.

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
"""Make a `GatewayFact` without checks: the adapter has checked that the instant is in UTC and refunds have amounts."""


@attrs.frozen(kw_only=True)
class Unrecorded:
    """A fact that a rule refused, with the code; it is kept as an anomaly of its payment (P11)."""

    payment: str
    reference: str
    code: str


@attrs.frozen(kw_only=True)
class Callback:
    """The facts of a gateway's callback, and the answer for the gateway.

    `ask` names payments whose state must be asked for, because the callback does not say enough. `unknown` names
    payments that are not in the project; the callback is acknowledged nevertheless, because the gateway cannot change
    that. `unrecorded` has the facts that could not be recorded, with the reason.
    """

    facts: tuple[GatewayFact, ...] = ()
    ask: tuple[str, ...] = ()
    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"
    unknown: tuple[str, ...] = ()
    unrecorded: tuple[Unrecorded, ...] = ()


def order_of(payment: str) -> str:
    """Give the id of the order of a payment; ids of payments are `<order>.<number>`."""
    # From the right, because the id of an order may contain dots.
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
        # the reference may be the reason why the fact could not be recorded
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
    """Give the request for a link to pay exactly what a payment asks for (P15).

    `titles` are those of the products; a product without a title is named by its id. A card that pays a period is saved
    (P13).

    Raises:
        Refused: `payment.not_owed` if it asks for nothing; `gateway.unavailable` if the payment has no gateway.
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
    """Give the payer's data for a gateway's form; unknown fields are left out."""
    return Payer(
        name=contact.name or None,
        email=contact.email or None,
        phone=contact.phone or None,
        locale=contact.locale or project.locale,
    )


# Outbox rows for gateways (P4, P10)


def calls(order: Order, recorded: Iterable[Recorded]) -> list[OutboxRow]:
    """Give the outbox rows for gateways from one command's events: refunds by hand and automatic charges.

    Each is for the gateway of the payment; for the one named "" if the payment names none.
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
            return _Call("refund", refund.id, id, order.payment(id).paid_through or "")
        case AttemptRecorded(payment=id, attempt=Attempt(reference=None, is_charging=True) as attempt):
            return _Call("charge", attempt.id, id, attempt.gateway or "")
    return None


def call_of(
    row: OutboxRow, order: Order, capabilities: Capabilities
) -> ChargeRequest | RefundRequest | GatewayFact | None:
    """Give the request of an outbox row, by the current state of its order.

    Instead of a request it may give a fact that it failed, because the gateway cannot do it or nothing is owed any
    more; None if it has already ended.
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
    # P4: money is refunded from the latest success with a sufficient amount
    as_much = [one for one in payment.attempts if one.counts and (one.amount or payment.amount) >= refund.amount]
    success = max(as_much, key=lambda one: one.at, default=payment.success)
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


def _charge_of(key: str, payment: Payment, asks: Money | None) -> ChargeRequest | None:
    attempt = next(attempt for attempt in payment.attempts if attempt.id == key)
    if attempt.means is None or not attempt.is_charging:
        return None
    # P15: charge the amount that is asked for now, not when the charge was started
    return ChargeRequest(key=key, payment=payment.id, amount=asks or payment.amount, means=attempt.means)


def _failed(request: ChargeRequest | RefundRequest, reason: str) -> GatewayFact:
    # the gateway does not know it, so our id is its reference
    return GatewayFact(
        kind="attempt" if isinstance(request, ChargeRequest) else "refund",
        payment=request.payment,
        reference=request.key,
        outcome=Outcome.FAILED,
        amount=request.amount,
        reason=reason,
        key=request.key,
    )
