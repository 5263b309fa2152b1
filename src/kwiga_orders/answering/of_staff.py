"""The staff by name, for the options of forms (V8)."""

from datetime import datetime

from kwiga_orders import queries
from kwiga_orders.asking import Asking, list_staff
from kwiga_orders.cursors import cursor_text, read_cursor
from kwiga_orders.folding import folded, words_of
from kwiga_orders.views.school_shapes import PersonView, StaffView

__all__ = ["answer_staff"]


def answer_staff(query: queries.StaffQuery, _: datetime) -> Asking[StaffView]:
    """Give a page of the staff, by name; it is empty if the host does not list its staff."""
    staff = yield from list_staff()
    words = words_of(query.search or "")
    # Without a cursor, begin before every name.
    after = ("", "") if query.after is None else tuple(read_cursor(query.after, "staff", types=(str, str)))
    # Sorted by folded name, as contacts are; equal names are sorted by id.
    places = sorted(((folded(name), id) for id, name in (staff or {}).items()))
    found = [place for place in places if place > after and all(word in place[0] for word in words)]
    shown = found[: query.limit]
    return StaffView(
        rows=[PersonView(id=id, name=(staff or {})[id]) for _, id in shown],
        next=cursor_text("staff", *shown[-1]) if len(found) > len(shown) else None,
        listed=staff is not None,
    )
