"""Reports over a class: which lessons are open to each of thousands of learners, at any instant.

Laws:

1. A learner's open lessons at any instant are those of the plan (A6, L1).
2. Instants are counted from the first opening, so learners who differ only in their start share the same tuples, and a
   class takes little memory.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

import attrs

from kwiga_orders.plans.micros import ALWAYS, micros
from kwiga_orders.plans.plan import Plan
from kwiga_orders.plans.product_plan import Spans

__all__ = ["OpenLessons"]

_Openings = tuple[int, tuple[int, ...], tuple[int, ...]]
"""The first change, the offset of each change from it, and the open lessons before and after each change, as bits."""


@attrs.frozen
class OpenLessons:
    """The open lessons of each learner of a class, in the order of the plans.

    Instants that are asked about must be aware.

    Raises:
        Refused: `time.naive` if an instant says nothing of its zone (T1).
    """

    _learners: tuple[_Openings, ...]

    @classmethod
    def of(cls, plans: Iterable[Plan]) -> "OpenLessons":
        """Keep only the spans in which products are open; plans can be compiled one by one and dropped."""
        # Only tuples of integers stay: a plan holds orders and outlines, and a class has thousands of plans.
        return cls(tuple([_openings(plan.spans) for plan in plans]))

    def masks(self, at: datetime) -> list[int]:
        """Give the lessons that are open to each learner at an instant, as `Plan.open_mask` does."""
        instant = micros(at)
        return [masks[bisect_right(after, instant - first)] for first, after, masks in self._learners]

    def counts(self, at: datetime) -> list[int]:
        """Tell how many lessons are open to each learner at an instant."""
        return list(map(int.bit_count, self.masks(at)))


def _openings(spans: Spans) -> _Openings:
    changes, masks = list[int](), [0]
    for span, until in spans.opened():
        for at, mask in span.masks(until):
            # Changes without an effect are dropped, so that learners in the same situation get equal tuples.
            if mask != masks[-1]:
                changes.append(at)
                masks.append(mask)
    # Law 2: offsets from the first change are equal for learners who differ only in their start.
    first = min(changes, default=ALWAYS)
    return first, _shared(tuple([at - first for at in changes])), _shared(tuple(masks))


# Bounded, because in a class where all learners differ the cache would grow without end.
@lru_cache(maxsize=1 << 10)
def _shared(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Give the same tuple for equal ones, as long as there are not too many."""
    return numbers
