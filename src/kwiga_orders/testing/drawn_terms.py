"""Hypothesis strategies for courses, terms, progress and projects, from which orders are drawn.

The drawn values are small and close together on purpose: a few months, a few lessons, instants that often coincide,
because rules break where things meet. Orders are made by commands through the rules (`lives`), so every drawn order
could really have happened. The docs say how often each kind is drawn, and a test checks it.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TypeVar

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
from kwiga_orders.periods import Period
from kwiga_orders.project import Project
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
    "courses",
    "delays",
    "instants",
    "often",
    "one_of_these",
    "periods",
    "progress",
    "projects",
    "terms",
    "zones",
]

T = TypeVar("T")
_Ids = frozenset[str]

PRODUCT = "python"
"""The product of all drawn courses and orders."""

# Two school terms contain both clock changes of most time zones.
_FIRST_DAY, _DAYS = date(2026, 9, 1), 242
_NASTY = tuple(
    (day - _FIRST_DAY).days
    for day in (date(2026, 9, 30), date(2026, 10, 24), date(2026, 10, 31), date(2027, 1, 31), date(2027, 3, 27))
)
"""Last days of months, and the days before the clock changes."""
_UTC_CLOCKS = (time(0, 0), time(1, 30), time(8, 0), time(22, 15, 7, 250_000))
_CHECKPOINTS = (None, Checkpoint(), Checkpoint(release_on="submitted"))
_CLOCKS = (time(0, 0), time(3, 30), time(9, 0), time(10, 0), time(23, 59))


@cache
def zones() -> st.SearchStrategy[str]:
    """Draw IANA zones that are hard in different ways: half-hour offsets, half-hour or midnight changes, no changes."""
    names = ("Europe/Kyiv", "America/New_York", "Asia/Beirut", "Australia/Lord_Howe", "Africa/Casablanca", "UTC")
    return st.sampled_from(names)


@cache
def instants(within_days: int = _DAYS) -> st.SearchStrategy[datetime]:
    """Draw instants in UTC within two school terms, or within their first days. Many have the same time of day."""
    # Whole days and few times of day, because rules break where instants coincide.
    days = often((1, st.sampled_from([one for one in _NASTY if one <= within_days])), (4, st.integers(0, within_days)))
    return _instants(days)


# a composite, because an example of `builds` would show the call and not the instant
@st.composite
def _instants(draw: st.DrawFn, days: st.SearchStrategy[int]) -> datetime:
    return datetime.combine(_FIRST_DAY + timedelta(days=draw(days)), draw(one_of_these(_UTC_CLOCKS)), tzinfo=UTC)


@cache
def _dates() -> st.SearchStrategy[date]:
    return st.integers(0, _DAYS).map(lambda day: _FIRST_DAY + timedelta(days=day))


@cache
def periods() -> st.SearchStrategy[Period]:
    """Draw periods of some days or of one to three months."""
    days = st.integers(1, 70).map(lambda days: Period(days=days))
    return days | st.integers(1, 3).map(lambda months: Period(months=months))


@cache
def _dates_or_instants() -> st.SearchStrategy[date | datetime]:
    return _dates() | instants()


@cache
def delays() -> st.SearchStrategy[Delay]:
    """Draw delays of every kind: at the start, after a period (at the learner's own or an exact time), or on a date."""
    clocks = st.none() | st.sampled_from(_CLOCKS)
    after = st.builds(After, period=periods(), at=clocks)
    return st.just(AtStart()) | after | st.builds(OnDate, at=_dates_or_instants())


@cache
def _maybe_instants() -> st.SearchStrategy[datetime | None]:
    return st.none() | instants()


@cache
def _maybe_delays() -> st.SearchStrategy[Delay | None]:
    return st.none() | delays()


@cache
def _rarely_delays() -> st.SearchStrategy[Delay | None]:
    return often((3, st.none()), (1, delays()))


def one_of_these(values: tuple[T, ...]) -> st.SearchStrategy[T]:
    """Draw one of the values. The strategy is cached, because making one takes longer than drawing from it."""
    made: st.SearchStrategy[T] = _sampled(values)
    return made


# a cache of its own, because a cached function loses its type variable
_sampled = cache(st.sampled_from)


def often(*weighted: tuple[int, st.SearchStrategy[T]]) -> st.SearchStrategy[T]:
    """Draw from strategies according to their weights; `one_of` would drop a strategy that is repeated."""
    numbers = [number for number, (weight, _) in enumerate(weighted) for _ in range(weight)]
    return st.sampled_from(numbers).flatmap(lambda number: weighted[number][1])


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """Draw a course with up to three modules and six lessons, with sections, practices and checkpoints."""
    numbers = iter(range(1, 100))
    modules = []
    # a course without lessons is drawn rarely, because schools rarely have one
    for module in range(draw(one_of_these((0, 1, 1, 2, 2, 2, 3)))):
        lessons = tuple(draw(_lessons(next(numbers))) for _ in range(draw(one_of_these((0, 1, 1, 2, 2)))))
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
        checkpoint=draw(one_of_these(_CHECKPOINTS)),
        practices=practices,
    )


def progress(course: Course) -> st.SearchStrategy[Progress]:
    """Draw a learner's progress in a course."""
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
    """Draw the settings of a school: the grace, and whether begun or opened lessons stay open."""
    grace = st.none() | st.integers(1, 5).map(lambda days: Period(days=days))
    return st.builds(
        Project,
        id=st.just("school"),
        timezone=zones(),
        currency=st.just("UAH"),
        grace=grace,
        # the default is the simpler example
        grandfather_completed=one_of_these((True, False)),
        keep_opened=one_of_these((True, False)),
    )


# Terms


def terms(course: Course) -> st.SearchStrategy[AccessTerms]:
    """Draw terms of access for a course. The window may be empty, as after an edit of an offer (A4)."""
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
    """Draw an id of the course, or one that it does not have any more."""
    return one_of_these((*sorted(ids), "gone"))


@cache
def _starts() -> st.SearchStrategy[Start]:
    after = st.builds(AfterPayment, delay=st.none() | periods())
    return often((4, st.just(AfterPayment())), (1, after), (1, st.builds(From, at=_dates_or_instants())))


@cache
def _durations() -> st.SearchStrategy[Duration]:
    ends = st.builds(Until, at=_dates_or_instants())
    return often((3, st.just(Forever())), (4, st.builds(For, period=periods())), (2, ends))


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
