"""F5: orders moved by hand."""

from decimal import Decimal

import pytest

from kwiga_orders.funnel import Rule
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.events import OrderMoved
from kwiga_orders.payments import Subscribe
from kwiga_orders.periods import Period
from tests.laws.office import Office, placed


class TestF5:
    """People move orders by hand to any status, also into another funnel: the status is named, or else is the one
    mapped to the order's payment state there, else that funnel's initial one.
    """

    def test_anywhere(self) -> None:
        """Forward and backward, and history says it was by hand."""
        school, order = placed()

        for status in ("paid", "call", "agreed", "new"):
            school.moves(order, status)
            assert school.status(order) == status

        moves = [row.event for row in school.history(order) if isinstance(row.event, OrderMoved)]
        assert [(move.from_status, move.to_status, move.by) for move in moves] == [
            ("new", "paid", "hand"),
            ("paid", "call", "hand"),
            ("call", "agreed", "hand"),
            ("agreed", "new", "hand"),
        ]

    def test_changes_nothing_else(self) -> None:
        """No money, no access, no letter; and to where it stands it changes nothing at all (K2)."""
        school, order = placed(Rule(event="order.paid", status="paid"))
        school.owes(order, "400.00", paid=True)
        before, access, letters = school.customer_card(order), school.access(), list(school.notifier.letters)

        school.moves(order, "paid")

        assert school.events(order)[-1] == "order.moved"
        assert (school.customer_card(order), school.access(), school.notifier.letters) == (before, access, letters)
        version = school.order(order).version
        school.moves(order, "paid")
        assert school.order(order).version == version

    def test_a_status_of_another_funnel(self) -> None:
        """It is named together with its funnel."""
        school, order = placed()

        school.moves(order, "refund", "default")

        assert (school.order(order).funnel, school.status(order)) == ("default", "refund")
        assert school.refused(asked.MoveOrder(order=order, status="agreed")) == "not_found"
        assert school.refused(asked.MoveOrder(order=order, funnel="gone")) == "not_found"

    @pytest.mark.parametrize(
        ("paid", "refunded", "status"),
        [
            (None, None, "new"),
            ("400.00", None, "partially_paid"),
            ("1000.00", None, "paid"),
            ("1000.00", "1.00", "refund"),
            ("1000.00", "1000.00", "full_refund"),
        ],
    )
    def test_by_its_money(self, paid: str | None, refunded: str | None, status: str) -> None:
        """With no status named it stands where its money is in the other funnel."""
        school, order = placed(status="agreed")
        if paid is not None:
            school.owes(order, paid, paid=True)
        if refunded is not None:
            school.refunds(order, refunded)

        school.moves(order, funnel="default")

        assert school.status(order) == status

    @pytest.mark.parametrize(("type", "status"), [("regular", "call"), ("subscription", "agreed")])
    def test_else_where_orders_start(self, type: str, status: str) -> None:
        """A funnel that maps nothing to its money takes it as a new order."""
        school = Office()
        school.builds(Rule(event="order.created", status="call"), Rule(event="order.subscribed", status="agreed"))
        if type == "subscription":
            option = Subscribe(id="sub", amount=Decimal("1000.00"), every=Period(months=1))
            order = school.sold("1000.00", payment_options=(option,))
            school.pays(order)
        else:
            order = school.makes("1000.00")
            school.owes(order, "1000.00", paid=True)

        school.moves(order, funnel="vip")

        assert school.status(order) == status
