"""The benches on which the contract of gateways is tried: each drives a sandbox that speaks a gateway's protocol."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

import attrs

from kwiga_orders.gateways import LinkItem, LinkRequest, PaymentLink
from kwiga_orders.money import Money
from kwiga_orders.ports import PaymentGateway
from kwiga_orders.testing.gateways import Delivery
from kwiga_orders.testing.liqpay_server import LiqPaySandbox
from kwiga_orders.testing.local_server import GatewaySandbox
from kwiga_orders.testing.wayforpay_server import WayForPaySandbox

KEYLESS = {"disputes": "it tells of none", "bounces": "it tells of none"}
"""What gateways without keys lack."""


@attrs.define
class SandboxBench:
    """What a bench does with any sandbox."""

    sandbox: GatewaySandbox
    gateway: PaymentGateway
    currencies: Sequence[str] = ("UAH", "USD", "EUR")

    def called(self) -> Sequence[Delivery]:
        return tuple(self.sandbox.called())

    def lose_answer(self) -> None:
        self.sandbox.lose_answer()

    def unreachable(self) -> AbstractContextManager[None]:
        return self.sandbox.unreachable()


@attrs.define
class KeylessBench(SandboxBench):
    """A bench for a gateway without idempotency keys, which tells of no disputes, and of no refunds that bounce."""

    sandbox: LiqPaySandbox | WayForPaySandbox
    gateway: PaymentGateway
    currencies: Sequence[str] = ("UAH", "USD", "EUR")

    def pays(self, link: PaymentLink, *, succeeds: bool, saves: bool) -> None:
        self.sandbox.pays(link.url, succeeds=succeeds, saves=saves)

    def takes_back(self, reference: str, amount: Money) -> None:
        self.sandbox.takes_back(reference, amount.minor)

    def disputes(self, reference: str, amount: Money, *, won: bool) -> None:
        raise NotImplementedError

    def bounces(self, refund: str) -> None:
        raise NotImplementedError


def link_request(title: str, minor: int, attempt: str | None) -> LinkRequest:
    """Give a request for a page on which Olena pays for one thing."""
    return LinkRequest(
        payment="o1.1",
        amount=Money(minor, "UAH"),
        number=1042,
        contact="olena",
        attempt=attempt,
        items=(LinkItem(title=title, price=Money(minor, "UAH")),),
    )
