"""P5, P7: what the facts of money add up to, and when they open an order."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.money import Money
from kwiga_orders.offers import PercentOff
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Activation, Mark, Outcome, Payment, PaymentStatus, Refund
from kwiga_orders.sums import Tally, TotalSet, first_opened, tallies
from kwiga_orders.testing.school import local
from tests.laws.calendars import MOMENT
from tests.laws.office import Office, refund_report, report

CREATED = datetime(2026, 11, 1, 8, tzinfo=UTC)
OPENS_ON: tuple[Activation, ...] = ("first_payment", "full_payment")


def uah(amount: int) -> Money:
    """Give kopiyky, the smallest amounts there are."""
    return Money(amount, "UAH")


@attrs.frozen
class Facts:
    """Facts of money, each at its own hour: payments and refunds by the hour, totals by the hour they were set."""

    payments: tuple[Payment, ...]
    totals: tuple[TotalSet, ...]

    def reaches(self, opens_on: Activation, at: datetime) -> bool:
        """Tell whether there is enough at an instant, everything that happened added up; money comes before it goes."""
        paid = [one for one in self.payments if one.mark is not None and self.when(one.mark.at) <= at]
        back = [
            refund.amount.minor
            for one in paid
            for refund in one.refunds
            if one.mark is not None
            and self.when(max(refund.at, one.mark.at)) < at
            and refund.outcome is Outcome.SUCCEEDED
        ]
        gross = sum(one.amount.minor for one in paid)
        net = gross - sum(back)
        total = [fact.total.minor for fact in self.totals if fact.at <= at][-1]
        if not total:
            return net >= 0 and (gross > 0 or self.stays_free(at))
        return net >= total if opens_on == "full_payment" else net > 0

    def stays_free(self, since: datetime) -> bool:
        """Tell whether from an instant on the total stays 0 until something is paid."""
        later = [at for at in self.instants if at > since]
        for at in later:
            if any(one.mark is not None and self.when(one.mark.at) <= at for one in self.payments):
                return True
            if [fact.total.minor for fact in self.totals if fact.at <= at][-1]:
                return False
        return True

    @staticmethod
    def when(at: datetime) -> datetime:
        """Give from when a fact counts: never before the order was made."""
        return max(at, CREATED)

    @property
    def instants(self) -> list[datetime]:
        """Every instant at which anything happened."""
        paid = [self.when(one.mark.at) for one in self.payments if one.mark is not None]
        back = [self.when(refund.at) for one in self.payments for refund in one.refunds]
        return sorted({CREATED, *paid, *back, *(fact.at for fact in self.totals)})


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """Draw up to four payments, paid or not, with refunds that succeeded or not, and up to three totals."""
    hours = draw(st.lists(st.integers(-5, 40), unique=True, min_size=12, max_size=12))
    instants = [CREATED + timedelta(hours=hour, minutes=1) for hour in hours]
    payments = []
    for number in range(draw(st.integers(0, 4))):
        amount = uah(draw(st.integers(1, 10)) * 100)
        paid_at, back_at = instants.pop(), instants.pop()
        outcome = draw(st.sampled_from([None, Outcome.SUCCEEDED, Outcome.SUCCEEDED, Outcome.FAILED, Outcome.PENDING]))
        refund = Refund(
            id="r", amount=uah(draw(st.integers(1, 12)) * 100), at=back_at, outcome=outcome or Outcome.FAILED
        )
        payments.append(
            Payment(
                id=f"o1.{number}",
                amount=amount,
                created_at=CREATED,
                due_at=CREATED,
                mark=draw(st.none() | st.just(Mark(at=paid_at, version=2, amount=amount))),
                refunds=() if outcome is None else (refund,),
            )
        )
    later = sorted(at for at in instants if at > CREATED)[: draw(st.integers(0, 2))]
    amounts = st.integers(0, 20).map(lambda hundreds: uah(hundreds * 100))
    totals = [TotalSet(at=at, version=n + 1, total=draw(amounts)) for n, at in enumerate([CREATED, *later])]
    return Facts(tuple(payments), tuple(totals))


def refunds_after_payments(known: Facts) -> Facts:
    """Let what went back before it was paid go back when it was paid (P9)."""
    moved = (
        attrs.evolve(one, refunds=tuple(attrs.evolve(back, at=max(back.at, one.mark.at)) for back in one.refunds))
        if one.mark is not None
        else one
        for one in known.payments
    )
    return attrs.evolve(known, payments=tuple(moved))


class TestP5:
    """The order is activated at the first instant at which net paid money reaches what opens it: `first_payment` any
    paid amount; `full_payment` the total; a total of 0 activates at creation. It is found by folding the facts of money
    in the order of their own instants, so the order of arrival does not matter; nothing that happens after moves it.
    """

    @pytest.mark.parametrize(
        ("paid", "total", "first", "whole"),
        [(0, 1, False, False), (1, 2, True, False), (1, 1, True, True), (0, 0, True, True), (-1, 0, False, False)],
    )
    def test_a_kopiyka(self, paid: int, total: int, *, first: bool, whole: bool) -> None:
        """One is enough to be any paid amount, and too much for a total of nothing; less than nothing opens nothing."""
        step = Tally(CREATED, uah(paid + 1), uah(1), uah(total), uah(total))

        assert [first_opened([step], one) for one in OPENS_ON] == [CREATED if one else None for one in (first, whole)]

    def test_all_at_one_instant(self) -> None:
        """Money that came counts before money that went back, whichever was told first: the whole was there once."""
        back = Refund(id="r", amount=uah(100), at=CREATED)
        payments = [
            Payment(
                id=f"o1.{number}",
                amount=uah(100),
                created_at=CREATED,
                due_at=CREATED,
                mark=Mark(at=CREATED, version=1, amount=uah(100)),
                refunds=refunds,
            )
            for number, refunds in enumerate(((back,), ()), 1)
        ]

        steps = tallies(payments, [TotalSet(at=CREATED, version=1, total=uah(200))])

        assert [step.net.minor for step in steps] == [0, 100, 200, 100]
        assert first_opened(steps, "full_payment") == CREATED

    @pytest.mark.parametrize(("opens_on", "opens_with"), [("first_payment", 1), ("full_payment", 3)])
    def test_what_opens(self, opens_on: Activation, opens_with: int) -> None:
        """Three parts: the first one opens it, or only the last one does, at the instant at which it was paid."""
        school = Office()
        order = school.makes("900.00", opens_on=opens_on)
        for amount in ("300.00", "300.00", "300.00"):
            school.owes(order, amount)

        for number in (1, 2, 3):
            school.at(f"2026-11-0{number} 12:00").pays(order, number)
            expected = None if number < opens_with else local(f"2026-11-0{opens_with} 12:00")
            assert school.order(order).activated_at == expected
            assert school.access().open is (expected is not None)

    def test_nothing_to_pay(self) -> None:
        """A total of 0 activates at creation: no payment is made, and the order counts as paid."""
        school = Office()

        order = school.sold("0.00", opens_on="full_payment")

        assert school.events(order) == ["order.created", "order.activated", "order.paid", "order.moved"]
        assert school.order(order).activated_at == school.now
        assert (school.card(order)["payments"], school.status(order)) == ([], "paid")
        assert school.access().open

    def test_a_discount_of_everything(self) -> None:
        """An edit of the total opens the order at its own instant, if it is down to what was paid."""
        school = Office()
        order = school.makes("1000.00", opens_on="full_payment")
        school.owes(order, "600.00", paid=True)
        assert school.reasons() == ["not_paid"]

        school.at("2026-11-05 12:00").does(asked.EditOrder(order=order, discount=PercentOff(percent=Decimal(40))))

        assert school.order(order).activated_at == local("2026-11-05 12:00")

    @pytest.mark.parametrize("opens_on", OPENS_ON)
    def test_what_comes_later_does_not_move_it(self, opens_on: Activation) -> None:
        """Refunds, more payments, a higher total: activated it stays, since that instant."""
        school = Office()
        order = school.makes("500.00", opens_on=opens_on)
        school.owes(order, "500.00", paid=True)
        activated_at = school.now

        school.at("2026-11-02 10:00").refunds(order, "500.00")
        school.owes(order, "100.00", paid=True)
        school.does(asked.EditLine(order=order, product="python", price=Decimal(5000)))

        assert school.order(order).activated_at == activated_at
        assert school.events(order).count("order.activated") == 1

    def test_what_is_learned_later_may_move_it(self) -> None:
        """Money that turns out to have come earlier opened the order earlier; no second letter says so."""
        school = Office()
        order = school.makes("1000.00")
        for _ in range(2):
            school.owes(order, "500.00")
        school.at("2026-11-05 12:00").pays(order, 1)

        school.at("2026-11-06 12:00").hears(order, Outcome.SUCCEEDED, 2, at=local("2026-11-04 12:00"))

        assert school.order(order).activated_at == local("2026-11-04 12:00")
        assert school.access(at="2026-11-04 12:00").open
        assert school.notifier.letters.count("access_granted") == 1

    def test_a_twin_after_all(self) -> None:
        """O3: an order that a newer opening superseded loses that mark when it is activated after all."""
        school = Office()
        order = school.sold()
        newer = school.opens()
        assert school.order(order).superseded_by == newer

        receipt = school.pays(order)

        assert school.order(order).superseded_by is None
        assert receipt.events[:3] == ("payment.paid", "order.activated", "order.superseded")

    def test_a_moment_before(self) -> None:
        """It is closed up to the instant at which it was paid, and open at it (T4)."""
        school = Office()
        order = school.sold()
        school.pays(order)
        plan = school.orders.plan(contact="olena", product="python")

        assert not plan.access(school.now - MOMENT).open
        assert plan.access(school.now).open

    def test_refunded_before_it_was_enough(self) -> None:
        """Half, back, half: there was never enough, and so it was never opened."""
        school = Office()
        order = school.makes("1000.00", opens_on="full_payment")
        school.owes(order, "500.00", paid=True)
        school.at("2026-11-02 10:00").refunds(order, "500.00")

        school.at("2026-11-03 10:00").owes(order, "500.00", paid=True)

        assert school.order(order).activated_at is None

    def test_at_one_instant_money_comes_first(self) -> None:
        """Paid and refunded at the same instant, it was paid; which report came first does not matter."""
        for paid_first in (True, False):
            school = Office()
            order = school.sold()
            came = report(order, Outcome.SUCCEEDED, at=CREATED)
            went = refund_report(order, "1000.00", at=CREATED)
            for one in (came, went) if paid_first else (went, came):
                school.does(one)
            assert school.order(order).activated_at == CREATED
            assert school.card(order)["payment_status"] == "refunded"

    @given(known=facts(), opens_on=st.sampled_from(OPENS_ON))
    def test_the_fold(self, known: Facts, opens_on: Activation) -> None:
        """It is the first of all instants at which, everything added up, there is enough."""
        enough = [at for at in known.instants if known.reaches(opens_on, at)]

        assert first_opened(tallies(known.payments, known.totals), opens_on) == (enough[0] if enough else None)

    @given(known=facts(), data=st.data())
    def test_arrival_does_not_matter(self, known: Facts, data: st.DataObject) -> None:
        """Whichever fact was learned first, and whether or not a refund came before its payment: the same tallies."""
        shuffled = data.draw(st.permutations(known.payments))

        def seen(payments: Sequence[Payment]) -> dict[datetime, tuple[object, ...]]:
            # of several at one instant the last counts
            return {one.at: (one.paid, one.refunded, one.total) for one in tallies(payments, known.totals)}

        assert seen(shuffled) == seen(refunds_after_payments(known).payments)


class TestP7:
    """Payment status of the order is derived, never set: refunds R, paid gross G, net N = G − R, total T. R > 0 and
    N ≤ 0 → refunded; R > 0 and N < T → partially_refunded; N ≥ T → paid; N = 0 → unpaid; else partially_paid.
    balance = T − N; below zero is shown as overpaid.
    """

    @pytest.mark.parametrize(
        ("paid", "refunded", "total", "status"),
        [
            (0, 0, 1000, "unpaid"),
            (1, 0, 1000, "partially_paid"),
            (999, 0, 1000, "partially_paid"),
            (1000, 0, 1000, "paid"),
            (1050, 0, 1000, "paid"),
            (0, 0, 0, "paid"),
            (1000, 1, 1000, "partially_refunded"),
            (1000, 999, 1000, "partially_refunded"),
            (400, 1, 1000, "partially_refunded"),
            (1000, 1000, 1000, "refunded"),
            (400, 400, 1000, "refunded"),
            (1000, 1200, 1000, "refunded"),
            (1000, 1000, 0, "paid"),
            (1100, 100, 1000, "paid"),
            (2000, 1000, 1000, "paid"),
            (500, 100, 300, "paid"),
        ],
    )
    def test_the_table(self, paid: int, refunded: int, total: int, status: str) -> None:
        """Each sum right at, below and above its border."""
        sums = Tally(CREATED, uah(paid), uah(refunded), uah(total), uah(total))

        assert sums.status == status
        assert sums.net == uah(paid - refunded)
        assert sums.balance == uah(total - paid + refunded)

    @given(paid=st.integers(0, 5), refunded=st.integers(0, 6), total=st.integers(0, 5))
    def test_what_each_status_means(self, paid: int, refunded: int, total: int) -> None:
        """One status for any sums; without refunds it never says refunded; paid is what owes nothing."""
        sums = Tally(CREATED, uah(paid), uah(refunded), uah(total), uah(total))
        status = sums.status

        assert (status is PaymentStatus.REFUNDED) == (total > 0 and refunded > 0 and paid <= refunded)
        assert (status is PaymentStatus.PARTIALLY_REFUNDED) == (0 < refunded < paid < refunded + total)
        if not refunded:
            assert (status is PaymentStatus.PAID) == (sums.balance.minor <= 0)
            assert (status is PaymentStatus.UNPAID) == (paid == 0 < total)

    @given(
        steps=st.lists(
            st.tuples(st.sampled_from(["pay", "refund", "price", "discount"]), st.integers(1, 10)), max_size=8
        )
    )
    def test_the_card_shows_the_sums(self, steps: Sequence[tuple[str, int]]) -> None:
        """Whatever the staff does, the card has what came, what went, what it costs, and what is still owed."""
        school = Office()
        order = school.makes("1000.00")
        paid, refunded, price, percent = 0, 0, 1000, 0
        left: list[int] = []

        for step, much in steps:
            if step == "pay":
                school.owes(order, str(much * 100), paid=True)
                left.append(much * 100)
                paid += much * 100
            elif step == "refund" and left and left[-1]:
                amount = min(left[-1], much * 100)
                school.refunds(order, str(amount), len(left))
                left[-1] -= amount
                refunded += amount
            elif step == "price":
                price = much * 200
                school.does(asked.EditLine(order=order, product="python", price=Decimal(price)))
            elif step == "discount":
                percent = much * 10
                school.does(asked.EditOrder(order=order, discount=PercentOff(percent=Decimal(percent))))
            total = price * (100 - percent) // 100
            card = school.card(order)
            assert (card["paid"], card["refunded"]) == (f"{paid}.00", f"{refunded}.00")
            assert (card["total"], card["balance"]) == (f"{total}.00", f"{total - paid + refunded}.00")
            assert card["payment_status"] == Tally(CREATED, uah(paid), uah(refunded), uah(total), uah(total)).status

    def test_unpaid_and_void_do_not_count(self) -> None:
        """What is owed or was given up is in no sum."""
        school = Office()
        order = school.makes("1000.00")
        school.owes(order, "400.00")
        school.owes(order, "600.00")
        school.voids(order, 2)

        card = school.card(order)
        assert (card["paid"], card["balance"], card["payment_status"]) == ("0.00", "1000.00", "unpaid")

    def test_at_an_instant(self) -> None:
        """The sums of any instant are those of the facts up to it (T6)."""
        school = Office()
        order = school.sold()
        school.pays(order)
        paid_at = school.now
        school.at("2026-11-05 10:00").refunds(order, "1000.00")

        sums_at = school.order(order).sums_at
        assert sums_at(paid_at - MOMENT).status == "unpaid"
        assert sums_at(paid_at).status == sums_at(school.now - MOMENT).status == "paid"
        assert sums_at(school.now).status == sums_at(school.now + timedelta(days=900)).status == "refunded"
