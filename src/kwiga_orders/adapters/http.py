"""HTTP for adapters: send one request, read an answer of limited size, and know whether the request may have arrived.

An adapter is written once, as generators that yield a `Request` and receive the `Response`. `run` drives them with a
blocking client, `arun` with an async one, so the sync and the async adapter share their code.

Laws:

1. `NotSent` means that the other side never saw the request: nothing has happened, so it may be sent again.
2. `NoAnswer` means that the other side may have seen the request: the outcome is unknown until it is asked for.
3. Redirects are not followed, certificates are verified, and an answer of more than a megabyte counts as `NoAnswer`.
"""

import json
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Protocol, TypedDict, TypeVar

import attrs

# the functions that answer the questions of a rule also drive a conversation with a gateway
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
"""The most bytes of an answer that are read; gateways send a few thousand."""
# Seconds. A slower gateway is asked again later, so that it does not block a worker.
_PATIENCE = 20.0


class NotSent(AdapterFailed):
    """The gateway could not be reached: it never saw the request."""

    def __init__(self, host: str) -> None:
        super().__init__("gateway.unreachable", host=host)


class NoAnswer(AdapterFailed):
    """The request was sent and no usable answer came: whether the gateway carried it out is unknown."""

    def __init__(self, host: str) -> None:
        super().__init__("gateway.unreachable", host=host, outcome="unknown")


@attrs.frozen(kw_only=True)
class Request:
    """One request; `headers` and `body` may hold secrets, so `repr` leaves them out.

    `address` is the IP address to connect to; without one the URL's host is looked up. TLS still verifies the host.
    """

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    body: bytes = attrs.field(default=b"", repr=False)
    address: str | None = None


@attrs.frozen(kw_only=True)
class Response:
    """The answer to a request; its body has at most `LARGEST_ANSWER` bytes."""

    status: int
    body: bytes = attrs.field(repr=False)


Conversation = Generator[Request, Response, T]
"""A generator that sends requests to a gateway and returns a T. `NotSent` and `NoAnswer` are thrown into it."""


class Http(Protocol):
    """Sends requests: 1. it verifies TLS, 2. follows no redirect, 3. times out within seconds."""

    def send(self, request: Request, /) -> Response:
        """Send a request and give the answer.

        Raises:
            NotSent: if the other side never saw the request.
            NoAnswer: if it may have seen the request, and no answer came.
        """
        ...


class AsyncHttp(Protocol):
    """`Http`, awaited."""

    async def send(self, request: Request, /) -> Response:
        """Send a request and give the answer."""
        ...


# Made once, because `json.loads` makes a new decoder at each call with hooks. `raw_decode` after `strip` also saves the
# regular expressions that skip spaces: for a short body they take as long as parsing.
_PLAIN, _EXACT = json.JSONDecoder(), json.JSONDecoder(parse_float=str, parse_int=str)
_SPACES = " \t\r\n"


def read_object(body: bytes, *, exact: bool = False) -> dict[str, Json]:
    """Read a JSON object; with `exact`, numbers are returned as the text they were written as.

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
        NotSent: if it is not a URL.
    """
    import httpx

    try:
        return httpx.URL(url).host
    # ValueError: a host name that cannot be encoded as an international domain name
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
        # The host name stays in the header and in TLS, so the certificate is checked against the name.
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
        # Redirects are off: a request with a secret must go to no other host.
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
                    # Counted while reading, because the announced length may be wrong.
                    if len(body) > LARGEST_ANSWER:
                        raise NoAnswer(host)
                return Response(status=answer.status_code, body=bytes(body))
        # Law 1: these errors happen before the request is sent.
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as problem:
            raise NotSent(host) from problem
        # InvalidURL, ValueError: httpx parses redirects and cookies of the answer, although they are not used
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
        # InvalidURL, ValueError: as in `Httpx`
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as problem:
            raise NoAnswer(host) from problem
