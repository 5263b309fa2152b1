"""Facts from LiqPay's callbacks and states."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from kwiga_orders.adapters.gateways.keyless import made_for, money_in, refunds_in_sum, text_of
from kwiga_orders.adapters.gateways.liqpay.shop import NAME, Shop
from kwiga_orders.codec import Json
from kwiga_orders.errors import Fault, InvalidInput, KwigaOrdersError, Refused
from kwiga_orders.gateways import Callback, GatewayFact
from kwiga_orders.money import Money
from kwiga_orders.payments import Outcome, SavedMeans

__all__ = ["attempt_in", "facts_in", "read_callback", "reason_in", "row_in", "taken_back"]

_VERIFIES = (
    "3ds_verify", "captcha_verify", "cvv_verify", "ivr_verify", "otp_verify", "password_verify", "phone_verify",
    "pin_verify", "receiver_verify", "sender_verify", "senderapp_verify",
)  # fmt: skip
_WAITS = (
    "cash_wait", "hold_wait", "invoice_wait", "processing", "wait_accept", "wait_card", "wait_compensation", "wait_lc",
    "wait_qr", "wait_reserve", "wait_secure", "wait_sender",
)  # fmt: skip
_OUTCOMES: Mapping[str, Outcome] = {
    "success": Outcome.SUCCEEDED,
    # refunded, so it was paid before
    "reversed": Outcome.SUCCEEDED,
    "error": Outcome.FAILED,
    "failure": Outcome.FAILED,
    **dict.fromkeys((*_VERIFIES, *_WAITS), Outcome.PENDING),
}
"""The outcome of an attempt by its status. `prepared` has none: only a page was opened. `sandbox` moves no money."""

_LARGEST_CALLBACK = 1 << 16


# A reference that we did not make belongs to another shop system on the same account.
def attempt_in(told: Mapping[str, Json]) -> GatewayFact | None:
    """Read the fact about an attempt; None if nothing has happened yet, or the reference is not ours."""
    reference, status = text_of(told, "order_id"), text_of(told, "status")
    outcome = _OUTCOMES.get(status)
    payment, key = made_for(reference)
    if payment is None or outcome is None:
        return None
    token = text_of(told, "card_token")
    return GatewayFact(
        payment=payment,
        reference=reference,
        outcome=outcome,
        amount=money_in(told, "amount"),
        reason=reason_in(told) if outcome is Outcome.FAILED else None,
        occurred_at=_instant(text_of(told, "end_date") or text_of(told, "create_date")),
        key=key,
        means=SavedMeans(token) if token and outcome is Outcome.SUCCEEDED else None,
    )


def taken_back(told: Mapping[str, Json]) -> Money:
    """Give the sum of all refunds of an attempt; a `reversed` attempt without an amount is refunded in full."""
    if text_of(told, "refund_amount"):
        return money_in(told, "refund_amount")
    whole = money_in(told, "amount")
    return whole if text_of(told, "status") == "reversed" else Money.zero(whole.currency)


def row_in(told: Mapping[str, Json]) -> tuple[GatewayFact, bool] | None:
    """Read a payment in a list, and whether it has refunds; None if nothing has happened yet."""
    outcome, reference = _OUTCOMES.get(text_of(told, "status")), text_of(told, "order_id")
    if outcome is None:
        return None
    other = GatewayFact(payment="", of=reference, reference=reference, outcome=outcome, amount=money_in(told, "amount"))
    return attempt_in(told) or other, outcome is Outcome.SUCCEEDED and taken_back(told).minor > 0


def facts_in(told: Mapping[str, Json], references: Sequence[str]) -> Iterator[GatewayFact]:
    """Read an answer about a state: the attempt, then its refunds; `references` are the ones that we have already."""
    attempt = attempt_in(told)
    if attempt is None:
        return
    yield attempt
    # Only a paid attempt can have refunds.
    if attempt.outcome is Outcome.SUCCEEDED:
        yield from refunds_in_sum(
            taken_back(told), payment=attempt.payment, reference=attempt.reference, known=references
        )


def read_callback(shop: Shop, body: bytes) -> Callback:
    """Read the body that was posted to the callback URL: a form with `data` and `signature`.

    Raises:
        Refused: `callback.not_verified` if it is not signed by this shop's key.
        InvalidInput: if it is signed, and its amounts cannot be read.
    """
    # Checked before parsing: a large body costs memory, and the sender is not verified yet.
    if len(body) > _LARGEST_CALLBACK:
        raise Refused("callback.not_verified", gateway=NAME)
    try:
        # LiqPay's form is ASCII, because `data` is base64.
        form = dict(parse_qsl(body.decode("ascii"), max_num_fields=10))
    except ValueError:
        raise Refused("callback.not_verified", gateway=NAME) from None
    try:
        told = shop.opened(form.get("data", ""), form.get("signature", ""))
        attempt = attempt_in(told)
        went_back = attempt is not None and attempt.outcome is Outcome.SUCCEEDED and taken_back(told).minor > 0
    except Refused as refused:
        # Another refusal than that of the signature means that the signed content is wrong.
        if refused.code == "callback.not_verified":
            raise
        raise _unreadable() from None
    except (KwigaOrdersError, ValueError):
        raise _unreadable() from None
    if attempt is None:
        return Callback()
    return Callback(facts=(attempt,), ask=(attempt.payment,) if went_back else ())


def _unreadable() -> InvalidInput:
    return InvalidInput([Fault(path="data", code="input.invalid", hint="a callback of LiqPay")])


def _instant(milliseconds: str) -> datetime | None:
    # Thirteen digits are enough until the year 2286; a longer text is not a time in milliseconds.
    is_one = milliseconds.isdigit() and milliseconds.isascii() and 0 < len(milliseconds) < 14
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC) if is_one else None


def reason_in(told: Mapping[str, Json]) -> str:
    """Give the code of a refusal; its message may repeat the request, so it is left out."""
    return (text_of(told, "err_code") or "refused")[:60]
