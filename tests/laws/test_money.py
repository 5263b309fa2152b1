"""M: money. It is counted, never measured; nothing is lost on the way."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import attrs
import pytest
from babel.numbers import get_currency_precision, list_currencies
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders._currencies import EXPONENTS
from kwiga_orders.errors import Refused
from kwiga_orders.money import Money, exponent_of
from kwiga_orders.offers import AmountOff, CreateOffer, Discount, ItemAsked, OfferState, PercentOff, discounted
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Full, Parts, PaymentOption
from kwiga_orders.periods import Period
from kwiga_orders.queries import OrderQuery, OrdersQuery
from kwiga_orders.terms import TermsChange
from kwiga_orders.testing.school import School
from kwiga_orders.views import shapes
from kwiga_orders.views.shapes import OrderView
from tests.laws.office import Office

MOST = 10**12 - 1

NOT_IN_BABEL = {"XAD"}
"""Codes that ISO 4217 has and the data of some releases of Babel does not know yet."""

WITHOUT_CENTS_IN_CLDR = {
    "AFN", "ALL", "COP", "HUF", "IDR", "IQD", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SOS", "SYP", "YER",
}  # fmt: skip
"""Currencies whose cents exist by ISO 4217, and which some release of CLDR shows without, as nobody uses them."""


def currencies() -> st.SearchStrategy[str]:
    """Draw any currency."""
    return st.sampled_from(sorted(EXPONENTS))


def money(currency: str = "UAH", *, least: int = 0) -> st.SearchStrategy[Money]:
    """Draw an amount, small ones often."""
    return (st.integers(least, 1000) | st.integers(least, MOST)).map(lambda minor: Money(minor, currency))


def any_money() -> st.SearchStrategy[Money]:
    """Draw an amount of any currency, also what is owed to somebody."""
    return st.builds(Money, st.integers(-MOST, MOST), currencies())


def read(amount: str | Decimal, currency: str) -> Money | str:
    """Read an amount; give the code if it is refused."""
    try:
        return Money.of(amount, currency)
    except Refused as refused:
        return refused.code


class TestM1:
    """Money is exact: an amount and an ISO 4217 currency; finer than the minor unit is refused."""

    @given(amount=any_money())
    def test_text_and_back(self, amount: Money) -> None:
        """What is written is read as the same amount, to the last minor unit."""
        assert Money.of(amount.amount, amount.currency) == amount
        assert Fraction(amount.amount) == Fraction(amount.minor, 10 ** exponent_of(amount.currency))

    @given(
        text=st.from_regex(r"[0-9]{1,14}(\.[0-9]{1,4})?", fullmatch=True),
        currency=st.sampled_from(["UAH", "JPY", "KWD", "CLF"]),
    )
    def test_a_text_and_its_number(self, text: str, currency: str) -> None:
        """However many digits a text has, it is the same money as the number that it writes, or refused as that is."""
        assert read(text, currency) == read(Decimal(text), currency)

    @given(minor=st.integers(0, MOST), finer=st.integers(1, 9), currency=currencies())
    def test_finer_than_the_minor_unit_is_refused(self, minor: int, finer: int, currency: str) -> None:
        """A tenth of a minor unit is too much; trailing zeros are not finer."""
        exact = Decimal(minor).scaleb(-exponent_of(currency))
        digit = Decimal(finer).scaleb(-exponent_of(currency) - 1)

        assert Money.of(exact + digit * 0, currency).minor == minor
        with pytest.raises(Refused) as refusal:
            Money.of(exact + digit, currency)
        assert refusal.value.code == "money.too_precise"

    @pytest.mark.parametrize(
        ("amount", "currency", "minor"),
        [
            ("10", "JPY", 10),
            ("1.234", "KWD", 1234),
            ("10.50", "UAH", 1050),
            ("0.0001", "CLF", 1),
            ("1E+2", "UAH", 10000),
        ],
    )
    def test_read(self, amount: str, currency: str, minor: int) -> None:
        """1.234 KWD is fine, and so is everything else as fine as its currency."""
        assert Money.of(amount, currency) == Money(minor, currency)

    @pytest.mark.parametrize(("amount", "currency"), [("10.5", "JPY"), ("1.234", "UAH"), ("0.00001", "CLF")])
    def test_too_precise(self, amount: str, currency: str) -> None:
        """10.5 JPY and 1.234 UAH are refused, never rounded."""
        with pytest.raises(Refused, match=r"money\.too_precise"):
            Money.of(amount, currency)

    @pytest.mark.parametrize("amount", ["", "ten", "NaN", "Infinity", "-Infinity", "1e-400"])
    def test_no_amount(self, amount: str) -> None:
        """What is no number, or finer than any amount, is refused without being computed with."""
        with pytest.raises(Refused) as refused:
            Money.of(amount, "UAH")
        assert refused.value.code == "input.invalid"

    @pytest.mark.parametrize("amount", ["1e400", "-1e400", "9" * 40, "1000000000000", "-1000000000000"])
    def test_too_much(self, amount: str) -> None:
        """K5: more money than there is is refused without being computed with."""
        with pytest.raises(Refused) as refused:
            Money.of(amount, "UAH")
        assert refused.value.code == "money.too_large"

    @pytest.mark.parametrize("currency", ["", "UA", "uah", "XXX", "ABC", "UAHUAHUAH"])
    def test_no_currency(self, currency: str) -> None:
        """Only currencies in use are currencies."""
        with pytest.raises(Refused, match=r"input\.invalid"):
            Money.of("1", currency)

    def test_the_table_is_that_of_babel(self) -> None:
        """As many decimals as Babel says, but for those it does not know, and those it shows without cents."""
        known = set(EXPONENTS) & set(list_currencies())
        shown = {code: get_currency_precision(code) for code in known}

        assert set(EXPONENTS) - known <= NOT_IN_BABEL
        assert {code for code in known if shown[code] != EXPONENTS[code]} <= WITHOUT_CENTS_IN_CLDR
        assert {shown[code] for code in WITHOUT_CENTS_IN_CLDR if shown[code] != EXPONENTS[code]} <= {0}

    @pytest.mark.parametrize("amount", [0.5, 10.0, 1e9])
    def test_floats_are_refused(self, amount: float) -> None:
        """Also one that happens to be exact."""
        with pytest.raises(Refused, match=r"input\.invalid"):
            Money.of(amount, "UAH")  # type: ignore[arg-type]

    @pytest.mark.parametrize("currency", ["JPY", "UAH", "KWD"])
    @pytest.mark.parametrize("more", [-1, 0, 1])
    def test_compared_to_the_last_minor_unit(self, more: int, currency: str) -> None:
        """One minor unit more is more, and one less is less, also about nothing at all."""
        for minor in (-1, 0, 1, 1000):
            one, other = Money(minor, currency), Money(minor + more, currency)
            assert [one < other, one <= other, one > other, one >= other] == [more > 0, more >= 0, more < 0, more <= 0]
            assert (one - other, one + -other) == (Money(-more, currency), Money(-more, currency))

    @pytest.mark.parametrize(
        ("minor", "currency", "shown"),
        [
            (0, "UAH", "0.00 UAH"),
            (-5, "UAH", "-0.05 UAH"),
            (123456, "UAH", "1234.56 UAH"),
            (-1050, "JPY", "-1050 JPY"),
            (1, "KWD", "0.001 KWD"),
        ],
    )
    def test_shown(self, minor: int, currency: str, shown: str) -> None:
        """With as many decimals as the currency has, and the sign in front."""
        assert str(Money(minor, currency)) == shown
        assert bool(Money(minor, currency)) is (minor != 0)

    def test_kept_as_a_count(self) -> None:
        """What a command names as a decimal is kept as a count of minor units."""

        school = School()
        school.sells(price="0.10")

        order = school.order(school.opens())

        assert [(line.price.minor, type(line.price.minor)) for line in order.lines] == [(10, int)]


class TestM2:
    """An order has one currency; its lines and payments take it; another one is refused, never converted."""

    OPERATIONS: tuple[Callable[[Money, Money], object], ...] = (
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a < b,
        lambda a, b: a <= b,
        lambda a, b: a > b,
        lambda a, b: a >= b,
        lambda a, b: Money.total([a, b], currency=a.currency),
    )

    @pytest.mark.parametrize("operation", OPERATIONS)
    @given(one=any_money(), other=any_money())
    def test_two_currencies_never_meet(
        self, operation: Callable[[Money, Money], object], one: Money, other: Money
    ) -> None:
        """Adding, subtracting, comparing and summing need one currency."""
        if one.currency == other.currency:
            operation(one, other)
        else:
            with pytest.raises(Refused) as refusal:
                operation(one, other)
            assert refusal.value.code == "money.currency_mismatch"
            assert refusal.value.details == {"expected": one.currency, "found": other.currency}

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_hryvnias_and_dollars(self, operation: Callable[[Money, Money], object]) -> None:
        """The refusal names the currency that was expected, and the one that was found."""
        with pytest.raises(Refused) as refusal:
            operation(Money(1, "UAH"), Money(1, "USD"))
        assert refusal.value.code == "money.currency_mismatch"
        assert refusal.value.details == {"expected": "UAH", "found": "USD"}

    @given(one=any_money(), other=any_money())
    def test_equal_amounts_of_two_currencies_differ(self, one: Money, other: Money) -> None:
        """1.00 UAH is not 1.00 USD."""
        assert (one == other) == ((one.minor, one.currency) == (other.minor, other.currency))

    def test_lines_and_payments_take_the_currency_of_the_order(self) -> None:
        """A school in hryvnias sells an order in dollars; all that is added to it later is in dollars."""
        school = School()
        school.teaches(product="python")
        school.teaches(product="sql")
        line = asked.LineAsked(product="python", price=Decimal(10))
        order = school.does(asked.CreateOrder(contact="olena", lines=(line,), currency="USD")).order or ""

        school.does(asked.AddLine(order=order, product="sql", price=Decimal("2.50")))
        school.does(asked.AddPayment(order=order, amount=Decimal("12.50"), paid=True))

        after = school.order(order)
        assert {line.price.currency for line in after.lines} | {p.amount.currency for p in after.payments} == {"USD"}
        assert str(after.sums.balance) == "0.00 USD"

    def test_an_offer_in_another_currency(self) -> None:
        """An offer has a currency of its own; its prices are as fine as that one, not as that of the school."""

        school = School()
        school.teaches(product="python")
        item = ItemAsked(product="python", price=Decimal(1000))
        school.does(CreateOffer(code="yen", title="Yen", currency="JPY", items=(item,)))
        with pytest.raises(Refused, match=r"money\.too_precise"):
            school.does(
                CreateOffer(code="sen", title="Sen", currency="JPY", items=(attrs.evolve(item, price=Decimal("0.5")),))
            )


class TestM3:
    """Parts sum to the whole, differ by at most one minor unit, the larger ones come first."""

    @given(whole=any_money(), parts=st.integers(1, 200))
    def test_split(self, whole: Money, parts: int) -> None:
        """Of any amount, into any number of parts."""
        found = whole.split(parts)

        assert len(found) == parts
        assert Money.total(found, currency=whole.currency) == whole
        assert all(0 <= earlier.minor - later.minor <= 1 for earlier, later in pairwise(found))
        assert found[0].minor - found[-1].minor <= 1

    def test_a_thousand_in_three(self) -> None:
        """1000.00 / 3 = 333.34 + 333.33 + 333.33."""
        assert [part.amount for part in Money.of("1000.00", "UAH").split(3)] == ["333.34", "333.33", "333.33"]

    def test_what_is_owed_to_somebody(self) -> None:
        """Parts of a debt differ as little, and the larger come first, too."""
        assert [part.minor for part in Money(-100, "UAH").split(3)] == [-33, -33, -34]

    @pytest.mark.parametrize("parts", [0, -1])
    def test_no_parts(self, parts: int) -> None:
        """There is no such thing as no part of something."""
        with pytest.raises(Refused, match=r"input\.invalid"):
            Money(100, "UAH").split(parts)

    @given(price=money(least=1), count=st.integers(2, 12))
    def test_the_payments_of_an_option(self, price: Money, count: int) -> None:
        """The payments of an order paid in parts sum to its total, so nothing is left over at the end."""
        school = School()
        school.sells(price=price.amount, options=[Parts(id="parts", count=count, every=Period(months=1))])

        order = school.order(school.opens())

        amounts = [payment.amount for payment in order.payments]
        assert Money.total(amounts, currency="UAH") == order.total == price
        assert [one.minor for one in amounts] == sorted((one.minor for one in amounts), reverse=True)


def discounts() -> st.SearchStrategy[Discount]:
    """Draw a percentage, with decimals or not, or an amount."""
    percents = st.decimals(0, 100, places=2) | st.integers(0, 100).map(Decimal)
    amounts = st.decimals(0, 2000, places=2)
    return percents.map(lambda one: PercentOff(percent=one)) | amounts.map(lambda one: AmountOff(amount=one))


class TestM4:
    """Percentages round half up to the minor unit, once, on the discount; line discounts sum to the order's."""

    @given(amount=money(), percent=st.decimals(0, 100, places=3))
    def test_half_up(self, amount: Money, percent: Decimal) -> None:
        """It is the nearest minor unit, and of two equally near the larger one."""
        exact = Fraction(amount.minor) * Fraction(percent) / 100

        assert -1 <= 2 * (exact - amount.percent(percent).minor) < 1

    @pytest.mark.parametrize(
        ("price", "percent", "off"),
        [
            ("1.01", "50", "0.51"),
            ("0.99", "50", "0.50"),
            ("1000.00", "12.5", "125.00"),
            ("0.05", "10", "0.01"),
            ("0.99", "0.5", "0.00"),
        ],
    )
    def test_examples(self, price: str, percent: str, off: str) -> None:
        """Half a kopiyka is a kopiyka off; a little less than half of one is nothing."""
        assert Money.of(price, "UAH").percent(Decimal(percent)).amount == off

    @given(amount=any_money(), weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any))
    def test_shared(self, amount: Money, weights: list[int]) -> None:
        """Shares sum to the whole, each within a minor unit of its exact part; of equal weights the first gets more."""
        shares = amount.shared(weights)

        assert Money.total(shares, currency=amount.currency) == amount
        for share, weight in zip(shares, weights, strict=True):
            assert abs(share.minor - Fraction(amount.minor * weight, sum(weights))) < 1
        same = [share.minor for share, weight in zip(shares, weights, strict=True) if weight == weights[0]]
        assert same == sorted(same, reverse=True)

    def test_to_the_largest_remainders(self) -> None:
        """What is missing goes where most was cut off, and of equals to the first."""
        assert [share.minor for share in Money(100, "UAH").shared([1, 1, 4])] == [17, 17, 66]
        assert [share.minor for share in Money(10, "UAH").shared([5, 0, 2])] == [7, 0, 3]

    @pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1, 1], [-1]])
    def test_nothing_to_share_by(self, weights: list[int]) -> None:
        """Weights that weigh nothing, or less, are refused."""
        with pytest.raises(Refused, match=r"input\.invalid"):
            Money(100, "UAH").shared(weights)

    @given(prices=st.lists(st.integers(0, 10**6), min_size=1, max_size=6), discount=discounts())
    def test_the_discounts_of_lines_sum_to_that_of_the_order(self, prices: list[int], discount: Discount) -> None:
        """The discount is rounded once, on the order, and shared out to its lines."""
        _, view = sold(prices, discount)
        whole = Money(sum(prices), "UAH")

        lines = [Money.of(line["discount"], "UAH") for line in view["lines"]]

        assert Money.total(lines, currency="UAH") == Money.of(view["discount"], "UAH") == discounted(whole, discount)
        assert all(off <= Money(price, "UAH") + Money(1, "UAH") for off, price in zip(lines, prices, strict=True))


def sold(prices: list[int], discount: Discount | None) -> tuple[School, OrderView]:
    """Sell a line for each price, in kopiykas; give the school and the card of the order."""
    school = School()
    for n in range(len(prices)):
        school.teaches(product=f"p{n}")
    lines = tuple(asked.LineAsked(product=f"p{n}", price=Decimal(price).scaleb(-2)) for n, price in enumerate(prices))
    order = school.does(asked.CreateOrder(contact="olena", lines=lines, discount=discount)).order or ""
    view = school.orders.ask(OrderQuery(order=order))
    return school, view


class TestM5:
    """`total = Σ line prices − discount + plan difference` (P12) and is never negative."""

    @given(
        price=money(least=1),
        discount=st.none() | discounts(),
        asks=st.none() | st.integers(0, 10**6).map(lambda minor: Decimal(minor).scaleb(-2)),
    )
    def test_total(self, price: Money, discount: Discount | None, asks: Decimal | None) -> None:
        """An option with a total of its own adds the difference; without one the order costs prices less discount."""
        school = School()
        school.teaches()
        item = ItemAsked(product="python", price=Decimal(price.amount), terms=TermsChange())
        option: PaymentOption = Full(id="own", total=asks)
        school.does(
            CreateOffer(
                code="basic",
                title="Basic",
                state=OfferState.PUBLISHED,
                items=(item,),
                discount=discount,
                payment_options=(option,),
            )
        )

        order = school.order(school.opens())

        less = price - discounted(price, discount)
        assert order.total == (less if asks is None else Money.of(asks, "UAH"))
        assert order.total == order.price - order.discount_amount + order.plan_difference
        assert order.sums.balance == order.total

    def test_every_view_of_an_order_adds_up(self) -> None:
        """M5: every view that shows the total of an order shows all five amounts: cards, rows, the customer's."""
        shown = [
            view for view in vars(shapes).values() if {"number", "total"} <= set(getattr(view, "__annotations__", ()))
        ]

        assert {shapes.OrderView, shapes.CustomerOrderView, shapes.RowView} <= set(shown)
        for view in shown:
            assert {"price", "discount", "plan_difference", "on_top"} <= set(view.__annotations__), view

    def test_rows_of_lists_add_up(self) -> None:
        """A row shows what the card shows: here a plan that costs more, and a payment on top."""
        school = Office()
        order = school.sold(payment_options=(Full(id="full", total=Decimal("1200.00")),))
        school.owes(order, "50.00", on_top=True)
        (row,) = school.orders.ask(OrdersQuery())["rows"]
        names = ("price", "discount", "plan_difference", "on_top", "total")

        assert [row[name] for name in names] == ["1000.00", "0.00", "200.00", "50.00", "1250.00"]  # type: ignore[literal-required]

    @given(
        prices=st.lists(st.integers(0, 10**5), min_size=1, max_size=3), discount=discounts(), cheaper=st.integers(0, 50)
    )
    def test_never_negative(self, prices: list[int], discount: Discount, cheaper: int) -> None:
        """However much is taken off, and however cheap a line becomes, nobody is owed money for an order."""
        school, view = sold(prices, discount)
        order = school.order(view["id"])
        assert order.total == order.price - order.discount_amount >= Money.zero("UAH")

        school.does(asked.EditLine(order=order.id, product="p0", price=Decimal(cheaper).scaleb(-2)))

        after = school.order(order.id)
        assert after.total == after.price - after.discount_amount >= Money.zero("UAH")

    def test_an_option_that_is_cheaper_stays_so_within_reason(self) -> None:
        """An option that is 900.00 cheaper keeps that difference, also when the price falls to 500.00."""
        school = School()
        school.sells(price="1000.00", options=[Full(id="deal", total=Decimal("100.00"))])
        order = school.opens()

        school.does(asked.EditLine(order=order, product="python", price=Decimal("500.00")))

        assert str(school.order(order).plan_difference) == "-900.00 UAH"
        assert str(school.order(order).total) == "0.00 UAH"
