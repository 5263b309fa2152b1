"""Outgoing webhooks: events sent to the school's systems, signed by the Standard Webhooks specification.

    notifier = WebhookNotifier(lambda project: [Endpoint(url="https://crm.example/hook", secrets=("whsec_…",))])
    orders.relay_once(notifier)

Signing is done by the specification's own library (extra `webhooks`). Laws (N1, N4):

1. A webhook's id is the id of its outbox row. A webhook may come twice, with the same id, so receivers ignore ids that
   they have seen. The webhooks of one order come in order.
2. Each secret of an endpoint adds a signature, so that secrets can be rotated: the receiver switches at any time.
3. If one endpoint fails, the others still get the webhook. The row counts as not sent; the relay sends it again to all
   of them after ever longer pauses, and parks it in the end.
4. No webhook goes to a private address, whatever host name resolves to it, unless the endpoint allows it. The sender
   connects to the same address that it checked.
5. Redirects are not followed, and only the status of an answer is read.
"""

import ipaddress
import json
import socket
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs

from kwiga_orders.adapters.http import AsyncHttp, AsyncHttpx, Http, Httpx, Request, Response
from kwiga_orders.adapters.system import SystemClock
from kwiga_orders.changes import OutboxRow
from kwiga_orders.codec import iso_text
from kwiga_orders.errors import AdapterFailed, PermanentFailure
from kwiga_orders.extras import extra
from kwiga_orders.ports import AsyncNotifier, Clock, Notifier

__all__ = ["AsyncWebhookNotifier", "Endpoint", "Resolver", "WebhookNotifier", "addresses_of"]

_SCHEMES = {"https": 443, "http": 80}


@attrs.frozen(kw_only=True)
class Endpoint:
    """A URL that receives events of a school: those named in `events`, or all if it is None.

    Each of the `secrets` adds a signature; `repr` leaves them out. `allows_private` permits a private address.
    """

    url: str
    secrets: tuple[str, ...] = attrs.field(repr=False)
    events: frozenset[str] | None = None
    allows_private: bool = False

    def wants(self, row: OutboxRow) -> bool:
        """Tell whether the endpoint receives a row of the outbox; letters and gateway calls never are sent to one."""
        return row.kind == "event" and (self.events is None or row.name in self.events)


Endpoints = Callable[[str], Iterable[Endpoint]]
"""Gives the endpoints of a project, by its id."""

Resolver = Callable[[str, int], Sequence[str]]
"""Gives the IP addresses of a host and port, as text."""


def addresses_of(host: str, port: int) -> Sequence[str]:
    """Look up the IP addresses of a host with the system's resolver.

    Raises:
        AdapterFailed: `webhook.unreachable` if it has no address.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # UnicodeError: a name that cannot be encoded as a domain name
    except (OSError, UnicodeError) as problem:
        raise AdapterFailed("webhook.unreachable", host=host) from problem
    # Each address once: a resolver gives one row for each kind of socket.
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


@attrs.frozen(kw_only=True)
class _Sender:
    """Makes the signed request of a row for an endpoint."""

    resolve: Resolver
    clock: Clock

    def request(self, row: OutboxRow, endpoint: Endpoint) -> Request:
        # The signature is over these exact bytes, so the HTTP client must not serialize the data again.
        body = json.dumps(
            {
                "id": row.id,
                "type": row.name,
                "timestamp": iso_text(row.at),
                "data": {"order": row.order, "contact": row.contact, **row.data},
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        now = self.clock.now()
        signing = _webhooks()
        signatures = [signing(secret).sign(row.id, now, body) for secret in endpoint.secrets]
        return Request(
            url=endpoint.url,
            headers={
                "content-type": "application/json",
                "webhook-id": row.id,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": " ".join(signatures),
            },
            body=body.encode(),
            address=self._address(endpoint),
        )

    def _address(self, endpoint: Endpoint) -> str:
        """Choose the address to connect to; all addresses of the host must be allowed (law 4)."""
        try:
            target = urlsplit(endpoint.url)
            host, port = target.hostname or "", target.port or _SCHEMES.get(target.scheme)
        except ValueError:
            # unclosed brackets, or a port that is not a number
            raise PermanentFailure("webhook.address_refused", host="") from None
        if port is None or target.scheme not in _SCHEMES or not host:
            raise PermanentFailure("webhook.address_refused", host=host)
        found = self.resolve(host, port)
        if not endpoint.allows_private and not all(_is_public(address) for address in found):
            raise PermanentFailure("webhook.address_refused", host=host)
        return found[0]


def _is_public(address: str) -> bool:
    plain = ipaddress.ip_address(address.partition("%")[0])
    # A scope such as `%eth0` is not part of the address, and an IPv6 address may embed one of IPv4.
    inner = getattr(plain, "ipv4_mapped", None) or getattr(plain, "sixtofour", None)
    return plain.is_global and not plain.is_multicast and (inner is None or inner.is_global)


def _webhooks() -> Any:
    with extra("webhooks"):
        from standardwebhooks import Webhook
    return Webhook


def _refuse_failure(answer: Response, endpoint: Endpoint) -> None:
    if not 200 <= answer.status < 300:
        raise AdapterFailed("webhook.failed", host=urlsplit(endpoint.url).hostname, status=answer.status)


@attrs.frozen
class WebhookNotifier:
    """`Notifier` that posts events to the endpoints of a project; it ignores letters."""

    endpoints: Endpoints
    http: Http = attrs.field(factory=Httpx, repr=False)
    clock: Clock = attrs.field(factory=SystemClock, repr=False)
    resolve: Resolver = attrs.field(default=addresses_of, repr=False)

    def notify(self, project: str, row: OutboxRow, /) -> None:
        """Post a row to each endpoint that wants it.

        Raises:
            KwigaOrdersError: of the first endpoint that failed; the others have received it.
        """
        sender = _Sender(resolve=self.resolve, clock=self.clock)
        failed: list[AdapterFailed] = []
        for endpoint in self.endpoints(project):
            # Law 3: an endpoint that failed does not stop the others.
            if endpoint.wants(row):
                try:
                    _refuse_failure(self.http.send(sender.request(row, endpoint)), endpoint)
                except AdapterFailed as problem:
                    failed.append(problem)
        if failed:
            raise failed[0]


@attrs.frozen
class AsyncWebhookNotifier:
    """`AsyncNotifier` that posts events to the endpoints of a project."""

    endpoints: Endpoints
    http: AsyncHttp = attrs.field(factory=AsyncHttpx, repr=False)
    clock: Clock = attrs.field(factory=SystemClock, repr=False)
    resolve: Resolver = attrs.field(default=addresses_of, repr=False)

    async def notify(self, project: str, row: OutboxRow, /) -> None:
        """Post a row to each endpoint that wants it."""
        sender = _Sender(resolve=self.resolve, clock=self.clock)
        failed: list[AdapterFailed] = []
        for endpoint in self.endpoints(project):
            if endpoint.wants(row):
                try:
                    _refuse_failure(await self.http.send(sender.request(row, endpoint)), endpoint)
                except AdapterFailed as problem:
                    failed.append(problem)
        if failed:
            raise failed[0]


if TYPE_CHECKING:

    def _fits(notifier: WebhookNotifier, awaited: AsyncWebhookNotifier) -> tuple[Notifier, AsyncNotifier]:
        return notifier, awaited
