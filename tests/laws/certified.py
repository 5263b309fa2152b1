"""A school that gives certificates, for the laws of certificates."""

from datetime import date
from decimal import Decimal

from kwiga_orders.course import CertificateConditions, Course, Lesson, Module, NoCertificate, Practice
from kwiga_orders.offers import ItemAsked
from kwiga_orders.payments import Parts
from kwiga_orders.periods import Period
from kwiga_orders.terms import TermsChange
from tests.laws.office import Office

__all__ = ["ALL", "LESSONS", "codes", "lacks", "taught"]

LESSONS = tuple(
    Lesson(id=f"l{number}", tests=(f"t{number}",), practices=(Practice(id=f"p{number}", required=number < 3),))
    for number in (1, 2, 3)
)
"""Three lessons with a test and a practice each; the third practice is not required."""

ALL = CertificateConditions(
    lessons_percent=100, required_practices=True, tests={"t1": 70}, not_before=date(2026, 12, 1), fully_paid=True
)
"""Every condition that there is."""


def taught(
    conditions: CertificateConditions | NoCertificate, terms: TermsChange | None = None, *, is_paid: bool = True
) -> tuple[Office, str]:
    """Give a school whose course has these conditions, and an order of it in two parts, of which one is paid."""
    school = Office().at("2026-11-01 10:00")
    school.has(Course(product="python", certificate=conditions, modules=(Module(id="m1", lessons=LESSONS),)))
    item = ItemAsked(product="python", price=Decimal(1000), terms=terms or TermsChange())
    order = school.sold(items=(item,), payment_options=(Parts(id="two", count=2, every=Period(months=1)),))
    if is_paid:
        school.pays(order)
    return school, order


def codes(school: Office) -> list[str]:
    """Give the codes of what is unmet."""
    return [unmet["code"] for unmet in school.certificate()["unmet"]]


def lacks(school: Office) -> list[tuple[object, ...]]:
    """Give the code of what is unmet, what there is, and what there must be."""
    return [(unmet["code"], unmet["have"], unmet["need"]) for unmet in school.certificate()["unmet"]]
