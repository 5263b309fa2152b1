"""Decisions as values: what a command would write at a school, without a service."""

from kwiga_orders.asking import Sources, run
from kwiga_orders.commands import Command
from kwiga_orders.decisions import Decision, decide
from kwiga_orders.testing.school import School

__all__ = ["decided"]


def decided(command: Command, school: School, *, fresh_id: str = "fresh") -> Decision:
    """Give what a command would write now, without writing it.

    Raises:
        Refused: with the code of the rule that refuses the command.
    """
    with school.store.transaction(school.project.id, writes=False) as transaction:
        sources = Sources(
            project=school.project.id, records=transaction, courses=school.courses, progress=school.progress
        )
        return run(decide(command, now=school.now, fresh_id=fresh_id), sources)
