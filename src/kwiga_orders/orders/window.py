"""Whose terms a line has, and when its access starts and ends.

Laws:

1. A line that follows its offer has the terms of the version that reached it; any other line has its own (O6, O8).
2. The window is computed from the terms; extensions, set ends and freezes are folded over its end in the order they
   were made, so it stays right when the terms change later (A13).
3. An extension moves the end that it finds; if that has passed, it counts from when it was made (A9).
4. An end that was set is the end from then on; of a subscription it takes the place of paid-through until a period is
   paid that begins at or after it (A10, P13).
5. A freeze that begins before the end moves it by what was really frozen after the start (A11, A12).
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
    """The terms a line has now, when their scope was last named (L2), and the offer's version they come from."""

    terms: AccessTerms
    scope_set_at: datetime | None = None
    version: int | None = None

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.terms, AccessTerms):
            # A change of terms has some of the same fields, and would fail only when a lesson is asked for.
            raise InvalidInput([Fault(path="terms", code="input.invalid", hint="AccessTerms, not a change of some")])


# decision 0025: a subscription ends by what is paid and by its terms; the earlier end counts
@attrs.frozen(kw_only=True)
class LineWindow:
    """When access to a line starts and ends, `[starts_at, end)`; None is for ever.

    `ends_at` is the end by the terms, or the one that was set. In `lapses` a subscription gives no access; the last one
    begins at paid-through plus grace (P13).
    """

    starts_at: datetime
    ends_at: datetime | None = None
    lapses: tuple[Lapse, ...] = ()

    @property
    def lapses_at(self) -> datetime | None:
        """When a subscription lapses unless more is paid."""
        # a lapse that ended was cured by a later payment, and does not end the window
        return self.lapses[-1].until if self.lapses and self.lapses[-1].ends_at is None else None

    @property
    def end(self) -> datetime | None:
        """The end that counts: the earlier of the two."""
        if self.ends_at is None or self.lapses_at is None:
            # a subscription that was never behind has no lapse; then the terms alone decide
            return self.ends_at or self.lapses_at
        return min(self.ends_at, self.lapses_at)

    def is_empty(self) -> bool:
        """Tell whether it ends before it starts, whatever is paid (A4)."""
        return self.ends_at is not None and self.ends_at <= self.starts_at

    def has_ended(self, at: datetime) -> bool:
        """Tell whether its end has passed at that instant."""
        return self.end is not None and self.end <= at


KnownWindow = tuple[datetime, LineWindow]
"""A window, with the instant from which it is what is known."""

_resolved, _window = maker(Resolved), maker(LineWindow)


# decision 0008: whether a line follows its offer is computed on each read, never stored
def resolved(order: Order, line: Line, offers: Mapping[str, Offer]) -> Resolved:
    """Give the terms that a line of `order` has now; `offers` holds by code those that its lines follow. Home of O6.

    Prices are copied when the order is made and never looked up again; terms are looked up in the offer on each read,
    in the version that reached the line (O8), until an edit gives the line its own (O7).

    Raises:
        Corrupt: `line.without_offer` if the line follows an offer that is not among them.
    """
    if isinstance(line.source, Custom):
        return _resolved(terms=line.source.terms, scope_set_at=line.source.scope_set_at)
    offer = offers.get(order.origin.offer) if order.origin is not None else None
    # only damage to the data leads here: an offer that orders follow is archived, never removed
    if offer is None:
        raise Corrupt("line.without_offer", order=order.id, product=line.product)
    version, item = offer.reached(line.source.since, line.product)
    return _resolved(terms=item.terms, scope_set_at=item.scope_set_at, version=version)


def payment_of(order: Order, line: Line) -> datetime | None:
    """Give what "payment" is in every rule about this line: activation, or when it was added later (P5, O13)."""
    activated_at = order.activated_at
    if activated_at is None or line.added_at is None:
        return activated_at
    # a line that was there before activation is paid by it; one that came later, when it came
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

    What shapes a window is known for all of it (T6), so there is one. Only a period of a subscription that is paid, or
    whose money is taken back, gives another (P13).
    """
    activated_at, paid_at = order.activated_at, payment_of(order, line)
    if activated_at is None or paid_at is None:
        return []
    shape = _Shape.of(order, line, terms, paid_at=paid_at)
    changes = shape.coverage.changes if shape.coverage is not None else ()
    # an instant before activation would show a window before there was any access
    known = {activated_at, *(max(at, activated_at) for at in changes)}
    return [(at, shape.window(grace=grace, at=at)) for at in sorted(known)]


def window_if_paid(  # noqa: PLR0913 - one question
    order: Order, line: Line, terms: AccessTerms, *, paid_at: datetime, grace: Period | None, at: datetime
) -> LineWindow:
    """Give the window of a line as if its payment was at `paid_at` (L13)."""
    return _Shape.of(order, line, terms, paid_at=paid_at).window(grace=grace, at=at)


@attrs.frozen(kw_only=True)
class _Shape:
    """What shapes the window of a line: its start, its end with and without manual ends, and the paid periods."""

    starts_at: datetime
    ends_at: datetime | None
    end_set: EndSet | None = None
    ends_if_lifted: datetime | None = None
    coverage: Coverage | None = None

    @classmethod
    def of(cls, order: Order, line: Line, terms: AccessTerms, *, paid_at: datetime) -> "_Shape":
        """Compute it from the terms and the adjustments of the line."""
        zone = zone_named(order.zone)
        computed, coverage = window_of(terms, paid_at=paid_at, zone=zone), Coverage.of(order)
        # most lines were never adjusted, and lists compute this for every order
        if not line.adjustments:
            return cls(starts_at=computed.starts_at, ends_at=computed.ends_at, coverage=coverage)
        end = EndOfAccess(zone=zone, starts_at=computed.starts_at)
        shape = cls(
            starts_at=computed.starts_at, ends_at=end.after(line.adjustments, computed.ends_at), coverage=coverage
        )
        sets = [one for one in line.adjustments if isinstance(one, EndSet)]
        # without a date, or outside a subscription, no paid period can take the place of the end that was set
        if coverage is None or not sets or sets[-1].at is None:
            return shape
        # a paid period lifts the end that was set, but not extensions and freezes, which were given besides
        moves = [one for one in line.adjustments if not isinstance(one, EndSet)]
        return attrs.evolve(shape, end_set=sets[-1], ends_if_lifted=end.after(moves, computed.ends_at))

    def window(self, *, grace: Period | None, at: datetime) -> LineWindow:
        """Give the window as known at an instant."""
        if self.coverage is None:
            return _window(starts_at=self.starts_at, ends_at=self.ends_at)
        ends_at = self.ends_at
        if self.end_set is not None:
            # until a period is paid that begins at or after the end that was set, that end is the only one
            if not self.coverage.is_lifted(self.end_set, at):
                return _window(starts_at=self.starts_at, ends_at=ends_at)
            ends_at = self.ends_if_lifted
        lapses = self.coverage.lapses(grace=grace, at=at)
        return _window(starts_at=self.starts_at, ends_at=ends_at, lapses=lapses)


def find_freeze(line: Line, at: datetime) -> Frozen | None:
    """Give the freeze that is going on at an instant, else the next planned one, else None (A11)."""
    return next((freeze for freeze in line.freezes if at < freeze.ends_at), None)
