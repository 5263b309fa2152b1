"""Calls of Stripe's API with Stripe's own package, which is imported at the first call."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import attrs

from kwiga_orders.adapters.gateways.stripe.account import NAME, Account
from kwiga_orders.adapters.http import NoAnswer
from kwiga_orders.codec import Json
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.extras import extra

if TYPE_CHECKING:
    import stripe

__all__ = ["Api", "AsyncApi", "Call", "Declined"]

_PATIENCE = 20.0


@attrs.frozen(kw_only=True)
class Call:
    """One call: the service of Stripe's client, its method, the object it is about, and its parameters."""

    service: str
    method: str
    id: str | None = None
    params: Mapping[str, Json] = attrs.field(factory=dict, repr=False)
    key: str | None = None


class Declined(AdapterFailed):
    """Stripe refused the request: the card was declined, or the refund is too large. `intent` names the attempt."""

    def __init__(self, reason: str, intent: str | None = None) -> None:
        super().__init__("gateway.refused", gateway=NAME, reason=reason)
        self.reason, self.intent = reason, intent


class Api:
    """Makes calls with the account's key."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._client: stripe.StripeClient | None = None

    def send(self, call: Call) -> Mapping[str, Json]:
        """Make a call and give the object in the answer.

        Raises:
            Declined: if Stripe refused the request.
            AdapterFailed: if Stripe could not be reached, or the account may not make this call.
        """
        # Imported at the first call, because hosts without Stripe do not have the package.
        if self._client is None:
            with extra("stripe"):
                import stripe
            self._client = _client(self._account, stripe.RequestsClient(timeout=_PATIENCE))
        method = getattr(_service(self._client, call.service), call.method)
        try:
            return cast(Mapping[str, Json], method(*_arguments(call), options=_options(call)).to_dict())
        except Exception as problem:
            raise _failure(problem) from problem


class AsyncApi:
    """`Api`, awaited."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._client: stripe.StripeClient | None = None

    async def send(self, call: Call) -> Mapping[str, Json]:
        """Make a call and give the object in the answer."""
        if self._client is None:
            with extra("stripe"):
                import stripe
            self._client = _client(self._account, stripe.HTTPXClient(timeout=_PATIENCE))
        method = getattr(_service(self._client, call.service), f"{call.method}_async")
        try:
            return cast(Mapping[str, Json], (await method(*_arguments(call), options=_options(call))).to_dict())
        except Exception as problem:
            raise _failure(problem) from problem


def _client(account: Account, http: "stripe.HTTPClient") -> "stripe.StripeClient":
    import stripe

    bases: Any = {} if account.api_base is None else {"api": account.api_base}
    # no retries here: the outbox worker sends a failed call again with the same key
    return stripe.StripeClient(account.api_key, base_addresses=bases, http_client=http, max_network_retries=0)


def _service(client: "stripe.StripeClient", name: str) -> object:
    service: object = client.v1
    for part in name.split("."):
        service = getattr(service, part)
    return service


def _arguments(call: Call) -> tuple[object, ...]:
    params = dict(call.params)
    return (params,) if call.id is None else (call.id, params)


def _options(call: Call) -> dict[str, str]:
    return {} if call.key is None else {"idempotency_key": call.key}


def _failure(problem: Exception) -> Exception:
    """Translate an error of Stripe's package; its message may repeat the request, so only its code is kept."""
    import stripe

    # With these two errors Stripe has refused the request, so nothing has happened.
    if isinstance(problem, stripe.CardError | stripe.InvalidRequestError):
        error = problem.error
        id = getattr(getattr(error, "payment_intent", None), "id", None)
        reason = getattr(error, "decline_code", None) or problem.code or "invalid_request"
        return Declined(str(reason)[:60], id if isinstance(id, str) else None)
    kinds = stripe.APIConnectionError | stripe.APIError | stripe.RateLimitError
    if isinstance(problem, stripe.StripeError) and not isinstance(problem, kinds):
        return AdapterFailed("gateway.refused", gateway=NAME, reason=type(problem).__name__)
    # any other error means that the package could not read the answer
    return NoAnswer(NAME)
