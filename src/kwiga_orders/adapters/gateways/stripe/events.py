"""Facts from Stripe's objects, in webhooks and in answers about a state.

Laws:

1. Each event contains an object, and the object's status gives the fact; the type of the event rarely matters.
2. The outcome of a dispute follows the money: `pending` while it is open, `succeeded` once the money is withdrawn,
   `failed` once the money is reinstated or the dispute won. An inquiry moves no money and gives no fact.
3. Other events give no facts, but are answered with success.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from kwiga_orders.adapters.gateways.stripe.account import NAME, Account, refuse_unless_signed
from kwiga_orders.adapters.gateways.stripe.currencies import from_stripe
from kwiga_orders.adapters.http import read_object
from kwiga_orders.codec import Json
from kwiga_orders.errors import Fault, InvalidInput, KwigaOrdersError, Refused
from kwiga_orders.gateways import Callback, GatewayFact, known_fact
from kwiga_orders.money import Money
from kwiga_orders.payments import Outcome, SavedMeans
from kwiga_orders.values import maker

__all__ = ["Object", "attempt_of", "charge_of", "created", "dispute_of", "means_token", "read_callback", "refund_of"]

Object = Mapping[str, Json]
"""An object of Stripe's API."""

_LARGEST_WEBHOOK = 1 << 20
_END_OF_TIME = 10**11
"""A Unix time after the year 5000 counts as no time."""
_ATTEMPTS = {
    "succeeded": Outcome.SUCCEEDED,
    "processing": Outcome.PENDING,
    "requires_capture": Outcome.PENDING,
    "canceled": Outcome.FAILED,
}
_CHARGES = {"succeeded": Outcome.SUCCEEDED, "pending": Outcome.PENDING, "failed": Outcome.FAILED}
_REFUNDS = {
    "succeeded": Outcome.SUCCEEDED,
    "pending": Outcome.PENDING,
    "requires_action": Outcome.PENDING,
    "failed": Outcome.FAILED,
    "canceled": Outcome.FAILED,
}
_DISPUTES = {
    "needs_response": Outcome.PENDING,
    "under_review": Outcome.PENDING,
    "lost": Outcome.SUCCEEDED,
    "won": Outcome.FAILED,
}
_MOVES_MONEY = {
    "charge.dispute.funds_withdrawn": Outcome.SUCCEEDED,
    "charge.dispute.funds_reinstated": Outcome.FAILED,
}


def read_callback(account: Account, body: bytes, headers: Mapping[str, str]) -> Callback:
    """Read a webhook.

    Raises:
        Refused: `callback.not_verified` if no secret of the account signed it, or too long ago.
        InvalidInput: if it is signed, but not an event of Stripe.
    """
    header = headers.get("Stripe-Signature")
    if header is None:
        header = next((value for name, value in headers.items() if name.lower() == "stripe-signature"), "")
    if len(body) > _LARGEST_WEBHOOK:
        raise Refused("callback.not_verified", gateway=NAME)
    refuse_unless_signed(account, body, header)
    try:
        event: dict[str, Any] = read_object(body)
        kind = event["type"]
        # found by the beginning of the type: `charge.dispute.closed` is read by `charge.dispute`
        read = _READERS.get(kind.rpartition(".")[0])
        fact = None if read is None else read(kind, event["data"]["object"], created(event))
    except (KwigaOrdersError, AttributeError, LookupError, TypeError, ValueError):
        raise InvalidInput([Fault(path="body", code="input.invalid", hint="an event of Stripe's")]) from None
    return _callback(facts=() if fact is None else (fact,), body=b"{}", content_type="application/json")


_callback = maker(Callback)


def _intent_event(kind: str, intent: Object, at: datetime | None) -> GatewayFact | None:
    # The status of the intent returns to waiting for another card, so only the event tells that the attempt failed.
    failed = kind == "payment_intent.payment_failed"
    return attempt_of(intent, at=at, outcome=Outcome.FAILED if failed else None)


def _refund_event(_: str, refund: Object, at: datetime | None) -> GatewayFact | None:
    return refund_of(refund, at=at)


def _dispute_event(kind: str, dispute: Object, at: datetime | None) -> GatewayFact | None:
    return dispute_of(dispute, at=at, outcome=_MOVES_MONEY.get(kind))


_Reader = Callable[[str, Object, datetime | None], GatewayFact | None]
_READERS: Mapping[str, _Reader] = {
    "payment_intent": _intent_event,
    "refund": _refund_event,
    "charge.refund": _refund_event,
    "charge.dispute": _dispute_event,
}
"""Readers by the beginning of an event's type. Events of Checkout are not needed: the payment intent has them, too."""


# Objects


def attempt_of(intent: Object, *, at: datetime | None, outcome: Outcome | None = None) -> GatewayFact | None:
    """Read a payment intent; `outcome` comes from the event if it differs from the intent's status."""
    status = outcome or _ATTEMPTS.get(str(intent["status"]))
    names = _metadata(intent)
    payment = _text(names.get("payment"))
    if status is None or payment is None:
        return None
    has_paid = status is Outcome.SUCCEEDED
    # the received amount may be less than the requested one; if there is only one amount, it means both
    which = "amount_received" if has_paid and "amount_received" in intent else "amount"
    return known_fact(
        payment=payment,
        reference=str(intent["id"]),
        outcome=status,
        amount=_money(intent, which),
        reason=_reason(intent) if status is Outcome.FAILED else None,
        occurred_at=at,
        key=_text(names.get("attempt")),
        # only a card that was saved for later charges may be charged
        means=_means(intent) if has_paid and intent.get("setup_future_usage") == "off_session" else None,
    )


def charge_of(charge: Object, *, at: datetime | None) -> GatewayFact | None:
    """Read a charge as the attempt of its payment intent; Stripe copies our metadata to it."""
    intent = _id(charge.get("payment_intent")) or str(charge["id"])
    outcome = _CHARGES.get(str(charge["status"]))
    # after a failed charge the intent waits for another card, so the attempt is still open
    if outcome is None or outcome is Outcome.FAILED:
        return None
    names = _metadata(charge)
    return GatewayFact(
        payment=_text(names.get("payment")) or "",
        of=intent,
        reference=intent,
        outcome=outcome,
        amount=_money(charge, "amount_captured" if "amount_captured" in charge else "amount"),
        occurred_at=at,
        key=_text(names.get("attempt")),
    )


def refund_of(refund: Object, *, at: datetime | None) -> GatewayFact | None:
    """Read a refund. Ours names its payment; one from Stripe's dashboard names only the payment intent."""
    status = _REFUNDS.get(str(refund["status"]))
    if status is None:
        return None
    return known_fact(
        kind="refund",
        payment=_text(_metadata(refund).get("payment")) or "",
        of=_id(refund.get("payment_intent")),
        reference=str(refund["id"]),
        outcome=status,
        amount=_money(refund, "amount"),
        reason=_text(refund.get("failure_reason")),
        occurred_at=at,
        key=_text(_metadata(refund).get("refund")),
    )


def dispute_of(dispute: Object, *, at: datetime | None, outcome: Outcome | None = None) -> GatewayFact | None:
    """Read a dispute; it is a chargeback once the money is withdrawn (P10)."""
    status = outcome or _DISPUTES.get(str(dispute["status"]))
    if status is None:
        return None
    return known_fact(
        kind="chargeback",
        payment=_text(_metadata(dispute).get("payment")) or "",
        of=_id(dispute.get("payment_intent")),
        reference=str(dispute["id"]),
        outcome=status,
        amount=_money(dispute, "amount"),
        reason=_text(dispute.get("reason")),
        occurred_at=at,
    )


def means_token(customer: str, method: str) -> str:
    """Give the token of a saved card: a charge needs both its customer and its payment method."""
    return f"{customer}|{method}"


def _means(intent: Object) -> SavedMeans | None:
    customer, method = _id(intent.get("customer")), _id(intent.get("payment_method"))
    if customer is None or method is None:
        return None
    return SavedMeans(means_token(customer, method))


def _reason(intent: Object) -> str | None:
    error = intent.get("last_payment_error")
    if isinstance(error, dict):
        return _text(error.get("decline_code")) or _text(error.get("code"))
    return _text(intent.get("cancellation_reason"))


def _metadata(thing: Object) -> Object:
    metadata = thing.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _id(value: Json) -> str | None:
    """Give the id of an object, from the id itself or from the whole object."""
    return _text(value.get("id")) if isinstance(value, dict) else _text(value)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _money(thing: Object, name: str) -> Money:
    units, currency = thing[name], thing["currency"]
    if type(units) is not int or type(currency) is not str:
        raise ValueError("not an amount")
    try:
        return from_stripe(units, currency)
    except Refused as refused:
        # `ValueError`, not `Refused`: no person made a mistake, the answer is unreadable.
        raise ValueError("not an amount") from refused


def created(thing: Object, *, when: str = "created") -> datetime | None:
    """Read the Unix time in the field `when` of an object; None if it is not a time."""
    seconds = thing.get(when)
    return datetime.fromtimestamp(seconds, UTC) if type(seconds) is int and 0 < seconds < _END_OF_TIME else None
