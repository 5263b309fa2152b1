"""How an end of access is moved: extended, set, frozen.

Home of A9, A10, A11 and A13.

Laws:

1. An extension moves the end that it finds; if that has passed, it counts from when it was made (A9).
2. A freeze that begins before the end moves it by what was really frozen after the start (A11, A12).
3. With grace, what happens within it happens before the end (P13).
4. An end that was set is the end from then on (A10); all are applied in the order in which they were made (A13).
"""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.orders.state import Adjustment, EndSet, Extended, Frozen
from kwiga_orders.periods import Period, later, shifted, wall_length

__all__ = ["EndOfAccess"]


@attrs.frozen(kw_only=True)
class EndOfAccess:
    """The end of access that started at `starts_at`, and what moves it; `zone` is that of the order."""

    zone: ZoneInfo
    starts_at: datetime
    grace: Period | None = None

    def after(self, adjustments: Iterable[Adjustment], end: datetime | None) -> datetime | None:
        """Give the end that adjustments make of `end`; None is for ever."""
        for adjustment in adjustments:
            # Law 4: what was set replaces all that moved the end before.
            if isinstance(adjustment, EndSet):
                end = adjustment.at
            # An end of "for ever" cannot be moved on; later settings of an end still apply.
            elif end is not None:
                end = self.moved(end, adjustment)
        return end

    def moved(self, end: datetime, by: Extended | Frozen) -> datetime:
        """Give the end that an extension or a freeze makes of `end`."""
        if isinstance(by, Extended):
            # Law 1: time bought after the end has passed starts with the purchase.
            found = end if self.is_before(by.made_at, end) else by.made_at
            return later(found, by.by, zone=self.zone)
        # A freeze after the end has nothing to freeze.
        if not self.is_before(by.starts_at, end):
            return end
        # Frozen time before access starts costs the contact nothing, so nothing is given back for it.
        length = wall_length(max(by.starts_at, self.starts_at), by.ends_at, zone=self.zone)
        return shifted(end, length, zone=self.zone)

    def is_before(self, at: datetime, end: datetime) -> bool:
        """Tell whether an instant comes before an end, its grace included."""
        return at < (end if self.grace is None else later(end, self.grace, zone=self.zone))
