"""The school, the people, and who acts: what the host tells of them.

A project is the tenant: everything belongs to exactly one, and nothing of another is ever seen (K6).
"""

from typing import Literal

import attrs

from kwiga_orders.periods import Period

__all__ = ["Actor", "Contact", "Locale", "Project"]

Locale = Literal["uk", "ru", "en"]
"""The languages that letters and reasons exist in (N3)."""


@attrs.frozen(kw_only=True)
class Project:
    """A school: its zone (T2), its usual currency and language, and its rules of grace.

    `grace` is how long after it is due an unpaid payment closes access (P8); `notice` how long before its end a letter
    says that access is ending (N2). `grandfather_completed` keeps lessons open that were completed before their
    conditions were tightened (L9).
    """

    id: str
    timezone: str
    currency: str
    locale: Locale = "uk"
    grace: Period | None = None
    notice: Period = Period(days=3)
    grandfather_completed: bool = True


@attrs.frozen(kw_only=True)
class Contact:
    """A person who orders and learns."""

    id: str
    name: str = ""
    email: str = ""
    phone: str = ""
    locale: Locale | None = None


@attrs.frozen(kw_only=True)
class Actor:
    """Who gave a command: a member of the staff, the customer, a gateway, or the host itself (O10)."""

    kind: Literal["staff", "customer", "gateway", "host"] = "host"
    id: str = ""
