"""The base class of commands.

A command names only what it changes (K2): a field that is `UNSET` keeps its value.
"""

from datetime import date, datetime
from enum import Enum
from typing import ClassVar, TypeVar

import attrs

from kwiga_orders.checked import Checked
from kwiga_orders.periods import chosen
from kwiga_orders.project import Actor

__all__ = ["UNSET", "Command", "Unset", "chosen_if_given", "given"]

T = TypeVar("T")


class Unset(Enum):
    """The type of `UNSET`, which distinguishes a field that is not named from one that is set to None."""

    UNSET = "unset"

    def __bool__(self) -> bool:
        return False


UNSET = Unset.UNSET
"""The field is not named, so it keeps its value (K2)."""


def given(value: T | Unset, otherwise: T) -> T:
    """Give the value that a command names, else the old one."""
    return otherwise if isinstance(value, Unset) else value


def chosen_if_given(value: date | datetime | None | Unset) -> date | datetime | None | Unset:
    """Leave a date or local time of a command unchanged, and convert an instant to UTC (T1, T5).

    Raises:
        Refused: as `chosen`.
    """
    return value if value is None or isinstance(value, Unset) else chosen(value)


@attrs.frozen(kw_only=True)
class Command(Checked):
    """The fields of every command: its actor, an idempotency key (K1), and the version it is based on (K2)."""

    name: ClassVar[str]
    actor: Actor = Actor()
    idempotency_key: str | None = None
    expected_version: int | None = None
