"""Values in the JSON of the wire: amounts as decimal strings, instants in UTC, unset fields left out."""

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
from kwiga_orders.project import Actor, Contact
from kwiga_orders.views.school_shapes import ActorView, PeriodView

__all__ = ["actor_name", "actor_view", "amount", "amounts", "instant", "maybe_instant", "period_view", "plain"]


def instant(at: datetime) -> str:
    """Write an instant in UTC: `2026-12-31T16:00:00Z` (T1)."""
    return f"{utc_text(at)}Z"


def _any_time(at: datetime) -> str:
    """Write an instant, or a local time chosen by a person, which has no offset."""
    return (
        instant(at)
        # Seconds are written only if they are not zero.
        if at.tzinfo is not None
        else at.isoformat(timespec="auto" if at.second or at.microsecond else "minutes")
    )


def maybe_instant(at: datetime | None) -> str | None:
    """Write an instant or None."""
    return None if at is None else instant(at)


def amount(money: Money) -> str:
    """Write an amount without its currency: `1000.00`."""
    return money.amount


def amounts(sums: Mapping[str, int]) -> dict[str, str]:
    """Write sums, given in minor units by currency, as decimal amounts."""
    return {currency: Money(minor, currency).amount for currency, minor in sorted(sums.items())}


def plain(value: object) -> Json:
    """Write any value of the domain as JSON. Unnamed fields, and fields left at their default None, are left out."""
    kind = type(value)
    # `setdefault`: two threads may look for the same writer at once, and both use the one that was stored first.
    write = _FOUND.get(kind) or _FOUND.setdefault(kind, _writer_of(kind))
    return write(value)


def actor_view(actor: Actor) -> ActorView:
    """Write the actor of a command (O10)."""
    return ActorView(kind=actor.kind, id=actor.id)


def actor_name(actor: Actor, people: Mapping[str, str], contact: Contact | None = None) -> str | None:
    """Give the name of a command's actor: a staff member, or the contact of the order (V8)."""
    if actor.kind == "customer":
        # V9: a contact that was merged into this one is the same person.
        is_theirs = contact is not None and actor.id in (contact.id, *contact.merged_from)
        return contact.name if contact is not None and is_theirs else None
    return people.get(actor.id) if actor.kind == "staff" else None


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
    # Sorted, so that the same set is always written in the same way.
    return [plain(inner) for inner in sorted(values)]


_WRITERS: Sequence[tuple[type | UnionType, Callable[[Any], Json]]] = (
    # first, because some enums are also str or int
    (Enum, lambda value: value.value),
    (str | int | float | None, lambda value: value),
    (Money, amount),
    (datetime, _any_time),
    (date, date.isoformat),
    (time, _clock),
    # "f" avoids an exponent such as 1E+2, which most readers do not accept as an amount.
    (Decimal, lambda value: format(value, "f")),
    (Period, _period),
    # the token of a gateway can be used to take money, so it is never shown
    (SavedMeans, lambda _: "saved"),
    (Mapping, _mapping),
    (frozenset, _set),
    (list | tuple, _list),
)


# an event has about forty values and every command writes events, so the writer of a type is looked up only once
_FOUND: dict[type, Callable[[Any], Json]] = {}


def _writer_of(kind: type) -> Callable[[Any], Json]:
    return next((write for known, write in _WRITERS if issubclass(kind, known)), None) or _record_writer(kind)


def _record_writer(kind: type) -> Callable[[Any], Json]:
    assert attrs.has(kind), f"no way to show {kind.__name__}"
    name_of_kind = getattr(kind, "kind", None)
    named: dict[str, Json] = {"kind": name_of_kind} if isinstance(name_of_kind, str) else {}
    # None that is not the default was set on purpose: a manager was removed, an end was set to none
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
