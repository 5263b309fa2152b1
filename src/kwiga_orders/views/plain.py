"""Values as the wire writes them: amounts as decimal strings, instants in UTC, unset fields left out."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum

import attrs

from kwiga_orders.codec import Json, utc_text
from kwiga_orders.commands import Unset
from kwiga_orders.money import Money
from kwiga_orders.payments import SavedMeans
from kwiga_orders.periods import Period

__all__ = ["amount", "amounts", "instant", "maybe_instant", "period_view", "plain"]


def instant(at: datetime) -> str:
    """Write an instant in UTC: `2026-12-31T16:00:00Z` (T1)."""
    return f"{utc_text(at)}Z"


def _any_time(at: datetime) -> str:
    """Write an instant, or a local time that a person chose, which has no offset."""
    return (
        instant(at)
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
    if value is None or (isinstance(value, str | int | float) and not isinstance(value, Enum)):
        return value
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)  # type: ignore[arg-type]
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, frozenset):
        return [plain(inner) for inner in sorted(value)]
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return _record(value)


def period_view(period: Period) -> dict[str, int]:
    """Write a period: `{"days": 7}` or `{"months": 1}`."""
    return {"days": period.days} if period.days else {"months": period.months}


def _period(period: Period) -> Json:
    return {**period_view(period)}


def _clock(clock: time) -> Json:
    return clock.isoformat("minutes" if not clock.second else "auto")


def _record(value: object) -> Json:
    assert attrs.has(type(value)), f"no way to show {type(value).__name__}"
    kind = getattr(type(value), "kind", None)
    shown: dict[str, Json] = {"kind": kind} if isinstance(kind, str) else {}
    for field in attrs.fields(type(value)):  # type: ignore[arg-type]
        inner = getattr(value, field.name)
        # None that is not the default was said: a manager was taken away, an end was set to none
        if not isinstance(inner, Unset) and (inner is not None or field.default is not None):
            shown[field.name] = plain(inner)
    return shown


_WRITERS = (
    (Enum, lambda value: value.value),
    (Money, amount),
    (datetime, _any_time),
    (date, date.isoformat),
    (time, _clock),
    (Decimal, lambda value: format(value, "f")),
    (Period, _period),
    # with the token of a gateway money is taken: nobody needs to see it
    (SavedMeans, lambda _: "saved"),
)
