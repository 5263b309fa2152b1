"""The terms of a line, and when its access starts and ends.

Laws:

1. A line that follows its offer has the terms of the newest version that applies to it; other lines have their own
   terms (O6, O8).
2. The window is computed from the terms, and then adjustments are applied in the order of their making. So it is also
   right after the terms change (A13). `end_of_access` says how adjustments move the end (A9-A12).
3. In a subscription a set end replaces paid-through until a period is paid that begins at or after it (A10, P13).
"""

from collections.abc import Mapping
from datetime import datetime

import attrs

from kwiga_orders.errors import Corrupt, Fault, InvalidInput
from kwiga_orders.offers import Offer
from kwiga_orders.orders.end_of_access import EndOfAccess
from kwiga_orders.orders.state import Custom, EndSet, Frozen, Line, Order
from kwiga_orders.orders.subscriptions import Coverage, Lapse
from kwiga_orders.periods import Period, zone_named
from kwiga_orders.terms import AccessTerms, window_of
from kwiga_orders.values import maker

__all__ = [
    "KnownWindow",
    "LineWindow",
    "Resolved",
    "find_freeze",
    "line_window",
    "payment_of",
    "resolved",
    "window_if_paid",
    "windows_known",
]


@attrs.frozen(kw_only=True)
class Resolved:
    """The current terms of a line, when their scope was last set (L2), and the offer's version they come from."""

    terms: AccessTerms
    scope_set_at: datetime | None = None
    version: int | None = None

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.terms, AccessTerms):
            # Refused here, because a `TermsChange` has similar fields and would fail only later, in a lesson.
            raise InvalidInput([Fault(path="terms", code="input.invalid", hint="AccessTerms, not a change of some")])


# decision 0025: a subscription ends at paid-through or by its terms, whichever is earlier
@attrs.frozen(kw_only=True)
class LineWindow:
    """The window of access to a line, `[starts_at, end)`; None means for ever.

    `ends_at` is the end by the terms, or the set end. During `lapses` a subscription gives no access; the last lapse
    begins at paid-through plus grace (P13).
    """

    starts_at: datetime
    ends_at: datetime | None = None
    lapses: tuple[Lapse, ...] = ()

    @property
    def lapses_at(self) -> datetime | None:
        """When a subscription lapses unless more is paid."""
        # a lapse with an end was followed by a payment, so it does not end the window
        return self.lapses[-1].until if self.lapses and self.lapses[-1].ends_at is None else None

    @property
    def end(self) -> datetime | None:
        """The end that counts: the earlier of the two."""
        if self.ends_at is None or self.lapses_at is None:
            # with only one of them, that one counts
            return self.ends_at or self.lapses_at
        return min(self.ends_at, self.lapses_at)

    def is_empty(self) -> bool:
        """Tell whether the window ends before it starts, whatever is paid (A4)."""
        return self.ends_at is not None and self.ends_at <= self.starts_at

    def has_ended(self, at: datetime) -> bool:
        """Tell whether the end has passed at an instant."""
        return self.end is not None and self.end <= at


KnownWindow = tuple[datetime, LineWindow]
"""A window, with the instant from which it is known."""

_resolved, _window = maker(Resolved), maker(LineWindow)


# decision 0008: whether a line follows its offer is computed on each read, never stored
def resolved(order: Order, line: Line, offers: Mapping[str, Offer]) -> Resolved:
    """Give the current terms of a line; `offers` holds by code the offers that lines follow. Home of O6.

    Prices are copied when the order is made. Terms are read from the offer each time, from the newest version that
    applies to the line (O8), until an edit gives the line its own (O7).

    Raises:
        Corrupt: `line.without_offer` if the line follows an offer that is missing.
    """
    if isinstance(line.source, Custom):
        return _resolved(terms=line.source.terms, scope_set_at=line.source.scope_set_at)
    offer = offers.get(order.origin.offer) if order.origin is not None else None
    # this means damaged data, because an offer that orders follow is never deleted
    if offer is None:
        raise Corrupt("line.without_offer", order=order.id, product=line.product)
    version, item = offer.reached(line.source.since, line.product)
    return _resolved(terms=item.terms, scope_set_at=item.scope_set_at, version=version)


def payment_of(order: Order, line: Line) -> datetime | None:
    """Give the instant that rules about this line call "payment": activation, or when it was added later (P5, O13)."""
    activated_at = order.activated_at
    if activated_at is None or line.added_at is None:
        return activated_at
    # a line that was added before activation counts from activation
    return max(activated_at, line.added_at)


def line_window(
    order: Order, line: Line, terms: AccessTerms, *, grace: Period | None, at: datetime
) -> LineWindow | None:
    """Give the window of a line as it stands at an instant; None while the order is not activated (A1).

    Only what is paid for a subscription depends on `at`; what shapes the window is known for all of it (T6).
    """
    activated_at, paid_at = order.activated_at, payment_of(order, line)
    # a time before activation sees no access, even when the order is active by now (T6)
    if activated_at is None or paid_at is None or activated_at > at:
        return None
    return window_if_paid(order, line, terms, grace=grace, at=at, paid_at=paid_at)


def windows_known(order: Order, line: Line, terms: AccessTerms, *, grace: Period | None) -> list[KnownWindow]:
    """Give the windows of a line, each with the instant from which it is known; none before activation (A1).

    There is only one (T6), except in a subscription: there each paid period, and each refund of a period, gives another
    window (P13).
    """
    activated_at, paid_at = order.activated_at, payment_of(order, line)
    if activated_at is None or paid_at is None:
        return []
    shape = _Shape.of(order, line, terms, paid_at=paid_at)
    changes = shape.coverage.changes if shape.coverage is not None else ()
    # no window is known before activation
    known = {activated_at, *(max(at, activated_at) for at in changes)}
    return [(at, shape.window(grace=grace, at=at)) for at in sorted(known)]


def window_if_paid(  # noqa: PLR0913 - each is an independent part of one question
    order: Order, line: Line, terms: AccessTerms, *, paid_at: datetime, grace: Period | None, at: datetime
) -> LineWindow:
    """Give the window of a line as if its payment was at `paid_at` (L13)."""
    return _Shape.of(order, line, terms, paid_at=paid_at).window(grace=grace, at=at)


@attrs.frozen(kw_only=True)
class _Shape:
    """The parts of a line's window: its start, its end with and without set ends, and the paid periods."""

    starts_at: datetime
    ends_at: datetime | None
    end_set: EndSet | None = None
    ends_if_lifted: datetime | None = None
    coverage: Coverage | None = None

    @classmethod
    def of(cls, order: Order, line: Line, terms: AccessTerms, *, paid_at: datetime) -> "_Shape":
        """Compute the parts from the terms and adjustments of the line."""
        zone = zone_named(order.zone)
        computed, coverage = window_of(terms, paid_at=paid_at, zone=zone), Coverage.of(order)
        # a shortcut, because most lines were never adjusted and lists compute this for every order
        if not line.adjustments:
            return cls(starts_at=computed.starts_at, ends_at=computed.ends_at, coverage=coverage)
        end = EndOfAccess(zone=zone, starts_at=computed.starts_at)
        shape = cls(
            starts_at=computed.starts_at, ends_at=end.after(line.adjustments, computed.ends_at), coverage=coverage
        )
        sets = [one for one in line.adjustments if isinstance(one, EndSet)]
        # without a set end, or outside of a subscription, paid periods do not matter
        if coverage is None or not sets or sets[-1].at is None:
            return shape
        # a paid period replaces the set end, but not extensions and freezes
        moves = [one for one in line.adjustments if not isinstance(one, EndSet)]
        return attrs.evolve(shape, end_set=sets[-1], ends_if_lifted=end.after(moves, computed.ends_at))

    def window(self, *, grace: Period | None, at: datetime) -> LineWindow:
        """Give the window as known at an instant."""
        if self.coverage is None:
            return _window(starts_at=self.starts_at, ends_at=self.ends_at)
        ends_at = self.ends_at
        if self.end_set is not None:
            # law 3: until such a period is paid, the set end counts
            if not self.coverage.is_lifted(self.end_set, at):
                return _window(starts_at=self.starts_at, ends_at=ends_at)
            ends_at = self.ends_if_lifted
        lapses = self.coverage.lapses(grace=grace, at=at)
        return _window(starts_at=self.starts_at, ends_at=ends_at, lapses=lapses)


def find_freeze(line: Line, at: datetime) -> Frozen | None:
    """Give the current freeze at an instant, else the next planned one, else None (A11)."""
    return next((freeze for freeze in line.freezes if at < freeze.ends_at), None)
