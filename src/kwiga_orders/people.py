"""The staff as the host knows it: names behind ids, and a list to choose from (V8)."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

__all__ = ["AsyncPeople", "AsyncStaffDirectory", "People", "StaffDirectory"]


class People(Protocol):
    """The host's directory of its staff: managers, responsibles, curators, assignees, actors."""

    def find_names(self, project: str, ids: Sequence[str], /) -> Mapping[str, str]:
        """Give the names of these people, as far as they are known; asked once for all people of an answer."""


# decision 0056: a protocol of its own, so that a directory without a list stays one
@runtime_checkable
class StaffDirectory(People, Protocol):
    """A directory that can be listed, too: then forms offer people to choose from. A host need not have it.

    1. It lists whom a manager may name in an order, an offer or a task: those who left the school may have a name and
       be in no list.
    2. The names are those that `find_names` gives, and only people of that project are listed (K6).
    """

    def list_staff(self, project: str, /) -> Mapping[str, str]:
        """Give the names of all people of the staff by their ids; they are searched and cut into pages here."""


class AsyncPeople(Protocol):
    """`People`, awaited."""

    async def find_names(self, project: str, ids: Sequence[str], /) -> Mapping[str, str]:
        """Give the names of these people, as far as they are known."""


@runtime_checkable
class AsyncStaffDirectory(AsyncPeople, Protocol):
    """`StaffDirectory`, awaited; the same conditions."""

    async def list_staff(self, project: str, /) -> Mapping[str, str]:
        """Give the names of all people of the staff by their ids."""
