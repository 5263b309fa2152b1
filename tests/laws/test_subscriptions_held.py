"""P13: what holds at an instant, told apart from what was done only since."""

from datetime import date
from decimal import Decimal

import attrs

from kwiga_orders.offers import PercentOff
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome
from kwiga_orders.periods import Period
from kwiga_orders.terms import From, TermsChange
from kwiga_orders.testing.school import local
from tests.laws.office import edit
from tests.laws.subscribed import DAYS_3, WEEK, block, running, states


class TestP13AsOfThen:
    """A period that is paid while access is open keeps its dates; paid after access had lapsed it begins with the
    payment. The full refund of the last paid period stops the renewal.
    """

    def test_an_end_that_was_set_only_since(self) -> None:
        """Access had lapsed when it was paid; that it was opened by hand later makes no difference."""
        school, order = running()
        school.at("2026-12-01 10:00").renews(order)
        school.at("2026-12-10 10:00").does(asked.SetAccessEnd(order=order, at=local("2027-02-15 10:00")))

        school.does(asked.MarkPaid(order=order, payment=f"{order}.2", paid_at=local("2026-12-05 10:00")))

        assert block(school, order)["paid_through"] == "2027-01-05T08:00:00Z"

    def test_money_that_comes_after_the_refund(self) -> None:
        """It was the last paid period when it was given back: one that is paid only since resumes nothing."""
        school, order = running()
        school.at("2026-11-10 10:00").renews(order, early=True)
        school.at("2026-11-12 10:00").refunds(order, "300.00")
        assert states(school, order) == ["refunded", "void"]

        school.at("2026-11-15 10:00").hears(order, Outcome.SUCCEEDED, 2)

        assert states(school, order) == ["refunded", "paid"]
        assert block(school, order)["stopped"] == {"at": "2026-11-12T08:00:00Z", "reason": "refunded"}

    def test_a_period_never_closes_access(self) -> None:
        """P8 is not for periods, whatever was edited: a lapse closes access, and nothing else does."""
        school, order = running()
        school.renews(order, early=True)

        school.does(edit(order, 2, closes_access=True, due_at=local("2026-11-01 09:00")))

        assert school.at("2026-11-15 10:00").reasons() == []

    def test_time_given_when_all_money_is_gone(self) -> None:
        """Once nothing is paid any more an extension gives access from when it was made."""
        school, order = running()
        school.at("2026-11-10 10:00").refunds(order, "300.00")
        school.does(asked.ResumeRenewal(order=order))
        school.at("2026-11-12 10:00").does(asked.ExtendAccess(order=order, by=Period(days=5)))

        assert school.reasons() == []
        assert school.access().ends_at == local("2026-11-17 10:00")

    def test_why_a_period_is_void(self) -> None:
        """What stopping voided is told apart from what cancelling did, and reopening brings it not back."""
        school, order = running()
        school.renews(order, early=True)
        school.does(asked.StopRenewal(order=order))
        school.cancels(order)
        school.does(asked.ReopenOrder(order=order))

        assert [one.voided_by for one in school.order(order).payments if one.is_void] == ["stopped"]

    def test_an_end_set_to_none_and_a_period_paid_since(self) -> None:
        """No end is left that the period could lift."""
        school, order = running()
        for at in (local("2026-11-20 10:00"), None):
            school.does(asked.SetAccessEnd(order=order, at=at))
        school.at("2026-12-01 10:00").renews(order)
        school.pays(order, 2)

        assert (school.reasons(), block(school, order)["paid_through"]) == ([], "2027-01-01T08:00:00Z")

    def test_a_refund_that_fails_resumes_nothing(self) -> None:
        """Only a chargeback that was won does: dates stay where they are."""
        school, order = running()
        school.hears_of_refund(order, "300.00", outcome=Outcome.PENDING)

        school.at("2026-12-20 10:00").hears_of_refund(order, "300.00", outcome=Outcome.FAILED)

        assert block(school, order)["next_due_at"] == "2026-12-01T08:00:00Z"

    def test_given_back_once_more(self) -> None:
        """What was resumed once is stopped again by another refund that completes the sum, and by no older one."""
        school, order = running()
        school.refunds(order, "100.00")
        school.hears_of_refund(order, "200.00", reference="f-1")
        school.does(asked.ResumeRenewal(order=order))
        assert block(school, order)["stopped"] is None

        school.at("2026-11-05 10:00").hears_of_refund(order, "200.00", reference="f-1", outcome=Outcome.FAILED)
        assert block(school, order)["stopped"] is None
        school.at("2026-11-06 10:00").hears_of_refund(order, "200.00", reference="f-2")

        assert block(school, order)["stopped"] == {"at": "2026-11-06T08:00:00Z", "reason": "refunded"}

    def test_paid_when_an_end_by_hand_is_reached(self) -> None:
        """T4: access is closed at its end, so the period begins with the payment."""
        school, order = running()
        school.at("2026-12-01 10:00").renews(order)
        school.does(asked.SetAccessEnd(order=order, at=local("2026-12-10 10:00")))

        school.at("2026-12-10 10:00").pays(order, 2)

        assert block(school, order)["paid_through"] == "2027-01-10T08:00:00Z"

    def test_paid_ahead_of_a_start_to_come(self) -> None:
        """A2: access begins on the day that the terms say, however many periods are paid before it."""
        school, order = running(terms=TermsChange(start=From(at=date(2026, 12, 20))))
        school.renews(order, early=True)
        school.at("2026-11-05 10:00").pays(order, 2)

        assert school.reasons() == ["not_started"]
        assert school.reasons(at="2026-12-20 00:00") == []

    def test_time_given_within_the_grace_of_the_period(self) -> None:
        """The grace is that of the time when its payment was made: access has not ended, so its end is moved."""
        school, order = running()
        school.store.save_project(attrs.evolve(school.project, grace=DAYS_3))
        school.renews(order, early=True)
        school.pays(order, 2)
        school.at("2027-01-02 10:00").does(asked.ExtendAccess(order=order, by=WEEK))

        assert block(school, order)["paid_through"] == "2027-01-08T08:00:00Z"

    def test_time_given_within_a_free_period(self) -> None:
        """A period that costs nothing is moved as any other, and the next one begins at its end."""
        school, order = running(periods=3)
        school.does(asked.EditOrder(order=order, discount=PercentOff(percent=Decimal(100))))
        school.at("2026-12-10 10:00").does(asked.ExtendAccess(order=order, by=Period(days=10)))

        assert school.access().ends_at == local("2027-02-11 10:00")
        assert school.at("2027-02-11 09:59").reasons() == []

    def test_the_one_before_given_back_too(self) -> None:
        """Once the last month was given back, the one before is the last that is paid: its refund stops it again."""
        school, order = running()
        school.renews(order, early=True)
        school.pays(order, 2)
        school.at("2026-11-05 10:00").refunds(order, "300.00", 2)
        school.does(asked.ResumeRenewal(order=order))

        school.at("2026-11-06 10:00").refunds(order, "300.00")

        assert block(school, order)["stopped"] == {"at": "2026-11-06T08:00:00Z", "reason": "refunded"}

    def test_the_next_period_is_like_the_last(self) -> None:
        """Whoever pays in cash by now is not sent to a gateway again."""
        school, order = running()
        school.renews(order, early=True)
        school.does(edit(order, 2, method="cash"))
        school.pays(order, 2)

        school.renews(order, early=True)

        assert school.payment(order, 3).method == "cash"

    def test_a_second_one_beside_one_that_was_paid_again(self) -> None:
        """It had lapsed, and runs again: the second is looked at."""
        school, order = running()
        school.at("2026-12-10 10:00").renews(order)
        school.pays(order, 2)

        second = school.opens()
        school.pays(second)

        assert [item.code.value for item in school.order(second).attention] == ["second_subscription"]

    def test_nothing_is_due_of_a_cancelled_one(self) -> None:
        """The card names no next date."""
        school, order = running()
        school.cancels(order)

        assert block(school, order)["next_due_at"] is None
