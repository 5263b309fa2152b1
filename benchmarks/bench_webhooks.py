"""A callback of a gateway: its signature is verified, its body parsed, what it tells is made facts.

Measured is the fake gateway of `kwiga_orders.testing`, whose callbacks are signed and read as those of real ones: ours
is what a host writes around hmac and json, with the facts that the port asks for. The floor is hmac and json alone.
"""

import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import find_spec

from benchmarks.table import Work, looping
from kwiga_orders.gateways import GatewayFact
from kwiga_orders.money import Money
from kwiga_orders.payments import Outcome
from kwiga_orders.testing.gateways import FakeGateway
from kwiga_orders.testing.school import FrozenClock

__all__ = ["works"]

_AT = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
_SECRET = b"whsec_of_the_benchmarks"


def works() -> list[Work]:
    """One callback with one fact."""
    gateway = FakeGateway(FrozenClock(_AT), secret=_SECRET)
    fact = GatewayFact(
        payment="q7Xc0aLr2VnB8sTzK4mYdw.1",
        reference="pi_3Q2",
        outcome=Outcome.SUCCEEDED,
        amount=Money(200_000, "UAH"),
        occurred_at=_AT,
    )
    signed = gateway.signed(fact)
    assert gateway.read_callback(signed.body, signed.headers).facts == (fact,)
    signature = signed.headers["X-Fake-Signature"]

    def floor() -> object:
        assert hmac.compare_digest(hmac.new(_SECRET, signed.body, "sha256").hexdigest(), signature)
        return json.loads(signed.body)

    peers = {"stripe.Webhook.construct_event": (looping(by_stripe()), 12.0)} if find_spec("stripe") else {}
    return [
        Work(
            topic="a callback of the fake gateway: verify, parse, recognise",
            ours=looping(lambda: gateway.read_callback(signed.body, signed.headers)),
            floor=looping(floor),
            goal=1.3,
            why="the body is short, so the floor is low; beyond it facts are made, with their money and instants.",
            peers=peers,
        )
    ]


def by_stripe() -> Callable[[], object]:
    """Read an event of about the same size as Stripe's own library does."""
    import stripe

    told = {"id": "pi_3Q2", "object": "payment_intent", "amount": 200_000, "currency": "uah", "status": "succeeded"}
    event = {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "data": {"object": told}}
    body = json.dumps(event)
    seconds = int(datetime.now(UTC).timestamp())
    signature = hmac.new(_SECRET, f"{seconds}.{body}".encode(), "sha256").hexdigest()
    header = f"t={seconds},v1={signature}"
    return lambda: stripe.Webhook.construct_event(body, header, _SECRET.decode(), tolerance=86_400)
