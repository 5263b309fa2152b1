"""Stripe keeps every condition of the port, blocking and awaited, against a server that speaks its protocol."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import attrs
import pytest
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st

from kwiga_orders.adapters.gateways.stripe import Account, AsyncStripeGateway, StripeGateway
from kwiga_orders.adapters.gateways.stripe.account import refuse_unless_signed
from kwiga_orders.adapters.gateways.stripe.currencies import from_stripe, to_stripe
from kwiga_orders.errors import InvalidInput, Refused
from kwiga_orders.gateways import GatewayFact, LinkRequest, PaymentLink, RefundRequest, StateRequest
from kwiga_orders.money import Money
from kwiga_orders.payments import Outcome
from kwiga_orders.ports import PaymentGateway
from kwiga_orders.testing.blocking import BlockingGateway
from kwiga_orders.testing.gateway_contract import GatewayBench, PaymentGatewayContract
from kwiga_orders.testing.school import FrozenClock
from kwiga_orders.testing.stripe_server import StripeSandbox
from tests.gateways.benches import SandboxBench


@attrs.define
class Bench(SandboxBench):
    sandbox: StripeSandbox
    gateway: PaymentGateway
    currencies: Sequence[str] = ("UAH", "JPY", "KWD", "ISK", "UGX")

    def pays(self, link: PaymentLink, *, succeeds: bool, saves: bool) -> None:
        self.sandbox.pays(link.url, succeeds=succeeds)

    def takes_back(self, reference: str, amount: Money) -> None:
        self.sandbox.takes_back(reference, to_stripe(amount))

    def disputes(self, reference: str, amount: Money, *, won: bool) -> None:
        dispute = self.sandbox.disputes(reference, to_stripe(amount))
        self.sandbox.withdraws(dispute)
        self.sandbox.decides(dispute, won=won)

    def bounces(self, refund: str) -> None:
        self.sandbox.bounces(refund)


@pytest.fixture
def sandbox() -> Iterator[StripeSandbox]:
    with StripeSandbox() as opened:
        yield opened


class TestContract(PaymentGatewayContract):
    @contextmanager
    def open_bench(self) -> Iterator[GatewayBench]:
        with StripeSandbox() as sandbox:
            yield Bench(sandbox, StripeGateway(sandbox.account()))


class TestAwaitedContract(PaymentGatewayContract):
    @contextmanager
    def open_bench(self) -> Iterator[GatewayBench]:
        with StripeSandbox() as sandbox, asyncio.Runner() as runner:
            yield Bench(sandbox, BlockingGateway(AsyncStripeGateway(sandbox.account()), runner))


def asked(minor: int = 10_050, currency: str = "UAH") -> LinkRequest:
    return LinkRequest(payment="o1.1", amount=Money(minor, currency), number=1042, contact="olena", attempt="o1.1.a1")


def facts(gateway: StripeGateway, sandbox: StripeSandbox) -> list[GatewayFact]:
    return [fact for told in sandbox.called() for fact in gateway.read_callback(told.body, told.headers).facts]


class TestSignatures:
    """Webhooks are verified as Stripe's own package does it, without it (docs.stripe.com/webhooks)."""

    @settings(max_examples=2000)
    @given(
        body=st.text(max_size=300),
        time=st.integers(-400, 400),
        signed_by=st.sampled_from(["whsec_a", "whsec_b", "whsec_other"]),
        spoiled=st.sampled_from(["", "t", "v1", "none", "order", "v0"]),
    )
    def test_as_stripe_s_own(self, body: str, time: int, signed_by: str, spoiled: str) -> None:
        """What we believe is what `construct_event` believes, by one secret or by either of two, now or long ago."""
        clock = FrozenClock()
        now = int(clock.now().timestamp())
        header = (
            StripeSandbox(clock=clock, secret=signed_by)
            .signed(body.encode(), at=now + time)
            .headers["Stripe-Signature"]
        )
        header = spoil(header, spoiled)
        account = Account(api_key="sk", webhook_secrets=("whsec_a", "whsec_b"), clock=clock)

        ours = believes(refuse_unless_signed, account, body.encode(), header)
        theirs = any(believes(stripes_own, body, header, secret, now) for secret in account.webhook_secrets)

        assert ours is theirs

    def test_an_old_webhook_is_not_played_again(self) -> None:
        """A webhook that was caught on its way is worth nothing after five minutes."""
        clock = FrozenClock()
        sandbox = StripeSandbox(clock=clock)
        told = sandbox.signed(b'{"type": "ping"}')
        gateway = StripeGateway(sandbox.account())

        assert gateway.read_callback(told.body, told.headers).facts == ()
        clock.set(clock.now() + timedelta(minutes=6))
        with pytest.raises(Refused):
            gateway.read_callback(told.body, told.headers)

    def test_secrets_rotate(self, sandbox: StripeSandbox) -> None:
        """While a secret is replaced, what the old and the new one signed is believed."""
        told = sandbox.signed(b'{"type": "ping"}')

        assert StripeGateway(sandbox.account(secrets=("whsec_new",))).read_callback(told.body, told.headers).facts == ()

    def test_secrets_are_never_shown(self) -> None:
        """Neither the key nor a secret stands in what is shown of an account or of a gateway."""
        account = Account(api_key="sk_planted", webhook_secrets=("whsec_planted",))

        assert "planted" not in repr(account) + repr(StripeGateway(account)) + str(account)

    def test_stripe_s_package_is_not_needed(self) -> None:
        """A webhook is read without Stripe's package, which takes a third of a second to import."""
        code = (
            "import sys; from kwiga_orders.adapters.gateways.stripe import Account, StripeGateway; "
            "from kwiga_orders.testing.stripe_server import StripeSandbox; s = StripeSandbox(); "
            't = s.signed(b\'{"type": "ping"}\'); StripeGateway(s.account()).read_callback(t.body, t.headers); '
            "print('stripe' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

        assert done.stdout.strip() == "False"


def spoil(header: str, how: str) -> str:
    time, one, _ = header.split(",")
    return {
        "t": header.replace("t=", "t=9"),
        "v1": header.replace("v1=", "v1=0"),
        "none": "",
        "order": f"{one},{time}",
        "v0": header.replace("v1=", "v0="),
    }.get(how, header)


def stripes_own(body: str, header: str, secret: str, now: int) -> None:
    """Verify a webhook by Stripe's package; its clock is the machine's, so the time is looked at here."""
    stripe.WebhookSignature.verify_header(body, header, secret, tolerance=None)
    if abs(now - int(header.partition("t=")[2].partition(",")[0])) > 300:
        raise stripe.SignatureVerificationError("too old", header)


def believes(verify: Callable[..., None], *given: object) -> bool:
    try:
        verify(*given)
    except (Refused, stripe.SignatureVerificationError):
        return False
    return True


class TestAmounts:
    """Money goes in Stripe's own units (docs.stripe.com/currencies)."""

    @pytest.mark.parametrize(
        ("amount", "currency", "units"),
        [
            ("10.50", "UAH", 1050),
            ("1050", "JPY", 1050),
            ("1.230", "KWD", 1230),
            ("105", "ISK", 10500),
            ("105", "UGX", 10500),
            ("105.00", "MGA", 105),
        ],
    )
    def test_its_table(self, amount: str, currency: str, units: int) -> None:
        """Decimals are those of Stripe's table, there and back."""
        money = Money.of(amount, currency)

        assert to_stripe(money) == units
        assert from_stripe(units, currency.lower()) == money

    @pytest.mark.parametrize(("amount", "currency"), [("1.234", "KWD"), ("105.50", "MGA")])
    def test_what_it_cannot_take(self, amount: str, currency: str) -> None:
        """An amount that Stripe cannot take exactly is refused, never rounded."""
        with pytest.raises(Refused) as refused:
            to_stripe(Money.of(amount, currency))
        assert refused.value.code == "money.too_precise"


class TestLifeOfMoney:
    def test_a_refund_that_bounces(self, sandbox: StripeSandbox) -> None:
        """P10: a refund that was done comes back: the last word is that it failed."""
        gateway = StripeGateway(sandbox.account())
        intent = sandbox.pays(gateway.make_link(asked()).url)
        request = RefundRequest(key="o1.1.r1", payment="o1.1", reference=intent, amount=Money(500, "UAH"))
        done = gateway.refund(request)
        sandbox.called()

        sandbox.bounces(done.reference)
        (bounced,) = facts(gateway, sandbox)

        assert (bounced.reference, bounced.outcome, bounced.key) == (done.reference, Outcome.FAILED, "o1.1.r1")

    def test_a_dispute_lost_and_one_won(self, sandbox: StripeSandbox) -> None:
        """P10: a dispute is pending when opened, done when the money is taken, failed when it is won."""
        gateway = StripeGateway(sandbox.account())
        intent = sandbox.pays(gateway.make_link(asked()).url)
        sandbox.called()
        for won, ends in ((False, [Outcome.SUCCEEDED]), (True, [Outcome.FAILED, Outcome.FAILED])):
            dispute = sandbox.disputes(intent, 1000)
            sandbox.withdraws(dispute)
            sandbox.decides(dispute, won=won)

            told = facts(gateway, sandbox)

            assert [fact.outcome for fact in told] == [Outcome.PENDING, Outcome.SUCCEEDED, *ends]
            assert {(fact.kind, fact.reference, fact.of) for fact in told} == {("chargeback", dispute, intent)}

    def test_money_given_back_at_the_desk(self, sandbox: StripeSandbox) -> None:
        """P9: a refund that Stripe's desk made names no payment of ours, but the attempt that the money came by."""
        gateway = StripeGateway(sandbox.account())
        intent = sandbox.pays(gateway.make_link(asked()).url)
        sandbox.called()

        sandbox.takes_back(intent, 1000)
        (told,) = facts(gateway, sandbox)
        known = gateway.state_of(StateRequest(payment="o1.1", amount=Money(10_050, "UAH"), references=(intent,)))

        assert (told.payment, told.of, told.amount) == ("", intent, Money(1000, "UAH"))
        assert [fact.reference for fact in known] == [intent, told.reference]

    def test_a_link_is_made_once(self, sandbox: StripeSandbox) -> None:
        """P3: asked again for the same, it is the same page; an edited amount is another one."""
        gateway = StripeGateway(sandbox.account())

        first, again, edited = (gateway.make_link(asked(minor)).url for minor in (10_050, 10_050, 5_000))

        assert first == again != edited


class TestForeignBytes:
    @given(st.binary(max_size=400), st.text(max_size=100))
    def test_nothing_but_the_error_family(self, body: bytes, header: str) -> None:
        """Whatever is posted, it is refused; no other error escapes."""
        gateway = StripeGateway(Account(api_key="sk", webhook_secrets=("whsec",)))

        with pytest.raises(Refused) as refused:
            gateway.read_callback(body, {"Stripe-Signature": header})
        assert refused.value.code == "callback.not_verified"

    @given(
        kind=st.sampled_from(["payment_intent.succeeded", "refund.updated", "charge.dispute.closed", "ping"]),
        thing=st.dictionaries(
            st.sampled_from(["id", "status", "amount", "amount_received", "currency", "metadata", "payment_intent"]),
            st.one_of(st.none(), st.text(max_size=9), st.integers(), st.sampled_from(["succeeded", "uah", "lost"])),
        ),
    )
    def test_signed_nonsense(self, kind: str, thing: dict[str, object]) -> None:
        """What is signed and says nothing known is a fault of the document, or no fact at all."""
        sandbox = StripeSandbox()
        sandbox.calls(kind, thing)  # type: ignore[arg-type]
        (told,) = sandbox.called()
        gateway = StripeGateway(sandbox.account())
        try:
            found = gateway.read_callback(told.body, told.headers).facts
        except InvalidInput:
            found = ()

        assert len(found) <= 1
