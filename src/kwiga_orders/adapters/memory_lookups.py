"""The lookups of `listing`, answered by the store in memory."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from kwiga_orders.listing import ContactsById, Lookup
from kwiga_orders.project import Contact

if TYPE_CHECKING:
    from kwiga_orders.adapters.memory_records import ProjectState

__all__ = ["look_up"]

T = TypeVar("T")


def look_up(state: "ProjectState", lookup: Lookup[T]) -> T:
    """Answer a lookup from the state of a project."""
    return cast(T, _ANSWERS[type(lookup)](state, lookup))


def _contacts_by_id(state: "ProjectState", lookup: ContactsById) -> Mapping[str, Contact]:
    return {id: state.contacts[id] for id in lookup.ids if id in state.contacts}


_ANSWERS: Mapping[type[object], Callable[["ProjectState", Any], object]] = {
    ContactsById: _contacts_by_id,
}
