"""A schedule as iCalendar (RFC 5545), for the calendars of learners. Needs the extra `calendar`."""

from collections.abc import Callable, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from kwiga_orders.access import Entry
from kwiga_orders.extras import extra
from kwiga_orders.periods import utc, zone_named

with extra("calendar"):
    from icalendar import Calendar, Event

__all__ = ["calendar_of"]

_PRODUCER = "-//kwiga_orders//schedule//EN"


def calendar_of(
    entries: Iterable[Entry], *, name: str, timezone: str, made_at: datetime, summary: Callable[[Entry], str]
) -> bytes:
    """Write a schedule as a calendar: an event an entry, at its local time in the IANA zone `timezone` (L12).

    `name` tells schedules apart: an entry keeps its UID in it, so a calendar that is fetched again is updated, not
    doubled. `summary` says what an entry is called, such as `Texts.entry`. `made_at` is when it is written.

    Raises:
        Refused: `input.invalid` if there is no such zone, `time.naive` if `made_at` says nothing of its own.
    """
    zone = zone_named(timezone)
    calendar = Calendar()
    calendar.add("prodid", _PRODUCER)
    calendar.add("version", "2.0")
    for entry in entries:
        calendar.add_component(_event(entry, name=name, zone=zone, made_at=utc(made_at), summary=summary(entry)))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(entry: Entry, *, name: str, zone: ZoneInfo, made_at: datetime, summary: str) -> Event:
    # what opens once opens under one UID, also when its instant moves; freezes and payments are told apart by theirs
    stable = entry.lesson or (entry.at.isoformat() if entry.what in _MANY else "")
    event = Event()
    event.add("uid", f"{name}:{entry.what.value}:{stable}")
    event.add("dtstamp", made_at)
    event.add("dtstart", entry.at.astimezone(zone))
    event.add("summary", summary)
    event.add("transp", "TRANSPARENT")
    return event


_MANY = frozenset({"freeze_starts", "freeze_ends", "payment_due"})
