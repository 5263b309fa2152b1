"""Hypothesis strategies for everything the rules of access are about: courses, terms, orders, progress.

What they draw is small and close together on purpose: a few months, a few lessons, instants that often coincide. Rules
break where things meet, not where they are far apart. Everything drawn is something that commands could have made.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import attrs

from kwiga_orders.access import Grant
from kwiga_orders.course import (
    After,
    AtStart,
    Checkpoint,
    Course,
    Delay,
    Lesson,
    Module,
    OnDate,
    Practice,
    PracticeState,
    Progress,
)
from kwiga_orders.extras import extra
from kwiga_orders.money import Money
from kwiga_orders.orders.state import (
    Adjustment,
    AmountSet,
    Custom,
    EndSet,
    Extended,
    Frozen,
    Line,
    Order,
    Pause,
    Subscription,
)
from kwiga_orders.orders.window import Resolved
from kwiga_orders.payments import Mark, Outcome, Payment, Refund
from kwiga_orders.periods import Period, later, zone_named
from kwiga_orders.project import Project
from kwiga_orders.sums import TotalSet
from kwiga_orders.terms import (
    AccessTerms,
    AfterPayment,
    All,
    AsCourse,
    Delays,
    Duration,
    For,
    Forever,
    From,
    NoDelays,
    NoPractices,
    Off,
    Only,
    OverrideCheckpoints,
    OverrideDelays,
    OverridePractices,
    Practices,
    Start,
    Until,
)

with extra("testing"):
    from hypothesis import strategies as st

__all__ = [
    "Learner",
    "courses",
    "delays",
    "grants",
    "instants",
    "learners",
    "orders",
    "periods",
    "progress",
    "projects",
    "terms",
    "zones",
]

_Ids = frozenset[str]

PRODUCT = "python"
"""The product that all drawn courses and orders are about."""

# Two terms of a school year hold both changes of the clocks in most zones.
_FIRST_DAY, _DAYS = date(2026, 9, 1), 242
_FIRST = datetime(2026, 9, 1, tzinfo=UTC)
_UTC_CLOCKS = (time(0, 0), time(1, 30), time(8, 0), time(22, 15, 7, 250_000))
_CLOCKS = (time(0, 0), time(3, 30), time(9, 0), time(10, 0), time(23, 59))


@cache
def zones() -> st.SearchStrategy[str]:
    """Draw IANA zones with every kind of trouble: half hours, half-hour summer time, midnight changes, none at all."""
    # Zones that trouble arithmetic: half hours, changes at midnight, changes by half an hour, and none at all.
    names = ("Europe/Kyiv", "America/New_York", "Asia/Beirut", "Australia/Lord_Howe", "Africa/Casablanca", "UTC")
    return st.sampled_from(names)


@cache
def instants() -> st.SearchStrategy[datetime]:
    """Draw instants of two terms of a school year, in UTC, that often share their time of day."""
    # Whole days and few times of day: instants that meet are where rules break.
    return st.builds(_instant, st.integers(0, _DAYS), st.sampled_from(_UTC_CLOCKS))


def _instant(day: int, clock: time) -> datetime:
    return datetime.combine(_FIRST_DAY + timedelta(days=day), clock, tzinfo=UTC)


@cache
def _dates() -> st.SearchStrategy[date]:
    return st.integers(0, _DAYS).map(lambda day: _FIRST_DAY + timedelta(days=day))


@cache
def periods() -> st.SearchStrategy[Period]:
    """Draw periods of some days, or of up to three months."""
    days = st.integers(1, 70).map(lambda days: Period(days=days))
    return days | st.integers(1, 3).map(lambda months: Period(months=months))


@cache
def _dates_or_instants() -> st.SearchStrategy[date | datetime]:
    return _dates() | instants()


@cache
def delays() -> st.SearchStrategy[Delay]:
    """Draw delays of every kind: at the start, after a period at one's own or an exact time, on a date."""
    clocks = st.none() | st.sampled_from(_CLOCKS)
    after = st.builds(After, period=periods(), at=clocks)
    return st.just(AtStart()) | after | st.builds(OnDate, at=_dates_or_instants())


@cache
def _maybe_instants() -> st.SearchStrategy[datetime | None]:
    return st.none() | instants()


# Rarely: an order that is cancelled hides most of what else was drawn.


@cache
def _rarely_instants() -> st.SearchStrategy[datetime | None]:
    return st.none() | st.none() | instants()


@cache
def _maybe_delays() -> st.SearchStrategy[Delay | None]:
    return st.none() | delays()


@cache
def _rarely_delays() -> st.SearchStrategy[Delay | None]:
    return st.none() | st.none() | delays()


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """Draw a course of up to three modules and six lessons, with sections, practices, checkpoints and closings."""
    # Ids by number, so that lessons of different modules never share one.
    numbers = iter(range(1, 100))
    modules = []
    for module in range(draw(st.integers(0, 3))):
        lessons = tuple(draw(_lessons(next(numbers))) for _ in range(draw(st.integers(0, 2))))
        delay = draw(_maybe_delays())
        modules.append(Module(id=f"m{module + 1}", delay=delay, lessons=lessons))
    return Course(product=PRODUCT, comments=draw(st.booleans()), modules=tuple(modules))


@st.composite
def _lessons(draw: st.DrawFn, number: int) -> Lesson:
    practices = (Practice(id=f"p{number}", required=draw(st.booleans())),) if draw(st.booleans()) else ()
    return Lesson(
        id=f"l{number}",
        added_at=draw(_maybe_instants()),
        delay=draw(_maybe_delays()),
        closes=draw(_rarely_delays()),
        sections=(f"s{number}",),
        checkpoint=draw(st.sampled_from((None, Checkpoint(), Checkpoint(release_on="submitted")))),
        practices=practices,
    )


def progress(course: Course) -> st.SearchStrategy[Progress]:
    """Draw what a learner has done in a course."""
    return _progress(course.product, course.lesson_ids(), course.practice_ids())


@cache
def _progress(product: str, lessons: _Ids, practices: _Ids) -> st.SearchStrategy[Progress]:
    states: st.SearchStrategy[PracticeState] = st.sampled_from(("not_started", "submitted", "returned", "accepted"))
    return st.builds(
        Progress,
        contact=st.just("olena"),
        product=st.just(product),
        completed=st.frozensets(_some(lessons), max_size=2),
        begun=st.frozensets(_some(lessons), max_size=2),
        practices=st.dictionaries(_some(practices), states),
    )


@cache
def projects() -> st.SearchStrategy[Project]:
    """Draw the settings of a school: grace or none, whether what was begun or opened once stays open."""
    grace = st.none() | st.integers(1, 5).map(lambda days: Period(days=days))
    return st.builds(
        Project,
        id=st.just("school"),
        timezone=zones(),
        currency=st.just("UAH"),
        grace=grace,
        grandfather_completed=st.booleans(),
        keep_opened=st.booleans(),
    )


# Terms


def terms(course: Course) -> st.SearchStrategy[AccessTerms]:
    """Draw access terms for a course; the window may be empty, as an edit of an offer can make it (A4)."""
    return _terms(course.module_ids(), course.lesson_ids(), course.section_ids(), course.practice_ids())


@cache
def _terms(modules: _Ids, lessons: _Ids, sections: _Ids, practices: _Ids) -> st.SearchStrategy[AccessTerms]:
    some_modules = st.lists(_some(modules), unique=True).map(tuple)
    only = st.builds(
        Only,
        modules=some_modules,
        lessons=st.lists(_some(lessons), unique=True, max_size=2).map(tuple),
        sections=st.lists(_some(sections), unique=True, max_size=2).map(tuple),
        include_new=st.booleans() | some_modules,
    )
    scopes = st.just(All()) | only
    listed = st.lists(_some(lessons), unique=True, max_size=2).map(tuple)
    checkpoints_of = st.just(AsCourse()) | st.just(Off()) | st.builds(OverrideCheckpoints, lessons=listed)
    return st.builds(
        AccessTerms,
        start=_starts(),
        duration=_durations(),
        scope=scopes,
        delays=_delays_of(modules, lessons),
        checkpoints=checkpoints_of,
        practices=_practices_of(practices),
        comments=st.sampled_from(("as_course", "on", "off")),
    )


def _some(ids: _Ids) -> st.SearchStrategy[str]:
    """Draw ids, also one that the course does not have any more."""
    # An id that is gone shows what becomes of terms whose content was removed (L2).
    return st.sampled_from([*sorted(ids), "gone"])


@cache
def _starts() -> st.SearchStrategy[Start]:
    after = st.builds(AfterPayment, delay=st.none() | periods())
    return st.just(AfterPayment()) | after | st.builds(From, at=_dates_or_instants())


@cache
def _durations() -> st.SearchStrategy[Duration]:
    return st.just(Forever()) | st.builds(For, period=periods()) | st.builds(Until, at=_dates_or_instants())


def _delays_of(modules: _Ids, lessons: _Ids) -> st.SearchStrategy[Delays]:
    override = st.builds(
        OverrideDelays,
        modules=st.dictionaries(_some(modules), delays(), max_size=2),
        lessons=st.dictionaries(_some(lessons), delays(), max_size=3),
    )
    return st.just(AsCourse()) | st.just(NoDelays()) | override


def _practices_of(practices: _Ids) -> st.SearchStrategy[Practices]:
    required = st.lists(_some(practices), unique=True, max_size=2).map(tuple)
    return st.just(AsCourse()) | st.just(NoPractices()) | st.builds(OverridePractices, required=required)


# Orders


@st.composite
def orders(draw: st.DrawFn, line: Line, *, number: int = 1, zone: str | None = None) -> Order:
    """Draw an order of one line: paid or not, refunded, overdue, cancelled, superseded, by subscription."""
    id, created_at = f"o{number}", draw(instants())
    zone = draw(zones()) if zone is None else zone
    subscription = draw(_subscriptions(created_at, line))
    # Few payments: three are enough for two of them to meet.
    payments = tuple(
        draw(_payments(id, n + 1, created_at, is_period=subscription is not None))
        for n in range(draw(st.integers(0, 3)))
    )
    total = Money(draw(st.sampled_from((0, 50_000, 100_000))), "UAH")
    return Order(
        id=id,
        number=number,
        contact="olena",
        currency="UAH",
        zone=zone,
        created_at=created_at,
        funnel="default",
        status="new",
        opens_on=draw(st.sampled_from(("first_payment", "full_payment"))),
        refund_policy=draw(st.sampled_from(("keep", "close_line"))),
        lines=(line,),
        plan_difference=Money.zero("UAH"),
        payments=payments,
        totals=(TotalSet(at=created_at, version=1, total=total),),
        subscription=subscription,
        # Mostly not: a superseded order speaks only where nothing else is there (A6).
        superseded_by=draw(st.sampled_from((None, None, None, "o9"))),
        cancelled_at=draw(_rarely_instants()),
        updated_at=created_at,
    )


@st.composite
def _subscriptions(draw: st.DrawFn, created_at: datetime, line: Line) -> Subscription | None:
    """Draw a subscription, adjusted as its line is: with or without a trial, free for a while, paused; or none."""
    # One in three, because a subscription has no part in most rules.
    if draw(st.sampled_from((False, False, True))) is False:
        return None
    trial = draw(st.just(0) | st.integers(1, 14))
    free_at, paused_at = draw(_rarely_instants()), draw(_rarely_instants())
    amounts = [AmountSet(at=created_at, amount=Money(50_000, "UAH"))]
    if free_at is not None:
        amounts.append(AmountSet(at=max(created_at, free_at), amount=Money.zero("UAH")))
    pauses: tuple[Pause, ...] = ()
    if paused_at is not None:
        period = draw(st.integers(2, 4))
        pauses = (Pause(stopped_at=paused_at, resumed_at=paused_at + timedelta(days=20), period=period),)
    return Subscription(
        every=draw(periods()),
        anchor=created_at + timedelta(days=trial),
        trial=trial > 0,
        grace=draw(st.none() | st.just(Period(days=3))),
        amounts=tuple(amounts),
        adjustments=line.adjustments,
        pauses=pauses,
    )


@cache
def _refunds() -> st.SearchStrategy[Refund | None]:
    refunds = st.builds(
        Refund,
        id=st.just("r1"),
        amount=st.sampled_from((Money(20_000, "UAH"), Money(50_000, "UAH"))),
        at=instants(),
        outcome=st.sampled_from((Outcome.SUCCEEDED, Outcome.SUCCEEDED, Outcome.FAILED, Outcome.PENDING)),
        product=st.sampled_from((None, PRODUCT, PRODUCT, "sql")),
    )
    return st.none() | st.none() | refunds


@st.composite
def _payments(draw: st.DrawFn, order: str, number: int, created_at: datetime, *, is_period: bool) -> Payment:
    id = f"{order}.{number}"
    # Paid at creation or later, or not at all: each of them opens access at another instant.
    paid = created_at if draw(st.booleans()) else draw(_maybe_instants())
    refund = draw(_refunds())
    return Payment(
        id=id,
        amount=Money(50_000, "UAH"),
        created_at=max(created_at, draw(instants())) if number > 1 else created_at,
        due_at=max(created_at, draw(instants())),
        whole_day=draw(st.booleans()),
        closes_access=draw(st.booleans()),
        by_hand=draw(st.booleans()),
        period=number if is_period else None,
        voided_at=draw(_rarely_instants()),
        mark=None if paid is None else Mark(at=max(created_at, paid), version=number + 1, amount=Money(50_000, "UAH")),
        refunds=() if refund is None else (attrs.evolve(refund, id=f"{id}.r1"),),
    )


@st.composite
def lines(draw: st.DrawFn, terms: AccessTerms, *, zone: str) -> Line:
    """Draw a line with its own terms, perhaps added later, whose window was changed up to four times (A13)."""
    # In the order in which they were made, as commands would have made them (A13).
    made = sorted(draw(st.lists(instants(), max_size=4)))
    adjustments: list[Adjustment] = []
    for made_at in made:
        adjustment = draw(_adjustments(made_at, zone))
        # Freezes that overlap are refused (A11), so no order has them.
        if not isinstance(adjustment, Frozen) or not _overlaps(adjustment, adjustments):
            adjustments.append(adjustment)
    return Line(
        product=PRODUCT,
        price=Money(100_000, "UAH"),
        source=Custom(terms=terms, scope_set_at=draw(_maybe_instants())),
        added_at=draw(_rarely_instants()),
        adjustments=tuple(adjustments),
    )


@st.composite
def _adjustments(draw: st.DrawFn, made_at: datetime, zone: str) -> Adjustment:
    kind = draw(st.sampled_from((Extended, EndSet, Frozen)))
    if kind is Extended:
        return Extended(made_at=made_at, by=draw(periods()))
    if kind is EndSet:
        return EndSet(made_at=made_at, at=draw(_maybe_instants()))
    starts_at = made_at if draw(st.booleans()) else max(made_at, draw(instants()))
    ends_at = later(starts_at, draw(periods()), zone=zone_named(zone))
    if draw(st.booleans()):
        # it was unfrozen early
        ends_at = starts_at + (ends_at - starts_at) * draw(st.sampled_from((0.25, 0.5)))
    return Frozen(made_at=made_at, starts_at=starts_at, ends_at=ends_at)


def _overlaps(freeze: Frozen, others: Sequence[Adjustment]) -> bool:
    return any(
        isinstance(other, Frozen) and freeze.starts_at < other.ends_at and other.starts_at < freeze.ends_at
        for other in others
    )


@st.composite
def grants(draw: st.DrawFn, course: Course, *, number: int = 1) -> Grant:
    """Draw a grant of a course with its order."""
    zone = draw(zones())
    line = draw(lines(draw(terms(course)), zone=zone))
    order = draw(orders(line, number=number, zone=zone))
    assert isinstance(line.source, Custom)
    return Grant(
        order=order, line=line, resolved=Resolved(terms=line.source.terms, scope_set_at=line.source.scope_set_at)
    )


@attrs.frozen(kw_only=True)
class Learner:
    """All that a plan is compiled from."""

    project: Project
    course: Course
    progress: Progress
    grants: tuple[Grant, ...]


@st.composite
def learners(draw: st.DrawFn, *, least: int = 0, most: int = 3) -> Learner:
    """Draw a project, a course, a learner's progress in it, and from `least` to `most` grants."""
    course = draw(courses())
    return Learner(
        project=draw(projects()),
        course=course,
        progress=draw(progress(course)),
        grants=tuple(draw(grants(course, number=n + 1)) for n in range(draw(st.integers(least, most)))),
    )
