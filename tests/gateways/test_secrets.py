"""No secret is ever shown: planted ones are looked for in errors, logs, history, answers, the outbox and `repr`."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import date

import attrs
import pytest

from kwiga_orders.adapters.gateways.liqpay import LiqPay
from kwiga_orders.adapters.gateways.stripe import StripeGateway
from kwiga_orders.adapters.gateways.wayforpay import WayForPay
from kwiga_orders.adapters.mail import MailServer
from kwiga_orders.adapters.webhooks import Endpoint
from kwiga_orders.errors import KwigaOrdersError
from kwiga_orders.gateways import ChargeRequest, RefundRequest
from kwiga_orders.money import Money
from kwiga_orders.payments import SavedMeans
from kwiga_orders.ports import PaymentGateway
from kwiga_orders.queries import HistoryQuery, OrderQuery
from kwiga_orders.testing.liqpay_server import LiqPaySandbox
from kwiga_orders.testing.stripe_server import StripeSandbox
from kwiga_orders.testing.wayforpay_server import WayForPaySandbox
from tests.gateways.test_through_the_service import Shop

PLANTED = "planted-7f3a"


@pytest.fixture
def gateways() -> Iterator[dict[str, PaymentGateway]]:
    """Gateways whose every secret is planted; their servers know other secrets, so they refuse everything."""
    with ExitStack() as servers:
        stripe = servers.enter_context(StripeSandbox())
        wayforpay = servers.enter_context(WayForPaySandbox())
        liqpay = servers.enter_context(LiqPaySandbox())
        yield {
            "stripe": StripeGateway(
                attrs.evolve(stripe.account(), api_key=f"sk_{PLANTED}", webhook_secrets=(f"whsec_{PLANTED}",))
            ),
            "wayforpay": WayForPay(attrs.evolve(wayforpay.merchant(), secret=PLANTED, password=PLANTED)),
            "liqpay": LiqPay(attrs.evolve(liqpay.shop(), private_key=PLANTED)),
        }


def texts_of(problem: BaseException | None) -> Iterator[str]:
    """Give all that an error shows of itself and of what it came from."""
    while problem is not None:
        yield f"{problem} {problem!r} {getattr(problem, 'details', '')}"
        problem = problem.__cause__ or (None if problem.__suppress_context__ else problem.__context__)


@pytest.mark.parametrize("name", ["stripe", "wayforpay", "liqpay"])
def test_a_gateway_that_is_refused(
    gateways: dict[str, PaymentGateway], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A wrong key, a forged callback, a refused charge: no error, log, history, answer or repr shows a secret."""
    caplog.set_level(logging.INFO)
    shop = Shop(name, gateways[name])
    means = SavedMeans(f"cus_1|{PLANTED}")
    amount = Money(100, "UAH")
    charge = ChargeRequest(key=f"{shop.first}.a1", payment=shop.first, amount=amount, means=means)
    refund = RefundRequest(key=f"{shop.first}.r1", payment=shop.first, reference="x", amount=amount)
    shown = [repr(gateways[name]), repr(charge), repr(shop.orders)]

    for call in (
        shop.link,
        lambda: gateways[name].charge(charge),
        lambda: gateways[name].refund(refund),
        lambda: shop.receives(b'{"amount": 1}', {"Stripe-Signature": "t=1,v1=00"}),
        lambda: shop.orders.resolve(shop.id),
        lambda: shop.orders.reconcile(name, date(2026, 11, 1)),
    ):
        try:
            shown.append(repr(call()))
        except KwigaOrdersError as problem:
            shown += texts_of(problem)
    with suppress(KwigaOrdersError):
        shop.orders.relay_once(shop.notifier)
    shown += [str(shop.orders.ask(HistoryQuery(order=shop.id))), str(shop.orders.ask(OrderQuery(order=shop.id)))]
    shown += [str(shop.notifier.rows), str(shop.order(shop.id)), caplog.text]

    assert [text for text in shown if PLANTED in text] == []


def test_settings() -> None:
    """Nor do the settings of mail and webhooks."""
    shown = repr(MailServer(host="smtp.example", password=PLANTED))
    shown += repr(Endpoint(url="https://crm.example/hook", secrets=(PLANTED,)))

    assert PLANTED not in shown
