"""C: certificates."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.course import CertificateConditions, Course, Lesson, Module, NoCertificate, Practice, PracticeState
from kwiga_orders.offers import ItemAsked
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome, Parts
from kwiga_orders.periods import Period
from kwiga_orders.terms import AsCourse, For, NoPractices, Only, OverridePractices, TermsChange
from kwiga_orders.testing.school import local
from tests.laws.calendars import MOMENT
from tests.laws.office import Office

LESSONS = tuple(
    Lesson(id=f"l{number}", tests=(f"t{number}",), practices=(Practice(id=f"p{number}", required=number < 3),))
    for number in (1, 2, 3)
)
"""Three lessons with a test and a practice each; the third practice is not required."""


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


class TestC1:
    """Settings: `as_course`, `none`, or own conditions: share of lessons completed (0-100), required practices
    accepted, tests passed with a minimum score, not before a date, order fully paid.
    """

    @pytest.mark.parametrize(
        ("course", "terms", "unmet"),
        [
            (NoCertificate(), AsCourse(), ["disabled"]),
            (NoCertificate(), CertificateConditions(), []),
            (NoCertificate(), CertificateConditions(lessons_percent=1), ["lessons_percent"]),
            (CertificateConditions(), AsCourse(), []),
            (CertificateConditions(lessons_percent=1), AsCourse(), ["lessons_percent"]),
            (CertificateConditions(lessons_percent=1), CertificateConditions(fully_paid=True), ["not_fully_paid"]),
            (CertificateConditions(), NoCertificate(), ["disabled"]),
        ],
    )
    def test_whose_conditions(
        self,
        course: CertificateConditions | NoCertificate,
        terms: AsCourse | CertificateConditions | NoCertificate,
        unmet: list[str],
    ) -> None:
        """The line's own settings count instead of the course's, unless they say `as_course`."""
        school, _ = taught(course, TermsChange(certificate=terms))

        assert codes(school) == unmet

    @pytest.mark.parametrize(("percent", "enough"), [(0, 0), (1, 1), (33, 1), (34, 2), (66, 2), (67, 3), (100, 3)])
    def test_share_of_lessons(self, percent: int, enough: int) -> None:
        """So many of three lessons are enough, and not one fewer; the share is not rounded up."""
        school, _ = taught(CertificateConditions(lessons_percent=percent))
        for number in range(enough):
            assert lacks(school) == [("lessons_percent", number * 100 // 3, percent)]
            school.learns(f"l{number + 1}")

        assert codes(school) == []

    def test_share_of_lessons_in_scope(self) -> None:
        """Only lessons that the line covers count; without any, nothing is missing."""
        conditions = CertificateConditions(lessons_percent=100)
        school, _ = taught(conditions, TermsChange(scope=Only(lessons=("l2",))))
        school.learns("l1", "l3")
        assert lacks(school) == [("lessons_percent", 0, 100)]
        school.learns("l2")
        assert codes(school) == []

        empty, _ = taught(conditions, TermsChange(scope=Only()))
        assert codes(empty) == []

    @pytest.mark.parametrize(
        ("practices", "need"),
        [(AsCourse(), {"p1", "p2"}), (NoPractices(), set()), (OverridePractices(required=("p3", "p1")), {"p1", "p3"})],
    )
    def test_required_practices(self, practices: AsCourse | NoPractices | OverridePractices, need: set[str]) -> None:
        """Those that are required by the line must be accepted: neither submitted nor returned will do."""
        school, _ = taught(CertificateConditions(required_practices=True), TermsChange(practices=practices))
        state: PracticeState
        for state in ("submitted", "returned"):
            school.learns(practices=dict.fromkeys(("p1", "p2", "p3"), state))
            assert codes(school) == (["required_practices"] if need else [])

        school.learns(practices=dict.fromkeys(sorted(need), "accepted"))

        assert codes(school) == []

    def test_required_practices_in_scope(self) -> None:
        """One in a lesson that the line does not cover never counts (L6)."""
        school, _ = taught(
            CertificateConditions(required_practices=True), TermsChange(scope=Only(lessons=("l1", "l3")))
        )

        school.learns(practices={"p1": "accepted"})

        assert codes(school) == []

    def test_tests(self) -> None:
        """Each with its own least score; one that was not taken is not passed."""
        school, _ = taught(CertificateConditions(tests={"t1": 70, "t2": 50, "t3": 0}))
        school.learns(tests={"t1": 69, "t2": 50})
        assert lacks(school) == [("test", 69, 70), ("test", 0, 0)]
        assert [unmet.get("test") for unmet in school.certificate()["unmet"]] == ["t1", "t3"]

        school.learns(tests={"t1": 70, "t3": 0})

        assert codes(school) == []

    @pytest.mark.parametrize("day", [date(2026, 12, 1), local("2026-12-01 00:00")])
    def test_not_before(self, day: date | datetime) -> None:
        """From 00:00 of the date, in the zone of the order, or from the instant."""
        school, _ = taught(CertificateConditions(not_before=day))
        school.clock.set(local("2026-12-01 00:00") - MOMENT)
        (unmet,) = school.certificate()["unmet"]
        assert (unmet["code"], unmet["need"]) == ("not_before", "2026-11-30T22:00:00Z")

        school.at("2026-12-01 00:00")

        assert codes(school) == []

    def test_fully_paid(self) -> None:
        """Nothing may be owed; what was overpaid is no obstacle, what went back is owed again."""
        school, order = taught(CertificateConditions(fully_paid=True))
        assert lacks(school) == [("not_fully_paid", "500.00", "1000.00")]
        school.pays(order, 2)
        assert codes(school) == []
        school.owes(order, "50.00", paid=True)
        assert codes(school) == []
        school.refunds(order, "50.01")
        assert codes(school) == ["not_fully_paid"]


class TestC2:
    """The question gives eligible or the full list of unmet conditions with progress (`have`/`need`); never just the
    first. Codes: `no_access` (not activated, cancelled or refunded), `disabled`, `lessons_percent`,
    `required_practices`, `test`, `not_before`, `not_fully_paid`.
    """

    ALL = CertificateConditions(
        lessons_percent=100, required_practices=True, tests={"t1": 70}, not_before=date(2026, 12, 1), fully_paid=True
    )

    def test_everything_at_once(self) -> None:
        """All that is unmet, in this order, each with what there is and what there must be."""
        school, _ = taught(self.ALL, is_paid=False)
        school.learns("l1", practices={"p1": "accepted"}, tests={"t1": 60})

        view = school.certificate()

        assert (view["eligible"], view["issued"], view["revoked"]) == (False, None, None)
        assert lacks(school) == [
            ("no_access", None, None),
            ("lessons_percent", 33, 100),
            ("required_practices", 1, 2),
            ("test", 60, 70),
            ("not_before", "2026-11-01T08:00:00Z", "2026-11-30T22:00:00Z"),
            ("not_fully_paid", "0.00", "1000.00"),
        ]

    @given(
        days=st.sampled_from([0, 29, 30]),
        parts=st.integers(1, 2),
        completed=st.sets(st.sampled_from(["l1", "l2", "l3"])),
        practices=st.dictionaries(st.sampled_from(["p1", "p2"]), st.sampled_from(["submitted", "accepted"])),
        tests=st.dictionaries(st.just("t1"), st.sampled_from([0, 69, 70])),
    )
    def test_each_by_itself(
        self, days: int, parts: int, completed: set[str], practices: Mapping[str, str], tests: Mapping[str, int]
    ) -> None:
        """Whether one condition is told never depends on another; none left is eligible, and only then it is issued."""
        school, order = taught(self.ALL)
        if parts == 2:
            school.pays(order, 2)
        school.learns(*completed, practices=practices, tests=tests)
        school.clock.set(school.now + timedelta(days=days))
        met = {
            "lessons_percent": len(completed) == 3,
            "required_practices": [*practices.values()].count("accepted") == 2,
            "test": tests.get("t1") == 70,
            "not_before": days == 30,
            "not_fully_paid": parts == 2,
        }

        unmet = [code for code, is_met in met.items() if not is_met]

        assert codes(school) == unmet
        assert school.certificate()["eligible"] is (not unmet)
        if unmet:
            assert school.refused(asked.IssueCertificate(order=order, product="python")) == "certificate.not_eligible"
        else:
            assert school.issues(order).events == ("certificate.issued",)

    @pytest.mark.parametrize("how", ["not_activated", "cancelled", "refunded", "no_order"])
    def test_no_access(self, how: str) -> None:
        """Not activated, cancelled, refunded, or no order at all."""
        school, order = taught(CertificateConditions(), is_paid=how != "not_activated")
        if how == "cancelled":
            school.cancels(order)
        if how == "refunded":
            school.refunds(order, "500.00")

        contact = "taras" if how == "no_order" else "olena"

        assert [unmet["code"] for unmet in school.certificate(contact=contact)["unmet"]] == ["no_access"]

    def test_closed_is_not_without_access(self) -> None:
        """Expired, frozen or overdue it is still a certificate one has earned."""
        school, order = taught(CertificateConditions(), TermsChange(duration=For(period=Period(days=3))))
        school.owes(order, "1.00", closes_access=True)
        school.at("2026-12-20 10:00")

        assert school.reasons() == ["expired", "payment_due", "payment_due"]
        assert codes(school) == []

    def test_disabled_says_no_more(self) -> None:
        """Without conditions none is unmet; that there is no access, too, is told first."""
        assert codes(taught(NoCertificate(), is_paid=False)[0]) == ["no_access", "disabled"]


class TestC3:
    """Issuing is a command; idempotent per contact, product and order; gives a number, unique in the project. Asking
    never issues. `certificate.not_eligible` carries the list.
    """

    def test_once(self) -> None:
        """Issued again, nothing happens, also when it could not be had any more."""
        school, order = taught(CertificateConditions(lessons_percent=100))
        school.learns("l1", "l2", "l3")
        school.issues(order)
        version, issued_at = school.order(order).version, school.now

        school.at("2026-11-05 10:00").issues(order)
        school.has(Course(product="python", certificate=NoCertificate()))
        school.issues(order)

        assert school.order(order).version == version
        issued = school.certificate()["issued"]
        assert issued == {"number": 1, "at": issued_at.isoformat().replace("+00:00", "Z")}
        assert school.notifier.letters.count("certificate_issued") == 1

    def test_numbers(self) -> None:
        """Each certificate has a number of its own, whoever's and for whatever it is."""
        school = Office()
        for product in ("python", "sql"):
            school.has(Course(product=product, certificate=CertificateConditions()))
        school.offers(products=("python", "sql"), price="0")
        orders = [school.opens(contact=contact) for contact in ("olena", "olena", "taras")]

        for order in orders:
            for product in ("python", "sql"):
                school.issues(order, product)

        numbers = [one.number for order in orders for one in school.order(order).certificates]
        assert numbers == [1, 2, 3, 4, 5, 6]

    def test_asking_never_issues(self) -> None:
        """However often it is asked, nothing is issued."""
        school, order = taught(CertificateConditions())

        for _ in range(3):
            view = school.certificate()
            assert (view["eligible"], view["issued"]) == (True, None)

        assert school.order(order).certificates == ()

    def test_the_refusal_has_the_list(self) -> None:
        """It is the one that the question gives."""
        school, order = taught(TestC2.ALL)

        refusal = school.refusal(asked.IssueCertificate(order=order, product="python"))

        listed: Any = refusal.details["unmet"]
        assert refusal.code == "certificate.not_eligible"
        assert [(one["code"], one["have"], one["need"]) for one in listed] == lacks(school)

    def test_what_is_not_there(self) -> None:
        """A product that the order does not have; an order that is cancelled takes no such command (O12)."""
        school, order = taught(CertificateConditions())

        assert school.refused(asked.IssueCertificate(order=order, product="sql")) == "not_found"
        school.cancels(order)
        assert school.refused(asked.IssueCertificate(order=order, product="python")) == "order.cancelled"


class TestC4:
    """A full refund revokes it (`issued` becomes null, `revoked` names number and instant; issued again, it gets a new
    number); expiry of access does not. Over several orders one eligible is enough.
    """

    @pytest.mark.parametrize("by_gateway", [False, True])
    def test_a_full_refund(self, *, by_gateway: bool) -> None:
        """At that instant, in every product of the order; money that the bank took back is money that went back."""
        school, order = taught(CertificateConditions())
        school.issues(order)
        school.at("2026-11-09 10:00")

        if by_gateway:
            school.hears_of_refund(order, "500.00", chargeback=True)
        else:
            school.refunds(order, "500.00")

        view = school.certificate()
        assert (view["issued"], view["revoked"]) == (None, {"number": 1, "at": "2026-11-09T08:00:00Z"})
        assert school.events(order)[-3:] == ["order.refunded", "certificate.revoked", "order.moved"]

    def test_issued_again(self) -> None:
        """Paid again it is not valid again by itself; issued again it has a new number, and can be revoked again."""
        school, order = taught(CertificateConditions())
        school.issues(order)
        school.refunds(order, "500.00")
        school.pays(order, 2)
        view = school.certificate()
        assert (view["eligible"], view["issued"]) == (True, None)

        school.issues(order)
        view = school.certificate()
        assert (view["issued"], view["revoked"]) == ({"number": 2, "at": "2026-11-01T08:00:00Z"}, None)

        school.refunds(order, "500.00", 2)
        assert school.certificate()["revoked"] == {"number": 2, "at": "2026-11-01T08:00:00Z"}
        assert school.events(order).count("certificate.revoked") == 2

    def test_nothing_else_revokes(self) -> None:
        """A partial refund, what failed or is in flight, expiry, cancelling: it stays."""
        school, order = taught(CertificateConditions(), TermsChange(duration=For(period=Period(days=3))))
        school.hears(order, Outcome.SUCCEEDED, 2, amount="500.00")
        school.issues(order)
        school.refunds(order, "500.00", 1)
        school.refunds(order, "500.00", 2)
        school.hears_of_refund(order, "500.00", 2, outcome=Outcome.FAILED)
        school.at("2026-12-01 10:00").cancels(order)

        assert school.certificate()["issued"] == {"number": 1, "at": "2026-11-01T08:00:00Z"}
        assert codes(school) == ["no_access"]

    @pytest.mark.parametrize("first_is_paid", [True, False])
    def test_one_eligible_is_enough(self, *, first_is_paid: bool) -> None:
        """Of two orders for the product it does not matter which one has earned it."""
        school, first = taught(CertificateConditions(fully_paid=True))
        second = school.opens()
        eligible, other = (first, second) if first_is_paid else (second, first)
        school.owes(eligible, "1000.00", paid=True)

        assert codes(school) == []
        refused = asked.IssueCertificate(order=other, product="python")
        assert school.refused(refused) == "certificate.not_eligible"

    def test_the_nearest_speaks(self) -> None:
        """If none has earned it, the order that lacks least says what is missing."""
        school, _ = taught(CertificateConditions(fully_paid=True))
        school.opens()

        assert lacks(school) == [("not_fully_paid", "500.00", "1000.00")]

    @pytest.mark.parametrize("other", ["refunded", "without one"])
    def test_who_cannot_earn_it_is_silent(self, other: str) -> None:
        """An order that gives no access, or no certificate, is further from it than one that lacks more."""
        school, _ = taught(CertificateConditions(lessons_percent=100, required_practices=True))
        terms = TermsChange(certificate=NoCertificate() if other == "without one" else CertificateConditions())
        school.offers("other", items=(ItemAsked(product="python", price=Decimal(10), terms=terms),))
        second = school.opens("other")
        school.pays(second)
        if other == "refunded":
            school.refunds(second, "10.00")

        assert codes(school) == ["lessons_percent", "required_practices"]

    def test_each_order_has_its_own(self) -> None:
        """A refund revokes those of its order; the one of another order is still there."""
        school, first = taught(CertificateConditions())
        second = school.opens()
        school.pays(second)
        school.issues(first)
        school.issues(second)

        school.refunds(second, "500.00")
        assert school.certificate()["issued"] == {"number": 1, "at": "2026-11-01T08:00:00Z"}
        assert school.certificate()["revoked"] is None
        school.refunds(first, "500.00")
        assert school.certificate()["issued"] is None
        assert school.certificate()["revoked"] == {"number": 2, "at": "2026-11-01T08:00:00Z"}
