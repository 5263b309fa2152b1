"""The cost of a framework: a command through Django's connection, and through the router of FastAPI.

The floor is the same command without the framework, on our own store in a database with the same settings: for Django
`SqlOrderStore`, for FastAPI `AsyncOrders` on SQLite. The request is passed to the application directly, so neither a
server nor a network is measured. Time is processor time in this process: both sides wait equally long for the disk and
the database, so by wall time the ratio would be nearer to one.
"""

import asyncio
import atexit
import json
from collections.abc import Callable
from contextlib import ExitStack
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any, cast

import django
import psycopg
from django.conf import settings
from django.core.management import call_command
from fastapi import FastAPI

from benchmarks.bench_commits import CONTACTS, furnished, open_offer, pieces
from benchmarks.table import Work
from kwiga_orders.adapters.memory import AsyncMemoryCourses, AsyncMemoryProgress, MemoryCourses
from kwiga_orders.adapters.sql import AsyncSqlOrderStore, SqlOrderStore
from kwiga_orders.adapters.system import RandomIds, SystemClock
from kwiga_orders.aio import AsyncOrders
from kwiga_orders.contrib.fastapi import Visitor, install, router
from kwiga_orders.course import Course
from kwiga_orders.offers import CreateOffer, ItemAsked, OfferState
from kwiga_orders.orders.commands import OpenOffer
from kwiga_orders.project import Actor, Contact, Project
from tests import postgres

__all__ = ["works"]

_STAYS = ExitStack()
"""What stays open until all measurements are done."""


def works() -> list[Work]:
    """A command through each framework."""
    found = [through_django("default", "SQLite"), through_django("server", "PostgreSQL"), through_fastapi()]
    # registered after what starts a server, and so run before that stops it
    atexit.register(_STAYS.close)
    return found


@cache
def folder() -> Path:
    """Give a folder for files."""
    return Path(_STAYS.enter_context(TemporaryDirectory(prefix="kwiga-orders-bench-")))


@cache
def django_site() -> str:
    """Set up Django with a file and a server, with the settings of our own store; give the server's URL."""
    url = _STAYS.enter_context(postgres.new_database())
    place = psycopg.conninfo.conninfo_to_dict(url)
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": folder() / "django.db",
                "OPTIONS": {
                    "transaction_mode": "IMMEDIATE",
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
                },
            },
            "server": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": place["host"],
                "NAME": place["dbname"],
                "USER": place["user"],
                "PASSWORD": place.get("password", ""),
                "OPTIONS": {"prepare_threshold": 5},
            },
        },
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "kwiga_orders.contrib.django"],
        KWIGA_ORDERS_HOST="kwiga_orders.contrib.django.Host",
        USE_TZ=True,
    )
    django.setup()
    for alias in ("default", "server"):
        call_command("migrate", database=alias, verbosity=0)
    return url


def through_django(alias: str, name: str) -> Work:
    """Open an offer through Django's connection, in its own transaction."""
    url = django_site()
    # models can be imported only after Django is set up
    from kwiga_orders.contrib.django.stores import store_on

    if alias == "default":
        own = f"sqlite:///{folder()}/own.db"
    else:
        own = _STAYS.enter_context(postgres.new_database())
        for one in (url, own):
            # the server of the tests does not wait for the disk by default
            with psycopg.connect(one, autocommit=True) as connection:
                connection.execute("ALTER DATABASE " + str(connection.info.dbname) + " SET synchronous_commit = on")
    hosted = furnished(store_on(alias, wake=lambda: None))
    bare = furnished(SqlOrderStore.from_url(own))
    return Work(
        topic=f"open_offer through Django, {name}",
        ours=pieces(lambda contact: open_offer(hosted, contact), CONTACTS, clock=process_time),
        floor=pieces(lambda contact: open_offer(bare, contact), CONTACTS, clock=process_time),
        goal=1.25,
        rounds=14,
    )


def through_fastapi() -> Work:
    """Open an offer by a request to the router."""
    runner = asyncio.Runner()
    _STAYS.callback(runner.close)
    # closed before the loop, because connections report to it
    _STAYS.callback(lambda: [runner.run(cast(AsyncSqlOrderStore, one.store).close()) for one in (hosted, bare)])
    hosted, bare = (runner.run(awaited(f"sqlite:///{folder()}/{name}.db")) for name in ("hosted", "bare"))
    app = FastAPI()
    install(app)
    app.include_router(router(hosted, actor=lambda: Visitor(actor=Actor(kind="staff", id="ira"))))

    def sent(contact: str) -> None:
        runner.run(requested(app, "/commands/open_offer", {"offer": "basic", "contact": contact}))

    return Work(
        topic="open_offer through FastAPI, SQLite",
        ours=pieces(sent, CONTACTS, clock=process_time),
        floor=pieces(
            lambda contact: runner.run(bare.execute(OpenOffer(offer="basic", contact=contact))),
            CONTACTS,
            clock=process_time,
        ),
        goal=2,
        rounds=14,
    )


async def awaited(url: str) -> AsyncOrders:
    """Give the async service of a school that sells a course."""
    store = await AsyncSqlOrderStore.from_url(url)
    await store.save_project(Project(id="school", timezone="Europe/Kyiv", currency="UAH"))
    for id in CONTACTS:
        await store.save_contact("school", Contact(id=id, name=f"Name of {id}"))
    courses = MemoryCourses()
    courses.put("school", Course(product="python", title="Python"))
    orders = AsyncOrders(
        project="school",
        store=store,
        courses=AsyncMemoryCourses(courses),
        progress=AsyncMemoryProgress(),
        clock=SystemClock(),
        ids=RandomIds(),
    )
    item = ItemAsked(product="python", price=Decimal("1000.00"))
    await orders.execute(CreateOffer(code="basic", title="Basic", items=(item,), state=OfferState.PUBLISHED))
    return orders


async def requested(app: Callable[..., Any], path: str, document: object) -> None:
    """Pass a request to an application, as a server would."""
    body = json.dumps(document).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        statuses.extend([message["status"]] if message["type"] == "http.response.start" else [])

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    assert statuses == [200]
