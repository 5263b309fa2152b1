"""Stripe: Checkout as the link, webhooks, saved cards charged off session, refunds, disputes, states.

    account = Account(api_key=key, webhook_secrets=(secret,), return_url="https://school.example/thanks")
    orders = Orders(..., gateways={"stripe": StripeGateway(account)})

The API is called by Stripe's own package (extra `stripe`), which is imported when it is first used; webhooks are read
without it. Sources: docs.stripe.com/webhooks, /currencies, /api. Laws:

1. A webhook is believed only if one of the account's secrets signed its raw body, not longer ago than the tolerance:
   so secrets rotate, and an old webhook is not played again.
2. The reference of an attempt is its payment intent, that of a refund or a dispute its own id.
3. Our name of the payment and our key travel in the metadata of what we make. What Stripe makes by itself (a refund at
   its desk, a dispute) names the payment intent instead (`GatewayFact.of`).
4. Our keys are Stripe's idempotency keys; Stripe forgets them after a day, so we look first.
5. Amounts go in Stripe's own minor units, which are not always those of ISO 4217 (`currencies`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from kwiga_orders.adapters.gateways.stripe import calls
from kwiga_orders.adapters.gateways.stripe.account import Account
from kwiga_orders.adapters.gateways.stripe.api import Api, AsyncApi
from kwiga_orders.adapters.gateways.stripe.events import read_callback
from kwiga_orders.adapters.http import arun, run
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
from kwiga_orders.ports import AsyncListingGateway, ListingGateway
from kwiga_orders.reconciliation import Listed

__all__ = ["Account", "AsyncStripeGateway", "StripeGateway"]


@attrs.frozen
class StripeGateway:
    """`ListingGateway` by an account at Stripe."""

    account: Account
    capabilities: Capabilities = Capabilities(lists=True)
    _api: Api = attrs.field(default=attrs.Factory(lambda self: Api(self.account), takes_self=True), repr=False)

    def make_link(self, request: LinkRequest, /) -> PaymentLink:
        """Make a Checkout session (P3)."""
        return run(calls.open_session(self.account, request), self._api.send)

    def charge(self, request: ChargeRequest, /) -> GatewayFact:
        """Charge a saved card off session (P13)."""
        return run(calls.charge(request), self._api.send)

    def refund(self, request: RefundRequest, /) -> GatewayFact:
        """Give money back, all or a part of it (P10)."""
        return run(calls.refund(request), self._api.send)

    def state_of(self, request: StateRequest, /) -> Sequence[GatewayFact]:
        """Tell what became of the attempts and refunds of a payment (P4)."""
        return run(calls.states(request), self._api.send)

    def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        """List the charges, refunds and disputes made between two instants, of all that went through this account."""
        return run(calls.list_facts(starts_at, ends_at), self._api.send)

    def read_callback(self, body: bytes, headers: Mapping[str, str], /) -> Callback:
        """Read a webhook."""
        return read_callback(self.account, body, headers)


@attrs.frozen
class AsyncStripeGateway:
    """`AsyncListingGateway` by an account at Stripe."""

    account: Account
    capabilities: Capabilities = Capabilities(lists=True)
    _api: AsyncApi = attrs.field(
        default=attrs.Factory(lambda self: AsyncApi(self.account), takes_self=True), repr=False
    )

    async def make_link(self, request: LinkRequest, /) -> PaymentLink:
        """Make a Checkout session (P3)."""
        return await arun(calls.open_session(self.account, request), self._api.send)

    async def charge(self, request: ChargeRequest, /) -> GatewayFact:
        """Charge a saved card off session (P13)."""
        return await arun(calls.charge(request), self._api.send)

    async def refund(self, request: RefundRequest, /) -> GatewayFact:
        """Give money back, all or a part of it (P10)."""
        return await arun(calls.refund(request), self._api.send)

    async def state_of(self, request: StateRequest, /) -> Sequence[GatewayFact]:
        """Tell what became of the attempts and refunds of a payment (P4)."""
        return await arun(calls.states(request), self._api.send)

    async def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        """List the charges, refunds and disputes made between two instants, of all that went through this account."""
        return await arun(calls.list_facts(starts_at, ends_at), self._api.send)

    async def read_callback(self, body: bytes, headers: Mapping[str, str], /) -> Callback:
        """Read a webhook."""
        return read_callback(self.account, body, headers)


if TYPE_CHECKING:

    def _fits(gateway: StripeGateway, awaited: AsyncStripeGateway) -> tuple[ListingGateway, AsyncListingGateway]:
        return gateway, awaited
