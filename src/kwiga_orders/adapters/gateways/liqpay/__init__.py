"""LiqPay: payment pages, callbacks, saved cards, refunds, states.

    shop = Shop(public_key="i000", private_key=key, callback_url="https://school.example/pay/liqpay")
    orders = Orders(..., gateways={"liqpay": LiqPay(shop)})

The protocol is that of liqpay.ua/documentation (checkout, callback, status, refund, payment by token). Laws:

1. Requests and callbacks have `data`, base64 of JSON, and `signature`, base64 of SHA-1 over private key, data, private
   key. The signature covers all of a callback, so all its fields are trusted.
2. A reference names its payment, attempt or refund (`keyless`); LiqPay calls it `order_id`. No table of references is
   kept.
3. LiqPay reports only the sum of all refunds, so after a callback about a refund we ask for the state (`Callback.ask`).
4. LiqPay has no idempotency keys: each charge and refund first asks for the state (ports.PaymentGateway 2).
5. A page is a URL that we sign ourselves. Before giving it to a payer we ask LiqPay whether its reference was used up.

It was tested against a simulator of the protocol, not against an account at LiqPay.
"""

from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from kwiga_orders.adapters.gateways.keyless import AsyncKeylessGateway, Calls, KeylessGateway
from kwiga_orders.adapters.gateways.liqpay import calls
from kwiga_orders.adapters.gateways.liqpay.shop import Shop
from kwiga_orders.adapters.http import arun, run
from kwiga_orders.gateways import Capabilities
from kwiga_orders.ports import AsyncListingGateway, ListingGateway
from kwiga_orders.reconciliation import Listed

__all__ = ["AsyncLiqPay", "LiqPay", "Shop"]

_CAN = Capabilities(honours_keys=False, lists=True, currencies=frozenset({"UAH", "USD", "EUR"}))


@attrs.frozen
class LiqPay(KeylessGateway[Shop]):
    """`ListingGateway` for a shop at LiqPay."""

    capabilities: Capabilities = _CAN

    def _calls(self) -> Calls[Shop]:
        return calls

    def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        """List all payments through this shop between two instants."""
        return run(calls.list_facts(self.shop, starts_at, ends_at), self.http.send)


@attrs.frozen
class AsyncLiqPay(AsyncKeylessGateway[Shop]):
    """`AsyncListingGateway` for a shop at LiqPay."""

    capabilities: Capabilities = _CAN

    def _calls(self) -> Calls[Shop]:
        return calls

    async def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        """List all payments through this shop between two instants."""
        return await arun(calls.list_facts(self.shop, starts_at, ends_at), self.http.send)


if TYPE_CHECKING:

    def _fits(gateway: LiqPay, awaited: AsyncLiqPay) -> tuple[ListingGateway, AsyncListingGateway]:
        return gateway, awaited
