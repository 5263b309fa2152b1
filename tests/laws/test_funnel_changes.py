"""F6: what can be done to funnels, and what that never does to orders."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.errors import Refused
from kwiga_orders.funnel import (
    AddStatus,
    CreateFunnel,
    EditFunnel,
    EditStatus,
    Funnel,
    FunnelCommand,
    FunnelStatus,
    RemoveFunnel,
    RemoveStatus,
    ReorderStatuses,
    Rule,
)
from kwiga_orders.offers import ArchiveOffer
from kwiga_orders.orders import commands as asked
from tests.laws.office import Office

STATUSES = st.sampled_from(["new", "call", "paid", "more"])
FUNNELS = st.sampled_from(["default", "vip"])


def funnel_commands() -> st.SearchStrategy[FunnelCommand]:
    """Draw any command to one of two funnels."""
    orders = st.permutations(["new", "call", "paid", "more"]).flatmap(
        lambda ids: st.integers(1, 4).map(lambda length: tuple(ids[:length]))
    )
    rules = st.lists(st.builds(Rule, event=st.sampled_from(["order.paid", "x.a"]), status=STATUSES), max_size=2)
    return st.one_of(
        st.builds(AddStatus, funnel=FUNNELS, id=STATUSES, title=st.just("Any"), before=st.none() | STATUSES),
        st.builds(EditStatus, funnel=FUNNELS, id=STATUSES, title=st.just("Other"), archived=st.booleans()),
        st.builds(ReorderStatuses, funnel=FUNNELS, statuses=orders),
        st.builds(RemoveStatus, funnel=FUNNELS, status=STATUSES, move_to=st.none() | STATUSES),
        st.builds(EditFunnel, funnel=FUNNELS, rules=rules.map(tuple), default=st.booleans()),
        st.builds(
            RemoveFunnel, funnel=FUNNELS, move_to=st.dictionaries(STATUSES, st.tuples(FUNNELS, STATUSES), max_size=4)
        ),
    )


class TestF6:
    """A funnel can be made with id and name alone (it gets one status, New in the project's locale). Statuses can be
    added, renamed, recoloured, reordered, archived and removed. An archived status keeps the orders it has and takes
    no others: nothing starts in it, no rule and no hand moves there (`status.archived`), archiving one that a rule
    names is refused (`status.in_use`), as is archiving the last one (`status.last`). Removing one that holds orders or
    that a rule names is refused (`status.in_use`, naming them) unless `move_to` says where all of it goes. The last
    status and the default funnel cannot be removed. No funnel command ever deletes an order, changes a payment or
    changes access.
    """

    @given(commands=st.lists(funnel_commands(), max_size=10))
    def test_whatever_is_done_to_funnels(self, commands: list[FunnelCommand]) -> None:
        """After any commands every order is there, in an existing status of an existing funnel, with the same payments
        and the same access; a project always has one default funnel, and funnels always have statuses.
        """
        school = Office()
        school.builds(Rule(event="order.paid", status="paid"), statuses="new call paid")
        orders = [school.makes(funnel="vip"), school.makes(funnel="vip", status="call"), school.makes()]
        school.owes(orders[1], "1000.00", paid=True)
        money = [(school.order(order).payments, school.order(order).sums) for order in orders]
        access = school.access()

        for command in commands:
            with suppress(Refused):
                school.does(command)
        with school.store.transaction("school", writes=False) as look:
            funnels = {funnel.id: funnel for funnel in look.all_funnels()}

        assert [funnel.default for funnel in funnels.values()].count(True) == 1
        for order in map(school.order, orders):
            assert order.status in {status.id for status in funnels[order.funnel].statuses}
        assert [(school.order(order).payments, school.order(order).sums) for order in orders] == money
        assert school.access() == access

    @pytest.mark.parametrize(
        ("before", "ids"),
        [(None, ["new", "call", "agreed", "paid", "done"]), ("call", ["new", "done", "call", "agreed", "paid"])],
    )
    def test_added(self, before: str | None, ids: list[str]) -> None:
        """At the end, or before another one, with its name and colour."""
        school = Office()
        school.builds()

        school.does(AddStatus(funnel="vip", id="done", title="Done", colour="#4c8", before=before))

        assert [status.id for status in school.funnel().statuses] == ids
        assert school.funnel().status("done") == FunnelStatus(id="done", name="Done", colour="#4c8")

    def test_edited(self) -> None:
        """Renamed, recoloured, archived: only what is named changes; orders stay where they are."""
        school = Office()
        school.builds()
        order = school.makes(funnel="vip", status="call")

        school.does(EditStatus(funnel="vip", id="call", title="Called"))
        school.does(EditStatus(funnel="vip", id="call", colour="#fff", archived=True))

        assert school.funnel().status("call") == FunnelStatus(id="call", name="Called", colour="#fff", archived=True)
        assert school.funnel().statuses[0] == FunnelStatus(id="new", name="NEW")
        assert school.status(order) == "call"

    def test_made_by_its_name(self) -> None:
        """Its one status is New in the project's locale, and orders stand in it at once."""
        school = Office()

        school.does(CreateFunnel(id="desk", title="Desk"))

        assert school.funnel("desk").statuses == (FunnelStatus(id="new", name="Нове"),)
        assert school.status(school.makes(funnel="desk")) == "new"

    def test_no_hand_moves_into_an_archived_one(self) -> None:
        """Nobody moves an order there, by naming it or by moving the orders of another status; none is made in it."""
        school = Office()
        school.builds(statuses="new old gone")
        order, kept = school.makes(funnel="vip"), school.makes(funnel="vip", status="old")
        school.does(EditStatus(funnel="vip", id="old", archived=True))

        assert school.refused(asked.MoveOrder(order=order, status="old")) == "status.archived"
        assert school.refused(RemoveStatus(funnel="vip", status="gone", move_to="old")) == "status.archived"
        with pytest.raises(Refused, match=r"status\.archived"):
            school.makes(funnel="vip", status="old")
        assert school.status(kept) == "old"
        # it stands there already: nothing moves
        school.moves(kept, "old")

    def test_no_rule_leads_to_an_archived_one(self) -> None:
        """A rule that would is refused, in a new funnel, too; one of the first edition that does moves nothing."""
        school = Office()
        school.builds(statuses="new old")
        school.does(EditStatus(funnel="vip", id="old", archived=True))
        rule = Rule(event="order.paid", status="old")
        statuses = school.funnel().statuses

        assert school.refused(EditFunnel(funnel="vip", rules=(rule,))) == "status.archived"
        made = CreateFunnel(id="other", title="Other", statuses=statuses, rules=(rule,))
        assert school.refused(made) == "status.archived"
        first_edition = Funnel(id="vip", name="VIP", statuses=statuses, rules=(rule,))
        assert (first_edition.rules_for("order.paid"), first_edition.initial()) == ((), "new")

    def test_what_is_in_use_is_not_archived(self) -> None:
        """A rule names it, as its goal or as where it fires from; without the rule it can be archived."""
        school = Office()
        school.builds(Rule(event="order.paid", status="paid", only_from=("call",)))

        for status in ("paid", "call"):
            refusal = school.refusal(EditStatus(funnel="vip", id=status, archived=True))
            assert (refusal.code, refusal.details["rules"]) == ("status.in_use", ["order.paid"])
        school.does(EditFunnel(funnel="vip", rules=()))
        school.does(EditStatus(funnel="vip", id="paid", archived=True))
        assert school.funnel().status("paid").archived

    def test_the_last_one_is_not_archived(self) -> None:
        """Neither archived nor removed; brought back, the archived one takes orders again."""
        school = Office()
        school.builds(statuses="new old")
        school.does(EditStatus(funnel="vip", id="old", archived=True))

        assert school.refused(EditStatus(funnel="vip", id="new", archived=True)) == "status.last"
        assert school.refused(RemoveStatus(funnel="vip", status="new", move_to="old")) == "status.last"
        school.does(EditStatus(funnel="vip", id="old", archived=False))
        school.does(RemoveStatus(funnel="vip", status="new"))
        assert school.status(school.makes(funnel="vip")) == "old"

    def test_a_removed_funnel_sends_nothing_into_an_archived_one(self) -> None:
        """A place that is archived takes none of its orders."""
        school = Office()
        school.builds(statuses="new old")
        school.builds(id="gone", statuses="new")
        school.makes(funnel="gone")
        school.does(EditStatus(funnel="vip", id="old", archived=True))

        assert school.refused(RemoveFunnel(funnel="gone", move_to={"new": ("vip", "old")})) == "status.archived"

    def test_reordered(self) -> None:
        """All of them are named, each once."""
        school = Office()
        school.builds(statuses="a b c")

        school.does(ReorderStatuses(funnel="vip", statuses=("c", "a", "b")))

        assert [status.id for status in school.funnel().statuses] == ["c", "a", "b"]
        for wrong, code in (
            ("a b", "input.invalid"),
            ("a b c a", "input.invalid"),
            ("a b b", "input.invalid"),
            ("a b d", "not_found"),
        ):
            assert school.refused(ReorderStatuses(funnel="vip", statuses=tuple(wrong.split()))) == code

    def test_an_edit_to_what_is_there(self) -> None:
        """It changes nothing, not even the funnel's version (K2)."""
        school = Office()
        school.builds(statuses="a b")
        before = school.funnel()

        school.does(ReorderStatuses(funnel="vip", statuses=("a", "b")))
        school.does(EditFunnel(funnel="vip", title="VIP", rules=(), default=False))
        school.does(EditStatus(funnel="vip", id="a", title="A"))

        assert school.funnel() == before

    @pytest.mark.parametrize(
        ("command", "code"),
        [
            (AddStatus(funnel="vip", id="call", title="Again"), "status.duplicate"),
            (AddStatus(funnel="vip", id="done", title="Done", before="gone"), "not_found"),
            (EditStatus(funnel="vip", id="gone", title="Gone"), "not_found"),
            (EditFunnel(funnel="vip", rules=(Rule(event="order.paid", status="gone"),)), "not_found"),
            (RemoveStatus(funnel="vip", status="gone"), "not_found"),
            (RemoveStatus(funnel="vip", status="call", move_to="gone"), "not_found"),
            (RemoveStatus(funnel="vip", status="call", move_to="refund"), "not_found"),
            (AddStatus(funnel="gone", id="done", title="Done"), "not_found"),
        ],
    )
    def test_what_is_not_there(self, command: FunnelCommand, code: str) -> None:
        """An id that is taken or unknown, also a status of another funnel."""
        school = Office()
        school.builds()

        assert school.refused(command) == code

    def test_removed(self) -> None:
        """A status without orders and rules is simply removed."""
        school = Office()
        school.builds()

        school.does(RemoveStatus(funnel="vip", status="call"))

        assert [status.id for status in school.funnel().statuses] == ["new", "agreed", "paid"]

    def test_in_use(self) -> None:
        """The refusal names the orders it holds and the rules that name it, as target or as source."""
        school = Office()
        school.builds(
            Rule(event="order.paid", status="call"),
            Rule(event="x.a", status="paid", only_from=("call",)),
            Rule(event="x.b", status="paid"),
        )
        numbers = [school.order(school.makes(funnel="vip", status="call")).number for _ in range(2)]

        for move_to in (None, "call"):
            refusal = school.refusal(RemoveStatus(funnel="vip", status="call", move_to=move_to))
            assert (refusal.code, refusal.details["orders"]) == ("status.in_use", numbers)
            assert refusal.details["rules"] == ["order.paid", "x.a"]

    def test_move_to(self) -> None:
        """Its orders go there, each with a row of history, and rules that named it name the other one."""
        school = Office()
        school.builds(
            Rule(event="order.paid", status="call"), Rule(event="x.a", status="paid", only_from=("call", "agreed"))
        )
        order, other = school.makes(funnel="vip", status="call"), school.makes(funnel="vip")

        school.does(RemoveStatus(funnel="vip", status="call", move_to="agreed"))

        assert (school.status(order), school.status(other)) == ("agreed", "new")
        assert school.events(order)[-1] == "order.moved"
        assert school.history(order)[-1].command == "remove_status"
        assert school.funnel().rules == (
            Rule(event="order.paid", status="agreed"),
            Rule(event="x.a", status="paid", only_from=("agreed",)),
        )
        assert school.order(other).version == 1

    def test_cancelled_orders_go_along(self) -> None:
        """An order that takes no other command still stands somewhere."""
        school = Office()
        school.builds()
        order = school.makes(funnel="vip", status="call")
        school.cancels(order)

        school.does(RemoveStatus(funnel="vip", status="call", move_to="new"))

        assert school.status(order) == "new"

    def test_the_last_status(self) -> None:
        """It cannot be removed, wherever its orders might go."""
        school = Office()
        school.builds(statuses="only")

        for move_to in (None, "only"):
            assert school.refused(RemoveStatus(funnel="vip", status="only", move_to=move_to)) == "status.last"

    def test_a_funnel_removed(self) -> None:
        """Its orders go, status by status, where the command says."""
        school = Office()
        school.builds()
        orders = [school.makes(funnel="vip", status=status) for status in ("new", "call", "call")]

        school.does(RemoveFunnel(funnel="vip", move_to={"new": ("default", "new"), "call": ("default", "refund")}))

        stood = [(school.order(order).funnel, school.status(order)) for order in orders]
        assert stood == [("default", "new"), ("default", "refund"), ("default", "refund")]
        assert school.refused(asked.MoveOrder(order=orders[0], funnel="vip")) == "not_found"

    @pytest.mark.parametrize(
        ("move_to", "code"),
        [
            ({}, "funnel.in_use"),
            ({"new": ("default", "new")}, "funnel.in_use"),
            ({"call": ("default", "gone")}, "not_found"),
            ({"call": ("gone", "new")}, "not_found"),
            ({"call": ("vip", "new")}, "not_found"),
            ({"call": ("default",)}, "not_found"),
            ({"call": ()}, "not_found"),
        ],
    )
    def test_nowhere_to_go(self, move_to: dict[str, tuple[str, ...]], code: str) -> None:
        """A funnel with orders goes only if each of them has a place that exists and goes on existing."""
        school = Office()
        school.builds()
        school.makes(funnel="vip", status="call")

        assert school.refused(RemoveFunnel(funnel="vip", move_to=move_to)) == code

    def test_offers_that_sell_into_it(self) -> None:
        """It stays as long as an offer sends new orders there; an archived one sends none."""
        school = Office()
        school.builds()
        school.offers("premium", funnel="vip")

        refusal = school.refusal(RemoveFunnel(funnel="vip"))
        assert (refusal.code, refusal.details["offers"]) == ("funnel.in_use", ["premium"])
        school.does(ArchiveOffer(offer="premium"))
        school.does(RemoveFunnel(funnel="vip"))

    @pytest.mark.parametrize(
        ("move_to", "instead"),
        [
            ({"new": ("default", "new")}, "default"),
            ({"new": ("other", "call"), "call": ("default", "new")}, "other"),
            ({"call": ("other", "new")}, "other"),
            ({"call": ("default", "new"), "paid": ("other", "new")}, None),
        ],
    )
    def test_offers_go_along(self, move_to: dict[str, tuple[str, ...]], instead: str | None) -> None:
        """An offer sells from now on where an order in the initial status would go, else where all orders go; that
        is a version of the offer, and what was sold is as it was.
        """
        school = Office()
        school.builds()
        school.builds(id="other")
        school.offers("premium", funnel="vip")
        command = RemoveFunnel(funnel="vip", move_to=move_to)
        if instead is None:
            assert school.refused(command) == "funnel.in_use"
            return

        school.does(command)

        order = school.order(school.opens("premium"))
        assert (order.funnel, order.status) == (instead, "new")
        assert school.card(order.id)["lines"][0]["version"] == 2

    def test_the_default_funnel(self) -> None:
        """It cannot be removed, nor stop being the default one: another one takes its place."""
        school = Office()
        school.builds()

        assert school.refused(RemoveFunnel(funnel="default")) == "funnel.is_default"
        assert school.refused(EditFunnel(funnel="default", default=False)) == "funnel.is_default"
        school.does(EditFunnel(funnel="vip", default=True))
        school.does(RemoveFunnel(funnel="default"))
        assert school.order(school.makes()).funnel == "vip"
