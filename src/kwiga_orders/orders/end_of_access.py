"""How adjustments move the end of access: extensions, set ends, freezes.

Home of A9, A10, A11 and A13.

Laws:

1. An extension moves the current end; if that has passed, the extension counts from when it was made (A9).
2. A freeze that begins before the end moves the end by the time that was frozen after the start of access (A11, A12).
3. Grace belongs to the time before the end (P13).
4. A set end replaces the end before it (A10). Adjustments are applied in the order in which they were made (A13).
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
    """Moves the end of an access that started at `starts_at`; `zone` is that of the order."""

    zone: ZoneInfo
    starts_at: datetime
    grace: Period | None = None

    def after(self, adjustments: Iterable[Adjustment], end: datetime | None) -> datetime | None:
        """Give `end` after adjustments; None means for ever."""
        for adjustment in adjustments:
            # Law 4: a set end replaces all earlier adjustments.
            if isinstance(adjustment, EndSet):
                end = adjustment.at
            # Access for ever cannot be extended; ends that are set later still apply.
            elif end is not None:
                end = self.moved(end, adjustment)
        return end

    def moved(self, end: datetime, by: Extended | Frozen) -> datetime:
        """Give `end` after an extension or a freeze."""
        if isinstance(by, Extended):
            # Law 1: after the end has passed, an extension counts from when it was made.
            found = end if self.is_before(by.made_at, end) else by.made_at
            return later(found, by.by, zone=self.zone)
        # A freeze after the end has no effect.
        if not self.is_before(by.starts_at, end):
            return end
        # Time frozen before access starts is not lost, so it does not move the end.
        length = wall_length(max(by.starts_at, self.starts_at), by.ends_at, zone=self.zone)
        return shifted(end, length, zone=self.zone)

    def is_before(self, at: datetime, end: datetime) -> bool:
        """Tell whether an instant comes before an end, its grace included."""
        return at < (end if self.grace is None else later(end, self.grace, zone=self.zone))
