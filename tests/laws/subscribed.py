"""A school with a subscription, and few words to look at it."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from kwiga_orders.payments import Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.project import Project
from kwiga_orders.terms import TermsChange
from tests.laws.office import Office

__all__ = ["DAYS_3", "KYIV", "MONTH", "WEEK", "block", "dues", "running", "states", "subscribed"]

KYIV = ZoneInfo("Europe/Kyiv")
MONTH = Period(months=1)
WEEK = Period(days=7)
DAYS_3 = Period(days=3)


def subscribed(
    day: str = "2026-11-01 10:00",
    *,
    grace: Period | None = None,
    terms: TermsChange | None = None,
    zone: str = "Europe/Kyiv",
    **fields: Any,
) -> tuple[Office, str]:
    """Give a school and a subscription opened there, 300 a month if not said otherwise; nothing is paid."""
    school = Office(project=Project(id="school", timezone=zone, currency="UAH", grace=grace)).at(day)
    option = Subscribe(**{"id": "sub", "amount": Decimal(300), "every": MONTH, **fields})
    school.sells(price="300.00", options=[option], terms=terms or TermsChange())
    return school, school.opens()


def running(day: str = "2026-11-01 10:00", **fields: Any) -> tuple[Office, str]:
    """Give a school and a subscription whose first period is paid."""
    school, order = subscribed(day, **fields)
    school.pays(order)
    return school, order


def dues(school: Office, order: str) -> list[datetime]:
    """Give when each period's payment is due, in order of making."""
    return [payment.due_at for payment in school.order(order).payments]


def states(school: Office, order: str) -> list[str]:
    """Give the states of its payments."""
    return [payment.state.value for payment in school.order(order).payments]


def block(school: Office, order: str) -> dict[str, Any]:
    """Give the block of the card that tells of the subscription."""
    shown = school.card(order)["subscription"]
    assert shown is not None
    return {**shown}
