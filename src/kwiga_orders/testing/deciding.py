"""Decisions without a service: what a command would write, as a value, from the facts of a school."""

from typing import TypeVar, cast

from kwiga_orders.asking import Asking, Sources
from kwiga_orders.commands import Command
from kwiga_orders.decisions import Decision, Moment, decide
from kwiga_orders.testing.school import School

__all__ = ["decided", "seen"]

T = TypeVar("T")


def decided(command: Command, school: School, *, fresh_id: str = "fresh") -> Decision:
    """Give all that a command would write now; nothing is written.

    Raises:
        Refused: with the code of the rule that says no.
    """
    moment = Moment(now=school.now, fresh_id=fresh_id)
    with school.store.transaction(school.project.id, writes=False) as transaction:
        sources = Sources(
            project=school.project.id, records=transaction, courses=school.courses, progress=school.progress
        )
        return seen(decide(command, moment), sources)


def seen(asking: Asking[T], sources: Sources) -> T:
    """Give what a computation comes to that looks at these facts."""
    try:
        look = next(asking)
        while True:
            look = asking.send(look(sources))
    except StopIteration as done:
        return cast(T, done.value)
