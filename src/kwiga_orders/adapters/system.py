"""The machine's clock, and ids from its source of randomness."""

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kwiga_orders.ports import Clock, Ids

__all__ = ["RandomIds", "SystemClock"]

_BYTES = 16


class SystemClock:
    """Tells the time by the machine's clock, in UTC."""

    def now(self) -> datetime:
        """Give the present instant, in UTC."""
        return datetime.now(UTC)


class RandomIds:
    """Makes ids of 128 random bits: 22 characters that need no quoting in a URL, and cannot be guessed (O5)."""

    def new(self) -> str:
        """Give an id."""
        return secrets.token_urlsafe(_BYTES)


if TYPE_CHECKING:
    _clock: Clock = SystemClock()
    _ids: Ids = RandomIds()
