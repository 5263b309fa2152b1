"""Laws of certificates: all unmet conditions are reported, each is issued once, and refunds may revoke it."""

from datetime import timedelta

from kwiga_orders.course import CertificateConditions, Course, Lesson, Module, Practice
from kwiga_orders.extras import extra
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome, Parts
from kwiga_orders.periods import Period
from kwiga_orders.queries import CertificateQuery
from kwiga_orders.testing.laws.desk import Desk
from kwiga_orders.testing.laws.law import Draw, Laws, Met, law
from kwiga_orders.views.shapes import CertificateView

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["CertificateLaws"]

_DAY = timedelta(days=1)


class CertificateLaws(Laws):
    """C: certificates."""

    def teaches(self, desk: Desk, **conditions: object) -> None:
        """Give the product four lessons with two practices and a test, and these conditions for its certificate."""
        first = Lesson(id="l0", practices=(Practice(id="p0"), Practice(id="p1", required=False)), tests=("t0",))
        lessons = (first, *(Lesson(id=f"l{n}") for n in range(1, 4)))
        rule = CertificateConditions(**conditions)  # type: ignore[arg-type]  # fields by name, checked when made
        desk.school.has(Course(product=desk.product, certificate=rule, modules=(Module(id="m", lessons=lessons),)))

    def asks(self, desk: Desk) -> CertificateView:
        """Give the answer to the certificate query for the learner."""
        return desk.school.orders.ask(CertificateQuery(contact=desk.contact, product=desk.product))

    @law("C1")
    def test_each_condition_counts(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Each condition counts: accepted practices, test scores, the first date. Every unmet one is reported."""
        need, day = draw(st.integers(1, 100), "score"), desk.school.now.date() + _DAY * 5
        self.teaches(desk, required_practices=True, tests={"t0": need}, not_before=day)
        desk.bought()
        state = draw(st.sampled_from(("not_started", "submitted", "returned", "accepted")), "state")
        score, later = draw(st.integers(0, 100), "passed with"), draw(st.booleans(), "later")
        desk.school.learns(contact=desk.contact, product=desk.product, practices={"p0": state}, tests={"t0": score})
        desk.passes(_DAY * 9 * later)
        expected = [] if state == "accepted" else ["required_practices"]
        expected += [] if score >= need else ["test"]
        expected += [] if later else ["not_before"]
        met(len(expected) == 1)

        answer = self.asks(desk)
        assert [one["code"] for one in answer["unmet"]] == expected
        assert answer["eligible"] is (not expected)

    @law("C2")
    def test_all_that_is_unmet_is_told(self, desk: Desk, draw: Draw, met: Met) -> None:
        """All unmet conditions are reported, and not only the first."""
        need, done = draw(st.integers(1, 100), "need"), draw(st.integers(0, 4), "done")
        is_paid = draw(st.booleans(), "fully paid")
        self.teaches(desk, lessons_percent=need, fully_paid=True)
        order = desk.bought(option=Parts(id="parts", count=2, every=Period(months=1)))
        if is_paid:
            desk.pays(order, 2)
        desk.school.learns(*[f"l{n}" for n in range(done)], contact=desk.contact, product=desk.product)
        expected = [] if done * 25 >= need else ["lessons_percent"]
        expected += [] if is_paid else ["not_fully_paid"]
        met(len(expected) > 1)

        assert [one["code"] for one in self.asks(desk)["unmet"]] == expected
        issue = asked.IssueCertificate(order=order, product=desk.product)
        assert desk.refused(issue) == ("certificate.not_eligible" if expected else None)

    @law("C2")
    def test_a_share_is_of_whole_lessons(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A certificate needs a percentage of the lessons in scope; until then the answer says how many are done."""
        # in most of these numbers of lessons, the shares are not whole percentages
        count = draw(st.sampled_from((3, 6, 7, 0, 1, 4)), "lessons")
        done = draw(st.integers(0, count), "done")
        share = 100 * done // count if count else 0
        need = draw(st.sampled_from((max(share, 1), min(share + 1, 100), 50, 100)), "need")
        lessons = tuple(Lesson(id=f"l{n}") for n in range(count))
        rule, module = CertificateConditions(lessons_percent=need), Module(id="m", lessons=lessons)
        desk.school.has(Course(product=desk.product, certificate=rule, modules=(module,)))
        desk.bought()
        desk.school.learns(*[one.id for one in lessons[:done]], contact=desk.contact, product=desk.product)
        met(bool(count and 100 * done % count))

        assert self.asks(desk)["eligible"] is (count > 0 and 100 * done >= need * count)

    @law("C4")
    def test_a_full_refund_revokes_it(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A certificate is issued once, however often it is asked for; goodwill leaves it, a full refund revokes it."""
        price = draw(st.integers(2, 5000), "price")
        self.teaches(desk, fully_paid=True)
        order = desk.bought(price)
        issue = asked.IssueCertificate(order=order, product=desk.product)
        desk.does(issue)
        desk.does(issue)
        assert len(desk.order(order).certificates) == 1
        back = draw(st.integers(1, price - 1), "goodwill")
        desk.does(desk.refund(order, back))
        assert desk.order(order).certificates[0].revoked_at is None
        met()

        desk.does(desk.refund(order, price - back))
        assert desk.order(order).certificates[0].revoked_at is not None
        assert (self.asks(desk)["issued"], self.asks(desk)["eligible"]) == (None, False)

    @law("C4")
    def test_another_order_carries_it_on(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A refunded order's certificate goes to the other order of lowest number, and back if the refund fails."""
        self.teaches(desk, fully_paid=True)
        offer = desk.offers(500)
        others = [desk.opens(offer) for _ in range(1)]
        first = desk.opens(offer)
        desk.does(desk.report(first, Outcome.SUCCEEDED))
        desk.does(asked.IssueCertificate(order=first, product=desk.product))
        number = desk.order(first).certificates[0].number
        for _ in range(draw(st.integers(0, 2), "more orders")):
            others.append(desk.makes(500, paid=True))
        heirs = [one for one in others[1:] if desk.order(one).activated_at is not None]
        desk.does(desk.report_of_refund(first, Outcome.SUCCEEDED, 500))
        met(len(heirs) > 1)
        assert desk.order(first).certificates[0].revoked_at is not None
        holders = [one for one in others if desk.order(one).certificates]
        assert holders == heirs[:1]
        issued = self.asks(desk)["issued"]
        assert (None if issued is None else issued["number"]) == (number if heirs else None)

        desk.does(desk.report_of_refund(first, Outcome.FAILED, 500))
        assert [one.number for one in desk.order(first).certificates if one.revoked_at is None] == [number]
        assert all(one.revoked_at is not None for each in holders for one in desk.order(each).certificates)

    @law("C5")
    def test_revoked_by_hand_it_stays_so(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A certificate that was revoked by hand never comes back; issued again, it has a new number."""
        self.teaches(desk)
        order = desk.sold(400)
        desk.does(desk.report(order, Outcome.SUCCEEDED))
        issue = asked.IssueCertificate(order=order, product=desk.product)
        revoke = asked.RevokeCertificate(order=order, product=desk.product, reason="a mistake")
        assert desk.refused(revoke) == "certificate.not_issued"
        desk.does(issue)
        desk.does(revoke)
        assert self.asks(desk)["issued"] is None
        bounces = draw(st.booleans(), "a refund bounces")
        if bounces:
            for outcome in (Outcome.SUCCEEDED, Outcome.FAILED):
                desk.does(desk.report_of_refund(order, outcome, 400))
        met(bounces)
        assert self.asks(desk)["issued"] is None

        desk.does(issue)
        first, second = desk.order(order).certificates
        assert second.number > first.number
        assert (first.revoked_at is None, second.revoked_at) == (False, None)
