"""K8: who may do what is a table."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders import queries
from kwiga_orders.commands import Command
from kwiga_orders.errors import Refused
from kwiga_orders.jobs import EACH, ForEach
from kwiga_orders.listing import OrderFilters
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.state import Order
from kwiga_orders.periods import Period
from kwiga_orders.policy import POLICY, Person, Policy, Request, Role, orders_named
from kwiga_orders.testing.school import School

OWNER, MANAGER, VIEWER = (Person(id="ira", role=role) for role in ("owner", "manager", "viewer"))
IRA = Person(id="ira", role="own_orders")
OLENA = Person(id="olena", role="customer")


def order_of(contact: str, *, manager: str | None = None, responsibles: tuple[str, ...] = ()) -> Order:
    """Make an order of a contact that somebody manages."""
    school = School()
    school.teaches("l1")
    order = school.does(
        asked.CreateOrder(contact=contact, lines=(asked.LineAsked(product="python", price=Decimal(1)),))
    )
    assert order.order is not None
    school.does(asked.EditOrder(order=order.order, manager=manager, responsibles=responsibles))
    return school.order(order.order)


MINE, SHARED, OTHERS = order_of("olena", manager="ira"), order_of("olena", responsibles=("ira",)), order_of("taras")


def is_allowed(request: Request, person: Person, orders: Iterable[Order] = (), policy: Policy = POLICY) -> bool:
    """Tell whether a request passes."""
    try:
        policy.refuse_unless_allowed(request, person, orders=orders)
    except Refused:
        return False
    return True


def concrete(base: type[Any]) -> dict[str, type[Any]]:
    """Give the commands or questions that have a name."""
    found: dict[str, type[Any]] = {}
    for kind in base.__subclasses__():
        found |= concrete(kind)
        if isinstance(name := getattr(kind, "name", None), str):
            found[name] = kind
    return found


class TestK8:
    """Who may do what is a table: roles of staff and the customer, each with its commands and questions."""

    def test_the_table_names_what_there_is(self) -> None:
        """Every role has its row, and every name in it is that of a command or a question."""
        known = concrete(Command).keys() | concrete(queries.Query).keys()

        assert set(POLICY.allowed) == set(get_args(Role))
        assert {name for names in POLICY.allowed.values() if names for name in names} - known == set()

    def test_the_refusal(self) -> None:
        """It is `actor.not_allowed`, with the role and the name of what was asked, and nothing of its content."""
        with pytest.raises(Refused) as refused:
            POLICY.refuse_unless_allowed(asked.CancelOrder(order=MINE.id), VIEWER, orders=[MINE])
        assert refused.value.code == "actor.not_allowed"
        assert refused.value.details == {"kind": "viewer", "command": "cancel_order"}

    def test_a_viewer_changes_nothing(self) -> None:
        """A viewer has every question of a manager, and no command."""
        allowed = POLICY.allowed["viewer"]
        assert allowed is not None
        assert allowed & concrete(Command).keys() == set()
        assert not is_allowed(asked.CancelOrder(order=MINE.id), VIEWER, [MINE])
        assert is_allowed(queries.OrderQuery(order=OTHERS.id), VIEWER, [OTHERS])

    def test_a_manager_leaves_settings_alone(self) -> None:
        """A manager works on every order; offers, funnels and erasing are the owner's."""
        for name in ("create_offer", "edit_offer", "edit_funnel", "remove_status", "erase_contact", "run_due"):
            assert name not in (POLICY.allowed["manager"] or ()), name
        assert is_allowed(asked.CancelOrder(order=OTHERS.id), MANAGER, [OTHERS])
        assert POLICY.allowed["owner"] is None

    @pytest.mark.parametrize(("order", "may"), [(MINE, True), (SHARED, True), (OTHERS, False)])
    def test_own_orders(self, order: Order, *, may: bool) -> None:
        """`own_orders` acts on and looks at orders of which it is manager or responsible."""
        assert is_allowed(asked.FreezeAccess(order=order.id, period=Period(days=1)), IRA, [order]) is may
        assert is_allowed(queries.OrderQuery(order=order.id), IRA, [order]) is may
        assert is_allowed(queries.PreviewQuery(command=asked.CancelOrder(order=order.id)), IRA, [order]) is may

    @pytest.mark.parametrize(
        ("filters", "may"),
        [
            (OrderFilters(manager=("ira",)), True),
            (OrderFilters(responsible=("ira",), status=("new",)), True),
            (OrderFilters(manager=("ira", "petro")), False),
            (OrderFilters(), False),
        ],
    )
    def test_lists_of_own_orders(self, filters: OrderFilters, *, may: bool) -> None:
        """It lists, counts and gives jobs to its own orders only."""
        job = ForEach(filters=filters, each=asked.ExtendAccess(order=EACH, by=Period(days=1)), job="week")
        for request in (queries.OrdersQuery(filters=filters), queries.CountQuery(filters=filters), job):
            assert is_allowed(request, IRA) is may

    def test_a_customer(self) -> None:
        """A customer opens an offer, pays and stops a renewal, all for themselves, and asks about themselves."""
        for contact, order, may in (("olena", MINE, True), ("taras", OTHERS, False)):
            assert is_allowed(asked.OpenOffer(offer="b1", contact=contact), OLENA) is may
            assert is_allowed(asked.StopRenewal(order=order.id), OLENA, [order]) is may
            assert is_allowed(queries.CustomerOrderQuery(order=order.id), OLENA, [order]) is may
            assert is_allowed(queries.LessonsQuery(contact=contact, product="python"), OLENA) is may
        assert not is_allowed(queries.OrderQuery(order=MINE.id), OLENA, [MINE])
        assert not is_allowed(asked.CancelOrder(order=MINE.id), OLENA, [MINE])

    @given(role=st.sampled_from(get_args(Role)), name=st.sampled_from(["order", "history", "actions", "stays"]))
    def test_an_order_that_is_not_there(self, role: Role, name: str) -> None:
        """Whoever may see only some orders gets one answer for a foreign order and for one that does not exist (K6)."""
        kind = concrete(queries.Query)[name]
        person = Person(id="ira", role=role)
        assert is_allowed(kind(order="nowhere"), person) is is_allowed(kind(order=OTHERS.id), person, [OTHERS])

    @given(role=st.sampled_from(get_args(Role)), data=st.data())
    def test_what_holds_another_is_judged_by_it(self, role: Role, data: st.DataObject) -> None:
        """No batch and no preview lets through what a role may not do by itself."""
        order = data.draw(st.sampled_from([MINE, SHARED, OTHERS]))
        command = data.draw(
            st.sampled_from([asked.CancelOrder(order=order.id), asked.OpenOffer(offer="b1", contact=order.contact)])
        )
        question = data.draw(
            st.sampled_from([queries.OrderQuery(order=order.id), queries.ProductsQuery(contact=order.contact)])
        )
        person = Person(id=data.draw(st.sampled_from(["ira", "olena"])), role=role)

        for inner, outer in (
            (command, queries.PreviewQuery(command=command)),
            (question, queries.BatchQuery(queries=(question,))),
        ):
            assert set(orders_named(outer)) == set(orders_named(inner))
            assert is_allowed(inner, person, [order]) or not is_allowed(outer, person, [order])

    def test_a_table_of_ones_own(self) -> None:
        """A host may bring its own table; a role that is not in it may do nothing."""
        own = Policy(allowed={"viewer": frozenset({"cancel_order"})})

        assert is_allowed(asked.CancelOrder(order=OTHERS.id), VIEWER, [OTHERS], own)
        assert not is_allowed(queries.OrderQuery(order=OTHERS.id), VIEWER, [OTHERS], own)
        assert not is_allowed(queries.OrderQuery(order=OTHERS.id), OWNER, [OTHERS], own)
