"""K2, O8, O15: versions of offers and funnels, edits item by item, their history, and whom an edit reaches."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kwiga_orders.catalogue import CatalogueRow, FunnelEdited, OfferArchived, OfferCreated, OfferEdited, OfferFields
from kwiga_orders.commands import UNSET, Command
from kwiga_orders.errors import Conflict, InvalidInput
from kwiga_orders.funnel import (
    AddStatus,
    CreateFunnel,
    EditFunnel,
    EditStatus,
    FunnelStatus,
    RemoveFunnel,
    RemoveStatus,
    ReorderStatuses,
)
from kwiga_orders.lookups import CatalogueSearch
from kwiga_orders.offers import (
    ArchiveOffer,
    CreateOffer,
    EditOffer,
    Item,
    ItemAsked,
    ItemChange,
    Offer,
    OfferState,
    PercentOff,
)
from kwiga_orders.orders.commands import OpenOffer
from kwiga_orders.orders.state import Follows
from kwiga_orders.periods import Period
from kwiga_orders.project import Actor
from kwiga_orders.queries import OfferImpactQuery
from kwiga_orders.terms import All, For, Forever, NoDelays, TermsChange, Until
from kwiga_orders.testing.school import School
from kwiga_orders.views.shapes import LineView
from tests.laws.office import Office

IRA = Actor(kind="staff", id="ira")


def offer(school: School, code: str = "basic") -> Offer:
    """Give an offer as it is stored."""
    with school.store.transaction("school", writes=False) as look:
        found = look.find_offer(code)
    assert found is not None
    return found


def history(school: School, id: str = "basic", kind: Any = "offer") -> list[CatalogueRow]:
    """Give what happened to an offer or a funnel."""
    with school.store.transaction("school", writes=False) as look:
        return list(look.look_up(CatalogueSearch(kind=kind, id=id)).rows)


def item(school: School, product: str = "python") -> Item:
    """Give an item of the offer."""
    found = offer(school).current.find_item(product)
    assert found is not None
    return found


def line(school: Office, order: str, product: str = "python") -> LineView:
    """Give a line as the card shows it."""
    (found,) = (one for one in school.card(order)["lines"] if one["product"] == product)
    return found


def selling() -> Office:
    """Give a school that sells two products in one offer, with terms and curators."""
    school = Office()
    school.teaches()
    school.teaches(product="sql")
    terms = TermsChange(duration=For(period=Period(days=90)), delays=NoDelays())
    items = tuple(
        ItemAsked(product=one, price=Decimal(1000), terms=terms, curators=("ira",)) for one in ("python", "sql")
    )
    school.does(CreateOffer(code="basic", title="Basic", state=OfferState.PUBLISHED, items=items))
    return school


def changing(**fields: Any) -> EditOffer:
    """Ask for a change of the item of the course."""
    return EditOffer(offer="basic", items=(ItemChange(product="python", **fields),))


class TestO8:
    """Editing an offer names only what changes, item by item and field by field, terms included: a new price leaves
    terms and curators alone; an item not named stays; `remove_items` takes items out (lines that follow it are pinned
    to the last version that had it). It makes a new version (1, 2, 3…; old versions stay readable, with who made it and
    when). By default it reaches all orders that follow it; with `apply_to: new_orders` the existing followers become
    `pinned` to the version they had.
    """

    def test_a_price_leaves_everything_else(self) -> None:
        """Terms, curators, and the other item are as they were."""
        school = selling()
        before, other = item(school), item(school, "sql")

        school.does(changing(price=Decimal(500)))

        after = item(school)
        assert (after.price.amount, after.terms, after.curators) == ("500.00", before.terms, ("ira",))
        assert (after.scope_set_at, item(school, "sql")) == (before.scope_set_at, other)

    def test_single_terms(self) -> None:
        """Of the terms only the fields that are named change; price and curators stay."""
        school = selling()
        before = item(school)

        school.does(changing(terms=TermsChange(duration=Forever())))

        after = item(school)
        assert (after.terms.duration, after.terms.delays) == (Forever(), NoDelays())
        assert (after.price, after.curators) == (before.price, before.curators)

    def test_curators(self) -> None:
        """They are replaced where they are named, also by nobody."""
        school = selling()

        school.does(changing(curators=()))

        assert (item(school).curators, item(school, "sql").curators) == ((), ("ira",))

    def test_put_in_and_taken_out(self) -> None:
        """Items keep their order, new ones come last, and need a price."""
        school = selling()
        school.teaches(product="git")

        assert school.refused(EditOffer(offer="basic", items=(ItemChange(product="git"),))) == "input.invalid"
        git = ItemChange(product="git", price=Decimal(300))
        school.does(EditOffer(offer="basic", items=(git,), remove_items=("python",)))

        assert [one.product for one in offer(school).current.items] == ["sql", "git"]

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"remove_items": ("git",)}, "not_found"),
            ({"remove_items": ("python", "sql")}, "input.invalid"),
            ({"remove_items": ("python",), "items": (ItemChange(product="python"),)}, "input.invalid"),
            ({"items": (ItemChange(product="chess", price=Decimal(1)),)}, "not_found"),
            ({"items": (ItemChange(product="sql", price=Decimal("0.001")),)}, "money.too_precise"),
        ],
    )
    def test_what_is_refused(self, fields: dict[str, Any], code: str) -> None:
        """Nothing left to sell, products that are not there, and one both changed and taken out."""
        school = selling()
        before = offer(school)

        assert school.refused(EditOffer(offer="basic", **fields)) == code
        assert offer(school) == before

    def test_a_product_is_named_once(self) -> None:
        """Two changes of one product would depend on their order."""
        with pytest.raises(InvalidInput) as refused:
            EditOffer(offer="basic", items=(ItemChange(product="sql"), ItemChange(product="sql")))
        assert [fault.path for fault in refused.value.faults] == ["items.1.product"]

    def test_a_product_taken_out_pins_its_lines(self) -> None:
        """Lines keep the last version that had it, also when it is put in again; other lines go on following."""
        school = selling()
        order = school.opens()
        school.does(changing(terms=TermsChange(duration=Forever())))
        school.does(EditOffer(offer="basic", remove_items=("python",)))
        again = ItemChange(product="python", price=Decimal(1), terms=TermsChange(duration=Until(at=date(2030, 1, 1))))
        school.does(EditOffer(offer="basic", items=(again,)))

        python, sql = line(school, order), line(school, order, "sql")
        assert (python["source"], python["version"], python["ends_at"]) == ("pinned", 2, None)
        assert (sql["source"], sql["version"]) == ("follows", 4)
        assert line(school, school.opens(contact="taras"))["source"] == "follows"

    def test_pinned_by_the_first_that_passes_by(self) -> None:
        """Each line has the version before the first edit for new orders after it was made."""
        school = selling()
        orders = []
        for number in range(1, 4):
            orders.append(school.opens(contact="olena" if number % 2 else "taras"))
            duration = For(period=Period(days=number))
            school.does(
                EditOffer(
                    offer="basic",
                    items=(ItemChange(product="python", terms=TermsChange(duration=duration)),),
                    apply_to="new_orders" if number != 2 else "following_orders",
                )
            )

        shown = [(line(school, order)["source"], line(school, order)["version"]) for order in orders]
        assert shown == [("pinned", 1), ("pinned", 3), ("pinned", 3)]
        assert school.order(orders[1]).line("python").source == Follows(since=2)

    def test_versions_say_who_made_them(self) -> None:
        """Each command that changes it makes one: an edit, archiving, the removal of its funnel."""
        school = selling()
        school.builds()
        school.does(EditOffer(offer="basic", funnel="vip", actor=IRA))
        school.does(RemoveFunnel(funnel="vip", move_to={"new": ("default", "new")}))
        school.at("2026-12-01 10:00").does(ArchiveOffer(offer="basic"))
        school.does(ArchiveOffer(offer="basic"))

        current = offer(school).current
        assert (current.number, current.state, current.made_at) == (4, OfferState.ARCHIVED, school.now)
        assert current.funnel == "default"
        assert [row.actor for row in history(school)][1] == IRA


class TestO8Impact:
    """Before it is applied, its impact can be asked: which orders (number, contact), each one's window before and
    after, and whether access is open now before and after; in pages.
    """

    def test_who_it_reaches(self) -> None:
        """Open and closed now; those pinned by the edit, copies, and other products are not in it."""
        school = selling()
        order, pinned = school.opens(), school.opens(contact="taras")
        school.pays(order)
        school.pays(pinned)
        edit = EditOffer(
            offer="basic",
            items=(ItemChange(product="python", terms=TermsChange(duration=For(period=Period(days=10)))),),
            remove_items=("sql",),
        )
        school.at("2026-11-20 10:00")

        impact = school.orders.ask(OfferImpactQuery(command=edit))

        assert isinstance(impact, list)
        assert [(one["order"], one["number"], one["contact"], one["product"]) for one in impact] == [
            (order, 1, "olena", "python"),
            (pinned, 2, "taras", "python"),
        ]
        assert {(one["open_before"], one["open_after"]) for one in impact} == {(True, False)}
        assert impact[0]["product_title"] == "Python"

    def test_an_edit_for_new_orders_reaches_nobody(self) -> None:
        """Followers are pinned, and nothing of them moves."""
        school = selling()
        school.pays(school.opens())
        terms = TermsChange(duration=Forever())
        edit = EditOffer(offer="basic", items=(ItemChange(product="python", terms=terms),), apply_to="new_orders")

        assert school.orders.ask(OfferImpactQuery(command=edit)) == []

    def test_pages(self) -> None:
        """Each page goes on after the orders of the one before; what is no cursor is refused."""
        school = selling()
        for contact in ("olena", "taras"):
            for _ in range(2):
                school.pays(school.opens(contact=contact))
        both = tuple(ItemChange(product=one, terms=TermsChange(duration=Forever())) for one in ("python", "sql"))
        edit = EditOffer(offer="basic", items=both)
        whole = school.orders.ask(OfferImpactQuery(command=edit))
        rows, after, pages = [], None, 0
        while pages == 0 or after is not None:
            page = school.orders.ask(OfferImpactQuery(command=edit, limit=3, after=after))
            assert isinstance(page, dict)
            rows += page["rows"]
            after, pages = page["next"], pages + 1

        assert (rows, pages) == (whole, 2)
        with pytest.raises(InvalidInput):
            school.orders.ask(OfferImpactQuery(command=edit, limit=3, after="x"))


class TestK2:
    """Every order, offer and funnel has a version (stale: `order.conflict`, `offer.conflict`, `funnel.conflict`), 1
    when made, one more with each command that changes it; an edit to what is there already changes nothing and writes
    no history (but see L2 on the scope).
    """

    @pytest.mark.parametrize(
        "command",
        [
            EditOffer(offer="basic", title="Other", expected_version=1),
            ArchiveOffer(offer="basic", expected_version=1),
            EditOffer(offer="basic", expected_version=3),
            OpenOffer(offer="basic", contact="olena", expected_version=1),
            CreateOffer(
                code="new", title="New", items=(ItemAsked(product="sql", price=Decimal(1)),), expected_version=1
            ),
        ],
        ids=lambda command: command.name,
    )
    def test_stale_offers(self, command: Command) -> None:
        """Both versions are named, and nothing is written."""
        school = selling()
        school.does(EditOffer(offer="basic", title="Better"))

        with pytest.raises(Conflict) as conflict:
            school.does(command)

        found = 0 if isinstance(command, CreateOffer) else 2
        assert conflict.value.code == "offer.conflict"
        assert (conflict.value.details["expected"], conflict.value.details["found"]) == (
            command.expected_version,
            found,
        )
        assert (offer(school).version, offer(school).current.title) == (2, "Better")

    @pytest.mark.parametrize(
        "command",
        [
            EditFunnel(funnel="vip", title="Other", expected_version=1),
            AddStatus(funnel="vip", id="more", title="More", expected_version=1),
            EditStatus(funnel="vip", id="call", title="Called", expected_version=1),
            ReorderStatuses(funnel="vip", statuses=("call", "new", "agreed", "paid"), expected_version=3),
            RemoveStatus(funnel="vip", status="call", expected_version=1),
            RemoveFunnel(funnel="vip", expected_version=1),
            CreateFunnel(id="other", title="Other", expected_version=1),
        ],
        ids=lambda command: command.name,
    )
    def test_stale_funnels(self, command: Command) -> None:
        """Every command to a funnel heeds the version it was based on."""
        school = Office()
        school.builds()
        school.does(EditFunnel(funnel="vip", title="Very important"))
        before = school.funnel()

        with pytest.raises(Conflict) as conflict:
            school.does(command)

        assert conflict.value.code == "funnel.conflict"
        assert school.funnel() == before

    def test_an_edit_to_what_is_there(self) -> None:
        """No version, no history, of offers and of funnels."""
        school = selling()
        school.builds()
        same = ItemChange(
            product="python", price=Decimal(1000), terms=TermsChange(delays=NoDelays()), curators=("ira",)
        )
        school.does(EditOffer(offer="basic", title="Basic", items=(same,), expected_version=1))
        school.does(EditFunnel(funnel="vip", title="VIP", default=False))
        school.does(EditStatus(funnel="vip", id="call", title="CALL"))

        assert (offer(school).version, school.funnel().version) == (1, 1)
        assert (len(history(school)), len(history(school, "vip", "funnel"))) == (1, 1)

    def test_naming_the_scope(self) -> None:
        """It sets the scope anew, also with the same value (L2): that is a version."""
        school = selling()
        school.at("2026-12-01 10:00").does(changing(terms=TermsChange(scope=All())))

        assert (offer(school).version, item(school).scope_set_at) == (2, school.now)


class TestO15:
    """Every change of an offer or a funnel is recorded as that of an order is: who, when, before and after, from which
    command; it can be asked for, and `expected_version` is heeded by every command that takes it.
    """

    def test_of_an_offer(self) -> None:
        """Made, edited, archived: each row has the fields that changed, before and after."""
        school = selling()
        school.does(EditOffer(offer="basic", title="Better", discount=PercentOff(percent=Decimal(10)), actor=IRA))
        school.at("2026-12-01 10:00").does(ArchiveOffer(offer="basic"))

        made, edited, archived = history(school)
        assert isinstance(made.event, OfferCreated)
        assert (made.event.after.title, made.event.currency, made.command) == ("Basic", "UAH", "create_offer")
        assert edited.event == OfferEdited(
            before=OfferFields(title="Basic", discount=None),
            after=OfferFields(title="Better", discount=PercentOff(percent=Decimal(10))),
        )
        assert (edited.version, edited.actor, edited.command) == (2, IRA, "edit_offer")
        assert archived.event == OfferArchived(
            before=OfferFields(state=OfferState.PUBLISHED), after=OfferFields(state=OfferState.ARCHIVED)
        )
        assert (archived.version, archived.at) == (3, school.now)

    def test_what_is_told_of_it(self) -> None:
        """The receipt and a preview name the events."""
        school = selling()
        edit = EditOffer(offer="basic", title="Better")

        assert school.orders.preview(edit)["events"] == ["offer.edited"]
        receipt = school.does(edit)
        assert (receipt.events, receipt.made, receipt.version) == (("offer.edited",), "basic", 2)

    def test_of_a_funnel(self) -> None:
        """Made, rebuilt, removed; another one that is the default from now on changes the one that was."""
        school = Office()
        school.builds()
        school.does(AddStatus(funnel="vip", id="more", title="More"))
        school.does(EditFunnel(funnel="vip", default=True))
        school.does(EditFunnel(funnel="default", default=True))
        school.does(RemoveFunnel(funnel="vip"))

        names = [(row.event.name, row.version, row.command) for row in history(school, "vip", "funnel")]
        assert names == [
            ("funnel.created", 1, "create_funnel"),
            ("funnel.edited", 2, "add_status"),
            ("funnel.edited", 3, "edit_funnel"),
            ("funnel.edited", 4, "edit_funnel"),
            ("funnel.removed", 5, "remove_funnel"),
        ]
        added = history(school, "vip", "funnel")[1].event
        assert isinstance(added, FunnelEdited)
        assert (added.before.title, added.before.rules) == (UNSET, UNSET)
        assert isinstance(added.after.statuses, tuple)
        assert added.after.statuses[-1] == FunnelStatus(id="more", name="More")
        assert [row.version for row in history(school, "default", "funnel")] == [2, 3]

    def test_orders_that_a_funnel_takes_along(self) -> None:
        """What happened to the funnel comes before what happened to its orders."""
        school = Office()
        school.builds()
        order = school.makes(funnel="vip", status="call")

        receipt = school.does(RemoveStatus(funnel="vip", status="call", move_to="new"))

        assert (receipt.events, receipt.order) == (("funnel.edited", "order.moved"), order)
