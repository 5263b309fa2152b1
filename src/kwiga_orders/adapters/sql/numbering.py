"""Order numbers, which are taken only when a change is committed (O5).

Commands that decide at the same time need different numbers. Each gets a provisional number: 18 digits, most of them
random. The last message takes the next real number under a lock, and replaces the provisional number wherever it is
written. So numbers have no gaps and follow the order of commits, and no command waits for a number while it decides.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from secrets import randbelow
from typing import Any

import attrs
import sqlalchemy as sa

from kwiga_orders.adapters.sql.steps import Row, Step
from kwiga_orders.adapters.sql.tables import orders
from kwiga_orders.errors import Detail

__all__ = ["LAST_NUMBER", "Numbering"]

_FIRST, _KINDS, _MOST = 900_000_000_000_000_000, 90_000_000_000, 1_000_000
_SETTING = "kwiga_orders.last_number"

LAST_NUMBER = sa.select(sa.func.coalesce(sa.func.max(orders.c.number), 0).label("last")).where(
    orders.c.project == sa.bindparam("project")
)
"""The last number that was taken."""


@attrs.frozen
class Numbering:
    """The provisional numbers of one transaction: `base` stands for the real number `last + 1`, and so on."""

    base: int
    last: int

    @classmethod
    def after(cls, last: int) -> "Numbering":
        """Make provisional numbers."""
        # Random, so that two transactions never have the same numbers and texts never contain them by chance.
        return cls(_FIRST + randbelow(_KINDS) * _MOST, last)

    def is_provisional(self, number: object) -> bool:
        """Tell whether a number is provisional."""
        return isinstance(number, int) and self.base <= number < self.base + _MOST

    def told(self, detail: Detail, last: int | None = None) -> Detail:
        """Replace provisional numbers in the detail of an error by those that orders would get next."""
        if isinstance(detail, int) and self.is_provisional(detail):
            return detail - self.base + 1 + (self.last if last is None else last)
        if isinstance(detail, Mapping):
            return {name: self.told(one, last) for name, one in detail.items()}
        if isinstance(detail, Sequence) and not isinstance(detail, str):
            return [self.told(one, last) for one in detail]
        return detail

    def resolved(self, steps: Sequence[Step], last: int) -> Iterator[Step]:
        """Replace provisional numbers in steps by the real numbers after `last`."""
        # Most steps contain no number and are passed on unchanged.
        for step in steps:
            mentions = [self._mentions(row) for row in step.rows]
            if not any(mentions):
                yield step
                continue
            both = zip(step.rows, mentions, strict=True)
            yield step._replace(
                rows=[{**row, **{name: self._real(row[name], last) for name in names}} for row, names in both]
            )

    def _real(self, value: object, last: int) -> object:
        if isinstance(value, int):
            return value - self.base + 1 + last
        for number in self._in(value):
            value = str(value).replace(str(number), str(number - self.base + 1 + last))
        return value

    def in_database(self, steps: Sequence[Step]) -> Iterator[Step]:
        """Give steps in which PostgreSQL itself replaces provisional numbers; the first of them inserts a new order."""
        is_taken = False
        for step in steps:
            mentions = [self._mentions(row) for row in step.rows]
            if not any(mentions):
                yield step
                continue
            for row, names in zip(step.rows, mentions, strict=True):
                yield self._numbered(step, row, names, takes=not is_taken) if names else step._replace(rows=(row,))
                is_taken = is_taken or bool(names)

    def _numbered(self, step: Step, row: Row, mentions: Sequence[str], *, takes: bool) -> Step:
        texts = tuple(name for name in mentions if isinstance(row[name], str))
        numbers = tuple(name for name in mentions if isinstance(row[name], int))
        found = {number for name in texts for number in self._in(row[name])} | {row[name] for name in numbers}
        # A row belongs to one order, so it contains one provisional number.
        (provisional,) = found
        values = {**row, "provisional": str(provisional), "beyond": provisional - self.base + 1}
        assert isinstance(step.statement, sa.Insert)
        return step._replace(statement=_with_numbers(step.statement, texts, numbers, takes=takes), rows=(values,))

    def _mentions(self, row: Row) -> list[str]:
        """Give the columns of a row that contain provisional numbers. Fast: it runs for every value of a new order."""
        first, end, prefix = self.base, self.base + _MOST, str(self.base // _MOST)
        return [
            name
            for name, value in row.items()
            if (prefix in value if isinstance(value, str) else isinstance(value, int) and first <= value < end)
        ]

    def _in(self, value: object) -> list[int]:
        """Give the provisional numbers that a text contains."""
        prefix = str(self.base // _MOST)
        if not isinstance(value, str) or prefix not in value:
            return []
        width, parts = len(str(_MOST)) - 1, value.split(prefix)[1:]
        return sorted({int(prefix + part[:width]) for part in parts})


@lru_cache(maxsize=64)
def _with_numbers(statement: sa.Insert, texts: tuple[str, ...], numbers: tuple[str, ...], *, takes: bool) -> sa.Insert:
    """Give an insert that replaces the provisional number by the real one in these columns.

    If it `takes` the last number from the table, it stores it in a setting for the inserts that follow.
    """
    setting: sa.ColumnElement[str] = sa.literal_column(f"'{_SETTING}'")
    last: sa.ColumnElement[str] = sa.func.current_setting(setting)
    if takes:
        # Part of the insert, because a statement takes longer to send than to execute.
        last = sa.func.set_config(setting, sa.cast(LAST_NUMBER.scalar_subquery(), sa.Text), sa.true())
    real: sa.ColumnElement[Any] = sa.cast(last, sa.BigInteger) + sa.bindparam("beyond", type_=sa.BigInteger)
    provisional: sa.BindParameter[str] = sa.bindparam("provisional", type_=sa.Text)
    replaced = {
        name: sa.func.replace(sa.bindparam(name, type_=sa.Text), provisional, sa.cast(real, sa.Text)) for name in texts
    }
    return statement.values({**replaced, **dict.fromkeys(numbers, real)})
