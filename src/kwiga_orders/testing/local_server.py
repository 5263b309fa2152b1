"""A local HTTP server that plays a gateway: it answers, loses answers, or is unreachable."""

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol, Self

import attrs

from kwiga_orders.adapters.system import SystemClock
from kwiga_orders.codec import Json
from kwiga_orders.ports import Clock
from kwiga_orders.testing.gateways import Delivery

__all__ = ["Answered", "Asked", "GatewaySandbox", "LocalServer", "Site"]


@attrs.frozen(kw_only=True)
class Asked:
    """A received request: its path with the query, its headers in lower case, its body."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@attrs.frozen(kw_only=True)
class Answered:
    """The answer to a request."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"

    @classmethod
    def saying(cls, document: Mapping[str, Json], *, status: int = 200) -> Self:
        """Make an answer with a JSON object."""
        return cls(status=status, body=json.dumps(document).encode())


class Site(Protocol):
    """Gives the answers of a server."""

    def answer(self, asked: Asked, /) -> Answered:
        """Answer a request."""
        ...


class LocalServer:
    """Serves a site on a free local port, from `start` until `stop`, with a thread for each request."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lost: list[Callable[[Asked], bool]] = []
        self._broken: list[Callable[[Asked], bool]] = []
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """The URL of the server, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start serving; after a stop, on the same port as before."""
        # The same port, so that an adapter that lost the server finds it again.
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self.port = self._server.server_address[1]
        # A short interval, because `stop` waits for it and tests stop servers often.
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        """Stop serving; new connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def lose_answer(self, of: Callable[[Asked], bool]) -> None:
        """Execute the next matching request, but cut the connection before the answer."""
        # Chosen by a test of the request, because requests come from several threads.
        with self._lock:
            self._lost.append(of)

    def break_down(self, of: Callable[[Asked], bool]) -> None:
        """Answer the next matching request with 500, and execute nothing."""
        with self._lock:
            self._broken.append(of)

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Refuse all connections inside the block."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def _takes(self, waiting: list[Callable[[Asked], bool]], asked: Asked) -> bool:
        with self._lock:
            found = next((of for of in waiting if of(asked)), None)
            if found is not None:
                # Only once: when the request is sent again, it gets its answer.
                waiting.remove(found)
            return found is not None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site, takes, lost, broken = self._site, self._takes, self._lost, self._broken

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self._serve()

            def do_GET(self) -> None:
                self._serve()

            def do_DELETE(self) -> None:
                self._serve()

            def _serve(self) -> None:
                length = int(self.headers.get("content-length", 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(method=self.command, path=self.path, headers=headers, body=self.rfile.read(length))
                # The request is executed first, so that only the answer is lost.
                is_broken = takes(broken, asked)
                answered = Answered(status=500, body=b"oops") if is_broken else site.answer(asked)
                if takes(lost, asked):
                    # The connection is closed without an answer, as if the network broke.
                    self.close_connection = True
                    return
                self.send_response(answered.status)
                self.send_header("content-type", answered.content_type)
                self.send_header("content-length", str(len(answered.body)))
                self.end_headers()
                self.wfile.write(answered.body)

            def log_message(self, format: str, *args: object) -> None:
                """Write nothing: tests read the requests, not a log."""

        return Handler


class GatewaySandbox(ABC):
    """A gateway on a local server; a context manager that threads may share.

    Its callbacks wait in `called` until a test delivers them: in any order, once or twice.
    """

    def __init__(self, clock: Clock | None) -> None:
        self._clock = clock or SystemClock()
        # Callbacks wait, because the test decides when and in which order they arrive.
        self._waiting: list[Delivery] = []
        self._lock = threading.RLock()
        self.server = LocalServer(self)

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()

    @abstractmethod
    def answer(self, asked: Asked, /) -> Answered:
        """Answer a request like the gateway."""

    @abstractmethod
    def _moves_money(self, asked: Asked) -> bool:
        """Tell whether a request is a charge or a refund."""

    def called(self) -> Sequence[Delivery]:
        """Give the callbacks since the last call."""
        with self._lock:
            calls, self._waiting = self._waiting, []
        return calls

    def lose_answer(self) -> None:
        """Execute the next charge or refund, but lose its answer."""
        self.server.lose_answer(self._moves_money)

    def break_down(self) -> None:
        """Answer the next charge or refund with 500, and move no money."""
        self.server.break_down(self._moves_money)

    def unreachable(self) -> AbstractContextManager[None]:
        """Make the server unreachable inside the block."""
        return self.server.unreachable()

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())
