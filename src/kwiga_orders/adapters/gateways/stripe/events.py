"""Stripe's objects as facts: in webhooks, and in answers about a state.

Laws:

1. Which event came hardly matters: each carries the object as it was then, and the object's own status is the fact.
2. Statuses of a dispute follow the money: opened, the money may go (`pending`); withdrawn, it is gone (`succeeded`);
   reinstated or won, it is back (`failed`). An inquiry moves no money, and is no fact.
3. An event that concerns nothing here gives no facts, and is answered all the same.
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
"""A Unix time after the year 5000 is none."""
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
        InvalidInput: if it is signed, and not an event of Stripe's.
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
        # by the beginning of its type: `charge.dispute.closed` is of `charge.dispute`
        read = _READERS.get(kind.rpartition(".")[0])
        fact = None if read is None else read(kind, event["data"]["object"], created(event))
    except (KwigaOrdersError, AttributeError, LookupError, TypeError, ValueError):
        raise InvalidInput([Fault(path="body", code="input.invalid", hint="an event of Stripe's")]) from None
    return _callback(facts=() if fact is None else (fact,), body=b"{}", content_type="application/json")


_callback = maker(Callback)


def _intent_event(kind: str, intent: Object, at: datetime | None) -> GatewayFact | None:
    # The intent itself goes back to waiting for another card, so only the event says that the attempt failed.
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
"""By the beginning of an event's type. What Checkout reports besides, its payment intent reports, too."""


# Objects


def attempt_of(intent: Object, *, at: datetime | None, outcome: Outcome | None = None) -> GatewayFact | None:
    """Read a payment intent; `outcome` is that of an event, since after a failure the intent's own status goes back."""
    status = outcome or _ATTEMPTS.get(str(intent["status"]))
    names = _metadata(intent)
    payment = _text(names.get("payment"))
    if status is None or payment is None:
        return None
    has_paid = status is Outcome.SUCCEEDED
    # what came may be less than what was asked for; who writes only one amount means both
    which = "amount_received" if has_paid and "amount_received" in intent else "amount"
    return known_fact(
        payment=payment,
        reference=str(intent["id"]),
        outcome=status,
        amount=_money(intent, which),
        reason=_reason(intent) if status is Outcome.FAILED else None,
        occurred_at=at,
        key=_text(names.get("attempt")),
        # only a card that was saved to be charged later is one that may be
        means=_means(intent) if has_paid and intent.get("setup_future_usage") == "off_session" else None,
    )


def charge_of(charge: Object, *, at: datetime | None) -> GatewayFact | None:
    """Read a charge, as the attempt of its payment intent; Stripe copies to it what we named the payment."""
    intent = _id(charge.get("payment_intent")) or str(charge["id"])
    outcome = _CHARGES.get(str(charge["status"]))
    # a charge that failed leaves its intent waiting for another card: it is no word about the attempt
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
    """Read a refund: one that we asked for names its payment, one of Stripe's desk the payment intent (law 3)."""
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
    """Read a dispute, which is a chargeback once money moves (P10)."""
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
    """Give the token of a saved card: its customer and its payment method. A charge needs both."""
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
    """Give an id, which an answer may have expanded to the whole object."""
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
        # No rule refused a person here: Stripe would never send such an amount.
        raise ValueError("not an amount") from refused


def created(thing: Object, *, when: str = "created") -> datetime | None:
    """Give when a thing was made, or another instant of it, by its Unix time; None if that is no time."""
    seconds = thing.get(when)
    return datetime.fromtimestamp(seconds, UTC) if type(seconds) is int and 0 < seconds < _END_OF_TIME else None
