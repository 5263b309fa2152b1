"""P13: subscriptions, period by period."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.offers import PercentOff
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome
from kwiga_orders.periods import Period, later
from kwiga_orders.project import Project
from kwiga_orders.terms import TermsChange, Until
from kwiga_orders.testing.school import local
from tests.laws.calendars import MOMENT, wall
from tests.laws.office import Office
from tests.laws.subscribed import DAYS_3, KYIV, MONTH, WEEK, block, dues, running, states, subscribed


class TestP13:
    """The anchor is the order's creation, or the end of its trial. Period k runs from the end of period k - 1 for one
    `every`, counted from the anchor. Access is open in the periods that are paid, and ends at paid-through plus grace,
    reason `subscription_lapsed`. A subscription is activated by a paid period or its trial. A period's payment does
    not close access by P8: lapsing does.
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
        school, order = running()
        through = local("2026-12-01 10:00")

        access = school.access()
        assert (access.open, access.ends_at, access.next_change_at) == (True, through, through)
        plan = school.orders.plan(contact="olena", product="python")
        assert plan.access(through - MOMENT).open
        (reason,) = plan.access(through).reasons
        assert (reason.code, reason.until) == ("subscription_lapsed", through)
        assert block(school, order)["paid_through"] == "2026-12-01T08:00:00Z"

    @given(
        every=st.sampled_from([MONTH, Period(months=3), WEEK, Period(days=30)]),
        day=st.sampled_from(["2026-10-31 10:00", "2027-01-31 23:30", "2026-02-28 03:30", "2026-03-29 02:30"]),
        count=st.integers(1, 6),
    )
    def test_paid_in_time(self, every: Period, day: str, count: int) -> None:
        """Paid when they fall due, all periods are counted from the anchor: the nth ends n periods after it."""
        school, order = running(day, every=every)
        anchor = school.now

        for number in range(2, count + 1):
            due_at = later(anchor, every, zone=KYIV, count=number - 1)
            school.clock.set(due_at)
            school.renews(order)
            assert school.payment(order, number).due_at == due_at
            assert not school.payment(order, number).closes_access
            school.pays(order, number)

        assert school.access().ends_at == later(anchor, every, zone=KYIV, count=count)

    def test_month_ends(self) -> None:
        """From the 31st: each month's last day, and the 31st again where there is one (T2)."""
        school, order = running("2027-01-31 10:00")
        for number, day in enumerate(("2027-02-28", "2027-03-31", "2027-04-30"), start=2):
            school.at(f"{day} 10:00").renews(order)
            school.pays(order, number)

        shown = [wall(due_at, KYIV).date().isoformat() for due_at in dues(school, order)]
        assert shown == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]

    def test_grace(self) -> None:
        """Access ends some days after paid-through, by the project's grace."""
        school, order = running(grace=DAYS_3)
        school.at("2026-12-01 10:00").renews(order)

        assert school.access().ends_at == local("2026-12-04 10:00")
        assert school.reasons() == []
        assert school.reasons(at="2026-12-04 10:00") == ["subscription_lapsed"]

    def test_the_terms_end_it_too(self) -> None:
        """The end of the offer's terms counts, if it comes before paid-through."""
        until = TermsChange(duration=Until(at=local("2026-11-20 10:00")))
        school, _ = running(terms=until)

        assert school.access().ends_at == local("2026-11-20 10:00")
        assert school.reasons(at="2026-12-02 10:00") == ["expired", "subscription_lapsed"]

    def test_not_a_subscription(self) -> None:
        """Only a subscription is renewed, stopped or resumed."""
        school = Office()
        order = school.sold()

        for kind in (asked.Renew, asked.StopRenewal, asked.ResumeRenewal):
            assert school.refused(kind(order=order)) == "order.not_subscription"
        assert school.card(order)["subscription"] is None

    def test_the_card(self) -> None:
        """The card says what a period costs, how many are paid, until when, and what is due next."""
        school, order = subscribed(periods=12)
        unpaid = {"period_amount": "300.00", "every": {"months": 1}, "periods": 12, "paid_periods": 0}
        assert block(school, order) == {
            **unpaid,
            "paid_through": None,
            "next_due_at": "2026-11-01T08:00:00Z",
            "stopped": None,
        }

        school.pays(order)

        assert block(school, order) == {
            **unpaid,
            "paid_periods": 1,
            "paid_through": "2026-12-01T08:00:00Z",
            "next_due_at": "2026-12-01T08:00:00Z",
            "stopped": None,
        }


class TestP13Late:
    """Who pays a month has a month: a period that is paid while access is open (grace included) keeps its dates; paid
    after access had lapsed, and the first one whenever it is paid without a trial running, it begins with the payment,
    and the later ones follow.
    """

    def test_the_first_one(self) -> None:
        """The first period begins with its payment."""
        school, order = subscribed()
        school.at("2026-11-10 18:00").pays(order)

        access = school.access()
        assert (access.starts_at, access.ends_at) == (school.now, local("2026-12-10 18:00"))
        assert block(school, order)["next_due_at"] == "2026-12-10T16:00:00Z"

    def test_after_it_lapsed(self) -> None:
        """An hour late it begins an hour later, and so do those after it."""
        school, order = running()
        school.at("2026-12-01 10:00").renews(order)
        school.at("2026-12-01 11:00").pays(order, 2)
        school.at("2027-01-01 10:59").renews(order)
        assert len(dues(school, order)) == 2

        school.at("2027-01-01 11:00").renews(order)

        assert dues(school, order)[1:] == [local("2026-12-01 10:00"), local("2027-01-01 11:00")]

    def test_the_time_closed_stays_closed(self) -> None:
        """Asked about it later, access had lapsed until the payment came."""
        school, order = running()
        school.at("2026-12-10 10:00").renews(order)
        school.pays(order, 2)

        assert school.reasons(at="2026-12-09 10:00") == ["subscription_lapsed"]
        assert school.access(at="2026-12-09 10:00").next_change_at == school.now

    def test_within_grace(self) -> None:
        """Access is open, so the period keeps its dates; a moment later it does not."""
        for late, ends_at in ((-MOMENT, local("2027-01-01 10:00")), (timedelta(), local("2027-01-04 10:00"))):
            school, order = running(grace=DAYS_3)
            school.at("2026-12-01 10:00").renews(order)
            school.clock.set(local("2026-12-04 10:00") + late)
            school.pays(order, 2)

            assert school.order(order).payments[1].paid is not None
            ended = school.access().ends_at
            assert ended == later(ends_at, DAYS_3, zone=KYIV)

    def test_the_grace_of_then(self) -> None:
        """A grace period that the project changes later moves no period that was paid."""
        school, order = running()
        school.at("2026-12-02 10:00").renews(order)
        school.pays(order, 2)

        school.store.save_project(Project(id="school", timezone="Europe/Kyiv", currency="UAH", grace=WEEK))

        assert block(school, order)["paid_through"] == "2027-01-02T08:00:00Z"

    def test_an_end_by_hand_keeps_access_open(self) -> None:
        """Paid while an end that was set keeps access open, a period keeps its dates."""
        school, order = running()
        school.does(asked.SetAccessEnd(order=order, at=local("2027-06-01 10:00")))
        school.at("2026-12-20 10:00").renews(order)

        school.pays(order, 2)

        assert block(school, order)["paid_through"] == "2027-01-01T08:00:00Z"


class TestP13Moved:
    """Extensions and freezes move the end of the running period and with it the start of the next; a boundary that was
    moved is the anchor of those after it. Of a subscription they are for all its lines.
    """

    def test_extended(self) -> None:
        """The next period is due later, and the later ones are counted from there."""
        school, order = running("2027-01-31 10:00")

        school.does(asked.ExtendAccess(order=order, by=Period(days=2)))

        assert block(school, order)["next_due_at"] == "2027-03-02T08:00:00Z"
        school.at("2027-03-02 10:00").renews(order)
        school.pays(order, 2)
        assert school.access().ends_at == local("2027-04-02 10:00")

    def test_frozen(self) -> None:
        """A month that is frozen is not owed; what is not frozen after all is."""
        school, order = running()
        school.at("2026-11-11 10:00").does(asked.FreezeAccess(order=order, period=Period(days=30)))
        assert block(school, order)["next_due_at"] == "2026-12-31T08:00:00Z"

        school.at("2026-11-21 10:00").does(asked.UnfreezeAccess(order=order))

        assert block(school, order)["next_due_at"] == "2026-12-11T08:00:00Z"

    def test_a_freeze_of_no_time(self) -> None:
        """It moves no boundary, so no month's end is lost."""
        school, order = running("2027-01-31 10:00")
        school.does(asked.FreezeAccess(order=order, period=WEEK))
        school.does(asked.UnfreezeAccess(order=order))
        school.at("2027-02-28 10:00").renews(order)
        school.pays(order, 2)

        assert school.access().ends_at == local("2027-03-31 10:00")

    def test_what_is_paid_ahead_moves_along(self) -> None:
        """Extended in the first of two paid months, the second follows, and so does the third."""
        school, order = running()
        school.renews(order, early=True)
        school.pays(order, 2)

        school.at("2026-11-20 10:00").does(asked.ExtendAccess(order=order, by=WEEK))

        assert school.access().ends_at == local("2027-01-08 10:00")

    def test_what_is_unpaid_is_due_later(self) -> None:
        """The payment that was made already falls due where its period begins now."""
        school, order = running()
        school.renews(order, early=True)

        school.at("2026-11-20 10:00").does(asked.ExtendAccess(order=order, by=WEEK))

        assert dues(school, order)[1] == local("2026-12-08 10:00")
        assert school.events(order)[-2:] == ["access.extended", "payment.edited"]

    def test_extended_after_it_lapsed(self) -> None:
        """Access opens from now; the next period begins at its end (A9)."""
        school, order = running()
        school.at("2026-12-10 10:00").renews(order)

        school.does(asked.ExtendAccess(order=order, by=WEEK))

        assert (school.access().open, school.access().ends_at) == (True, local("2026-12-17 10:00"))
        assert dues(school, order)[1] == local("2026-12-17 10:00")
        school.at("2026-12-12 10:00").pays(order, 2)
        assert school.access().ends_at == local("2027-01-17 10:00")

    def test_for_all_lines(self) -> None:
        """Asked for of one product it is for all, also for one that is added while it is frozen."""
        school, order = running()
        school.teaches(product="book")
        school.does(asked.AddLine(order=order, product="book", price=Decimal(0)))
        school.does(asked.FreezeAccess(order=order, product="book", period=WEEK))
        school.teaches(product="chat")
        school.does(asked.AddLine(order=order, product="chat", price=Decimal(0)))

        for product in ("python", "book", "chat"):
            assert school.reasons(product=product) == ["frozen"]
            assert school.access(product=product).ends_at == local("2026-12-08 10:00")
        school.does(asked.RemoveLine(order=order, product="python"))
        assert block(school, order)["paid_through"] == "2026-12-08T08:00:00Z"


class TestP13Renew:
    """`renew` makes the payment of the next period when it is due, one at a time; with `early` before it is due. None
    is made before the order was activated, while one is unpaid, while renewal is stopped, the order is superseded or
    cancelled, or all periods are made (void ones count).
    """

    def test_when_it_is_due(self) -> None:
        """Not a moment before; and once."""
        school, order = running()
        school.clock.set(local("2026-12-01 10:00") - MOMENT)
        version = school.order(order).version

        school.renews(order)
        assert school.order(order).version == version
        for _ in range(2):
            school.at("2027-01-15 10:00").renews(order)
            assert len(school.order(order).payments) == 2
        assert dues(school, order)[1] == local("2026-12-01 10:00")

    def test_early(self) -> None:
        """Paid ahead it keeps its dates."""
        school, order = running()

        school.renews(order, early=True)
        school.pays(order, 2)

        assert dues(school, order)[1] == local("2026-12-01 10:00")
        assert school.access().ends_at == local("2027-01-01 10:00")

    def test_not_before_activation(self) -> None:
        """An order that was never paid makes no second debt."""
        school, order = subscribed()
        school.voids(order)

        school.at("2027-03-01 10:00").renews(order, early=True)

        assert states(school, order) == ["void"]
        assert school.reasons() == ["not_paid"]

    def test_a_number_of_periods(self) -> None:
        """After the last period no payment is made, and access ends; a void one is one of them."""
        school, order = running(periods=3)
        school.at("2026-12-01 10:00").renews(order)
        school.voids(order, 2)
        school.at("2027-01-01 10:00").renews(order)
        school.pays(order, 3)

        school.at("2027-06-01 10:00").renews(order, early=True)

        assert states(school, order) == ["paid", "void", "paid"]
        assert school.access(at="2027-01-31 10:00").ends_at == local("2027-02-01 10:00")
        assert block(school, order)["next_due_at"] is None

    def test_what_the_next_payment_is_like(self) -> None:
        """It is of the agreed amount, and paid as the period before it."""
        school, order = subscribed()
        school.does(asked.EditPayment(order=order, payment=f"{order}.1", gateway="stripe", amount=Decimal(1)))
        school.pays(order)
        school.owes(order, "50.00", method="cash")

        school.at("2026-12-05 10:00").renews(order)

        second = school.order(order).payments[2]
        assert (second.amount.amount, second.gateway, second.method) == ("300.00", "stripe", "cashless")
        assert (second.created_at, second.due_at) == (school.now, local("2026-12-01 10:00"))

    def test_cancelled_or_superseded(self) -> None:
        """Neither is renewed; cancelling closes at once."""
        school, order = running()
        school.cancels(order)
        assert school.reasons() == ["order_cancelled"]
        assert school.refused(asked.Renew(order=order)) == "order.cancelled"

        school, first = subscribed()
        second = school.opens()
        school.pays(second)
        assert school.payment(first).is_void
        school.at("2027-01-01 10:00").renews(first)
        assert len(school.order(first).payments) == 1

    def test_the_price_of_then(self) -> None:
        """A discount, a price, a line change the periods that are made from then on."""
        school, order = running()
        school.does(asked.EditOrder(order=order, discount=PercentOff(percent=Decimal(50))))
        assert (school.card(order)["total"], block(school, order)["period_amount"]) == ("300.00", "150.00")
        school.at("2026-12-01 10:00").renews(order)
        school.does(asked.EditLine(order=order, product="python", price=Decimal(400)))

        assert school.payment(order, 2).amount.amount == "150.00"
        assert block(school, order)["period_amount"] == "200.00"


class TestP13Passing:
    """A period void, given back or charged back passes without access and leaves the dates of the others alone."""

    def test_void(self) -> None:
        """It is forgiven: not made again; the next begins at its end."""
        school, order = running()
        school.at("2026-12-01 10:00").renews(order)
        school.voids(order, 2)

        school.at("2026-12-31 10:00").renews(order)
        assert states(school, order) == ["paid", "void"]
        assert school.reasons() == ["subscription_lapsed"]
        school.at("2027-01-01 10:00").renews(order)
        school.pays(order, 3)
        assert school.access().ends_at == local("2027-02-01 10:00")

    def test_void_and_the_next_paid_ahead(self) -> None:
        """Closed up to where the next begins, it opens by itself."""
        school, order = running()
        school.renews(order, early=True)
        school.voids(order, 2)
        school.renews(order, early=True)
        school.pays(order, 3)

        closed = school.access(at="2026-12-15 10:00")
        assert [(one.code, one.until) for one in closed.reasons] == [("subscription_lapsed", local("2026-12-01 10:00"))]
        assert closed.next_change_at == local("2027-01-01 10:00")
        assert school.access(at="2027-01-01 10:00").open

    def test_time_given_within_a_void_period(self) -> None:
        """It opens from now, and the next period begins where it did."""
        school, order = running()
        school.at("2026-12-01 10:00").renews(order)
        school.voids(order, 2)

        school.at("2026-12-10 10:00").does(asked.ExtendAccess(order=order, by=WEEK))

        assert school.access().ends_at == local("2026-12-17 10:00")
        assert block(school, order)["next_due_at"] == "2027-01-01T08:00:00Z"

    def test_given_back(self) -> None:
        """An earlier month that is given back moves nothing; a part of a month changes nothing."""
        school, order = running()
        school.at("2026-12-01 10:00").renews(order)
        school.pays(order, 2)

        school.refunds(order, "300.00", 1)
        school.refunds(order, "50.00", 2)

        shown = block(school, order)
        assert (shown["paid_periods"], shown["paid_through"]) == (1, "2027-01-01T08:00:00Z")
        assert (school.access().open, shown["stopped"]) == (True, None)

    def test_charged_back(self) -> None:
        """Access ends then, not before, and is said to have lapsed at what is still paid through."""
        school, order = running()
        school.at("2026-12-01 10:00").renews(order)
        school.pays(order, 2)
        school.at("2026-12-10 10:00").hears_of_refund(order, "300.00", 2, chargeback=True)

        assert school.access(at="2026-12-09 10:00").ends_at == local("2027-01-01 10:00")
        assert [(one.code, one.until) for one in school.access().reasons] == [
            ("subscription_lapsed", local("2026-12-01 10:00"))
        ]

    def test_money_for_a_void_period(self) -> None:
        """It pays the period after all (P6)."""
        school, order = running()
        school.at("2026-12-01 10:00").renews(order)
        school.voids(order, 2)

        school.hears(order, Outcome.SUCCEEDED, 2, amount="300.00")

        assert school.access().ends_at == local("2027-01-01 10:00")
