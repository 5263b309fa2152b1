"""Laws of money: no amount is lost or rounded twice, and shown amounts add up."""

from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from operator import add

from kwiga_orders.extras import extra
from kwiga_orders.money import Money
from kwiga_orders.offers import PercentOff
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Full, Parts
from kwiga_orders.periods import Period
from kwiga_orders.queries import OrderQuery
from kwiga_orders.testing.laws import drawn
from kwiga_orders.testing.laws.desk import Desk, code_of
from kwiga_orders.testing.laws.law import Draw, Laws, Met, law

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["MoneyLaws"]

DECIMALS = {"UAH": 2, "JPY": 0, "KWD": 3}
"""The number of decimals of each currency."""


class MoneyLaws(Laws):
    """M: money."""

    @law("M1")
    def test_nothing_is_finer_than_the_minor_unit(self, desk: Desk, draw: Draw, met: Met) -> None:
        """An amount with one decimal too many is refused, and any other is kept exactly."""
        currency, minor = draw(st.sampled_from(sorted(DECIMALS))), draw(drawn.amounts())
        unit = Decimal(1).scaleb(-DECIMALS[currency])
        met()

        assert Money.of(minor * unit, currency).decimal == minor * unit
        assert code_of(partial(Money.of, (minor + Decimal("0.1")) * unit, currency)) == "money.too_precise"

    @law("M2")
    def test_currencies_do_not_mix(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Two amounts in different currencies cannot be added."""
        one, other = Money(draw(drawn.amounts()), "UAH"), Money(draw(drawn.amounts()), "JPY")
        met()

        assert code_of(partial(add, one, other)) == "money.currency_mismatch"

    @law("M3")
    def test_splitting_loses_nothing(self, desk: Desk, draw: Draw, met: Met) -> None:
        """The parts sum up to the whole, differ by at most one minor unit, and the larger ones come first."""
        whole, count = Money(draw(drawn.amounts()), "UAH"), draw(st.integers(1, 12))
        parts = [part.minor for part in whole.split(count)]
        met(whole.minor % count > 0)

        assert sum(parts) == whole.minor
        assert max(parts) - min(parts) <= 1
        assert parts == sorted(parts, reverse=True)

    @law("M3")
    def test_parts_of_an_offer_cost_what_it_costs(self, desk: Desk, draw: Draw, met: Met) -> None:
        """The instalments of an order sum up to its total."""
        price, count = draw(drawn.amounts(), "price"), draw(st.integers(2, 9), "parts")
        order = desk.order(desk.sold(price, option=Parts(id="parts", count=count, every=Period(months=1))))
        met(price % count > 0)

        assert [one.amount.minor for one in order.payments] == [
            price // count + (n < price % count) for n in range(count)
        ]

    @law("M4")
    def test_a_percentage_rounds_half_up(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A percentage discount is rounded once, half up, to the minor unit."""
        percent = draw(st.sampled_from((50, 10, 25, 5)), "per cent")
        # odd multiples that give exactly half a minor unit, as often as other prices
        halves = st.integers(1, 2000).map(lambda n: (2 * n + 1) * 50 // percent)
        price = draw(halves | drawn.amounts(), "price")
        order = desk.order(desk.sold(price, discount=PercentOff(percent=Decimal(percent))))
        exact = Decimal(price) * percent / 100
        met(exact % 1 == Decimal("0.5"))

        assert order.discount_amount.minor == int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))

    @law("M5")
    def test_what_is_shown_adds_up(self, desk: Desk, draw: Draw, met: Met) -> None:
        """On the card, total = prices - discount + plan difference + on top, and the total is never negative."""
        own = draw(st.none() | drawn.amounts(), "total of the option")
        option = Full(id="full", total=None if own is None else desk.amount(own))
        order = desk.sold(draw(drawn.amounts(), "price"), option=option)
        percent = draw(st.sampled_from((None, 10, 33, 100)), "discount")
        if percent is not None:
            desk.does(asked.EditOrder(order=order, discount=PercentOff(percent=Decimal(percent))))
        desk.adds(order, draw(drawn.amounts(), "added"), on_top=draw(st.sampled_from((None, True, False)), "on top"))
        card = desk.school.orders.ask(OrderQuery(order=order))
        price, discount, plan, on_top, total = (
            Decimal(card[name]) for name in ("price", "discount", "plan_difference", "on_top", "total")
        )
        met(on_top > 0 and discount > 0)

        assert total == price - discount + plan + on_top
        assert total >= 0

    @law("M5")
    def test_an_option_with_a_total_costs_that(self, desk: Desk, draw: Draw, met: Met) -> None:
        """An option with its own total costs that total; the offer's discount does not apply."""
        own = draw(drawn.amounts(), "total of the option")
        option = Full(id="full", total=desk.amount(own))
        order = desk.sold(draw(drawn.amounts()), option=option, discount=PercentOff(percent=Decimal(20)))
        met()

        assert desk.order(order).sums.total.minor == own
