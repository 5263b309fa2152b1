"""N2: which letters are not sent, and which wait."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.contacts import SaveContact
from kwiga_orders.course import CertificateConditions, Course
from kwiga_orders.errors import InvalidInput
from kwiga_orders.letter_kinds import LETTER_KINDS, LETTERS_ABOUT_MONEY
from kwiga_orders.offers import EditOffer
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome
from kwiga_orders.periods import Period, zone_named
from kwiga_orders.project import Contact, QuietHours
from kwiga_orders.testing.school import local
from kwiga_orders.testing.strategies import zones
from kwiga_orders.wire import read_command
from tests.laws.dues import MONTH, TEN_DAYS, kinds, noted, ran
from tests.laws.office import Office, refund
from tests.laws.post import WEEK, bought, selling_school
from tests.laws.subscribed import running

NIGHT = QuietHours(start=time(21), end=time(9))


class TestN2NoLetters:
    """So may a contact switch kinds off (`no_letters`); letters about money go out all the same."""

    @pytest.mark.parametrize("kind", LETTER_KINDS)
    def test_switched_off(self, kind: str) -> None:
        """Of everything that happens to a contact who wants no letters of a kind, only that kind is missing."""
        every, most = (self._letters(frozenset(off)) for off in ((), (kind,)))

        kept = every if kind in LETTERS_ABOUT_MONEY else [one for one in every if one != kind]
        assert most == kept

    def _letters(self, off: frozenset[str]) -> list[str]:
        school = selling_school(remind_before=Period(days=3))
        school.has(Course(product="python", certificate=CertificateConditions()))
        school.knows(Contact(id="olena", no_letters=off))
        order = school.opens()
        school.hears(order, Outcome.FAILED)
        school.owes(order, "10.00", notify=True)
        school.pays(order)
        school.issues(order)
        school.does(refund(order, "1.00"))
        school.does(asked.ExtendAccess(order=order, by=MONTH))
        school.does(asked.FreezeAccess(order=order, period=WEEK))
        school.does(asked.UnfreezeAccess(order=order))
        for at in ("2026-11-28 10:00", "2026-12-01 10:00", "2026-12-08 10:00", "2026-12-11 10:00"):
            ran(school, at)
        letters = school.notifier.letters
        if not off:
            assert set(LETTER_KINDS) - set(letters) == {"free_offer_accepted", "subscription_renewed"}
        return letters

    @pytest.mark.parametrize(
        ("document", "path"),
        [
            ({"command": "save_contact", "id": "olena", "no_letters": ["acces_expired"]}, "no_letters.0"),
            ({"command": "edit_offer", "offer": "basic", "quiet": ["spam"]}, "quiet.0"),
        ],
    )
    def test_a_kind_that_there_is_not(self, document: dict[str, object], path: str) -> None:
        """It would switch nothing off, and nobody would notice: it is refused, from Python as by the wire (K7)."""
        name, value = next((name, value) for name, value in document.items() if isinstance(value, list))
        made: type[Any] = SaveContact if "id" in document else EditOffer
        fields = {**document, name: frozenset(value)}
        del fields["command"]
        for making in (lambda: read_command(document), lambda: made(**fields)):
            with pytest.raises(InvalidInput) as refused:
                making()
            assert [(fault.path, fault.code) for fault in refused.value.faults] == [(path, "input.invalid")]

    def test_what_is_switched_off_is_not_announced(self) -> None:
        """A preview shows what would be sent (K3)."""
        school = selling_school()
        school.knows(Contact(id="olena", no_letters=frozenset({"access_granted"})))
        order = school.opens()

        preview = school.orders.preview(asked.MarkPaid(order=order, payment=f"{order}.1"))

        assert [letter["kind"] for letter in preview["letters"]] == ["payment_succeeded"]


class TestN2KeptOpen:
    """`access_expiring`, `access_expired` and `access_frozen` are not sent while another order keeps it open."""

    def test_expiring_and_expired(self) -> None:
        """Whoever bought again in time hears nothing of the end of the first order; the end of the second is told."""
        school = selling_school()
        bought(school)
        school.at("2026-11-08 09:00")
        second = bought(school)

        assert ran(school, "2026-11-08 10:00") == []
        assert ran(school, "2026-11-11 10:00") == []
        assert ran(school, "2026-11-15 09:00") == ["access_expiring"]
        assert ran(school, "2026-11-18 09:00") == ["access_expired"]
        assert {row.order for row in school.notifier.rows if row.kind == "letter"} == {second}

    def test_the_event_is_told_all_the_same(self) -> None:
        """Only the letter is withheld: the end of an order is noted, and rules answer to it (F3)."""
        school = selling_school()
        first = bought(school)
        school.at("2026-11-08 09:00")
        bought(school)

        ran(school, "2026-11-11 10:00")

        assert "access_expired" in kinds(noted(school, first))
        assert "event.reported" in [row.name for row in school.notifier.rows if row.order == first]

    def test_the_order_itself_is_open_again(self) -> None:
        """A period paid before a late worker came keeps it open as well: that access had lapsed is no news (P13)."""
        school, order = running()
        school.at("2026-12-01 12:00").renews(order)
        school.pays(order, 2)
        school.notifier.rows.clear()

        assert ran(school, "2026-12-01 13:00") == []
        assert "access_expired" in kinds(noted(school, order))

    def test_another_that_ends_earlier(self) -> None:
        """What matters is whether the product is open when the access that the letter is about ends."""
        school = selling_school()
        school.sells("short", terms=TEN_DAYS)
        short = school.opens("short")
        school.pays(short)
        school.does(asked.SetAccessEnd(order=short, at=local("2026-11-10 10:00")))
        bought(school)

        assert ran(school, "2026-11-08 10:00") == ["access_expiring"]

    def test_frozen(self) -> None:
        """A freeze that closes nothing is not told; one that begins when the other order has ended is."""
        school = selling_school()
        first = bought(school)
        school.at("2026-11-02 10:00")
        second = bought(school)

        school.does(asked.FreezeAccess(order=second, period=WEEK, starts_at=local("2026-11-11 09:59")))
        assert school.notifier.letters == []
        school.does(asked.UnfreezeAccess(order=second))
        school.does(asked.FreezeAccess(order=second, period=WEEK, starts_at=local("2026-11-11 10:00")))
        assert school.notifier.letters == ["access_unfrozen", "access_frozen"]
        assert school.order(first).line("python").freezes == ()

    @pytest.mark.parametrize("closed", ["cancelled", "frozen", "unpaid", "refunded"])
    def test_another_that_gives_no_access(self, closed: str) -> None:
        """Another order that is closed itself keeps nothing open."""
        school = selling_school()
        first = bought(school)
        other = school.opens()
        if closed != "unpaid":
            for number in (1, 2, 3):
                school.pays(other, number)
        if closed == "cancelled":
            school.cancels(other)
        if closed == "frozen":
            school.does(asked.FreezeAccess(order=other, period=WEEK))
        if closed == "refunded":
            for number in (1, 2, 3):
                school.refunds(other, school.payment(other, number).amount.amount, number)
        ran(school)
        school.notifier.rows.clear()

        school.does(asked.FreezeAccess(order=first, period=WEEK))

        assert school.notifier.letters == ["access_frozen"]

    def test_only_the_products_that_close(self) -> None:
        """A letter about several products names those that no other order keeps open."""
        school = Office()
        order = school.sold(products=("python", "sql"))
        school.pays(order)
        by_hand = school.makes("1.00")
        school.owes(by_hand, "1.00", paid=True)
        school.notifier.rows.clear()

        school.does(asked.FreezeAccess(order=order, period=WEEK))

        (letter,) = (row for row in school.notifier.rows if row.kind == "letter")
        products = letter.data["products"]
        assert isinstance(products, list)
        assert [one["product"] for one in products] == ["sql"]


class TestN2Upcoming:
    """`payment_upcoming` goes out `remind_before` a payment falls due (P14)."""

    def test_before_each_part(self) -> None:
        """Three days before, once for each part; the first was due when it was made."""
        school = selling_school(remind_before=Period(days=3))
        bought(school, parts=1)

        assert ran(school, "2026-11-28 09:59") == []
        assert ran(school, "2026-11-28 10:00") == ["payment_upcoming"]
        assert ran(school, "2026-11-30 10:00") == []
        assert ran(school, "2026-12-01 10:00") == ["payment_reminder"]

    def test_what_it_says(self) -> None:
        """What the payment asks for, and when it is due."""
        school = selling_school(remind_before=WEEK)
        order = bought(school, parts=1)
        school.owes(order, "100.00", paid=True, method="cash")
        school.notifier.rows.clear()

        ran(school, "2026-11-24 10:00")

        (letter,) = (row for row in school.notifier.rows if row.name == "payment_upcoming")
        assert letter.data == {
            "number": 1,
            "payment": f"{order}.2",
            "amount": "233.33",
            "currency": "UAH",
            "due_at": "2026-12-01T08:00:00+00:00",
        }

    def test_not_of_what_asks_for_nothing(self) -> None:
        """A part that cash has relieved is not announced (P15)."""
        school = selling_school(remind_before=Period(days=3))
        order = bought(school, parts=1)
        school.owes(order, "500.00", paid=True, method="cash")
        school.notifier.rows.clear()

        assert "payment_upcoming" not in ran(school, "2026-11-28 10:00")

    def test_not_if_nobody_asks(self) -> None:
        """A project without `remind_before` announces nothing."""
        school = selling_school()
        bought(school, parts=1)

        assert ran(school, "2026-11-30 10:00") == []

    def test_not_of_what_was_added_later(self) -> None:
        """What was asked for within that time was announced by asking, and what is due already is due."""
        school = selling_school(remind_before=WEEK)
        order = bought(school)
        school.owes(order, "10.00", due_at=local("2026-11-05 10:00"))

        assert ran(school, "2026-11-04 10:00") == []
        assert ran(school, "2026-11-05 10:00") == ["payment_reminder"]


class TestN2QuietHours:
    """In the project's `quiet_hours` (two local times) letters that fall due by themselves wait for their end."""

    def test_they_wait(self) -> None:
        """What falls due at night is sent in the morning, however often the work runs meanwhile."""
        school = selling_school(quiet_hours=NIGHT)
        school.at("2026-11-01 23:00")
        bought(school)

        for at in ("2026-11-08 23:00", "2026-11-09 08:59"):
            assert ran(school, at) == []
        assert ran(school, "2026-11-09 09:00") == ["access_expiring"]

    def test_a_late_worker(self) -> None:
        """What fell due by day and was not run then is not sent at night either."""
        school = selling_school(quiet_hours=NIGHT)
        bought(school)

        assert ran(school, "2026-11-08 22:00") == []
        assert ran(school, "2026-11-09 09:00") == ["access_expiring"]

    def test_events_do_not_wait(self) -> None:
        """The end of access is an event when it happens, once; its letter comes in the morning."""
        school = selling_school(quiet_hours=NIGHT)
        school.at("2026-11-01 23:00")
        order = bought(school)
        ran(school, "2026-11-09 10:00")
        school.notifier.rows.clear()

        assert ran(school, "2026-11-11 23:30") == []
        reported = [row.name for row in school.notifier.rows].count("event.reported")
        assert ran(school, "2026-11-12 09:00") == ["access_expired"]
        assert ran(school, "2026-11-12 22:00") == []
        assert reported == [row.name for row in school.notifier.rows].count("event.reported") == 1
        assert kinds(noted(school, order))[-2:] == ["access_ended", "access_expired"]

    def test_by_day_nothing_changes(self) -> None:
        """What falls due outside of the quiet hours is noted once, with its letter."""
        school = selling_school(quiet_hours=NIGHT)
        order = bought(school)

        assert ran(school, "2026-11-08 10:00") == ["access_expiring"]
        assert ran(school, "2026-11-11 10:00") == ["access_expired"]
        assert ran(school, "2026-11-11 23:00") == []
        assert kinds(noted(school, order)) == ["access_started", "access_expiring", "access_expired"]

    def test_by_hand_at_night(self) -> None:
        """What people do by hand is told at once."""
        school = selling_school(quiet_hours=NIGHT)
        order = school.at("2026-11-01 23:00").opens()

        school.does(asked.Remind(order=order, payment=f"{order}.1"))

        assert school.notifier.letters == ["payment_reminder"]

    def test_due_says_when(self) -> None:
        """The question of what is due names the instant at which the letter will go."""
        school = selling_school(quiet_hours=NIGHT)
        school.at("2026-11-01 23:00")
        bought(school)

        (first, *_) = school.orders.due(local("2026-11-20 10:00"))

        assert (first.due, first.at) == ("access_expiring", local("2026-11-09 09:00"))

    @given(
        at=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
        start=st.times(),
        end=st.times(),
        zone=zones().map(zone_named),
    )
    def test_delayed(self, at: datetime, start: time, end: time, zone: ZoneInfo) -> None:
        """An instant in quiet hours becomes their end, within a day and a change of the clocks; any other stays."""
        quiet = QuietHours(start=start.replace(second=0, microsecond=0), end=end.replace(second=0, microsecond=0))
        clock = at.astimezone(zone).time()
        hours = (quiet.start <= clock) + (clock < quiet.end)
        is_quiet = hours == 2 if quiet.start <= quiet.end else hours >= 1

        after = quiet.delayed(at, zone=zone)

        assert (after != at) is is_quiet
        assert at <= after <= at + timedelta(hours=26)
