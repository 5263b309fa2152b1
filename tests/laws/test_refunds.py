"""P9: money that goes back, and what that does to access."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.orders.commands import EditRefund
from kwiga_orders.payments import Outcome, PaymentState
from kwiga_orders.testing.school import local
from tests.laws.calendars import MOMENT
from tests.laws.office import Office, refund


class TestP9:
    """Refunds: amount ≤ what is left of that payment, partly or fully, optionally naming a line. A full refund of the
    order closes all its access as long as its payment status is `refunded`. A partial one follows the `refund_policy`:
    `keep` (default) or `close_line`. What the gateway reports is a fact: recorded even above the limit, and flagged;
    one that arrives before the payment's own success counts from that success on (the flag goes then). An order that
    is paid again after a full refund gives access again, in its old window.
    """

    @given(amounts=st.lists(st.integers(1, 120_000), max_size=6))
    def test_never_more_than_is_left(self, amounts: list[int]) -> None:
        """Whatever is asked for in turn, it is given just if it is left, and never more than was paid."""
        school = Office()
        order = school.sold("1000.00")
        school.pays(order)
        left = 100_000

        for minor in amounts:
            command = refund(order, f"{minor // 100}.{minor % 100:02}")
            if minor > left:
                assert school.refused(command) == "refund.exceeds_paid"
            else:
                school.does(command)
                left -= minor
            payment = school.payment(order)
            assert (payment.refundable.minor, payment.refunded.minor) == (left, 100_000 - left)
        assert not school.order(order).needs_attention

    def test_to_the_last_cent(self) -> None:
        """One cent back is a partial refund, and one cent less than all is not a full one."""
        school = Office()
        order = school.sold("1000.00")
        school.pays(order)

        for amount, state in (("0.01", "partially_refunded"), ("999.98", "partially_refunded"), ("0.01", "refunded")):
            school.refunds(order, amount)
            assert school.payment(order).state == school.card(order)["payment_status"] == state

    def test_a_refund_is_corrected_by_its_id(self) -> None:
        """The receipt names the refund; `edit_refund` names another line, or none, and what it closed opens again."""
        school = Office()
        order = school.sold("1000.00", refund_policy="close_line")
        school.pays(order)
        made = school.refunds(order, "100.00", product="python").made
        assert made == school.payment(order).refunds[0].id
        assert school.reasons() == ["line_refunded"]

        school.does(EditRefund(order=order, payment=f"{order}.1", refund=made, product=None))

        assert school.reasons() == []

    def test_what_a_refusal_says(self) -> None:
        """How much was asked for, paid, and is left (K5)."""
        school = Office()
        order = school.sold("100.00")
        school.pays(order)
        school.refunds(order, "99.00")

        assert school.refusal(refund(order, "2.00")).details == {
            "payment": f"{order}.1",
            "asked": "2.00",
            "left": "1.00",
            "paid": "100.00",
            "currency": "UAH",
        }

    def test_of_that_payment(self) -> None:
        """Each payment by itself: what is left of one is not given for another."""
        school = Office()
        order = school.makes("1000.00")
        school.owes(order, "400.00", paid=True)
        school.owes(order, "600.00", paid=True)

        assert school.refused(refund(order, "400.01", 1)) == "refund.exceeds_paid"
        school.refunds(order, "400.00", 1)
        assert (school.payment(order, 1).state, school.payment(order, 2).state) == (
            PaymentState.REFUNDED,
            PaymentState.PAID,
        )
        assert school.card(order)["payment_status"] == "partially_refunded"

    @pytest.mark.parametrize("void", [False, True])
    def test_only_what_was_paid(self, *, void: bool) -> None:
        """Nothing goes back of a payment that is unpaid or void."""
        school = Office()
        order = school.sold()
        if void:
            school.voids(order)

        assert school.refused(refund(order, "1.00")) == "refund.not_paid"

    def test_a_line_that_is_not_there(self) -> None:
        """A refund can only name a product of the order."""
        school = Office()
        order = school.sold()
        school.pays(order)

        assert school.refused(refund(order, "1.00", product="sql")) == "not_found"

    def test_a_full_refund_closes(self) -> None:
        """Everything of the order closes at that instant, whatever the policy; a moment before it is open."""
        school = Office()
        order = school.sold("500.00", products=("python", "sql"))
        school.pays(order)
        school.at("2026-11-05 10:00").refunds(order, "1000.00", product="sql")

        for product in ("python", "sql"):
            plan = school.orders.plan(contact="olena", product=product)
            assert plan.access(school.now - MOMENT).open
            assert [reason.code for reason in plan.access(school.now).reasons] == ["refunded"]

    @pytest.mark.parametrize(
        ("policy", "reasons"),
        [("keep", {"python": [], "sql": []}), ("close_line", {"python": [], "sql": ["line_refunded"]})],
    )
    def test_a_partial_one(self, policy: str, reasons: dict[str, list[str]]) -> None:
        """It closes nothing, or the line it names, if the offer says so; a refund that names none closes nothing."""
        school = Office()
        order = school.sold("500.00", products=("python", "sql"), refund_policy=policy)
        school.pays(order)

        school.refunds(order, "100.00")
        assert [school.reasons(product=product) for product in reasons] == [[], []]
        school.refunds(order, "100.00", product="sql")
        assert {product: school.reasons(product=product) for product in reasons} == reasons

    def test_paid_again_it_opens(self) -> None:
        """What a partial refund closed opens once the balance has come to 0 after money was paid, not before."""
        school = Office()
        order = school.sold("500.00", products=("python", "sql"), refund_policy="close_line")
        school.pays(order)
        school.refunds(order, "500.00", product="sql")
        school.at("2026-11-06 10:00").owes(order, "200.00", paid=True)
        assert school.reasons(product="sql") == ["line_refunded"]

        school.at("2026-11-07 10:00").owes(order, "300.00", paid=True)
        assert school.reasons(product="sql") == []

        school.at("2026-11-08 10:00").refunds(order, "500.00", 1)
        school.refunds(order, "200.00", 2)
        school.refunds(order, "300.00", 3)

        assert school.reasons(product="sql") == ["refunded"]
        assert school.reasons(product="python") == ["refunded"]

    def test_in_one_instant(self) -> None:
        """A partial refund and the one that makes it full, right after it: the order of the two is kept."""
        school = Office()
        order = school.sold("500.00", products=("python", "sql"), refund_policy="close_line")
        school.pays(order)

        school.refunds(order, "200.00", product="sql")
        school.refunds(order, "800.00")

        assert school.reasons(product="sql") == ["refunded", "line_refunded"]
        assert school.reasons(product="python") == ["refunded"]

    def test_in_flight_closes_nothing(self) -> None:
        """A line is closed by money that is back, not by money on its way, nor by what failed (P10)."""
        school = Office()
        order = school.sold("500.00", products=("python", "sql"), refund_policy="close_line")
        school.hears(order, Outcome.SUCCEEDED, amount="1000.00")

        school.refunds(order, "500.00", product="sql")
        assert school.reasons(product="sql") == []
        school.hears_of_refund(order, "500.00", outcome=Outcome.FAILED)
        assert school.reasons(product="sql") == []
        school.refunds(order, "500.00", product="sql")
        school.hears_of_refund(order, "500.00", reference="r-2")
        assert school.reasons(product="sql") == ["line_refunded"]

    @pytest.mark.parametrize("chargeback", [False, True])
    def test_more_than_was_paid(self, *, chargeback: bool) -> None:
        """What a gateway reports is recorded even above the limit, and flagged then."""
        school = Office()
        order = school.sold("1000.00")
        school.hears(order, Outcome.SUCCEEDED, amount="1000.00")
        school.hears_of_refund(order, "700.00", chargeback=chargeback)
        assert [item.code for item in school.order(order).attention] == (["chargeback"] if chargeback else [])

        school.hears_of_refund(order, "700.00", reference="r-2", chargeback=chargeback)

        card = school.card(order)
        assert (card["refunded"], card["balance"], card["payment_status"]) == ("1400.00", "1400.00", "refunded")
        assert card["attention"][-1]["code"] == "refund_above_limit"
        assert [row["chargeback"] for row in card["payments"][0]["refunds"]] == [chargeback, chargeback]
        assert school.refused(refund(order, "0.01")) == "refund.exceeds_paid"

    def test_before_the_success(self) -> None:
        """A refund of what is not paid yet changes no sum and is flagged; it counts from the success on."""
        school = Office()
        order = school.sold("1000.00")
        school.hears_of_refund(order, "300.00", at=local("2026-11-01 09:00"))
        card = school.card(order)
        assert (card["refunded"], card["payment_status"], card["needs_attention"]) == ("0.00", "unpaid", True)

        school.at("2026-11-02 10:00").hears(order, Outcome.SUCCEEDED, amount="1000.00")

        card = school.card(order)
        assert (card["refunded"], card["payment_status"]) == ("300.00", "partially_refunded")
        assert not card["needs_attention"]
        assert school.order(order).tallies[-1].at == school.now

    def test_paid_again(self) -> None:
        """Access is back in its old window; while it was refunded it was closed."""
        school = Office()
        order = school.sold("1000.00")
        school.pays(order)
        paid_at = school.now
        school.at("2026-11-05 10:00").refunds(order, "1000.00")
        assert school.reasons() == ["refunded"]

        school.at("2026-11-09 10:00").owes(order, "1000.00", paid=True)

        access = school.access()
        assert (access.open, access.starts_at) == (True, paid_at)
        assert school.reasons(at="2026-11-08 10:00") == ["refunded"]
        assert school.card(order)["balance"] == "0.00"

    def test_paid_again_in_part(self) -> None:
        """Access is back as soon as the status is no longer `refunded`."""
        school = Office()
        order = school.sold("1000.00")
        school.pays(order)
        school.refunds(order, "1000.00")

        school.owes(order, "0.01", paid=True)

        assert school.card(order)["payment_status"] == "partially_refunded"
        assert school.access().open
