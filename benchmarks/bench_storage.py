"""A school with many orders on SQLite: load an order, read the board and a page, count, search; also at a tenth.

The floors are only sqlite3 on the same file: it reads the needed rows by index and makes nothing from them. For the
board and the page it reads a table that has a column for each field of a card. The floor of loading is three selects
from plain tables that are made into objects; fifty orders are loaded in one transaction.
"""

import sqlite3
from collections.abc import Callable, Sequence
from itertools import cycle
from random import Random
from typing import Any

from benchmarks.filling import contacts_of
from benchmarks.listing import Listing
from benchmarks.patterns import service
from benchmarks.people import contact_id
from benchmarks.plain_tables import by_orm, by_three_selects
from benchmarks.scale import Scale
from benchmarks.table import Work, looping
from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.adapters.system import SystemClock
from kwiga_orders.orders.commands import MarkPaid, OpenOffer

__all__ = ["works"]

_SAMPLE, _TOGETHER = 1000, 50


def works(scale: Scale) -> list[Work]:
    """Everything at full size, and the growth from a tenth of it."""
    small, large = (opened(scale, count) for count in (scale.orders // 10, scale.orders))
    return [*loading(scale, large), *large.works(), *growth(small, large)]


def opened(scale: Scale, count: int) -> Listing:
    """Open a database by the store and by sqlite3 alone."""
    path = scale.school(count)
    store = scale.opened(SqlOrderStore.from_url(f"sqlite:///{path}"))
    connection = sqlite3.connect(path)

    def raw(statement: str, values: Sequence[object]) -> list[Any]:
        return connection.execute(statement, values).fetchall()

    return Listing(store=store, raw=raw, scan=raw, where="on SQLite", count=count)


def loading(scale: Scale, school: Listing) -> list[Work]:
    """Load one order, a different one each time: inside a transaction, like the floor, and in its own transaction."""
    plain = scale.plain(scale.orders)
    ids = school.some_ids(_SAMPLE)
    some = cycle([ids[first : first + _TOGETHER] for first in range(0, _SAMPLE, _TOGETHER)])
    within = Work(
        topic=f"load one order, of {school.count:_} on SQLite",
        ours=looping(lambda: school.load(*next(some)), pieces=_TOGETHER),
        floor=looping(each(ids, by_three_selects(plain))),
        goal=1,
        peers={"SQLAlchemy ORM": (looping(each(ids, by_orm(plain))), None)},
    )
    alone = Work(
        topic=f"the same in a transaction of its own, of {school.count:_}",
        ours=looping(each(ids, school.load)),
        floor=within.floor,
        goal=None,
    )
    return [within, alone]


def each(ids: list[str], do: Callable[[str], object]) -> Callable[[], object]:
    """Give a function that does something with the next id each time."""
    following = cycle(ids)
    return lambda: do(next(following))


def growth(small: Listing, large: Listing) -> list[Work]:
    """One order or page costs the same among ten times as many orders."""
    kinds: dict[str, Callable[[Listing], Callable[[], object]]] = {
        "loading an order": lambda school: each(school.some_ids(_SAMPLE), school.load),
        "the board": lambda school: school.board,
        "a filtered page": lambda school: school.page,
        "a search": lambda school: lambda: school.search(school.sought()[0].text),
        "open_offer and mark_paid to their commits": buying,
    }
    return [
        Work(
            topic=f"growth of {what}, {large.count:_} orders to {small.count:_}",
            ours=looping(of(large)),
            floor=looping(of(small)),
            goal=1.2,
        )
        for what, of in kinds.items()
    ]


def buying(school: Listing) -> Callable[[], object]:
    """Open an offer, and mark its payment as paid."""
    orders = service(school.store, SystemClock())
    chance = Random(5)

    def buy() -> None:
        order = orders.execute(
            OpenOffer(offer="whole", contact=contact_id(chance.randrange(contacts_of(school.count))))
        ).made
        assert order is not None
        orders.execute(MarkPaid(order=order, payment=f"{order}.1"))

    return buy
