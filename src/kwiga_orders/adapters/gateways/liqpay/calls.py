"""The requests to LiqPay, as conversations: pages, charges, refunds, states."""

from collections.abc import Mapping
from datetime import datetime

import attrs

from kwiga_orders.adapters.gateways.keyless import (
    charge_fact,
    find_facts,
    has_gone_back,
    page_references,
    reference_of,
    refund_fact,
    text_of,
)
from kwiga_orders.adapters.gateways.liqpay.facts import (
    attempt_in,
    facts_in,
    read_callback,
    reason_in,
    row_in,
    taken_back,
)
from kwiga_orders.adapters.gateways.liqpay.shop import NAME, Shop
from kwiga_orders.adapters.http import Conversation, NoAnswer, Request, read_object
from kwiga_orders.codec import Json
from kwiga_orders.errors import AdapterFailed, KwigaOrdersError
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

__all__ = ["charge", "list_facts", "open_page", "read_callback", "refund", "states"]

_NOT_FOUND = {"payment_not_found", "order_not_found"}
"""Codes of answers that mean that LiqPay does not know the reference."""
_LANGUAGES = {"uk": "uk", "en": "en"}
_LONGEST_DESCRIPTION = 250


def open_page(shop: Shop, request: LinkRequest) -> Conversation[PaymentLink]:
    """Give the page of a payment, under the next reference if one was used up (P3)."""
    for reference in page_references(request):
        # A reference without an attempt is still unused: LiqPay knows it, but nobody tried to pay.
        known = yield from _check(shop, reference)
        if known is None or attempt_in(known) is None:
            url = f"{shop.checkout_url}?{shop.form(_purchase(shop, request, reference))}"
            return PaymentLink(url=url, payment=request.payment, amount=request.amount)
    raise AdapterFailed("gateway.refused", gateway=NAME, reason="order_id_duplicates")


def _purchase(shop: Shop, request: LinkRequest, reference: str) -> dict[str, Json]:
    titles = ", ".join(item.title for item in request.items)
    fields: dict[str, Json] = {
        "action": "pay",
        "order_id": reference,
        "amount": request.amount.amount,
        "currency": request.amount.currency,
        # Only the end is kept, so that a long title is cut and not the order number.
        "description": f"{titles or 'Order'} ({request.number})"[-_LONGEST_DESCRIPTION:],
        "language": _LANGUAGES.get(request.payer.locale),
        "result_url": request.return_url or shop.return_url,
        "server_url": request.callback_url or shop.callback_url,
    }
    if request.saves:
        # the card is saved under our id of the contact, not under an e-mail or phone
        fields |= {"recurringbytoken": "1", "customer": request.contact}
    return {name: value for name, value in fields.items() if value is not None}


def charge(shop: Shop, request: ChargeRequest) -> Conversation[GatewayFact]:
    """Charge a saved card, unless it was charged under this key already (P13)."""
    reference = reference_of(request.key)
    # Law 4: LiqPay has no idempotency keys, so it is asked before money moves.
    known = yield from _check(shop, reference)
    if known is not None and (fact := attempt_in(known)) is not None:
        return fact
    asked: dict[str, Json] = {
        "action": "paytoken",
        "order_id": reference,
        "amount": request.amount.amount,
        "currency": request.amount.currency,
        "description": reference,
        "card_token": request.means.token,
    }
    try:
        told = yield from _ask(shop, asked)
    except NoAnswer:
        # The request may have arrived: only the state can tell whether the card was charged.
        return charge_fact(request, Outcome.UNKNOWN)
    if text_of(told, "status") in ("error", "failure") or text_of(told, "result") == "error":
        return charge_fact(request, Outcome.FAILED, reason=reason_in(told))
    # An unknown status is not a failure: the outcome is asked for later.
    return _attempt(told) or charge_fact(request, Outcome.UNKNOWN)


def _attempt(told: Mapping[str, Json]) -> GatewayFact | None:
    try:
        return attempt_in(told)
    except KwigaOrdersError:
        return None


def refund(shop: Shop, request: RefundRequest) -> Conversation[GatewayFact]:
    """Give money back, unless this refund has happened already (P10)."""
    # Law 4: a refund that has already happened is recognised by the sum of refunds.
    known = yield from _check(shop, request.reference)
    fact = refund_fact(request)
    if known is not None and has_gone_back(request, taken_back(known)):
        return fact
    asked: dict[str, Json] = {"action": "refund", "order_id": request.reference, "amount": request.amount.amount}
    try:
        told = yield from _ask(shop, asked)
    except NoAnswer:
        return attrs.evolve(fact, outcome=Outcome.UNKNOWN)
    if text_of(told, "result") != "ok":
        return attrs.evolve(fact, outcome=Outcome.FAILED, reason=reason_in(told))
    # with any other status LiqPay makes the refund later, when the shop's account has the money
    waits = text_of(told, "status") not in ("success", "reversed")
    return attrs.evolve(fact, outcome=Outcome.PENDING) if waits else fact


def states(shop: Shop, request: StateRequest) -> Conversation[tuple[GatewayFact, ...]]:
    """Ask about every reference that a payment may have, and read the facts (P4)."""
    return (
        yield from find_facts(
            request, lambda reference: _check(shop, reference), lambda known, _: facts_in(known, request.references)
        )
    )


def list_facts(shop: Shop, starts_at: datetime, ends_at: datetime) -> Conversation[Listed]:
    """List the payments between two instants; refunded amounts come from their states (law 3)."""
    begin, end = (int(at.timestamp() * 1000) for at in (starts_at, ends_at))
    told = yield from _ask(shop, {"action": "reports", "date_from": begin, "date_to": end - 1})
    rows = told.get("data")
    if text_of(told, "result") != "success" or not isinstance(rows, list):
        raise AdapterFailed("gateway.refused", gateway=NAME, reason=reason_in(told))
    try:
        listed = [row_in(row) for row in rows if isinstance(row, dict)]
    except KwigaOrdersError as problem:
        raise AdapterFailed("gateway.unreachable", gateway=NAME, reason="amount") from problem
    found = {fact.reference: (fact, went_back) for fact, went_back in filter(None, listed)}
    asking = (fact.payment for fact, went_back in found.values() if went_back and fact.payment)
    return Listed(facts=tuple(fact for fact, _ in found.values()), ask=tuple(dict.fromkeys(asking)))


def _check(shop: Shop, reference: str) -> Conversation[Mapping[str, Json] | None]:
    """Ask what LiqPay knows of a reference; None if it does not know it."""
    told = yield from _ask(shop, {"action": "status", "order_id": reference})
    if text_of(told, "order_id") != reference:
        # Depending on the call, LiqPay names the field `err_code` or `code`.
        if text_of(told, "err_code") in _NOT_FOUND or text_of(told, "code") in _NOT_FOUND:
            return None
        raise AdapterFailed("gateway.refused", gateway=NAME, reason=reason_in(told))
    try:
        # Parsed here only to see whether it raises: an answer with unreadable amounts counts as no answer.
        attempt_in(told)
        taken_back(told)
    except KwigaOrdersError as problem:
        raise AdapterFailed("gateway.unreachable", gateway=NAME, reason="amount") from problem
    return told


def _ask(shop: Shop, fields: Mapping[str, Json]) -> Conversation[Mapping[str, Json]]:
    answer = yield Request(
        url=shop.api_url,
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=shop.form(fields).encode(),
    )
    # LiqPay answers every request with 200, so another status comes from a proxy in between.
    if answer.status != 200:
        raise NoAnswer(NAME)
    try:
        return read_object(answer.body, exact=True)
    except ValueError:
        raise NoAnswer(NAME) from None
