"""Whether a certificate can be issued, and which conditions are unmet.

Laws:

1. The answer has every unmet condition with its progress, not only the first (C2).
2. A query never issues a certificate; a command does, once per contact, product and order (C3).
3. A full refund revokes it, unless another eligible order takes it over; the end of access does not (C4).
4. Of several orders one eligible order is enough (C4). If none is, the answer is that of the order nearest to it, and
   of equally near ones that of the newest.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

import attrs

from kwiga_orders.access import Grant, is_included, is_required
from kwiga_orders.course import CertificateConditions, Course, Lesson, NoCertificate, Progress
from kwiga_orders.errors import Refused
from kwiga_orders.orders.commands import IssueCertificate, RevokeCertificate
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.events import CertificateIssued, CertificateRevoked, Event
from kwiga_orders.orders.state import Certificate, Order
from kwiga_orders.orders.window import resolved
from kwiga_orders.payments import PaymentStatus
from kwiga_orders.periods import begins, zone_named
from kwiga_orders.terms import AsCourse

__all__ = [
    "Eligibility",
    "Unmet",
    "UnmetCode",
    "eligibility",
    "find_heir",
    "issue_certificate",
    "lessons_in_scope",
    "required_practices",
    "revoke_certificate",
]

_WHOLE = 100


class UnmetCode(StrEnum):
    """Why a certificate cannot be issued yet, in the order in which conditions are listed (C2)."""

    NO_ACCESS = "no_access"
    DISABLED = "disabled"
    LESSONS_PERCENT = "lessons_percent"
    REQUIRED_PRACTICES = "required_practices"
    TEST = "test"
    NOT_BEFORE = "not_before"
    NOT_FULLY_PAID = "not_fully_paid"


@attrs.frozen(kw_only=True)
class Unmet:
    """An unmet condition: the current and the required value (C2). `test` names the test of a test condition."""

    code: UnmetCode
    have: int | str | None = None
    need: int | str | None = None
    test: str | None = None


@attrs.frozen(kw_only=True)
class Eligibility:
    """Whether a certificate can be issued, what is unmet, and the certificates issued or revoked so far (C2-C4)."""

    unmet: tuple[Unmet, ...] = ()
    issued: Certificate | None = None
    revoked: Certificate | None = None

    @property
    def eligible(self) -> bool:
        """Whether nothing is unmet."""
        return not self.unmet


def eligibility(grants: Sequence[Grant], *, course: Course, progress: Progress, at: datetime) -> Eligibility:
    """Answer for all grants of a contact and product; one eligible grant is enough (C4). Home of C2."""
    if not grants:
        return Eligibility(unmet=(Unmet(code=UnmetCode.NO_ACCESS),))
    by_grant = [tuple(_unmet(grant, course=course, progress=progress, at=at)) for grant in grants]
    product = grants[0].line.product
    issued = [one for grant in grants for one in grant.order.certificates if one.product == product]
    valid = [one for one in issued if one.revoked_at is None]
    # C4: a certificate that was carried over is in several orders with the same number
    revoked = [(one.number, one.revoked_at, one) for one in issued if one.revoked_at is not None]
    newest = max(revoked, key=lambda one: one[:2])[2] if revoked else None
    return Eligibility(
        unmet=min(reversed(by_grant), key=_distance),
        issued=valid[-1] if valid else None,
        revoked=None if valid else newest,
    )


def _distance(unmet: Sequence[Unmet]) -> tuple[bool, bool, int]:
    """Rank how far an order is from a certificate.

    Orders without access are furthest, then those whose terms switch certificates off; then the number of unmet
    conditions counts.
    """
    codes = [one.code for one in unmet]
    return UnmetCode.NO_ACCESS in codes, UnmetCode.DISABLED in codes, len(codes)


def find_heir(grants: Sequence[Grant], *, course: Course, progress: Progress, at: datetime) -> Order | None:
    """Give the order that takes over the certificate of a refunded order; None if there is none.

    Home of C4: it is the eligible order without a certificate that has the lowest number.
    """
    for grant in sorted(grants, key=lambda one: one.order.number):
        now = eligibility([grant], course=course, progress=progress, at=at)
        if now.eligible and now.issued is None:
            return grant.order
    return None


def revoke_certificate(order: Order, command: RevokeCertificate, _: Context) -> Iterator[Event]:
    """Revoke a certificate by hand. Home of C5.

    Raises:
        Refused: `certificate.not_issued` if the order has no valid one for the product, `not_found`.
    """
    line = order.line(command.product)
    for one in order.certificates:
        if one.product == line.product and one.revoked_at is None:
            yield CertificateRevoked(product=one.product, number=one.number, reason=command.reason)
            return
    raise Refused("certificate.not_issued", order=order.number, product=line.product)


def issue_certificate(
    order: Order, command: IssueCertificate, given: Context, *, progress: Progress, number: int
) -> Iterator[Event]:
    """Issue a certificate under `number`, unless there is a valid one. Home of C3.

    Raises:
        Refused: `certificate.not_eligible` with all unmet conditions, `not_found`.
    """
    line = order.line(command.product)
    course = given.get_course(line.product)
    grant = Grant(order=order, line=line, resolved=resolved(order, line, given.offers))
    now = eligibility([grant], course=course, progress=progress, at=given.now)
    if now.issued is not None:
        return
    if not now.eligible:
        unmet = [attrs.asdict(one) for one in now.unmet]
        raise Refused(
            "certificate.not_eligible",
            order=order.number,
            product=line.product,
            currency=order.currency,
            unmet=unmet,
        )
    yield CertificateIssued(product=line.product, number=number)


def _unmet(grant: Grant, *, course: Course, progress: Progress, at: datetime) -> Iterator[Unmet]:
    """Give the unmet conditions of a grant: those of its line, or of the course. Home of C1."""
    # C2: a certificate does not need access any more, so expired orders count
    activated = grant.order.activated_at is not None and grant.order.activated_at <= at
    cancelled = grant.order.cancelled_at is not None and grant.order.cancelled_at <= at
    if not (activated and not cancelled and grant.order.sums_at(at).status is not PaymentStatus.REFUNDED):
        yield Unmet(code=UnmetCode.NO_ACCESS)
    asked = grant.resolved.terms.certificate
    conditions = course.certificate if isinstance(asked, AsCourse) else asked
    if isinstance(conditions, NoCertificate):
        yield Unmet(code=UnmetCode.DISABLED)
        return
    yield from _unmet_learning(conditions, grant, course, progress)
    if conditions.not_before is not None:
        from_at = begins(conditions.not_before, zone=zone_named(grant.order.zone))
        if at < from_at:
            yield Unmet(code=UnmetCode.NOT_BEFORE, have=_instant(at), need=_instant(from_at))
    sums = grant.order.sums_at(at)
    # C1: a partial refund does not matter, a full refund does
    paid = sums.net if sums.status is PaymentStatus.REFUNDED else sums.paid
    if conditions.fully_paid and paid < sums.total:
        yield Unmet(code=UnmetCode.NOT_FULLY_PAID, have=paid.amount, need=sums.total.amount)


def _unmet_learning(
    conditions: CertificateConditions, grant: Grant, course: Course, progress: Progress
) -> Iterator[Unmet]:
    lessons = lessons_in_scope(grant, course)
    done = sum(lesson.id in progress.completed for lesson in lessons)
    # C2: without lessons the percentage is 0
    percent = done * _WHOLE // len(lessons) if lessons else 0
    if percent < conditions.lessons_percent:
        yield Unmet(code=UnmetCode.LESSONS_PERCENT, have=percent, need=conditions.lessons_percent)
    required = required_practices(grant, course)
    accepted = sum(progress.practices.get(id) == "accepted" for id in required)
    if conditions.required_practices and accepted < len(required):
        yield Unmet(code=UnmetCode.REQUIRED_PRACTICES, have=accepted, need=len(required))
    known = course.test_ids()
    for test, need in conditions.tests.items():
        have = progress.tests.get(test)
        # C1: a test that the course no longer has is not required
        if test in known and (have is None or have < need):
            yield Unmet(code=UnmetCode.TEST, test=test, have=have or 0, need=need)


def lessons_in_scope(grant: Grant, course: Course) -> tuple[Lesson, ...]:
    """Give the lessons that a grant covers, in course order (L2)."""
    return tuple([lesson for module, lesson in course.lessons() if is_included(grant, module, lesson)])


def required_practices(grant: Grant, course: Course) -> tuple[str, ...]:
    """Give the ids of the required practices of lessons in scope (L6, L7)."""
    practices = (practice for lesson in lessons_in_scope(grant, course) for practice in lesson.practices)
    return tuple([practice.id for practice in practices if is_required(practice, grant.terms)])


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
