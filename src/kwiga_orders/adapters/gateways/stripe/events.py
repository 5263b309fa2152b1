"""Stripe's objects as facts: in webhooks, and in answers about a state.

Laws:

1. Which event came hardly matters: each carries the object as it was then, and the object's own status is the fact.
2. Statuses of a dispute follow the money: opened, the money may go (`pending`); withdrawn, it is gone (`succeeded`);
   reinstated or won, it is back (`failed`). An inquiry moves no money, and is no fact.
3. An event that concerns nothing here gives no facts, and is answered all the same.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import cast

from kwiga_orders.adapters.gateways.stripe.account import NAME, Account, refuse_unless_signed
from kwiga_orders.adapters.gateways.stripe.currencies import from_stripe
from kwiga_orders.adapters.http import read_object
from kwiga_orders.codec import Json
from kwiga_orders.errors import Fault, InvalidInput, KwigaOrdersError, Refused
from kwiga_orders.gateways import Callback, GatewayFact
from kwiga_orders.payments import Outcome, SavedMeans

__all__ = ["Object", "attempt_of", "dispute_of", "means_token", "read_callback", "refund_of"]

Object = Mapping[str, Json]
"""An object of Stripe's API."""

_LARGEST_WEBHOOK = 1 << 20
_ATTEMPTS = {
    "succeeded": Outcome.SUCCEEDED,
    "processing": Outcome.PENDING,
    "requires_capture": Outcome.PENDING,
    "canceled": Outcome.FAILED,
}
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
        InvalidInput: if it is signed, and not an event of Stripe's.
    """
    header = next((value for name, value in headers.items() if name.lower() == "stripe-signature"), "")
    if len(body) > _LARGEST_WEBHOOK:
        raise Refused("callback.not_verified", gateway=NAME)
    refuse_unless_signed(account, body, header)
    try:
        fact = _fact_in(read_object(body))
    except (KwigaOrdersError, LookupError, TypeError, ValueError, OverflowError):
        raise InvalidInput([Fault(path="body", code="input.invalid", hint="an event of Stripe's")]) from None
    return Callback(facts=() if fact is None else (fact,), body=b"{}", content_type="application/json")


def _fact_in(event: Object) -> GatewayFact | None:
    kind = str(event["type"])
    read = next((read for prefix, read in _READERS.items() if kind.startswith(prefix)), None)
    if read is None:
        return None
    data = cast(Object, event["data"])
    return read(kind, cast(Object, data["object"]), _instant(event.get("created")))


def _intent_event(kind: str, intent: Object, at: datetime | None) -> GatewayFact | None:
    failed = kind == "payment_intent.payment_failed"
    return attempt_of(intent, at=at, outcome=Outcome.FAILED if failed else None)


def _refund_event(_: str, refund: Object, at: datetime | None) -> GatewayFact | None:
    return refund_of(refund, at=at)


def _dispute_event(kind: str, dispute: Object, at: datetime | None) -> GatewayFact | None:
    return dispute_of(dispute, at=at, outcome=_MOVES_MONEY.get(kind))


_Reader = Callable[[str, Object, datetime | None], GatewayFact | None]
_READERS: Mapping[str, _Reader] = {
    "payment_intent.": _intent_event,
    "refund.": _refund_event,
    "charge.refund.": _refund_event,
    "charge.dispute.": _dispute_event,
}
"""By the beginning of an event's type. What Checkout reports besides, its payment intent reports, too."""


# Objects


def attempt_of(intent: Object, *, at: datetime | None, outcome: Outcome | None = None) -> GatewayFact | None:
    """Read a payment intent; `outcome` is what an event says beyond its status, which goes back after a failure."""
    status = outcome or _ATTEMPTS.get(str(intent["status"]))
    payment = _metadata(intent, "payment")
    if status is None or payment is None:
        return None
    units = intent.get("amount_received") if status is Outcome.SUCCEEDED else intent["amount"]
    return GatewayFact(
        payment=payment,
        reference=str(intent["id"]),
        outcome=status,
        amount=from_stripe(_int(units), str(intent["currency"])),
        reason=_reason(intent) if status is Outcome.FAILED else None,
        occurred_at=at,
        key=_metadata(intent, "attempt"),
        means=_means(intent) if status is Outcome.SUCCEEDED else None,
    )


def refund_of(refund: Object, *, at: datetime | None) -> GatewayFact | None:
    """Read a refund: one that we asked for names its payment, one of Stripe's desk the payment intent (law 3)."""
    status = _REFUNDS.get(str(refund["status"]))
    if status is None:
        return None
    return GatewayFact(
        kind="refund",
        payment=_metadata(refund, "payment") or "",
        of=_id(refund.get("payment_intent")),
        reference=str(refund["id"]),
        outcome=status,
        amount=from_stripe(_int(refund["amount"]), str(refund["currency"])),
        reason=_text(refund.get("failure_reason")),
        occurred_at=at,
        key=_metadata(refund, "refund"),
    )


def dispute_of(dispute: Object, *, at: datetime | None, outcome: Outcome | None = None) -> GatewayFact | None:
    """Read a dispute, which is a chargeback once money moves (P10)."""
    status = outcome or _DISPUTES.get(str(dispute["status"]))
    if status is None:
        return None
    return GatewayFact(
        kind="chargeback",
        payment=_metadata(dispute, "payment") or "",
        of=_id(dispute.get("payment_intent")),
        reference=str(dispute["id"]),
        outcome=status,
        amount=from_stripe(_int(dispute["amount"]), str(dispute["currency"])),
        reason=_text(dispute.get("reason")),
        occurred_at=at,
    )


def means_token(customer: str, method: str) -> str:
    """Give the token of a saved card: the customer and the payment method, both of which a charge names."""
    return f"{customer}|{method}"


def _means(intent: Object) -> SavedMeans | None:
    customer, method = _id(intent.get("customer")), _id(intent.get("payment_method"))
    if intent.get("setup_future_usage") != "off_session" or customer is None or method is None:
        return None
    return SavedMeans(means_token(customer, method))


def _reason(intent: Object) -> str | None:
    error = intent.get("last_payment_error")
    if isinstance(error, Mapping):
        return _text(error.get("decline_code")) or _text(error.get("code"))
    return _text(intent.get("cancellation_reason"))


def _metadata(thing: Object, name: str) -> str | None:
    metadata = thing.get("metadata")
    return _text(metadata.get(name)) if isinstance(metadata, Mapping) else None


def _id(value: Json) -> str | None:
    """Give an id, which an answer may have expanded to the whole object."""
    return _text(value.get("id")) if isinstance(value, Mapping) else _text(value)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _int(value: Json) -> int:
    if type(value) is not int:
        raise ValueError("not an amount")
    return value


def _instant(seconds: Json) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if type(seconds) is int else None
