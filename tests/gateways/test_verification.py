"""Signatures are compared in constant time: only `hmac.compare_digest` decides whether a signature is believed."""

import hmac
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from kwiga_orders.adapters.gateways.liqpay import LiqPay
from kwiga_orders.adapters.gateways.stripe import StripeGateway
from kwiga_orders.adapters.gateways.wayforpay import WayForPay
from kwiga_orders.errors import Refused
from kwiga_orders.gateways import Callback, LinkRequest
from kwiga_orders.money import Money
from kwiga_orders.testing.gateways import FakeGateway
from kwiga_orders.testing.liqpay_server import LiqPaySandbox
from kwiga_orders.testing.school import FrozenClock
from kwiga_orders.testing.stripe_server import StripeSandbox
from kwiga_orders.testing.wayforpay_server import WayForPaySandbox

LINK = LinkRequest(payment="o1.1", amount=Money(10_000, "UAH"), number=1, contact="olena")


@pytest.fixture(params=["wayforpay", "stripe", "liqpay", "fake"])
def read(request: pytest.FixtureRequest) -> Iterator[Callable[[], Callback]]:
    """Give what reads a callback that is signed as it should be."""
    with ExitStack() as servers:
        if request.param == "wayforpay":
            wayforpay = servers.enter_context(WayForPaySandbox())
            gateway = WayForPay(wayforpay.merchant())
            wayforpay.pays(gateway.make_link(LINK).url)
            (call,) = wayforpay.called()
            yield lambda: gateway.read_callback(call.body, call.headers)
        elif request.param == "stripe":
            stripe = servers.enter_context(StripeSandbox())
            by_stripe = StripeGateway(stripe.account())
            stripe.pays(by_stripe.make_link(LINK).url)
            _, told = stripe.called()
            yield lambda: by_stripe.read_callback(told.body, told.headers)
        elif request.param == "liqpay":
            liqpay = servers.enter_context(LiqPaySandbox())
            by_liqpay = LiqPay(liqpay.shop())
            liqpay.pays(by_liqpay.make_link(LINK).url)
            (said,) = liqpay.called()
            yield lambda: by_liqpay.read_callback(said.body, said.headers)
        else:
            fake = FakeGateway(FrozenClock())
            fake.pays(fake.make_link(LINK).url)
            yield lambda: fake.read_callback(fake.waiting[0].body, fake.waiting[0].headers)


def test_nobody_else_decides(read: Callable[[], Callback], monkeypatch: pytest.MonkeyPatch) -> None:
    """A right signature that the constant-time comparison calls wrong is refused, so nothing else compares it."""
    compared: list[tuple[object, object]] = []

    def wrong(one: object, other: object) -> bool:
        compared.append((one, other))
        return False

    assert read().facts
    monkeypatch.setattr(hmac, "compare_digest", wrong)
    with pytest.raises(Refused):
        read()

    assert compared
    assert all(type(one) is type(other) and one == other for one, other in compared)
