"""A callback of a gateway: its signature is verified, its body parsed, and facts are made from it.

Callbacks of Stripe and WayForPay, signed like by their servers, are compared with hmac and json alone; Stripe's also
with what Stripe's own library does for the same webhook.
"""

import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import find_spec

from benchmarks.table import Work, looping
from kwiga_orders.adapters.gateways.stripe import StripeGateway
from kwiga_orders.adapters.gateways.wayforpay import WayForPay
from kwiga_orders.codec import Json
from kwiga_orders.money import Money
from kwiga_orders.testing.school import FrozenClock
from kwiga_orders.testing.stripe_server import StripeSandbox
from kwiga_orders.testing.wayforpay_server import WayForPaySandbox

__all__ = ["works"]

_AT = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
_SECRET = "whsec_of_the_benchmarks"
_PAYMENT = "q7Xc0aLr2VnB8sTzK4mYdw.1"
_INTENT: dict[str, Json] = {
    "id": "pi_3Q2", "object": "payment_intent", "amount": 200_000, "amount_received": 200_000, "currency": "uah",
    "status": "succeeded", "metadata": {"payment": _PAYMENT, "order": "1042"}, "created": 1_793_522_000,
    "customer": None, "payment_method": "pm_1Q2", "capture_method": "automatic", "client_secret": "pi_3Q2_secret_x",
    "confirmation_method": "automatic", "description": None, "latest_charge": "ch_3Q2", "livemode": True,
    "payment_method_types": ["card"], "setup_future_usage": None, "statement_descriptor": None,
}  # fmt: skip


def works() -> list[Work]:
    """One callback with one fact for each gateway."""
    return [_stripe(), _wayforpay()]


def _stripe() -> Work:
    sandbox = StripeSandbox(clock=FrozenClock(_AT), secret=_SECRET)
    sandbox.calls("payment_intent.succeeded", _INTENT)
    (call,) = sandbox.called()
    gateway = StripeGateway(sandbox.account())
    assert gateway.read_callback(call.body, call.headers).facts[0].amount == Money(200_000, "UAH")
    time, signature, _ = (part.partition("=")[2] for part in call.headers["Stripe-Signature"].split(","))

    def floor() -> object:
        signed = hmac.new(_SECRET.encode(), time.encode() + b"." + call.body, "sha256").hexdigest()
        assert hmac.compare_digest(signed, signature)
        return json.loads(call.body)

    peers = {"stripe.Webhook.construct_event": (looping(by_stripe(call.body)), 12.0)} if find_spec("stripe") else {}
    return Work(
        topic="a webhook of Stripe: verify, parse, recognise",
        ours=looping(lambda: gateway.read_callback(call.body, call.headers)),
        floor=looping(floor),
        goal=1.5,
        peers=peers,
    )


def _wayforpay() -> Work:
    sandbox = WayForPaySandbox(clock=FrozenClock(_AT), secret=_SECRET)
    body = _purchase(sandbox)
    gateway = WayForPay(sandbox.merchant())
    assert gateway.read_callback(body, {}).facts[0].amount == Money(200_000, "UAH")
    told = json.loads(body, parse_float=str, parse_int=str)
    names = ("merchantAccount", "orderReference", "amount", "currency", "authCode", "cardPan", "transactionStatus")

    def floor() -> object:
        read = json.loads(body, parse_float=str, parse_int=str)
        fields = ";".join([*(read[name] for name in names), read["reasonCode"]])
        assert hmac.compare_digest(hmac.new(_SECRET.encode(), fields.encode(), "md5").hexdigest(), signature)
        # the answer is signed, too
        hmac.new(_SECRET.encode(), f"{read['orderReference']};accept;1".encode(), "md5").hexdigest()
        return read

    signature = told["merchantSignature"]
    return Work(
        topic="a callback of WayForPay: verify, parse, recognise, sign the answer",
        ours=looping(lambda: gateway.read_callback(body, {})),
        floor=looping(floor),
        goal=1.5,
    )


def _purchase(sandbox: WayForPaySandbox) -> bytes:
    """Give the callback about a purchase, as the sandbox signs it."""
    fields = {
        "merchantAccount": sandbox.account, "orderReference": f"{_PAYMENT}~200000", "authCode": "541963",
        "currency": "UAH", "cardPan": "41****8217", "transactionStatus": "Approved", "email": "olena@example.com",
        "createdDate": 1_793_522_000, "processingDate": 1_793_522_009, "cardType": "Visa", "fee": 0,
        "issuerBankCountry": "Ukraine", "issuerBankName": "Bank", "paymentSystem": "card", "reason": "Ok",
    }  # fmt: skip
    signed = ("merchantAccount", "orderReference", "currency", "authCode", "cardPan", "transactionStatus")
    texts = {name: str(fields[name]) for name in signed} | {"amount": "2000.00", "reasonCode": "1100"}
    order = ("merchantAccount", "orderReference", "amount", "currency", "authCode", "cardPan", "transactionStatus")
    joined = ";".join([*(texts[name] for name in order), "1100"])
    fields["merchantSignature"] = hmac.new(_SECRET.encode(), joined.encode(), "md5").hexdigest()
    return f'{{"amount":2000.00,"reasonCode":1100,{json.dumps(fields)[1:]}'.encode()


def by_stripe(body: bytes) -> Callable[[], object]:
    """Read the same event with Stripe's own library."""
    import stripe

    seconds = int(datetime.now(UTC).timestamp())
    signature = hmac.new(_SECRET.encode(), b"%d." % seconds + body, "sha256").hexdigest()
    header = f"t={seconds},v1={signature}"
    return lambda: stripe.Webhook.construct_event(body, header, _SECRET, tolerance=86_400)
