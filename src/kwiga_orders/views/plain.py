"""Values as the wire writes them: amounts as decimal strings, instants in UTC, unset fields left out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Any

import attrs

from kwiga_orders.codec import Json, utc_text
from kwiga_orders.commands import Unset
from kwiga_orders.money import Money
from kwiga_orders.payments import SavedMeans
from kwiga_orders.periods import Period
from kwiga_orders.project import Actor
from kwiga_orders.views.school_shapes import ActorView, PeriodView

__all__ = ["actor_view", "amount", "amounts", "instant", "maybe_instant", "period_view", "plain"]


def instant(at: datetime) -> str:
    """Write an instant in UTC: `2026-12-31T16:00:00Z` (T1)."""
    return f"{utc_text(at)}Z"


def _any_time(at: datetime) -> str:
    """Write an instant, or a local time that a person chose, which has no offset."""
    return (
        instant(at)
        # Seconds are shown only if somebody chose them.
        if at.tzinfo is not None
        else at.isoformat(timespec="auto" if at.second or at.microsecond else "minutes")
    )


def maybe_instant(at: datetime | None) -> str | None:
    """Write an instant, or none."""
    return None if at is None else instant(at)


def amount(money: Money) -> str:
    """Write an amount without its currency: `1000.00`."""
    return money.amount


def amounts(sums: Mapping[str, int]) -> dict[str, str]:
    """Write sums in minor units, by their currencies, as amounts."""
    return {currency: Money(minor, currency).amount for currency, minor in sorted(sums.items())}


def plain(value: object) -> Json:
    """Write any value of the domain; fields that are not named, or None because nobody said otherwise, are left out."""
    kind = type(value)
    # `setdefault`: two threads may look for a writer at once, and both find the same one.
    write = _FOUND.get(kind) or _FOUND.setdefault(kind, _writer_of(kind))
    return write(value)


def actor_view(actor: Actor) -> ActorView:
    """Write who gave a command (O10)."""
    return ActorView(kind=actor.kind, id=actor.id)


def period_view(period: Period) -> PeriodView:
    """Write a period: `{"days": 7}` or `{"months": 1}`."""
    return PeriodView(days=period.days) if period.days else PeriodView(months=period.months)


def _period(period: Period) -> Json:
    return {"days": period.days} if period.days else {"months": period.months}


def _clock(clock: time) -> Json:
    return clock.isoformat("minutes" if not clock.second else "auto")


def _mapping(mapping: Mapping[object, object]) -> Json:
    return {str(key): plain(inner) for key, inner in mapping.items()}


def _list(values: Iterable[object]) -> Json:
    return [plain(inner) for inner in values]


def _set(values: Iterable[Any]) -> Json:
    # Sorted, so that the same set is written the same way each time.
    return [plain(inner) for inner in sorted(values)]


_WRITERS: Sequence[tuple[type | UnionType, Callable[[Any], Json]]] = (
    # before str and int, which some of them are, too
    (Enum, lambda value: value.value),
    (str | int | float | None, lambda value: value),
    (Money, amount),
    (datetime, _any_time),
    (date, date.isoformat),
    (time, _clock),
    # "f", since an exponent such as 1E+2 is no amount to most readers.
    (Decimal, lambda value: format(value, "f")),
    (Period, _period),
    # with the token of a gateway money is taken: nobody needs to see it
    (SavedMeans, lambda _: "saved"),
    (Mapping, _mapping),
    (frozenset, _set),
    (list | tuple, _list),
)


# an event has some forty values, and every command writes events: the way to write a type is looked for once
_FOUND: dict[type, Callable[[Any], Json]] = {}


def _writer_of(kind: type) -> Callable[[Any], Json]:
    return next((write for known, write in _WRITERS if issubclass(kind, known)), None) or _record_writer(kind)


def _record_writer(kind: type) -> Callable[[Any], Json]:
    assert attrs.has(kind), f"no way to show {kind.__name__}"
    name_of_kind = getattr(kind, "kind", None)
    named: dict[str, Json] = {"kind": name_of_kind} if isinstance(name_of_kind, str) else {}
    # None that is not the default was said: a manager was taken away, an end was set to none
    fields = [(field.name, field.default is not None) for field in attrs.fields(kind)]

    def write(value: object) -> Json:
        shown = dict(named)
        for name, may_be_none in fields:
            inner = getattr(value, name)
            if inner is None:
                if may_be_none:
                    shown[name] = None
            elif not isinstance(inner, Unset):
                shown[name] = plain(inner)
        return shown

    return write
