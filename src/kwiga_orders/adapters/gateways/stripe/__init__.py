"""Stripe: Checkout as the link, webhooks, saved cards charged off session, refunds, disputes, states.

    account = Account(api_key=key, webhook_secrets=(secret,), return_url="https://school.example/thanks")
    orders = Orders(..., gateways={"stripe": StripeGateway(account)})

The API is called by Stripe's own package (extra `stripe`), which is imported when it is first used; webhooks are read
without it. Sources: docs.stripe.com/webhooks, /currencies, /api. Laws:

1. A webhook is accepted only if one of the account's secrets signed its raw body, at most the tolerance ago. So secrets
   can be rotated, and an old webhook cannot be replayed.
2. The reference of an attempt is the id of its payment intent; a refund or dispute has its own id.
3. Objects that we create have our payment and our key in their metadata. Objects that Stripe creates (a refund from its
   dashboard, a dispute) only name the payment intent (`GatewayFact.of`).
4. Our keys are Stripe's idempotency keys. Stripe forgets them after a day, so we first look for an existing object.
5. Amounts are in Stripe's own minor units, which are not always those of ISO 4217 (`currencies`).
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
    """`ListingGateway` for an account at Stripe."""

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
        """Refund a payment, in full or in part (P10)."""
        return run(calls.refund(request), self._api.send)

    def state_of(self, request: StateRequest, /) -> Sequence[GatewayFact]:
        """Give the outcomes of the attempts and refunds of a payment (P4)."""
        return run(calls.states(request), self._api.send)

    def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        """List all charges, refunds and disputes of this account that were created between two instants."""
        return run(calls.list_facts(starts_at, ends_at), self._api.send)

    def read_callback(self, body: bytes, headers: Mapping[str, str], /) -> Callback:
        """Read a webhook."""
        return read_callback(self.account, body, headers)


@attrs.frozen
class AsyncStripeGateway:
    """`AsyncListingGateway` for an account at Stripe."""

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
        """Refund a payment, in full or in part (P10)."""
        return await arun(calls.refund(request), self._api.send)

    async def state_of(self, request: StateRequest, /) -> Sequence[GatewayFact]:
        """Give the outcomes of the attempts and refunds of a payment (P4)."""
        return await arun(calls.states(request), self._api.send)

    async def list_facts(self, starts_at: datetime, ends_at: datetime, /) -> Listed:
        """List all charges, refunds and disputes of this account that were created between two instants."""
        return await arun(calls.list_facts(starts_at, ends_at), self._api.send)

    async def read_callback(self, body: bytes, headers: Mapping[str, str], /) -> Callback:
        """Read a webhook."""
        return read_callback(self.account, body, headers)


if TYPE_CHECKING:

    def _fits(gateway: StripeGateway, awaited: AsyncStripeGateway) -> tuple[ListingGateway, AsyncListingGateway]:
        return gateway, awaited
