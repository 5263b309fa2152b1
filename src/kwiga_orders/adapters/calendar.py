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
    """Write a schedule as a calendar: an event an entry, at its instant in UTC (L12).

    `name` tells schedules apart: an entry keeps its UID in it, so a calendar that is fetched again is updated, not
    doubled. Programs show it in the IANA zone `timezone`. `summary` says what an entry is called, such as
    `Texts.entry`. `made_at` is when it is written.

    Raises:
        Refused: `input.invalid` if there is no such zone, `time.naive` if `made_at` says nothing of its own.
    """
    calendar = Calendar()
    calendar.add("prodid", _PRODUCER)
    calendar.add("version", "2.0")
    calendar.add("x-wr-timezone", zone_named(timezone).key)
    written_at, used = utc(made_at), set[str]()
    # UIDs are kept for this one file: two files of the same schedule must give the same ones.
    for entry in entries:
        # a UID is made of what stays when the instant moves; a freeze has nothing but its instant
        about = [entry.lesson, entry.payment or entry.order]
        if entry.what in (EntryKind.FREEZE_STARTS, EntryKind.FREEZE_ENDS):
            about.append(entry.at.isoformat())
        uid = f"{name}:{':'.join([entry.what.value, *filter(None, about)])}"
        if uid in used:
            # what opens and closes again has a UID of its own each time
            uid = f"{uid}:{entry.at.isoformat()}"
        used.add(uid)
        calendar.add_component(_event(entry, uid=uid, made_at=written_at, summary=summary(entry)))
    return bytes(calendar.to_ical())


def _event(entry: Entry, *, uid: str, made_at: datetime, summary: str) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", made_at)
    # in UTC an instant is unmistakable, also in the hour that comes twice
    event.add("dtstart", utc(entry.at))
    event.add("summary", summary)
    # Transparent: a lesson that opens does not make its learner busy.
    event.add("transp", "TRANSPARENT")
    return event
