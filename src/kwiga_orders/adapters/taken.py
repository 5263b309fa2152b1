"""Sums of money in and money back by the spans between instants, for both stores (V8)."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime

from kwiga_orders.listing import Taken

__all__ = ["summed"]


def summed(
    found: Iterable[tuple[str | None, str, datetime, int, int, int]], instants: Sequence[datetime]
) -> list[Taken]:
    """Sum up the rows (key, currency, instant, paid, refunded, count) between the first instant and the last."""
    sums: dict[tuple[datetime, bool, str, str], list[int]] = {}
    for key, currency, at, *values in found:
        # The last instant at or before the fact begins the span that it belongs to.
        since = instants[bisect_right(instants, at) - 1]
        total = sums.setdefault((since, key is None, key or "", currency), [0, 0, 0])
        for n, value in enumerate(values):
            total[n] += value
    return [
        Taken(key=None if is_none else key, since=since, currency=currency, paid=paid, refunded=refunded, count=count)
        # Sorted by the key, with "no key" apart: None and text cannot be compared.
        for (since, is_none, key, currency), (paid, refunded, count) in sorted(sums.items())
    ]
