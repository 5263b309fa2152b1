"""P13: subscriptions, period by period."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome, Subscribe
from kwiga_orders.periods import Period, later
from kwiga_orders.project import Project
from kwiga_orders.terms import TermsChange, Until
from kwiga_orders.testing.school import local
from tests.laws.calendars import MOMENT, wall
from tests.laws.office import Office

KYIV = ZoneInfo("Europe/Kyiv")
MONTH = Period(months=1)
WEEK = Period(days=7)


def subscribed(
    day: str = "2026-11-01 10:00", *, grace: Period | None = None, terms: TermsChange | None = None, **fields: Any
) -> tuple[Office, str]:
    """Give a school and a subscription opened there, 300 a month if not said otherwise; nothing is paid."""
    school = Office(project=Project(id="school", timezone="Europe/Kyiv", currency="UAH", grace=grace)).at(day)
    option = Subscribe(**{"id": "sub", "amount": Decimal(300), "every": MONTH, **fields})
    school.sells(options=[option], terms=terms or TermsChange())
    return school, school.opens()


def dues(school: Office, order: str) -> list[datetime]:
    """Give when each period's payment is due, in order of making."""
    return [payment.due_at for payment in school.order(order).payments]


class TestP13:
    """Subscription: each paid period extends paid-through by one period from the anchor (paid late does not move it);
    access ends at paid-through (plus grace), reason `subscription_lapsed`. The payment of the next period is made when
    it falls due, one with each `renew`; the total is the sum of the periods made; due dates stay those of the anchor.
    """

    def test_born(self) -> None:
        """It is not free: nothing is open and nobody is told so until its first payment, due now, is paid."""
        school, order = subscribed()

        card = school.card(order)
        assert (card["type"], card["status"], card["payment_status"]) == ("subscription", "subscription", "unpaid")
        assert (card["total"], card["activated_at"]) == ("300.00", None)
        assert dues(school, order) == [school.now]
        assert school.events(order) == ["order.created", "order.subscribed", "payment.added"]
        assert school.reasons() == ["not_paid"]
        assert school.notifier.letters == []

    def test_paid_through(self) -> None:
        """Paid, it is open up to one month after the anchor; at that instant it has lapsed."""
        school, order = subscribed()
        school.pays(order)
        through = local("2026-12-01 10:00")

        access = school.access()
        assert (access.open, access.ends_at, access.next_change_at) == (True, through, through)
        plan = school.orders.plan(contact="olena", product="python")
        assert plan.access(through - MOMENT).open
        (reason,) = plan.access(through).reasons
        assert (reason.code, reason.until) == ("subscription_lapsed", through)

    @given(
        every=st.sampled_from([MONTH, Period(months=3), WEEK, Period(days=30)]),
        day=st.sampled_from(["2026-10-31 10:00", "2027-01-31 23:30", "2026-02-28 03:30", "2026-03-29 02:30"]),
        delays=st.lists(st.integers(0, 100), min_size=1, max_size=6),
    )
    def test_paid_late(self, every: Period, day: str, delays: list[int]) -> None:
        """However late each is paid, the payment of the nth period is due n − 1 periods after the anchor, and once paid
        access ends n periods after the anchor.
        """
        school, order = subscribed(day, every=every)
        anchor = school.now

        for number, delay in enumerate(delays, start=1):
            due_at = anchor if number == 1 else later(anchor, every, zone=KYIV, count=number - 1)
            school.clock.set(max(school.now, due_at) + timedelta(days=delay))
            school.renews(order)
            assert school.payment(order, number).due_at == due_at
            school.pays(order, number)
            assert school.access().ends_at == later(anchor, every, zone=KYIV, count=number)

    def test_month_ends(self) -> None:
        """From the 31st: each month's last day, and the 31st again where there is one (T2)."""
        school, order = subscribed("2027-01-31 10:00")
        for day in ("2027-03-01", "2027-04-01", "2027-05-01"):
            school.at(f"{day} 10:00").renews(order)

        assert [wall(due_at, KYIV).date().isoformat() for due_at in dues(school, order)] == [
            "2027-01-31",
            "2027-02-28",
            "2027-03-31",
            "2027-04-30",
        ]

    def test_one_with_each_renew(self) -> None:
        """The next payment is made when it is due, not before; of several that are due, one at a time."""
        school, order = subscribed()
        school.clock.set(local("2026-12-01 10:00") - MOMENT)
        version = school.order(order).version

        school.renews(order)
        assert school.order(order).version == version
        school.at("2027-01-15 10:00")
        for made in (2, 3, 3):
            school.renews(order)
            assert len(school.order(order).payments) == made

    def test_what_the_next_payment_is_like(self) -> None:
        """It is of the agreed amount, paid as the period before it, and closes access when it is overdue."""
        school, order = subscribed()
        school.does(asked.EditPayment(order=order, payment=f"{order}.1", gateway="stripe", amount=Decimal(1)))
        school.owes(order, "50.00", method="cash")

        school.at("2026-12-05 10:00").renews(order)

        first, _, second = school.order(order).payments
        assert (first.closes_access, second.closes_access) == (False, True)
        assert (second.amount.amount, second.gateway, second.method) == ("300.00", "stripe", "cashless")
        assert (second.created_at, second.due_at) == (school.now, local("2026-12-01 10:00"))

    def test_between_periods_it_is_paid(self) -> None:
        """The total is the sum of the periods made, so each period owes, and is paid, by itself."""
        school, order = subscribed()
        school.pays(order)
        assert school.card(order)["payment_status"] == "paid"

        school.at("2026-12-01 10:00").renews(order)
        card = school.card(order)
        assert (card["total"], card["balance"], card["payment_status"]) == ("600.00", "300.00", "partially_paid")
        assert school.reasons() == ["subscription_lapsed"]
        school.pays(order, 2)

        assert school.card(order)["payment_status"] == "paid"
        assert school.events(order).count("order.paid") == 2
        assert school.reasons() == []

    def test_a_number_of_periods(self) -> None:
        """After the last period no payment is made, and access ends."""
        school, order = subscribed(periods=2)
        school.pays(order)
        school.at("2026-12-01 10:00").renews(order)
        school.pays(order, 2)

        school.at("2027-06-01 10:00").renews(order)

        assert len(school.order(order).payments) == 2
        assert school.access(at="2026-12-31 10:00").ends_at == local("2027-01-01 10:00")

    def test_grace(self) -> None:
        """Access ends some days after paid-through, by the project's grace."""
        school, order = subscribed(grace=Period(days=3))
        school.pays(order)
        school.at("2026-12-01 10:00").renews(order)

        assert school.access().ends_at == local("2026-12-04 10:00")
        assert school.reasons() == []
        assert school.reasons(at="2026-12-04 10:00") == ["subscription_lapsed"]

    def test_the_second_period_first(self) -> None:
        """What opens with full payment stays closed while a period before is owed, and the letter names no window."""
        school = Office()
        school.offers(payment_options=(Subscribe(id="sub", amount=Decimal(300), every=MONTH),), opens_on="full_payment")
        order = school.opens()
        school.at("2026-12-01 10:00").renews(order)

        school.pays(order, 2)

        assert school.reasons() == ["not_paid"]
        assert school.notifier.letters == ["payment_succeeded", "subscription_renewed"]
        assert school.notifier.rows[-1].data["products"] == [{"product": "python"}]

    def test_not_a_subscription(self) -> None:
        """Only a subscription is renewed, stopped or resumed."""
        school = Office()
        order = school.sold()

        for kind in (asked.Renew, asked.StopRenewal, asked.ResumeRenewal):
            assert school.refused(kind(order=order)) == "order.not_subscription"

    def test_cancelled(self) -> None:
        """It closes at once, as any order, and is not renewed."""
        school, order = subscribed()
        school.pays(order)

        school.at("2026-11-05 10:00").cancels(order)

        assert school.reasons() == ["order_cancelled"]
        assert school.refused(asked.Renew(order=order)) == "order.cancelled"

    def test_the_terms_end_it_too(self) -> None:
        """The end of the offer's terms counts, if it comes before paid-through."""
        until = TermsChange(duration=Until(at=local("2026-11-20 10:00")))
        school, order = subscribed(terms=until)
        school.pays(order)

        assert school.access().ends_at == local("2026-11-20 10:00")
        assert school.reasons(at="2026-12-02 10:00") == ["expired", "subscription_lapsed"]


class TestP13Trial:
    """With a trial nothing is paid at creation (total 0, the order is activated, no money event fires); its end is the
    anchor and the first paid-through, and the first payment, which closes nothing, falls due then.
    """

    def test_begins(self) -> None:
        """It is open at once, up to the end of the trial, and stands where subscriptions start."""
        school, order = subscribed(trial=WEEK)

        card = school.card(order)
        assert (card["total"], card["payments"], card["status"]) == ("0.00", [], "subscription")
        assert school.events(order) == ["order.created", "order.subscribed", "order.activated"]
        assert school.notifier.letters == ["access_granted"]
        assert (school.access().open, school.access().ends_at) == (True, local("2026-11-08 10:00"))

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

    def test_paid(self) -> None:
        """Each paid period counts from the end of the trial; access started with the trial."""
        school, order = subscribed(trial=WEEK)
        began = school.now
        for number in (1, 2):
            school.at(f"2026-1{number}-10 10:00").renews(order)
            school.pays(order, number)

        assert dues(school, order) == [local("2026-11-08 10:00"), local("2026-12-08 10:00")]
        assert (school.access().starts_at, school.access().ends_at) == (began, local("2027-01-08 10:00"))
        assert school.events(order).count("order.activated") == 1

    def test_a_note_during_the_trial(self) -> None:
        """No money event fires later either, as long as no money moved."""
        school, order = subscribed(trial=WEEK)

        school.does(asked.EditOrder(order=order, comment="keen"))

        assert "order.paid" not in school.events(order)


class TestP13Renewal:
    """`stop_renewal` ends future payments, access stays until paid-through; a renewal resumed after a pause begins with
    the period missed. An extension moves paid-through; an explicit end replaces it (reason `expired`).
    """

    def test_stopped(self) -> None:
        """No payment is made any more; what is paid for stays open."""
        school, order = subscribed()
        school.pays(order)
        school.does(asked.StopRenewal(order=order))

        school.at("2026-12-15 10:00").renews(order)

        assert len(school.order(order).payments) == 1
        assert school.access(at="2026-11-30 10:00").ends_at == local("2026-12-01 10:00")

    def test_twice_is_once(self) -> None:
        """Stopped again, or resumed again, nothing changes (K2)."""
        school, order = subscribed()

        for kind, name in ((asked.StopRenewal, "renewal.stopped"), (asked.ResumeRenewal, "renewal.resumed")):
            for _ in range(2):
                school.does(kind(order=order))
            assert school.events(order).count(name) == 1

    def test_resumed(self) -> None:
        """It begins with the period missed, due when it always was."""
        school, order = subscribed()
        school.pays(order)
        school.does(asked.StopRenewal(order=order))
        school.at("2027-02-15 10:00").does(asked.ResumeRenewal(order=order))

        for number in (2, 3):
            school.renews(order)
            school.pays(order, number)

        assert dues(school, order)[1:] == [local("2026-12-01 10:00"), local("2027-01-01 10:00")]
        assert school.access().ends_at == local("2027-02-01 10:00")

    def test_extended(self) -> None:
        """It moves paid-through, of this and of all later periods; no due date."""
        school, order = subscribed()
        school.pays(order)

        school.does(asked.ExtendAccess(order=order, by=Period(days=10)))

        assert school.access().ends_at == local("2026-12-11 10:00")
        school.at("2026-12-01 10:00").renews(order)
        school.pays(order, 2)
        assert dues(school, order)[1] == local("2026-12-01 10:00")
        assert school.access().ends_at == local("2027-01-11 10:00")

    def test_frozen(self) -> None:
        """It moves paid-through by what was frozen; no due date."""
        school, order = subscribed()
        school.pays(order)

        school.does(asked.FreezeAccess(order=order, period=WEEK))

        school.at("2026-12-01 10:00").renews(order)
        assert dues(school, order)[1] == school.now
        assert school.access(at="2026-11-20 10:00").ends_at == local("2026-12-08 10:00")

    @pytest.mark.parametrize(("at", "reasons"), [("2026-11-10 10:00", ["expired"]), (None, [])])
    def test_an_explicit_end(self, at: str | None, reasons: list[str]) -> None:
        """It counts instead of paid-through, also if it is none at all."""
        school, order = subscribed()
        school.pays(order)

        school.does(asked.SetAccessEnd(order=order, at=None if at is None else local(at)))

        assert school.access().ends_at == (None if at is None else local(at))
        assert school.reasons(at="2027-01-10 10:00") == reasons


class TestP13Void:
    """What is void is not owed; it was not paid either, so it gives nothing and makes nothing free."""

    def test_the_only_period(self) -> None:
        """Cancelled before anything was paid, it is neither paid nor activated, and stays where it stood."""
        school, order = subscribed()

        school.cancels(order)

        card = school.card(order)
        assert (card["payment_status"], card["status"], card["activated_at"]) == ("unpaid", "subscription", None)
        assert school.events(order)[-2:] == ["order.cancelled", "payment.voided"]
        assert school.notifier.letters == []

    def test_after_a_trial(self) -> None:
        """Who does not go on after the trial has not paid."""
        school, order = subscribed(trial=WEEK)
        school.at("2026-11-08 10:00").renews(order)

        school.cancels(order)

        assert school.card(order)["payment_status"] == "unpaid"
        assert "order.paid" not in school.events(order)

    def test_a_twin(self) -> None:
        """Of a subscription opened twice the one that is paid stays; the other is void, and not renewed (O3)."""
        school, first = subscribed()
        second = school.opens()
        school.pays(second)

        assert school.payment(first).is_void
        assert school.order(first).activated_at is None
        assert school.order(first).superseded_by == second
        school.at("2027-01-01 10:00").renews(first)
        assert len(school.order(first).payments) == 1

    def test_a_period(self) -> None:
        """It is no part of the total; the next renewal makes it again, so that what is paid for is given."""
        school, order = subscribed()
        school.pays(order)
        school.at("2026-12-01 10:00").renews(order)

        school.voids(order, 2)
        assert school.card(order)["total"] == "300.00"
        school.at("2026-12-20 10:00").renews(order)
        school.pays(order, 3)

        assert dues(school, order)[1:] == [local("2026-12-01 10:00")] * 2
        assert school.access().ends_at == local("2027-01-01 10:00")
        assert school.card(order)["payment_status"] == "paid"

    def test_paid_after_all(self) -> None:
        """Money that comes for a void period pays it, and is flagged (P6)."""
        school, order = subscribed()
        school.pays(order)
        school.at("2026-12-01 10:00").renews(order)
        school.voids(order, 2)

        school.hears(order, Outcome.SUCCEEDED, 2, amount="300.00")

        card = school.card(order)
        assert (card["total"], card["paid"], card["needs_attention"]) == ("600.00", "600.00", True)
        assert school.access().ends_at == local("2027-01-01 10:00")
