"""T6 and T7: questions about any moment, and what a change of zone leaves where it is."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.errors import Refused
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Parts
from kwiga_orders.periods import Period, later, shifted, wall_length
from kwiga_orders.project import Project
from kwiga_orders.queries import AccessQuery
from kwiga_orders.terms import For, TermsChange
from kwiga_orders.testing.deciding import decided
from kwiga_orders.testing.school import School, local
from tests.laws.calendars import exists, instants, wall, zones

KYIV = ZoneInfo("Europe/Kyiv")


def paid_and_extended() -> tuple[School, str]:
    """Give a school with an order opened on 1 November, paid on the 3rd, extended by a month on the 10th."""
    school = School().at("2026-11-01 10:00")
    school.sells(terms=TermsChange(duration=For(period=Period(months=1))))
    order = school.opens()
    school.at("2026-11-03 10:00").pays(order)
    school.at("2026-11-10 10:00").does(asked.ExtendAccess(order=order, by=Period(months=1)))
    return school, order


class TestT6:
    """Nothing in the rules reads a clock: any question can be asked about any moment, by the facts known now."""

    @given(shown=instants(), asked_at=instants())
    def test_the_clock_does_not_matter(self, shown: datetime, asked_at: datetime) -> None:
        """The answer about a moment is the same whatever the clock shows."""
        school, _ = paid_and_extended()
        query = AccessQuery(contact="olena", product="python", at=asked_at)
        expected = school.orders.ask(query)

        school.clock.set(shown)

        assert school.orders.ask(query) == expected

    def test_decisions_depend_on_the_moment_given(self) -> None:
        """The same facts, command and moment give the same decision; another moment may give another one."""
        school, order = paid_and_extended()
        command = asked.MarkPaid(order=order, payment=f"{order}.1")
        freeze = asked.FreezeAccess(order=order, period=Period(days=3))

        assert decided(freeze, school) == decided(freeze, school)
        now = decided(freeze, school)
        assert decided(freeze, school.at("2026-11-11 10:00")) != now
        with pytest.raises(Refused, match="already_paid"):
            decided(command, school)

    def test_what_has_a_moment_acts_from_it(self) -> None:
        """Activation, refund and cancellation do nothing before they happened; and a past moment can be asked about."""
        school, order = paid_and_extended()
        school.at("2026-11-20 10:00").does(
            asked.RefundPayment(order=order, payment=f"{order}.1", amount=Decimal("1000.00"))
        )
        school.at("2026-11-25 10:00").does(asked.CancelOrder(order=order))

        assert [codes(school, at=f"2026-11-{day} 10:00") for day in ("02", "03", "19", "20", "25")] == [
            ["not_paid"],
            [],
            [],
            ["refunded"],
            ["order_cancelled", "refunded"],
        ]

    def test_what_shapes_the_window_is_known_for_all_of_it(self) -> None:
        """An extension made on the 10th is known on the 4th; an early unfreeze opens what was to stay frozen."""
        school, order = paid_and_extended()
        school.does(asked.FreezeAccess(order=order, period=Period(days=10)))
        school.at("2026-11-12 10:00").does(asked.UnfreezeAccess(order=order))

        assert school.access(at="2026-11-04 10:00").ends_at == local("2027-01-05 10:00")
        assert codes(school, at="2026-11-11 10:00") == ["frozen"]
        assert codes(school, at="2026-11-13 10:00") == []

    def test_a_reopened_order_was_never_cancelled(self) -> None:
        """Also for the time between."""
        school, order = paid_and_extended()
        school.at("2026-11-12 10:00").does(asked.CancelOrder(order=order))
        assert codes(school, at="2026-11-13 10:00") == ["order_cancelled"]

        school.at("2026-11-20 10:00").does(asked.ReopenOrder(order=order))

        assert codes(school, at="2026-11-13 10:00") == []


def codes(school: School, *, at: str) -> list[str]:
    """Give the reasons why python is closed to Olena; none if it is open."""
    access = school.access(at=at)
    assert access.open is not bool(access.reasons)
    return [reason.code.value for reason in access.reasons]


class TestT7:
    """A change of zone never moves a fixed instant; computed ends follow the zone that the grant was given in."""

    @given(zone=zones(), other=zones(), lasts=st.integers(1, 400).map(lambda days: Period(days=days)))
    def test_computed_ends_follow_the_zone_of_the_grant(self, zone: ZoneInfo, other: ZoneInfo, lasts: Period) -> None:
        """An order keeps the zone it was made in; one that is made later has the new one."""
        school = School(project=Project(id="school", timezone=zone.key, currency="UAH"))
        school.sells(terms=TermsChange(duration=For(period=lasts)))
        first = school.opens(contact="olena")
        school.pays(first)
        before = school.access(contact="olena")

        school.store.save_project(attrs.evolve(school.project, timezone=other.key))
        second = school.opens(contact="taras")
        school.pays(second)

        assert school.access(contact="olena") == before
        assert before.ends_at == later(school.now, lasts, zone=zone)
        assert school.access(contact="taras").ends_at == later(school.now, lasts, zone=other)
        assert [school.order(id).zone for id in (first, second)] == [zone.key, other.key]

    @given(other=zones())
    def test_fixed_instants_stay(self, other: ZoneInfo) -> None:
        """Payments, due dates, freezes and ends that were set are the same instants in any zone."""
        school = School()
        school.sells(options=[Parts(id="parts", count=3, every=Period(months=1))])
        order = school.opens()
        school.pays(order)
        school.does(asked.FreezeAccess(order=order, period=Period(days=7)))
        school.does(asked.SetAccessEnd(order=order, at=local("2027-06-01 12:00")))
        stored, answer = school.order(order), school.access(at="2026-11-20 10:00")

        school.store.save_project(attrs.evolve(school.project, timezone=other.key))

        assert school.order(order) == stored
        assert school.orders.plan(contact="olena", product="python").access(local("2026-11-20 10:00")) == answer

    def test_what_is_done_later_is_counted_in_the_zone_of_the_grant(self) -> None:
        """An extension after the move to New York still keeps the local time of Kyiv."""
        school = School().at("2026-11-01 10:00")
        school.sells(terms=TermsChange(duration=For(period=Period(months=1))))
        order = school.opens()
        school.pays(order)
        school.store.save_project(attrs.evolve(school.project, timezone="America/New_York"))

        school.does(asked.ExtendAccess(order=order, by=Period(months=5)))

        assert school.access(at="2026-11-02 10:00").ends_at == local("2027-05-01 10:00")

    @given(at=instants(), length=st.timedeltas(timedelta(0), timedelta(days=60)), zone=zones())
    def test_lengths_are_those_of_the_wall_clock(self, at: datetime, length: timedelta, zone: ZoneInfo) -> None:
        """What was frozen is measured as clocks in the zone show it, and never negative; no length moves nothing."""
        measured = wall_length(at, at + length, zone=zone)

        assert measured == max(wall(at + length, zone) - wall(at, zone), timedelta())
        assert wall_length(at + length, at, zone=zone) == timedelta()
        assert shifted(at, timedelta(), zone=zone) == at
        if exists(wall(at, zone) + measured, zone) and measured:
            assert wall(shifted(at, measured, zone=zone), zone) == wall(at, zone) + measured

    def test_over_a_change_of_clocks(self) -> None:
        """A week is a week; an hour that is shown again is no time; what has no length stays where it is."""
        week, again = timedelta(days=7), datetime(2027, 10, 31, 1, 30, tzinfo=UTC)

        assert wall_length(local("2027-03-25 10:00"), local("2027-04-01 10:00"), zone=KYIV) == week
        assert wall_length(local("2027-10-31 03:45"), again, zone=KYIV) == timedelta()
        assert wall_length(again, again - week, zone=KYIV) == timedelta()
        assert wall_length(again, again, zone=KYIV) == timedelta()
        assert shifted(local("2027-03-25 10:00"), week, zone=KYIV) == local("2027-04-01 10:00")
        assert shifted(again, timedelta(), zone=KYIV) == again
