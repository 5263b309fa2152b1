"""P15: an order asks for no more than it owes, and what is due first is relieved first."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.money import Money
from kwiga_orders.offers import AmountOff
from kwiga_orders.orders.asked import asked_of, asked_spans
from kwiga_orders.orders.commands import EditOrder
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Parts
from kwiga_orders.periods import Period
from tests.laws.office import Office

PLAN = (Parts(id="parts", count=3, every=Period(months=1)),)


def asks(school: Office, order: str) -> dict[int, str]:
    """Give what each payment asks for, by its number."""
    asked = asked_of(school.order(order)).items()
    return {int(id.rpartition(".")[2]): amount.amount for id, amount in asked}


def discounts(school: Office, order: str, amount: str) -> None:
    """Give a discount of that amount."""
    school.does(EditOrder(order=order, discount=AmountOff(amount=Decimal(amount))))


def asked_at_the_end(order: Order) -> dict[str, Money]:
    """Give what the spans say is asked for from the last change on."""
    spans = {id: spans[-1] for id, spans in asked_spans(order).items()}
    return {id: span.amount for id, span in spans.items() if span.ends_at is None}


class TestP15:
    """What an order was sold for asks for no more than is owed: payments made by hand ask their amount, those made by
    an option share what is left of the balance, from the one due last to the one due first.
    """

    def test_a_plan_asks_for_its_parts(self) -> None:
        """Three parts of 900 ask for 300 each."""
        school = Office().at("2026-11-01 10:00")

        assert asks(school, school.sold("900.00", payment_options=PLAN)) == {1: "300.00", 2: "300.00", 3: "300.00"}

    def test_what_is_due_first_is_relieved_first(self) -> None:
        """A discount of 400 takes the whole first part and 100 of the second."""
        school = Office().at("2026-11-01 10:00")
        order = school.sold("900.00", payment_options=PLAN)

        discounts(school, order, "400.00")

        assert asks(school, order) == {2: "200.00", 3: "300.00"}

    def test_by_hand_asks_whatever_the_balance(self) -> None:
        """A payment by hand asks its amount; the parts share what is left after it."""
        school = Office().at("2026-11-01 10:00")
        order = school.sold("900.00", payment_options=PLAN)

        school.owes(order, "700.00")

        assert asks(school, order) == {3: "200.00", 4: "700.00"}

    def test_a_cancelled_order_asks_for_nothing(self) -> None:
        """Nor does one that was superseded."""
        school = Office().at("2026-11-01 10:00")
        order = school.sold("900.00", payment_options=PLAN)
        newer = school.opens()

        assert asks(school, order) == {}
        school.cancels(newer)
        assert asks(school, newer) == {}

    def test_the_spans_say_when(self) -> None:
        """The first part asked for 300 until the discount, then for nothing; the second for 300, then for 200."""
        school = Office().at("2026-11-01 10:00")
        order = school.sold("900.00", payment_options=PLAN)
        born = school.now
        school.at("2026-11-03 10:00")
        discounts(school, order, "400.00")

        spans = asked_spans(school.order(order))

        assert [(one.starts_at, one.ends_at, one.amount.amount) for one in spans[f"{order}.1"]] == [
            (born, school.now, "300.00")
        ]
        assert [(one.starts_at, one.ends_at, one.amount.amount) for one in spans[f"{order}.2"]] == [
            (born, school.now, "300.00"),
            (school.now, None, "200.00"),
        ]

    @given(
        steps=st.lists(
            st.tuples(st.sampled_from(["discount", "hand", "pay", "void", "wait"]), st.integers(1, 900)), max_size=8
        )
    )
    def test_never_more_than_what_is_left(self, steps: list[tuple[str, int]]) -> None:
        """Whatever happens, options ask together for no more than the balance less what is asked by hand, and the spans
        agree at every instant with what is asked then.
        """
        school = Office().at("2026-11-01 10:00")
        order = school.sold("900.00", payment_options=PLAN)
        seen = [(school.now, asked_of(school.order(order)))]
        for what, number in steps:
            school.clock.set(school.now + timedelta(hours=1))
            self._does(school, order, what, number)
            seen.append((school.now, asked_of(school.order(order))))

            now = school.order(order)
            by_hand = [one.id for one in now.payments if one.by_hand]
            asked = asked_of(now)
            most = now.sums.balance.minor - sum(asked[id].minor for id in by_hand if id in asked)
            assert sum(amount.minor for id, amount in asked.items() if id not in by_hand) <= max(most, 0)
            assert asked_at_the_end(now) == asked
        spans = asked_spans(school.order(order))
        for (at, asked), _ in pairwise([*seen, seen[-1]]):
            then = {
                id: span.amount
                for id, found in spans.items()
                for span in found
                if span.starts_at <= at and (span.ends_at is None or at < span.ends_at)
            }
            assert then == asked

    @staticmethod
    def _does(school: Office, order: str, what: str, number: int) -> None:
        unpaid = [one.id for one in school.order(order).payments if one.state == "unpaid"]
        number_of = int(unpaid[number % len(unpaid)].rpartition(".")[2]) if unpaid else 0
        if what == "discount":
            discounts(school, order, str(number))
        elif what == "hand":
            school.owes(order, str(number))
        elif what == "pay" and number_of:
            school.pays(order, number_of)
        elif what == "void" and number_of:
            school.voids(order, number_of)
