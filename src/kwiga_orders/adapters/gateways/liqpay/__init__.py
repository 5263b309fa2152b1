"""LiqPay: pages to pay on, callbacks, saved cards, refunds, states.

    shop = Shop(public_key="i000", private_key=key, callback_url="https://school.example/pay/liqpay")
    orders = Orders(..., gateways={"liqpay": LiqPay(shop)})

The protocol is that of liqpay.ua/documentation (checkout, callback, status, refund, payment by token). Laws:

1. Everything travels as `data`, base64 of JSON, and `signature`, base64 of SHA-1 over private key, data, private key.
   The signature covers all of a callback, so all of it is believed, but its words are read with care (3).
2. A reference tells what it is for (`keyless`); LiqPay calls it `order_id`. No table of references is kept.
3. LiqPay tells the sum of refunds only, so a callback about one makes us ask (`Callback.ask`).
4. LiqPay knows no idempotency keys: whatever moves money first asks for its state (ports.PaymentGateway 2).
5. A page is a URL that we sign ourselves. Before it is given out LiqPay is asked whether its reference was used up.

It was tried against a copy that speaks the protocol, not against an account at LiqPay.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from kwiga_orders.adapters.gateways.liqpay import calls, facts
from kwiga_orders.adapters.gateways.liqpay.shop import Shop
from kwiga_orders.adapters.http import AsyncHttp, AsyncHttpx, Http, Httpx, arun, run
from kwiga_orders.gateways import (
    Callback,
    Capabilities,
    ChargeRequest,
    GatewayFact,
    LinkRequest,
    PaymentLink,
    RefundRequest,
    StateRequest,
)
from kwiga_orders.ports import AsyncPaymentGateway, PaymentGateway

__all__ = ["AsyncLiqPay", "LiqPay", "Shop"]

_CAN = Capabilities(honours_keys=False, currencies=frozenset({"UAH", "USD", "EUR"}))


@attrs.frozen
class LiqPay:
    """`PaymentGateway` by a shop at LiqPay."""

    shop: Shop
    http: Http = attrs.field(factory=Httpx, repr=False)
    capabilities: Capabilities = _CAN

    def make_link(self, request: LinkRequest, /) -> PaymentLink:
        """Give a page to pay on (P3)."""
        return run(calls.open_page(self.shop, request), self.http.send)

    def charge(self, request: ChargeRequest, /) -> GatewayFact:
        """Charge a saved card by its token (P13)."""
        return run(calls.charge(self.shop, request), self.http.send)

    def refund(self, request: RefundRequest, /) -> GatewayFact:
        """Give money back, all or a part of it (P10)."""
        return run(calls.refund(self.shop, request), self.http.send)

    def state_of(self, request: StateRequest, /) -> Sequence[GatewayFact]:
        """Tell what became of the attempts and refunds of a payment (P4)."""
        return run(calls.states(self.shop, request), self.http.send)

    def read_callback(self, body: bytes, headers: Mapping[str, str], /) -> Callback:  # noqa: ARG002 - signed in its body
        """Read what LiqPay posted to the callback URL."""
        return facts.read_callback(self.shop, body)


@attrs.frozen
class AsyncLiqPay:
    """`AsyncPaymentGateway` by a shop at LiqPay."""

    shop: Shop
    http: AsyncHttp = attrs.field(factory=AsyncHttpx, repr=False)
    capabilities: Capabilities = _CAN

    async def make_link(self, request: LinkRequest, /) -> PaymentLink:
        """Give a page to pay on (P3)."""
        return await arun(calls.open_page(self.shop, request), self.http.send)

    async def charge(self, request: ChargeRequest, /) -> GatewayFact:
        """Charge a saved card by its token (P13)."""
        return await arun(calls.charge(self.shop, request), self.http.send)

    async def refund(self, request: RefundRequest, /) -> GatewayFact:
        """Give money back, all or a part of it (P10)."""
        return await arun(calls.refund(self.shop, request), self.http.send)

    async def state_of(self, request: StateRequest, /) -> Sequence[GatewayFact]:
        """Tell what became of the attempts and refunds of a payment (P4)."""
        return await arun(calls.states(self.shop, request), self.http.send)

    async def read_callback(self, body: bytes, headers: Mapping[str, str], /) -> Callback:  # noqa: ARG002 - in its body
        """Read what LiqPay posted to the callback URL."""
        return facts.read_callback(self.shop, body)


if TYPE_CHECKING:

    def _fits(gateway: LiqPay, awaited: AsyncLiqPay) -> tuple[PaymentGateway, AsyncPaymentGateway]:
        return gateway, awaited
