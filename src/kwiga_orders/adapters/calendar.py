"""A schedule as iCalendar (RFC 5545), for the calendars of learners. Needs the extra `calendar`."""

from collections.abc import Callable, Iterable
from datetime import datetime

from kwiga_orders.access import Entry, EntryKind
from kwiga_orders.extras import extra
from kwiga_orders.periods import utc, zone_named

with extra("calendar"):
    from icalendar import Calendar, Event

__all__ = ["calendar_of"]

_PRODUCER = "-//kwiga_orders//schedule//EN"


def calendar_of(
    entries: Iterable[Entry], *, name: str, timezone: str, made_at: datetime, summary: Callable[[Entry], str]
) -> bytes:
    """Write a schedule as a calendar: one event for each entry, at its instant in UTC (L12).

    `name` is the unique name of the schedule. It is part of each UID, so a program that fetches the calendar again
    updates its events and does not double them. Programs show the calendar in the IANA zone `timezone`. `summary` gives
    the title of an entry, such as `Texts.entry`. `made_at` is when the calendar is written.

    Raises:
        Refused: `input.invalid` if there is no such zone, `time.naive` if `made_at` has no zone.
    """
    calendar = Calendar()
    calendar.add("prodid", _PRODUCER)
    calendar.add("version", "2.0")
    calendar.add("x-wr-timezone", zone_named(timezone).key)
    written_at, used = utc(made_at), set[str]()
    # Only UIDs of this file count as used: a second file of the same schedule must have the same UIDs.
    for entry in entries:
        # a UID is made of fields that stay when the instant moves; for a freeze only the instant tells it from others
        about = [entry.lesson, entry.payment or entry.order]
        if entry.what in (EntryKind.FREEZE_STARTS, EntryKind.FREEZE_ENDS):
            about.append(entry.at.isoformat())
        uid = f"{name}:{':'.join([entry.what.value, *filter(None, about)])}"
        if uid in used:
            # a lesson that opens a second time needs a second UID
            uid = f"{uid}:{entry.at.isoformat()}"
        used.add(uid)
        calendar.add_component(_event(entry, uid=uid, made_at=written_at, summary=summary(entry)))
    return bytes(calendar.to_ical())


def _event(entry: Entry, *, uid: str, made_at: datetime, summary: str) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", made_at)
    # UTC is unambiguous, also in the hour that local time repeats when summer time ends
    event.add("dtstart", utc(entry.at))
    event.add("summary", summary)
    # Transparent: a lesson that opens does not make its learner busy.
    event.add("transp", "TRANSPARENT")
    return event
