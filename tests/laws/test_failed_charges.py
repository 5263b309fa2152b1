"""P17: what was saved is charged again after a failure, and then no more."""

from decimal import Decimal
from typing import Any

import pytest

from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome, PaymentState, Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.testing.gateways import Answer
from tests.laws.dues import MONTH, Desk, ran, school_with
from tests.laws.office import edit
from tests.laws.subscribed import block, dues


def saved(**fields: Any) -> tuple[Desk, str]:
    """Give a subscription of 300 a month whose first period was paid by a card that the gateway saved."""
    school = school_with()
    school.sells(price="300.00", options=[Subscribe(**{"id": "sub", "amount": Decimal(300), "every": MONTH, **fields})])
    order = school.opens()
    school.does(edit(order, 1, gateway="fake"))
    link = school.orders.payment_link(order=order, payment=f"{order}.1")
    school.gateway.pays(link.url, saves=True)
    school.gateway.delivers(lambda body, headers: school.orders.receive("fake", body, headers))
    ran(school)
    school.notifier.rows.clear()
    return school, order


def charges(school: Desk, order: str) -> int:
    """Count the charges for the second period."""
    return len(school.attempts(order, 2))


class TestP17:
    """A saved means whose charge fails is charged again after the periods of the option's `retries` (default 1, 3 and 5
    days after the first failure; `[]`: never). Each failure is an attempt and a `payment.failed`. After the last,
    renewal stops (reason `charge_failed`), no more reminders go out, and the payment stays payable; paying it resumes
    the renewal.
    """

    def test_after_one_three_and_five_days(self) -> None:
        """Each try that fails is told of; in between nothing happens."""
        school, order = saved()
        school.gateway.script(*[Answer.FAILS] * 4)

        assert ran(school, "2026-12-01 10:00") == ["payment_failed"]
        assert ran(school) == ["access_expired"]
        for number, day in ((2, 2), (3, 4), (4, 6)):
            assert ran(school, f"2026-12-0{day} 09:59") == []
            assert charges(school, order) == number - 1
            assert ran(school, f"2026-12-0{day} 10:00") == ["payment_failed"]
            assert charges(school, order) == number

        assert school.events(order).count("payment.failed") == 4
        assert block(school, order)["stopped"] == {"at": "2026-12-06T08:00:00Z", "reason": "charge_failed"}

    def test_then_no_more(self) -> None:
        """Nothing is charged, reminded of, or made any more; the payment is asked for as before."""
        school, order = saved(retries=())
        school.gateway.script(Answer.FAILS)
        ran(school, "2026-12-01 10:00")

        assert ran(school, "2027-02-01 10:00") == []

        assert charges(school, order) == 1
        assert [one.state for one in school.order(order).payments] == [PaymentState.PAID, PaymentState.UNPAID]
        assert school.events(order).count("renewal.stopped") == 1

    def test_paid_after_all(self) -> None:
        """Paying it resumes the renewal; the period begins with the payment."""
        school, order = saved(retries=())
        school.gateway.script(Answer.FAILS)
        ran(school, "2026-12-01 10:00")

        school.at("2026-12-20 10:00").pays(order, 2)

        shown = block(school, order)
        assert (shown["stopped"], shown["next_due_at"]) == (None, "2027-01-20T08:00:00Z")
        assert "renewal.resumed" in school.events(order)
        ran(school, "2027-01-20 10:00")
        assert school.payment(order, 3).state is PaymentState.PAID

    def test_attention(self) -> None:
        """After the last one a person looks at it, until it is paid (P16)."""
        school, order = saved(retries=())
        school.gateway.script(Answer.FAILS)
        ran(school, "2026-12-01 10:00")
        (item,) = school.card(order)["attention"]
        assert (item["code"], item["payment"], item["amount"]) == ("charge_failed", f"{order}.2", "300.00")
        assert item["reference"] == f"fake-charge-{order}.2.a1"

        school.pays(order, 2)

        assert school.card(order)["attention"] == []

    def test_attention_that_a_person_resolved(self) -> None:
        """P16: it is not raised again by whatever is done to the order, though the renewal is stopped still."""
        school, order = saved(retries=())
        school.gateway.script(Answer.FAILS)
        ran(school, "2026-12-01 10:00")
        school.does(asked.ResolveAttention(order=order))

        school.owes(order, "50.00")

        assert school.card(order)["attention"] == []

    @pytest.mark.parametrize("days", [(2,), (1, 10)])
    def test_its_own_retries(self, days: tuple[int, ...]) -> None:
        """An option says after how long, and how often."""
        school, order = saved(retries=tuple(Period(days=one) for one in days))
        school.gateway.script(*[Answer.FAILS] * (1 + len(days)))
        ran(school, "2026-12-01 10:00")
        assert block(school, order)["stopped"] is None

        for number, day in enumerate(days, start=2):
            ran(school, f"2026-12-{1 + day:02} 10:00")
            assert charges(school, order) == number

        assert block(school, order)["stopped"] is not None

    def test_counted_from_the_first_failure(self) -> None:
        """A run that comes late moves none of those after it."""
        school, order = saved()
        school.gateway.script(*[Answer.FAILS] * 3)
        ran(school, "2026-12-01 10:00")
        ran(school, "2026-12-03 20:00")

        ran(school, "2026-12-04 10:00")

        assert charges(school, order) == 3

    def test_not_before_it_is_due(self) -> None:
        """P13: time that was given after a failure moves the due date; the others are counted from the next failure."""
        school, order = saved()
        school.gateway.script(*[Answer.FAILS] * 3)
        ran(school, "2026-12-01 10:00")
        school.does(asked.ExtendAccess(order=order, by=Period(days=10)))

        for at, number in (("12-10 10:00", 1), ("12-11 10:00", 2), ("12-14 09:59", 2), ("12-14 10:00", 3)):
            ran(school, f"2026-{at}")
            assert charges(school, order) == number

    def test_one_that_succeeds(self) -> None:
        """The period begins with the payment, and the next one is charged when it falls due."""
        school, order = saved()
        school.gateway.script(Answer.FAILS)
        ran(school, "2026-12-01 10:00")
        ran(school)

        assert ran(school, "2026-12-02 10:00") == ["subscription_renewed"]

        assert school.access().open
        assert block(school, order)["next_due_at"] == "2027-01-02T08:00:00Z"

    def test_stopped_or_paid_meanwhile(self) -> None:
        """Nothing is charged for what is void or paid."""
        for stops in (True, False):
            school, order = saved()
            school.gateway.script(Answer.FAILS)
            ran(school, "2026-12-01 10:00")
            school.does(asked.StopRenewal(order=order) if stops else asked.MarkPaid(order=order, payment=f"{order}.2"))

            ran(school, "2026-12-20 10:00")

            assert charges(school, order) == 1

    def test_resumed_by_hand(self) -> None:
        """What failed before counts no more: it is due and charged from now on."""
        school, order = saved(retries=())
        school.gateway.script(Answer.FAILS)
        ran(school, "2026-12-01 10:00")

        school.at("2026-12-10 10:00").does(asked.ResumeRenewal(order=order))
        assert dues(school, order)[1] == school.now
        ran(school)

        assert school.payment(order, 2).state is PaymentState.PAID

    def test_an_unknown_outcome(self) -> None:
        """P4: nothing is charged while nobody knows what became of a charge; if it failed, the next try follows."""
        school, order = saved()
        school.gateway.script(Answer.IS_LOST)
        ran(school, "2026-12-01 10:00")
        assert school.attempts(order, 2)[0].outcome is Outcome.UNKNOWN
        ran(school, "2026-12-03 10:00")
        assert charges(school, order) == 1

    def test_made_early(self) -> None:
        """What was made before it is due is charged when it is due."""
        school, order = saved()
        school.at("2026-11-20 10:00").renews(order, early=True)
        assert (ran(school), charges(school, order)) == ([], 0)

        assert ran(school, "2026-12-01 10:00") == ["subscription_renewed"]

    def test_one_told_of_when_the_next_period_is_due(self) -> None:
        """Of a period that was forgiven: it stops renewal all the same, and the next one has no failure to look at."""
        school, order = saved(retries=())
        school.gateway.script(Answer.PENDS)
        ran(school, "2026-12-01 10:00")
        school.does(asked.VoidPayment(order=order, payment=f"{order}.2"))
        ran(school, "2027-01-01 10:00")

        school.gateway.settles(f"fake-charge-{order}.2.a1", Outcome.FAILED)
        school.gateway.delivers(lambda body, headers: school.orders.receive("fake", body, headers))

        assert block(school, order)["stopped"] == {"at": "2027-01-01T08:00:00Z", "reason": "charge_failed"}
        assert school.payment(order, 3).state is PaymentState.UNPAID
        assert school.order(order).attention == ()
