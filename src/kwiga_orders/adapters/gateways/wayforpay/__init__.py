"""WayForPay: payment pages, callbacks, saved cards, refunds, states, and its own regular payments.

    merchant = Merchant(account="school_ua", secret=secret, domain="school.ua", callback_url="https://school.ua/pay/w4p")
    orders = Orders(..., gateways={"wayforpay": WayForPay(merchant)})

The protocol is that of wiki.wayforpay.com (Purchase, Charge, Check Status, Refund, regular payments). Laws:

1. Signatures are HMAC-MD5 with the merchant's secret over fields joined by `;`. Numbers are signed as they are written,
   so they are kept as text (`100.50` is not `100.5`).
2. A reference names its payment, attempt or refund (`keyless`), so no table of references is kept.
3. WayForPay has no idempotency keys: each charge and refund first asks for the state (ports.PaymentGateway 2).
4. The status of a paid attempt may change from `Approved` to `Refunded`; a refunded attempt still counts as paid.
5. A callback about a refund does not reliably contain the sum of refunds, so we ask for the state (`Callback.ask`).
6. Only the signed fields of a callback are trusted. The saved card and the instant are not signed, so we ask for them.
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
    """`ListingGateway` for a merchant's account at WayForPay."""

    capabilities: Capabilities = _CAN

    def _calls(self) -> Calls[Merchant]:
        return calls

    def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        """List all transactions of this account between two instants."""
        return run(calls.list_facts(self.shop, starts_at, ends_at), self.http.send)

    def regular(self, kind: Literal["STATUS", "SUSPEND", "RESUME", "REMOVE"], reference: str) -> RegularPayment:
        """Read or change a regular payment that WayForPay makes by itself.

        Raises:
            AdapterFailed: `gateway.refused` with WayForPay's code, `gateway.unreachable`.
        """
        return run(calls.regular(self.shop, kind, reference), self.http.send)


@attrs.frozen
class AsyncWayForPay(AsyncKeylessGateway[Merchant]):
    """`AsyncListingGateway` for a merchant's account at WayForPay."""

    capabilities: Capabilities = _CAN

    def _calls(self) -> Calls[Merchant]:
        return calls

    async def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        """List all transactions of this account between two instants."""
        return await arun(calls.list_facts(self.shop, starts_at, ends_at), self.http.send)

    async def regular(self, kind: Literal["STATUS", "SUSPEND", "RESUME", "REMOVE"], reference: str) -> RegularPayment:
        """Read or change a regular payment that WayForPay makes by itself."""
        return await arun(calls.regular(self.shop, kind, reference), self.http.send)


if TYPE_CHECKING:

    def _fits(gateway: WayForPay, awaited: AsyncWayForPay) -> tuple[ListingGateway, AsyncListingGateway]:
        return gateway, awaited
