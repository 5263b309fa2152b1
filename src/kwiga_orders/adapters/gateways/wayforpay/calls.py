"""The requests to WayForPay, as conversations: pages, charges, refunds, states, regular payments."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlencode

import attrs

from kwiga_orders.adapters.gateways.keyless import (
    charge_fact,
    find_facts,
    has_gone_back,
    money_in,
    page_references,
    reference_of,
    refund_fact,
    text_of,
)
from kwiga_orders.adapters.gateways.wayforpay.facts import (
    TAKEN_BACK,
    attempt_in,
    facts_in,
    read_callback,
    reason_in,
    rows_in,
    signed_in,
    taken_back,
)
from kwiga_orders.adapters.gateways.wayforpay.merchant import NAME, Merchant, purchase_fields, purchase_form
from kwiga_orders.adapters.http import Conversation, NoAnswer, Request, Response, read_object
from kwiga_orders.codec import Json
from kwiga_orders.errors import AdapterFailed, Refused
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

__all__ = ["RegularPayment", "charge", "list_facts", "open_page", "read_callback", "refund", "regular", "states"]

_OK, _NOT_FOUND, _DUPLICATE, _REGULAR_OK = "1100", "1127", "1112", "4100"
"""Codes of WayForPay's answers."""


@attrs.frozen(kw_only=True)
class RegularPayment:
    """The state of a regular payment at WayForPay: `Active`, `Suspended`, `Removed`, or `Completed`."""

    status: str
    reference: str


def open_page(merchant: Merchant, request: LinkRequest) -> Conversation[PaymentLink]:
    """Register the page of a payment; if its reference was used up, a number is appended (P3)."""
    for reference in page_references(request):
        form = purchase_form(merchant, request, reference)
        answer = yield Request(
            url=f"{form.url}?behavior=offline",
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=urlencode(form.fields).encode(),
        )
        told = _read(answer)
        # With `behavior=offline` WayForPay answers with the URL of the page instead of the page.
        url = told.get("url")
        if isinstance(url, str) and url.startswith(("https://", "http://")):
            return PaymentLink(url=url, payment=request.payment, amount=request.amount)
        # Only if the reference was used up, the next one is tried.
        if str(told.get("reasonCode")) != _DUPLICATE:
            raise _refusal(told)
    raise AdapterFailed("gateway.refused", gateway=NAME, reason=_DUPLICATE)


def charge(merchant: Merchant, request: ChargeRequest) -> Conversation[GatewayFact]:
    """Charge a saved card, unless it was charged under this key already (P13)."""
    reference = reference_of(request.key)
    # Law 3: no idempotency keys, so we first ask for the state.
    known = yield from _check(merchant, reference)
    if known is not None and (fact := attempt_in(known, reference)) is not None:
        return fact
    body = purchase_fields(merchant, reference, request.amount, reference)
    # WayForPay requires lists here, even for one product.
    products: dict[str, Json] = {name: [body[name]] for name in ("productName", "productCount", "productPrice")}
    asked = {
        **body,
        **products,
        "transactionType": "CHARGE",
        "merchantTransactionType": "SALE",
        "merchantTransactionSecureType": "NON3DS",
        "recToken": request.means.token,
        "apiVersion": "1",
    }
    try:
        told = yield from _ask(merchant.api_url, asked)
    except NoAnswer:
        return charge_fact(request, Outcome.UNKNOWN)
    # An answer without a status means that the request was refused and nothing was charged.
    if not told.get("transactionStatus"):
        return charge_fact(request, Outcome.FAILED, reason=reason_in(told))
    return attempt_in(_verified(merchant, told), reference) or charge_fact(request, Outcome.UNKNOWN)


# Refunds


def refund(merchant: Merchant, request: RefundRequest) -> Conversation[GatewayFact]:
    """Give money back, unless this refund has happened already (P10)."""
    # law 3: a refund that has already happened is recognised by the sum of refunds
    known = yield from _check(merchant, request.reference)
    fact = refund_fact(request)
    if known is not None and has_gone_back(request, taken_back(known)):
        return fact
    asked: dict[str, Json] = {
        "transactionType": "REFUND",
        "merchantAccount": merchant.account,
        "orderReference": request.reference,
        "amount": request.amount.amount,
        "currency": request.amount.currency,
        "comment": request.key,
        "merchantSignature": merchant.signature(
            merchant.account, request.reference, request.amount.amount, request.amount.currency
        ),
        "apiVersion": "1",
    }
    try:
        told = yield from _ask(merchant.api_url, asked)
    except NoAnswer:
        return attrs.evolve(fact, outcome=Outcome.UNKNOWN)
    status = str(told.get("transactionStatus", "")).lower()
    if status not in TAKEN_BACK:
        return attrs.evolve(fact, outcome=Outcome.FAILED, reason=reason_in(told))
    fields = [text_of(told, name) for name in ("merchantAccount", "orderReference", "transactionStatus", "reasonCode")]
    if not merchant.has_signed(told.get("merchantSignature"), *fields):
        return attrs.evolve(fact, outcome=Outcome.UNKNOWN)
    return attrs.evolve(fact, outcome=Outcome.PENDING) if status == "refundinprocessing" else fact


# States


def states(merchant: Merchant, request: StateRequest) -> Conversation[tuple[GatewayFact, ...]]:
    """Ask about every reference that a payment may have, and read the facts (P4)."""
    return (
        yield from find_facts(
            request,
            lambda reference: _check(merchant, reference),
            lambda known, reference: facts_in(known, reference, request.references),
        )
    )


def _check(merchant: Merchant, reference: str) -> Conversation[Mapping[str, Json] | None]:
    """Ask what WayForPay knows of a reference; None if it does not know it."""
    asked: dict[str, Json] = {
        "transactionType": "CHECK_STATUS",
        "merchantAccount": merchant.account,
        "orderReference": reference,
        "merchantSignature": merchant.signature(merchant.account, reference),
        "apiVersion": "1",
    }
    told = yield from _ask(merchant.api_url, asked)
    if not told.get("transactionStatus"):
        # Only this code means that the reference does not exist; after another refusal that is unknown.
        if text_of(told, "reasonCode") == _NOT_FOUND:
            return None
        raise _refusal(told)
    return _verified(merchant, told)


def _verified(merchant: Merchant, told: Mapping[str, Json]) -> Mapping[str, Json]:
    if not merchant.has_signed(told.get("merchantSignature"), *signed_in(told)):
        raise AdapterFailed("gateway.unreachable", gateway=NAME, reason="signature")
    # Parsed only to see whether it raises: an answer with unreadable amounts counts as no answer.
    try:
        money_in(told, "amount")
        taken_back(told)
    except Refused as problem:
        raise AdapterFailed("gateway.unreachable", gateway=NAME, reason="amount") from problem
    return told


def list_facts(merchant: Merchant, starts_at: datetime, ends_at: datetime) -> Conversation[Listed]:
    """List the transactions between two instants; refunded amounts come from their states (law 5)."""
    # WayForPay includes both the first and the last second
    begin, end = (str(int(at.timestamp())) for at in (starts_at, ends_at - timedelta(seconds=1)))
    asked: dict[str, Json] = {
        "transactionType": "TRANSACTION_LIST",
        "merchantAccount": merchant.account,
        "merchantSignature": merchant.signature(merchant.account, begin, end),
        "apiVersion": "1",
        "dateBegin": begin,
        "dateEnd": end,
    }
    told = yield from _ask(merchant.api_url, asked)
    if text_of(told, "reasonCode") != _OK:
        raise _refusal(told)
    try:
        rows = list(rows_in(told))
    except Refused as problem:
        raise AdapterFailed("gateway.unreachable", gateway=NAME, reason="amount") from problem
    asking = (fact.payment for fact, went_back in rows if went_back and fact.payment)
    return Listed(facts=tuple(fact for fact, _ in rows), ask=tuple(dict.fromkeys(asking)))


# Its own regular payments


def regular(
    merchant: Merchant, kind: Literal["STATUS", "SUSPEND", "RESUME", "REMOVE"], reference: str
) -> Conversation[RegularPayment]:
    """Read or change a regular payment at WayForPay; this call takes the password, not a signature."""
    asked: dict[str, Json] = {
        "requestType": kind,
        "merchantAccount": merchant.account,
        "merchantPassword": merchant.password,
        "orderReference": reference,
    }
    told = yield from _ask(merchant.regular_url, asked)
    if text_of(told, "reasonCode") != _REGULAR_OK:
        raise _refusal(told)
    return RegularPayment(status=text_of(told, "status"), reference=reference)


# Sending


def _ask(url: str, asked: Mapping[str, Json]) -> Conversation[Mapping[str, Json]]:
    answer = yield Request(url=url, headers={"content-type": "application/json"}, body=json.dumps(asked).encode())
    return _read(answer)


def _read(answer: Response) -> Mapping[str, Json]:
    # WayForPay answers every request with 200, so another status comes from a proxy in between.
    if answer.status != 200:
        raise NoAnswer(NAME)
    try:
        return read_object(answer.body, exact=True)
    except ValueError:
        raise NoAnswer(NAME) from None


def _refusal(told: Mapping[str, Json]) -> AdapterFailed:
    # a gateway's message may repeat the request with its secrets, so only its code is passed on
    return AdapterFailed("gateway.refused", gateway=NAME, reason=reason_in(told)[:20])
