"""The measurements on a school with many orders, on any database: the board, a page, counts, searches."""

from collections.abc import Callable, Sequence
from functools import cached_property
from random import Random
from time import process_time

import attrs

from benchmarks.patterns import FUNNEL, MANAGERS, SCHOOL, STATUSES, service
from benchmarks.people import person
from benchmarks.plain_cards import SHOWN, TABLE
from benchmarks.table import Work, looping
from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.adapters.system import SystemClock
from kwiga_orders.listing import OrderSearch
from kwiga_orders.queries import BoardQuery, OrderFilters, OrdersQuery
from kwiga_orders.service import Orders

__all__ = ["Listing", "Raw"]

_CARDS = 50
_SHOWN = (
    "id, number, contact, offer, funnel, status, payment_status, type, manager, currency, total, created_at,"
    " updated_at, due_at"
)
_NEWEST = f"ORDER BY created_at DESC, number DESC LIMIT {_CARDS}"
_COLUMN = f"SELECT {SHOWN} FROM {TABLE} WHERE project = ? AND funnel = ? AND status = ? {_NEWEST}"
_PAGE = f"SELECT {SHOWN} FROM {TABLE} WHERE project = ? AND manager = ? AND payment_status = ? {_NEWEST}"
_COUNTERS = "SELECT status, currency, count, total FROM kwiga_counters WHERE project = ? AND funnel = ?"
_GROUPS = (
    "SELECT status, currency, count(*), sum(total) FROM kwiga_orders WHERE project = ? AND funnel = ?"
    " GROUP BY status, currency"
)
_OF_CONTACTS = (
    f"SELECT {_SHOWN} FROM kwiga_orders WHERE project = ? AND contact IN (SELECT id FROM kwiga_contacts"
    # the plus keeps the index by time from being used, so that the found contacts are used instead
    f" WHERE project = ? AND {{condition}}) ORDER BY +created_at DESC, +number DESC LIMIT {_CARDS}"
)
_OF_NUMBERS = f"SELECT {_SHOWN} FROM kwiga_orders WHERE project = ? AND number IN ({{numbers}})"

_CARDS_ARE_MADE = (
    "the floor makes nothing of the rows it reads, and its table has every field. Ours reads the contact of each card"
    " for its name, e-mail and phone (V8), and puts names beside ids: together as long as the cards, which are read as"
    " JSON."
)

Raw = Callable[[str, Sequence[object]], Sequence[object]]
"""Executes a statement with `?` placeholders on the database itself; gives the rows."""


@attrs.frozen
class Sought:
    """A search: the typed text, and the column and the part of its text by which LIKE finds it."""

    what: str
    text: str
    column: str
    part: str


@attrs.define(kw_only=True, slots=False)
class Listing:
    """A store with `count` orders and its database; `scan` executes statements that must not use trigrams."""

    store: SqlOrderStore
    raw: Raw
    scan: Raw
    where: str
    count: int
    clock: Callable[[], float] = process_time

    @cached_property
    def orders(self) -> Orders:
        """The service over the store."""
        return service(self.store, SystemClock())

    # What is asked

    def some_ids(self, count: int) -> list[str]:
        """Give the ids of some random orders."""
        numbers = Random(3).sample(range(1, self.count + 1), count)
        found = "SELECT id FROM kwiga_orders WHERE project = ? AND number = ?"
        return [str(self.raw(found, (SCHOOL.id, number))[0][0]) for number in numbers]  # type: ignore[index]

    def load(self, *ids: str) -> object:
        """Load orders in one transaction."""
        with self.store.transaction(SCHOOL.id, writes=False) as records:
            return [records.find_order(id) for id in ids]

    def board(self) -> object:
        """Read the board."""
        return self.orders.ask(BoardQuery(funnel=FUNNEL, cards=_CARDS))

    def page(self) -> object:
        """Read the first page of a manager's unpaid orders."""
        filters = OrderFilters(manager=MANAGERS[:1], payment_status=("unpaid",))
        return self.orders.ask(OrdersQuery(filters=filters, limit=_CARDS))

    def search(self, text: str) -> object:
        """Read the first page of a search."""
        return self.orders.ask(OrdersQuery(filters=OrderFilters(search=text), limit=_CARDS))

    def sought(self) -> list[Sought]:
        """Give the searches for a person who has orders."""
        somebody = person(self.count // 4 + 1)
        number = somebody.phone.removeprefix("+38")
        typed = f"{number[:3]} {number[3:6]}-{number[6:8]}-{number[8:]}"
        email = somebody.email.partition(".")[2].partition("@")[0]
        return [
            Sought("phone digits", typed, "phone", number[1:]),
            Sought("part of an e-mail", email, "email", email),
            Sought("a name", somebody.name, "name", somebody.name.casefold()),
        ]

    # What is measured

    def works(self) -> list[Work]:
        """Board, page, counts, searches."""
        return [self.drawing(), self.paging(), self.counting(), *map(self.searching, self.sought())]

    def drawing(self) -> Work:
        """Read the board; the floor reads rows of plain cards, and the counters."""

        def floor() -> None:
            self.raw(_COUNTERS, (SCHOOL.id, FUNNEL))
            for status in STATUSES:
                self.raw(_COLUMN, (SCHOOL.id, FUNNEL, status))

        drawn = self._work(f"board of {len(STATUSES)} × {_CARDS}", self.board, floor)
        return attrs.evolve(drawn, goal=1.5, why=_CARDS_ARE_MADE)

    def paging(self) -> Work:
        """Read a filtered page; the floor reads rows of plain cards."""

        def floor() -> None:
            self.raw(_PAGE, (SCHOOL.id, MANAGERS[0], "unpaid"))

        return attrs.evolve(self._work(f"a filtered page of {_CARDS}", self.page, floor), goal=1.5, why=_CARDS_ARE_MADE)

    def counting(self) -> Work:
        """Count by status in a transaction; the peer counts the orders."""
        search = OrderSearch(funnel=(FUNNEL,))
        with self.store.transaction(SCHOOL.id, writes=False) as records:
            groups, counts = self.raw(_GROUPS, (SCHOOL.id, FUNNEL)), records.count_by_status(search)
        assert sum(one.count for one in counts) == sum(group[2] for group in groups)  # type: ignore[index]

        def count() -> object:
            with self.store.transaction(SCHOOL.id, writes=False) as records:
                return records.count_by_status(search)

        return self._work(
            "counts and sums by status",
            count,
            lambda: self.raw(_COUNTERS, (SCHOOL.id, FUNNEL)),
            peers={"GROUP BY": (lambda: self.raw(_GROUPS, (SCHOOL.id, FUNNEL)), self._among_a_million(1000))},
        )

    def searching(self, sought: Sought) -> Work:
        """Search; the floor reads the rows that were found, the peer finds them with LIKE."""
        with self.store.transaction(SCHOOL.id, writes=False) as records:
            found = records.search(OrderSearch(text=sought.text, limit=_CARDS)).orders
        by_like = _OF_CONTACTS.format(condition=f"{sought.column} LIKE ?")
        values = (SCHOOL.id, SCHOOL.id, f"%{sought.part}%")
        assert len(found) == len(self.scan(by_like, values)) > 0
        by_number = _OF_NUMBERS.format(numbers=", ".join("?" * len(found)))
        numbers = (SCHOOL.id, *(order.number for order in found))
        return self._work(
            f"search by {sought.what} ({len(found)} found)",
            lambda: self.search(sought.text),
            lambda: self.raw(by_number, numbers),
            peers={"LIKE": (lambda: self.scan(by_like, values), self._among_a_million(20))},
        )

    def _among_a_million(self, least: float) -> float | None:
        """Give the goal for a million orders; with fewer orders the ratio is only shown."""
        return least if self.count >= 1_000_000 else None

    def _work(
        self,
        what: str,
        ours: Callable[[], object],
        floor: Callable[[], object],
        *,
        peers: dict[str, tuple[Callable[[], object], float | None]] | None = None,
    ) -> Work:
        return Work(
            topic=f"{what}, of {self.count:_} {self.where}".rstrip(),
            ours=looping(ours, clock=self.clock),
            floor=looping(floor, clock=self.clock),
            goal=None,
            peers={name: (looping(do, clock=self.clock), least) for name, (do, least) in (peers or {}).items()},
        )
