"""P13 at its edges: what meets at one instant, what costs nothing, and what was done in another order than usual."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from kwiga_orders.offers import PercentOff
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.events import PaymentEdited
from kwiga_orders.orders.subscriptions import next_charge
from kwiga_orders.payments import Outcome
from kwiga_orders.periods import Period
from kwiga_orders.testing.gateways import Answer
from kwiga_orders.testing.school import local
from tests.laws.dues import noted, ran
from tests.laws.office import Office, edit
from tests.laws.subscribed import DAYS_3, WEEK, block, dues, running, states, subscribed
from tests.laws.test_failed_charges import charges, saved

FREE = PercentOff(percent=Decimal(100))


def free(day: str = "2026-11-01 10:00") -> tuple[Office, str]:
    """Give a subscription whose first period is paid, and whose later ones cost nothing."""
    school, order = running(day)
    school.does(asked.EditOrder(order=order, discount=FREE))
    return school, order


class TestP13Free:
    """Where a period costs nothing access goes on without payments; a pause is never billed; a boundary that was moved
    is the anchor of those after it.
    """

    def test_not_a_period_that_is_asked_for_already(self) -> None:
        """A price edited since is that of the periods made from then on: this one was made, and is not paid."""
        school, order = running()
        school.at("2026-11-10 10:00").renews(order, early=True)
        school.does(asked.EditOrder(order=order, discount=FREE))

        assert school.at("2026-12-05 10:00").reasons() == ["subscription_lapsed"]

    def test_from_the_instant_at_which_it_begins(self) -> None:
        """Made free then, before a job made its payment, it needs none."""
        school, order = running()
        school.at("2026-12-01 10:00").does(asked.EditOrder(order=order, discount=FREE))

        assert school.reasons() == []

    def test_begins_when_it_is_resumed(self) -> None:
        """It costs nothing at that very instant, so access is open from then on."""
        school, order = free()
        school.at("2026-11-10 10:00").does(asked.StopRenewal(order=order))
        school.at("2026-12-20 10:00").does(asked.ResumeRenewal(order=order))

        assert school.reasons() == []

    def test_resumed_before_one_that_is_paid(self) -> None:
        """The free one begins with the resumption, and the one paid after it at its end."""
        school, order = free()
        school.at("2026-11-10 10:00").does(asked.StopRenewal(order=order))
        school.at("2026-12-20 10:00").does(asked.ResumeRenewal(order=order))
        school.at("2026-12-25 10:00").does(asked.EditOrder(order=order, discount=None))
        school.renews(order, early=True)
        school.pays(order, 2)

        assert block(school, order)["paid_through"] == "2027-02-20T08:00:00Z"

    def test_time_given_before_it(self) -> None:
        """It begins where the paid one ends by now, the 31st of January, and ends on the 28th of February."""
        school, order = running("2026-12-01 10:00")
        school.at("2026-12-10 10:00").does(asked.ExtendAccess(order=order, by=Period(days=30)))
        school.does(asked.EditOrder(order=order, discount=FREE))
        school.at("2027-02-05 10:00").does(asked.EditOrder(order=order, discount=None))
        school.at("2027-02-28 10:00").renews(order)
        school.pays(order, 2)

        assert block(school, order)["paid_through"] == "2027-03-31T07:00:00Z"

    def test_time_given_after_it_was_due(self) -> None:
        """A9: it moves the period to where that costs nothing by then, so no payment is made and access goes on."""
        school, order = subscribed(trial=WEEK)
        school.at("2026-11-15 10:00").does(asked.ExtendAccess(order=order, by=Period(days=20)))
        school.at("2026-11-20 10:00").does(asked.EditOrder(order=order, discount=FREE))
        school.at("2026-12-10 10:00").renews(order)

        assert (states(school, order), school.reasons()) == ([], [])

    def test_stopped_when_it_would_begin(self) -> None:
        """Renewal is stopped from that instant on (T4), so access ends there."""
        school, order = free()
        school.at("2026-12-01 10:00").does(asked.StopRenewal(order=order))

        assert school.reasons() == ["subscription_lapsed"]

    def test_time_given_to_what_has_no_end(self) -> None:
        """An end that was set is moved, and the periods go on for ever."""
        school, order = free()
        school.at("2026-12-10 10:00").does(asked.SetAccessEnd(order=order, at=local("2027-02-01 10:00")))
        school.does(asked.ExtendAccess(order=order, by=Period(days=10)))

        assert school.access().ends_at == local("2027-02-11 10:00")

    def test_moved_into_a_pause(self) -> None:
        """A success told late moves the free period to where renewal was stopped: it begins when that was resumed."""
        school, order = subscribed(trial=WEEK)
        school.at("2026-11-08 10:00").renews(order)
        school.does(asked.EditOrder(order=order, discount=FREE))
        school.voids(order)
        school.at("2026-12-12 10:00").does(asked.StopRenewal(order=order))
        school.at("2027-01-02 10:00").does(asked.ResumeRenewal(order=order))

        school.hears(order, Outcome.SUCCEEDED, at=local("2026-11-20 10:00"))

        assert [school.reasons(at=f"{day} 10:00") for day in ("2027-01-01", "2027-01-02", "2027-12-01")] == [
            ["subscription_lapsed"],
            [],
            [],
        ]

    def test_free_only_after_the_pause(self) -> None:
        """When it fell due it cost something, but renewal was stopped; when that was resumed it cost nothing."""
        school, order = running()
        school.at("2026-11-10 10:00").does(asked.StopRenewal(order=order))
        school.at("2026-12-20 10:00").does(asked.EditOrder(order=order, discount=FREE))
        school.at("2027-01-05 10:00").does(asked.ResumeRenewal(order=order))

        assert school.reasons() == []
        assert block(school, order)["next_due_at"] is None

    def test_a_pause_after_it_began(self) -> None:
        """T6: what was closed in the pause stays so when asked about later: a free period runs for one month only."""
        school, order = free()
        school.at("2026-12-10 10:00").does(asked.StopRenewal(order=order))
        school.at("2027-02-10 10:00").does(asked.ResumeRenewal(order=order))

        days = ("2026-12-31", "2027-01-01", "2027-02-09", "2027-02-10")
        assert [bool(school.reasons(at=f"{day} 10:00")) for day in days] == [False, True, True, False]

    def test_frozen_into_a_pause(self) -> None:
        """A frozen trial ends, and the free period begins, only after renewal was stopped: so when it is resumed."""
        school, order = subscribed(trial=WEEK, every=WEEK)
        school.does(asked.EditOrder(order=order, discount=FREE))
        school.at("2026-11-04 10:00").does(asked.FreezeAccess(order=order, period=DAYS_3))
        school.at("2026-11-09 10:00").does(asked.StopRenewal(order=order))
        school.at("2026-11-15 10:00").does(asked.ResumeRenewal(order=order))

        days = ("2026-11-10", "2026-11-11", "2026-11-14", "2026-11-15", "2027-11-15")
        assert [bool(school.reasons(at=f"{day} 10:00")) for day in days] == [False, True, True, False, False]

    def test_a_chargeback_won_within_a_pause(self) -> None:
        """It resumes nothing, since renewal was stopped by hand: the free period begins when that is resumed."""
        school, order = free()
        school.at("2026-12-01 10:00").does(asked.StopRenewal(order=order))
        chargeback: dict[str, Any] = {"chargeback": True, "reference": "c-1"}
        school.at("2026-12-10 10:00").hears_of_refund(order, "300.00", outcome=Outcome.FAILED, **chargeback)
        school.at("2026-12-20 10:00").does(asked.ResumeRenewal(order=order))

        assert [bool(school.reasons(at=f"{day} 10:00")) for day in ("2026-12-19", "2026-12-20")] == [True, False]

    def test_told_by_a_clock_that_is_behind(self) -> None:
        """T8: what was stored last makes the periods to come free, and a period that was paid stays."""
        school, order = free()
        school.at("2026-12-10 10:00").does(asked.EditOrder(order=order, discount=None))
        school.at("2027-01-01 10:00").renews(order)
        school.pays(order, 2)

        school.clock.set(local("2026-11-20 10:00"))
        school.does(asked.EditOrder(order=order, discount=FREE))

        assert school.at("2027-01-15 10:00").reasons() == []


class TestP13AtOneInstant:
    """Every period is half-open (T4). A period that is paid while access is open (grace included) keeps its dates;
    extensions move the end of the running period.
    """

    def test_paid_when_a_chargeback_is_won(self) -> None:
        """Access was open by grace, so the dates are kept, though renewal is resumed at that instant, too."""
        school, order = running(grace=DAYS_3)
        school.at("2026-11-05 10:00").renews(order, early=True)
        chargeback: dict[str, Any] = {"chargeback": True, "reference": "c-1"}
        school.at("2026-11-10 10:00").hears_of_refund(order, "300.00", outcome=Outcome.PENDING, **chargeback)
        school.at("2026-12-02 10:00").hears_of_refund(order, "300.00", outcome=Outcome.FAILED, **chargeback)
        school.hears(order, Outcome.SUCCEEDED, 2)

        assert block(school, order)["paid_through"] == "2027-01-01T08:00:00Z"

    def test_paid_when_the_one_before_is_given_back(self) -> None:
        """Access was open by its grace, but at that instant it is no more: the period begins with the payment."""
        school, order = running(grace=DAYS_3)
        school.renews(order, early=True)
        school.at("2026-12-02 10:00").refunds(order, "300.00")
        school.hears(order, Outcome.SUCCEEDED, 2)

        assert block(school, order)["paid_through"] == "2027-01-02T08:00:00Z"

    def test_time_given_when_a_period_begins(self) -> None:
        """It is the period that begins which runs: it ends on the 1st of February, and 30 days later."""
        school, order = running("2026-12-01 10:00")
        school.renews(order, early=True)
        school.at("2026-12-05 10:00").pays(order, 2)
        school.at("2027-01-01 10:00").does(asked.ExtendAccess(order=order, by=Period(days=30)))

        assert block(school, order)["paid_through"] == "2027-03-03T08:00:00Z"

    def test_a_second_one_when_the_first_lapses(self) -> None:
        """The first runs no more, so there is nothing to look at."""
        school, _ = running()
        second = school.at("2026-12-01 10:00").opens()
        school.pays(second)

        assert school.order(second).attention == ()

    def test_a_second_one_in_a_gap(self) -> None:
        """A period that is forgiven passes without access, though the next one is paid: the first does not run."""
        school, order = running()
        school.renews(order, early=True)
        school.voids(order, 2)
        school.renews(order, early=True)
        school.at("2026-11-05 10:00").pays(order, 3)

        second = school.at("2026-12-10 10:00").opens()
        school.pays(second)

        assert (school.order(order).attention, school.order(second).attention) == ((), ())


class TestP13TakenBack:
    """Money taken back is not paid."""

    def test_access_ends_when_it_is(self) -> None:
        """P14: what is due tells of the end then, though nothing is paid from the first day on by now."""
        school, order = running()
        ran(school)
        school.renews(order, early=True)
        school.at("2026-11-05 10:00").pays(order, 2)
        school.at("2026-11-10 10:00").refunds(order, "300.00")
        ran(school)

        assert [one.due_at for one in noted(school, order)][1:] == [school.now]

    def test_after_access_had_lapsed(self) -> None:
        """N2: one end, one letter: whoever has no access loses none by a refund."""
        school, order = running(every=Period(days=1))
        ran(school)
        school.renews(order, early=True)
        school.at("2026-11-01 11:00").pays(order, 2)
        assert "access_expired" in ran(school, "2026-11-03 10:00")

        school.at("2026-11-03 15:00").refunds(order, "300.00", 2)

        assert ran(school) == []
        assert school.access().reasons[0].until == local("2026-11-02 10:00")

    def test_a_mark_after_access_had_lapsed(self) -> None:
        """P6: as if it had not been, but the letter that access has ended was sent already."""
        school, order = running(every=Period(days=1))
        ran(school)
        school.renews(order, early=True)
        school.at("2026-11-01 11:00").pays(order, 2)
        ran(school, "2026-11-03 10:00")
        school.voids(order, 3)

        school.does(asked.MarkUnpaid(order=order, payment=f"{order}.2", reason="slip"))

        assert "access_expired" not in ran(school)

    def test_of_a_period_paid_after_a_lapse(self) -> None:
        """N2: access was open again by it, so its end is another one, and told of."""
        school, order = running(every=Period(days=7))
        assert "access_expired" in ran(school, "2026-11-08 10:00")
        school.at("2026-11-10 10:00").pays(order, 2)

        school.at("2026-11-12 10:00").refunds(order, "300.00", 2)

        assert ran(school) == ["access_expired"]

    def test_in_the_middle_of_what_was_paid(self) -> None:
        """The period given back was over, and access went on without a gap: nothing has ended."""
        school, order = running(every=Period(days=1))
        ran(school)
        for number in (2, 3):
            school.renews(order, early=True)
            school.pays(order, number)

        school.at("2026-11-03 12:00").refunds(order, "300.00", 2)

        assert ran(school) == []
        assert school.reasons() == []

    def test_at_the_instant_at_which_it_begins(self) -> None:
        """T4: it gave access for no time, so access had lapsed at the end of the period before the one forgiven."""
        school, order = running()
        school.renews(order, early=True)
        school.voids(order, 2)
        school.renews(order, early=True)
        school.pays(order, 3)
        ran(school, "2026-12-01 10:00")

        school.at("2027-01-01 10:00").refunds(order, "300.00", 3)

        assert school.reasons() == ["subscription_lapsed"]
        assert ran(school) == []

    def test_what_it_voids_stays_void(self) -> None:
        """P11: whatever is reported after, of the period that is charged back or of the one whose charge had failed."""
        school, order = subscribed(gateway="wayforpay")
        school.hears(order, Outcome.SUCCEEDED, reference="w-1")
        school.at("2026-12-01 10:00").renews(order)
        school.hears(order, Outcome.FAILED, 2, reference="w-2")
        for day, outcome in ((2, Outcome.PENDING), (10, Outcome.SUCCEEDED)):
            school.at(f"2026-12-{day:02} 10:00")
            school.hears_of_refund(order, "300.00", outcome=outcome, chargeback=True)

        assert states(school, order) == ["refunded", "void"]
        assert school.card(order)["owed"] == "0.00"

    def test_before_its_own_success_is_told(self) -> None:
        """P9, P11: it says that the period was paid, so that is not void, and its money is not late."""
        school, order = subscribed(gateway="wayforpay")
        school.hears_of_refund(order, "300.00", outcome=Outcome.PENDING, chargeback=True)
        school.hears(order, Outcome.SUCCEEDED)

        assert states(school, order) == ["paid"]
        assert [one.code.value for one in school.order(order).attention] == ["chargeback"]


class TestP13Resumed:
    """The next period begins at paid-through or now, whichever is later; a pause is never billed."""

    def test_by_hand_after_a_chargeback_was_won(self) -> None:
        """What resumed it earlier, by itself, does not move the next period back."""
        school, order = running()
        chargeback: dict[str, Any] = {"chargeback": True, "reference": "c-1"}
        school.at("2026-12-05 10:00").hears_of_refund(order, "300.00", outcome=Outcome.PENDING, **chargeback)
        school.at("2026-12-10 10:00").hears_of_refund(order, "300.00", outcome=Outcome.FAILED, **chargeback)
        school.at("2026-12-11 10:00").does(asked.StopRenewal(order=order))
        school.at("2027-02-01 10:00").does(asked.ResumeRenewal(order=order))

        assert block(school, order)["next_due_at"] == "2027-02-01T08:00:00Z"

    def test_by_itself_while_an_end_by_hand_keeps_it_open(self) -> None:
        """The period that is paid keeps its dates: from when renewal was resumed, since a pause is never billed."""
        school, order = running()
        school.does(asked.SetAccessEnd(order=order, at=local("2027-03-01 10:00")))
        chargeback: dict[str, Any] = {"chargeback": True, "reference": "c-1"}
        school.at("2026-11-10 10:00").hears_of_refund(order, "300.00", outcome=Outcome.PENDING, **chargeback)
        school.at("2026-12-10 10:00").hears_of_refund(order, "300.00", outcome=Outcome.FAILED, **chargeback)
        school.renews(order)
        school.at("2026-12-15 10:00").pays(order, 2)

        assert block(school, order)["paid_through"] == "2027-01-10T08:00:00Z"

    def test_at_the_very_end_of_what_is_paid(self) -> None:
        """T2: it goes on from the anchor, the 31st of December: the third period ends on the 31st of March."""
        school, order = running("2026-12-31 10:00")
        school.renews(order, early=True)
        school.pays(order, 2)
        school.does(asked.StopRenewal(order=order))
        school.at("2027-02-28 10:00").does(asked.ResumeRenewal(order=order))
        school.renews(order)
        school.pays(order, 3)

        assert block(school, order)["paid_through"] == "2027-03-31T07:00:00Z"

    def test_stopped_when_the_last_one_is_given_back(self) -> None:
        """Not when the one before was, though that of the last followed."""
        school, order = running()
        school.renews(order, early=True)
        school.pays(order, 2)
        school.at("2026-11-10 10:00").refunds(order, "300.00")
        school.at("2026-11-20 10:00").refunds(order, "300.00", 2)

        assert block(school, order)["stopped"] == {"at": "2026-11-20T08:00:00Z", "reason": "refunded"}

    def test_not_stopped_by_a_refund_that_failed(self) -> None:
        """Only money that is gone stops it: a second try to give it back that comes to nothing is no news."""
        school, order = running()
        school.at("2026-11-05 10:00").hears_of_refund(order, "300.00")
        school.does(asked.ResumeRenewal(order=order))
        school.hears_of_refund(order, "300.00", reference="r-3", outcome=Outcome.FAILED)

        assert block(school, order)["stopped"] is None


class TestP13AnEndByHand:
    """An explicit end replaces paid-through as the end of access until a period is paid that begins at or after it."""

    def test_moved_and_paid_before_it(self) -> None:
        """Access is open by it when the third period is paid, late: its dates are kept."""
        school, order = running()
        school.at("2026-11-10 10:00").does(asked.SetAccessEnd(order=order, at=local("2027-02-01 10:00")))
        school.at("2026-11-11 10:00").does(asked.ExtendAccess(order=order, by=Period(days=1)))
        school.at("2026-12-02 10:00").renews(order)
        school.pays(order, 2)
        school.at("2027-01-02 10:00").renews(order)

        school.at("2027-01-05 10:00").pays(order, 3)

        assert block(school, order)["paid_through"] == "2027-02-02T08:00:00Z"


class TestP13DueByHand:
    """The next period falls due at paid-through, wherever that was moved, and the unpaid payment moves with it; a date
    that a person set stays.
    """

    def test_stays_whatever_else_is_done(self) -> None:
        """Nothing else that is done to the order moves it back."""
        school, order = running()
        school.renews(order, early=True)
        school.does(edit(order, 2, due_at=local("2026-12-05 10:00")))

        school.owes(order, "50.00")

        assert dues(school, order)[1] == local("2026-12-05 10:00")

    def test_stays_when_a_mark_is_taken_back(self) -> None:
        """The payment is unpaid again as it was."""
        school, order = running()
        school.renews(order, early=True)
        school.does(edit(order, 2, due_at=local("2026-12-05 10:00")))
        school.pays(order, 2)

        school.does(asked.MarkUnpaid(order=order, payment=f"{order}.2", reason="slip"))

        assert dues(school, order)[1] == local("2026-12-05 10:00")

    def test_is_told_before_and_after(self) -> None:
        """O10: history says from when to when it was moved."""
        school, order = running()
        school.renews(order, early=True)
        school.does(asked.ExtendAccess(order=order, by=DAYS_3))

        moved = [one.event for one in school.history(order) if isinstance(one.event, PaymentEdited)]

        due = local("2026-12-01 10:00")
        assert [(one.before.due_at, one.after.due_at) for one in moved] == [(due, due + timedelta(days=3))]


class TestP17:
    """A saved means whose charge fails is charged again; after the last, renewal stops."""

    def test_whoever_pays_in_cash_is_not_charged(self) -> None:
        """The period is paid by another method by now: nothing is planned to be charged."""
        school, order = saved()
        school.renews(order, early=True)
        school.does(edit(order, 2, method="cash"))

        ran(school, "2026-12-01 10:00")

        assert next_charge(school.order(order)) is None
        assert charges(school, order) == 0

    def test_the_card_that_was_used_last(self) -> None:
        """Whoever paid the second period with another card is charged on that."""
        school, order = saved()
        school.renews(order, early=True)
        link = school.orders.payment_link(order=order, payment=f"{order}.2")
        school.at("2026-11-10 10:00").gateway.pays(link.url, saves=True)
        school.gateway.delivers(lambda body, headers: school.orders.receive("fake", body, headers))
        newest = school.attempts(order, 2)[-1].means

        ran(school, "2027-01-01 10:00")

        assert newest != school.attempts(order, 1)[-1].means
        assert [one.means for one in school.attempts(order, 3)] == [newest]

    def test_money_that_came_twice_pays_the_next_period(self) -> None:
        """P15: nothing is left to ask for, whatever a person asks for besides; so nothing is charged."""
        school, order = saved()
        school.hears(order, Outcome.SUCCEEDED, 1, reference="w-2")
        school.owes(order, "50.00")

        ran(school, "2026-12-01 10:00")

        assert (school.card(order)["owed"], school.attempts(order, 3)) == ("50.00", ())

    def test_a_failure_of_a_period_that_is_forgiven(self) -> None:
        """Told after the payment was voided it stops renewal, but there is no payment to look at."""
        school, order = saved(retries=())
        school.gateway.script(Answer.PENDS)
        ran(school, "2026-12-01 10:00")
        school.voids(order, 2)

        school.gateway.settles(f"fake-charge-{order}.2.a1", Outcome.FAILED)
        school.gateway.delivers(lambda body, headers: school.orders.receive("fake", body, headers))

        assert block(school, order)["stopped"] == {"at": "2026-12-01T08:00:00Z", "reason": "charge_failed"}
        assert school.order(order).attention == ()
