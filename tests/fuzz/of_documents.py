"""Readers of documents: the wire, what is stored, files to import, cursors, URLs, what people type."""

import base64
import io
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import attrs
import httpcore
import httpx

from kwiga_orders import testing, wire
from kwiga_orders.adapters.documents import ALL_SCHEMAS
from kwiga_orders.adapters.gateways.keyless import first_pages, key_in, payment_in, refunds_in_sum
from kwiga_orders.adapters.http import Httpx, Request, Response
from kwiga_orders.adapters.mail import Letterbox, MailServer, Templates
from kwiga_orders.adapters.sql.engines import engine_for
from kwiga_orders.adapters.webhooks import Endpoint, WebhookNotifier
from kwiga_orders.changes import OutboxRow
from kwiga_orders.errors import KwigaOrdersError
from kwiga_orders.gateways import StateRequest, names_a_payment
from kwiga_orders.listing import OrderFilters
from kwiga_orders.money import Money
from kwiga_orders.project import Contact
from kwiga_orders.queries import (
    ChangesQuery,
    ContactsQuery,
    HistoryQuery,
    OrdersQuery,
    ParkedDeliveriesQuery,
    ParticipantsQuery,
    StaffQuery,
)
from kwiga_orders.service import Orders
from kwiga_orders.wire.cases import read_case
from kwiga_orders.wire.csv_files import CsvSource, read_csv
from kwiga_orders.wire.imports import read_json_lines
from tests.fuzz.fuzzing import Reader, endings_of
from tests.integrations.test_mail import SENDER, School, mail, row
from tests.laws.office import Office

__all__ = ["readers"]

_TESTS = Path(__file__).parent.parent
CASES = Path(testing.__file__).parent / "cases"
_AT = datetime(2026, 11, 1, 8, tzinfo=UTC)
_ROW = OutboxRow(
    id="o1:00000002:0001", kind="event", name="order.paid", order="o1", contact="olena", at=_AT, key="k", data={}
)


def readers() -> Iterator[Reader]:
    """Give the readers, with documents of the cases and golden files."""
    cases = [path.read_bytes() for path in sorted(CASES.rglob("*.json"))[::20]]
    documents = list(_commands_in(cases))
    golden = [text.encode() for texts in _golden().values() for text in texts]
    yield Reader(name="read_json", read=_json, seeds=[*documents[:20], *golden[:10]])
    yield Reader(name="commands", read=_commands, seeds=documents)
    yield Reader(name="cases", read=lambda data: read_case(wire.read_json(data)), seeds=cases[:12])
    yield Reader(name="stored_documents", read=_stored, seeds=golden)
    yield Reader(name="import_json_lines", read=lambda data: list(read_json_lines(io.BytesIO(data))), seeds=_LINES)
    yield Reader(name="import_csv", read=_csv, seeds=_SHEETS)
    yield Reader(name="cursors", read=_cursors, seeds=_cursor_seeds())
    yield Reader(
        name="texts", read=_texts, seeds=[b"o1.1~a2", b"o1.1~10000-2", b"o1.1~100~r5", b"1042 olena@x", b"+38"]
    )
    yield Reader(name="urls", read=_urls, seeds=_URLS)
    yield Reader(name="http_answers", read=_http, seeds=_HTTP)
    yield Reader(name="mail_replies", read=_mail, seeds=_MAIL)


# The wire


def _json(data: bytes) -> object:
    return endings_of(
        lambda: wire.read_json(data),
        lambda: wire.read_json(data.decode("utf-8", "surrogateescape")),
        lambda: wire.read_json(data, limit=64),
    )


_OF_THE_WIRE: tuple[Callable[[Any], object], ...] = (
    wire.read_command, wire.read_query, wire.read_contact, wire.read_course, wire.read_funnel, wire.read_offer,
    wire.read_progress, wire.read_project, wire.read_terms,
)  # fmt: skip


def _commands(data: bytes) -> object:
    document = wire.read_json(data)
    return endings_of(*(lambda read=read: read(document) for read in _OF_THE_WIRE))


def _commands_in(cases: list[bytes]) -> Iterator[bytes]:
    found: dict[str, bytes] = {}
    for case in cases:
        waiting: list[Any] = [json.loads(case)]
        while waiting:
            here = waiting.pop()
            waiting += here.values() if isinstance(here, dict) else here if isinstance(here, list) else ()
            if isinstance(here, dict) and (kind := here.get("command") or here.get("query") or here.get("product")):
                found.setdefault(str(kind), json.dumps(here).encode())
    yield from found.values()


# What is stored


@cache
def _golden() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted((_TESTS / "golden").glob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        documents = told.values() if isinstance(told, dict) else told
        found.setdefault(path.name.partition(".")[0], []).extend(json.dumps(one) for one in documents)
    return found


def _stored(data: bytes) -> object:
    text = data.decode("utf-8", "surrogateescape")
    return endings_of(
        *(
            lambda schema=schema, number=number: schema.read(text, schema=number, id="o1")
            for schema in ALL_SCHEMAS
            for number in range(1, schema.number + 2)
        )
    )


# Files to import

_LINES = [
    b'{"kind":"order","key":"a1","contact":"olena","lines":[{"product":"python","price":"1000.00"}],"payments":'
    b'[{"amount":"400.00","paid_at":"2026-01-05T10:00:00Z","refunds":[{"reference":"r","amount":"1.00"}]}]}\n',
    b'{"kind":"contact","id":"olena","name":"\xd0\x9e","email":"o@example.com","locale":"uk"}\n',
    b'{"kind":"offer","code":"python","title":"P","currency":"UAH","items":[{"product":"python","price":"1.00"}]}\n',
    b'{"kind":"course","product":"python","title":"P","modules":[{"id":"m","lessons":[{"id":"l"}]}]}\n',
    b'{"kind":"order","key":"a","contact":"c","lines":[{"product":"p","price":"1"}],"history":{"schema":2,"rows":[]}}',
]
_SHEETS = [
    b"key,contact,products,prices,paid,refunded,created_at,tags\na1,olena,python,1000.00,400.00,,2026-01-05T10:00:00Z,vip\n",
    b'key;contact;products;prices\r\n"a;1";olena;"python";1000.00\r\n',
    b'\xef\xbb\xbfkey,contact,contact_name,products,prices,discount_percent,comment\na,c,"O ""K""",p,1.00,10,"a\nb"\n',
]


_WAYS = (CsvSource(), CsvSource(separator=";"), CsvSource(encoding="cp1251"))


def _csv(data: bytes) -> object:
    return endings_of(*(lambda way=way: list(read_csv(io.BytesIO(data), way)) for way in _WAYS))


# Cursors, and what people type


@cache
def _school() -> Orders:
    office = Office()
    for number in range(4):
        office.knows(Contact(id=f"c{number}", name="Олена", email="olena@example.com"))
        office.makes(str(number + 1), contact=f"c{number}")
    return office.orders


_PAGED: tuple[Callable[[str], Any], ...] = (
    lambda cursor: OrdersQuery(after=cursor, limit=1),
    lambda cursor: OrdersQuery(sort="total", descending=True, after=cursor, limit=1),
    lambda cursor: OrdersQuery(sort="due", after=cursor, limit=1),
    lambda cursor: ParticipantsQuery(product="python", after=cursor),
    lambda cursor: HistoryQuery(order="id1", after=cursor),
    lambda cursor: ContactsQuery(after=cursor),
    lambda cursor: StaffQuery(after=cursor),
    lambda cursor: ChangesQuery(after=cursor),
    lambda cursor: ParkedDeliveriesQuery(after=cursor),
)


def _cursors(data: bytes) -> object:
    raw = data.decode("utf-8", "surrogateescape")
    forged = base64.urlsafe_b64encode(data).decode().rstrip("=")
    ask = _school().ask
    return endings_of(*(lambda make=make, text=text: ask(make(text)) for make in _PAGED for text in (raw, forged)))


def _cursor_seeds() -> list[bytes]:
    found = [
        b'["created",true,1,1]',
        b'["total",true,100,1]',
        b'["history",1,1]',
        b'["contacts","a","b"]',
        b'["staff","a","b"]',
        b'["changes",1]',
    ]
    for make in _PAGED:
        try:
            page = _school().ask(attrs.evolve(make("x"), after=None))
        except KwigaOrdersError:
            continue
        if isinstance(page, dict) and isinstance(page.get("next"), str):
            found.append(str(page["next"]).encode())
    return found


_TEXTS = [b"o1.1~a2", b"o1.1~10000-2", b"o1.1~100~r5", b"1042 olena@example.com", b"+380 67", b"12.50", b"UAH"]


def _texts(data: bytes) -> object:
    text = data.decode("utf-8", "surrogateescape")
    told = payment_in(text), key_in(text), names_a_payment(text)
    request = StateRequest(payment="o1.1", amount=Money(100, "UAH"), references=(text,), keys=(text,))
    first_pages(request)
    list(refunds_in_sum(Money(100, "UAH"), payment="o1.1", reference="o1.1~100", known=(f"o1.1~100~r{text}", text)))
    orders = _school()
    return told, endings_of(
        lambda: orders.ask(OrdersQuery(filters=OrderFilters(search=text))),
        lambda: orders.ask(ContactsQuery(search=text)),
        lambda: orders.ask(HistoryQuery(order=text)),
        lambda: Money.of(text, "UAH"),
        lambda: Money.of("1", text),
    )


# URLs

_URLS = [
    b"https://crm.example/hook?a=b", b"http://[::1]:8080/x", b"https://user:pw@crm.example:443/", b"sqlite:///school.db",
    b"postgresql://u:p@host:5432/db?sslmode=require", b"sqlite:///:memory:", b"http://127.0.0.1:99999/", b"file:///etc",
    b"https://xn--e1afmkfd.example/", b"https://\xd0\xbf.example/",
]  # fmt: skip


def _answered(request: httpx.Request) -> httpx.Response:
    if request.url.scheme not in ("http", "https"):
        raise httpx.UnsupportedProtocol("as what really sends does")
    return httpx.Response(204)


_CLIENT = Httpx(httpx.Client(transport=httpx.MockTransport(_answered), follow_redirects=False))


def _urls(data: bytes) -> object:
    text = data.decode("utf-8", "surrogateescape")
    endpoint = Endpoint(url=text, secrets=("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",))
    return endings_of(
        lambda: WebhookNotifier(lambda _: [endpoint], http=_CLIENT, resolve=_resolve).notify("school", _ROW),
        lambda: _CLIENT.send(Request(url=text)),
        lambda: engine_for(text).dispose(),
    )


def _resolve(host: str, _: int) -> tuple[str, ...]:
    return ("93.184.216.34",)


# HTTP answers, as bytes on the line

_HTTP = [
    b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x08\x00",
    b"HTTP/1.1 200 OK\r\ncontent-encoding: deflate\r\n\r\nabc",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 no\r\nset-cookie: a=b\r\n\r\n",
]  # fmt: skip


def _http(data: bytes) -> object:
    return _raw_http(data, "http://gateway.example/api").status


def _raw_http(data: bytes, url: str) -> Response:
    with httpx.HTTPTransport(verify=False) as transport:
        transport._pool = httpcore.ConnectionPool(network_backend=httpcore.MockBackend([data]))
        with httpx.Client(transport=transport, follow_redirects=False) as client:
            return Httpx(client).send(Request(url=url, body=b"{}"))


# Replies of a mail server

_MAIL = [
    b"220 hello\r\n250-mail\r\n250 SIZE 1000\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n221 bye\r\n",
    b"220 hello\r\n250 mail\r\n250 ok\r\n550 no such user\r\n250 ok\r\n221 bye\r\n",
    b"220 hello\r\n250 mail\r\n250 ok\r\n250 ok\r\n354 go\r\n452 full\r\n",
    b"421 busy\r\n", b"220 hi\r\n250-AUTH LOGIN PLAIN\r\n250 ok\r\n235 in\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n",
    b"220 hi\r\n250 STARTTLS\r\n220 go\r\n",
]  # fmt: skip


_TEMPLATES = Templates()
_NOTIFIERS = [
    mail(MailServer(host="h", security="none", timeout=1, user=user, password=user), templates=_TEMPLATES)
    for user in (None, "u")
]


_LETTER = Letterbox(sender=SENDER, people=School(), templates=_TEMPLATES).message("school", row())


class _Line:
    """A connection on which all that will ever be said was said at once."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    def makefile(self, _: str) -> io.BytesIO:
        return io.BytesIO(self._said)

    def sendall(self, _: bytes) -> None:
        """Take what is sent."""

    def close(self) -> None:
        """End."""


@contextmanager
def _on_the_line(said: bytes) -> Iterator[None]:
    with patch.object(socket, "create_connection", lambda *_, **__: _Line(said)):
        yield


def _mail(data: bytes) -> object:
    # what is said is read here, not what is written: the letter stays the same
    with _on_the_line(data), patch.object(Letterbox, "message", lambda *_: _LETTER):
        return endings_of(*(lambda one=one: one.notify("school", row()) for one in _NOTIFIERS))
