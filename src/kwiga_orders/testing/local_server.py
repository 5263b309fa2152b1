"""A server on loopback that plays the other side of a gateway, over real HTTP: answers, lost answers, nobody there."""

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
    """A request as it came in: its path with the query, its headers in lower case, its body."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@attrs.frozen(kw_only=True)
class Answered:
    """What is answered."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"

    @classmethod
    def saying(cls, document: Mapping[str, Json], *, status: int = 200) -> Self:
        """Make an answer of a JSON object."""
        return cls(status=status, body=json.dumps(document).encode())


class Site(Protocol):
    """What a server serves."""

    def answer(self, asked: Asked, /) -> Answered:
        """Answer a request."""
        ...


class LocalServer:
    """Serves a site on a free port of loopback, from `start` until `stop`, each request in a thread of its own."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lost: list[Callable[[Asked], bool]] = []
        self._broken: list[Callable[[Asked], bool]] = []
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Where it is reached, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begin to serve, on the port it had before, if it had one."""
        # The same port as before: an adapter that lost the server finds it again.
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self.port = self._server.server_address[1]
        # A short interval, because `stop` waits for it, and tests stop servers often.
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        """Stop serving: new connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def lose_answer(self, of: Callable[[Asked], bool]) -> None:
        """Let the next such request be carried out, and cut the connection before the answer."""
        # By a test of the request, since requests come from several threads.
        with self._lock:
            self._lost.append(of)

    def break_down(self, of: Callable[[Asked], bool]) -> None:
        """Answer the next such request with 500, and carry nothing out."""
        with self._lock:
            self._broken.append(of)

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Let nobody connect meanwhile."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def _takes(self, waiting: list[Callable[[Asked], bool]], asked: Asked) -> bool:
        with self._lock:
            found = next((of for of in waiting if of(asked)), None)
            if found is not None:
                # Once: the same request that is sent again gets its answer.
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
                # The request is carried out first, so that what is lost is the answer alone.
                is_broken = takes(broken, asked)
                answered = Answered(status=500, body=b"oops") if is_broken else site.answer(asked)
                if takes(lost, asked):
                    # The line is cut without an answer, as when a network breaks.
                    self.close_connection = True
                    return
                self.send_response(answered.status)
                self.send_header("content-type", answered.content_type)
                self.send_header("content-length", str(len(answered.body)))
                self.end_headers()
                self.wfile.write(answered.body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: a test reads what was asked, not a log."""

        return Handler


class GatewaySandbox(ABC):
    """A gateway of one's own on loopback; a context manager, and safe to share between threads.

    Its callbacks wait in `called` until a test delivers them: in order or not, once or twice.
    """

    def __init__(self, clock: Clock | None) -> None:
        self._clock = clock or SystemClock()
        # Callbacks wait for the test, which decides when and in which order they come.
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
        """Answer a request as the gateway does."""

    @abstractmethod
    def _moves_money(self, asked: Asked) -> bool:
        """Tell whether a request is for a charge or a refund."""

    def called(self) -> Sequence[Delivery]:
        """Give the callbacks made since this was last asked."""
        with self._lock:
            calls, self._waiting = self._waiting, []
        return calls

    def lose_answer(self) -> None:
        """Let the next charge or refund be carried out, and its answer get lost."""
        self.server.lose_answer(self._moves_money)

    def break_down(self) -> None:
        """Answer the next charge or refund with 500, and move nothing."""
        self.server.break_down(self._moves_money)

    def unreachable(self) -> AbstractContextManager[None]:
        """Make it unreachable meanwhile."""
        return self.server.unreachable()

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())
