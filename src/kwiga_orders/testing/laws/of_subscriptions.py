"""Laws of subscriptions: a paid month gives a month of access, and nothing else does."""

from datetime import datetime, timedelta

import attrs

from kwiga_orders.extras import extra
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome, SavedMeans, Subscribe
from kwiga_orders.periods import Period, later, zone_named
from kwiga_orders.queries import OrderQuery
from kwiga_orders.testing.gateways import Answer
from kwiga_orders.testing.laws import drawn
from kwiga_orders.testing.laws.desk import MOMENT, Desk
from kwiga_orders.testing.laws.law import Draw, Laws, Met, law

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["SubscriptionLaws"]

_DAY = timedelta(days=1)


class SubscriptionLaws(Laws):
    """P13, P17: subscriptions."""

    def subscribed(self, desk: Desk, *, trial: Period | None = None, periods: int | None = None) -> str:
        """Give a new monthly subscription, paid if it has no trial."""
        option = Subscribe(id="sub", amount=desk.amount(300), every=Period(months=1), trial=trial, periods=periods)
        return desk.bought(option=option)

    @law("P13")
    def test_access_lapses_by_itself(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Access ends one month and the grace after the payment, whether or not a job has run."""
        now = draw(drawn.instants(), "paid at")
        desk.at(now)
        self.subscribed(desk)
        grace, zone = desk.school.project.grace, zone_named(desk.zone)
        ends_at = drawn.months_after(now, 1, desk.zone)
        ends_at = ends_at if grace is None else later(ends_at, grace, zone=zone)
        met()

        assert (desk.is_open(ends_at - MOMENT), desk.is_open(ends_at)) == (True, False)
        assert desk.codes(ends_at) == ["subscription_lapsed"]

    @law("P13")
    def test_periods_are_counted_from_the_anchor(self, desk: Desk, draw: Draw, met: Met) -> None:
        """If payments are in time, the k-th period begins k months after the first."""
        now = draw(drawn.instants(), "paid at")
        desk.at(now)
        order = self.subscribed(desk)
        met(now.day > 28)
        for number in range(1, draw(st.integers(2, 4), "months")):
            due_at = drawn.months_after(now, number, desk.zone)
            desk.at(due_at - MOMENT)
            desk.does(asked.Renew(order=order))
            assert len(desk.order(order).payments) == number
            desk.at(due_at)
            desk.does(asked.Renew(order=order))
            assert desk.order(order).payments[number].due_at == due_at
            desk.pays(order, number + 1)

    @law("P13")
    def test_debts_do_not_pile_up(self, desk: Desk, draw: Draw, met: Met) -> None:
        """While a period is unpaid, no other payment is made, and never more than there are periods."""
        periods = draw(st.integers(1, 3), "periods")
        order = self.subscribed(desk, periods=periods)
        for _ in range(4):
            desk.passes(_DAY * draw(st.integers(32, 80)))
            desk.does(asked.Renew(order=order))
            desk.does(asked.Renew(order=order, early=True))
            payments = desk.order(order).payments
            assert sum(one.state.value == "unpaid" for one in payments) <= 1
            assert len(payments) <= periods
            if payments[-1].state.value == "unpaid":
                desk.pays(order, len(payments))
        met()

    @law("P13")
    def test_who_pays_late_has_a_month(self, desk: Desk, draw: Draw, met: Met) -> None:
        """If a period is paid after access has lapsed, it begins with the payment."""
        order = self.subscribed(desk)
        desk.passes(_DAY * draw(st.integers(45, 200), "days later"))
        assert not desk.is_open()
        desk.does(asked.Renew(order=order))
        desk.pays(order, 2)
        ends_at = drawn.months_after(desk.school.now, 1, desk.zone)
        met()

        assert desk.is_open(ends_at - MOMENT)

    @law("P13")
    def test_a_frozen_month_is_not_owed(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Freezes and extensions move the next due date."""
        now = draw(drawn.instants(), "paid at")
        desk.at(now)
        order = self.subscribed(desk)
        length = draw(drawn.of_days(40), "for")
        kind = draw(st.sampled_from(("freeze", "extend")))
        if kind == "freeze":
            desk.does(asked.FreezeAccess(order=order, period=length))
        else:
            desk.does(asked.ExtendAccess(order=order, by=length))
        due_at = later(drawn.months_after(now, 1, desk.zone), length, zone=zone_named(desk.zone))
        met()
        for at, count in ((due_at - _DAY, 1), (due_at + _DAY, 2)):
            desk.at(at)
            desk.does(asked.Renew(order=order))
            assert len(desk.order(order).payments) == count

    @law("P13")
    def test_money_taken_back_is_not_paid(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A charged back period, the first or a later one, gives no access and stops the renewal."""
        option = Subscribe(id="sub", amount=desk.amount(300), every=Period(months=1))
        order = desk.sold(option=option)
        desk.does(desk.report(order, Outcome.SUCCEEDED))
        count = draw(st.integers(1, 2), "periods")
        if count == 2:
            # the first period is over by now, so only the second one gives access
            desk.passes(_DAY * 31)
            desk.does(asked.Renew(order=order))
            desk.does(desk.report(order, Outcome.SUCCEEDED, "w-2", number=2))
        met(count == 2)
        assert desk.is_open()
        desk.passes(_DAY * draw(st.integers(1, 20), "days later"))
        desk.does(desk.report_of_refund(order, Outcome.SUCCEEDED, 300, number=count, chargeback=True))

        assert not desk.is_open()
        assert "chargeback" in desk.attention(order)
        desk.passes(_DAY * 40)
        desk.does(asked.Renew(order=order, early=True))
        assert len(desk.order(order).payments) == count

    @law("P13")
    def test_a_pause_is_never_billed(self, desk: Desk, draw: Draw, met: Met) -> None:
        """After a stop, access lasts as long as it is paid; resumed later, the next period begins then."""
        now = draw(drawn.instants(), "paid at")
        desk.at(now)
        order = self.subscribed(desk)
        desk.does(asked.StopRenewal(order=order))
        assert desk.is_open(drawn.months_after(now, 1, desk.zone) - MOMENT)
        desk.passes(_DAY * draw(st.integers(40, 100), "days later"))
        desk.does(asked.Renew(order=order))
        assert len(desk.order(order).payments) == 1
        met()

        desk.does(asked.ResumeRenewal(order=order))
        desk.does(asked.Renew(order=order))
        assert desk.order(order).payments[1].due_at == desk.school.now

    @law("P13")
    def test_a_void_period_is_forgiven(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A voided period passes without access and is not made again; the next one begins at its end."""
        now = draw(drawn.instants(), "paid at")
        desk.at(now)
        order = self.subscribed(desk)
        desk.at(drawn.months_after(now, 1, desk.zone))
        desk.does(asked.Renew(order=order))
        desk.does(asked.VoidPayment(order=order, payment=f"{order}.2"))
        desk.does(asked.Renew(order=order))
        met()

        assert len(desk.order(order).payments) == 2
        desk.at(drawn.months_after(now, 2, desk.zone))
        desk.does(asked.Renew(order=order))
        assert desk.order(order).payments[2].due_at == desk.school.now

    @law("P13")
    def test_a_trial_is_given_once(self, desk: Desk, draw: Draw, met: Met) -> None:
        """During the trial access is open and nothing is owed; opened again, the first period is due at once."""
        trial = draw(drawn.of_days(30), "trial")
        option = Subscribe(id="sub", amount=desk.amount(300), every=Period(months=1), trial=trial)
        offer = desk.offers(option=option)
        desk.opens(offer)
        met()
        assert desk.is_open()

        again = desk.order(desk.opens(offer))
        assert [one.due_at for one in again.payments] == [desk.school.now]

    @law("P13")
    def test_who_pays_early_keeps_the_dates(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A period paid while access is open, in the grace too, keeps its dates; so does a period paid in advance."""
        grace = draw(drawn.of_days(9) | st.none(), "grace")
        desk.sets(grace=grace)
        now = draw(drawn.instants(), "paid at")
        desk.at(now)
        order = self.subscribed(desk)
        due_at = drawn.months_after(now, 1, desk.zone)
        lapses_at = due_at if grace is None else later(due_at, grace, zone=desk.tz)
        after = draw(st.integers(-3, 3) | st.integers(-20, 12), "paid days after")
        pays_at = due_at + _DAY * after
        desk.at(pays_at)
        desk.does(asked.Renew(order=order, early=True))
        desk.pays(order, 2)
        in_time = pays_at < lapses_at or pays_at <= due_at
        met(due_at < pays_at)
        begins_at = due_at if in_time else pays_at
        through = drawn.months_after(now, 2, desk.zone) if in_time else drawn.months_after(begins_at, 1, desk.zone)
        shown = desk.school.orders.ask(OrderQuery(order=order))["subscription"]

        assert shown is not None
        assert shown["paid_through"] is not None
        assert datetime.fromisoformat(shown["paid_through"]) == through
        assert shown["paid_periods"] == 2

    @law("P13")
    def test_a_free_period_goes_on(self, desk: Desk, draw: Draw, met: Met) -> None:
        """The price of the line is that of a period: lowered, the next one is cheaper; at zero, access does not end."""
        subscribe = Subscribe(id="sub", amount=desk.amount(300), every=Period(months=1))
        order = desk.bought(300, option=subscribe)
        price = draw(st.sampled_from((0, 100, 300)), "price from now on")
        desk.does(asked.EditLine(order=order, product=desk.product, price=desk.amount(price)))
        desk.passes(_DAY * 40)
        desk.does(asked.Renew(order=order))
        met(price == 0)
        made = [one.amount.minor for one in desk.order(order).payments]

        assert made == ([300, price] if price else [300])
        assert desk.is_open() is (price == 0)

    @law("P13")
    def test_stopped_by_hand_only_a_hand_resumes_it(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A chargeback that was won resumes the renewal that it stopped, unless a person has stopped it, too."""
        order = desk.sold(option=Subscribe(id="sub", amount=desk.amount(300), every=Period(months=1)))
        desk.does(desk.report(order, Outcome.SUCCEEDED))
        by_hand, won = draw(st.booleans(), "by hand"), draw(st.booleans(), "won")
        if by_hand:
            desk.does(asked.StopRenewal(order=order))
        desk.passes(_DAY)
        desk.does(desk.report_of_refund(order, Outcome.PENDING, 300, chargeback=True))
        assert desk.is_open()
        outcome = Outcome.FAILED if won else Outcome.SUCCEEDED
        desk.does(desk.report_of_refund(order, outcome, 300, chargeback=True))
        met(won)
        shown = desk.school.orders.ask(OrderQuery(order=order))["subscription"]

        assert shown is not None
        assert (shown["stopped"] is None) is (won and not by_hand)
        assert desk.is_open() is won
        assert ("chargeback" in desk.attention(order)) is (not won)

    @law("P13")
    def test_a_second_subscription_is_looked_at(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A second subscription to the same offer needs attention only while the first one is running."""
        offer = desk.offers(option=Subscribe(id="sub", amount=desk.amount(300), every=Period(months=1)))
        first = desk.opens(offer)
        desk.pays(first)
        fate = draw(st.sampled_from(("runs", "stopped", "lapsed", "cancelled")), "the first")
        if fate == "stopped":
            desk.does(asked.StopRenewal(order=first))
        if fate == "cancelled":
            desk.does(asked.CancelOrder(order=first))
        desk.passes(_DAY * (100 if fate == "lapsed" else 5))
        second = desk.opens(offer)
        desk.pays(second)
        met(fate == "runs")

        assert ("second_subscription" in desk.attention(second)) is (fate == "runs")

    @law("P17")
    def test_a_failed_charge_is_tried_again(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A failed charge is tried again after each retry period from the first failure; then the renewal stops."""
        days = draw(st.lists(st.integers(1, 9), max_size=3, unique=True).map(sorted), "retries in days")
        gateway, retries = desk.school.connects(), tuple(Period(days=one) for one in days)
        option = Subscribe(id="sub", amount=desk.amount(300), every=Period(months=1), retries=retries)
        order = desk.sold(option=option)
        means = SavedMeans(token="card")
        desk.does(attrs.evolve(desk.report(order, Outcome.SUCCEEDED), means=means))
        gateway.script(*[Answer.FAILS] * 9)
        due_at = drawn.months_after(desk.school.now, 1, desk.zone)
        desk.school.passes(months=1, days=20)
        charges = [one.started_at for one in desk.order(order).payments[1].attempts]
        met(len(days) > 1)

        assert charges == [due_at, *(later(due_at, one, zone=desk.tz) for one in retries)]
        shown = desk.school.orders.ask(OrderQuery(order=order))["subscription"]
        assert shown is not None
        assert shown["stopped"] is not None
        assert shown["stopped"]["reason"] == "charge_failed"
        assert "charge_failed" in desk.attention(order)
        desk.pays(order, 2)
        shown = desk.school.orders.ask(OrderQuery(order=order))["subscription"]
        assert shown is not None
        assert (shown["stopped"], desk.attention(order)) == (None, [])

    @law("P13")
    def test_a_worker_renews_in_time(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A saved card is charged when the next period falls due, and access never lapses."""
        now = draw(drawn.instants(), "paid at")
        desk.at(now)
        gateway = desk.school.connects()
        order = desk.sold(option=Subscribe(id="sub", amount=desk.amount(300), every=Period(months=1)))
        gateway.pays(desk.school.orders.payment_link(order=order, payment=f"{order}.1").url, saves=True)
        desk.school.works()
        months = draw(st.integers(1, 4), "months")
        desk.school.passes(months=months)
        met(now.day > 28)
        paid = [one.paid.at for one in desk.order(order).payments if one.paid is not None]

        assert paid == [drawn.months_after(now, n, desk.zone) for n in range(months + 1)]
        assert desk.is_open()
