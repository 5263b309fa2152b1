"""The school, its contacts, and the actors of commands, as the host gives them.

A project is the tenant: everything belongs to exactly one, and nothing of another is ever seen (K6).
"""

from datetime import datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.checked import Checked
from kwiga_orders.periods import Period, next_local_time

__all__ = ["Actor", "Contact", "Locale", "Project", "QuietHours"]

Locale = Literal["uk", "ru", "en"]
"""The languages that letters and reasons exist in (N3)."""


@attrs.frozen(kw_only=True)
class QuietHours(Checked):
    """Local hours, perhaps over midnight, in which letters about due work wait (N2)."""

    start: time
    end: time

    def delayed(self, at: datetime, *, zone: ZoneInfo) -> datetime:
        """Give `at`, or if it is in the quiet hours, their end, on the wall clock of `zone`."""
        # the wall clock decides, so quiet hours keep their times when summer time begins or ends
        clock, is_over_midnight = at.astimezone(zone).time(), self.end < self.start
        is_begun, is_ended = self.start <= clock, self.end <= clock
        # Over midnight the quiet part is everything but the day between `end` and `start`.
        is_quiet = is_begun or not is_ended if is_over_midnight else is_begun and not is_ended
        return next_local_time(at, self.end, zone=zone) if is_quiet else at


@attrs.frozen(kw_only=True)
class Project(Checked):
    """A school: its zone (T2), its default currency and language, and other settings.

    An overdue payment closes access after `grace` (P8). A letter says that access ends soon, `notice` before its end
    (N2). `grandfather_completed` keeps completed lessons open if their conditions change (L9). `keep_opened` makes a
    delay that is over in one order also over in later orders (L14).

    `gateway` is the default gateway of payments (P3). A letter says that a payment will be due, `remind_before` its due
    date (P14). Letters of due items wait for the end of the `quiet_hours` (N2).
    """

    id: str
    timezone: str
    currency: str
    locale: Locale = "uk"
    grace: Period | None = None
    notice: Period = Period(days=3)
    grandfather_completed: bool = True
    keep_opened: bool = True
    gateway: str | None = None
    remind_before: Period | None = None
    quiet_hours: QuietHours | None = None


@attrs.frozen(kw_only=True)
class Contact(Checked):
    """A person who orders and learns; `no_letters` are kinds of letters that are not sent to them (N2).

    `merged_into` is the contact into which it was merged, `merged_from` names all contacts that were merged into it,
    directly or not. An `erased` contact has no personal data (V9).
    """

    id: str
    name: str = ""
    email: str = ""
    phone: str = ""
    locale: Locale | None = None
    no_letters: frozenset[str] = frozenset()
    merged_into: str | None = None
    merged_from: tuple[str, ...] = ()
    erased: bool = False


@attrs.frozen(kw_only=True)
class Actor(Checked):
    """Who gave a command: a member of the staff, the customer, a gateway, or the host itself (O10)."""

    kind: Literal["staff", "customer", "gateway", "host"] = "host"
    id: str = ""
