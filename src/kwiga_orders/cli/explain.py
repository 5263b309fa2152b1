"""Explain why lessons are closed and when they open, at an instant of a case."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import attrs

from kwiga_orders.access import Access, LessonDecision, Lessons
from kwiga_orders.cli.stores import opened
from kwiga_orders.course import Course
from kwiga_orders.errors import NotFound
from kwiga_orders.locale import Texts
from kwiga_orders.pictures import timeline
from kwiga_orders.plans import Plan
from kwiga_orders.project import Contact, Locale
from kwiga_orders.queries import OrderFilters, OrderQuery, OrdersQuery, ScheduleQuery
from kwiga_orders.testing.case_files import read_case_file
from kwiga_orders.testing.stage import SchoolStage
from kwiga_orders.views.answers import access_view, lessons_view
from kwiga_orders.wire.case_runner import Failure, run_case
from kwiga_orders.wire.cases import Case

__all__ = ["Asked", "run_explain"]

_WENT_ANOTHER_WAY = 1


@attrs.frozen(kw_only=True)
class Asked:
    """Which case, contact and product to explain, and at which instant; by default, that of the last step.

    With `since` or `until`, the answer is given for every instant between them at which it changes: by a step of
    the case or only by time. `picture` names a file for a drawing of the timeline of the newest order.
    """

    case: str
    contact: str
    product: str
    at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    locale: Locale | None = None
    picture: str | None = None


@attrs.frozen(kw_only=True)
class _Answer:
    at: datetime
    course: Course
    access: Access
    lessons: Lessons


def run_explain(asked: Asked, *, as_json: bool) -> int:
    """Play the case up to the instant and explain every lesson; give the exit code.

    1: a step did not go as the case expects.
    """
    case = read_case_file(Path(asked.case))
    if asked.since is None and asked.until is None:
        answer, failures = _answered(case, asked, asked.at or case.steps[-1].at)
        answers = [answer]
    else:
        answers, failures = _walked(case, asked)
    contact = next((one for one in case.contacts if one.id == asked.contact), Contact(id=asked.contact))
    locale = asked.locale or contact.locale or case.project.locale
    texts = Texts(locale, timezone=case.project.timezone)
    if asked.picture is not None:
        _draw(case, asked, texts, answers[-1].at, Path(asked.picture))
    if as_json:
        views = [_view(answer) for answer in answers]
        print(json.dumps(views if asked.at is None and len(views) != 1 else views[0], ensure_ascii=False, indent=2))
    else:
        print("\n".join(line for answer in answers for line in _lines(answer, texts)))
    for failure in failures:
        print(f"! {failure}")
    return _WENT_ANOTHER_WAY if failures else 0


def _view(answer: _Answer) -> dict[str, object]:
    return {
        "at": answer.at.isoformat(),
        "access": access_view(answer.access),
        "lessons": lessons_view(answer.lessons, answer.course),
    }


def _answered(case: Case, asked: Asked, at: datetime) -> tuple[_Answer, list[Failure]]:
    """Play the case up to an instant, and give the answer at that instant."""
    plan, course, failures = _played(case, asked, at)
    return _Answer(at=at, course=course, access=plan.access(at), lessons=plan.lessons(at)), failures


@contextmanager
def _staged(case: Case, at: datetime) -> Iterator[tuple[SchoolStage, list[Failure]]]:
    """Play the case up to an instant, and give the school at that instant."""
    # A store in memory, because explaining must not need a database.
    with opened("memory") as store:
        stage = SchoolStage(store=store)
        # Only the steps up to that instant, because later ones must not change the answer.
        failures = run_case(attrs.evolve(case, steps=tuple(step for step in case.steps if step.at <= at)), stage)
        yield stage, failures


def _draw(case: Case, asked: Asked, texts: Texts, at: datetime, file: Path) -> None:
    """Draw the contact's newest order of the product, with its lesson openings.

    Raises:
        NotFound: if there is no such order.
    """
    with _staged(case, at) as (stage, _):
        filters = OrderFilters(contact=(asked.contact,), product=(asked.product,))
        rows = stage.orders.ask(OrdersQuery(filters=filters, sort="number", descending=True, limit=1))["rows"]
        if not rows:
            raise NotFound("order", asked.product)
        card = stage.orders.ask(OrderQuery(order=rows[0]["id"]))
        entries = stage.orders.ask(ScheduleQuery(contact=asked.contact, product=asked.product))
        course = stage.courses.find_course(case.project.id, asked.product)
    titles = {} if course is None else {lesson.id: lesson.title or lesson.id for _, lesson in course.lessons()}
    picture = timeline(card, texts=texts, now=at, schedules={asked.product: entries}, titles=titles)
    file.write_text(picture.svg, encoding="utf-8")


def _played(case: Case, asked: Asked, at: datetime) -> tuple[Plan, Course, list[Failure]]:
    with _staged(case, at) as (stage, failures):
        course = stage.courses.find_course(case.project.id, asked.product)
        if course is None:
            raise NotFound("product", asked.product)
        return stage.orders.plan(contact=asked.contact, product=asked.product), course, failures


def _walked(case: Case, asked: Asked) -> tuple[list[_Answer], list[Failure]]:
    """Play the case step by step; between two steps, also answer wherever the answer changes with time."""
    since, until = asked.since or case.steps[0].at, asked.until or case.steps[-1].at
    begins = sorted({since, *(step.at for step in case.steps if since < step.at <= until)})
    found: list[_Answer] = []
    failures: list[Failure] = []
    for begin, end in zip(begins, [*begins[1:], until], strict=True):
        plan, course, failures = _played(case, asked, begin)
        at: datetime | None = begin
        while at is not None and (at in (begin, until) or at < end):
            answer = _Answer(at=at, course=course, access=plan.access(at), lessons=plan.lessons(at))
            if not found or (answer.access, answer.lessons) != (found[-1].access, found[-1].lessons):
                found.append(answer)
            later = [answer.access.next_change_at, *(one.opens_at for one in answer.lessons.closed.values())]
            later += [entry.at for entry in plan.schedule(at) if entry.at > at][:1]
            now = at
            at = min((one for one in later if one is not None and now < one <= until), default=None)
    return found, failures


def _lines(answer: _Answer, texts: Texts) -> Iterator[str]:
    yield f"{answer.course.title} · {texts.instant(answer.at)}"
    yield f"  {_access(answer.access, texts)}"
    for _, lesson in answer.course.lessons():
        decision = answer.lessons.closed.get(lesson.id)
        yield f"  {'○' if decision else '●'} {lesson.title or lesson.id}" + _why(decision, texts)
    if answer.access.next_change_at is not None:
        yield f"  → {texts.instant(answer.access.next_change_at)}"


def _access(access: Access, texts: Texts) -> str:
    if access.open:
        return "●" if access.ends_at is None else f"● → {texts.instant(access.ends_at)}"
    return "○ " + "; ".join(texts.reason(reason) for reason in access.reasons)


def _why(decision: LessonDecision | None, texts: Texts) -> str:
    if decision is None:
        return ""
    why = ": " + "; ".join(texts.reason(reason) for reason in decision.reasons)
    if decision.opens_at is None or decision.opens_at == decision.reasons[-1].until:
        return why
    return f"{why} → {texts.instant(decision.opens_at)}"
