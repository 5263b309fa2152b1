"""WayForPay keeps every condition of the port, blocking and awaited, against a server that speaks its protocol."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.adapters.gateways.wayforpay import AsyncWayForPay, Merchant, WayForPay
from kwiga_orders.errors import AdapterFailed, InvalidInput, Refused
from kwiga_orders.gateways import LinkRequest, Payer, RefundRequest, StateRequest
from kwiga_orders.money import Money
from kwiga_orders.payments import Outcome
from kwiga_orders.testing.blocking import BlockingGateway
from kwiga_orders.testing.gateway_contract import GatewayBench, PaymentGatewayContract
from kwiga_orders.testing.wayforpay_server import WayForPaySandbox
from tests.gateways.benches import KEYLESS, KeylessBench, link_request

OFFICIAL = Merchant(account="test_merch_n1", secret="flk3409refn54t54t*FNJRET", domain="www.market.ua")
"""The public test merchant of WayForPay's documentation."""


@pytest.fixture
def sandbox() -> Iterator[WayForPaySandbox]:
    with WayForPaySandbox() as opened:
        yield opened


class TestContract(PaymentGatewayContract):
    lacks: ClassVar = KEYLESS

    @contextmanager
    def open_bench(self) -> Iterator[GatewayBench]:
        with WayForPaySandbox() as sandbox:
            yield KeylessBench(sandbox, WayForPay(sandbox.merchant()))


class TestAwaitedContract(PaymentGatewayContract):
    lacks: ClassVar = KEYLESS

    @contextmanager
    def open_bench(self) -> Iterator[GatewayBench]:
        with WayForPaySandbox() as sandbox, asyncio.Runner() as runner:
            yield KeylessBench(sandbox, BlockingGateway(AsyncWayForPay(sandbox.merchant()), runner))


def asked(minor: int = 10_050, *, attempt: str | None = None) -> LinkRequest:
    payer = Payer(name="Олена Коваль", email="olena@example.com", phone="+380671234567", locale="uk")
    return attrs.evolve(link_request("Python; основи", minor, attempt), payer=payer)


class TestSignatures:
    def test_the_documentation(self) -> None:
        """The signature is that of WayForPay's own example (Remove invoice)."""
        assert OFFICIAL.signature("test_merch_n1", "INV-1479196343") == "bc54562dc1fa928b52fd3eb0e4d36937"

    def test_numbers_are_signed_as_they_were_written(self, sandbox: WayForPaySandbox) -> None:
        """100.50 is signed as `100.50`: read as a number it would be 100.5, and the signature would not fit."""
        gateway = WayForPay(sandbox.merchant())
        sandbox.pays(gateway.make_link(asked()).url)
        (told,) = sandbox.called()

        assert b'"amount":100.50' in told.body
        assert gateway.read_callback(told.body, {}).facts[0].amount == Money(10_050, "UAH")

    def test_the_answer_is_signed(self, sandbox: WayForPaySandbox) -> None:
        """WayForPay sends a callback again until it gets `accept`, signed over reference, word and time."""
        merchant = sandbox.merchant()
        gateway = WayForPay(merchant)
        sandbox.pays(gateway.make_link(asked()).url)
        answer = json.loads(gateway.read_callback(sandbox.called()[0].body, {}).body)

        assert answer["signature"] == merchant.signature(answer["orderReference"], "accept", str(answer["time"]))
        assert answer["status"] == "accept"

    def test_another_school_s_callback(self, sandbox: WayForPaySandbox) -> None:
        """What another account's secret signed is not believed, nor what ours signed for another account."""
        sandbox.pays(WayForPay(sandbox.merchant()).make_link(asked()).url)
        (told,) = sandbox.called()
        others = [attrs.evolve(sandbox.merchant(), secret="x"), attrs.evolve(sandbox.merchant(), account="other")]

        for merchant in others:
            with pytest.raises(Refused) as refused:
                WayForPay(merchant).read_callback(told.body, {})
            assert refused.value.code == "callback.not_verified"

    def test_secrets_are_never_shown(self) -> None:
        """Neither the secret nor the password stands in what is shown of a merchant or of a gateway."""
        merchant = attrs.evolve(OFFICIAL, password="planted password")

        assert "flk3409" not in repr(WayForPay(merchant)) + str(merchant)
        assert "planted" not in repr(WayForPay(merchant)) + str(merchant)


class TestPages:
    def test_an_edited_amount_is_another_page(self, sandbox: WayForPaySandbox) -> None:
        """P3: a link is for one amount; what is paid by the old one tells the old amount."""
        gateway = WayForPay(sandbox.merchant())
        old, new = gateway.make_link(asked(10_000)), gateway.make_link(asked(5_000))

        sandbox.pays(old.url)
        facts = gateway.read_callback(sandbox.called()[0].body, {}).facts

        assert old.url != new.url
        assert [(fact.payment, fact.amount) for fact in facts] == [("o1.1", Money(10_000, "UAH"))]

    def test_a_reference_that_was_used_up(self, sandbox: WayForPaySandbox) -> None:
        """After a declined card the page is opened anew, under another reference of the same payment."""
        gateway = WayForPay(sandbox.merchant())
        first = gateway.make_link(asked())
        sandbox.pays(first.url, succeeds=False)

        second = gateway.make_link(asked())
        sandbox.pays(second.url)
        facts = [gateway.read_callback(told.body, {}).facts[0] for told in sandbox.called()]

        assert first.url != second.url
        assert [(fact.payment, fact.outcome) for fact in facts] == [
            ("o1.1", Outcome.FAILED),
            ("o1.1", Outcome.SUCCEEDED),
        ]

    def test_the_key_of_an_attempt_comes_back(self, sandbox: WayForPaySandbox) -> None:
        """P4: a link of an attempt tells in its facts which attempt it was."""
        gateway = WayForPay(sandbox.merchant())
        sandbox.pays(gateway.make_link(asked(attempt="o1.1.a3")).url)

        (fact,) = gateway.read_callback(sandbox.called()[0].body, {}).facts
        (known,) = gateway.state_of(StateRequest(payment="o1.1", amount=Money(10_050, "UAH"), keys=("o1.1.a3",)))

        assert fact.key == known.key == "o1.1.a3"


class TestStates:
    def test_money_given_back_at_the_gateway_s_desk(self, sandbox: WayForPaySandbox) -> None:
        """P9: a callback about a refund makes us ask, and the state tells each refund beside those that are known."""
        gateway = WayForPay(sandbox.merchant())
        reference = sandbox.pays(gateway.make_link(asked(10_000)).url)
        request = RefundRequest(key="o1.1.r1", payment="o1.1", reference=reference, amount=Money(2_500, "UAH"))
        first = gateway.refund(request)
        sandbox.called()
        sandbox.takes_back(reference, 1_000)

        callback = gateway.read_callback(sandbox.called()[0].body, {})
        known = gateway.state_of(
            StateRequest(payment="o1.1", amount=Money(10_000, "UAH"), references=(reference, first.reference))
        )

        assert callback.ask == ("o1.1",)
        assert [(fact.kind, fact.amount) for fact in known] == [
            ("attempt", Money(10_000, "UAH")),
            ("refund", Money(2_500, "UAH")),
            ("refund", Money(1_000, "UAH")),
        ]

    def test_a_page_opened_anew_is_found(self, sandbox: WayForPaySandbox) -> None:
        """P4: whatever callbacks were lost, asking finds the declined card and the money that came on the next page."""
        gateway = WayForPay(sandbox.merchant())
        for succeeds in (False, False, True):
            sandbox.pays(gateway.make_link(asked()).url, succeeds=succeeds)

        known = gateway.state_of(StateRequest(payment="o1.1", amount=Money(10_050, "UAH")))
        again = gateway.state_of(
            StateRequest(payment="o1.1", amount=Money(10_050, "UAH"), references=tuple(one.reference for one in known))
        )

        assert [fact.outcome.value for fact in known] == ["failed", "failed", "succeeded"]
        assert again == known

    def test_a_pending_payment_is_not_paid(self, sandbox: WayForPaySandbox) -> None:
        """PaymentGateway 3: held or checked money is pending, whatever follows."""
        gateway = WayForPay(sandbox.merchant())
        link = gateway.make_link(asked())
        reference = sandbox.pays(link.url)
        for word in ("Pending", "InProcessing", "WaitingAuthComplete"):
            sandbox._paid[reference].status = word
            (known,) = gateway.state_of(StateRequest(payment="o1.1", amount=link.amount, references=(reference,)))
            assert known.outcome is Outcome.PENDING


class TestRegularPayments:
    def test_suspended_and_removed(self, sandbox: WayForPaySandbox) -> None:
        """A regular payment of WayForPay's own is suspended, resumed and removed by the account's password."""
        gateway = WayForPay(sandbox.merchant())

        assert [gateway.regular(kind, "o1.1~100").status for kind in ("STATUS", "SUSPEND", "RESUME", "REMOVE")] == [
            "Active",
            "Suspended",
            "Active",
            "Removed",
        ]

    def test_a_wrong_password(self, sandbox: WayForPaySandbox) -> None:
        """It is refused with WayForPay's code, and the password is not told."""
        gateway = WayForPay(attrs.evolve(sandbox.merchant(), password="planted"))

        with pytest.raises(AdapterFailed) as failed:
            gateway.regular("STATUS", "o1.1~100")

        assert failed.value.details["reason"] == "4101"
        assert "planted" not in str(failed.value)


class TestForeignBytes:
    @given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode) | st.just(b"[" * 100_000))
    def test_nothing_but_the_error_family(self, body: bytes) -> None:
        """Whatever is posted, a callback is read or refused; no other error escapes."""
        with pytest.raises(Refused) as refused:
            WayForPay(OFFICIAL).read_callback(body, {})

        assert refused.value.code == "callback.not_verified"

    @given(
        st.dictionaries(
            st.sampled_from(["orderReference", "amount", "currency", "transactionStatus", "reasonCode", "recToken"]),
            st.one_of(
                st.text(max_size=30),
                st.integers(),
                st.floats(),
                st.none(),
                st.sampled_from(["Approved", "Refunded", "UAH", "1.234", "1e9", "o1.1~a1", "o1.1~r5"]),
            ),
        )
    )
    def test_signed_nonsense(self, told: dict[str, object]) -> None:
        """What is signed and says nothing known is a fault of the document, or no fact at all."""
        body = json.loads(json.dumps(told), parse_float=str, parse_int=str)
        names = ("orderReference", "amount", "currency", "authCode", "cardPan", "transactionStatus", "reasonCode")
        texts = [value if isinstance(value := body.get(name), str) else "" for name in names]
        told = {
            **told,
            "merchantAccount": OFFICIAL.account,
            "merchantSignature": OFFICIAL.signature(OFFICIAL.account, *texts),
        }
        try:
            facts = len(WayForPay(OFFICIAL).read_callback(json.dumps(told).encode(), {}).facts)
        except (InvalidInput, Refused):
            facts = 0

        assert facts <= 1
