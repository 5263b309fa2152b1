"""The machine's clock, and random ids."""

from binascii import b2a_base64
from datetime import UTC, datetime
from os import urandom
from typing import TYPE_CHECKING

from kwiga_orders.ports import Clock, Ids

__all__ = ["RandomIds", "SystemClock"]

_BYTES, _LENGTH = 16, 22
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class SystemClock:
    """Tells the time by the machine's clock, in UTC."""

    def now(self) -> datetime:
        """Give the present instant, in UTC."""
        return datetime.now(UTC)


class RandomIds:
    """Makes ids of 128 random bits: 22 characters that need no quoting in a URL, and cannot be guessed (O5)."""

    def new(self) -> str:
        """Give an id."""
        # the same as `secrets.token_urlsafe`, in a third of the time
        return b2a_base64(urandom(_BYTES)).translate(_URL_SAFE)[:_LENGTH].decode()


if TYPE_CHECKING:
    _clock: Clock = SystemClock()
    _ids: Ids = RandomIds()
