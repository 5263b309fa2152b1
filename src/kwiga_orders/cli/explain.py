"""Explain why lessons are closed and when they open, at an instant of a case file."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import attrs

from kwiga_orders.access import Access, LessonDecision, Lessons
from kwiga_orders.cli.stores import opened
from kwiga_orders.course import Course
from kwiga_orders.errors import NotFound
from kwiga_orders.locale import Texts
from kwiga_orders.project import Contact, Locale
from kwiga_orders.testing.case_files import read_case_file
from kwiga_orders.testing.stage import SchoolStage
from kwiga_orders.views.answers import access_view, lessons_view
from kwiga_orders.wire.case_runner import run_case

__all__ = ["Asked", "run_explain"]

_WENT_ANOTHER_WAY = 1


@attrs.frozen(kw_only=True)
class Asked:
    """Which case, contact and product to explain, and at which instant: that of the last step by default."""

    case: str
    contact: str
    product: str
    at: datetime | None = None
    locale: Locale | None = None


@attrs.frozen(kw_only=True)
class _Answer:
    at: datetime
    course: Course
    access: Access
    lessons: Lessons


def run_explain(asked: Asked, *, as_json: bool) -> int:
    """Play the case up to the instant, and explain every lesson; give the exit code.

    1 if a step did not go as the case expects.
    """
    case = read_case_file(Path(asked.case))
    at = asked.at or case.steps[-1].at
    # A store in memory: explaining must not need a database.
    with opened("memory") as store:
        stage = SchoolStage(store=store)
        # Only what happened by then, so that the answer is that of the instant.
        failures = run_case(attrs.evolve(case, steps=tuple(step for step in case.steps if step.at <= at)), stage)
        course = stage.courses.find_course(case.project.id, asked.product)
        if course is None:
            raise NotFound("product", asked.product)
        plan = stage.orders.plan(contact=asked.contact, product=asked.product)
        answer = _Answer(at=at, course=course, access=plan.access(at), lessons=plan.lessons(at))
    if as_json:
        views = {"access": access_view(answer.access), "lessons": lessons_view(answer.lessons)}
        print(json.dumps({"at": at.isoformat(), **views}, ensure_ascii=False, indent=2))
    else:
        contact = next((one for one in case.contacts if one.id == asked.contact), Contact(id=asked.contact))
        print(
            "\n".join(
                _lines(
                    answer, Texts(asked.locale or contact.locale or case.project.locale, timezone=case.project.timezone)
                )
            )
        )
    for failure in failures:
        print(f"! {failure}")
    return _WENT_ANOTHER_WAY if failures else 0


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
