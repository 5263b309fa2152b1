"""C1, C2: what a certificate takes, and what is still unmet."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.commands import Command
from kwiga_orders.course import CertificateConditions, Course, Module, NoCertificate, PracticeState
from kwiga_orders.offers import CreateOffer, ItemAsked
from kwiga_orders.orders import commands as asked
from kwiga_orders.periods import Period
from kwiga_orders.terms import AsCourse, For, NoPractices, Only, OverridePractices, TermsChange
from kwiga_orders.testing.school import local
from tests.laws.calendars import MOMENT
from tests.laws.certified import ALL, LESSONS, codes, lacks, taught


class TestC1:
    """Settings: `as_course`, `none`, or own conditions: share of lessons completed (0-100), required practices
    accepted, tests passed with a minimum score, not before a date, order fully paid (G ≥ T, and not refunded: goodwill
    does not undo it). A test that the course does not have is refused (`course.unknown_test`); one that disappears
    later is ignored, and in `dangling`.
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
        """Only lessons that the line covers count; of none nothing is completed (C2)."""
        conditions = CertificateConditions(lessons_percent=100)
        school, _ = taught(conditions, TermsChange(scope=Only(lessons=("l2",))))
        school.learns("l1", "l3")
        assert lacks(school) == [("lessons_percent", 0, 100)]
        school.learns("l2")
        assert codes(school) == []

        empty, _ = taught(conditions, TermsChange(scope=Only()))
        assert lacks(empty) == [("lessons_percent", 0, 100)]

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
        """All of the total must have come; what goes back out of goodwill does not undo it, a full refund does."""
        school, order = taught(CertificateConditions(fully_paid=True))
        assert lacks(school) == [("not_fully_paid", "500.00", "1000.00")]
        school.pays(order, 2)
        assert codes(school) == []
        school.refunds(order, "50.00")
        assert codes(school) == []
        school.refunds(order, "450.00")
        school.refunds(order, "500.00", 2)
        assert lacks(school) == [("no_access", None, None), ("not_fully_paid", "0.00", "1000.00")]

    @pytest.mark.parametrize("command", ["create_order", "edit_line", "create_offer"])
    def test_an_unknown_test(self, command: str) -> None:
        """Wherever terms are set, a test that no lesson of the course has is refused, with its id."""
        school, order = taught(NoCertificate())
        terms = TermsChange(certificate=CertificateConditions(tests={"t1": 70, "t9": 50}))
        line = asked.LineAsked(product="python", price=Decimal(1), terms=terms)
        item = ItemAsked(product="python", price=Decimal(1), terms=terms)
        asking: dict[str, Command] = {
            "create_order": asked.CreateOrder(contact="olena", lines=(line,)),
            "edit_line": asked.EditLine(order=order, product="python", terms=terms),
            "create_offer": CreateOffer(code="other", title="Other", items=(item,)),
        }

        refusal = school.refusal(asking[command])

        assert (refusal.code, refusal.details["ids"]) == ("course.unknown_test", ["t9"])

    def test_a_test_that_disappears(self) -> None:
        """Nobody waits for it any more, and the line lists it as gone."""
        school, order = taught(NoCertificate(), TermsChange(certificate=CertificateConditions(tests={"t1": 70})))
        assert codes(school) == ["test"]

        school.has(Course(product="python", modules=(Module(id="m1", lessons=LESSONS[1:]),)))

        assert codes(school) == []
        assert school.card(order)["lines"][0]["dangling"] == ["t1"]


class TestC2:
    """The question gives eligible or the full list of unmet conditions with progress (`have`/`need`); never just the
    first. Codes: `no_access` (not activated, cancelled or refunded), `disabled`, `lessons_percent`,
    `required_practices`, `test`, `not_before`, `not_fully_paid`.
    """

    def test_everything_at_once(self) -> None:
        """All that is unmet, in this order, each with what there is and what there must be."""
        school, _ = taught(ALL, is_paid=False)
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
        school, order = taught(ALL)
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
