"""Laws of attempts, links, refunds in flight, marks by hand, and the payments that an option makes."""

from datetime import timedelta

from kwiga_orders.extras import extra
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.payments import DatedPart, Outcome, Parts, Schedule
from kwiga_orders.periods import Period, later
from kwiga_orders.queries import OrderQuery, PaymentLinkQuery
from kwiga_orders.testing.laws import drawn
from kwiga_orders.testing.laws.desk import MOMENT, Desk
from kwiga_orders.testing.laws.law import Draw, Laws, Met, law

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["AttemptLaws"]

_DAY, _MONTH = timedelta(days=1), Period(months=1)


class AttemptLaws(Laws):
    """P: payments through gateways, marks, refunds and payment plans."""

    @law("P3")
    def test_an_old_link_pays_no_more(self, desk: Desk, draw: Draw, met: Met) -> None:
        """After an edit, a success in the old amount does not pay; one in the new amount does."""
        desk.school.connects()
        price = draw(st.integers(100, 900), "price")
        order = desk.makes(price)
        # a payment added by hand asks for its amount, whatever the order costs
        payment = desk.adds(order, price, gateway="fake")
        desk.does(asked.StartAttempt(order=order, payment=payment))
        new = price + draw(st.integers(1, 50), "costs more")
        desk.does(asked.EditPayment(order=order, payment=payment, amount=desk.amount(new)))
        pays_new = draw(st.booleans(), "pays the new amount")
        desk.does(desk.report(order, Outcome.SUCCEEDED, minor=new if pays_new else price))
        met(not pays_new)

        assert desk.order(order).sums.paid.minor == (new if pays_new else 0)
        assert ("other_amount" in desk.attention(order)) is (not pays_new)

    @law("P3")
    def test_a_link_is_of_what_is_asked(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A link is for the asked amount, and reading it changes nothing. If nothing is asked, there is no link."""
        desk.school.connects()
        price = draw(st.integers(100, 900), "price")
        order = desk.sold(price)
        came = draw(st.integers(1, price), "came in cash")
        desk.adds(order, came, paid=True, method="cash")
        before = desk.order(order)
        met(came < price)
        link = PaymentLinkQuery(order=order, payment=f"{order}.1")
        if came == price:
            assert desk.refused_question(link) == "payment.not_owed"
        else:
            assert desk.school.orders.ask(link)["amount"] == before.sums.balance.amount
            payment = desk.school.orders.ask(OrderQuery(order=order))["payments"][0]
            assert payment["payable"] is True
        assert desk.order(order) == before

    @law("P4")
    def test_an_unknown_outcome_waits(self, desk: Desk, draw: Draw, met: Met) -> None:
        """An unknown outcome blocks another charge and needs attention until the outcome is known."""
        desk.school.connects()
        order = desk.sold(500)
        start = asked.StartAttempt(order=order, payment=f"{order}.1")
        desk.does(desk.report(order, Outcome.UNKNOWN))
        assert desk.refused(start) == "attempt.unresolved"
        assert desk.attention(order) == ["unknown_outcome"]
        known = draw(st.sampled_from((Outcome.SUCCEEDED, Outcome.FAILED)), "it")
        desk.does(desk.report(order, known))
        met()
        assert desk.attention(order) == []
        assert desk.refused(start) == (None if known is Outcome.FAILED else "payment.not_owed")

    @law("P4")
    def test_a_reference_belongs_to_one_payment(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Money under a reference that paid another order is left out of all sums and needs attention."""
        desk.school.connects()
        first, second = desk.makes(500), desk.sold(500)
        desk.adds(first, 500, gateway="fake")
        same = draw(st.booleans(), "the same reference")
        desk.does(desk.report(first, Outcome.SUCCEEDED, "w-1"))
        desk.does(desk.report(second, Outcome.SUCCEEDED, "w-1" if same else "w-2"))
        met(same)

        assert desk.order(second).sums.paid.minor == (0 if same else 500)
        assert desk.attention(second) == (["reused_reference"] if same else [])

    @law("P6")
    def test_a_mark_taken_back_was_never_made(self, desk: Desk, draw: Draw, met: Met) -> None:
        """After a mark is taken back, sums, status, activation and access are as before. A gateway's success stays."""
        order = desk.sold(draw(drawn.amounts(), "price"))
        by_gateway = draw(st.booleans(), "by a gateway")
        before = desk.order(order)
        if by_gateway:
            desk.does(desk.report(order, Outcome.SUCCEEDED))
        else:
            desk.pays(order)
        desk.passes(_DAY)
        code = desk.refused(asked.MarkUnpaid(order=order, payment=f"{order}.1", reason="a slip"))
        now = desk.order(order)
        met(not by_gateway)

        assert code == ("payment.by_gateway" if by_gateway else None)
        assert (now.sums == before.sums) is (not by_gateway)
        assert desk.codes() == ([] if by_gateway else ["not_paid"])

    @law("P6")
    def test_a_void_payment_is_not_marked(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Marking a void payment by hand is refused; money of a gateway for it is recorded and needs attention."""
        price = draw(drawn.amounts(), "price")
        order = desk.sold(price)
        desk.does(asked.VoidPayment(order=order, payment=f"{order}.1"))
        met()
        assert desk.refused(asked.MarkPaid(order=order, payment=f"{order}.1")) == "payment.void"
        desk.does(desk.report(order, Outcome.SUCCEEDED))
        assert desk.order(order).sums.paid.minor == price
        assert desk.attention(order) == ["late_money"]

    @law("P8")
    def test_grace_holds_it_open(self, desk: Desk, draw: Draw, met: Met) -> None:
        """An overdue payment closes access only after the grace; one due on a day is overdue from the next day."""
        grace = draw(st.none() | drawn.of_days(9), "grace")
        desk.sets(grace=grace)
        order = desk.makes(500, paid=True)
        day = desk.school.now.astimezone(desk.tz).date() + _DAY * draw(st.integers(1, 30), "due on")
        desk.adds(order, 100, due_at=day, closes_access=True)
        midnight = desk.midnight(day + _DAY)
        closes_at = midnight if grace is None else later(midnight, grace, zone=desk.tz)
        met(grace is not None)

        assert [desk.is_open(at) for at in (closes_at - MOMENT, closes_at)] == [True, False]

    @law("P10")
    def test_a_refund_in_flight_counts(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A refund in flight cannot be refunded again, and changes no sum yet."""
        desk.school.connects()
        price = draw(st.integers(10, 900), "price")
        order = desk.sold(price)
        desk.does(desk.report(order, Outcome.SUCCEEDED))
        first = draw(st.integers(1, price), "first")
        refund = desk.refund(order, first)
        # decided, but not yet sent to the gateway
        desk.school.orders.execute(refund)
        more = draw(st.integers(1, price), "second")
        met(first + more > price)
        assert desk.order(order).sums.refunded.minor == 0
        second = desk.refused(desk.refund(order, more))

        assert second == ("refund.exceeds_paid" if first + more > price else None)

    @law("P12")
    def test_the_first_part_has_its_day(self, desk: Desk, draw: Draw, met: Met) -> None:
        """The first part is due at creation and overdue from the next midnight; an overdue part closes access."""
        desk.at(draw(drawn.instants(), "made at"))
        order = desk.order(desk.sold(900, option=Parts(id="p", count=3, every=_MONTH)))
        desk.pays(order.id, 2)
        today = desk.school.now.astimezone(desk.tz).date()
        midnight = desk.midnight(today + _DAY)
        met()

        assert order.payments[0].due_at == desk.school.now
        assert [desk.is_open(at) for at in (midnight - MOMENT, midnight)] == [True, False]
        desk.pays(order.id, 1)
        third = order.payments[2].due_at
        assert [desk.is_open(at) for at in (third - MOMENT, third)] == [True, False]

    @law("P12")
    def test_a_schedule_falls_due_as_it_says(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A part falls due after its period or on its day. A date before the sale means the day of the sale."""
        amounts = draw(st.lists(st.integers(1, 500), min_size=2, max_size=2), "amounts")
        desk.at(draw(drawn.instants(), "made at"))
        today = desk.school.now.astimezone(desk.tz).date()
        day = today + _DAY * draw(st.integers(-5, 40), "on")
        after = draw(drawn.of_months(), "after")
        parts = (
            DatedPart(amount=desk.amount(amounts[0]), on=day),
            DatedPart(amount=desk.amount(amounts[1]), after=after),
        )
        order = desk.order(desk.sold(sum(amounts), option=Schedule(id="s", parts=parts)))
        first, second = order.payments
        met(day <= today)

        assert order.sums.total.minor == sum(amounts)
        assert first.due_at == (desk.school.now if day <= today else desk.midnight(day))
        assert second.due_at == drawn.months_after(desk.school.now, after.months, desk.zone)
        assert (first.whole_day, second.whole_day) == (True, False)

    @law("P16")
    def test_what_the_facts_cure_goes_by_itself(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Money that was received twice needs attention until the same amount was refunded."""
        price = draw(st.integers(10, 900), "price")
        order = desk.sold(price)
        desk.does(desk.report(order, Outcome.SUCCEEDED, "w-1"))
        desk.does(desk.report(order, Outcome.SUCCEEDED, "w-2"))
        assert desk.attention(order) == ["paid_twice"]
        back = draw(st.integers(1, 2 * price), "given back")
        desk.passes(_DAY)
        desk.does(desk.report_of_refund(order, Outcome.SUCCEEDED, back))
        met(back < price)

        assert ("paid_twice" in desk.attention(order)) is (back < price)

    @law("P5")
    def test_what_is_free_is_open_at_once(self, desk: Desk, draw: Draw, met: Met) -> None:
        """An order with a total of 0 is activated at creation; a mistaken discount of 100 per cent can be undone."""
        free = draw(st.booleans(), "free")
        order = desk.sold(0 if free else 500)
        assert desk.is_open() is free
        desk.does(asked.EditOrder(order=order, discount=drawn.all_off()))
        assert desk.is_open()
        desk.passes(_DAY)
        desk.does(asked.EditOrder(order=order, discount=None))
        met(not free)
        assert desk.is_open() is free
        assert bool(asked_of(desk.order(order))) is (not free)
