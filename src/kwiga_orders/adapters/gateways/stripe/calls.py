"""The requests to Stripe, as conversations: Checkout sessions, charges, refunds, states."""

import hashlib
import json
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from kwiga_orders.adapters.gateways.stripe.account import NAME, Account
from kwiga_orders.adapters.gateways.stripe.api import Call, Declined
from kwiga_orders.adapters.gateways.stripe.currencies import to_stripe
from kwiga_orders.adapters.gateways.stripe.events import Object, attempt_of, charge_of, created, dispute_of, refund_of
from kwiga_orders.adapters.http import NoAnswer
from kwiga_orders.codec import Json
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.gateways import (
    ChargeRequest,
    GatewayFact,
    LinkRequest,
    PaymentLink,
    RefundRequest,
    StateRequest,
)
from kwiga_orders.payments import Outcome
from kwiga_orders.reconciliation import Listed

__all__ = ["Conversation", "charge", "list_facts", "open_session", "refund", "states"]

P = ParamSpec("P")
T = TypeVar("T")
Conversation = Generator[Call, Mapping[str, Json], T]
"""A generator that yields calls to Stripe and returns a T."""

_LOCALES = {"uk": "auto", "ru": "ru", "en": "en"}
"""Checkout has no Ukrainian; `auto` lets the browser's language decide."""


def _understood(call: Callable[P, Conversation[T]]) -> Callable[P, Conversation[T]]:
    """Raise `NoAnswer` if an answer does not have the form of Stripe's API."""

    @wraps(call)
    def calling(*given: P.args, **named: P.kwargs) -> Conversation[T]:
        try:
            return (yield from call(*given, **named))
        except (AttributeError, LookupError, TypeError, ValueError) as problem:
            # the call may have been carried out nevertheless
            raise NoAnswer(NAME) from problem

    return calling


@_understood
def open_session(account: Account, request: LinkRequest) -> Conversation[PaymentLink]:
    """Make a Checkout session; for a day, the same request gives the same session (P3)."""
    metadata: dict[str, Json] = {"payment": request.payment, "order": str(request.number)}
    if request.attempt is not None:
        metadata["attempt"] = request.attempt
    intent: dict[str, Json] = {"metadata": metadata}
    params: dict[str, Json] = {
        "mode": "payment",
        "client_reference_id": request.payment,
        "metadata": metadata,
        "payment_intent_data": intent,
        "line_items": [_line(request)],
        "locale": _LOCALES.get(request.payer.locale, "auto"),
        "success_url": request.return_url or account.return_url or "https://checkout.stripe.com/success",
    }
    if request.payer.email:
        params["customer_email"] = request.payer.email
    if cancel := request.cancel_url or account.cancel_url:
        params["cancel_url"] = cancel
    if request.saves:
        # P13: the card is saved only if the contact agreed to it.
        intent["setup_future_usage"] = "off_session"
        params["customer_creation"] = "always"
    # Stripe refuses a key that is used again with other parameters, so the key is a hash of the parameters
    session = yield Call(
        service="checkout.sessions",
        method="create",
        params=params,
        key=hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest(),
    )
    return PaymentLink(
        url=str(session["url"]),
        payment=request.payment,
        amount=request.amount,
        expires_at=created(session, when="expires_at"),
    )


def _line(request: LinkRequest) -> dict[str, Json]:
    # one line for the whole amount, because a payment may be only a part of the order
    titles = ", ".join(item.title for item in request.items)
    return {
        "quantity": 1,
        "price_data": {
            "currency": request.amount.currency.lower(),
            "unit_amount": to_stripe(request.amount),
            "product_data": {"name": f"{titles or 'Order'} ({request.number})"[:250]},
        },
    }


@_understood
def charge(request: ChargeRequest) -> Conversation[GatewayFact]:
    """Charge a saved card, unless it was charged under this key already (P13)."""
    customer, _, method = request.means.token.partition("|")
    # Law 4: if Stripe has forgotten the key, it would charge twice, so we first look for the charge.
    listed = yield Call(service="payment_intents", method="list", params={"customer": customer, "limit": 100})
    for intent in _data(listed):
        if _names(intent, "attempt", request.key) and (fact := attempt_of(intent, at=created(intent))) is not None:
            return fact
    params: dict[str, Json] = {
        "amount": to_stripe(request.amount),
        "currency": request.amount.currency.lower(),
        "customer": customer,
        "payment_method": method,
        "off_session": True,
        "confirm": True,
        "metadata": {"payment": request.payment, "attempt": request.key},
    }
    try:
        intent = yield Call(service="payment_intents", method="create", params=params, key=request.key)
    except Declined as declined:
        return _declined(request, declined)
    return attempt_of(intent, at=created(intent)) or _declined(request, Declined("requires_action", str(intent["id"])))


def _declined(request: ChargeRequest, declined: Declined) -> GatewayFact:
    return GatewayFact(
        payment=request.payment,
        reference=declined.intent or request.key,
        outcome=Outcome.FAILED,
        amount=request.amount,
        reason=declined.reason,
        key=request.key,
    )


@_understood
def refund(request: RefundRequest) -> Conversation[GatewayFact]:
    """Make a refund, unless one with this key exists already (P10)."""
    # Law 4: first look for a refund with our key in its metadata.
    listed = yield Call(service="refunds", method="list", params={"payment_intent": request.reference, "limit": 100})
    known = next((one for one in _data(listed) if _names(one, "refund", request.key)), None)
    if known is None:
        params: dict[str, Json] = {
            "payment_intent": request.reference,
            "amount": to_stripe(request.amount),
            "metadata": {"payment": request.payment, "refund": request.key},
        }
        try:
            known = yield Call(service="refunds", method="create", params=params, key=request.key)
        except Declined as declined:
            return GatewayFact(
                kind="refund",
                payment=request.payment,
                reference=request.key,
                outcome=Outcome.FAILED,
                amount=request.amount,
                reason=declined.reason,
                key=request.key,
            )
    fact = refund_of(known, at=created(known))
    if fact is None:
        raise AdapterFailed("gateway.refused", gateway=NAME, reason=str(known.get("status"))[:20])
    return fact


@_understood
def states(request: StateRequest) -> Conversation[tuple[GatewayFact, ...]]:
    """Ask about every payment intent that a payment may have, its refunds and its disputes (P4)."""
    intents: dict[str, Object] = {}
    if request.payment:
        # Ids of payments come from us and contain no quotes.
        query = f"metadata['payment']:'{request.payment}'"
        found = yield Call(service="payment_intents", method="search", params={"query": query, "limit": 100})
        intents = {str(intent["id"]): intent for intent in _data(found)}
    # the search lags by a minute, so known references are asked for directly
    for reference in request.references:
        if reference.startswith("pi_") and reference not in intents:
            intents[reference] = yield Call(service="payment_intents", method="retrieve", id=reference)
    facts: list[GatewayFact | None] = []
    for id, intent in intents.items():
        # after a declined card the intent waits for another card, but this attempt has failed
        facts.append(
            attempt_of(
                intent,
                at=created(intent),
                outcome=Outcome.FAILED
                if intent["status"] == "requires_payment_method" and intent.get("last_payment_error")
                else None,
            )
        )
        for service, read in (("refunds", refund_of), ("disputes", dispute_of)):
            listed = yield Call(service=service, method="list", params={"payment_intent": id, "limit": 100})
            facts += [read(one, at=created(one)) for one in _data(listed)]
    return tuple(fact for fact in facts if fact is not None)


@_understood
def list_facts(starts_at: datetime, ends_at: datetime) -> Conversation[Listed]:
    """List the charges, refunds and disputes that were made between two instants."""
    window: dict[str, Json] = {"gte": int(starts_at.timestamp()), "lt": int(ends_at.timestamp())}
    facts: list[GatewayFact | None] = []
    for service, read in (("charges", charge_of), ("refunds", refund_of), ("disputes", dispute_of)):
        seen = set[Json]()
        after: dict[str, Json] = {}
        while True:
            page = yield Call(service=service, method="list", params={"created": window, "limit": 100, **after})
            things = _data(page)
            facts += [read(one, at=created(one)) for one in things]
            if page.get("has_more") is not True or not things:
                break
            last = things[-1]["id"]
            # a list that starts again from the beginning would never end
            if last in seen:
                raise ValueError("a page came twice")
            seen.add(last)
            after = {"starting_after": last}
    return Listed(facts=tuple(fact for fact in facts if fact is not None))


def _data(listed: Object) -> Sequence[Object]:
    return cast("Sequence[Object]", listed.get("data") or ())


def _names(thing: Object, name: str, value: str) -> bool:
    metadata = thing.get("metadata")
    return isinstance(metadata, Mapping) and metadata.get(name) == value
