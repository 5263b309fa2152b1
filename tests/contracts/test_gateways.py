"""The fake gateway keeps every condition of the port, blocking and awaited."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import attrs
import pytest

from kwiga_orders.errors import InvalidInput
from kwiga_orders.gateways import PaymentLink
from kwiga_orders.money import Money
from kwiga_orders.payments import Outcome
from kwiga_orders.ports import PaymentGateway
from kwiga_orders.testing.blocking import BlockingGateway
from kwiga_orders.testing.gateway_contract import GatewayBench, PaymentGatewayContract
from kwiga_orders.testing.gateways import Answer, AsyncFakeGateway, Delivery, FakeGateway
from kwiga_orders.testing.school import FrozenClock


@attrs.define
class FakeBench:
    fake: FakeGateway
    gateway: PaymentGateway
    lost: Answer = Answer.IS_LOST
    currencies: Sequence[str] = ("UAH", "JPY", "KWD")

    def pays(self, link: PaymentLink, *, succeeds: bool, saves: bool) -> None:
        self.fake.pays(link.url, succeeds=succeeds, saves=saves)

    def called(self) -> Sequence[Delivery]:
        calls, self.fake.waiting = self.fake.waiting, []
        return tuple(calls)

    def takes_back(self, reference: str, amount: Money) -> None:
        self.fake.takes_back(reference, amount, kind="refund")

    def disputes(self, reference: str, amount: Money, *, won: bool) -> None:
        own = self.fake.takes_back(reference, amount)
        if won:
            self.fake.settles(own, Outcome.FAILED)

    def bounces(self, refund: str) -> None:
        self.fake.settles(refund, Outcome.FAILED)

    def lose_answer(self) -> None:
        self.fake.script(self.lost)

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        self.fake.is_down = True
        yield
        self.fake.is_down = False


class TestFakeGateway(PaymentGatewayContract):
    @contextmanager
    def open_bench(self) -> Iterator[GatewayBench]:
        fake = FakeGateway(FrozenClock())
        yield FakeBench(fake, fake)

    @pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"facts": [{}]}', b'{"facts": 1}', b"[" * 100_000])
    def test_signed_nonsense(self, body: bytes) -> None:
        """PaymentGateway 6: what is signed and still says nothing known is a fault of the document."""
        fake = FakeGateway(FrozenClock())
        signature = fake._signature(body)

        with pytest.raises(InvalidInput):
            fake.read_callback(body, {"x-fake-signature": signature})


class TestFakeGatewayWhoseLineBreaks(PaymentGatewayContract):
    @contextmanager
    def open_bench(self) -> Iterator[GatewayBench]:
        fake = FakeGateway(FrozenClock())
        yield FakeBench(fake, fake, Answer.BREAKS_AFTER)


class TestAsyncFakeGateway(PaymentGatewayContract):
    @contextmanager
    def open_bench(self) -> Iterator[GatewayBench]:
        fake = FakeGateway(FrozenClock())
        with asyncio.Runner() as runner:
            yield FakeBench(fake, BlockingGateway(AsyncFakeGateway(fake), runner))
