"""V8: everything that a front end needs is a question."""

from collections.abc import Mapping, Sequence
from datetime import date

import attrs
import pytest

from kwiga_orders import queries
from kwiga_orders.answering.of_actions import ACTIONS
from kwiga_orders.errors import Refused
from kwiga_orders.offers import EditOffer
from kwiga_orders.orders import commands as asked
from kwiga_orders.periods import Period
from kwiga_orders.project import Actor, Contact
from kwiga_orders.queries import (
    ActionsQuery,
    BatchQuery,
    BoardQuery,
    ChangesQuery,
    ContactsQuery,
    CountQuery,
    HistoryQuery,
    OfferQuery,
    OrderQuery,
    OrdersQuery,
    Query,
    StaffQuery,
    TagsQuery,
    TasksQuery,
)
from kwiga_orders.wire.commands import AnyCommand
from tests.laws.office import Office
from tests.test_reference import _tags

FOR_GATEWAYS = {"report_attempt", "report_refund"}


@attrs.frozen
class Directory:
    """The people of a school, and what was asked of them."""

    names: Mapping[str, str]
    asked: list[Sequence[str]] = attrs.field(factory=list)

    def find_names(self, _: str, ids: Sequence[str], /) -> Mapping[str, str]:
        """Give names, and note what was asked."""
        self.asked.append(ids)
        return {id: self.names[id] for id in ids if id in self.names}


class Listed(Directory):
    """A directory that can be listed, too."""

    def list_staff(self, _: str, /) -> Mapping[str, str]:
        """Give everybody."""
        return self.names


class TestV8:
    """Everything that a front end needs is a question; no answer makes a front end look a name up elsewhere."""

    def test_names_of_people_are_asked_for_once(self) -> None:
        """Managers and responsibles of all rows together, by the host's port; who is not known has no name."""
        office = Office()
        first = office.makes(manager="maria", responsibles=("ira", "nobody"))
        office.makes(manager="maria")
        people = Directory({"maria": "Марія", "ira": "Іра"})
        orders = attrs.evolve(office.orders, people=people)

        rows = orders.ask(OrdersQuery(sort="number", descending=False))["rows"]
        (column, *_) = orders.ask(BoardQuery(funnel="default"))["columns"]

        assert [row["manager_name"] for row in rows] == ["Марія", "Марія"]
        assert rows[0]["responsible_names"] == ["Іра", None]
        assert [set(ids) for ids in people.asked] == [{"maria", "ira", "nobody"}] * 2
        assert column["cards"][1] == rows[0]
        assert rows[0]["id"] == first

    def test_without_people_nobody_has_a_name(self) -> None:
        """The port is the host's to bring."""
        office = Office()
        order = office.makes(manager="maria")
        office.does(asked.AddTask(order=order, title="Call", assignee="ira"))

        (row,) = office.orders.ask(OrdersQuery())["rows"]
        (task,) = office.orders.ask(TasksQuery())

        assert (row["manager"], row["manager_name"]) == ("maria", None)
        assert (task["assignee"], task["assignee_name"]) == ("ira", None)

    def test_the_staff_is_listed_by_name(self) -> None:
        """In pages, found by the words of the name as contacts are (V3); a host may have no list, and says so."""
        staff = {"ira": "Іра Коваль", "oleh": "Олег Ковальчук", "ann": "ann", "b": "Ann", "petro": "Пётр"}
        orders = attrs.evolve(Office().orders, people=Listed(staff))
        first = orders.ask(StaffQuery(limit=3))
        rest = orders.ask(StaffQuery(limit=3, after=first["next"]))

        assert [row["id"] for row in (*first["rows"], *rest["rows"])] == ["ann", "b", "oleh", "petro", "ira"]
        assert (first["listed"], rest["next"]) == (True, None)
        for text, found in {"КОВ ир": [], "КОВ ір": ["ira"], "коваль": ["oleh", "ira"], "петр": ["petro"]}.items():
            assert [row["id"] for row in orders.ask(StaffQuery(search=text))["rows"]] == found

    @pytest.mark.parametrize("people", [None, Directory({"ira": "Іра"})], ids=["without people", "names alone"])
    def test_a_host_without_a_list_says_so(self, people: Directory | None) -> None:
        """Forms have people typed by their ids then."""
        orders = attrs.evolve(Office().orders, people=people)
        assert orders.ask(StaffQuery()) == {"rows": [], "next": None, "listed": False}

    @pytest.mark.parametrize("role", ["owner", "manager", "own_orders", "viewer", "customer"])
    def test_customers_do_not_see_the_staff(self, role: str) -> None:
        """K8: all roles of the staff list their colleagues."""
        orders = attrs.evolve(Office().orders, people=Listed({"ira": "Іра"}))
        mine = orders.acting(Actor(kind="staff", id="ira"), role=role)
        if role == "customer":
            with pytest.raises(Refused, match="may not"):
                mine.ask(StaffQuery())
        else:
            assert mine.ask(StaffQuery())["rows"] == [{"id": "ira", "name": "Іра"}]

    def test_a_card_names_its_assignees(self) -> None:
        """Beside the manager and the responsibles: whoever has a task of the order."""
        office = Office()
        order = office.makes()
        office.does(asked.AddTask(order=order, title="Call", assignee="ira"))
        office.does(asked.AddTask(order=order, title="Write"))
        orders = attrs.evolve(office.orders, people=Directory({"ira": "Іра"}))

        assert [task["assignee_name"] for task in orders.ask(OrderQuery(order=order))["tasks"]] == ["Іра", None]

    def test_who_did_it_has_a_name(self) -> None:
        """Beside the id of whoever noted, moved an end, or gave a command; a customer has the name of the contact."""
        office = Office()
        office.knows(Contact(id="olena", name="Олена"))
        office.offers()
        order = office.does(
            asked.OpenOffer(offer="basic", contact="olena", actor=Actor(kind="customer", id="olena"))
        ).order
        assert order is not None
        ira = Actor(kind="staff", id="ira")
        office.pays(order)
        office.does(asked.AddNote(order=order, text="calls in the evening", actor=ira))
        office.does(asked.SetAccessEnd(order=order, at=date(2027, 1, 9), actor=ira))
        office.does(EditOffer(offer="basic", title="Basic 2", actor=ira))
        orders = attrs.evolve(office.orders, people=Directory({"ira": "Іра"}))

        card = orders.ask(OrderQuery(order=order))
        history = orders.ask(HistoryQuery(order=order))
        offer = orders.ask(OfferQuery(offer="basic"))
        assert isinstance(history, list)

        assert [note["actor_name"] for note in card["notes"]] == ["Іра"]
        assert [one["actor_name"] for one in card["lines"][0]["adjustments"]] == ["Іра"]
        assert [row["actor_name"] for row in card["history"]] == [row["actor_name"] for row in history]
        assert (history[0]["actor_name"], history[-1]["actor_name"]) == ("Олена", "Іра")
        assert [one["actor_name"] for one in offer["versions"]] == [None, "Іра"]

    def test_a_row_names_what_it_shows(self) -> None:
        """Contact with e-mail and phone, products, offer, funnel and status."""
        office = Office()
        office.knows(Contact(id="olena", name="Олена", email="olena@example.com", phone="+380671234567"))
        office.sold()

        (row,) = office.orders.ask(OrdersQuery())["rows"]

        assert (row["contact_name"], row["email"], row["phone"]) == ("Олена", "olena@example.com", "+380671234567")
        assert (row["product_titles"], row["offer_title"]) == (["Python"], "Basic")
        assert row["funnel_name"]
        assert row["status_name"]

    def test_actions_are_all_commands_of_people(self) -> None:
        """Every command of the wire that is given to an order is answered, but the reports of gateways."""
        named = set(_tags(AnyCommand, "command"))

        assert set(ACTIONS) - named == set()
        assert {kind.name for kind in ACTIONS.values()} & FOR_GATEWAYS == set()
        assert {name for name in named if _is_for_orders(name)} - FOR_GATEWAYS == set(ACTIONS)

    def test_actions_are_what_the_rules_say(self) -> None:
        """A command is null just when it would be carried out now, and has the code that it would be refused with."""
        office = Office()
        order = office.sold(refund_policy="keep")
        week = Period(days=7)
        for step in (lambda: None, lambda: office.pays(order), lambda: office.cancels(order)):
            step()
            actions = office.orders.ask(ActionsQuery(order=order))
            for command in (
                asked.FreezeAccess(order=order, period=week),
                asked.ExtendAccess(order=order, by=week),
                asked.CancelOrder(order=order),
                asked.ReopenOrder(order=order),
                asked.MarkPaid(order=order, payment=f"{order}.1"),
                asked.VoidPayment(order=order, payment=f"{order}.1"),
                asked.Remind(order=order, payment=f"{order}.1"),
                asked.Renew(order=order),
                asked.AddTask(order=order, title="Call"),
                asked.MoveOrder(order=order),
            ):
                assert actions[command.name] == _refusal(office, command), command.name

    def test_what_there_is_nothing_of(self) -> None:
        """A command that names a task or a payment of which there is none would not find it."""
        office = Office()
        actions = office.orders.ask(ActionsQuery(order=office.makes()))

        assert (actions["complete_task"], actions["mark_paid"]) == ("not_found", "not_found")
        assert (actions["add_line"], actions["add_payment"], actions["edit_order"]) == (None, None, None)

    def test_a_batch_is_of_one_moment(self) -> None:
        """Answers in the order of the questions; what is refused is a problem in its place."""
        office = Office()
        order = office.makes(tags=("hot",))

        count, problem, tags, wrong = office.orders.ask(
            BatchQuery(queries=(CountQuery(), OrderQuery(order="nobody"), TagsQuery(), ChangesQuery(after="nonsense")))
        )

        assert (count, tags) == (1, [{"tag": "hot", "count": 1}])
        assert isinstance(problem, dict)
        assert isinstance(wrong, dict)
        assert (problem["code"], problem["details"]) == ("not_found", {"what": "order", "id": "nobody"})
        assert wrong["code"] == "input.invalid"
        assert order

    def test_pages_of_contacts(self) -> None:
        """By name, as orders are found; what was ordered stands beside."""
        office = Office()
        for id, name in (("b", "Борис"), ("a", "Алла"), ("v", "Віра")):
            office.knows(Contact(id=id, name=name))
        page = office.orders.ask(ContactsQuery(search="а", limit=1))
        rest = office.orders.ask(ContactsQuery(search="а", after=page["next"]))

        assert [row["name"] for row in (*page["rows"], *rest["rows"])] == ["Алла", "Віра"]
        assert (page["rows"][0]["orders"], rest["next"]) == (0, None)

    @pytest.mark.parametrize("kind", queries.KINDS, ids=lambda kind: kind.name)
    def test_every_question_says_what_it_is(self, kind: type[Query[object]]) -> None:
        """It has a name on the wire and a sentence about itself."""
        assert kind.name
        assert kind.__doc__


def _is_for_orders(name: str) -> bool:
    kinds = [asked.OrderCommand]
    while kinds:
        kind = kinds.pop()
        if getattr(kind, "name", None) == name:
            return True
        kinds += kind.__subclasses__()
    return False


def _refusal(office: Office, command: asked.OrderCommand) -> str | None:
    try:
        office.orders.preview(command)
    except Refused as refused:
        return refused.code
    return None
