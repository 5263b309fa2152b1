"""Answer questions as if earlier decisions were written, for previews of many commands, sync and async.

Laws:

1. A decision finds each order, and its twins, in the state after the decisions before it (K3, V10).
2. Nothing is written, and all other data are the stored ones.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import isawaitable
from typing import Any, TypeVar, cast

import attrs

from kwiga_orders.asking import Asking, Question, Sources
from kwiga_orders.listing import Lookup
from kwiga_orders.lookups import UnpaidTwins
from kwiga_orders.orders.state import Order, unpaid_for
from kwiga_orders.ports import Records

__all__ = ["overlaid"]

T = TypeVar("T")


def overlaid(asking: Asking[T], decided: Mapping[str, Order]) -> Asking[T]:
    """Answer questions with decided orders, by id, in place of the stored ones."""
    try:
        question = next(asking)
        while True:
            try:
                answered = yield _over(question, decided)
            except Exception as problem:  # the host's parts may raise anything
                question = asking.throw(problem)
            else:
                question = asking.send(answered)
    except StopIteration as done:
        return cast(T, done.value)


def _over(question: Question, decided: Mapping[str, Order]) -> Question:
    def asked(source: Sources) -> object:
        records = cast(Records, _Overlaid(source.records, decided))
        return question(attrs.evolve(source, records=records))

    return asked


@attrs.frozen
class _Overlaid:
    """The records of a project, sync or async, with some of its orders replaced."""

    _stored: Any
    _decided: Mapping[str, Order]

    def __getattr__(self, name: str) -> object:
        return getattr(self._stored, name)

    def find_order(self, id: str, /) -> object:
        return self._decided.get(id) or self._stored.find_order(id)

    def orders_of(self, contact: str, /, **named: str | None) -> object:
        return _then(self._stored.orders_of(contact, **named), self._replaced)

    def look_up(self, lookup: Lookup[T], /) -> object:
        found = self._stored.look_up(lookup)
        if isinstance(lookup, UnpaidTwins):
            # O3: without twins that an earlier decision activated, or whose payments it voided
            return _then(found, lambda twins: [one for one in self._replaced(twins) if unpaid_for(one) == lookup.offer])
        return found

    def _replaced(self, orders: Sequence[Order]) -> list[Order]:
        return [self._decided.get(order.id, order) for order in orders]


def _then(found: Sequence[Order] | Awaitable[Sequence[Order]], change: Callable[[Sequence[Order]], T]) -> object:
    """Change an answer, which may have to be awaited."""
    if not isawaitable(found):
        return change(found)

    async def awaited() -> T:
        return change(await found)

    return awaited()
