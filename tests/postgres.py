"""A real PostgreSQL for the tests: the server that `KWIGA_TEST_POSTGRES_URL` names, or one that comes with a wheel.

The wheel's server is shared by all workers of a test run, and goes away with the last of them. Each worker has a
database of its own, whose tables are emptied as often as somebody asks for a fresh one. A test that cannot have its
server fails; nothing is skipped.
"""

import atexit
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.adapters.sql.tables import METADATA

NAMED_BY = "KWIGA_TEST_POSTGRES_URL"
# faster than TRUNCATE, which makes every file of every index anew
_EMPTY = "; ".join(f"DELETE FROM {table.name}" for table in reversed(METADATA.sorted_tables))


@cache
def server() -> str:
    """Give the URL of a server, as somebody who may make databases and roles."""
    url = os.environ.get(NAMED_BY) or _own_server()
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as problem:
        pytest.fail(f"the tests need the PostgreSQL of {NAMED_BY}, which does not answer: {problem}", pytrace=False)
    return url


def _own_server() -> str:
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"kwiga-orders-postgres-{run}"
    try:
        with warnings.catch_warnings():
            # it says so when nobody told it where to put sockets
            warnings.simplefilter("ignore")
            from pgserver.postgres_server import get_server

            # made here, for two workers may come at once, and it would fail for the second
            folder.mkdir(exist_ok=True)
            started = get_server(folder, cleanup_mode="delete")
    except Exception as problem:
        pytest.fail(f"no PostgreSQL starts here ({problem!r}): name one by {NAMED_BY}", pytrace=False)
    with psycopg.connect(started.get_uri(), autocommit=True) as connection:
        # tables that are thrown away need not survive a power cut
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
    return str(started.get_uri())


@contextmanager
def new_database(options: str = "") -> Iterator[str]:
    """Make a database with nothing in it; give its URL."""
    name = f"kwiga_{uuid4().hex}"
    with psycopg.connect(server(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} {options}")
    try:
        yield sa.make_url(server()).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@cache
def _own_database() -> str:
    opened = new_database()
    url = opened.__enter__()
    atexit.register(opened.__exit__, None, None, None)
    SqlOrderStore.from_url(url).close()
    return url


def as_it_is() -> str:
    """Give the URL of this worker's database, with whatever its tables have."""
    return _own_database()


def emptied() -> str:
    """Give the URL of this worker's database, with empty tables; who used it before is done with it."""
    url = _own_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET lock_timeout = '5s'")
        connection.execute(_EMPTY)
    return url
