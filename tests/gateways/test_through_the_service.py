"""Real gateways through the service, over HTTP: what a callback does not say is asked, links carry what is known."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import ClassVar

import attrs
import pytest

from kwiga_orders.adapters.gateways.stripe import StripeGateway
from kwiga_orders.adapters.gateways.wayforpay import WayForPay
from kwiga_orders.gateways import Callback, LinkRequest, Payer, PaymentLink
from kwiga_orders.money import Money
from kwiga_orders.payments import Subscribe
from kwiga_orders.ports import PaymentGateway
from kwiga_orders.project import Contact
from kwiga_orders.testing.gateways import FakeGateway
from kwiga_orders.testing.school import FrozenClock
from kwiga_orders.testing.stripe_server import StripeSandbox
from kwiga_orders.testing.wayforpay_server import WayForPaySandbox
from tests.laws.office import Office, refund
from tests.laws.subscribed import MONTH


class Shop(Office):
    """An office with one order, of which a payment is owed through the gateway of that name."""

    def __init__(self, name: str, gateway: PaymentGateway) -> None:
        super().__init__()
        self.name = name
        self.orders = attrs.evolve(self.orders, gateways={name: gateway})
        self.id = self.makes("1000.00")
        self.first = self.owes(self.id, "1000.00", gateway=name)

    def link(self) -> str:
        return self.orders.payment_link(order=self.id, payment=self.first).url

    def receives(self, body: bytes, headers: Mapping[str, str]) -> Callback:
        return self.orders.receive(self.name, body, headers)

    def went_back(self) -> list[tuple[str, str]]:
        return [(one.outcome.value, str(one.amount)) for one in self.payment(self.id).refunds]


@pytest.fixture
def wayforpay() -> Iterator[tuple[Shop, WayForPaySandbox]]:
    with WayForPaySandbox() as sandbox:
        yield Shop("wayforpay", WayForPay(sandbox.merchant())), sandbox


@pytest.fixture
def stripe() -> Iterator[tuple[Shop, StripeSandbox]]:
    with StripeSandbox() as sandbox:
        yield Shop("stripe", StripeGateway(sandbox.account())), sandbox


class TestAsking:
    """What a callback says only that it happened, the gateway is asked for before the callback is answered."""

    def test_money_that_went_back_at_wayforpay_s_desk(self, wayforpay: tuple[Shop, WayForPaySandbox]) -> None:
        """Its callback tells no sum of a refund; asked, WayForPay does (P9)."""
        shop, sandbox = wayforpay
        reference = sandbox.pays(shop.link())
        sandbox.takes_back(reference, 25_000)

        for delivery in sandbox.called():
            assert shop.receives(delivery.body, delivery.headers).unknown == ()

        assert shop.went_back() == [("succeeded", "250.00 UAH")]

    def test_a_card_that_was_saved(self, wayforpay: tuple[Shop, WayForPaySandbox]) -> None:
        """The token is not signed, so it is taken from the answer, and a charge can be made by it."""
        shop, sandbox = wayforpay
        sandbox.pays(shop.link(), saves=True)

        for delivery in sandbox.called():
            shop.receives(delivery.body, delivery.headers)
        success = shop.payment(shop.id).success

        assert success is not None
        assert success.means is not None

    def test_a_payment_of_another_school(self, wayforpay: tuple[Shop, WayForPaySandbox]) -> None:
        """What is asked about and not known here is named, and the callback is acknowledged (P11)."""
        shop, sandbox = wayforpay
        gateway = shop.orders.gateways["wayforpay"]
        link = LinkRequest(payment="other.1", amount=Money(5000, "UAH"), number=1, contact="x")
        reference = sandbox.pays(gateway.make_link(link).url)
        sandbox.takes_back(reference, 1000)

        answers = [shop.receives(one.body, one.headers) for one in sandbox.called()]

        assert [answer.unknown for answer in answers] == [("other.1",), ("other.1", "other.1")]
        assert {answer.status for answer in answers} == {200}


class TestRefundsTwiceTold:
    """A refund that was asked for is told by the answer, with our own id, and by a callback without it: it is one."""

    @pytest.mark.parametrize("answer_first", [True, False])
    def test_at_one_instant(self, wayforpay: tuple[Shop, WayForPaySandbox], *, answer_first: bool) -> None:
        """P10, P11: in either order, and as of the same instant, money went back once and one letter says so."""
        shop, sandbox = wayforpay
        sandbox.pays(shop.link())
        for call in sandbox.called():
            shop.receives(call.body, call.headers)
        shop.orders.execute(refund(shop.id, "300.00"))
        if not answer_first:
            sandbox.takes_back(f"{shop.first}~100000", 30_000)
            for call in sandbox.called():
                shop.receives(call.body, call.headers)

        shop.orders.relay_once(shop.notifier)
        for call in sandbox.called():
            shop.receives(call.body, call.headers)
        shop.orders.relay_once(shop.notifier)

        assert shop.went_back() == [("succeeded", "300.00 UAH")]
        assert shop.notifier.letters.count("refund_made") == 1


class TestMoneyThatNamesNoPayment:
    """A refund of Stripe's desk and a dispute name only the attempt; the payment is found by it (P9, P10)."""

    @pytest.mark.parametrize("plan", [(0, 1, 2), (2, 1, 0), (2, 2)])
    def test_in_any_order(self, stripe: tuple[Shop, StripeSandbox], plan: tuple[int, ...]) -> None:
        """Also before its own success was told of, or without it ever being."""
        shop, sandbox = stripe
        intent = sandbox.pays(shop.link())
        sandbox.takes_back(intent, 30_000)
        calls = sandbox.called()

        for number in plan:
            shop.receives(calls[number].body, calls[number].headers)
        shop.orders.resolve(shop.id)

        assert shop.went_back() == [("succeeded", "300.00 UAH")]
        assert shop.card(shop.id)["payment_status"] == "partially_refunded"

    def test_a_dispute_won(self, stripe: tuple[Shop, StripeSandbox]) -> None:
        """It is opened, the money is taken and comes back: in the end nothing was lost, nothing needs attention."""
        shop, sandbox = stripe
        dispute = sandbox.disputes(sandbox.pays(shop.link()), 100_000)
        sandbox.withdraws(dispute)
        sandbox.decides(dispute, won=True)

        for call in sandbox.called():
            shop.receives(call.body, call.headers)

        assert (shop.card(shop.id)["payment_status"], shop.card(shop.id)["needs_attention"]) == ("paid", False)

    def test_what_belongs_to_nobody_here(self, stripe: tuple[Shop, StripeSandbox]) -> None:
        """Money of another shop on the same account is acknowledged, and changes nothing (P11)."""
        shop, sandbox = stripe
        gateway = shop.orders.gateways["stripe"]
        link = LinkRequest(payment="other.1", amount=Money(5000, "UAH"), number=1, contact="x")
        intent = sandbox.pays(gateway.make_link(link).url)
        sandbox.takes_back(intent, 1000)

        answers = [shop.receives(one.body, one.headers) for one in sandbox.called()]

        assert [answer.unknown for answer in answers] == [(), ("other.1",), ("other.1",)]


class Noting(FakeGateway):
    """Notes what it is asked for links with."""

    asked: ClassVar[list[LinkRequest]] = []

    def make_link(self, request: LinkRequest, /) -> PaymentLink:
        self.asked.append(request)
        return super().make_link(request)


@pytest.fixture
def noted() -> tuple[Shop, list[LinkRequest]]:
    Noting.asked.clear()
    return Shop("fake", Noting(FrozenClock())), Noting.asked


class TestLinks:
    """A link is asked for with all that is known: who pays, what for, where the browser returns (P3)."""

    def test_who_pays_what_for(self, noted: tuple[Shop, list[LinkRequest]]) -> None:
        """The contact's name and address, the project's language if they have none, the lines with their titles."""
        shop, asked = noted
        shop.knows(Contact(id="olena", name="Олена", email="olena@example.com", phone="+380671234567"))

        shop.orders.payment_link(order=shop.id, payment=shop.first, return_url="https://school.example/thanks")

        (request,) = asked
        assert request.payer == Payer(
            name="Олена", email="olena@example.com", phone="+380671234567", locale=shop.project.locale
        )
        assert [(item.title, item.price) for item in request.items] == [("Python", Money(100_000, "UAH"))]
        assert (request.return_url, request.cancel_url) == ("https://school.example/thanks", None)

    def test_who_is_hidden(self) -> None:
        """Neither name nor address stands in what is shown of a request."""
        request = LinkRequest(
            payment="o1.1",
            amount=Money(1, "UAH"),
            number=1,
            contact="c1",
            payer=Payer(name="Олена", email="olena@example.com", phone="+380671234567"),
        )

        assert not any(word in repr(request) for word in ("Олена", "olena@", "38067"))

    def test_a_period_saves_the_card(self, noted: tuple[Shop, list[LinkRequest]]) -> None:
        """P13: the payment of a period asks for the card to be saved; other payments do not."""
        shop, asked = noted
        shop.sells("monthly", price="300.00", options=[Subscribe(id="sub", amount=Decimal(300), every=MONTH)])
        order = shop.opens("monthly")

        shop.orders.payment_link(order=order, payment=f"{order}.1")
        shop.link()

        assert [request.saves for request in asked] == [True, False]
