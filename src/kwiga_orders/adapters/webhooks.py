"""Webhooks out: events sent to systems of the school, signed by the Standard Webhooks specification.

    notifier = WebhookNotifier(lambda project: [Endpoint(url="https://crm.example/hook", secrets=("whsec_…",))])
    orders.relay_once(notifier)

Source: the Standard Webhooks specification; the signing is that of its library (extra `webhooks`). Laws (N1, N4):

1. A webhook's id is the id of its outbox row. It is the same whenever the row comes again, so a receiver keeps what it
   has seen by id; a webhook may come twice, and never in the wrong order for one order.
2. Each secret of an endpoint signs, so that secrets rotate: the receiver takes the old one out when it has the new one.
3. An endpoint that fails holds up no other endpoint; then the row counts as not sent, and the relay tries it again
   (to all: law 1), ever more rarely, and parks it in the end.
4. No webhook goes to an address inside one's own network, whatever name leads there, unless the endpoint allows it: the
   address that was looked at is the one that is connected to.
5. Redirects are not followed, and answers are not read beyond their status.
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
    """Where a school receives which events: `events` are names, None for all of them.

    `secrets` sign, each of them; they are never shown. `allows_private` lets the address be one of one's own network.
    """

    url: str
    secrets: tuple[str, ...] = attrs.field(repr=False)
    events: frozenset[str] | None = None
    allows_private: bool = False

    def wants(self, row: OutboxRow) -> bool:
        """Tell whether a row of the outbox is for it; letters and gateway calls never are."""
        return row.kind == "event" and (self.events is None or row.name in self.events)


Endpoints = Callable[[str], Iterable[Endpoint]]
"""Gives the endpoints of a project, by its id."""

Resolver = Callable[[str, int], Sequence[str]]
"""Gives the addresses of a host's port, as text."""


def addresses_of(host: str, port: int) -> Sequence[str]:
    """Look a host up by the system's resolver.

    Raises:
        AdapterFailed: `webhook.unreachable` if it has no address.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # UnicodeError: a name that no domain name can be made of
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
        # Signed is what is sent, so the text is made once and not again by the HTTP client.
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
        """Choose the address to connect to: each that the name has must be allowed (law 4)."""
        try:
            target = urlsplit(endpoint.url)
            host, port = target.hostname or "", target.port or _SCHEMES.get(target.scheme)
        except ValueError:
            # brackets that do not close, a port that is no number
            raise PermanentFailure("webhook.address_refused", host="") from None
        if port is None or target.scheme not in _SCHEMES or not host:
            raise PermanentFailure("webhook.address_refused", host=host)
        found = self.resolve(host, port)
        if not endpoint.allows_private and not all(_is_public(address) for address in found):
            raise PermanentFailure("webhook.address_refused", host=host)
        return found[0]


def _is_public(address: str) -> bool:
    plain = ipaddress.ip_address(address.partition("%")[0])
    # A scope such as `%eth0` is no part of the address.
    # an IPv4 address may hide in one of IPv6
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
    """`Notifier` that posts events to the endpoints of a project; letters are not its business."""

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
            # Every endpoint has its turn, also after one that failed (law 3).
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
