"""K8: who may do what is a table, and there is no way around it."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.codec import Json
from kwiga_orders.errors import InvalidInput, Refused
from kwiga_orders.jobs import EACH, ForEach
from kwiga_orders.listing import OrderFilters
from kwiga_orders.orders import commands as asked
from kwiga_orders.policy import POLICY, ROLES, Policy, Role
from kwiga_orders.project import Actor
from kwiga_orders.queries import (
    ActionsQuery,
    BatchQuery,
    BoardQuery,
    ChangesQuery,
    CustomerOrderQuery,
    OrdersQuery,
    PreviewQuery,
    QuoteQuery,
    TasksQuery,
)
from kwiga_orders.service import Orders
from kwiga_orders.wire import read_command, read_query
from tests.importing import stored
from tests.laws.office import Office
from tests.wire.documents import COMMANDS, QUERIES

IRA, OLENA = Actor(kind="staff", id="ira"), Actor(kind="customer", id="olena")
NOT_ALLOWED = "actor.not_allowed"


def shop() -> tuple[Office, str, str]:
    """Give a school with an order that ira manages, for olena, and one that maria does, for taras."""
    office = Office()
    office.teaches("l1")
    office.offers()
    made: list[str] = []
    for contact, manager in (("olena", "ira"), ("taras", "maria")):
        line = asked.LineAsked(product="python", price=Decimal(10))
        order = office.does(asked.CreateOrder(contact=contact, lines=(line,), manager=manager)).order
        assert order is not None
        office.owes(order, "10.00")
        made.append(order)
    first, second = made
    return office, first, second


def addressed(document: dict[str, Json], order: str, contact: str) -> dict[str, Json]:
    """Let a document be about another order, its payment and its contact."""
    names: dict[str, Json] = {"order": order, "payment": f"{order}.1", "contact": contact}
    fields = {name: names.get(name, value) for name, value in document.items()}
    inner = fields.get("queries", fields.get("command"))
    if isinstance(inner, dict):
        fields["command"] = cast(Json, addressed(inner, order, contact))
    if isinstance(inner, list):
        fields["queries"] = [addressed(cast(dict[str, Json], one), order, contact) for one in inner]
    return {name: value for name, value in fields.items() if name not in ("expected_version", "idempotency_key")}


def texts_in(value: object) -> Iterator[str]:
    """Give every text in an answer."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from (name, *texts_in(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)


def acting(office: Office, who: str) -> Orders:
    """Give the orders as a person uses them who has only the first of them."""
    return office.orders.acting(OLENA) if who == "customer" else office.orders.acting(IRA, role="own_orders")


filters_ = st.builds(OrderFilters, manager=st.sampled_from([(), ("maria",), ("ira",)]))
scoped = pytest.mark.parametrize("who", ["own_orders", "customer"])


class TestK8:
    """Who may do what is a table (`policy`): roles of staff (`owner`, `manager`, `own_orders`, `viewer`) and the
    customer, each with the commands and questions it may use, `own_orders` only where it is manager or responsible, a
    customer only about themselves (open an offer, pay, stop a renewal). A host may bring its own table; without one
    everything is allowed to staff. Refusal: `actor.not_allowed`.
    """

    @pytest.mark.parametrize("role", sorted(ROLES))
    def test_a_role_has_the_commands_of_its_row_and_no_others(self, role: str) -> None:
        """Alone, in a preview and in a job, a command that the row does not name is refused, and writes nothing."""
        office, order, _ = shop()
        orders = office.orders.acting(OLENA if role == "customer" else IRA, role=role)
        before = stored(office)
        for name, document in COMMANDS.items():
            command = read_command(addressed(document, order, "olena"))
            if not ROLES[role].has_command(name):
                for path in (lambda: orders.execute(command), lambda: orders.preview(command)):  # noqa: B023
                    with pytest.raises(Refused) as refused:
                        path()
                    assert refused.value.code == NOT_ALLOWED, name
        assert stored(office) == before

    @pytest.mark.parametrize("role", sorted(ROLES))
    def test_a_role_has_the_questions_of_its_row_and_no_others(self, role: str) -> None:
        """Alone and in a batch; those of a batch that are allowed are answered all the same."""
        office, order, _ = shop()
        orders = office.orders.acting(OLENA if role == "customer" else IRA, role=role)
        for name, document in QUERIES.items():
            query = read_query(addressed(document, order, "olena"))
            if ROLES[role].has_query(name):
                continue
            with pytest.raises(Refused) as refused:
                orders.ask(query)
            assert refused.value.code == NOT_ALLOWED, name
            if name not in ("batch", "payment_link") and ROLES[role].has_query("batch"):
                quote = QuoteQuery(offer="basic")
                first, second = cast(list[Any], orders.ask(BatchQuery(queries=(query, quote))))
                assert (first["code"], second["total"]) == (NOT_ALLOWED, "1000.00"), name

    @scoped
    def test_no_command_reaches_an_order_of_somebody_else(self, who: str) -> None:
        """Whatever command it is, the order stays as it was; one that does not exist gets the same answer (K6)."""
        office, _, foreign = shop()
        orders, before = acting(office, who), stored(office)
        for name, document in COMMANDS.items():
            if name in ("create_order", "for_each"):
                continue
            for order in (foreign, "nothing"):
                command = read_command(addressed(document, order, "taras"))
                for path in (lambda: orders.execute(command), lambda: orders.preview(command)):  # noqa: B023
                    with pytest.raises(Refused) as refused:
                        path()
                    assert refused.value.code == NOT_ALLOWED, name
                    assert foreign not in str(refused.value.details), name
        assert stored(office) == before

    @scoped
    def test_no_question_shows_an_order_of_somebody_else(self, who: str) -> None:
        """No answer to any question, alone or in a batch, has anything of the order or its contact."""
        office, _, foreign = shop()
        orders = acting(office, who)
        for name, document in QUERIES.items():
            query = read_query(addressed(document, foreign, "taras"))
            try:
                shown = list(texts_in(orders.ask(query)))
            except (Refused, InvalidInput):
                shown = []
            assert not {foreign, "taras", "Taras", "maria"} & set(shown), name

    @given(
        filters=st.builds(OrderFilters, manager=st.sampled_from([(), ("maria",), ("ira",)])), descending=st.booleans()
    )
    @scoped
    def test_lists_have_what_is_mine(self, who: str, filters: OrderFilters, descending: bool) -> None:
        """Lists, counts, sums, boards and exports hold one's own orders, whatever they are filtered by."""
        office, order, _ = shop()
        orders = acting(office, who)
        query = OrdersQuery(filters=filters, descending=descending)
        if who == "customer":
            for path in (lambda: orders.ask(query), lambda: orders.count(query), lambda: list(orders.export(query))):
                with pytest.raises(Refused):
                    path()
            return
        mine = [] if filters.manager == ("maria",) else [order]

        assert [row["id"] for row in orders.ask(query)["rows"]] == mine
        assert [one["contact"] for one in orders.export(query)] == ["olena"] * len(mine)
        assert orders.count(query) == len(mine)
        columns = orders.ask(BoardQuery(funnel="default", filters=filters))["columns"]
        assert sum(column["count"] for column in columns) == len(mine)

    def test_a_table_of_the_hosts(self) -> None:
        """A host may let customers list: they see their own orders, whatever they filter by."""
        office, order, _ = shop()
        policy = Policy(roles={"buyer": Role(queries=frozenset({"orders"}), of="self")})
        orders = office.orders.acting(OLENA, role="buyer", policy=policy)

        for filters in (OrderFilters(), OrderFilters(contact=("taras",))):
            assert [row["id"] for row in orders.ask(OrdersQuery(filters=filters))["rows"]] == [order]

    def test_tasks_are_mine(self) -> None:
        """Who has only their own orders sees the tasks that are assigned to them."""
        office, order, foreign = shop()
        for one, assignee in ((order, "ira"), (foreign, "maria")):
            office.does(asked.AddTask(order=one, title=f"call {assignee}", assignee=assignee))

        for query in (TasksQuery(), TasksQuery(assignee="maria")):
            tasks = acting(office, "own_orders").ask(query)
            assert [task["title"] for task in tasks] == ["call ira"]

    def test_a_job_changes_what_is_mine(self) -> None:
        """`for_each` takes one's own orders, run as a command or step by step, and shows no others."""
        office, order, foreign = shop()
        orders = acting(office, "own_orders")
        job = ForEach(each=asked.EditOrder(order=EACH, tags=("hot",)))

        assert [row["order"] for row in orders.preview(job)["orders"]] == [order]
        assert orders.execute(job).done == 1
        assert [progress.done for progress in orders.for_each(attrs.evolve(job, job="again"))] == [1]
        assert [office.order(one).tags for one in (order, foreign)] == [("hot",), ()]

    def test_a_job_is_no_way_to_a_command(self) -> None:
        """A role that has no command for one order has it for many neither."""
        office, *_ = shop()
        orders = office.orders.acting(IRA, role="tagger", policy=_only(commands={"for_each", "edit_order"}))

        assert orders.execute(ForEach(each=asked.EditOrder(order=EACH, tags=("hot",)))).done == 2
        with pytest.raises(Refused):
            list(orders.for_each(ForEach(each=asked.CancelOrder(order=EACH))))

    def test_changes_are_of_all_orders(self) -> None:
        """What happened to any order is for those who see all of them."""
        office, *_ = shop()

        assert office.orders.acting(IRA, role="viewer").ask(ChangesQuery())["rows"]
        for who in ("own_orders", "customer"):
            with pytest.raises(Refused):
                acting(office, who).ask(ChangesQuery())

    def test_my_own(self) -> None:
        """A responsible works on an order as its manager does; who is taken off it does not any more."""
        office, order, foreign = shop()
        orders = acting(office, "own_orders")
        office.does(asked.EditOrder(order=foreign, responsibles=("ira",)))

        assert orders.execute(asked.AddNote(order=foreign, text="called")).version
        assert not orders.plan(contact="taras", product="python").access(office.now).open
        orders.execute(asked.EditOrder(order=order, manager=None))
        with pytest.raises(Refused):
            orders.execute(asked.AddNote(order=order, text="called"))
        assert [one.actor for one in office.history(order)][-1] == IRA

    def test_an_order_by_hand_is_ones_own(self) -> None:
        """Who has only their own orders makes orders that are theirs."""
        office, *_ = shop()
        line = asked.LineAsked(product="python", price=Decimal(10))
        made = asked.CreateOrder(contact="olena", lines=(line,), responsibles=("ira",))

        assert acting(office, "own_orders").execute(made).order
        with pytest.raises(Refused):
            acting(office, "own_orders").execute(attrs.evolve(made, responsibles=("maria",)))

    def test_a_customer(self) -> None:
        """A customer opens an offer for themselves, sees it and pays it; the command is theirs, whatever it says."""
        office, order, _ = shop()
        office.connects()
        orders = acting(office, "customer")
        opened = orders.execute(asked.OpenOffer(offer="basic", contact="olena", actor=Actor(kind="staff", id="maria")))

        assert opened.order is not None
        assert office.history(opened.order)[0].actor == OLENA
        assert orders.ask(CustomerOrderQuery(order=order))["number"] == 1
        assert orders.execute(asked.StartAttempt(order=opened.order, payment=f"{opened.order}.1")).made
        for contact in ("taras", "nobody"):
            with pytest.raises(Refused):
                orders.execute(asked.OpenOffer(offer="basic", contact=contact))
            with pytest.raises(Refused):
                orders.ask(QuoteQuery(offer="basic", contact=contact))

    def test_actions_say_so(self) -> None:
        """V8: what the role does not have is refused in the answer of `actions`."""
        office, order, _ = shop()
        policy = _only(commands={"cancel_order"}, queries={"actions"})
        codes = office.orders.acting(IRA, role="tagger", policy=policy).ask(ActionsQuery(order=order))

        assert codes["cancel_order"] is None
        assert {code for name, code in codes.items() if name != "cancel_order"} == {NOT_ALLOWED}

    def test_the_hosts_own_work(self) -> None:
        """Callbacks, the relay and the worker are done for nobody in particular."""
        office, order, _ = shop()
        orders = office.orders.acting(IRA)
        for path in (
            lambda: orders.receive("fake", b"", {}),
            lambda: orders.relay_once(office.notifier),
            lambda: orders.resolve(order),
            lambda: orders.resolve_unknown(),
            lambda: orders.run_due(),
        ):
            with pytest.raises(Refused):
                path()

    def test_without_a_table(self) -> None:
        """Everything is allowed to staff, and to the host that calls by itself."""
        office, *_ = shop()
        permit = POLICY.permit(IRA)

        assert all(permit.role.has_command(name) for name in COMMANDS)
        assert all(permit.role.has_query(name) for name in QUERIES)
        assert office.orders.permit is None
        with pytest.raises(InvalidInput):
            POLICY.permit(IRA, role="king")
        with pytest.raises(InvalidInput):
            POLICY.permit(Actor(kind="gateway", id="stripe"))

    @scoped
    def test_awaited(self, who: str) -> None:
        """The awaited half holds to the same table."""
        office, order, foreign = shop()
        plain = office.awaited()
        orders = plain.acting(OLENA) if who == "customer" else plain.acting(IRA, role="own_orders")

        assert asyncio.run(orders.ask(CustomerOrderQuery(order=order)))["number"] == 1
        for path in (orders.ask(CustomerOrderQuery(order=foreign)), orders.execute(asked.CancelOrder(order=foreign))):
            with pytest.raises(Refused):
                asyncio.run(path)

    def test_a_preview_is_of_an_allowed_command(self) -> None:
        """K3: what may not be done may not be tried, alone or in a batch."""
        office, order, foreign = shop()
        orders = acting(office, "own_orders")
        mine, other = (PreviewQuery(command=asked.CancelOrder(order=one)) for one in (order, foreign))
        first, second = cast(list[Any], orders.ask(BatchQuery(queries=(mine, other))))

        assert "order.cancelled" in first["events"]
        assert second["code"] == NOT_ALLOWED


def _only(*, commands: set[str], queries: set[str] = frozenset()) -> Policy:  # type: ignore[assignment]
    """Give a policy with one role."""
    return Policy(roles={"tagger": Role(commands=frozenset(commands), queries=frozenset(queries))})
