"""How a rule asks for what it needs to know: it yields questions, and whoever runs it sends the answers back in.

Rules never do I/O. A service, sync or async, answers each question from its `Sources`. So the same code runs in both
worlds, and a rule that needs one more record asks for it where it needs it.

    def title_of(code: str) -> Asking[str]:
        offer = yield from ask(lambda source: source.records.find_offer(code))
        return "" if offer is None else offer.current.title
"""

from collections.abc import Callable, Generator
from typing import TypeVar, cast

import attrs

from kwiga_orders.ports import Courses, ProgressSource, Records

__all__ = ["Asking", "Question", "Sources", "ask", "run"]

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Sources:
    """Where facts come from: what is stored of one project, and what the host tells."""

    project: str
    records: Records
    courses: Courses
    progress: ProgressSource


Question = Callable[[Sources], object]
"""One question, asked of the sources."""

Asking = Generator[Question, object, T]
"""A computation that asks questions on its way to a T."""


def ask(question: Callable[[Sources], T]) -> Asking[T]:
    """Ask one question; used as `x = yield from ask(lambda source: source.records.find_order(id))`."""
    return cast(T, (yield question))


def run(asking: Asking[T], sources: Sources) -> T:
    """Answer each question from `sources` until the computation is done."""
    try:
        question = next(asking)
        while True:
            question = asking.send(question(sources))
    except StopIteration as done:
        return cast(T, done.value)
