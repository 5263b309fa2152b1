"""P11: what a gateway reports may come twice, late, or out of order, and means the same."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby, permutations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.errors import Refused
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Activation, Outcome
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
        """A report that teaches nothing writes nothing: no version, no history, no letter."""
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

        assert not school.order(order).needs_attention
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

    def test_another_amount_than_reported_before(self) -> None:
        """A refund reported again with another amount stays the refund it was."""
        school, order = told((succeeded, refunded), "1000.00")

        school.hears_of_refund(order, "301.00")

        card = school.card(order)
        assert (card["refunded"], card["needs_attention"]) == ("300.00", True)
        assert school.events(order)[-1] == "payment.anomaly"

    def test_a_success_without_an_amount(self) -> None:
        """A gateway that does not say how much was asked to charge what is owed."""
        school, order = told([lambda order: report(order, Outcome.SUCCEEDED)], "1000.00")

        assert school.card(order)["paid"] == "1000.00"


# Any set of reports, against a plain model of what they add up to


@attrs.frozen
class Told:
    """A report about one of two payments, of 400 and of 600; `amount` is in whole units."""

    number: int
    what: str
    reference: str
    outcome: Outcome
    minute: int
    amount: int

    @property
    def at(self) -> datetime:
        """When it happened."""
        return local("2026-11-02 10:00") + timedelta(minutes=self.minute)

    def fact(self, order: str) -> asked.OrderCommand:
        """Say it of an order."""
        amount = str(self.amount)
        if self.what == "refund":
            return refund_report(order, amount, self.number, outcome=self.outcome, reference=self.reference, at=self.at)
        return report(order, self.outcome, self.number, amount=amount, reference=self.reference, at=self.at)


@st.composite
def tellings(draw: st.DrawFn) -> Told:
    """Draw a report; under one reference a refund always has the same amount, sometimes more than was paid."""
    number, minute = draw(st.integers(1, 2)), draw(st.integers(0, 5))
    owed = {1: 400, 2: 600}[number]
    if draw(st.booleans()):
        which = draw(st.integers(1, 3))
        outcome = draw(st.sampled_from([Outcome.SUCCEEDED, Outcome.SUCCEEDED, Outcome.FAILED]))
        return Told(number, "refund", f"r-{number}-{which}", outcome, minute, {1: 100, 2: 300, 3: owed}[which])
    outcome = draw(st.sampled_from([Outcome.SUCCEEDED, Outcome.SUCCEEDED, Outcome.FAILED, Outcome.UNKNOWN]))
    amount = draw(st.sampled_from([owed, owed, owed, 5]))
    return Told(number, "attempt", f"w-{number}-{draw(st.integers(1, 2))}", outcome, minute, amount)


@attrs.frozen
class Plain:
    """What reports add up to, written down as plainly as can be."""

    reports: Sequence[Told]

    def paid_at(self, number: int) -> datetime | None:
        """The earliest success of the right amount."""
        return min((one.at for one in self._successes(number)), default=None)

    def _successes(self, number: int) -> list[Told]:
        owed = {1: 400, 2: 600}[number]
        return [one for one in self._of(number, "attempt") if one.amount == owed]

    def _of(self, number: int, what: str) -> list[Told]:
        return [one for one in self.reports if (one.number, one.what, one.outcome) == (number, what, Outcome.SUCCEEDED)]

    def refunds(self, number: int) -> list[tuple[datetime, int]]:
        """Each reference once: the earliest report of it, and how much."""
        by_reference = groupby(
            sorted(self._of(number, "refund"), key=lambda one: one.reference), lambda one: one.reference
        )
        return [min((one.at, one.amount) for one in group) for _, group in by_reference]

    def facts(self) -> list[tuple[datetime, bool, int]]:
        """When money came (False) and went (True), and how much, in order; what went never before it came."""
        facts = []
        for number, owed in ((1, 400), (2, 600)):
            paid_at = self.paid_at(number)
            if paid_at is not None:
                facts.append((paid_at, False, owed))
                facts += [(max(at, paid_at), True, amount) for at, amount in self.refunds(number)]
        return sorted(facts)

    def activated_at(self, opens_on: Activation) -> datetime | None:
        """The first instant at which there is enough."""
        net = 0
        for at, went, amount in self.facts():
            net += -amount if went else amount
            if net >= (1 if opens_on == "first_payment" else 1000):
                return at
        return None

    def needs_attention(self) -> bool:
        """A wrong amount, two attempts that paid, or more back than came."""
        wrong = any(
            one.amount == 5 and one.what == "attempt" and one.outcome is Outcome.SUCCEEDED for one in self.reports
        )
        twice = any(len({one.reference for one in self._successes(number)}) > 1 for number in (1, 2))
        return wrong or twice or any(self._is_over(number, owed) for number, owed in ((1, 400), (2, 600)))

    def _is_over(self, number: int, owed: int) -> bool:
        limit = 0 if self.paid_at(number) is None else owed
        return sum(amount for _, amount in self.refunds(number)) > limit

    def sums(self) -> tuple[int, int]:
        """All that came, and all that went."""
        facts = self.facts()
        return sum(amount for _, went, amount in facts if not went), sum(amount for _, went, amount in facts if went)

    def status(self) -> str:
        """P7, for a total of 1000."""
        paid, refunded = self.sums()
        if refunded:
            return "refunded" if paid <= refunded else "partially_refunded"
        return {0: "unpaid", 1000: "paid"}.get(paid, "partially_paid")


class TestP11AnyReports:
    """Any set of reports, in any order and repetition, gives the sums, status and activation of the plain model."""

    @given(
        reports=st.lists(tellings(), max_size=8),
        opens_on=st.sampled_from(["first_payment", "full_payment"]),
        data=st.data(),
    )
    def test_any_reports(self, reports: list[Told], opens_on: Activation, data: st.DataObject) -> None:
        """Two arrivals, the second with repetitions: one final state, which is the plain one."""
        repeated = data.draw(st.lists(st.sampled_from(reports), max_size=4)) if reports else []
        mixed = data.draw(st.permutations([*reports, *repeated]))
        first, second = (
            final_state(*told([one.fact for one in arrival], "400.00", "600.00", opens_on=opens_on))
            for arrival in (reports, mixed)
        )

        plain = Plain(reports)
        paid, refunded = plain.sums()
        assert first == second
        assert (first["paid"], first["refunded"]) == (f"{paid}.00", f"{refunded}.00")
        assert first["payment_status"] == plain.status()
        assert first["activated_at"] == plain.activated_at(opens_on)
        assert first["needs_attention"] == plain.needs_attention()
        assert first["status"] == {
            "unpaid": "new",
            "partially_refunded": "refund",
            "refunded": "full_refund",
        }.get(plain.status(), plain.status())
