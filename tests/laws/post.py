"""A school with two orders, and anything that may be said of them, for laws about letters and events."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from kwiga_orders.course import CertificateConditions, Course
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Activation, Outcome, Parts, Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.project import Project
from kwiga_orders.testing.school import local
from tests.laws.dues import MONTH, TEN_DAYS, ran
from tests.laws.office import Office, refund, refund_report, report

__all__ = ["HALVES", "MONTHLY", "THIRDS", "WEEK", "Say", "anything", "bought", "school_with_two", "selling_school"]

WEEK = Period(days=7)
MONTHLY = Subscribe(id="sub", amount=Decimal(500), every=Period(months=1))
HALVES = Parts(id="two", count=2, every=Period(months=1))
Say = Callable[[str], asked.OrderCommand]
"""What is said of an order, given its id."""


def anything() -> st.SearchStrategy[Say]:
    """Draw anything that may be said of an order with two payments, in time or out of it."""
    numbers, ats = st.integers(1, 2), st.integers(0, 3).map(lambda hour: local(f"2026-11-01 1{hour}:00"))
    reported = st.tuples(numbers, st.sampled_from([Outcome.SUCCEEDED, Outcome.FAILED]), st.sampled_from("ab"), ats)
    back = st.tuples(numbers, st.sampled_from([Outcome.SUCCEEDED, Outcome.FAILED]), ats)
    simple: tuple[Say, ...] = (
        lambda order: asked.CancelOrder(order=order),
        lambda order: asked.ReopenOrder(order=order),
        lambda order: asked.Renew(order=order),
        lambda order: asked.FreezeAccess(order=order, period=WEEK),
        lambda order: asked.UnfreezeAccess(order=order),
        lambda order: asked.SetAccessEnd(order=order, at=local("2027-01-01 10:00")),
        lambda order: asked.ExtendAccess(order=order, by=WEEK),
        lambda order: asked.IssueCertificate(order=order, product="python"),
        lambda order: asked.AddPayment(order=order, amount=Decimal(1), notify=True),
        lambda order: asked.EditLine(order=order, product="python", price=Decimal(0)),
        lambda order: asked.EditLine(order=order, product="python", price=Decimal(2000)),
    )
    return st.one_of(
        st.sampled_from(simple),
        numbers.map(lambda number: lambda order: asked.MarkPaid(order=order, payment=f"{order}.{number}")),
        numbers.map(lambda number: lambda order: asked.Remind(order=order, payment=f"{order}.{number}")),
        numbers.map(lambda number: lambda order: refund(order, "250.00", number)),
        reported.map(lambda said: lambda order: report(order, said[1], said[0], reference=said[2], at=said[3])),
        back.map(lambda said: lambda order: refund_report(order, "250.00", said[0], outcome=said[1], at=said[2])),
    )


def school_with_two(opens_on: Activation = "first_payment") -> tuple[Office, list[str]]:
    """Give a school with certificates, an order in two halves, and a subscription of somebody else."""
    school = Office()
    school.has(Course(product="python", certificate=CertificateConditions()))
    school.offers(payment_options=(HALVES, MONTHLY), opens_on=opens_on)
    return school, [school.opens(), school.opens(contact="taras", option="sub")]


THIRDS = Parts(id="three", count=3, every=MONTH)


def selling_school(**settings: Any) -> Office:
    """Give a school with these settings, which sells a product for ten days."""
    school = Office(project=Project(id="school", timezone="Europe/Kyiv", currency="UAH", **settings))
    school.sells(terms=TEN_DAYS, options=[THIRDS])
    return school


def bought(school: Office, contact: str = "olena", *, parts: int = 3) -> str:
    """Open the offer and pay its parts; give the order, of which all letters were read."""
    order = school.opens(contact=contact)
    for number in range(1, parts + 1):
        school.pays(order, number)
    ran(school)
    school.notifier.rows.clear()
    return order
