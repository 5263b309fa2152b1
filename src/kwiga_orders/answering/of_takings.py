"""Money paid and refunded by day, month, offer, product, manager, gateway or kind (V8)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from kwiga_orders import queries
from kwiga_orders.answering.naming import Names, names_for
from kwiga_orders.asking import Asking, get_project, look_up
from kwiga_orders.errors import Fault, InvalidInput
from kwiga_orders.listing import Taken, TakingsSearch
from kwiga_orders.money import Money
from kwiga_orders.periods import begins, ends, zone_named
from kwiga_orders.views.list_shapes import TakingsView
from kwiga_orders.views.plain import amount

__all__ = ["answer_takings"]

_MOST_SPANS = 4000
"""The most spans of an answer: ten years of days."""


def answer_takings(query: queries.TakingsQuery, _: datetime) -> Asking[list[TakingsView]]:
    """Give money paid and refunded, grouped as the query says, each currency separately.

    Raises:
        InvalidInput: if there are too many days or months for an answer.
    """
    zone = zone_named((yield from get_project()).timezone)
    start, end = begins(query.starts_at, zone=zone), ends(query.until, zone=zone)
    # An empty span is not an error: the answer is empty.
    if end <= start:
        return []
    # Two comparisons instead of `in`: the type checker narrows the literal by them.
    if query.by == "day" or query.by == "month":
        instants = _days(start, end, query.by, zone)
        taken = yield from look_up(TakingsSearch(instants=instants))
        # The key is the text of the day, or of its month.
        length = len("2026-12-01" if query.by == "day" else "2026-12")
        days = {at: at.astimezone(zone).date().isoformat()[:length] for at in instants}
        return [_view(one, days[one.since], None) for one in taken]
    taken = yield from look_up(TakingsSearch(instants=(start, end), by=query.by))
    name = yield from _names_of(query.by, taken)
    return [_view(one, one.key, None if one.key is None else name(one.key)) for one in taken]


def _days(start: datetime, end: datetime, by: str, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Give the instants at which days or months begin, from the start to the end."""
    found, day = [start], start.astimezone(zone).date()
    # T5: local midnights, also on days when summer time begins or ends.
    while (at := begins(day := _following(day, by), zone=zone)) < end:
        found.append(at)
        if len(found) > _MOST_SPANS:
            raise InvalidInput([Fault(path="until", code="input.too_large", hint=f"at most {_MOST_SPANS} days")])
    return *found, end


def _following(day: date, by: str) -> date:
    if by == "day":
        return day + timedelta(days=1)
    # December leads to January of the next year.
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


_LOADED: Mapping[str, str] = {"offer": "offers", "product": "products", "manager": "people"}
"""The groupings by ids, with the names to load."""


def _names_of(by: str, taken: Sequence[Taken]) -> Asking[Callable[[str], str | None]]:
    if by not in _LOADED:
        # Other groupings have no names to load.
        return _nothing
    ids = dict.fromkeys(one.key for one in taken if one.key is not None)
    names: Names = yield from names_for(**{_LOADED[by]: ids})
    found: Mapping[str, str] = getattr(names, _LOADED[by])
    return found.get


def _nothing(_: str) -> None:
    return None


def _view(taken: Taken, key: str | None, name: str | None) -> TakingsView:
    paid, refunded = (Money(minor, taken.currency) for minor in (taken.paid, taken.refunded))
    return TakingsView(
        key=key,
        name=name,
        currency=taken.currency,
        paid=amount(paid),
        refunded=amount(refunded),
        net=amount(paid - refunded),
        count=taken.count,
    )
