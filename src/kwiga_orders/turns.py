"""A worker's turn: when it ends early, its errors, and when gateways are asked again."""

from collections.abc import Callable
from datetime import datetime, timedelta

import attrs

from kwiga_orders.errors import AdapterFailed

__all__ = ["AskAgain", "Turn"]


@attrs.frozen(kw_only=True)
class Turn:
    """One turn of a worker. It collects errors; without a turn a method raises the first error at its end.

    `is_over` is called before each item; if true, the rest is left for others or the next turn. The error of an item is
    added to `failed`, and the others are processed. `succeeded` has the order of each successful item: due work, and
    answers of gateways about payments. The relay leaves it empty.
    """

    is_over: Callable[[], bool] = lambda: False
    failed: list[Exception] = attrs.field(factory=list)
    succeeded: list[str] = attrs.field(factory=list)

    def go_on_after(self, problem: Exception) -> None:
        """Add an error of one order to `failed`, so that the others are processed.

        Raises:
            AdapterFailed: the problem itself if the store failed, because the others would fail, too.
        """
        # Without the store every order would fail, each after a timeout.
        if isinstance(problem, AdapterFailed) and problem.code.startswith("store."):
            raise problem
        self.failed.append(problem)

    def raise_first(self) -> None:
        """Raise the first error, if there is one."""
        for problem in self.failed:
            raise problem


@attrs.frozen(kw_only=True)
class AskAgain:
    """When a gateway is asked again about open attempts and refunds: more rarely the older they are (P4).

    It is asked at the age `first`, then whenever the age has doubled, but at least every `longest`. A turn asks about
    those that reached such an age after `since`; if that is None, about all.
    """

    since: datetime | None
    now: datetime
    first: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=6)

    def is_time_for(self, opened_at: datetime) -> bool:
        """Tell whether to ask about an attempt or refund that was opened at an instant."""
        if self.since is None:
            return True
        age = self.since - opened_at
        following = self.first
        # With doubling, an attempt that stays open for a week is asked about a dozen times, not thousands.
        while following <= age and following < self.longest:
            following *= 2
        # From then on the steps are equal.
        if following <= age:
            following += self.longest * ((age - following) // self.longest + 1)
        return following <= self.now - opened_at
