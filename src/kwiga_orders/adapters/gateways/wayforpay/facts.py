"""Facts from WayForPay's callbacks and states."""

from collections.abc import Iterator, Mapping, Sequence
from json.encoder import encode_basestring_ascii as quoted
from operator import itemgetter
from typing import cast

from kwiga_orders.adapters.gateways.keyless import instant_of, made_for, money_in, refunds_in_sum, text_of
from kwiga_orders.adapters.gateways.wayforpay.merchant import NAME, Merchant
from kwiga_orders.adapters.http import read_object
from kwiga_orders.codec import Json
from kwiga_orders.errors import Fault, InvalidInput, KwigaOrdersError, Refused
from kwiga_orders.gateways import Callback, GatewayFact, known_fact
from kwiga_orders.money import Money
from kwiga_orders.payments import Outcome, SavedMeans
from kwiga_orders.values import maker

__all__ = [
    "TAKEN_BACK",
    "attempt_in",
    "facts_in",
    "read_callback",
    "reason_in",
    "rows_in",
    "signed_in",
    "taken_back",
]

_OUTCOMES: Mapping[str, Outcome] = {
    "approved": Outcome.SUCCEEDED,
    "refunded": Outcome.SUCCEEDED,
    # Law 4: a refunded attempt was paid before.
    "voided": Outcome.SUCCEEDED,
    "refundinprocessing": Outcome.SUCCEEDED,
    "declined": Outcome.FAILED,
    "expired": Outcome.FAILED,
    "inprocessing": Outcome.PENDING,
    "waitingauthcomplete": Outcome.PENDING,
    "pending": Outcome.PENDING,
}
"""The outcome of an attempt by its status in lower case. `created` has none: only a page was opened."""
TAKEN_BACK = {"refunded", "voided", "refundinprocessing"}
"""Statuses of attempts that were refunded or are being refunded."""

_LARGEST_CALLBACK = 1 << 16
SIGNED = (
    "merchantAccount", "orderReference", "amount", "currency", "authCode", "cardPan", "transactionStatus", "reasonCode",
)  # fmt: skip
"""The signed fields of callbacks and states, in the order in which they are signed."""
_signed, _callback = itemgetter(*SIGNED), maker(Callback)


def signed_in(told: Mapping[str, Json]) -> Sequence[str]:
    """Give the signed fields as they were written; "" for a field that is missing or is not a text or number."""
    try:
        fields: tuple[Json, ...] = _signed(told)
        if all(type(one) is str for one in fields):
            return cast("Sequence[str]", fields)
    except KeyError:
        pass
    return [text_of(told, name) for name in SIGNED]


def attempt_in(told: Mapping[str, Json], reference: str, *, is_answer: bool = True) -> GatewayFact | None:
    """Read the fact about an attempt; None if nothing has happened yet, or the reference is not ours.

    The saved card and the instant are not signed, so they are read only from an answer to our own request.
    """
    outcome = _OUTCOMES.get(text_of(told, "transactionStatus").lower())
    payment, key = made_for(reference)
    if payment is None or outcome is None:
        return None
    token = text_of(told, "recToken") if is_answer else ""
    return known_fact(
        payment=payment,
        reference=reference,
        outcome=outcome,
        amount=money_in(told, "amount"),
        reason=reason_in(told) if outcome is Outcome.FAILED else None,
        occurred_at=instant_of(text_of(told, "processingDate")) if is_answer else None,
        key=key,
        means=SavedMeans(token) if token and outcome is Outcome.SUCCEEDED else None,
    )


def rows_in(told: Mapping[str, Json]) -> Iterator[tuple[GatewayFact, bool]]:
    """Read a list of transactions: each reference once, and whether it has refunds.

    The list is not signed, but TLS has verified the sender. A reference that is listed twice, as a purchase and as its
    refund, counts as paid.
    """
    rows = told.get("transactionList")
    found: dict[str, tuple[GatewayFact, bool]] = {}
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict) or (outcome := _OUTCOMES.get(text_of(row, "transactionStatus").lower())) is None:
            continue
        reference = text_of(row, "orderReference")
        other = GatewayFact(
            payment="", of=reference, reference=reference, outcome=outcome, amount=money_in(row, "amount")
        )
        fact, went_back = attempt_in(row, reference) or other, text_of(row, "transactionStatus").lower() in TAKEN_BACK
        known, had_gone_back = found.get(reference, (fact, False))
        is_better = fact.outcome is Outcome.SUCCEEDED and not went_back
        found[reference] = fact if is_better else known, went_back or had_gone_back
    return iter(found.values())


def taken_back(told: Mapping[str, Json]) -> Money:
    """Give the sum of all refunds of an attempt; a refund without an amount is a full one."""
    if text_of(told, "refundAmount"):
        return money_in(told, "refundAmount")
    whole = money_in(told, "amount")
    return whole if text_of(told, "transactionStatus").lower() in TAKEN_BACK else Money.zero(whole.currency)


def facts_in(known: Mapping[str, Json], reference: str, references: Sequence[str]) -> Iterator[GatewayFact]:
    """Read an answer about a state: the attempt, then its refunds; `references` are the ones that we have already."""
    attempt = attempt_in(known, reference)
    if attempt is None:
        return
    yield attempt
    is_pending = str(known.get("transactionStatus", "")).lower() == "refundinprocessing"
    yield from refunds_in_sum(
        taken_back(known), payment=attempt.payment, reference=reference, known=references, is_pending=is_pending
    )


def read_callback(merchant: Merchant, body: bytes) -> Callback:
    """Read the body of a callback.

    Raises:
        Refused: `callback.not_verified` if it is not signed by this merchant.
        InvalidInput: if it is signed, but its amount cannot be read.
    """
    if len(body) > _LARGEST_CALLBACK:
        raise Refused("callback.not_verified", gateway=NAME)
    try:
        told = read_object(body, exact=True)
    except ValueError:
        raise Refused("callback.not_verified", gateway=NAME) from None
    fields = signed_in(told)
    if fields[0] != merchant.account or not merchant.has_signed(told.get("merchantSignature"), *fields):
        raise Refused("callback.not_verified", gateway=NAME)
    reference = fields[1]
    try:
        fact = attempt_in(told, reference, is_answer=False)
    except KwigaOrdersError:
        problem = InvalidInput([Fault(path="amount", code="input.invalid", hint="an amount and its currency")])
        raise problem from None
    # laws 5 and 6: refunds and saved cards are not signed, so they have to be asked for
    says_little = fields[6].lower() in TAKEN_BACK or told.get("recToken")
    payment = made_for(reference)[0] if says_little else None
    time = merchant.seconds()
    signature = merchant.signature(reference, "accept", time)
    # written by hand, because `json.dumps` would take a sixth of the time of the whole callback
    answer = f'"orderReference": {quoted(reference)}, "status": "accept", "time": {time}, "signature": "{signature}"'
    return _callback(
        facts=() if fact is None else (fact,),
        ask=() if payment is None else (payment,),
        body=f"{{{answer}}}".encode(),
        content_type="application/json",
    )


def reason_in(told: Mapping[str, Json]) -> str:
    """Give the code of a refusal; its message may repeat the request, so it is left out."""
    return text_of(told, "reasonCode") or "refused"
