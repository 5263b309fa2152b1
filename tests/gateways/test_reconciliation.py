"""Reconciliation: what a gateway lists of a day, over real HTTP, against what the orders have of it."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import attrs
import pytest

from kwiga_orders.adapters.gateways.liqpay import AsyncLiqPay, LiqPay
from kwiga_orders.adapters.gateways.stripe import AsyncStripeGateway, StripeGateway
from kwiga_orders.adapters.gateways.wayforpay import AsyncWayForPay, WayForPay
from kwiga_orders.cli import main
from kwiga_orders.errors import AdapterFailed, Refused
from kwiga_orders.gateways import Capabilities, LinkRequest
from kwiga_orders.locale import LOCALES, Texts
from kwiga_orders.money import Money
from kwiga_orders.payments import Outcome
from kwiga_orders.ports import AsyncListingGateway
from kwiga_orders.reconciliation import Reconciliation
from kwiga_orders.testing.gateways import AsyncFakeGateway, FakeGateway
from kwiga_orders.testing.liqpay_server import LiqPaySandbox
from kwiga_orders.testing.school import FrozenClock, local
from kwiga_orders.testing.stripe_server import StripeSandbox
from kwiga_orders.testing.wayforpay_server import WayForPaySandbox
from tests.gateways.test_through_the_service import Shop
from tests.laws.office import refund

DAY = date(2026, 11, 1)


@attrs.define
class Side:
    """A shop, the other side of its gateway, and an awaited gateway to the same."""

    shop: Shop
    sandbox: WayForPaySandbox | StripeSandbox | LiqPaySandbox
    awaited: AsyncListingGateway
    clock: FrozenClock

    def at(self, text: str) -> None:
        self.clock.set(local(text))
        self.shop.at(text)

    def pays(self) -> str:
        return self.sandbox.pays(self.shop.link())

    def tells(self) -> None:
        for call in self.sandbox.called():
            self.shop.receives(call.body, call.headers)

    def reconciled(self, day: date = DAY) -> Reconciliation:
        found = self.shop.orders.reconcile(self.shop.name, day)
        awaited = attrs.evolve(self.shop.awaited(), gateways={self.shop.name: self.awaited})
        assert asyncio.run(awaited.reconcile(self.shop.name, day)) == found
        return found

    def differences(self, day: date = DAY) -> list[tuple[str, str]]:
        return [(one.difference, one.kind) for one in self.reconciled(day).disagreements]


def side_of(name: str, servers: ExitStack) -> Side:
    clock = FrozenClock()
    if name == "stripe":
        stripe = servers.enter_context(StripeSandbox(clock=clock))
        stripe.page = 1
        account = stripe.account()
        return Side(Shop(name, StripeGateway(account)), stripe, AsyncStripeGateway(account), clock)
    if name == "wayforpay":
        wayforpay = servers.enter_context(WayForPaySandbox(clock=clock))
        merchant = wayforpay.merchant()
        return Side(Shop(name, WayForPay(merchant)), wayforpay, AsyncWayForPay(merchant), clock)
    liqpay = servers.enter_context(LiqPaySandbox(clock=clock))
    return Side(Shop(name, LiqPay(liqpay.shop())), liqpay, AsyncLiqPay(liqpay.shop()), clock)


@pytest.fixture(params=["wayforpay", "stripe", "liqpay"])
def side(request: pytest.FixtureRequest) -> Iterator[Side]:
    with ExitStack() as servers:
        yield side_of(request.param, servers)


class TestOverHttp:
    """P11: each gateway lists a day by its own protocol; what both sides have alike is no difference."""

    def test_they_agree(self, side: Side) -> None:
        """A payment, a refund that was asked for, and one of the gateway's desk: told of, they agree."""
        reference = side.pays()
        side.tells()
        side.shop.orders.execute(refund(side.shop.id, "300.00"))
        side.shop.orders.relay_once(side.shop.notifier)
        side.sandbox.takes_back(reference, 10_000)
        side.tells()

        found = side.reconciled()

        assert (found.gateway, found.disagreements, found.compared) == (side.shop.name, (), 3)
        assert found.ends_at - found.starts_at == local("2026-11-02 00:00") - local("2026-11-01 00:00")

    def test_paid_there_and_not_here(self, side: Side) -> None:
        """The callback was lost: the report says so, and `resolve` mends it."""
        side.pays()

        assert side.differences() == [("only_there", "attempt")]
        side.shop.orders.resolve(side.shop.id)
        assert side.differences() == []

    def test_money_that_went_back_there(self, side: Side) -> None:
        """A refund of the gateway's own desk that nobody told of."""
        reference = side.pays()
        side.tells()
        side.sandbox.takes_back(reference, 10_000)
        side.sandbox.called()

        assert side.differences() == [("only_there", "refund")]

    def test_of_somebody_else(self, side: Side) -> None:
        """Money of another shop on the same account is there and not here."""
        gateway = side.shop.orders.gateways[side.shop.name]
        link = LinkRequest(payment="other.1", amount=Money(5000, "UAH"), number=1, contact="x")
        reference = side.sandbox.pays(gateway.make_link(link).url)

        (one,) = side.reconciled().disagreements

        assert (one.difference, one.reference, one.here) == ("only_there", reference, None)

    def test_midnight(self, side: Side) -> None:
        """Paid there before midnight, and told of after it: it is the same money, on whichever day one looks."""
        side.at("2026-11-01 23:59")
        side.pays()
        side.at("2026-11-02 00:01")
        side.tells()

        assert [side.differences(day) for day in (DAY, date(2026, 11, 2))] == [[], []]

    def test_of_another_day(self, side: Side) -> None:
        """A day without money has nothing to compare."""
        side.pays()

        assert side.reconciled(date(2026, 10, 31)).compared == 0

    def test_nobody_there(self, side: Side) -> None:
        """A gateway that cannot be reached is an error, and no empty report."""
        with side.sandbox.unreachable(), pytest.raises(AdapterFailed):
            side.shop.orders.reconcile(side.shop.name, DAY)


class TestDisputes:
    """P10: a dispute is listed as it is now."""

    def test_unheard_of(self) -> None:
        """One that was opened, and of which nobody told, concerns money already."""
        with ExitStack() as servers:
            side = side_of("stripe", servers)
            reference = side.pays()
            side.tells()
            assert isinstance(side.sandbox, StripeSandbox)
            dispute = side.sandbox.disputes(reference, 100_000)
            side.sandbox.called()
            unheard = side.differences()
            side.sandbox.decides(dispute, won=True)
            side.tells()

            assert (unheard, side.differences()) == ([("only_there", "chargeback")], [])


@pytest.fixture
def fake() -> tuple[Shop, FakeGateway]:
    gateway = FakeGateway(FrozenClock())
    return Shop("fake", gateway), gateway


def told(shop: Shop, gateway: FakeGateway, **changed: object) -> None:
    """Let the gateway call with what it knows of the payment, but for what is changed."""
    (fact,) = gateway.moved
    call = gateway.signed(attrs.evolve(fact, **changed))  # type: ignore[arg-type]
    shop.receives(call.body, call.headers)


class TestDifferences:
    """P11: each way in which two sides may differ."""

    @pytest.mark.parametrize(
        ("changed", "difference"),
        [
            ({}, None),
            ({"reference": "another"}, "only_there"),
            ({"amount": Money(90_000, "UAH")}, "other_amount"),
            ({"amount": Money(100_000, "USD")}, "other_currency"),
            ({"outcome": Outcome.PENDING}, "other_outcome"),
            ({"outcome": Outcome.FAILED}, "other_outcome"),
        ],
    )
    def test_told_otherwise(
        self, fake: tuple[Shop, FakeGateway], changed: dict[str, object], difference: str | None
    ) -> None:
        """What was told to us otherwise than it is listed."""
        shop, gateway = fake
        gateway.pays(shop.link())
        told(shop, gateway, **changed)

        found = [one for one in shop.orders.reconcile("fake", DAY).disagreements if one.there is not None]

        assert [one.difference for one in found] == ([] if difference is None else [difference])

    def test_here_and_not_there(self, fake: tuple[Shop, FakeGateway]) -> None:
        """What nobody at the gateway knows: it was never paid there."""
        shop, gateway = fake
        gateway.pays(shop.link())
        told(shop, gateway)
        gateway._facts.clear()

        (one,) = shop.orders.reconcile("fake", DAY).disagreements

        assert (one.difference, one.there, one.here is not None and one.here.number) == ("only_here", None, 1)

    def test_for_another_payment(self, fake: tuple[Shop, FakeGateway]) -> None:
        """A reference that is counted for another payment than the one it was paid for."""
        shop, gateway = fake
        other = shop.owes(shop.id, "1000.00", gateway="fake")
        gateway.pays(shop.link())
        told(shop, gateway, payment=other)

        assert [one.difference for one in shop.orders.reconcile("fake", DAY).disagreements] == ["other_payment"]

    def test_that_is_counted_nowhere(self, fake: tuple[Shop, FakeGateway]) -> None:
        """Money of another amount than was asked for waits for a person, who is reminded of it."""
        shop, gateway = fake
        gateway.pays(shop.link())
        (fact,) = gateway.moved
        gateway._facts[fact.reference] = attrs.evolve(fact, amount=Money(90_000, "UAH"))
        told(shop, gateway)

        assert [one.difference for one in shop.orders.reconcile("fake", DAY).disagreements] == ["not_counted"]

    def test_a_gateway_that_cannot_list(self) -> None:
        """It is refused by name, and one that is not connected, too."""
        shop = Shop("fake", FakeGateway(FrozenClock(), capabilities=Capabilities()))

        for name, code in (("fake", "gateway.cannot_list"), ("other", "gateway.unavailable")):
            with pytest.raises(Refused) as refused:
                shop.orders.reconcile(name, DAY)
            assert refused.value.code == code

    def test_the_awaited_fake(self) -> None:
        """The awaited fake lists the same facts as the blocking one."""
        clock = FrozenClock()
        gateway = FakeGateway(clock)
        gateway.pays(gateway.make_link(LinkRequest(payment="o.1", amount=Money(1, "UAH"), number=1, contact="c")).url)
        day = local("2026-11-01 00:00"), local("2026-11-02 00:00")

        assert asyncio.run(AsyncFakeGateway(gateway).list_facts(*day)) == gateway.list_facts(*day)
        assert [one.reference for one in gateway.list_facts(*day).facts] == [one.reference for one in gateway.moved]


class TestTold:
    """N3: the report as people read it."""

    @pytest.mark.parametrize("locale", LOCALES)
    def test_in_every_language(self, fake: tuple[Shop, FakeGateway], locale: str) -> None:
        """A heading, and a line for each difference, with what it takes to find it."""
        shop, gateway = fake
        gateway.pays(shop.link())
        told(shop, gateway, amount=Money(90_000, "UAH"))

        head, line = Texts(locale, timezone="Europe/Kyiv").reconciled(shop.orders.reconcile("fake", DAY))  # type: ignore[arg-type]

        assert head.startswith("fake, ")
        assert gateway.moved[0].reference in line
        assert "{" not in head + line

    def test_in_english(self, fake: tuple[Shop, FakeGateway]) -> None:
        """Both amounts, and the number of the order."""
        shop, gateway = fake
        gateway.pays(shop.link())
        told(shop, gateway, amount=Money(90_000, "UAH"))
        reference = gateway.moved[0].reference

        assert Texts("en", timezone="Europe/Kyiv").reconciled(shop.orders.reconcile("fake", DAY)) == [
            "fake, 1 November 2026: 1 compared, 1 disagree",
            f"Payment {reference}, order 1: UAH\xa01,000.00 at the gateway, UAH\xa0900.00 in the order",
        ]


class TestCommandLine:
    """`kwiga-orders reconcile` tells it in the host's own folder, on its own database."""

    def test_yesterday(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """As text, exit code 1, and as JSON; the same for a day on which nothing happened, 0; a day that is none, 2."""
        (tmp_path / "school_to_reconcile.py").write_text(HOST, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        asked = ["reconcile", "sqlite:///school.db", "--host", "school_to_reconcile:hosted", "--gateway", "fake"]

        def told(*more: str) -> tuple[int, str]:
            code = main([*asked, *more])
            shown = capsys.readouterr()
            return code, shown.out + shown.err

        assert told("--locale", "en")[1].splitlines()[1:] == [
            "Payment fake-1, UAH\xa050.00: the gateway has it, the orders do not"
        ]
        code, document = told("--json")
        (row,) = json.loads(document)["disagreements"]
        assert (code, row["difference"], row["kind"], row["reference"]) == (1, "only_there", "attempt", "fake-1")
        assert (row["here"], row["there"]["amount"]) == (None, "50.00")
        assert told("--day", "2020-01-31") == (0, "fake, 31 січня 2020: звірено 0, розбіжностей 0\n")
        assert told("--day", "2020-01-32")[0] == 2


HOST = """
from datetime import timedelta

from kwiga_orders.adapters.memory import MemoryCourses, MemoryProgress
from kwiga_orders.adapters.system import RandomIds, SystemClock
from kwiga_orders.gateways import LinkRequest
from kwiga_orders.money import Money
from kwiga_orders.project import Project
from kwiga_orders.service import Orders
from kwiga_orders.testing.gateways import FakeGateway
from kwiga_orders.testing.school import FrozenClock, RecordingNotifier
from kwiga_orders.worker import Hosted


def hosted(store):
    store.save_project(Project(id="p", timezone="Europe/Kyiv", currency="UAH"))
    clock = SystemClock()
    gateway = FakeGateway(FrozenClock(clock.now() - timedelta(days=1)))
    link = LinkRequest(payment="o1.1", amount=Money(5000, "UAH"), number=1, contact="x")
    gateway.pays(gateway.make_link(link).url)
    orders = Orders(
        project="p", store=store, courses=MemoryCourses(), progress=MemoryProgress(), clock=clock, ids=RandomIds(),
        gateways={"fake": gateway},
    )
    return Hosted(orders=orders, notifier=RecordingNotifier())
"""
