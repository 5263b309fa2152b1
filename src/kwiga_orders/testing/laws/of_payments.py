"""Laws of payments: what is asked for, what activates an order, reports that repeat, come late, or reverse money."""

from datetime import timedelta

import attrs

from kwiga_orders.extras import extra
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.payments import Outcome, Parts
from kwiga_orders.periods import Period, later, zone_named
from kwiga_orders.testing.laws import drawn
from kwiga_orders.testing.laws.desk import MOMENT, Desk
from kwiga_orders.testing.laws.law import Draw, Met, law
from kwiga_orders.testing.laws.of_attempts import AttemptLaws

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["PaymentLaws"]

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_MONTH = Period(months=1)


class PaymentLaws(AttemptLaws):
    """P, and the rules of O about money."""

    @law("P15")
    def test_no_more_is_asked_than_is_owed(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Money paid otherwise reduces what the parts ask for, beginning with those due first."""
        price, count = draw(st.integers(600, 5000), "price"), draw(st.integers(2, 5), "parts")
        order = desk.sold(price, option=Parts(id="parts", count=count, every=_MONTH))
        came = draw(st.integers(1, price), "came in cash")
        desk.adds(order, came, paid=True, method="cash")
        now = desk.order(order)
        left = price - came
        expected: dict[str, int] = {}
        for payment in reversed(now.payments[:count]):
            asks = min(left, payment.amount.minor)
            left -= asks
            expected |= {payment.id: asks} if asks else {}
        met(len(expected) < count)

        assert {id: money.minor for id, money in asked_of(now).items()} == expected

    @law("P1")
    def test_what_is_added_beyond_the_balance_is_on_top(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A payment by hand asks for a part of the balance; what it asks beyond the balance is added to the total."""
        price, added = draw(st.integers(10, 2000), "price"), draw(st.integers(1, 4000), "added")
        order = desk.sold(price)
        payment = desk.adds(order, added)
        beyond = max(0, added - price)
        met(beyond > 0)
        assert desk.order(order).sums.total.minor == price + beyond

        desk.does(asked.VoidPayment(order=order, payment=payment))
        assert desk.order(order).sums.total.minor == price

    @law("P2")
    def test_a_paid_payment_stays_as_it_is(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A paid payment cannot be edited, voided or paid again; only its comment can change."""
        order = desk.bought(draw(drawn.amounts()))
        payment = f"{order}.1"
        met()

        edit = asked.EditPayment(order=order, payment=payment, amount=desk.amount(draw(drawn.amounts()) + 200_001))
        assert desk.refused(edit) == "payment.not_editable"
        assert desk.refused(asked.VoidPayment(order=order, payment=payment)) == "payment.already_paid"
        assert desk.refused(asked.MarkPaid(order=order, payment=payment)) == "payment.already_paid"
        assert desk.refused(asked.EditPayment(order=order, payment=payment, comment="x")) is None

    @law("P4")
    def test_a_late_decline_undoes_nothing(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A reported failure changes neither another attempt's success nor its own, whichever is reported first."""
        order, other = desk.sold(), desk.sold()
        reports = [("w-1", Outcome.SUCCEEDED), (draw(st.sampled_from(("w-1", "w-2")), "failed"), Outcome.FAILED)]
        for each, told in ((order, reports), (other, draw(st.permutations(reports)))):
            for reference, outcome in told:
                desk.passes(_HOUR)
                desk.does(desk.report(each, outcome, f"{each}-{reference}"))
        met()

        for each in (order, other):
            assert desk.order(each).payment_status.value == "paid"
            assert desk.order(each).payments[0].state.value == "paid"

    @law("P5")
    def test_money_opens_when_there_is_enough(self, desk: Desk, draw: Draw, met: Met) -> None:
        """With `first_payment` any amount activates, with `full_payment` the total, at the instant of that money."""
        opens_on = draw(st.sampled_from(("first_payment", "full_payment")), "opens on")
        count = draw(st.integers(2, 4), "parts")
        order = desk.sold(option=Parts(id="parts", count=count, every=_MONTH), opens_on=opens_on)
        begun = desk.school.now
        desk.passes(_DAY * 90)
        paid_at = {n: begun + _DAY * draw(st.integers(1, 80)) for n in range(1, count + 1)}
        # reported in another order than it happened
        for n in draw(st.permutations(sorted(paid_at))):
            desk.does(desk.report(order, Outcome.SUCCEEDED, f"w-{n}", number=n, at=paid_at[n]))
        met(len(set(paid_at.values())) > 1)

        choose = min if opens_on == "first_payment" else max
        assert desk.order(order).activated_at == choose(paid_at.values())

    @law("P6")
    def test_the_same_report_again_changes_nothing(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A success that is reported twice counts once; under another reference it is paid twice."""
        order = desk.sold(draw(drawn.amounts()))
        desk.does(desk.report(order, Outcome.SUCCEEDED))
        before = desk.order(order)
        for _ in range(draw(st.integers(1, 3))):
            desk.passes(_HOUR)
            desk.does(desk.report(order, Outcome.SUCCEEDED))
        met()
        assert desk.order(order).sums == before.sums
        assert not desk.attention(order)

        desk.does(desk.report(order, Outcome.SUCCEEDED, "w-2"))
        assert desk.order(order).sums.paid == before.sums.paid + before.sums.paid
        assert desk.attention(order) == ["paid_twice"]

    @law("P7")
    def test_the_payment_status_follows_from_the_sums(self, desk: Desk, draw: Draw, met: Met) -> None:
        """The payment status follows from refunds R, gross G and total T, as the rule says."""
        price = draw(st.integers(10, 900), "price")
        order = desk.sold(price)
        paid, refunded = draw(st.integers(1, 1200), "paid"), 0
        desk.adds(order, paid, paid=True)
        if draw(st.booleans()):
            refunded = draw(st.integers(1, paid), "refunded")
            desk.does(desk.refund(order, refunded, 2))
        net = paid - refunded
        met(refunded > 0)

        assert desk.order(order).payment_status.value == _status(price, refunded, net)
        assert desk.order(order).sums.balance.minor == price - net

    @law("P8")
    def test_an_overdue_payment_closes(self, desk: Desk, draw: Draw, met: Met) -> None:
        """An overdue payment closes access after the grace, until it is paid or voided."""
        order = desk.bought()
        due_at = desk.school.now + _DAY * draw(st.integers(1, 60), "due in days")
        payment = desk.adds(order, 300, due_at=due_at, closes_access=True)
        grace, zone = desk.school.project.grace, zone_named(desk.zone)
        closes_at = due_at if grace is None else later(due_at, grace, zone=zone)
        met()

        assert (desk.is_open(closes_at - MOMENT), desk.is_open(closes_at)) == (True, False)
        assert desk.codes(closes_at) == ["payment_due"]
        desk.at(closes_at + _DAY)
        way_out = draw(st.sampled_from((asked.MarkPaid, asked.VoidPayment)), "way out")
        desk.does(way_out(order=order, payment=payment))
        assert desk.is_open()

    @law("P8")
    def test_what_asks_for_nothing_closes_nothing(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A part that was paid otherwise asks for nothing and never closes access."""
        order = desk.bought(900, option=Parts(id="parts", count=3, every=_MONTH))
        desk.adds(order, 600, paid=True, method="cash")
        met()

        assert desk.is_open(desk.school.now + _DAY * draw(st.integers(0, 200)))

    @law("P9")
    def test_no_more_is_given_back_than_was_paid(self, desk: Desk, draw: Draw, met: Met) -> None:
        """The refunds of a payment never exceed the received amount; a full refund closes the order."""
        price = draw(st.integers(2, 2000), "price")
        order = desk.bought(price)
        first = draw(st.integers(1, price - 1), "first refund")
        desk.does(desk.refund(order, first))
        assert desk.is_open()
        over = desk.refund(order, price - first + draw(st.integers(1, 50), "too much"))
        met()

        assert desk.refused(over) == "refund.exceeds_paid"
        desk.does(desk.refund(order, price - first))
        assert desk.codes() == ["refunded"]

    @law("P9")
    def test_a_refund_that_names_a_line_closes_it(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A refund that names a line closes it only with `close_line`, whatever the amount; else nothing closes."""
        policy = draw(st.sampled_from(("keep", "close_line")), "policy")
        named = draw(st.booleans(), "names the line")
        order = desk.bought(refund_policy=policy)
        desk.does(desk.refund(order, draw(st.integers(1, 999)), product=desk.product if named else None))
        met(named and policy == "close_line")

        assert desk.codes() == (["line_refunded"] if named and policy == "close_line" else [])

    @law("P10")
    def test_a_refund_that_failed_changes_no_sum(self, desk: Desk, draw: Draw, met: Met) -> None:
        """For one refund, `failed` is final in whatever order reports arrive; a refund that bounced needs attention."""
        order = desk.sold()
        desk.does(desk.report(order, Outcome.SUCCEEDED))
        before = desk.order(order).sums
        outcomes = draw(st.permutations((Outcome.SUCCEEDED, Outcome.FAILED)))
        for outcome in outcomes:
            desk.passes(_HOUR)
            desk.does(desk.report_of_refund(order, outcome, 400))
        now = desk.order(order).sums
        met(outcomes[0] is Outcome.SUCCEEDED)

        assert (now.paid, now.refunded.minor, now.status) == (before.paid, 0, before.status)
        assert outcomes[0] is Outcome.FAILED or "refund_bounced" in desk.attention(order)

    @law("P11")
    def test_reports_may_come_in_any_order(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Any order and any repetition of reports gives the same sums, status and activation."""
        orders = desk.sold(), desk.sold()
        begun = desk.school.now
        desk.passes(_DAY * 40)
        day = draw(st.tuples(*[st.integers(1, 30)] * 3), "days")
        told: list[asked.ReportAttempt | asked.ReportRefund] = [
            desk.report("o", Outcome.SUCCEEDED, "w-1", at=begun + _DAY * day[0]),
            desk.report("o", Outcome.FAILED, "w-2", at=begun + _DAY * day[1]),
            desk.report_of_refund("o", Outcome.SUCCEEDED, draw(st.integers(1, 900)), at=begun + _DAY * day[2]),
        ]
        again = draw(st.permutations(told * 2))
        for order, reports in zip(orders, (told, again), strict=True):
            for report in reports:
                reference = f"{order}-{report.reference}"
                desk.does(attrs.evolve(report, order=order, payment=f"{order}.1", reference=reference))
        met(again[:3] != told)

        one, other = (desk.order(order) for order in orders)
        assert one.sums == other.sums
        assert (one.payment_status, one.activated_at) == (other.payment_status, other.activated_at)

    @law("P11")
    def test_another_amount_changes_no_sum(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Money in another amount than asked changes no sum until a person accepts it."""
        price = draw(st.integers(100, 900), "price")
        order = desk.sold(price)
        came = draw(st.integers(1, 2000).filter(lambda one: one != price), "came")
        desk.does(desk.report(order, Outcome.SUCCEEDED, minor=came))
        met()
        assert desk.order(order).sums.paid.minor == 0
        assert desk.attention(order) == ["other_amount"]

        desk.does(asked.AcceptAnomaly(order=order, payment=f"{order}.1", reference="w-1"))
        assert desk.order(order).sums.paid.minor == came

    @law("P14")
    def test_nobody_is_reminded_twice_an_hour(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A second reminder within an hour is refused, and so is one for a payment that asks for nothing."""
        order = desk.sold()
        remind = asked.Remind(order=order, payment=f"{order}.1")
        desk.does(remind)
        wait = timedelta(minutes=draw(st.integers(0, 130), "minutes"))
        desk.passes(wait)
        met(wait < _HOUR)
        assert desk.refused(remind) == ("reminder.too_soon" if wait < _HOUR else None)

        desk.pays(order)
        desk.passes(_HOUR * 2)
        assert desk.refused(remind) in ("payment.not_owed", "reminder.not_unpaid")

    @law("O3")
    def test_a_newer_opening_takes_over(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A superseded order asks for nothing, and its payments become void once a newer one is activated."""
        offer = desk.offers(draw(drawn.amounts()))
        first, second = desk.opens(offer), desk.opens(offer)
        met()
        assert desk.order(first).superseded_by == second
        assert not asked_of(desk.order(first))

        desk.pays(second)
        assert desk.order(first).payments[0].state.value == "void"
        assert desk.is_open()
        desk.does(asked.CancelOrder(order=first))
        assert desk.is_open()

    @law("O12")
    def test_cancelling_and_reopening(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A cancelled order is closed and asks for nothing; reopening restores everything."""
        order = desk.bought(900, option=Parts(id="parts", count=draw(st.integers(2, 4)), every=_MONTH))
        before = desk.order(order)
        desk.passes(_HOUR)
        desk.does(asked.CancelOrder(order=order))
        met()
        assert (desk.codes(), dict(asked_of(desk.order(order)))) == (["order_cancelled"], {})
        assert desk.refused(asked.ExtendAccess(order=order, by=_MONTH)) == "order.cancelled"

        desk.does(asked.ReopenOrder(order=order))
        assert desk.is_open()
        assert asked_of(desk.order(order)) == asked_of(before)

    @law("P16")
    def test_late_money_is_never_lost(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Money for a cancelled order is recorded and needs attention until a person resolves it."""
        price = draw(drawn.amounts(), "price")
        order = desk.sold(price)
        desk.does(asked.CancelOrder(order=order))
        desk.passes(_HOUR)
        desk.does(desk.report(order, Outcome.SUCCEEDED))
        met()
        assert desk.order(order).sums.paid.minor == price
        assert desk.attention(order) == ["late_money"]

        desk.does(asked.ResolveAttention(order=order))
        assert not desk.order(order).needs_attention


def _status(total: int, refunded: int, net: int) -> str:
    """Give the payment status by P7, for an order that is not free."""
    if refunded > 0 and net <= 0:
        return "refunded"
    if refunded > 0 and net < total:
        return "partially_refunded"
    if net >= total:
        return "paid"
    return "unpaid" if net == 0 else "partially_paid"
