"""What a page shows before anybody takes an offer, and the link by which a payment is paid: questions, both."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.errors import NotFound, Refused
from kwiga_orders.offers import PercentOff
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Full, Parts, Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.queries import OrdersQuery, PaymentLinkQuery, QuoteQuery
from tests.laws.office import Office

OPTIONS = (
    Full(id="full"),
    Parts(id="parts", count=3, every=Period(months=1)),
    Subscribe(id="sub", amount=Decimal("300.00"), every=Period(months=1), trial=Period(days=7)),
)
_MADE = {"id", "order", "history", "contact", "contact_name", "email", "phone", "number", "version"}


class TestO3:
    """O3: what a page would show before anybody takes the offer is a question (`quote`) and makes no order."""

    @given(
        percent=st.none() | st.integers(0, 100).map(Decimal),
        option=st.sampled_from(["full", "parts", "sub"]),
        contact=st.none() | st.just("olena"),
    )
    def test_is_what_opening_would_make(self, percent: Decimal | None, option: str, contact: str | None) -> None:
        """A quote has the fields of the order that opening the offer makes at the same moment."""
        office = Office()
        office.offers(discount=None if percent is None else PercentOff(percent=percent), payment_options=OPTIONS)

        quote = office.orders.ask(QuoteQuery(offer="basic", contact=contact, payment_option=option))
        opened = office.card(office.opens(option=option))

        for view in (quote, opened):
            for line in view["lines"]:
                # a reason names its order, and a quote has none
                line["reasons"] = []
        for field in quote.keys() - _MADE - {"payments"}:
            assert quote[field] == opened[field], field  # type: ignore[literal-required]
        assert [(one["amount"], one["due_at"]) for one in quote["payments"]] == [
            (one["amount"], one["due_at"]) for one in opened["payments"]
        ]

    def test_makes_nothing(self) -> None:
        """Asked a hundred times it takes no number, and there is no order."""
        office = Office()
        office.offers()
        for _ in range(3):
            assert office.orders.ask(QuoteQuery(offer="basic"))["contact"] == ""

        assert office.orders.ask(OrdersQuery())["rows"] == []
        assert office.card(office.opens())["number"] == 1

    def test_a_contact_that_is_not_there(self) -> None:
        """K6: a quote for somebody unknown is refused, as opening the offer would be."""
        office = Office()
        office.offers()

        with pytest.raises(NotFound):
            office.orders.ask(QuoteQuery(offer="basic", contact="nobody"))


class TestP3:
    """P3: the link itself is asked for (`payment_link`); asking changes nothing."""

    def test_it_pays_exactly_what_is_asked(self) -> None:
        """Cash for a part makes the link one for the rest, and asking leaves the order as it was."""
        office = Office()
        office.connects("wayforpay")
        order = office.sold()
        office.does(asked.AddPayment(order=order, amount=Decimal("400.00"), paid=True))
        before = office.card(order)

        link = office.orders.ask(PaymentLinkQuery(order=order, payment=f"{order}.1"))

        assert (link["amount"], link["currency"]) == ("600.00", "UAH")
        assert office.card(order) == before

    def test_where_nothing_is_asked(self) -> None:
        """P15: a payment that asks for nothing has no link."""
        office = Office()
        office.connects("wayforpay")
        order = office.sold()
        office.does(asked.AddPayment(order=order, amount=Decimal("1000.00"), paid=True))

        with pytest.raises(Refused) as refused:
            office.orders.ask(PaymentLinkQuery(order=order, payment=f"{order}.1"))
        assert refused.value.code == "payment.not_owed"
