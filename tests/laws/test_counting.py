"""L3, L5, A11: plans count days and months in integers, and come to the instants of the plain definition."""

from datetime import UTC, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from kwiga_orders.access import counted
from kwiga_orders.course import After, AtStart, Course, Delay
from kwiga_orders.money import Money
from kwiga_orders.orders.state import Custom, Frozen, Line
from kwiga_orders.periods import Period, zone_named
from kwiga_orders.plans.counting import Counting
from kwiga_orders.plans.micros import NEVER, instant_of
from kwiga_orders.terms import USUAL
from kwiga_orders.testing.school import local
from kwiga_orders.testing.strategies import delays, instants, lines, zones


class TestCounting:
    """Whatever is counted from whatever start, in any zone and over any freezes, both count alike."""

    @settings(max_examples=3 * settings().max_examples)
    @given(data=st.data(), zone=zones(), starts_at=instants(), asked=st.lists(delays(), min_size=1, max_size=8))
    def test_as_defined(self, data: st.DataObject, zone: str, starts_at: datetime, asked: list[Delay]) -> None:
        """Delays of every kind, over the freezes of a line."""
        line = data.draw(lines(Course(product="python"), USUAL))

        found = Counting.of(line, starts_at, zone=zone).instants(asked, otherwise=NEVER)

        assert [instant_of(at) for at in found] == [plainly(delay, starts_at, line, zone) for delay in asked]

    @given(starts_at=instants(), zone=zones(), days=st.integers(1, 400), offset=st.integers(-3, 3))
    @example(starts_at=datetime(2026, 10, 18, 0, 30, tzinfo=UTC), zone="Europe/Kyiv", days=7, offset=0)
    def test_freezes_that_begin_at_what_is_counted(
        self, starts_at: datetime, zone: str, days: int, offset: int
    ) -> None:
        """A freeze that begins within minutes of a counted instant moves it only if it began before."""
        delay = After(period=Period(days=days))
        opens_at = counted(delay, starts_at=starts_at, freezes=(), zone=zone_named(zone))
        freezes_at = opens_at.replace(minute=(opens_at.minute + offset) % 60)
        freeze = Frozen(
            made_at=starts_at, starts_at=freezes_at, ends_at=freezes_at.replace(year=freezes_at.year + 1, day=1)
        )
        line = line_with(freeze)

        (found,) = Counting.of(line, starts_at, zone=zone).instants([delay], otherwise=NEVER)

        assert instant_of(found) == plainly(delay, starts_at, line, zone)

    def test_without_a_delay(self) -> None:
        """No delay is what is said for it: the start of access for an opening, never for a closing."""
        starts_at = local("2026-11-01 10:00")
        counting = Counting.of(line_with(), starts_at, zone="Europe/Kyiv")

        assert counting.instants([None, AtStart()], otherwise=NEVER) == [NEVER, counting.starts]
        assert counting.instants([None, None], otherwise=counting.starts) == [counting.starts, counting.starts]
        assert counted(None, starts_at=starts_at, freezes=(), zone=zone_named("Europe/Kyiv")) == starts_at


def plainly(delay: Delay, starts_at: datetime, line: Line, zone: str) -> datetime:
    """Count as it is defined."""
    return counted(delay, starts_at=starts_at, freezes=line.freezes, zone=zone_named(zone))


def line_with(*freezes: Frozen) -> Line:
    """Give a line with these freezes."""
    return Line(product="python", price=Money.zero("UAH"), source=Custom(), adjustments=freezes)
