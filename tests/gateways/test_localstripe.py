"""A second opinion on Stripe: localstripe, a server that others wrote, which signs webhooks and moves (no) money.

It knows no Checkout, no disputes, and lists no payment intents by customer, so pages, states and charges of ours cannot
be tried there. Intents are made by Stripe's package with the parameters of our charges; webhooks and refunds are ours.
"""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import attrs
import pytest
import stripe

from kwiga_orders.adapters.gateways.stripe import Account, StripeGateway
from kwiga_orders.errors import Refused
from kwiga_orders.gateways import GatewayFact, RefundRequest
from kwiga_orders.money import Money
from kwiga_orders.payments import Outcome
from kwiga_orders.testing.local_server import Answered, Asked, LocalServer

pytest.importorskip("localstripe")

KEY, SECRET = "sk_test_12345", "whsec_of_localstripe"


@attrs.define
class Told:
    """Takes webhooks, and keeps those about payment intents."""

    webhooks: "Queue[Asked]" = attrs.field(factory=Queue)

    def answer(self, asked: Asked, /) -> Answered:
        if json.loads(asked.body)["type"].startswith("payment_intent."):
            self.webhooks.put(asked)
        return Answered()


@attrs.define
class Other:
    """A server of localstripe with a customer, our gateway to it, and what it told."""

    client: stripe.StripeClient
    gateway: StripeGateway
    told: Told

    def charges(self, number: str, attempt: str) -> str | None:
        """Charge a card as our gateway does; give the intent, None if the card is declined."""
        customer = self.client.v1.customers.create({})
        card = {"number": number, "exp_month": 12, "exp_year": 2099, "cvc": "123"}
        method = self.client.v1.payment_methods.create({"type": "card", "card": card})
        self.client.v1.payment_methods.attach(method.id, {"customer": customer.id})
        asked = {
            "amount": 10_050,
            "currency": "uah",
            "customer": customer.id,
            "payment_method": method.id,
            "off_session": True,
            "confirm": True,
            "metadata": {"payment": "o1.1", "attempt": attempt},
        }
        try:
            return str(self.client.v1.payment_intents.create(asked).id)  # type: ignore[arg-type, unused-ignore]
        except stripe.CardError:
            return None

    def hears(self) -> tuple[Asked, GatewayFact]:
        """Wait for a webhook, and read it."""
        asked = self.told.webhooks.get(timeout=20)
        (fact,) = self.gateway.read_callback(asked.body, asked.headers).facts
        return asked, fact


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Other]:
    told = Told()
    server = LocalServer(told)
    server.start()
    with served(tmp_path_factory.mktemp("localstripe")) as base:
        hook = json.dumps({"url": f"{server.url}/hook", "secret": SECRET}).encode()
        urllib.request.urlopen(f"{base}/_config/webhooks/ours", data=hook, timeout=20).close()
        client = stripe.StripeClient(KEY, base_addresses={"api": base}, max_network_retries=0)
        account = Account(api_key=KEY, webhook_secrets=(SECRET,), api_base=base)
        yield Other(client, StripeGateway(account), told)
    server.stop()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve localstripe from a process of its own, which keeps what it knows in `folder`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert any(b"Running on" in line for line in process.stdout), "it did not start"
        yield f"http://127.0.0.1:{port}"
        process.kill()


def test_a_webhook_that_it_signed(other: Other) -> None:
    """What localstripe signs our gateway believes and reads: payment, key, reference, amount; changed, it does not."""
    intent = other.charges("4242424242424242", "o1.1.a1")

    asked, fact = other.hears()

    assert (fact.payment, fact.key, fact.reference) == ("o1.1", "o1.1.a1", intent)
    assert (fact.outcome, fact.amount) == (Outcome.SUCCEEDED, Money(10_050, "UAH"))
    with pytest.raises(Refused):
        other.gateway.read_callback(asked.body.replace(b"10050", b"10051"), asked.headers)


def test_a_card_that_is_declined(other: Other) -> None:
    """The webhook tells a failed attempt, with Stripe's reason."""
    assert other.charges("4000000000000341", "o1.1.a2") is None

    _, fact = other.hears()

    assert (fact.key, fact.outcome, fact.reason) == ("o1.1.a2", Outcome.FAILED, "card_declined")


def test_a_refund_happens_once(other: Other) -> None:
    """PaymentGateway 2: localstripe forgets idempotency keys, and still money goes back once: we look first."""
    intent = other.charges("4242424242424242", "o1.1.a3")
    other.hears()
    assert intent is not None
    asked = RefundRequest(key="o1.1.r1", payment="o1.1", reference=intent, amount=Money(2_500, "UAH"))

    first, second = other.gateway.refund(asked), other.gateway.refund(asked)

    assert (first.outcome, first.amount, first.reference) == (Outcome.SUCCEEDED, asked.amount, second.reference)
    assert len(other.client.v1.refunds.list({"payment_intent": intent}).data) == 1
