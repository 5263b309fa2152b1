"""HTTP as adapters need it: one request, one bounded answer, and whether the request may have arrived.

An adapter is written once: its conversations are generators that yield a `Request` and receive the `Response`. `run`
drives them with a blocking client, `arun` with an awaited one, so the sync and the async adapter are the same code.

Laws:

1. `NotSent` means that the other side never saw the request: nothing has happened, ask again.
2. `NoAnswer` means that it may have seen it: what it did is unknown until it is asked.
3. Redirects are not followed, certificates are verified, and an answer of more than a megabyte is no answer.
"""

import json
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Protocol, TypedDict, TypeVar

import attrs

# a conversation is answered as a rule's questions are, so both are run by the same two functions
from kwiga_orders.asking import converse as run
from kwiga_orders.asking import converse_async as arun
from kwiga_orders.codec import Json
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.extras import extra

if TYPE_CHECKING:
    import httpx

__all__ = [
    "AsyncHttp",
    "AsyncHttpx",
    "Conversation",
    "Http",
    "Httpx",
    "NoAnswer",
    "NotSent",
    "Request",
    "Response",
    "arun",
    "read_object",
    "run",
]

T = TypeVar("T")
LARGEST_ANSWER = 1 << 20
"""Bytes of an answer that are read; gateways answer with a few thousand."""
# Seconds; a gateway that takes longer is asked again later, and a worker must not wait for it.
_PATIENCE = 20.0


class NotSent(AdapterFailed):
    """The gateway could not be reached: it never saw the request."""

    def __init__(self, host: str) -> None:
        super().__init__("gateway.unreachable", host=host)


class NoAnswer(AdapterFailed):
    """The request went out and no usable answer came: whether it was carried out is unknown."""

    def __init__(self, host: str) -> None:
        super().__init__("gateway.unreachable", host=host, outcome="unknown")


@attrs.frozen(kw_only=True)
class Request:
    """One request; `headers` and `body` may hold secrets, so neither is ever shown.

    `address` is where to connect; without one the URL's host is looked up. The host is named and verified all the same.
    """

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    body: bytes = attrs.field(default=b"", repr=False)
    address: str | None = None


@attrs.frozen(kw_only=True)
class Response:
    """What came back; at most `LARGEST_ANSWER` bytes."""

    status: int
    body: bytes = attrs.field(repr=False)


Conversation = Generator[Request, Response, T]
"""A generator that sends requests to a gateway and returns a T. `NotSent` and `NoAnswer` are thrown into it."""


class Http(Protocol):
    """Sends requests; 1. TLS is verified, 2. no redirect is followed, 3. a time-out ends it within seconds."""

    def send(self, request: Request, /) -> Response:
        """Send a request and give the answer.

        Raises:
            NotSent: if the other side never saw it.
            NoAnswer: if it may have, and no answer came.
        """
        ...


class AsyncHttp(Protocol):
    """`Http`, awaited."""

    async def send(self, request: Request, /) -> Response:
        """Send a request and give the answer."""
        ...


# made once, for `json.loads` makes a decoder for each text that it is given hooks for; and what finds spaces around a
# text there takes as long as parsing a short body
_PLAIN, _EXACT = json.JSONDecoder(), json.JSONDecoder(parse_float=str, parse_int=str)
_SPACES = " \t\r\n"


def read_object(body: bytes, *, exact: bool = False) -> dict[str, Json]:
    """Read a JSON object; with `exact`, numbers stay the text they were written as.

    Raises:
        ValueError: if it is not a JSON object.
    """
    text = str(body, "utf-8").strip(_SPACES)
    try:
        read, end = (_EXACT if exact else _PLAIN).raw_decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if type(read) is not dict or end != len(text):
        raise ValueError("not an object")
    return read


# httpx (extra `gateways`)


def _host_of(url: str) -> str:
    """Give the host of a URL, as errors name it.

    Raises:
        NotSent: if it is no URL.
    """
    import httpx

    try:
        return httpx.URL(url).host
    # ValueError: a name that international domain names cannot be made of
    except (httpx.InvalidURL, ValueError) as problem:
        raise NotSent("") from problem


class _Streamed(TypedDict):
    method: str
    url: "httpx.URL"
    headers: dict[str, str]
    content: bytes
    extensions: dict[str, str]


def _streamed(request: Request) -> _Streamed:
    import httpx

    url, headers, extensions = httpx.URL(request.url), dict(request.headers), dict[str, str]()
    if request.address is not None:
        # The name stays in the header and in TLS, so the certificate is checked against it, not against the address.
        headers["host"] = url.netloc.decode()
        extensions["sni_hostname"] = url.host
        url = url.copy_with(host=request.address)
    return {
        "method": request.method,
        "url": url,
        "headers": headers,
        "content": request.body,
        "extensions": extensions,
    }


class Httpx:
    """`Http` by httpx; without a `client` it makes one of its own. Several threads may share it."""

    def __init__(self, client: "httpx.Client | None" = None) -> None:
        with extra("gateways"):
            import httpx
        # Redirects are off: a request with a secret must go nowhere but to the host it was made for.
        self._client = client or httpx.Client(timeout=_PATIENCE, follow_redirects=False)

    def send(self, request: Request, /) -> Response:
        """Send a request and give the answer."""
        import httpx

        host = _host_of(request.url)
        try:
            with self._client.stream(**_streamed(request)) as answer:
                body = bytearray()
                for part in answer.iter_bytes():
                    body += part
                    # Counted while it is read, because a length that is announced may be a lie.
                    if len(body) > LARGEST_ANSWER:
                        raise NoAnswer(host)
                return Response(status=answer.status_code, body=bytes(body))
        # Only failures before the request was sent: with these the other side cannot have seen it (law 1).
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as problem:
            raise NotSent(host) from problem
        # the last two: where a redirect leads is looked at, and cookies are, though nobody uses either
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as problem:
            raise NoAnswer(host) from problem


class AsyncHttpx:
    """`AsyncHttp` by httpx; without a `client` it makes one of its own."""

    def __init__(self, client: "httpx.AsyncClient | None" = None) -> None:
        with extra("gateways"):
            import httpx
        self._client = client or httpx.AsyncClient(timeout=_PATIENCE, follow_redirects=False)

    async def send(self, request: Request, /) -> Response:
        """Send a request and give the answer."""
        import httpx

        host = _host_of(request.url)
        try:
            async with self._client.stream(**_streamed(request)) as answer:
                body = bytearray()
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > LARGEST_ANSWER:
                        raise NoAnswer(host)
                return Response(status=answer.status_code, body=bytes(body))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as problem:
            raise NotSent(host) from problem
        # the last two: where a redirect leads is looked at, and cookies are, though nobody uses either
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as problem:
            raise NoAnswer(host) from problem
