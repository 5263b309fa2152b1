"""A worker's turn at what waits: when it ends early, what went wrong in it, and whom it is too early to ask again."""

from collections.abc import Callable
from datetime import datetime, timedelta

import attrs

from kwiga_orders.errors import AdapterFailed

__all__ = ["AskAgain", "Turn"]


@attrs.frozen(kw_only=True)
class Turn:
    """One turn of a worker. Without one, a method raises at its end what went wrong first.

    `is_over` is asked before each thing that is done: if so, the rest is left to others, or to the next turn. What went
    wrong with one thing is added to `failed`, and the others have their turn. `succeeded` names the order of each thing
    that went well: what fell due, and answers of gateways about payments. The relay leaves it empty.
    """

    is_over: Callable[[], bool] = lambda: False
    failed: list[Exception] = attrs.field(factory=list)
    succeeded: list[str] = attrs.field(factory=list)

    def go_on_after(self, problem: Exception) -> None:
        """Note what went wrong with one order, so that the others have their turn.

        Raises:
            AdapterFailed: the problem itself if the store failed, by its code: the others would fail as well.
        """
        # Without the store every further order would fail the same way, and each after a timeout.
        if isinstance(problem, AdapterFailed) and problem.code.startswith("store."):
            raise problem
        self.failed.append(problem)

    def raise_first(self) -> None:
        """Raise what went wrong first, if anything did."""
        for problem in self.failed:
            raise problem


@attrs.frozen(kw_only=True)
class AskAgain:
    """Which open attempts and refunds a gateway is asked about again: the older they are, the more rarely (P4).

    Asked is when they are `first` old, then each time they are twice as old, but no more rarely than every `longest`.
    In a turn these are the ones that came to such an age after `since`; if that is None, all.
    """

    since: datetime | None
    now: datetime
    first: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=6)

    def is_time_for(self, opened_at: datetime) -> bool:
        """Tell whether it is time to ask about what was opened at an instant."""
        if self.since is None:
            return True
        age = self.since - opened_at
        following = self.first
        # Twice as old each time: an attempt that stays open for a week is asked about a dozen times, not thousands.
        while following <= age and following < self.longest:
            following *= 2
        # Past the longest pause the ages go on in equal steps, so the next one can be computed.
        if following <= age:
            following += self.longest * ((age - following) // self.longest + 1)
        return following <= self.now - opened_at
