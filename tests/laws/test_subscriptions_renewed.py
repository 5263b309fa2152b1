"""P13: what stops the renewal of a subscription and what resumes it; ends set by hand, free periods, trials."""

from decimal import Decimal

import attrs
import pytest

from kwiga_orders.offers import PercentOff
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome, Subscribe
from kwiga_orders.testing.school import local
from tests.laws.calendars import MOMENT
from tests.laws.office import Office
from tests.laws.subscribed import MONTH, WEEK, block, dues, running, states, subscribed


class TestP13Stopped:
    """`stop_renewal` ends future payments and voids the unpaid period; access stays until paid-through. Any chargeback,
    and the full refund of the last paid period, stop the renewal as it does; a chargeback won wholly resumes it by
    itself, unless it was stopped by hand. `resume_renewal`: the next period begins at paid-through or now, whichever is
    later.
    """

    def test_stopped(self) -> None:
        """No payment is made any more; what is paid for stays open."""
        school, order = running()
        school.does(asked.StopRenewal(order=order, reason="moves away"))

        school.at("2026-12-15 10:00").renews(order, early=True)

        assert states(school, order) == ["paid"]
        assert school.access(at="2026-11-30 10:00").ends_at == local("2026-12-01 10:00")
        assert block(school, order)["stopped"] == {"at": "2026-11-01T08:00:00Z", "reason": "moves away"}
        assert block(school, order)["next_due_at"] is None

    def test_the_unpaid_period_is_void(self) -> None:
        """Who stops while a period is unpaid is asked for it no more."""
        school, order = running()
        school.at("2026-12-01 10:00").renews(order)

        school.does(asked.StopRenewal(order=order))

        assert states(school, order) == ["paid", "void"]
        assert (school.card(order)["total"], school.card(order)["payment_status"]) == ("300.00", "paid")

    def test_twice_is_once(self) -> None:
        """Stopped again, or resumed again, nothing changes (K2)."""
        school, order = running()

        for kind, name in ((asked.StopRenewal, "renewal.stopped"), (asked.ResumeRenewal, "renewal.resumed")):
            for _ in range(2):
                school.does(kind(order=order))
            assert school.events(order).count(name) == 1

    def test_resumed_in_time(self) -> None:
        """Nothing has moved, not even the day of the month (T2)."""
        school, order = running("2027-01-31 10:00")
        school.does(asked.StopRenewal(order=order))
        school.at("2027-02-10 10:00").does(asked.ResumeRenewal(order=order))
        school.at("2027-02-28 10:00").renews(order)
        school.pays(order, 2)

        assert school.access().ends_at == local("2027-03-31 10:00")

    def test_resumed_later(self) -> None:
        """The next period begins with the resumption: a pause is never billed, nor is what stopping voided."""
        school, order = running()
        school.at("2026-12-01 10:00").renews(order)
        school.does(asked.StopRenewal(order=order))
        school.at("2026-12-20 10:00").does(asked.ResumeRenewal(order=order))

        school.renews(order)

        assert dues(school, order)[2] == school.now
        school.pays(order, 3)
        assert school.access().ends_at == local("2027-01-20 10:00")

    def test_the_last_one_given_back(self) -> None:
        """A full refund of the last paid period stops it, with its reason; resumed, it begins anew from now."""
        school, order = running()
        school.at("2026-12-01 10:00").renews(order)
        school.pays(order, 2)
        school.at("2026-12-05 10:00").refunds(order, "300.00", 2)
        assert block(school, order)["stopped"] == {"at": "2026-12-05T08:00:00Z", "reason": "refunded"}
        stopped = [one.event for one in school.history(order) if one.event.name == "renewal.stopped"]
        assert [(one.by_hand, one.reason) for one in stopped] == [(False, "refunded")]  # type: ignore[union-attr]

        school.at("2026-12-20 10:00").does(asked.ResumeRenewal(order=order))
        school.renews(order)

        assert dues(school, order)[2] == school.now

    def test_refunded_and_resumed(self) -> None:
        """All is given back, so the order is refunded; resumed it asks for the next period."""
        school, order = running()
        school.at("2026-11-10 10:00").refunds(order, "300.00")
        assert (school.card(order)["payment_status"], school.reasons()[0]) == ("refunded", "refunded")

        school.at("2026-12-20 10:00").does(asked.ResumeRenewal(order=order))
        assert school.reasons() == ["subscription_lapsed"]
        school.renews(order)
        assert (school.card(order)["payment_status"], school.reasons()) == ("unpaid", ["subscription_lapsed"])
        school.pays(order, 2)

        assert school.access().ends_at == local("2027-01-20 10:00")

    def test_a_chargeback_and_its_end(self) -> None:
        """Opened it stops, also as to what is unpaid; won wholly it goes on, with what begins now."""
        school, order = running()
        school.at("2026-12-01 10:00").renews(order)
        school.at("2026-12-05 10:00")
        school.hears_of_refund(order, "300.00", chargeback=True, outcome=Outcome.PENDING)
        assert states(school, order) == ["paid", "void"]
        assert block(school, order)["stopped"] == {"at": "2026-12-05T08:00:00Z", "reason": "chargeback"}

        school.at("2026-12-20 10:00")
        school.hears_of_refund(order, "300.00", chargeback=True, outcome=Outcome.FAILED)

        assert (block(school, order)["stopped"], block(school, order)["paid_periods"]) == (None, 1)
        assert "renewal.resumed" in school.events(order)[-2:]
        school.renews(order)
        assert dues(school, order)[2] == school.now

    def test_by_hand_it_stays_stopped(self) -> None:
        """Stopped by hand as well, a chargeback that is won resumes nothing."""
        for first in (True, False):
            school, order = running()
            if first:
                school.does(asked.StopRenewal(order=order))
            school.hears_of_refund(order, "300.00", chargeback=True, outcome=Outcome.PENDING)
            if not first:
                school.does(asked.StopRenewal(order=order))

            school.hears_of_refund(order, "300.00", chargeback=True, outcome=Outcome.FAILED)

            assert block(school, order)["stopped"] is not None

    def test_resumed_by_hand_what_is_known_stops_it_no_more(self) -> None:
        """A person resumed it in spite of the chargeback; only another one stops it again."""
        school, order = running()
        school.hears_of_refund(order, "300.00", chargeback=True, outcome=Outcome.PENDING)
        school.does(asked.ResumeRenewal(order=order))
        school.does(asked.EditOrder(order=order, comment="spoke to her"))
        assert block(school, order)["stopped"] is None

        school.hears_of_refund(order, "10.00", chargeback=True, outcome=Outcome.PENDING, reference="r-2")

        assert block(school, order)["stopped"] is not None


class TestP13End:
    """An explicit end (A10) replaces paid-through as the end of access (reason `expired`) until a period is paid that
    begins at or after it; set to none, it gives paid-through back. What is due stays as it is.
    """

    def test_it_counts_in_place_of_paid_through(self) -> None:
        """Before it, and after it."""
        for at, asked_at in (("2026-11-10 10:00", "2026-11-12 10:00"), ("2027-06-01 10:00", "2027-06-02 10:00")):
            school, order = running()
            school.does(asked.SetAccessEnd(order=order, at=local(at)))

            assert school.access().ends_at == local(at)
            assert school.reasons(at=asked_at) == ["expired"]
            assert block(school, order)["next_due_at"] == "2026-12-01T08:00:00Z"

    def test_none_gives_paid_through_back(self) -> None:
        """Set to none, what is paid counts again."""
        school, order = running()
        school.does(asked.SetAccessEnd(order=order, at=local("2026-11-10 10:00")))
        school.does(asked.SetAccessEnd(order=order, at=None))

        assert school.access().ends_at == local("2026-12-01 10:00")
        assert school.reasons(at="2027-01-10 10:00") == ["subscription_lapsed"]

    def test_lifted_by_a_period_that_begins_after_it(self) -> None:
        """Paid ahead it opens at once; given back, the end counts again."""
        school, order = running()
        school.does(asked.SetAccessEnd(order=order, at=local("2026-11-20 10:00")))
        school.at("2026-11-25 10:00").renews(order, early=True)
        assert school.reasons() == ["expired"]

        school.pays(order, 2)
        assert school.access().ends_at == local("2027-01-01 10:00")
        school.at("2026-11-26 10:00").refunds(order, "300.00", 2)
        assert school.reasons() == ["expired"]

    def test_not_by_one_that_begins_before_it(self) -> None:
        """A month that is paid before the end comes leaves it where it is."""
        school, order = running()
        school.does(asked.SetAccessEnd(order=order, at=local("2026-12-20 10:00")))
        school.at("2026-12-01 10:00").renews(order)
        school.pays(order, 2)

        assert school.access().ends_at == local("2026-12-20 10:00")

    def test_nor_by_one_that_was_paid_before_it_was_set(self) -> None:
        """Who has paid ahead and gets an end has that end."""
        school, order = running()
        school.renews(order, early=True)
        school.pays(order, 2)
        school.at("2026-11-05 10:00").does(asked.SetAccessEnd(order=order, at=local("2026-11-20 10:00")))

        assert school.access().ends_at == local("2026-11-20 10:00")


class TestP13Once:
    """A trial is given once for a contact and offer, opened again the first period is due at once. When a subscription
    is activated while the contact has another running one (activated, not stopped, not lapsed; trials count) of the
    same offer, the new order raises attention (`second_subscription`).
    """

    def test_the_trial_is_given_once(self) -> None:
        """Also if the first one was cancelled; another contact has it still."""
        school, first = subscribed(trial=WEEK)
        school.cancels(first)

        second, other = school.opens(), school.opens(contact="taras")

        assert dues(school, second) == [school.now]
        assert (school.card(second)["total"], school.reasons()) == ("300.00", ["not_paid"])
        assert dues(school, other) == []

    def test_another_option_uses_no_trial_up(self) -> None:
        """Who subscribed without a trial, or was only shown the offer, has it still."""
        school = Office().at("2026-11-01 10:00")
        plain = Subscribe(id="sub", amount=Decimal(300), every=MONTH)
        school.sells(price="300.00", options=[plain, attrs.evolve(plain, id="try", trial=WEEK)])
        school.pays(school.opens(option="sub"))

        assert dues(school, school.opens(option="try")) == []

    @pytest.mark.parametrize(
        ("ends", "codes"),
        [
            (None, ["second_subscription"]),
            (asked.StopRenewal, []),
            (asked.CancelOrder, []),
        ],
    )
    def test_a_second_one(self, ends: type[asked.OrderCommand] | None, codes: list[str]) -> None:
        """The new order is to be looked at, unless the first one runs no more."""
        school, first = running()
        if ends is not None:
            school.does(ends(order=first))
        second = school.opens()
        assert school.card(second)["attention"] == []

        school.at("2026-11-10 10:00").pays(second)

        assert [one["code"] for one in school.card(second)["attention"]] == codes
        assert school.card(first)["attention"] == []

    def test_beside_one_that_has_lapsed(self) -> None:
        """Who comes back has one subscription."""
        school, _ = running()
        second = school.opens()

        school.at("2026-12-02 10:00").pays(second)

        assert school.card(second)["attention"] == []

    def test_beside_a_trial(self) -> None:
        """A trial that runs counts."""
        school, _ = subscribed(trial=WEEK)
        second = school.opens()
        school.pays(second)

        assert [one["code"] for one in school.card(second)["attention"]] == ["second_subscription"]


class TestP13Free:
    """Where a period costs nothing access goes on without payments."""

    def test_it_goes_on(self) -> None:
        """It does not lapse, nothing falls due, and a price that comes back counts from the next period on."""
        school, order = running()
        school.does(asked.EditOrder(order=order, discount=PercentOff(percent=Decimal(100))))
        school.at("2027-01-15 10:00").renews(order)
        assert (school.access().open, school.access().ends_at) == (True, None)
        assert states(school, order) == ["paid"]
        assert block(school, order)["next_due_at"] is None

        school.does(asked.EditOrder(order=order, discount=None))

        assert school.access().ends_at == local("2027-02-01 10:00")
        school.at("2027-02-01 10:00").renews(order)
        assert (dues(school, order)[1], school.order(order).payments[1].period) == (school.now, 4)

    def test_for_the_number_of_periods(self) -> None:
        """A free period is one of them."""
        school, order = running(periods=3)
        school.does(asked.EditOrder(order=order, discount=PercentOff(percent=Decimal(100))))

        assert school.access().ends_at == local("2027-02-01 10:00")

    def test_until_it_is_stopped(self) -> None:
        """Stopped, it ends with the period that is running."""
        school, order = running()
        school.does(asked.EditOrder(order=order, discount=PercentOff(percent=Decimal(100))))
        school.at("2027-01-15 10:00").does(asked.StopRenewal(order=order))
        assert school.access().ends_at == local("2027-02-01 10:00")

        school.at("2027-03-10 10:00").does(asked.ResumeRenewal(order=order))

        assert (school.access().open, school.access().ends_at) == (True, None)

    def test_what_fell_due_before_is_owed(self) -> None:
        """A period that was not free when it began is made, whether or not a job ran in time."""
        school, order = running()
        school.at("2026-12-10 10:00").does(asked.EditOrder(order=order, discount=PercentOff(percent=Decimal(100))))
        assert school.reasons() == ["subscription_lapsed"]

        school.renews(order)

        assert school.payment(order, 2).amount.amount == "300.00"


class TestP13Trial:
    """With a trial nothing is paid at creation (total 0, the order is activated, no money event fires); its end is the
    anchor, and the first payment, which closes nothing, falls due then.
    """

    def test_begins(self) -> None:
        """It is open at once, up to the end of the trial, and stands where subscriptions start."""
        school, order = subscribed(trial=WEEK)

        card = school.card(order)
        assert (card["total"], card["payments"], card["status"]) == ("0.00", [], "subscription")
        assert school.events(order) == ["order.created", "order.subscribed", "order.activated"]
        assert school.notifier.letters == ["access_granted"]
        assert (school.access().open, school.access().ends_at) == (True, local("2026-11-08 10:00"))
        assert block(school, order)["paid_through"] is None

    def test_the_first_payment(self) -> None:
        """It falls due when the trial ends; what closes access until it is paid is that the trial is over."""
        school, order = subscribed(trial=WEEK)
        school.clock.set(local("2026-11-08 10:00") - MOMENT)
        school.renews(order)
        assert school.order(order).payments == ()

        school.at("2026-11-08 10:00").renews(order)

        payment = school.payment(order)
        assert (payment.due_at, payment.closes_access) == (school.now, False)
        assert school.card(order)["payment_status"] == "unpaid"
        assert school.reasons() == ["subscription_lapsed"]

    def test_paid_while_it_runs(self) -> None:
        """The first period begins at its end; access started with the trial."""
        school, order = subscribed(trial=WEEK)
        began = school.now
        school.at("2026-11-03 10:00").renews(order, early=True)
        school.pays(order)

        assert (school.access().starts_at, school.access().ends_at) == (began, local("2026-12-08 10:00"))
        assert school.events(order).count("order.activated") == 1

    def test_paid_after_it(self) -> None:
        """The first period begins with the payment."""
        school, order = subscribed(trial=WEEK)
        school.at("2026-11-10 12:00").renews(order)
        school.pays(order)

        assert school.access().ends_at == local("2026-12-10 12:00")

    def test_stopped(self) -> None:
        """The trial runs to its end, and nothing is asked for."""
        school, order = subscribed(trial=WEEK)
        school.does(asked.StopRenewal(order=order))

        school.at("2026-11-08 10:00").renews(order)

        assert (states(school, order), school.reasons()) == ([], ["subscription_lapsed"])

    def test_given_back_while_it_runs(self) -> None:
        """The first period, paid ahead, is given back: the trial goes on all the same (P7)."""
        school, order = subscribed(trial=WEEK)
        school.renews(order, early=True)
        school.pays(order)
        school.at("2026-11-03 10:00").refunds(order, "300.00")

        assert school.card(order)["payment_status"] == "refunded"
        assert (school.access().open, school.access().ends_at) == (True, local("2026-11-08 10:00"))
        assert school.reasons(at="2026-11-08 10:00") == ["refunded", "subscription_lapsed"]

    def test_a_note_during_the_trial(self) -> None:
        """No money event fires later either, as long as no money moved."""
        school, order = subscribed(trial=WEEK)

        school.does(asked.EditOrder(order=order, comment="keen"))

        assert "order.paid" not in school.events(order)

    def test_never_paid(self) -> None:
        """Cancelled, it has not become paid; nor has one without a trial that was never paid."""
        school, order = subscribed(trial=WEEK)
        school.at("2026-11-08 10:00").renews(order)
        school.cancels(order)
        assert school.card(order)["payment_status"] == "unpaid"
        assert "order.paid" not in school.events(order)

        school, order = subscribed()
        school.cancels(order)
        card = school.card(order)
        assert (card["payment_status"], card["status"], card["activated_at"]) == ("unpaid", "subscription", None)
