"""An office with a gateway at hand, for stories of links, callbacks and refunds."""

from collections.abc import Mapping
from datetime import timedelta

from kwiga_orders.gateways import Callback
from kwiga_orders.ports import OrderStore
from tests.laws.office import Office, refund


class Desk(Office):
    """An office with a gateway, and an order of which a payment is owed through it."""

    def __init__(self, amount: str = "1000.00", store: OrderStore | None = None) -> None:
        super().__init__(store=store)
        self.gateway = self.connects("fake")
        self.id = self.makes(amount)
        self.first = self.owes(self.id, amount, gateway="fake")

    def link(self) -> str:
        """Make the link of the first payment."""
        return self.orders.payment_link(order=self.id, payment=self.first).url

    def receives(self, body: bytes, headers: Mapping[str, str]) -> Callback:
        """Take a callback."""
        return self.orders.receive("fake", body, headers)

    def is_paid(self) -> str:
        """Have the first payment paid by its link; give the reference."""
        reference = self.gateway.pays(self.link())
        self.gateway.delivers(self.receives)
        self.relays()
        return reference

    def relays(self) -> int:
        """Ask gateways, hand letters on."""
        return self.orders.relay_once(self.notifier, limit=1000)

    def lets_pass(self, time: timedelta) -> None:
        """Let so much time pass."""
        self.clock.set(self.now + time)

    def asks_back(self, amount: str, *, reason: str | None = None) -> None:
        """Ask for money back by hand, without carrying it out."""
        self.orders.execute(refund(self.id, amount, reason=reason))

    def went_back(self) -> list[str]:
        """Give what went back at the gateway."""
        return [str(fact.amount) for fact in self.gateway.moved if fact.kind != "attempt"]

    def refund_outcomes(self) -> list[str]:
        """Give the outcomes of the refunds of the first payment."""
        return [one.outcome.value for one in self.payment(self.id).refunds]
