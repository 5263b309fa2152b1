"""A learner for measurements: a course with delayed lessons, one paid order, one freeze, one payment that falls due."""

from datetime import UTC, datetime, timedelta

import attrs

from kwiga_orders.access import Grant
from kwiga_orders.course import After, Checkpoint, Course, Lesson, Module, Practice, Progress
from kwiga_orders.money import Money
from kwiga_orders.orders.state import Custom, Frozen, Line, Order
from kwiga_orders.orders.window import Resolved
from kwiga_orders.payments import Mark, Payment
from kwiga_orders.periods import Period
from kwiga_orders.project import Project
from kwiga_orders.sums import TotalSet
from kwiga_orders.terms import AccessTerms, For

__all__ = ["PROJECT", "START", "course_of", "grant_of", "progress_of"]

START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
"""When the order was paid."""

PROJECT = Project(id="school", timezone="Europe/Kyiv", currency="UAH", grace=Period(days=3))
"""A school with a grace period."""

_TEN_DAYS = timedelta(days=10)
_PRICE = Money(100_000, "UAH")


def course_of(lessons: int, *, only_delays: bool = False) -> Course:
    """Give a course with a lesson opening each day, ten per module, and by default practices and a checkpoint."""
    made = [
        Lesson(
            id=f"l{number}",
            delay=After(period=Period(days=number + 1)),
            practices=(Practice(id=f"p{number}"),) if number % 10 == 0 and not only_delays else (),
            checkpoint=Checkpoint() if number == lessons // 2 and not only_delays else None,
        )
        for number in range(lessons)
    ]
    modules = (Module(id=f"m{first}", lessons=tuple(made[first : first + 10])) for first in range(0, lessons, 10))
    return Course(product="python", modules=tuple(modules))


def progress_of(course: Course) -> Progress:
    """Give the progress of a learner who has done every practice."""
    return Progress(practices=dict.fromkeys(sorted(course.practice_ids()), "accepted"))


def grant_of(*, owes: int = 1, paid: int = 0, at: datetime = START, frozen: timedelta = _TEN_DAYS) -> Grant:
    """Give the grant of an order that was paid `at`, with a freeze; `owes` more parts fall due from half a year later.

    The first `paid` of these parts were paid in advance, a week apart.
    """
    freezes_at = at + timedelta(days=30)
    freeze = Frozen(made_at=at, starts_at=freezes_at, ends_at=freezes_at + frozen)
    terms = AccessTerms(duration=For(period=Period(days=3000)))
    line = Line(product="python", price=_PRICE, source=Custom(terms=terms), adjustments=(freeze,))
    first = Payment(id="o1.1", amount=_PRICE, created_at=at, due_at=at, mark=Mark(at=at, version=2, amount=_PRICE))
    marks = [Mark(at=at + timedelta(days=7 * n), version=2 + n, amount=_PRICE) for n in range(1, paid + 1)]
    due = [
        attrs.evolve(first, id=f"o1.{n + 2}", due_at=at + timedelta(days=180 + 7 * n), closes_access=True, mark=mark)
        for n, mark in zip(range(owes), [*marks, *[None] * owes], strict=False)
    ]
    order = Order(
        id="o1",
        number=1,
        contact="olena",
        currency="UAH",
        zone="Europe/Kyiv",
        created_at=at,
        funnel="default",
        status="new",
        lines=(line,),
        plan_difference=Money.zero("UAH"),
        payments=(first, *due),
        totals=(TotalSet(at=at, version=1, total=Money((owes + 1) * _PRICE.minor, "UAH")),),
        updated_at=at,
    )
    return Grant(order=order, line=line, resolved=Resolved(terms=terms))
