"""P3, P4, P10: attempts to pay and refunds, as rows of their own."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.rows import reported_id
from kwiga_orders.payments import Outcome, PaymentState
from kwiga_orders.testing.school import local
from tests.laws.office import Office, edit, refund, refund_report


class TestP3:
    """An unpaid cashless payment with a gateway has a payment link, made on demand; opening it changes nothing. The
    link is bound to payment and amount: after an edit the old link no longer pays.
    """

    def test_to_begin_changes_nothing_but_the_attempts(self) -> None:
        """An attempt that began changes no sum, no status, no access, and nothing the customer sees."""
        school = Office()
        order = school.makes()
        school.owes(order, "1000.00", gateway="wayforpay")
        before, seen = school.card(order), school.customer_card(order)

        receipt = school.tries(order)

        after = school.card(order)
        assert receipt.made == f"{order}.1.a1"
        changed = {name for name, value in after.items() if value != dict(before)[name]}
        assert changed == {"payments", "version", "history"}
        assert school.customer_card(order) == seen
        assert school.reasons() == ["not_paid"]

    @pytest.mark.parametrize("fields", [{}, {"gateway": "wayforpay", "method": "cash"}])
    def test_only_cashless_with_a_gateway(self, fields: dict[str, str]) -> None:
        """What is not paid through a gateway has no attempts."""
        school = Office()
        order = school.makes()
        payment = school.owes(order, "1000.00", **fields)

        assert school.refused(asked.StartAttempt(order=order, payment=payment)) == "gateway.unavailable"

    def test_only_what_is_asked_for(self) -> None:
        """P15: what is paid or void asks for nothing, and so has no attempts."""
        school = Office()
        order = school.makes()
        paid = school.owes(order, "500.00", gateway="wayforpay", paid=True)
        void = school.owes(order, "500.00", gateway="wayforpay")
        school.voids(order, 2)

        assert school.refused(asked.StartAttempt(order=order, payment=paid)) == "payment.not_owed"
        assert school.refused(asked.StartAttempt(order=order, payment=void)) == "payment.not_owed"

    def test_the_old_link_no_longer_pays(self) -> None:
        """Money for the amount before an edit pays nothing and is flagged; the new amount pays."""
        school = Office()
        order = school.makes()
        school.owes(order, "1000.00", gateway="wayforpay")
        school.tries(order)
        school.does(edit(order, amount=Decimal("900.00")))

        school.hears(order, Outcome.SUCCEEDED, amount="1000.00")

        assert (school.payment(order).state, school.order(order).needs_attention) == (PaymentState.UNPAID, True)
        school.hears(order, Outcome.SUCCEEDED, amount="900.00", reference="w-2")
        assert school.payment(order).state is PaymentState.PAID


class TestP4:
    """Attempts are rows of their own (id, started_at, gateway reference, outcome, reason). The count is shown. A late
    `failed` of one attempt never undoes a `succeeded` of another. `unknown` blocks a second automatic charge until it
    is resolved. A report finds its attempt by reference, else the payment's oldest pending one, else makes one.
    """

    def test_rows_of_their_own(self) -> None:
        """Each attempt has its id, its beginning, its outcome and reason; the card shows all of them in order."""
        school, order = owing("1000.00")
        school.tries(order)
        started_at = school.now
        school.at("2026-11-01 10:05").hears(order, Outcome.FAILED, reference="w-1", reason="insufficient_funds")
        school.at("2026-11-01 10:10").tries(order)

        first, second = school.attempts(order)

        assert (first.started_at, first.at) == (started_at, local("2026-11-01 10:05"))
        assert (first.reference, first.outcome, first.reason) == ("w-1", "failed", "insufficient_funds")
        assert (second.started_at, second.outcome, second.reference) == (school.now, "pending", None)
        shown = school.card(order)["payments"][0]["attempts"]
        assert [(one["reference"], one["outcome"], one["reason"]) for one in shown] == [
            ("w-1", "failed", "insufficient_funds"),
            (None, "pending", None),
        ]

    def test_many_attempts_keep_their_order(self) -> None:
        """The tenth attempt comes after the ninth, not after the first."""
        school, order = owing("1000.00")
        for _ in range(11):
            school.tries(order)

        assert [attempt.id for attempt in school.attempts(order)] == [
            f"{order}.1.a{number + 1}" for number in range(11)
        ]

    def test_a_late_failure(self) -> None:
        """The first card is declined after the second one has paid: that is noted, and nothing else changes."""
        school, order = owing("1000.00")
        school.tries(order)
        school.hears(order, Outcome.SUCCEEDED, reference="w-2", amount="1000.00")
        before, letters = school.customer_card(order), list(school.notifier.letters)
        version = school.order(order).version

        school.at("2026-11-01 10:09").hears(order, Outcome.FAILED, reference="w-1")

        assert school.customer_card(order) == before
        assert school.notifier.letters == letters
        assert school.events(order, since=version) == ["attempt.recorded"]
        assert [attempt.outcome for attempt in school.attempts(order)] == ["succeeded", "failed"]

    @pytest.mark.parametrize(("resolved", "then"), [(Outcome.FAILED, None), (Outcome.SUCCEEDED, "payment.not_owed")])
    def test_unknown_blocks(self, resolved: Outcome, then: str | None) -> None:
        """While it is unknown what became of one, no other begins; once it is known, one may, if still unpaid."""
        school, order = owing("1000.00")
        again = asked.StartAttempt(order=order, payment=f"{order}.1")
        school.tries(order)
        school.hears(order, Outcome.UNKNOWN)

        assert school.refused(again) == "attempt.unresolved"
        school.hears(order, resolved)
        if then is None:
            school.does(again)
            assert len(school.attempts(order)) == 2
        else:
            assert school.refused(again) == then

    def test_pending_does_not_block(self) -> None:
        """Who began to pay and gave up may begin again."""
        school, order = owing("1000.00")

        school.tries(order)
        school.tries(order)

        assert [attempt.id for attempt in school.attempts(order)] == [f"{order}.1.a1", f"{order}.1.a2"]

    def test_a_report_finds_its_attempt(self) -> None:
        """By reference; else the oldest pending one that has none; else one is made, named by its reference."""
        school, order = owing("1000.00")
        school.tries(order)
        school.tries(order)

        for reference in ("w-7", "w-8", "w-7", "w-9"):
            school.hears(order, Outcome.FAILED, reference=reference)

        found = {attempt.reference: attempt.id for attempt in school.attempts(order)}
        made = reported_id(f"{order}.1", "a", "w-9")
        assert found == {"w-7": f"{order}.1.a1", "w-8": f"{order}.1.a2", "w-9": made}

    def test_pending_under_a_reference(self) -> None:
        """What a gateway calls pending under its reference waits for that reference, not for another one."""
        school, order = owing("1000.00")
        school.tries(order)
        school.hears(order, Outcome.PENDING, reference="w-1")

        school.hears(order, Outcome.FAILED, reference="w-2")

        found = [(attempt.id, attempt.reference, attempt.outcome.value) for attempt in school.attempts(order)]
        assert found == [(f"{order}.1.a1", "w-1", "pending"), (reported_id(f"{order}.1", "a", "w-2"), "w-2", "failed")]

    def test_each_payment_has_its_own(self) -> None:
        """A report for one payment never finds the attempt of another."""
        school, order = owing("400.00", "600.00")
        school.tries(order, 1)

        school.hears(order, Outcome.FAILED, 2)

        assert [attempt.outcome for attempt in school.attempts(order, 1)] == ["pending"]
        assert [attempt.outcome for attempt in school.attempts(order, 2)] == ["failed"]

    @given(
        reports=st.lists(
            st.tuples(st.sampled_from([Outcome.FAILED, Outcome.SUCCEEDED, Outcome.UNKNOWN]), st.integers(0, 9)),
            min_size=1,
            max_size=6,
        )
    )
    def test_the_most_certain_counts(self, reports: list[tuple[Outcome, int]]) -> None:
        """Of all that is told of one attempt the most certain counts (succeeded, failed, unknown), of equals the first
        to have happened, with its reason; each failure and each success is news only once.
        """
        school, order = owing("1000.00")
        school.tries(order)

        for outcome, minute in reports:
            at = local("2026-11-01 09:00") + timedelta(minutes=minute)
            school.hears(order, outcome, at=at, reason=f"at {minute}")

        rank = [Outcome.SUCCEEDED, Outcome.FAILED, Outcome.UNKNOWN]
        outcome, minute = min(reports, key=lambda told: (rank.index(told[0]), told[1]))
        (attempt,) = school.attempts(order)
        assert (attempt.outcome, attempt.reason) == (outcome, f"at {minute}")
        assert attempt.at == local("2026-11-01 09:00") + timedelta(minutes=minute)
        assert school.events(order).count("payment.paid") == (outcome is Outcome.SUCCEEDED)
        told = [told for told, _ in reports]
        before = told[: told.index(Outcome.SUCCEEDED)] if Outcome.SUCCEEDED in told else told
        assert school.events(order).count("payment.failed") == (Outcome.FAILED in before)


class TestP4References:
    """A reference belongs to one payment in a project and gateway; money reported under it for another payment is kept
    out and raises attention (`reused_reference`).
    """

    def reused(self, school: Office, order: str) -> tuple[list[tuple[str, str | None]], PaymentState]:
        """Give what of the references of an order needs attention, and the state of its first payment."""
        items = [(one.code.value, one.reference) for one in school.order(order).attention]
        return items, school.payment(order).state

    def test_of_another_order(self) -> None:
        """The order that is told of second gets nothing, however often it is told; the first keeps its money."""
        school = Office()
        first, second = school.makes(), school.makes()
        for order in (first, second):
            school.owes(order, "1000.00", gateway="wayforpay")
        for order in (first, second, second, first):
            school.hears(order, Outcome.SUCCEEDED, amount="1000.00", reference="w-1")

        assert self.reused(school, first) == ([], PaymentState.PAID)
        assert self.reused(school, second) == ([("reused_reference", "w-1")], PaymentState.UNPAID)

    def test_of_another_gateway(self) -> None:
        """Two gateways may count alike."""
        school = Office()
        orders = {gateway: school.makes() for gateway in ("wayforpay", "liqpay")}
        for gateway, order in orders.items():
            school.owes(order, "1000.00", gateway=gateway)
            school.hears(order, Outcome.SUCCEEDED, amount="1000.00", reference="1")

        assert [self.reused(school, order) for order in orders.values()] == [([], PaymentState.PAID)] * 2

    def test_without_a_named_gateway(self) -> None:
        """Where neither payment nor report names a gateway, a reference belongs to one payment all the same."""
        school = Office()
        first, second = school.makes(), school.makes()
        for order in (first, second):
            payment = school.owes(order, "1000.00")
            school.does(asked.ReportAttempt(order=order, payment=payment, reference="w-1", outcome=Outcome.SUCCEEDED))

        assert self.reused(school, first) == ([], PaymentState.PAID)
        assert self.reused(school, second) == ([("reused_reference", "w-1")], PaymentState.UNPAID)

    def test_taken_as_it_came(self) -> None:
        """P11: once somebody takes it as it came both are paid, and stay so when they are told of again."""
        school = Office()
        first, second = school.makes(), school.makes()
        for order in (first, second):
            school.owes(order, "1000.00", gateway="wayforpay")
            school.hears(order, Outcome.SUCCEEDED, amount="1000.00", reference="w-1")

        school.does(asked.AcceptAnomaly(order=second, payment=f"{second}.1", reference="w-1"))
        for order in (first, second):
            school.hears(order, Outcome.SUCCEEDED, amount="1000.00", reference="w-1")

        assert [self.reused(school, order) for order in (first, second)] == [([], PaymentState.PAID)] * 2


class TestP10:
    """Each refund is a row (requested, succeeded, failed); a failed one changes no sums; one in flight already counts
    against what is left. By hand, money that came by hand goes back at once; money that came through a gateway goes to
    the gateway, and a later report under the reference of its answer settles or repeats it.
    """

    def test_money_that_came_by_hand(self) -> None:
        """It is back at once, with who said why, and for which product."""
        school = Office()
        order = school.sold()
        school.pays(order)

        school.refunds(order, "300.00", product="python", reason="moved away")

        (row,) = school.card(order)["payments"][0]["refunds"]
        assert (row["amount"], row["outcome"], row["product"], row["reason"]) == (
            "300.00",
            "succeeded",
            "python",
            "moved away",
        )
        assert school.card(order)["refunded"] == "300.00"

    def test_money_that_came_through_a_gateway(self) -> None:
        """It is on its way: no sum, no status, no access changes, no letter is sent."""
        school, order = paid_through_gateway()
        before, letters = school.customer_card(order), list(school.notifier.letters)

        school.refunds(order, "1000.00")

        assert school.payment(order).refunds[0].outcome is Outcome.PENDING
        assert school.customer_card(order) == before
        assert school.reasons() == []
        assert school.notifier.letters == letters

    def test_in_flight_counts_against_what_is_left(self) -> None:
        """With 600 on its way back no more than 400 is left, to the cent."""
        school, order = paid_through_gateway()
        school.refunds(order, "600.00")

        refusal = school.refusal(refund(order, "400.01"))

        assert (refusal.code, refusal.details["left"]) == ("refund.exceeds_paid", "400.00")
        school.refunds(order, "400.00")
        assert school.refused(refund(order, "0.01")) == "refund.exceeds_paid"

    def test_settled(self) -> None:
        """The gateway's report settles it, under its reference and at its instant; once."""
        school, order = paid_through_gateway()
        school.refunds(order, "300.00", reason="moved away")
        back_at = local("2026-11-02 09:00")
        school.at("2026-11-02 10:00")

        for _ in range(2):
            school.hears_of_refund(order, "300.00", at=back_at)

        (row,) = school.payment(order).refunds
        assert (row.outcome, row.reference, row.reason, row.at) == ("succeeded", "r-1", "moved away", back_at)
        assert school.card(order)["refunded"] == "300.00"
        assert school.events(order).count("payment.refunded") == 1
        assert school.notifier.letters.count("refund_made") == 1

    def test_failed(self) -> None:
        """A failed one changes no sum, and what it held is left again."""
        school, order = paid_through_gateway()
        before = school.customer_card(order)
        school.refunds(order, "1000.00")

        school.hears_of_refund(order, "1000.00", outcome=Outcome.FAILED)

        assert school.customer_card(order) == before
        assert "refund_made" not in school.notifier.letters
        school.refunds(order, "1000.00")

    @pytest.mark.parametrize("minutes", list(permutations((10, 20, 30))))
    @pytest.mark.parametrize("failed", [0, 1, 2])
    def test_failed_is_the_last_word(self, failed: int, minutes: tuple[int, ...]) -> None:
        """Failed and succeeded under one reference: it failed, in whatever order that was told, and changes no sum."""
        school, order = paid_through_gateway()
        instants = [local(f"2026-11-01 10:{minute}") for minute in minutes]

        for number, at in enumerate(instants):
            outcome = Outcome.FAILED if number == failed else Outcome.SUCCEEDED
            school.hears_of_refund(order, "300.00", outcome=outcome, at=at)

        (row,) = school.payment(order).refunds
        assert row.outcome == "failed"
        assert school.card(order)["refunded"] == "0.00"

    def test_given_back_by_hand(self) -> None:
        """What a gateway tells is not what was given back by hand, however alike."""
        school = Office()
        order = school.sold("1000.00")
        school.pays(order)
        school.refunds(order, "300.00")

        school.hears_of_refund(order, "300.00")

        assert [row.reference for row in school.payment(order).refunds] == [None, "r-1"]
        assert school.card(order)["refunded"] == "600.00"

    def test_the_oldest_is_answered_first(self) -> None:
        """Of two of the same amount on their way, the first report is about the older one."""
        school, order = paid_through_gateway()
        school.refunds(order, "100.00", reason="first")
        school.refunds(order, "100.00", reason="second")

        school.hears_of_refund(order, "100.00", reference="r-7")

        assert [(row.reason, row.reference) for row in school.payment(order).refunds] == [
            ("first", "r-7"),
            ("second", None),
        ]

    @pytest.mark.parametrize(("amount", "chargeback"), [("200.00", False), ("100.00", True)])
    def test_what_nobody_asked_for(self, amount: str, *, chargeback: bool) -> None:
        """Another amount, or a chargeback, is a row of its own: what was asked for is still on its way."""
        school, order = paid_through_gateway()
        school.refunds(order, "100.00")

        school.hears_of_refund(order, amount, reference="c-1", chargeback=chargeback)

        asked_for, came = school.payment(order).refunds
        assert (asked_for.outcome, asked_for.reference) == ("pending", None)
        assert (came.outcome, came.reference, came.chargeback) == ("succeeded", "c-1", chargeback)

    def test_nothing_does_not_come_back(self) -> None:
        """A report of nothing says nothing; nor is it asked for."""
        school, order = paid_through_gateway()

        assert school.refused(refund_report(order, "0")) == "input.invalid"
        assert school.refused(refund(order, "0")) == "input.invalid"


def owing(*amounts: str) -> tuple[Office, str]:
    """Give a school with an order of 1000.00 that has payments of these amounts through a gateway."""
    school = Office()
    order = school.makes("1000.00")
    for amount in amounts:
        school.owes(order, amount, gateway="wayforpay")
    return school, order


def paid_through_gateway() -> tuple[Office, str]:
    """Give a school with an order of 1000.00 that was paid through a gateway."""
    school, order = owing("1000.00")
    school.hears(order, Outcome.SUCCEEDED, amount="1000.00")
    return school, order
