"""WayForPay: pages to pay on, callbacks, saved cards, refunds, states, and its own regular payments.

    merchant = Merchant(account="school_ua", secret=secret, domain="school.ua", callback_url="https://school.ua/pay/w4p")
    orders = Orders(..., gateways={"wayforpay": WayForPay(merchant)})

The protocol is that of wiki.wayforpay.com (Purchase, Charge, Check Status, Refund, regular payments). Laws:

1. Everything is signed by HMAC-MD5 with the merchant's secret over fields joined by `;`. Numbers are signed as the text
   they were written as, so they are never read as numbers (`100.50` is not `100.5`).
2. A reference tells what it is for: `<payment>~a2` an attempt of ours, `<payment>~100000` a link to that amount in
   minor units, `<reference>~r25000` the refund after which 250.00 had gone back. So no table of references is kept.
3. WayForPay knows no idempotency keys. Whatever moves money first asks for its state (ports.PaymentGateway 2).
4. Status words are not monotone: `Approved` may become `Refunded`, and a refunded payment was paid all the same.
5. A callback about a refund does not say reliably how much went back in all: it only makes us ask (`Callback.ask`).
6. Of a callback nothing is believed but what is signed: not the saved card, not the instant. They are asked for, too.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

import attrs

from kwiga_orders.adapters.gateways.keyless import AsyncKeylessGateway, Calls, KeylessGateway
from kwiga_orders.adapters.gateways.wayforpay import calls
from kwiga_orders.adapters.gateways.wayforpay.calls import RegularPayment
from kwiga_orders.adapters.gateways.wayforpay.merchant import Merchant, PurchaseForm
from kwiga_orders.adapters.http import arun, run
from kwiga_orders.gateways import Capabilities
from kwiga_orders.ports import AsyncListingGateway, ListingGateway
from kwiga_orders.reconciliation import Listed

__all__ = ["AsyncWayForPay", "Merchant", "PurchaseForm", "RegularPayment", "WayForPay"]

_CAN = Capabilities(honours_keys=False, lists=True)


@attrs.frozen
class WayForPay(KeylessGateway[Merchant]):
    """`ListingGateway` by a merchant's account at WayForPay."""

    capabilities: Capabilities = _CAN

    def _calls(self) -> Calls[Merchant]:
        return calls

    def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        """List the transactions between two instants, of all that went through this account."""
        return run(calls.list_facts(self.shop, starts_at, ends_at), self.http.send)

    def regular(self, kind: Literal["STATUS", "SUSPEND", "RESUME", "REMOVE"], reference: str) -> RegularPayment:
        """Ask about a regular payment of WayForPay's own, or change it.

        Raises:
            AdapterFailed: `gateway.refused` with WayForPay's code, `gateway.unreachable`.
        """
        return run(calls.regular(self.shop, kind, reference), self.http.send)


@attrs.frozen
class AsyncWayForPay(AsyncKeylessGateway[Merchant]):
    """`AsyncListingGateway` by a merchant's account at WayForPay."""

    capabilities: Capabilities = _CAN

    def _calls(self) -> Calls[Merchant]:
        return calls

    async def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        """List the transactions between two instants, of all that went through this account."""
        return await arun(calls.list_facts(self.shop, starts_at, ends_at), self.http.send)

    async def regular(self, kind: Literal["STATUS", "SUSPEND", "RESUME", "REMOVE"], reference: str) -> RegularPayment:
        """Ask about a regular payment of WayForPay's own, or change it."""
        return await arun(calls.regular(self.shop, kind, reference), self.http.send)


if TYPE_CHECKING:

    def _fits(gateway: WayForPay, awaited: AsyncWayForPay) -> tuple[ListingGateway, AsyncListingGateway]:
        return gateway, awaited
