"""Access: compiling a plan, and asking it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from zoneinfo import ZoneInfo

import attrs
from dateutil.relativedelta import relativedelta

from benchmarks.deciders import Instants, deciders
from benchmarks.learning import PROJECT, START, course_of, grant_of, progress_of
from benchmarks.table import Round, Work, looping
from kwiga_orders.access import Grant
from kwiga_orders.course import After, Course
from kwiga_orders.orders.state import Order
from kwiga_orders.plans import Plan, compile_plan

KYIV = ZoneInfo("Europe/Kyiv")
HALF_WAY = START + timedelta(days=60, hours=1)
"""The instant at which fifty of a hundred lessons are open."""


def works() -> list[Work]:
    """Rows 1-3 of the goals, and their growth."""
    parts = (compiling_parts(), compiling_parts(paid=12))
    return [decision(), page(), reasons(), compiling(), *parts, whole_page(), *growth()]


def plan_of(course: Course, grant: Grant) -> Plan:
    """Compile a plan."""
    return compile_plan([grant], project=PROJECT, course=course, progress=progress_of(course))


def decision() -> Work:
    """One lesson decision with its reasons from a compiled plan, as a page asks for every lesson."""
    course = course_of(100)
    plan, ids = plan_of(course, grant_of()), sorted(course.lesson_ids())
    facts, opens, now = floor_facts(course)

    def ours() -> None:
        for id in ids:
            plan.lesson(id, HALF_WAY)

    def floor() -> None:
        for id in ids:
            floor_decision(facts, opens, id, now)

    return Work(
        topic="one lesson decision with its reasons",
        ours=looping(ours, pieces=100),
        floor=looping(floor, pieces=100),
        goal=2.5,
        peers={
            **others(facts, opens, now),
            "written by hand": (looping(hand_written(course, grant_of()), pieces=100), 15),
        },
    )


def others(facts: "Facts", opens: dict[str, int], now: int) -> dict[str, tuple[Round, float]]:
    """Measure other libraries that decide from the same instants, each with how many times slower it should be."""
    known = deciders(now, Instants(*facts["l50"], opens["l50"]))
    return {name: (looping(decide), {"casbin": 60, "cedarpy": 35}[name]) for name, decide in known.items()}


Facts = dict[str, tuple[int, int, int, int, int]]


def floor_facts(course: Course) -> tuple[Facts, dict[str, int], int]:
    """Give the data of the floor's decision: window, freeze, due payment, and the opening of each lesson."""
    start, now = int(START.timestamp() * 1e6), int(HALF_WAY.timestamp() * 1e6)
    day = 86_400_000_000
    limits = (start, start + 3000 * day, start + 30 * day, start + 40 * day, start + 180 * day)
    facts = dict.fromkeys(sorted(course.lesson_ids()), limits)
    return facts, {lesson.id: start + number * day for number, (_, lesson) in enumerate(course.lessons())}, now


def floor_decision(facts: Facts, opens: dict[str, int], id: str, now: int) -> bool:
    """Two lookups and six comparisons."""
    starts, ends, frozen, thawed, due = facts[id]
    return starts <= now and now < ends and not (frozen <= now < thawed) and now < due and opens[id] <= now


def hand_written(course: Course, grant: Grant) -> Callable[[], None]:
    """Decide with attrs values and relativedelta, as a first version would be written."""
    payment, freeze = grant.order.payments[1], grant.line.freezes[0]
    local = START.astimezone(KYIV)

    def is_open(delay: After, at: datetime) -> bool:
        ends_at = local + relativedelta(days=3000) + (freeze.ends_at - freeze.starts_at)
        opens_at = local + relativedelta(days=delay.period.days)
        if freeze.starts_at < opens_at:
            opens_at += freeze.ends_at - freeze.starts_at
        is_frozen = freeze.starts_at <= at < freeze.ends_at
        is_due = payment.closes_access and payment.due_at + relativedelta(days=3) <= at
        return local <= at < ends_at and opens_at <= at and not is_frozen and not is_due

    delays = [lesson.delay for _, lesson in course.lessons() if isinstance(lesson.delay, After)]

    def decide() -> None:
        for delay in delays:
            is_open(delay, HALF_WAY)

    return decide


def page() -> Work:
    """Which of 100 lessons are open, as bits; the floor makes a list of booleans in one pass."""
    course = course_of(100)
    plan, one_pass = plan_of(course, grant_of()), pass_over(course)
    return Work(
        topic="which of 100 lessons are open",
        ours=looping(lambda: plan.open_mask(HALF_WAY)),
        floor=looping(one_pass),
        goal=0.2,
    )


def reasons() -> Work:
    """All 100 lessons, with the reasons of the closed ones."""
    course = course_of(100)
    plan, one_pass = plan_of(course, grant_of()), pass_over(course)
    return Work(
        topic="100 lessons with all reasons",
        ours=looping(lambda: plan.lessons(HALF_WAY)),
        floor=looping(one_pass),
        goal=12,
    )


def pass_over(course: Course) -> Callable[[], list[bool]]:
    """Make a list of booleans by the six comparisons of a decision."""
    facts, opens, now = floor_facts(course)
    rows = [(*facts[id], opens[id]) for id in sorted(opens)]

    def one_pass() -> list[bool]:
        return [
            starts <= now and now < ends and not (frozen <= now < thawed) and now < due and opened <= now
            for starts, ends, frozen, thawed, due, opened in rows
        ]

    return one_pass


def compiling() -> Work:
    """Compile a plan of 100 lessons with delays and one freeze, up to its first answers."""
    return Work(
        topic="compiling a plan, 100 lessons, one freeze",
        ours=looping(compiled(course_of(100, only_delays=True))),
        floor=looping(floor_compiled(100)),
        goal=1.3,
    )


def compiling_parts(*, paid: int = 0) -> Work:
    """Compile a plan of an order with 24 parts, some paid one by one (P15); the floor is an order without parts."""
    course = course_of(100, only_delays=True)
    return Work(
        topic=f"compiling a plan of 24 parts, {paid} paid one by one, to one without",
        ours=looping(compiled(course, owes=23, paid=paid)),
        floor=looping(compiled(course)),
        goal=1.3,
        why="each part has a date with its grace, a span in which it asks, and a reason",
    )


def whole_page() -> Work:
    """From facts to the first page: compile, and give all lessons with their reasons, without any cache."""
    course = course_of(100)
    grant = grant_of()
    progress, orders = progress_of(course), fresh(grant.order)

    def compile_and_show() -> None:
        anew = Grant(order=next(orders), line=grant.line, resolved=grant.resolved)
        compile_plan([anew], project=PROJECT, course=course, progress=progress).lessons(HALF_WAY)

    return Work(
        topic="from facts to a page of 100 lessons",
        ours=looping(compile_and_show),
        floor=looping(floor_compiled(100)),
        goal=None,
    )


def compiled(course: Course, *, owes: int = 0, paid: int = 0) -> Callable[[], None]:
    """Compile and ask, each time with an order whose sums are not computed yet."""
    grant = grant_of(owes=owes, paid=paid)
    progress, orders = progress_of(course), fresh(grant.order)

    def compile_and_ask() -> None:
        anew = Grant(order=next(orders), line=grant.line, resolved=grant.resolved)
        plan = compile_plan([anew], project=PROJECT, course=course, progress=progress)
        plan.access(HALF_WAY)
        plan.lesson("l50", HALF_WAY)

    return compile_and_ask


def fresh(order: Order) -> Iterator[Order]:
    """Give copies of an order without computed values, made beforehand, and more than a run needs."""
    return cycle([attrs.evolve(order) for _ in range(20_000)])


def floor_compiled(lessons: int) -> Callable[[], list[datetime]]:
    """For each lesson, add days to a local time and compute the instant."""
    wall = START.astimezone(KYIV).replace(tzinfo=None)

    def compute() -> list[datetime]:
        return [
            (wall + timedelta(days=number)).replace(tzinfo=KYIV).astimezone(UTC) for number in range(1, lessons + 1)
        ]

    return compute


def growth() -> list[Work]:
    """In a course of ten times the size, each lesson costs the same."""
    small, large = course_of(100), course_of(1000)
    return [
        Work(
            topic="growth of a decision, 1000 lessons to 100",
            ours=looping(asking(large), pieces=1000),
            floor=looping(asking(small), pieces=100),
            goal=1.2,
        ),
        Work(
            topic="growth of compiling, a lesson, 1000 to 100",
            ours=looping(compiled(large), pieces=1000),
            floor=looping(compiled(small), pieces=100),
            goal=1.2,
        ),
    ]


def asking(course: Course) -> Callable[[], None]:
    """Ask a plan about each lesson."""
    plan, ids = plan_of(course, grant_of()), sorted(course.lesson_ids())

    def ask() -> None:
        for id in ids:
            plan.lesson(id, HALF_WAY)

    return ask
