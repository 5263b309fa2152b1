"""A school with many orders on PostgreSQL: load an order, read the board and a page, count, search.

The floors are only psycopg: it reads the needed rows by index and makes nothing from them. For the board and the page
it reads a table that has a column for each field of a card. Time is wall time, because the server spends most of it.
The server is the one of the tests, with settings for temporary data; nothing is written during the measurement.
"""

from collections.abc import Sequence
from itertools import cycle
from time import perf_counter
from typing import Any

import psycopg

from benchmarks.listing import Listing, Raw
from benchmarks.patterns import SCHOOL
from benchmarks.scale import Scale
from benchmarks.table import Work, looping
from kwiga_orders.adapters.sql import SqlOrderStore

__all__ = ["works"]

_DOCUMENT = "SELECT schema, document FROM kwiga_orders WHERE project = ? AND id = ?"


def works(scale: Scale) -> list[Work]:
    """Everything at full size."""
    url = scale.postgres(scale.on_postgres)
    # the index of trigrams can be read only by bitmap scans
    without_trigrams = said_to(url, "SET enable_bitmapscan = off")
    school = Listing(
        store=scale.opened(SqlOrderStore.from_url(url)),
        raw=said_to(url),
        scan=without_trigrams,
        where="on PostgreSQL",
        count=scale.on_postgres,
        clock=perf_counter,
    )
    return [loading(school), *school.works()]


def said_to(url: str, *settings: str) -> Raw:
    """Give a function that executes statements on the server."""
    connection = psycopg.connect(url, autocommit=True)
    for setting in settings:
        connection.execute(setting.encode())

    def raw(statement: str, values: Sequence[object]) -> list[Any]:
        return connection.execute(statement.replace("?", "%s").encode(), values).fetchall()

    return raw


def loading(school: Listing) -> Work:
    """Load one order, a different one each time, in its own transaction; the floor reads its document."""
    ours, floor = (cycle(school.some_ids(1000)) for _ in range(2))
    return Work(
        topic=f"load one order, of {school.count:_} {school.where}",
        ours=looping(lambda: school.load(next(ours)), clock=school.clock),
        floor=looping(lambda: school.raw(_DOCUMENT, (SCHOOL.id, next(floor))), clock=school.clock),
        goal=None,
    )
