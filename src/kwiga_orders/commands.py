"""What all commands have in common.

A command names only what it changes (K2): a field that is `UNSET` stays as it is.
"""

from datetime import date, datetime
from enum import Enum
from typing import ClassVar, TypeVar

import attrs

from kwiga_orders.periods import day_or_utc, utc
from kwiga_orders.project import Actor

__all__ = ["UNSET", "Command", "Unset", "day_or_utc_if_given", "given", "utc_if_given"]

T = TypeVar("T")


class Unset(Enum):
    """Tells a field that a command does not name from one that it sets to None."""

    UNSET = "unset"

    def __bool__(self) -> bool:
        return False


UNSET = Unset.UNSET
"""Not named: stays as it is (K2)."""


def given(value: T | Unset, otherwise: T) -> T:
    """Give what a command names, else what was there."""
    return otherwise if isinstance(value, Unset) else value


def utc_if_given(value: datetime | Unset) -> datetime | Unset:
    """Give the instant that a command names in UTC (T1).

    Raises:
        Refused: `time.naive` if it says nothing of its zone.
    """
    return value if isinstance(value, Unset) else utc(value)


def day_or_utc_if_given(value: date | datetime | None | Unset) -> date | datetime | None | Unset:
    """Give the date that a command names as it is, and an instant in UTC (T1, T5).

    Raises:
        Refused: as `utc_if_given`.
    """
    return value if value is None or isinstance(value, Unset) else day_or_utc(value)


@attrs.frozen(kw_only=True)
class Command:
    """What every command may carry: who gives it, a key to repeat it safely (K1), the version it is based on (K2)."""

    name: ClassVar[str]
    actor: Actor = Actor()
    idempotency_key: str | None = None
    expected_version: int | None = None
