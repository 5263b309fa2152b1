"""LiqPay keeps every condition of the port, blocking and awaited, against a server that speaks its protocol."""

import asyncio
import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.adapters.gateways.keyless import first_pages, key_in, page_references, payment_in
from kwiga_orders.adapters.gateways.liqpay import AsyncLiqPay, LiqPay, Shop
from kwiga_orders.errors import InvalidInput, Refused
from kwiga_orders.gateways import LinkRequest, RefundRequest, StateRequest
from kwiga_orders.money import Money
from kwiga_orders.payments import Outcome
from kwiga_orders.testing.blocking import BlockingGateway
from kwiga_orders.testing.gateway_contract import GatewayBench, PaymentGatewayContract
from kwiga_orders.testing.liqpay_server import LiqPaySandbox
from tests.gateways.benches import KEYLESS, KeylessBench, link_request


@pytest.fixture
def sandbox() -> Iterator[LiqPaySandbox]:
    with LiqPaySandbox() as opened:
        yield opened


class TestContract(PaymentGatewayContract):
    lacks: ClassVar = KEYLESS

    @contextmanager
    def open_bench(self) -> Iterator[GatewayBench]:
        with LiqPaySandbox() as sandbox:
            yield KeylessBench(sandbox, LiqPay(sandbox.shop()))


class TestAwaitedContract(PaymentGatewayContract):
    lacks: ClassVar = KEYLESS

    @contextmanager
    def open_bench(self) -> Iterator[GatewayBench]:
        with LiqPaySandbox() as sandbox, asyncio.Runner() as runner:
            yield KeylessBench(sandbox, BlockingGateway(AsyncLiqPay(sandbox.shop()), runner))


def asked(minor: int = 10_050, *, attempt: str | None = None) -> LinkRequest:
    return attrs.evolve(link_request("Python: основи", minor, attempt), return_url="https://school.test/thanks")


class TestSignatures:
    def test_base64_of_sha1(self) -> None:
        """It is base64 of SHA-1 over key, data, key (liqpay.ua, callback); this is `openssl dgst -sha1` of `kdk`."""
        assert Shop(public_key="p", private_key="k").signature("d") == "NgrX/t/P+MQjXYbYN81bX5/vWOM="

    def test_numbers_keep_their_text(self, sandbox: LiqPaySandbox) -> None:
        """100.50 is read as 100.50 exactly, though LiqPay writes a JSON number."""
        gateway = LiqPay(sandbox.shop())
        sandbox.pays(gateway.make_link(asked()).url)
        (call,) = sandbox.called()
        data = base64.b64decode(parse_qs(call.body.decode())["data"][0])

        assert b'"amount":100.50' in data
        assert gateway.read_callback(call.body, {}).facts[0].amount == Money(10_050, "UAH")

    def test_another_shop_s_callback(self, sandbox: LiqPaySandbox) -> None:
        """What another key signed is not believed."""
        sandbox.pays(LiqPay(sandbox.shop()).make_link(asked()).url)
        (call,) = sandbox.called()

        with pytest.raises(Refused, match="callback"):
            LiqPay(attrs.evolve(sandbox.shop(), private_key="x")).read_callback(call.body, {})

    def test_the_key_is_never_shown(self) -> None:
        """The private key stands in nothing that is shown."""
        shop = Shop(public_key="i0", private_key="planted")

        assert "planted" not in repr(LiqPay(shop)) + str(shop)


class TestPages:
    def test_what_the_page_is_told(self, sandbox: LiqPaySandbox) -> None:
        """Amount, what it is for, the language, where to return; the card is saved for a period only."""
        gateway = LiqPay(sandbox.shop(callback_url="https://school.test/liqpay"))

        plain, saving = (gateway.make_link(attrs.evolve(asked(), saves=saves)).url for saves in (False, True))
        told = self.told(plain)

        assert (told["amount"], told["currency"], told["order_id"]) == ("100.50", "UAH", "o1.1~10050")
        assert told["description"] == "Python: основи (1042)"
        assert (told["result_url"], told["server_url"], told["language"]) == (
            "https://school.test/thanks",
            "https://school.test/liqpay",
            "uk",
        )
        assert ("recurringbytoken" in told, "recurringbytoken" in self.told(saving)) == (False, True)

    def told(self, url: str) -> dict[str, str]:
        told: dict[str, str] = json.loads(base64.b64decode(parse_qs(urlsplit(url).query)["data"][0]))
        return told

    def test_a_reference_that_was_used_up(self, sandbox: LiqPaySandbox) -> None:
        """After a declined card the page is opened anew, and found again whatever callbacks were lost."""
        gateway = LiqPay(sandbox.shop())
        for succeeds in (False, True):
            sandbox.pays(gateway.make_link(asked()).url, succeeds=succeeds)

        known = gateway.state_of(StateRequest(payment="o1.1", amount=Money(10_050, "UAH")))

        assert [(fact.reference, fact.outcome.value) for fact in known] == [
            ("o1.1~10050", "failed"),
            ("o1.1~10050-2", "succeeded"),
        ]

    def test_the_key_of_an_attempt_comes_back(self, sandbox: LiqPaySandbox) -> None:
        """P4: a link of an attempt tells in its facts which attempt it was, also when it was opened anew."""
        gateway = LiqPay(sandbox.shop())
        for succeeds in (False, True):
            sandbox.pays(gateway.make_link(asked(attempt="o1.1.a3")).url, succeeds=succeeds)

        facts = [gateway.read_callback(call.body, {}).facts[0] for call in sandbox.called()]

        assert {fact.key for fact in facts} == {"o1.1.a3"}


class TestReferences:
    """A reference says what it is for, whatever the host's ids look like."""

    @pytest.mark.parametrize("payment", ["o1.1", "order~2.1", "~a1.2", "a~r5.3", "x-2.1"])
    def test_there_and_back(self, payment: str) -> None:
        """The payment and our key are read back, from a page opened anew, too; a refund's reference is no attempt's."""
        request = attrs.evolve(asked(100), payment=payment)
        pages = list(page_references(request))
        tried = next(page_references(attrs.evolve(request, attempt=f"{payment}.a7")))

        assert {payment_in(one) for one in (*pages, tried)} == {payment}
        assert (key_in(pages[1]), key_in(tried)) == (None, f"{payment}.a7")
        known = (pages[2], tried, f"{pages[0]}~r5")
        assert first_pages(StateRequest(payment=payment, amount=Money(100, "UAH"), references=known)) == (
            pages[0],
            tried,
        )

    @pytest.mark.parametrize("reference", ["", "~", "o1.1", "o1~5", "o1.1~", "o1.1~x5", "INV-1", "o1.1~5~r5"])
    def test_of_somebody_else(self, reference: str) -> None:
        """What the library did not make is nobody's."""
        assert (payment_in(reference), key_in(reference)) == (None, None)


class TestStates:
    def test_money_given_back_at_liqpay_s_desk(self, sandbox: LiqPaySandbox) -> None:
        """P9: a callback about a refund makes us ask, and the state tells each refund beside those that are known."""
        gateway = LiqPay(sandbox.shop())
        reference = sandbox.pays(gateway.make_link(asked(10_000)).url)
        request = RefundRequest(key="o1.1.r1", payment="o1.1", reference=reference, amount=Money(2_500, "UAH"))
        first = gateway.refund(request)
        sandbox.called()
        sandbox.takes_back(reference, 7_500)

        callback = gateway.read_callback(sandbox.called()[0].body, {})
        known = gateway.state_of(
            StateRequest(payment="o1.1", amount=Money(10_000, "UAH"), references=(reference, first.reference))
        )

        assert callback.ask == ("o1.1",)
        assert [(fact.kind, fact.amount) for fact in known] == [
            ("attempt", Money(10_000, "UAH")),
            ("refund", Money(2_500, "UAH")),
            ("refund", Money(7_500, "UAH")),
        ]

    @pytest.mark.parametrize(
        ("word", "outcome"),
        [
            ("wait_accept", Outcome.PENDING),
            ("3ds_verify", Outcome.PENDING),
            ("reversed", Outcome.SUCCEEDED),
            ("error", Outcome.FAILED),
            ("prepared", None),
            ("sandbox", None),
            ("a word of tomorrow", None),
        ],
    )
    def test_status_words(self, sandbox: LiqPaySandbox, word: str, outcome: Outcome | None) -> None:
        """PaymentGateway 3: each word says what is certain; a word that is not known says nothing."""
        told = {"order_id": "o1.1~100", "status": word, "amount": "1.00", "currency": "UAH"}
        call = sandbox.signed(json.dumps(told).encode())

        facts = LiqPay(sandbox.shop()).read_callback(call.body, {}).facts

        assert [fact.outcome for fact in facts] == ([] if outcome is None else [outcome])


class TestForeignBytes:
    @given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
    def test_nothing_but_the_error_family(self, body: bytes) -> None:
        """Whatever is posted, it is refused; no other error escapes."""
        with pytest.raises(Refused) as refused:
            LiqPay(Shop(public_key="p", private_key="k")).read_callback(body, {})
        assert refused.value.code == "callback.not_verified"

    @given(
        st.dictionaries(
            st.sampled_from(["order_id", "status", "amount", "currency", "refund_amount", "end_date", "card_token"]),
            st.one_of(
                st.none(),
                st.text(max_size=20),
                st.integers(),
                st.floats(),
                st.sampled_from(["o1.1~100", "success", "reversed", "UAH", "1.00"]),
            ),
        )
        | st.text()
        | st.just([[]])
    )
    def test_signed_nonsense(self, told: object) -> None:
        """What is signed and says nothing known is a fault of the document, or no fact at all."""
        shop = Shop(public_key="p", private_key="k")
        data = base64.b64encode(json.dumps(told).encode()).decode()
        body = urlencode({"data": data, "signature": shop.signature(data)}).encode()
        try:
            found = LiqPay(shop).read_callback(body, {}).facts
        except InvalidInput:
            found = ()

        assert len(found) <= 1
