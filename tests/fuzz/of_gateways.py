"""Readers of what gateways send: callbacks, the headers that sign them, answers to what was asked."""

import base64
import hmac
import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlencode

import stripe as stripes_own

from kwiga_orders.adapters.gateways.liqpay import LiqPay
from kwiga_orders.adapters.gateways.liqpay import calls as liqpay_calls
from kwiga_orders.adapters.gateways.stripe import StripeGateway
from kwiga_orders.adapters.gateways.stripe import api as stripe_api
from kwiga_orders.adapters.gateways.stripe import calls as stripe_calls
from kwiga_orders.adapters.gateways.wayforpay import WayForPay
from kwiga_orders.adapters.gateways.wayforpay import calls as wayforpay_calls
from kwiga_orders.adapters.gateways.wayforpay.facts import signed_in
from kwiga_orders.adapters.http import Conversation, Request, Response, read_object, run
from kwiga_orders.gateways import ChargeRequest, LinkRequest, RefundRequest, StateRequest
from kwiga_orders.money import Money
from kwiga_orders.payments import SavedMeans
from kwiga_orders.testing.gateways import Delivery
from kwiga_orders.testing.liqpay_server import LiqPaySandbox
from kwiga_orders.testing.local_server import Answered, Asked
from kwiga_orders.testing.school import FrozenClock
from kwiga_orders.testing.stripe_server import StripeSandbox
from kwiga_orders.testing.wayforpay_server import WayForPaySandbox
from tests.fuzz.fuzzing import Reader, endings_of

__all__ = ["readers"]

_CLOCK = FrozenClock()
_MERCHANT = WayForPaySandbox(clock=_CLOCK).merchant()
_SHOP = LiqPaySandbox(clock=_CLOCK).shop()
_ACCOUNT = StripeSandbox(clock=_CLOCK).account()
_AMOUNT = Money(10_000, "UAH")
_LINK = LinkRequest(payment="o1.1", amount=_AMOUNT, number=1042, contact="olena")
_CHARGE = ChargeRequest(key="o1.1.a2", payment="o1.1", amount=_AMOUNT, means=SavedMeans("cus_1|pm_1"))
_DAY = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
_MOST_ANSWERS = 40
"""The most requests of one conversation: more would be one without an end."""


def readers() -> Iterator[Reader]:
    """Give the readers, with bodies that servers of the gateways sent."""
    with ExitStack() as servers:
        wayforpay = servers.enter_context(WayForPaySandbox(clock=_CLOCK))
        liqpay = servers.enter_context(LiqPaySandbox(clock=_CLOCK))
        stripe = servers.enter_context(StripeSandbox(clock=_CLOCK))
        told = {"wayforpay": _story_of(WayForPay(wayforpay.merchant()), wayforpay)}
        told["liqpay"] = _story_of(LiqPay(liqpay.shop()), liqpay)
        told["stripe"] = _story_of(StripeGateway(stripe.account()), stripe)
    called = {name: [one.body for one in calls] for name, (calls, _) in told.items()}
    headers = [one.headers["Stripe-Signature"].encode() for one in told["stripe"][0]]
    opened = [base64.b64decode(dict(_pairs(body))["data"]) for body in called["liqpay"]]
    yield Reader(name="wayforpay_callback", read=_wayforpay_callback, seeds=called["wayforpay"])
    yield Reader(name="liqpay_callback", read=_liqpay_callback, seeds=[*called["liqpay"], *opened])
    yield Reader(name="stripe_webhook", read=_stripe_webhook, seeds=called["stripe"])
    yield Reader(name="stripe_signature", read=_stripe_signature, seeds=headers)
    yield Reader(name="wayforpay_answer", read=_wayforpay_answer, seeds=told["wayforpay"][1])
    yield Reader(name="liqpay_answer", read=_liqpay_answer, seeds=told["liqpay"][1])
    yield Reader(name="stripe_answer", read=_stripe_answer, seeds=told["stripe"][1])


def _pairs(body: bytes) -> list[tuple[str, str]]:
    from urllib.parse import parse_qsl

    return parse_qsl(body.decode())


def _story_of(gateway: Any, sandbox: Any) -> tuple[list[Delivery], list[bytes]]:
    """Let happen what can, and give the callbacks and answers that came of it."""
    answers: list[bytes] = []
    answer = sandbox.answer

    def noting(asked: Asked) -> Answered:
        answered = cast(Answered, answer(asked))
        answers.append(answered.body)
        return answered

    sandbox.answer = noting
    calls: list[Delivery] = []
    sandbox.pays(gateway.make_link(_LINK).url, succeeds=False)
    reference = sandbox.pays(gateway.make_link(_LINK).url)
    gateway.refund(RefundRequest(key="o1.1.r1", payment="o1.1", reference=reference, amount=Money(2_500, "UAH")))
    gateway.refund(RefundRequest(key="o1.1.r2", payment="o1.1", reference=reference, amount=Money(99_999, "UAH")))
    sandbox.takes_back(reference, 1_000)
    gateway.charge(_CHARGE)
    if isinstance(sandbox, StripeSandbox):
        dispute = sandbox.disputes(reference, 1_000)
        sandbox.withdraws(dispute)
        sandbox.decides(dispute, won=True)
        sandbox.bounces(next(id for id, one in sandbox._objects.items() if one["object"] == "refund"))
    gateway.state_of(StateRequest(payment="o1.1", amount=_AMOUNT, references=(reference,), keys=("o1.1.a2",)))
    gateway.list_facts(*_DAY)
    calls += sandbox.called()
    return calls, list(dict.fromkeys(answers))


class _Nobody:
    """Who is not to be asked for anything; a client of httpx takes a tenth of a second to be made."""

    def send(self, _: Request, /) -> Response:
        raise AssertionError("a callback asks for nothing")


# Callbacks: as they come, and signed as if the gateway had said so


def _signed_by_wayforpay(body: bytes) -> bytes:
    try:
        told = read_object(body, exact=True)
    except (ValueError, UnicodeError):
        return body
    told["merchantAccount"] = _MERCHANT.account
    signature = _MERCHANT.signature(*signed_in(told))
    added = json.dumps({"merchantAccount": _MERCHANT.account, "merchantSignature": signature})
    # of a name that stands twice the last one counts, so the rest of the body stays as it came
    return body[: body.rindex(b"}")] + (b"," if len(told) > 1 else b"") + added[1:].encode()


def _wayforpay_callback(data: bytes) -> object:
    gateway = WayForPay(_MERCHANT, http=_Nobody())
    return endings_of(
        lambda: gateway.read_callback(data, {}).facts,
        lambda: gateway.read_callback(_signed_by_wayforpay(data), {}).facts,
    )


def _liqpay_callback(data: bytes) -> object:
    gateway = LiqPay(_SHOP, http=_Nobody())
    encoded = base64.b64encode(data).decode()
    form = urlencode({"data": encoded, "signature": _SHOP.signature(encoded)})
    return endings_of(
        lambda: gateway.read_callback(data, {}).facts,
        lambda: gateway.read_callback(form.encode(), {}).facts,
    )


def _stripe_webhook(data: bytes) -> object:
    gateway = StripeGateway(_ACCOUNT)
    signed = StripeSandbox(clock=_CLOCK).signed(data)
    return endings_of(
        lambda: gateway.read_callback(data, {"stripe-signature": "t=1,v1=00"}).facts,
        lambda: gateway.read_callback(data, signed.headers).facts,
    )


def _stripe_signature(data: bytes) -> object:
    body = b'{"type": "ping"}'
    given = data.decode("utf-8", "surrogateescape")
    now = int(_CLOCK.now().timestamp())
    right = hmac.new(b"whsec_sandbox", b"%d." % now + body, "sha256").hexdigest()
    spliced = given.replace("v1=", f"v1={right},v1=", 1)
    gateway = StripeGateway(_ACCOUNT)
    return endings_of(
        lambda: gateway.read_callback(body, {"Stripe-Signature": given}).facts,
        lambda: gateway.read_callback(body, {"Stripe-Signature": spliced}).facts,
        lambda: gateway.read_callback(body, {given: given}).facts,
    )


# Answers: each to every request of every conversation


def _answered(conversation: Conversation[object], answer: Response) -> object:
    count = 0

    def send(_: object) -> Response:
        nonlocal count
        count += 1
        assert count < _MOST_ANSWERS, "a conversation has an end"
        return answer

    return run(conversation, send)


def _asked(calls: Any, shop: object, references: tuple[str, ...]) -> Iterator[Conversation[object]]:
    yield calls.open_page(shop, _LINK)
    yield calls.charge(shop, _CHARGE)
    yield calls.refund(shop, RefundRequest(key="o1.1.r1", payment="o1.1", reference=references[0], amount=_AMOUNT))
    yield calls.states(shop, StateRequest(payment="o1.1", amount=_AMOUNT, references=references, keys=("o1.1.a2",)))
    yield calls.list_facts(shop, *_DAY)


def _all_ways(calls: Any, shop: object, data: bytes, signed: bytes) -> object:
    references = ("o1.1~10000", "o1.1~10000~r2500")
    bodies = dict.fromkeys((data, signed))
    return endings_of(
        *(
            lambda asked=asked, body=body: _answered(asked, Response(status=200, body=body))
            for body in bodies
            for asked in _asked(calls, shop, references)
        )
    )


def _wayforpay_answer(data: bytes) -> object:
    regular = wayforpay_calls.regular(_MERCHANT, "STATUS", "o1.1~10000")
    return [
        _all_ways(wayforpay_calls, _MERCHANT, data, _signed_by_wayforpay(data)),
        endings_of(lambda: _answered(regular, Response(status=200, body=data))),
    ]


def _liqpay_answer(data: bytes) -> object:
    return _all_ways(liqpay_calls, _SHOP, data, data)


class _Saying(stripes_own.HTTPClient):  # type: ignore[misc, unused-ignore]
    """What Stripe's package sends by: it answers everything with the same bytes."""

    name = "saying"

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.body = body

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        return self.body, 402 if b'"error"' in self.body else 200, {}


_SAYING, _API = _Saying(b""), stripe_api.Api(_ACCOUNT)
_API._client = stripe_api._client(_ACCOUNT, _SAYING)


def _stripe_answer(data: bytes) -> object:
    _SAYING.body = data

    def carried_out(conversation: Generator[Any, Any, object]) -> object:
        count = 0

        def send(call: stripe_api.Call) -> object:
            nonlocal count
            count += 1
            assert count < _MOST_ANSWERS, "a conversation has an end"
            return _API.send(call)

        return run(conversation, send)

    refund = RefundRequest(key="o1.1.r1", payment="o1.1", reference="pi_1", amount=_AMOUNT)
    state = StateRequest(payment="o1.1", amount=_AMOUNT, references=("pi_1",), keys=("o1.1.a2",))
    return endings_of(
        lambda: carried_out(stripe_calls.open_session(_ACCOUNT, _LINK)),
        lambda: carried_out(stripe_calls.charge(_CHARGE)),
        lambda: carried_out(stripe_calls.refund(refund)),
        lambda: carried_out(stripe_calls.states(state)),
        lambda: carried_out(stripe_calls.list_facts(*_DAY)),
    )
