"""Sums of money paid and refunded in each span between instants, for both stores (V8)."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime

from kwiga_orders.listing import Taken

__all__ = ["summed"]


def summed(
    found: Iterable[tuple[str | None, str, datetime, int, int, int]], instants: Sequence[datetime]
) -> list[Taken]:
    """Sum up rows of (key, currency, instant, paid, refunded, count) by span, from the first instant to the last."""
    sums: dict[tuple[datetime, bool, str, str], list[int]] = {}
    for key, currency, at, *values in found:
        # A row belongs to the span that begins at the last instant at or before it.
        since = instants[bisect_right(instants, at) - 1]
        total = sums.setdefault((since, key is None, key or "", currency), [0, 0, 0])
        for n, value in enumerate(values):
            total[n] += value
    return [
        Taken(key=None if is_none else key, since=since, currency=currency, paid=paid, refunded=refunded, count=count)
        # Sorted by key; `is_none` comes first because None and text cannot be compared.
        for (since, is_none, key, currency), (paid, refunded, count) in sorted(sums.items())
    ]
