"""V4-V6: what the staff and the customer see of orders, products and participants."""

from decimal import Decimal

from kwiga_orders.orders.commands import AddTask, EditOrder, StopRenewal
from kwiga_orders.payments import Outcome, Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.queries import (
    CustomerOrderQuery,
    CustomerOrdersQuery,
    OrderFilters,
    OrderQuery,
    OrdersQuery,
    ParticipantsQuery,
    ProductsQuery,
    StaysQuery,
)
from kwiga_orders.testing.school import School
from kwiga_orders.views.shapes import View
from kwiga_orders.wire import read_query
from tests.laws.office import Office
from tests.laws.subscribed import running


class TestV4:
    """The staff card holds all of O2, price breakdown, lines with windows, payments with attempts, history, tasks."""

    def test_the_card(self) -> None:
        """What was noted, what was paid, and what follows from it stand on the card."""
        school = School().at("2026-11-01 10:00")
        school.sells()
        order = school.opens()
        school.does(EditOrder(order=order, manager="maria", tags=("hot",), comment="asked by phone"))
        school.does(AddTask(order=order, title="call back", assignee="ira"))
        school.pays(order)
        card = school.orders.ask(OrderQuery(order=order))

        assert (card["manager"], card["tags"], card["comment"]) == ("maria", ["hot"], "asked by phone")
        assert [task["title"] for task in card["tasks"]] == ["call back"]
        assert (card["price"], card["discount"], card["total"]) == ("1000.00", "0.00", "1000.00")
        assert (card["paid"], card["refunded"], card["balance"]) == ("1000.00", "0.00", "0.00")
        assert card["lines"][0]["starts_at"] == "2026-11-01T08:00:00Z"
        assert card["payments"][0]["attempts"] == []
        assert [row["event"] for row in card["history"]][:2] == ["order.created", "payment.added"]

    def test_what_is_on_top_adds_up(self) -> None:
        """P1, P13: of a subscription every payment by hand is, and a void one is no more; the card says so of each."""
        school, order = running()
        school.owes(order, "70.00")
        school.owes(order, "30.00")
        school.voids(order, 3)
        card = school.card(order)

        assert card["on_top"] == "70.00"
        assert [one["on_top"] for one in card["payments"]] == ["0.00", "70.00", "0.00"]

    def test_attempts_stand_as_they_ended(self) -> None:
        """P4, P11: the one that has an outcome stands before the one that still waits, whichever was told first."""
        school = Office().at("2026-11-01 10:00")
        order = school.sold(gateway="wayforpay")
        school.tries(order)
        school.at("2026-11-01 10:05").tries(order)
        school.at("2026-11-01 10:10").hears(order, Outcome.FAILED)

        assert [one["outcome"] for one in school.card(order)["payments"][0]["attempts"]] == ["failed", "pending"]


class TestV5:
    """The customer's view is a type of its own with an allow-list of fields; nothing internal is reachable from it."""

    INTERNAL = ("maria", "hot", "asked by phone", "call back", "default")

    def test_nothing_internal(self) -> None:
        """None of the texts that the staff noted occurs anywhere in it."""
        school = School()
        school.sells()
        order = school.opens()
        school.does(EditOrder(order=order, manager="maria", tags=("hot",), comment="asked by phone"))
        school.does(AddTask(order=order, title="call back"))
        seen = str(school.orders.ask(CustomerOrderQuery(order=order)))

        assert "1000.00" in seen
        assert not [text for text in self.INTERNAL if text in seen]


class TestV6:
    """A contact's orders, a contact's products (aggregate per A6), a product's participants."""

    def test_orders_of_a_contact(self) -> None:
        """The list, filtered by contact."""
        school = School()
        school.sells()
        mine, _ = school.opens(), school.opens(contact="taras")
        page = school.orders.ask(OrdersQuery(filters=OrderFilters(contact=("olena",))))

        assert [row["id"] for row in page["rows"]] == [mine]

    def test_products_of_a_contact(self) -> None:
        """Each product once, whatever orders are for it; open if any of them gives access."""
        school = School()
        school.sells()
        school.sells("chat", product="chat", price="10.00")
        school.opens()
        school.pays(school.opens())
        school.opens("chat")
        products = school.orders.ask(ProductsQuery(contact="olena"))

        assert [(one["product"], one["access"]["open"]) for one in products] == [("python", True), ("chat", False)]

    def test_participants_of_a_product(self) -> None:
        """Everybody who has an order for it, once, over pages of any size."""
        school = School()
        school.sells()
        school.sells("chat", product="chat", price="10.00")
        school.pays(school.opens())
        school.opens()
        school.opens(contact="taras")
        school.opens("chat", contact="taras")

        found: list[tuple[str, bool]] = []
        after: str | None = None
        while True:
            page = school.orders.ask(ParticipantsQuery(product="python", limit=1, after=after))
            found += [(row["contact"], row["access"]["open"]) for row in page["rows"]]
            after = page["next"]
            if after is None:
                break
        assert found == [("taras", False), ("olena", True)]

    def test_orders_as_their_contact_sees_them(self) -> None:
        """Their own orders, the newest first, as the customer sees them; a superseded twin is left out (V5)."""
        school = School()
        school.sells()
        school.opens()
        newest = school.opens()
        paid = school.opens(contact="taras")
        school.pays(paid)

        def own(contact: str) -> list[str]:
            return [order["id"] for order in school.orders.ask(CustomerOrdersQuery(contact=contact))]

        assert own("olena") == [newest]
        assert own("taras") == [paid]

    def test_why_a_subscription_was_stopped_is_not_shown(self) -> None:
        """A customer sees that a renewal is stopped and since when; the reason is the team's own (V5, P13)."""
        school = School()
        month = Period(months=1)
        school.sells(options=[Subscribe(id="sub", amount=Decimal("300.00"), every=month)])
        order = school.opens()
        school.pays(order)
        school.does(StopRenewal(order=order, reason="planted"))

        card = school.orders.ask(CustomerOrderQuery(order=order))
        assert card["subscription"] is not None
        assert card["subscription"]["stopped_at"] is not None
        assert "planted" not in repr(card)

    def test_on_the_wire(self) -> None:
        """The queries are asked as JSON, too."""
        school = School()
        school.sells()
        order = school.opens()

        def ask(**document: str) -> View:
            return school.orders.ask(read_query(document))

        assert ask(query="products", contact="olena") == school.orders.ask(ProductsQuery(contact="olena"))
        assert ask(query="participants", product="python") == school.orders.ask(ParticipantsQuery(product="python"))
        stays = school.orders.ask(StaysQuery(order=order))
        assert ask(query="stays", order=order) == stays
        assert [(stay["status"], stay["left_at"]) for stay in stays] == [("new", None)]
