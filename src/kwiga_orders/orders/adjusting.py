"""Commands that change the window of access by hand: extend, set the end, freeze, unfreeze.

Laws:

1. A command over all lines is refused as a whole if one line refuses (A13).
2. Nothing is extended or frozen before activation; access without an end cannot be extended (A9).
3. A freeze begins now or later, before the end, and overlaps no other (A11).
4. Unfreezing ends the current freeze, else it cancels the next planned one (A11).
"""

from collections.abc import Iterator

from kwiga_orders.errors import Refused
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import AccessEndSet, AccessExtended, AccessFrozen, AccessUnfrozen, Event
from kwiga_orders.orders.state import EndSet, Line, Order
from kwiga_orders.orders.window import LineWindow, find_freeze, line_window, resolved
from kwiga_orders.periods import acts_at, ends, later, zone_named

__all__ = ["extend_access", "freeze_access", "set_access_end", "unfreeze_access"]


def extend_access(order: Order, command: asked.ExtendAccess, given: Context) -> Iterator[Event]:
    """Move the end on (A9).

    Raises:
        Refused: `access.not_started` if the order is not activated, `access.no_end`.
    """
    for line in _all_or_one(order, command.product):
        # A13: if a later line refuses, the events of earlier lines are dropped, too.
        if _window(order, line, given).end is None:
            raise Refused("access.no_end", order=order.number, product=line.product)
        yield AccessExtended(product=line.product, by=command.by, reason=command.reason)


def set_access_end(order: Order, command: asked.SetAccessEnd, _: Context) -> Iterator[Event]:
    """Set the end to an instant, to the end of a day, or to none (A10, T5)."""
    at = None if command.at is None else ends(command.at, zone=zone_named(order.zone))
    for line in _lines(order, command.product):
        last = line.adjustments[-1] if line.adjustments else None
        # The newest adjustment counts: after an extension, setting the same end again is a change.
        if not (isinstance(last, EndSet) and last.at == at):
            yield AccessEndSet(product=line.product, at=at, reason=command.reason)


def freeze_access(order: Order, command: asked.FreezeAccess, given: Context) -> Iterator[Event]:
    """Close access for a period, now or from a later instant (A11).

    Raises:
        Refused: `access.not_started` if the order is not activated, `freeze.after_end`, `freeze.overlaps`,
            `input.invalid` if it would begin in the past.
    """
    zone = zone_named(order.zone)
    starts_at = acts_at(command.starts_at, now=given.now, zone=zone)
    # A freeze in the past would remove access from lessons that were already watched.
    if starts_at < given.now:
        raise Refused("input.invalid", field="from", least=given.now.isoformat())
    ends_at = later(starts_at, command.period, zone=zone)
    for line in _all_or_one(order, command.product):
        if _window(order, line, given).has_ended(starts_at):
            raise Refused("freeze.after_end", order=order.number, product=line.product)
        # Spans are half-open: a freeze may begin at the instant at which another one ends.
        if any(starts_at < freeze.ends_at and freeze.starts_at < ends_at for freeze in line.freezes):
            raise Refused("freeze.overlaps", order=order.number, product=line.product)
        yield AccessFrozen(product=line.product, starts_at=starts_at, ends_at=ends_at, reason=command.reason)


def unfreeze_access(order: Order, command: asked.UnfreezeAccess, given: Context) -> Iterator[Event]:
    """End the current freeze, else cancel the next planned one (A11).

    Raises:
        Refused: `freeze.none`.
    """
    for line in _all_or_one(order, command.product):
        # `find_freeze` prefers the current freeze to a planned one.
        freeze = find_freeze(line, given.now)
        if freeze is None:
            raise Refused("freeze.none", order=order.number, product=line.product)
        yield AccessUnfrozen(product=line.product, starts_at=freeze.starts_at, reason=command.reason)


def _lines(order: Order, product: str | None) -> tuple[Line, ...]:
    return order.lines if product is None else (order.line(product),)


def _all_or_one(order: Order, product: str | None) -> tuple[Line, ...]:
    """Give the lines to extend or freeze; in a subscription always all lines (P13)."""
    lines = _lines(order, product)
    return lines if order.subscription is None else order.lines


def _window(order: Order, line: Line, given: Context) -> LineWindow:
    terms = resolved(order, line, given.offers).terms
    window = line_window(order, line, terms, grace=given.project.grace, at=given.now)
    if window is None:
        # A9, A11: before activation there is no window to adjust.
        raise Refused("access.not_started", order=order.number, product=line.product)
    return window
