"""Laws of lists, the board, search and roles: a list is exactly the orders that pass its filter."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

from kwiga_orders.course import Course
from kwiga_orders.extras import extra
from kwiga_orders.jobs import EACH, ForEach
from kwiga_orders.listing import OrderFilters
from kwiga_orders.money import Money
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.asked import owed
from kwiga_orders.orders.state import Order
from kwiga_orders.periods import Period
from kwiga_orders.policy import ROLES
from kwiga_orders.project import Actor, Contact
from kwiga_orders.queries import (
    AccessQuery,
    ActionsQuery,
    BoardQuery,
    ContactsQuery,
    CountQuery,
    CustomerOrderQuery,
    OrderQuery,
    OrdersQuery,
    TotalsQuery,
)
from kwiga_orders.testing.laws.desk import Desk, code_of
from kwiga_orders.testing.laws.law import Draw, Laws, Met, law

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["ListLaws"]

_HOUR = timedelta(hours=1)
_FILTERS: tuple[tuple[OrderFilters, Callable[[Order], bool]], ...] = (
    (OrderFilters(payment_status=("paid",)), lambda order: order.payment_status.value == "paid"),
    (OrderFilters(payment_status=("unpaid", "refunded")), lambda o: o.payment_status.value in ("unpaid", "refunded")),
    (OrderFilters(cancelled=True), lambda order: order.cancelled_at is not None),
    (OrderFilters(cancelled=False), lambda order: order.cancelled_at is None),
    (OrderFilters(overpaid=True), lambda order: order.sums.balance.minor < 0),
    (OrderFilters(needs_attention=True), lambda order: order.needs_attention),
    (OrderFilters(unassigned=True), lambda order: order.manager is None),
    (OrderFilters(manager=("ira",)), lambda order: order.manager == "ira"),
    (OrderFilters(team=("maria",)), lambda order: "maria" in order.team),
    (OrderFilters(tag=("cold",)), lambda order: "cold" in order.tags),
    (OrderFilters(number=(1, 3)), lambda order: order.number in (1, 3)),
    (OrderFilters(tag=("cold",), unassigned=True), lambda order: "cold" in order.tags and order.manager is None),
)
"""Filters, each with the condition on an order that it means (V1)."""

_NAMES = (
    ("Олена Ковальчук", "+380671234567", ("олена", "КОВАЛЬЧУК оле", "067 123-45-67", "+38 (067) 123 45 67", "34567")),
    ("Семён Ёлкин", "84951234567", ("семен", "елкин сем", "ЁЛКИН", "+7 495 123-45-67", "495 1234567")),
    ("Мар'яна O'Neil", "+48 22 123 45 67", ("мар’яна", "o`neil", "МАРʼЯНА", "22 123 4567")),
    ("İlknur Ilgaz", "+905321234567", ("ilknur", "ILGAZ", "ılgaz i")),
)
"""Names and phones, each with texts by which people search for them (V3)."""


class ListLaws(Laws):
    """V, K6, K8: lists, search, and who sees what."""

    def lives(self, desk: Desk, draw: Draw) -> list[str]:
        """Make a few orders with different histories."""
        made: list[str] = []
        fates = draw(
            st.lists(st.sampled_from(("new", "paid", "back", "late", "cancelled", "over")), min_size=3, max_size=5),
            "what happened",
        )
        for fate in fates:
            desk.passes(_HOUR)
            manager = draw(st.sampled_from((None, "ira", "maria")), "manager")
            tags = draw(st.sampled_from(((), ("cold",), ("cold", "hot"))), "tags")
            order = desk.makes(500, paid=fate in ("paid", "back", "over"), manager=manager, tags=tags)
            made.append(order)
            if fate == "back":
                desk.does(desk.refund(order, 500))
            if fate == "over":
                desk.adds(order, 300, paid=True, on_top=False)
            if fate in ("late", "cancelled"):
                payment = desk.adds(order, 500)
                desk.does(asked.CancelOrder(order=order))
                if fate == "late":
                    desk.does(asked.MarkPaid(order=order, payment=payment))
        return made

    @law("V1")
    def test_a_list_is_its_filter(self, desk: Desk, draw: Draw, met: Met) -> None:
        """For every filter, the list, its pages, its count and its totals are those of the orders that pass it."""
        made = self.lives(desk, draw)
        filters, fits = draw(st.sampled_from(_FILTERS), "filter")
        expected = [id for id in made if fits(desk.order(id))]
        met(0 < len(expected) < len(made))
        found: list[str] = []
        after: str | None = None
        while True:
            query = OrdersQuery(filters=filters, sort="number", descending=False, limit=2, after=after)
            page = desk.school.orders.ask(query)
            found += [row["id"] for row in page["rows"]]
            after = page["next"]
            if after is None:
                break

        assert found == expected
        assert desk.school.orders.ask(CountQuery(filters=filters)) == len(expected)
        orders = list(map(desk.order, expected))
        totals = desk.school.orders.ask(TotalsQuery(filters=filters)).get(desk.currency)
        counted = [one for one in orders if one.cancelled_at is None and one.payment_status.value != "refunded"]
        total = Money.total([one.sums.total for one in counted], currency=desk.currency)
        assert Decimal("0" if totals is None else totals["total"]) == total.decimal
        still_owed = Money.total([owed(one) for one in orders], currency=desk.currency)
        assert Decimal("0" if totals is None else totals["owed"]) == still_owed.decimal

    @law("V1")
    def test_a_list_is_in_order(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A list is sorted by number, creation or change, in both directions; no page repeats or misses an order."""
        made = self.lives(desk, draw)
        touched = draw(st.sampled_from(made), "edited")
        desk.passes(_HOUR)
        desk.does(asked.EditOrder(order=touched, comment="edited"))
        met(touched != made[-1])
        for descending in (False, True):
            found = self.ids(desk, OrdersQuery(sort="updated", descending=descending))
            keys = [desk.order(id).updated_at for id in found]
            assert keys == sorted(keys, reverse=descending)
            assert sorted(found) == sorted(made)
            by_number = self.ids(desk, OrdersQuery(sort="number", descending=descending))
            assert by_number == (made[::-1] if descending else made)

    def ids(self, desk: Desk, query: OrdersQuery) -> list[str]:
        """Give the ids of the orders in a list."""
        return [row["id"] for row in desk.school.orders.ask(query)["rows"]]

    @law("V1")
    def test_days_are_those_of_the_project(self, desk: Desk, draw: Draw, met: Met) -> None:
        """An order was created on a day from the day's first local instant to its last."""
        start = datetime(2026, 3, 28, 20, tzinfo=UTC)
        at = start + timedelta(minutes=draw(st.integers(0, 40 * 60), "minutes"))
        desk.at(at)
        order = desk.makes(100)
        day = at.astimezone(desk.school.clock.now().tzinfo).date()
        zone_day = desk.order(order).created_at.astimezone(desk.tz).date()
        met(day != zone_day)
        for shift in (-1, 0, 1):
            asked_day = zone_day + timedelta(days=shift)
            filters = OrderFilters(created_from=asked_day, created_until=asked_day)
            assert desk.school.orders.ask(CountQuery(filters=filters)) == (shift == 0)

    @law("V2")
    def test_the_board_is_the_list_by_status(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Each status has its orders, their count, and the sum of those that are neither cancelled nor refunded."""
        made = [desk.order(id) for id in self.lives(desk, draw)]
        board = desk.school.orders.ask(BoardQuery(funnel=made[0].funnel, cards=2))
        met(any(order.cancelled_at is not None for order in made))
        for column in board["columns"]:
            there = [order for order in made if order.status == column["status"]]
            counts = [one for one in there if one.cancelled_at is None and one.payment_status.value != "refunded"]
            total = Money.total([order.sums.total for order in counts], currency=desk.currency)
            assert column["count"] == len(there)
            assert Decimal(column["sums"].get(desk.currency, "0")) == total.decimal
            assert len(column["cards"]) == min(2, len(there))

    @law("V3")
    def test_people_are_found_as_they_are_typed(self, desk: Desk, draw: Draw, met: Met) -> None:
        """People are found in any letter case, with ё or е, with any apostrophe; phones by digits in any format."""
        name, phone, typed = draw(st.sampled_from(_NAMES), "person")
        for n, (other, number, _) in enumerate(_NAMES):
            desk.school.knows(Contact(id=f"p{n}", name=other, phone=number))
        text = draw(st.sampled_from(typed), "typed")
        met(text != name)
        found = desk.school.orders.ask(ContactsQuery(search=text))["rows"]

        assert name in [row["name"] for row in found], (text, phone)
        assert len(found) == 1 or text == "34567"

    @law("V5")
    def test_a_customer_sees_their_order_and_no_more(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Whatever the staff writes in whatever field, the customer's card shows none of it."""
        order, secret = self.lives(desk, draw)[0], "not for customers"
        fields = draw(st.sampled_from((("comment",), ("manager", "comment"), ("tags",))), "noted in")
        values = {name: (secret,) if name == "tags" else secret for name in fields}
        desk.does(asked.EditOrder(order=order, **values))  # type: ignore[arg-type]  # fields by name, checked when made
        desk.does(asked.AddNote(order=order, text=secret))
        desk.does(asked.AddTask(order=order, title=secret))
        met()
        assert secret in repr(desk.school.orders.ask(OrderQuery(order=order)))
        assert secret not in repr(desk.school.orders.ask(CustomerOrderQuery(order=order)))

    @law("V8")
    def test_what_may_be_done_is_what_can_be_done(self, desk: Desk, draw: Draw, met: Met) -> None:
        """`actions` gives null for each command that would be accepted, and for every other the code of its refusal."""
        order = self.lives(desk, draw)[0]
        commands: tuple[asked.OrderCommand, ...] = (
            asked.CancelOrder(order=order),
            asked.ReopenOrder(order=order),
            asked.UnfreezeAccess(order=order),
            asked.StopRenewal(order=order),
            asked.ResolveAttention(order=order),
            asked.AddNote(order=order, text="x"),
        )
        command = draw(st.sampled_from(commands), "command")
        told = desk.school.orders.ask(ActionsQuery(order=order))[command.name]
        code = desk.refused(command)
        met(code is not None)

        assert told == code

    @law("V10")
    def test_a_job_is_each_command_by_itself(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A job executes a command for each order by itself; a refusal is counted and does not stop the others."""
        made = self.lives(desk, draw)
        filters, fits = draw(st.sampled_from(_FILTERS), "filter")
        chosen = [id for id in made if fits(desk.order(id))]
        each = draw(st.sampled_from((asked.CancelOrder(order=EACH), asked.AddNote(order=EACH, text="x"))), "each")
        is_cancel = isinstance(each, asked.CancelOrder)
        refuse = [id for id in chosen if is_cancel and desk.order(id).cancelled_at is not None]
        versions = {id: desk.order(id).version for id in made}
        receipt = desk.does(ForEach(filters=filters, each=each, job="law"))
        met(0 < len(chosen) < len(made))

        changed = [id for id in made if desk.order(id).version != versions[id]]
        assert changed == [id for id in chosen if id not in refuse]
        assert (receipt.done, sum((receipt.refused or {}).values())) == (len(changed), len(refuse))

    @law("K6")
    def test_a_foreign_id_is_an_unknown_one(self, desk: Desk, draw: Draw, met: Met) -> None:
        """The id of another project's order gets the same answer as an unknown id."""
        order = desk.makes(100, paid=True)
        other = desk.in_another_project()
        other.school.has(Course(product=other.product))
        id = draw(st.sampled_from((order, "nobodys")), "id")
        met(id == order)
        commands = (asked.AddNote(order=id, text="x"), asked.CancelOrder(order=id), asked.Remind(order=id, payment="p"))
        for command in commands:
            assert other.refused(command) == "not_found"
        assert other.refused_question(OrderQuery(order=id)) == "not_found"
        assert not other.school.orders.ask(OrdersQuery())["rows"]
        assert desk.order(order).cancelled_at is None

    @law("K8")
    def test_a_role_reaches_what_its_row_says(self, desk: Desk, draw: Draw, met: Met) -> None:
        """`own_orders` sees only its team's orders, a customer only their own, and a viewer changes nothing."""
        mine = draw(st.booleans(), "one's own")
        desk.school.knows(Contact(id="somebody"))
        order = desk.makes(100, paid=True, manager="ira" if mine else "maria")
        role = draw(st.sampled_from(sorted(ROLES)), "role")
        contact = desk.contact if mine else "somebody"
        actor = Actor(kind="customer", id=contact) if role == "customer" else Actor(kind="staff", id="ira")
        acting = desk.school.orders.acting(actor, role=role)
        extend = asked.AddNote(order=order, text="seen")
        may = role in ("owner", "manager") or (role == "own_orders" and mine)
        met(role in ("own_orders", "customer") and not mine)
        version = desk.order(order).version

        assert (code_of(partial(acting.execute, extend)) is None) is may
        assert desk.order(order).version == version + may
        refused = code_of(partial(acting.ask, AccessQuery(contact=desk.contact, product=desk.product)))
        assert (refused is None) is (role in ("owner", "manager", "viewer") or mine)
        if role == "own_orders":
            assert [row["id"] for row in acting.ask(OrdersQuery())["rows"]] == [order] * mine

    @law("K2")
    def test_an_edit_to_what_is_there_changes_nothing(self, desk: Desk, draw: Draw, met: Met) -> None:
        """An edit that changes nothing writes no history, and the version stays."""
        order = desk.makes(100, paid=True, comment="here", tags=("a",))
        edits: tuple[asked.OrderCommand, ...] = (
            asked.EditOrder(order=order, comment="here"),
            asked.EditOrder(order=order, tags=("a",)),
            asked.EditLine(order=order, product=desk.product, price=desk.amount(100)),
            asked.MoveOrder(order=order, status=desk.order(order).status),
            asked.EditPayment(order=order, payment=f"{order}.1", comment=None),
        )
        edit, version = draw(st.sampled_from(edits), "edit"), desk.order(order).version
        rows = len(desk.school.history(order))
        desk.does(edit)
        met()

        assert (desk.order(order).version, len(desk.school.history(order))) == (version, rows)

    @law("N1")
    def test_events_come_once_and_in_order(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Each change has its own id, and those of one order come in the order in which they happened."""
        order = desk.makes(100, paid=True)
        for days in draw(st.lists(st.integers(1, 9), min_size=1, max_size=4), "frozen for"):
            desk.does(asked.FreezeAccess(order=order, period=Period(days=days)))
            desk.does(asked.UnfreezeAccess(order=order))
            desk.passes(_HOUR)
        desk.school.orders.relay_once(desk.school.notifier)
        rows = [row for row in desk.school.notifier.rows if row.kind == "event" and row.order == order]
        met()

        assert [row.name for row in rows] == [recorded.event.name for recorded in desk.school.history(order)]
        assert len({row.id for row in rows}) == len(rows)
        assert [row.id for row in rows] == sorted(row.id for row in rows)
