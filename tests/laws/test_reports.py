"""P11: what a gateway reports may come twice, late, or out of order, and means the same."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.errors import Refused
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome
from kwiga_orders.testing.school import local
from tests.laws.office import Office, refund_report, report

ARRIVAL = local("2026-11-05 10:00")
Fact = Callable[[str], asked.OrderCommand]
"""What is said of an order, given its id."""


def started(order: str) -> asked.OrderCommand:
    """The customer clicks; a click that is sent twice has one key (K1)."""
    return asked.StartAttempt(order=order, payment=f"{order}.1", idempotency_key="click")


def failed_late(order: str) -> asked.OrderCommand:
    """The first card is declined at last."""
    return report(order, Outcome.FAILED, at=local("2026-11-01 10:09"), reason="insufficient_funds")


def succeeded(order: str) -> asked.OrderCommand:
    """The second card has paid."""
    return report(order, Outcome.SUCCEEDED, reference="w-2", amount="1000.00", at=local("2026-11-01 10:06"))


def refunded(order: str) -> asked.OrderCommand:
    """300 of 1000 went back."""
    return refund_report(order, "300.00", at=local("2026-11-03 12:00"))


FACTS = (started, failed_late, succeeded, refunded, succeeded)


def told(facts: Iterable[Fact], *owed: str, **fields: object) -> tuple[Office, str]:
    """Give a school with an order of 1000.00 that is told these facts, a minute after the other."""
    school = Office().at("2026-11-01 10:00")
    order = school.makes("1000.00", **fields)
    for amount in owed:
        school.owes(order, amount, gateway="wayforpay")
    for minute, fact in enumerate(facts):
        school.clock.set(ARRIVAL + timedelta(minutes=minute))
        with suppress(Refused):
            # to begin to pay what is paid is refused; a report never is
            school.does(fact(order))
    return school, order


def final_state(school: Office, order: str) -> dict[str, object]:
    """Give all that must not depend on the order in which reports arrived; ids of rows are by arrival."""
    card, state = school.card(order), school.order(order)
    shown = {
        name: card[name]
        for name in ("paid", "refunded", "balance", "total", "payment_status", "status", "needs_attention")
    }
    payments = [
        {
            **payment,
            "attempts": [{**row, "id": ""} for row in payment["attempts"]],
            "refunds": [{**row, "id": ""} for row in payment["refunds"]],
        }
        for payment in card["payments"]
    ]
    return {**shown, "payments": payments, "activated_at": state.activated_at, "access": school.access()}


class TestP11:
    """Reports from a gateway may come twice, late, or out of order; any order and any repetition gives the same final
    state. Another amount than the payment's, or than reported before under that reference, is acknowledged but changes
    no sum: it is kept as `payment.anomaly` and flagged.
    """

    def test_what_it_comes_to(self) -> None:
        """The second card paid at 10:06, the first was declined at 10:09, 300 of 1000 went back: nothing is odd."""
        school, order = told(FACTS, "1000.00")

        card = school.card(order)
        assert (card["paid"], card["refunded"], card["balance"]) == ("1000.00", "300.00", "300.00")
        assert (card["payment_status"], card["status"]) == ("partially_refunded", "refund")
        assert (card["activated_at"], card["needs_attention"]) == ("2026-11-01T08:06:00Z", False)
        (payment,) = card["payments"]
        assert (payment["state"], payment["paid_at"]) == ("partially_refunded", "2026-11-01T08:06:00Z")
        assert [(row["reference"], row["outcome"], row["at"]) for row in payment["attempts"]] == [
            ("w-2", "succeeded", "2026-11-01T08:06:00Z"),
            ("w-1", "failed", "2026-11-01T08:09:00Z"),
        ]

    def test_in_any_order(self) -> None:
        """Every permutation of attempt started, first failed late, second succeeded, refund, the same success again."""
        expected = final_state(*told(FACTS, "1000.00"))

        for facts in permutations(FACTS):
            assert final_state(*told(facts, "1000.00")) == expected, [fact.__name__ for fact in facts]

    @given(facts=st.permutations([*FACTS, *FACTS]))
    def test_in_any_order_and_repetition(self, facts: list[Fact]) -> None:
        """Everything twice, in any order."""
        assert final_state(*told(facts, "1000.00")) == final_state(*told(FACTS, "1000.00"))

    def test_what_is_known_is_not_written_again(self) -> None:
        """A report without news writes nothing: no version, no history, no letter."""
        once, order = told(FACTS[1:4], "1000.00")
        again, same = told([*FACTS[1:4], *FACTS[1:]], "1000.00")

        assert order == same
        assert again.history(order) == once.history(order)
        assert again.notifier.letters == once.notifier.letters

    def test_the_earliest_success_counts(self) -> None:
        """Of two successes the payment was paid at the first one, whichever was reported first."""

        def paid_at(minute: str) -> Fact:
            return lambda order: report(
                order, Outcome.SUCCEEDED, reference=f"w-{minute}", at=local(f"2026-11-01 10:{minute}")
            )

        for minutes in (("03", "08"), ("08", "03")):
            school, order = told(map(paid_at, minutes), "1000.00")
            assert school.card(order)["payments"][0]["paid_at"] == "2026-11-01T08:03:00Z"
            assert school.order(order).activated_at == local("2026-11-01 10:03")

    @pytest.mark.parametrize("amount", ["900.00", "1000.01", "0"])
    @pytest.mark.parametrize("before", [True, False])
    def test_another_amount_than_owed(self, amount: str, *, before: bool) -> None:
        """Paid or not yet, the sums stay as they are; it is kept once, and flagged."""
        school, order = told((succeeded,) if before else (), "1000.00")
        sums = final_state(school, order)

        for _ in range(2):
            school.hears(order, Outcome.SUCCEEDED, reference="w-2", amount=amount)

        assert final_state(school, order) == {**sums, "needs_attention": True}
        assert school.events(order).count("payment.anomaly") == 1
        (kept,) = school.order(order).anomalies
        assert (kept.payment, kept.reference, kept.at) == (f"{order}.1", "w-2", school.now)

    @pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.UNKNOWN])
    def test_another_amount_of_what_did_not_come(self, outcome: Outcome) -> None:
        """The link from before an edit fails, as it should: nobody need look into it (P3)."""
        school, order = told((), "1000.00")

        school.hears(order, outcome, amount="900.00")

        assert "other_amount" not in [item.code for item in school.order(order).attention]
        assert [attempt.outcome for attempt in school.attempts(order)] == [outcome]

    def test_each_contradiction_is_kept(self) -> None:
        """Another reference, another payment, another amount: another contradiction."""
        school, order = told((), "400.00", "600.00")

        for number, reference, amount in (
            (1, "w-1", "5.00"),
            (2, "w-1", "5.00"),
            (1, "w-2", "5.00"),
            (1, "w-1", "6.00"),
        ):
            school.hears(order, Outcome.SUCCEEDED, number, reference=reference, amount=amount)

        assert len(school.order(order).anomalies) == 4

    @pytest.mark.parametrize(("minute", "refunded_then"), [("11", "300.00"), ("12", "301.00"), ("13", "301.00")])
    def test_another_amount_than_reported_before(self, minute: str, refunded_then: str) -> None:
        """Of a refund that is told with two amounts the one told of later counts, then the larger; it is flagged."""
        school, order = told((succeeded, refunded), "1000.00")

        school.hears_of_refund(order, "301.00", at=local(f"2026-11-03 {minute}:00"))

        card = school.card(order)
        assert (card["refunded"], [item["code"] for item in card["attention"]]) == (refunded_then, ["other_amount"])
        assert school.events(order)[-2:] == ["payment.anomaly", "attention.raised"]

    def test_a_success_without_an_amount(self) -> None:
        """A gateway that does not say how much was asked to charge what is owed."""
        school, order = told([lambda order: report(order, Outcome.SUCCEEDED)], "1000.00")

        assert school.card(order)["paid"] == "1000.00"


class TestP11Accepted:
    """`accept_anomaly` takes it as it came: the payment is paid with that amount at the instant it was told of."""

    @pytest.mark.parametrize(
        ("came", "paid_before", "found"),
        [("900.00", False, []), ("1100.00", False, ["overpaid"]), ("900.00", True, ["paid_twice"])],
    )
    def test_what_is_left_to_look_at(self, came: str, paid_before: bool, found: list[str]) -> None:
        """P6, P16: accepted money that is too much is flagged, as any money of a gateway is."""
        school = Office().at("2026-11-01 10:00")
        order = school.sold()
        if paid_before:
            school.pays(order)
            school.hears(order, Outcome.SUCCEEDED, reference="w-0", amount="1000.00")
            school.does(asked.ResolveAttention(order=order))
        school.hears(order, Outcome.SUCCEEDED, amount=came)

        school.at("2026-11-02 10:00")
        school.does(asked.AcceptAnomaly(order=order, payment=f"{order}.1", reference="w-1"))

        assert [item.code.value for item in school.order(order).attention] == found
        assert school.payment(order).money[-1].at == local("2026-11-01 10:00")

    def test_another_amount_under_the_same_reference(self) -> None:
        """It takes the place of what was reported first, so nothing was paid twice."""
        school = Office()
        order = school.sold()
        for amount in ("1000.00", "999.00"):
            school.hears(order, Outcome.SUCCEEDED, amount=amount)

        school.does(asked.AcceptAnomaly(order=order, payment=f"{order}.1", reference="w-1"))

        assert (school.order(order).attention, school.card(order)["paid"]) == ((), "999.00")

    def test_money_of_a_cancelled_order(self) -> None:
        """P6: money that came after the order was cancelled is late, also once it is accepted."""
        school = Office()
        order = school.sold()
        school.cancels(order)
        school.hears(order, Outcome.SUCCEEDED, amount="900.00")

        school.does(asked.AcceptAnomaly(order=order, payment=f"{order}.1", reference="w-1"))

        assert [item.code.value for item in school.order(order).attention] == ["late_money"]
