"""Webhooks out: signed as Standard Webhooks says, to where a school asked for them and nowhere else."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from kwiga_orders.adapters.webhooks import AsyncWebhookNotifier, Endpoint, WebhookNotifier
from kwiga_orders.changes import OutboxRow
from kwiga_orders.errors import AdapterFailed, KwigaOrdersError
from kwiga_orders.testing.local_server import Answered, Asked, LocalServer

SECRET, NEXT = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


class Receiver:
    """A school's own system: keeps what it is told, and answers as it likes."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.asked: list[Asked] = []
        self.server = LocalServer(self)

    def answer(self, asked: Asked, /) -> Answered:
        self.asked.append(asked)
        return Answered(status=self.status)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.server.start()
    yield receiver
    receiver.server.stop()


def row(name: str = "payment.paid", kind: str = "event") -> OutboxRow:
    return OutboxRow(
        id="o1:00000002:0001",
        kind=kind,  # type: ignore[arg-type]
        name=name,
        order="o1",
        contact="olena",
        at=datetime(2026, 11, 1, 8, tzinfo=UTC),
        key="o1:payment.paid:2:1",
        data={"payment": "o1.1", "title": "Курс"},
    )


def endpoint(receiver: Receiver, **fields: object) -> Endpoint:
    return Endpoint(url=f"{receiver.server.url}/hook", **{"secrets": (SECRET,), "allows_private": True, **fields})  # type: ignore[arg-type]


class TestN4:
    """N4: an event tells what happened, with its data."""

    def test_the_receiver_can_verify_it(self, receiver: Receiver) -> None:
        """What arrives is verified by the library of the specification, and says what happened."""
        WebhookNotifier(lambda _: [endpoint(receiver)]).notify("school", row())

        (asked,) = receiver.asked
        assert Webhook(SECRET).verify(asked.body, dict(asked.headers)) == json.loads(asked.body)
        assert json.loads(asked.body) == {
            "id": "o1:00000002:0001",
            "type": "payment.paid",
            "timestamp": "2026-11-01T08:00:00+00:00",
            "data": {"order": "o1", "contact": "olena", "payment": "o1.1", "title": "Курс"},
        }

    def test_awaited(self, receiver: Receiver) -> None:
        """The awaited notifier posts the same."""
        WebhookNotifier(lambda _: [endpoint(receiver)]).notify("school", row())
        asyncio.run(AsyncWebhookNotifier(lambda _: [endpoint(receiver)]).notify("school", row()))

        first, second = receiver.asked
        assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])

    def test_secrets_rotate(self, receiver: Receiver) -> None:
        """While a secret is replaced, the old and the new one both verify it."""
        WebhookNotifier(lambda _: [endpoint(receiver, secrets=(NEXT, SECRET))]).notify("school", row())

        (asked,) = receiver.asked
        for secret in (SECRET, NEXT):
            assert Webhook(secret).verify(asked.body, dict(asked.headers))

    def test_only_what_was_asked_for(self, receiver: Receiver) -> None:
        """An endpoint gets the events it names; letters and calls of gateways never leave by it."""
        notifier = WebhookNotifier(lambda _: [endpoint(receiver, events=frozenset({"order.paid"}))])

        for one in (row("payment.paid"), row("access_granted", "letter"), row("charge", "gateway")):
            notifier.notify("school", one)
        assert receiver.asked == []
        notifier.notify("school", row("order.paid"))
        assert len(receiver.asked) == 1

    def test_one_that_fails_holds_up_no_other(self, receiver: Receiver) -> None:
        """The row counts as not handed on, and the others were told."""
        broken = Receiver(status=500)
        broken.server.start()
        notifier = WebhookNotifier(lambda _: [endpoint(broken), endpoint(receiver)])

        with pytest.raises(AdapterFailed) as failed:
            notifier.notify("school", row())
        broken.server.stop()

        assert (failed.value.code, failed.value.details["status"]) == ("webhook.failed", 500)
        assert len(receiver.asked) == 1

    def test_nobody_there(self, receiver: Receiver) -> None:
        """An endpoint that cannot be reached is an error of the family."""
        notifier = WebhookNotifier(lambda _: [endpoint(receiver)])
        receiver.server.stop()

        with pytest.raises(KwigaOrdersError):
            notifier.notify("school", row())

    def test_secrets_are_never_shown(self, receiver: Receiver) -> None:
        """Neither the endpoint nor an error shows a secret."""
        assert "whsec" not in repr(endpoint(receiver))


class TestAddresses:
    """A webhook goes to nobody inside one's own network by accident."""

    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1", "10.0.0.7", "172.16.3.4", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
            "::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "224.0.0.1",
        ],
    )  # fmt: skip
    def test_private(self, address: str) -> None:
        """Whatever name leads there, it is refused before anything is sent."""
        notifier = WebhookNotifier(
            lambda _: [Endpoint(url="https://crm.example/hook", secrets=(SECRET,))], resolve=lambda *_: (address,)
        )

        with pytest.raises(AdapterFailed) as refused:
            notifier.notify("school", row())
        assert refused.value.code == "webhook.address_refused"

    def test_one_private_address_is_enough(self) -> None:
        """A name with a public and a private address is refused: which one is used is not left to chance."""
        notifier = WebhookNotifier(
            lambda _: [Endpoint(url="https://crm.example/hook", secrets=(SECRET,))],
            resolve=lambda *_: ("93.184.216.34", "127.0.0.1"),
        )

        with pytest.raises(AdapterFailed):
            notifier.notify("school", row())

    def test_what_was_looked_at_is_connected_to(self, receiver: Receiver) -> None:
        """The name is not looked up again by whoever connects: between two look-ups it may lead elsewhere."""
        port = receiver.server.port
        target = Endpoint(url=f"http://crm.example:{port}/hook", secrets=(SECRET,), allows_private=True)

        WebhookNotifier(lambda _: [target], resolve=lambda *_: ("127.0.0.1",)).notify("school", row())

        (asked,) = receiver.asked
        assert asked.headers["host"] == f"crm.example:{port}"

    @pytest.mark.parametrize("url", ["ftp://crm.example/", "file:///etc/passwd", "https:///hook", "crm.example"])
    def test_only_http(self, url: str) -> None:
        """Other schemes, and URLs without a host, are refused."""
        with pytest.raises(AdapterFailed):
            WebhookNotifier(lambda _: [Endpoint(url=url, secrets=(SECRET,))]).notify("school", row())

    def test_redirects_are_not_followed(self, receiver: Receiver) -> None:
        """An answer that sends elsewhere is a failure: elsewhere nobody has looked at."""
        receiver.status = 302

        with pytest.raises(AdapterFailed) as failed:
            WebhookNotifier(lambda _: [endpoint(receiver)]).notify("school", row())
        assert failed.value.details["status"] == 302
        assert len(receiver.asked) == 1
