"""P11: any set of reports, in any order and repetition, ends in one state: the whole order is compared."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

import attrs
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.evolve import replayed
from kwiga_orders.orders.reports import AttentionCode
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Activation, Outcome
from kwiga_orders.project import Project
from kwiga_orders.testing.school import local
from tests.laws.office import GATEWAY, Office
from tests.laws.subscribed import running

ARRIVAL = local("2026-11-05 10:00")
OWED = {1: 400, 2: 600}
What = Literal["attempt", "refund", "chargeback"]
"""What a report is about."""
_ATTEMPTS = [Outcome.SUCCEEDED, Outcome.SUCCEEDED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.PENDING]
_REFUNDS = [Outcome.SUCCEEDED, Outcome.SUCCEEDED, Outcome.FAILED, Outcome.FAILED, Outcome.PENDING, Outcome.UNKNOWN]


@attrs.frozen(kw_only=True)
class Told:
    """A report about one of two payments, of 400 and of 600; `amount` is in whole units, `key` is of our own row."""

    number: int
    what: What
    reference: str
    outcome: Outcome
    minute: int
    amount: int | None
    currency: str = "UAH"
    key: str | None = None

    @property
    def at(self) -> datetime:
        """When it happened; some clocks are ahead of the arrival."""
        return ARRIVAL + timedelta(minutes=self.minute)

    def command(self, order: str) -> asked.OrderCommand:
        """Say it of an order."""
        payment = f"{order}.{self.number}"
        key = None if self.key is None else f"{payment}.{self.key}"
        if self.what == "attempt":
            return asked.ReportAttempt(
                order=order,
                payment=payment,
                reference=self.reference,
                outcome=self.outcome,
                amount=None if self.amount is None else Decimal(self.amount),
                currency=self.currency,
                occurred_at=self.at,
                attempt=key,
                actor=GATEWAY,
            )
        return asked.ReportRefund(
            order=order,
            payment=payment,
            reference=self.reference,
            amount=Decimal(self.amount or 1),
            currency=self.currency,
            outcome=self.outcome,
            chargeback=self.what == "chargeback",
            occurred_at=self.at,
            refund=key,
            actor=GATEWAY,
        )


@st.composite
def reports(draw: st.DrawFn) -> Told:
    """Draw a report of any kind; references are few, so that they meet, on both payments, too."""
    number, minute = draw(st.integers(1, 2)), draw(st.integers(-5, 2))
    what: What = draw(st.sampled_from(["attempt", "attempt", "refund", "chargeback"]))
    currency = draw(st.sampled_from(["UAH"] * 8 + ["USD"]))
    if what == "attempt":
        return Told(
            number=number,
            what="attempt",
            reference=draw(st.sampled_from(["w-1", "w-2", "w-3"])),
            outcome=draw(st.sampled_from(_ATTEMPTS)),
            minute=minute,
            amount=draw(st.sampled_from([OWED[number]] * 4 + [None, 5, 100, 300])),
            currency=currency,
            key=draw(st.sampled_from([None, None, "a1", "a2"])),
        )
    return Told(
        number=number,
        what=what,
        reference=draw(st.sampled_from(["r-1", "r-2", "r-3"])),
        outcome=draw(st.sampled_from(_REFUNDS)),
        minute=minute,
        amount=draw(st.sampled_from([100, 100, 300, OWED[number]])),
        currency=currency,
        key=draw(st.sampled_from([None, None, "r1", "r2"])),
    )


def told(arrival: Iterable[Told], opens_on: Activation, *, prepared: bool) -> tuple[Office, str]:
    """Give a school with an order of 1000 that is told these reports.

    Where it is `prepared`, the first payment is paid already, two refunds of 100 are on their way, and two attempts
    have begun for the second.
    """
    school = Office().at("2026-11-01 10:00")
    order = school.makes("1000.00", opens_on=opens_on)
    for amount in ("400.00", "600.00"):
        school.owes(order, amount, gateway="wayforpay")
    if prepared:
        school.hears(order, Outcome.SUCCEEDED, 1, reference="w-0", amount="400.00")
        for _ in range(2):
            school.refunds(order, "100.00", 1)
            school.tries(order, 2)
    school.clock.set(ARRIVAL)
    for report in arrival:
        school.does(report.command(order))
    return school, order


def whole(school: Office, order: str) -> Order:
    """Give all of an order but how many commands it took."""
    return attrs.evolve(school.order(order), version=0, updated_at=ARRIVAL)


class TestP11AnyReports:
    """Reports from a gateway may come twice, late, or out of order; any order and any repetition gives the same final
    state: other amounts and currencies, reused references, opened, lost and won chargebacks, refunds that bounce, and
    clocks that are ahead included.
    """

    @given(
        arrival=st.lists(reports(), max_size=7),
        opens_on=st.sampled_from(["first_payment", "full_payment"]),
        prepared=st.booleans(),
        data=st.data(),
    )
    def test_one_state(
        self, arrival: Sequence[Told], opens_on: Activation, prepared: bool, data: st.DataObject
    ) -> None:
        """Two arrivals, the second with repetitions: one order, to the last field; its history makes it, too (O10)."""
        repeated = data.draw(st.lists(st.sampled_from(arrival), max_size=4)) if arrival else []
        mixed = data.draw(st.permutations([*arrival, *repeated]))
        first, order = told(arrival, opens_on, prepared=prepared)
        second, same = told(mixed, opens_on, prepared=prepared)

        assert order == same
        assert whole(first, order) == whole(second, order)
        assert replayed(second.history(order)) == second.order(order)

    @given(arrival=st.lists(reports(), max_size=7), prepared=st.booleans())
    def test_it_adds_up(self, arrival: Sequence[Told], prepared: bool) -> None:
        """What is paid is the sum of the successes that count, what is refunded that of the refunds; every success of
        an amount that nobody asked for is kept.
        """
        school, order = told(arrival, "first_payment", prepared=prepared)

        now = school.order(order)
        paid = sum(one.amount.minor for payment in now.payments for one in payment.money)
        assert now.sums.paid.minor == paid
        refunded = [payment.refunded.minor for payment in now.payments if payment.paid is not None]
        assert now.sums.refunded.minor == sum(refunded)
        odd = {one.reference for one in arrival if one.amount == 5 and one.outcome is Outcome.SUCCEEDED}
        assert odd <= {anomaly.reference for anomaly in now.anomalies}

    @given(arrival=st.lists(reports(), min_size=1, max_size=6))
    def test_resolved_stays_resolved(self, arrival: Sequence[Told]) -> None:
        """P16: what a person has resolved does not come back when the same is told again."""
        school, order = told(arrival, "first_payment", prepared=False)
        if not school.order(order).attention:
            return
        school.does(asked.ResolveAttention(order=order))

        for report in arrival:
            school.does(report.command(order))

        assert school.order(order).attention == ()

    def test_a_won_chargeback_of_a_disputed_refund(self) -> None:
        """P11, P16: told of 100 and of 300, then won back as 100: the other amount is flagged, and only once."""
        of_100 = Told(number=1, what="refund", reference="r-1", outcome=Outcome.SUCCEEDED, minute=0, amount=100)
        won = attrs.evolve(of_100, what="chargeback", outcome=Outcome.FAILED)
        paid = attrs.evolve(of_100, what="attempt", reference="w-1", amount=400)
        arrival = [paid, of_100, attrs.evolve(of_100, amount=300), won]

        school, order = told(arrival, "first_payment", prepared=False)

        assert [one.code for one in school.order(order).attention] == [AttentionCode.OTHER_AMOUNT]
        school.does(asked.ResolveAttention(order=order))
        for report in arrival:
            school.does(report.command(order))
        assert school.order(order).attention == ()


class TestP11Keys:
    """An unkeyed refund report never takes the row whose key another report names."""

    def test_in_either_order(self) -> None:
        """Two refunds of 100 are on their way; one report names the first, the other names none."""
        named = Told(
            number=1, what="refund", reference="r-9", outcome=Outcome.SUCCEEDED, minute=0, amount=100, key="r1"
        )
        unnamed = attrs.evolve(named, reference="r-8", key=None)
        for arrival in ((named, unnamed), (unnamed, named)):
            school, order = told(arrival, "first_payment", prepared=True)
            rows = {row.id: row.reference for row in school.order(order).payments[0].refunds}
            assert rows == {f"{order}.1.r1": "r-9", f"{order}.1.r2": "r-8"}


class TestP16Codes:
    """Money that would raise several things raises the first of `late_money`, `paid_twice`, `overpaid`."""

    def test_late_before_twice(self) -> None:
        """Paid twice after it was cancelled: late."""
        school = Office()
        order = school.sold()
        school.hears(order, Outcome.SUCCEEDED, amount="1000.00")
        school.at("2026-11-02 10:00").cancels(order)
        school.hears(order, Outcome.SUCCEEDED, amount="1000.00", reference="w-2")

        assert [item.code for item in school.order(order).attention] == [AttentionCode.LATE_MONEY]


class TestP16Cured:
    """What the facts themselves cure goes by itself: `overpaid` when the balance is 0 or more, and what a mark taken
    back had raised.
    """

    def test_by_a_higher_price(self) -> None:
        """The command that raises the price cures it, not the one after: that may have lowered the price again."""
        school = Office()
        order = school.sold()
        school.owes(order, "1000.00", paid=True)
        school.hears(order, Outcome.SUCCEEDED, amount="1000.00")
        assert [item.code for item in school.order(order).attention] == [AttentionCode.OVERPAID]

        school.does(asked.EditLine(order=order, product="python", price=Decimal(2000)))

        assert school.order(order).attention == ()
        assert school.events(order)[-2:] == ["line.edited", "attention.resolved"]

    def test_by_a_mark_taken_back(self) -> None:
        """Without the mark that activated it there is no second subscription."""
        school, first = running()
        second = school.opens()
        school.pays(second)
        assert [item.code for item in school.order(second).attention] == [AttentionCode.SECOND_SUBSCRIPTION]

        school.does(asked.MarkUnpaid(order=second, payment=f"{second}.1", reason="another person"))

        assert (school.order(second).attention, school.order(first).attention) == ((), ())


class TestP16GatewayNotConnected:
    """`gateway_not_connected`: what a payment needs of a gateway that is not connected, nobody does."""

    def test_a_payment_that_cannot_be_paid(self) -> None:
        """The project's own gateway was disconnected: the order is sold, its link is dead, and a person must look."""
        school = Office(project=Project(id="school", timezone="Europe/Kyiv", currency="UAH", gateway="gone"))
        school.connects("wayforpay")
        order = school.at("2026-11-01 10:00").sold()
        card = school.card(order)
        assert [(item["code"], item["amount"]) for item in card["attention"]] == [("gateway_not_connected", "1000.00")]
        assert not card["payments"][0]["payable"]

        school.pays(order)

        assert school.order(order).attention == ()

    def test_a_refund_that_waits(self) -> None:
        """It stays on its way until its outcome is told."""
        school = Office()
        school.connects("wayforpay")
        order = school.sold()
        school.hears(order, Outcome.SUCCEEDED, amount="1000.00", gateway="gone")
        school.refunds(order, "400.00")
        items = school.order(order).attention
        assert [(item.code, str(item.amount)) for item in items] == [
            (AttentionCode.GATEWAY_NOT_CONNECTED, "400.00 UAH")
        ]

        school.hears_of_refund(order, "400.00")

        assert (school.order(order).attention, school.card(order)["refunded"]) == ((), "400.00")

    def test_a_host_without_gateways(self) -> None:
        """It carries out payments itself, so there is nothing to look at (decision 0037)."""
        school = Office()
        order = school.sold()
        school.hears(order, Outcome.SUCCEEDED, amount="1000.00", gateway="own")
        school.refunds(order, "400.00")

        assert school.order(order).attention == ()
