"""L12: a schedule goes into a calendar, and comes out of it as it was."""

from datetime import UTC, datetime, timedelta
from typing import cast

from icalendar import Calendar, Event

from kwiga_orders.access import Entry, EntryKind
from kwiga_orders.adapters.calendar import calendar_of
from kwiga_orders.course import After, Lesson
from kwiga_orders.locale import Texts
from kwiga_orders.orders.commands import FreezeAccess
from kwiga_orders.periods import Period
from kwiga_orders.terms import For, TermsChange
from kwiga_orders.testing.school import School, local

MADE_AT = datetime(2026, 11, 1, 8, tzinfo=UTC)


def schedule() -> tuple[Entry, ...]:
    """The schedule of a learner with a delayed lesson and a freeze over the end of summer time."""
    school = School().at("2026-10-20 10:00")
    school.teaches("l1", Lesson(id="l2", delay=After(period=Period(days=7))))
    school.sells(terms=TermsChange(duration=For(period=Period(days=30))))
    order = school.opens()
    school.pays(order)
    school.does(FreezeAccess(order=order, period=Period(days=3)))
    return school.orders.plan(contact="olena", product="python").schedule(local("2026-10-20 10:00"))


def events(calendar: bytes) -> list[Event]:
    """The events of a calendar."""
    return [cast(Event, event) for event in Calendar.from_ical(calendar).walk("VEVENT")]


def written(entries: tuple[Entry, ...]) -> bytes:
    """A calendar of these entries, in English."""
    texts = Texts("en", timezone="Europe/Kyiv")
    return calendar_of(entries, name="olena:python", timezone="Europe/Kyiv", made_at=MADE_AT, summary=texts.entry)


def test_every_entry_at_its_instant() -> None:
    """L12: every opening, closing and expiry is an event of its own at its instant, in UTC."""
    entries = schedule()
    found = events(written(entries))

    assert [event.decoded("dtstart") for event in found] == [entry.at for entry in entries]
    assert {event["dtstart"].to_ical()[-1:] for event in found} == {b"Z"}
    assert len({str(event["uid"]) for event in found}) == len(entries) >= 6
    assert all(str(event["summary"]) for event in found)
    assert Calendar.from_ical(written(entries))["x-wr-timezone"] == "Europe/Kyiv"


def test_the_hour_that_comes_twice() -> None:
    """L12: two entries at half past three, before and after clocks went back, are an hour apart."""
    twice = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    entries = tuple(Entry(at, EntryKind.ACCESS_STARTS) for at in twice)

    assert [event.decoded("dtstart") for event in events(written(entries))] == twice


def test_what_happens_again_has_its_own_uid() -> None:
    """L12: a lesson that opens twice, freezes and payments of two orders: as many UIDs as entries."""
    at = datetime(2026, 11, 1, 8, tzinfo=UTC)
    later = at + timedelta(days=1)
    entries = (
        Entry(at, EntryKind.LESSON_OPENS, "l1"),
        Entry(at, EntryKind.FREEZE_STARTS, order="o1"),
        Entry(at, EntryKind.FREEZE_STARTS, order="o2"),
        Entry(at, EntryKind.PAYMENT_DUE, order="o1", payment="o1.1"),
        Entry(at, EntryKind.PAYMENT_DUE, order="o1", payment="o1.2"),
        Entry(later, EntryKind.LESSON_OPENS, "l1"),
        Entry(later, EntryKind.FREEZE_STARTS, order="o1"),
    )

    assert len({str(event["uid"]) for event in events(written(entries))}) == len(entries)


def test_an_entry_that_moves_keeps_its_uid() -> None:
    """L12: a lesson that opens later is the same event at another time."""
    before = schedule()
    after = tuple(Entry(entry.at + timedelta(days=1), entry.what, entry.lesson) for entry in before if entry.lesson)
    uids = {str(event["uid"]) for event in events(written(before))}

    assert after
    assert {str(event["uid"]) for event in events(written(after))} < uids


def test_nothing_is_an_empty_calendar() -> None:
    """L12: a contact without a schedule has a calendar without events."""
    assert events(written(())) == []
