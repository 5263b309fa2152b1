"""HTTP as adapters use it: certificates verified, no redirect followed, every answer and callback bounded."""

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import httpx
import pytest

from kwiga_orders.adapters.gateways.liqpay import LiqPay
from kwiga_orders.adapters.gateways.stripe import StripeGateway
from kwiga_orders.adapters.gateways.wayforpay import WayForPay
from kwiga_orders.adapters.http import LARGEST_ANSWER, AsyncHttpx, Httpx, NoAnswer, NotSent, Request, Response
from kwiga_orders.adapters.mail import MailServer
from kwiga_orders.errors import AdapterFailed, KwigaOrdersError, Refused
from kwiga_orders.gateways import StateRequest
from kwiga_orders.money import Money
from kwiga_orders.ports import PaymentGateway
from kwiga_orders.testing.gateways import Delivery
from kwiga_orders.testing.liqpay_server import LiqPaySandbox
from kwiga_orders.testing.local_server import Answered, Asked, LocalServer
from kwiga_orders.testing.stripe_server import StripeSandbox
from kwiga_orders.testing.wayforpay_server import WayForPaySandbox

SELF_SIGNED = Path(__file__).parent / "self_signed.pem"
"""A certificate for 127.0.0.1 that nobody vouches for, and its key: they protect nothing, and last a hundred years."""
STATE = StateRequest(payment="o1.1", amount=Money(100, "UAH"), references=("o1.1~100", "pi_1"))


def awaited(request: Request) -> Response:
    """Send a request by the awaited client."""

    async def send() -> Response:
        return await AsyncHttpx().send(request)

    return asyncio.run(send())


SENDS: dict[str, Callable[[Request], Response]] = {"sync": lambda request: Httpx().send(request), "async": awaited}


@pytest.fixture(params=SENDS)
def send(request: pytest.FixtureRequest) -> Callable[[Request], Response]:
    return SENDS[request.param]


@contextmanager
def listening(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Let somebody talk to each who connects; give the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                    with connection:
                        talk(connection)
                except ssl.SSLError:
                    continue
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def impostor() -> Iterator[int]:
    """Somebody with a certificate of their own making, who would answer anything; give the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(SELF_SIGNED)

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(65_536)
            secured.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

    with listening(talk) as port:
        yield port


class TestCertificates:
    """TLS is verified: whoever cannot prove who they are is told nothing."""

    def test_an_impostor(self, impostor: int, send: Callable[[Request], Response]) -> None:
        """The request is not sent to whom nobody vouches for."""
        with pytest.raises(NotSent):
            send(Request(url=f"https://127.0.0.1:{impostor}/api", body=b"secret"))

    def test_stripe_s_package(self, impostor: int) -> None:
        """Nor is a call that Stripe's own package makes."""
        gateway = StripeGateway(attrs.evolve(StripeSandbox().account(), api_base=f"https://127.0.0.1:{impostor}"))

        with pytest.raises(AdapterFailed):
            gateway.state_of(STATE)

    def test_a_mail_server(self, impostor: int) -> None:
        """Nor is a letter, or the password of the mail account."""
        server = MailServer(host="127.0.0.1", port=impostor, security="tls", user="u", password="p", timeout=2)

        with pytest.raises(AdapterFailed) as failed, server.connected():
            raise AssertionError("nobody is let in")
        assert isinstance(failed.value.__cause__, ssl.SSLCertVerificationError)


@attrs.define
class Saying:
    """A site that answers everything alike, and counts."""

    answered: Answered
    asked: int = 0

    def answer(self, _: Asked, /) -> Answered:
        self.asked += 1
        return self.answered


@contextmanager
def site(answered: Answered) -> Iterator[tuple[str, Saying]]:
    saying = Saying(answered)
    server = LocalServer(saying)
    server.start()
    try:
        yield server.url, saying
    finally:
        server.stop()


class TestAnswers:
    """What is answered is bounded, in size and in time."""

    def test_the_largest(self, send: Callable[[Request], Response]) -> None:
        """A megabyte is read; a byte more is no answer."""
        with site(Answered(body=b"x" * LARGEST_ANSWER)) as (url, saying):
            assert len(send(Request(url=url)).body) == LARGEST_ANSWER
            saying.answered = Answered(body=b"x" * (LARGEST_ANSWER + 1))
            with pytest.raises(NoAnswer):
                send(Request(url=url))

    def test_one_without_an_end(self) -> None:
        """Reading stops at the bound, however much more is sent."""
        sent = 0

        def talk(connection: socket.socket) -> None:
            nonlocal sent
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while sent < 1000 * LARGEST_ANSWER:
                sent += connection.send(b"x" * 65_536)

        with listening(talk) as port, pytest.raises(NoAnswer):
            Httpx().send(Request(url=f"http://127.0.0.1:{port}/"))
        assert sent < 100 * LARGEST_ANSWER

    def test_redirects(self, send: Callable[[Request], Response]) -> None:
        """Nobody goes where a redirect leads."""

        def elsewhere(connection: socket.socket) -> None:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 307 Moved\r\nlocation: " + url.encode() + b"\r\ncontent-length: 0\r\n\r\n")

        with site(Answered()) as (url, saying), listening(elsewhere) as port:
            assert send(Request(url=f"http://127.0.0.1:{port}/")).status == 307
            assert saying.asked == 0

    def test_somebody_slow(self) -> None:
        """Time is bounded; our own client waits for twenty seconds at most."""
        patient = Httpx()._client.timeout
        client = Httpx(httpx.Client(timeout=0.2))

        def listen(connection: socket.socket) -> None:
            while connection.recv(65_536):
                """Say nothing, until the other side has had enough."""

        with listening(listen) as port, pytest.raises(NoAnswer) as failed:
            client.send(Request(url=f"http://127.0.0.1:{port}/"))

        assert isinstance(failed.value.__cause__, httpx.ReadTimeout)
        assert {patient.connect, patient.read, patient.write, patient.pool} == {20.0}


def gateways() -> dict[str, tuple[PaymentGateway, Callable[[bytes], Delivery]]]:
    """Give each gateway, and how its server signs any body."""
    wayforpay, stripe, liqpay = WayForPaySandbox(), StripeSandbox(), LiqPaySandbox()
    merchant = wayforpay.merchant()

    def signed_by_wayforpay(body: bytes) -> Delivery:
        signature = merchant.signature(merchant.account, "", "", "", "", "", "", "")
        head = json.dumps({"merchantAccount": merchant.account, "merchantSignature": signature})
        return Delivery(body=f'{head[:-1]}, "x": {body.decode()}}}'.encode(), headers={})

    return {
        "wayforpay": (WayForPay(merchant), signed_by_wayforpay),
        "stripe": (StripeGateway(stripe.account()), lambda body: stripe.signed(b'{"type": "ping", "x": %b}' % body)),
        "liqpay": (LiqPay(liqpay.shop()), lambda body: liqpay.signed(b'{"x": %b}' % body)),
    }


class TestCallbacks:
    """A callback is bounded, whoever signed it."""

    @pytest.mark.parametrize("name", ["wayforpay", "stripe", "liqpay"])
    def test_size(self, name: str) -> None:
        """One that is too large is refused, and was not parsed; one that is not is read."""
        gateway, sign = gateways()[name]
        small, large = (sign(b'"%b"' % (b"x" * size)) for size in (1000, 1 << 20))

        assert gateway.read_callback(small.body, small.headers).facts == ()
        with pytest.raises(Refused) as refused:
            gateway.read_callback(large.body, large.headers)
        assert refused.value.code == "callback.not_verified"

    @pytest.mark.parametrize("name", ["wayforpay", "stripe", "liqpay"])
    def test_nesting(self, name: str) -> None:
        """One that is nested too deeply is refused, and is no crash."""
        gateway, sign = gateways()[name]
        deep = sign(b"[" * 20_000 + b"]" * 20_000)

        with pytest.raises(KwigaOrdersError):
            gateway.read_callback(deep.body, deep.headers)
