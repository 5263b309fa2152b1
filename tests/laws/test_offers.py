"""O1, O3, O6-O9: offers, what opening one makes, and whom an edit of one reaches."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.commands import UNSET
from kwiga_orders.errors import NotFound, Refused
from kwiga_orders.funnel import CreateFunnel, EditFunnel, FunnelStatus, RemoveFunnel
from kwiga_orders.lookups import OfferVersionAt, VersionsOf
from kwiga_orders.offers import ArchiveOffer, CreateOffer, EditOffer, ItemAsked, ItemChange, OfferState, PercentOff
from kwiga_orders.orders.commands import (
    CancelOrder,
    EditLine,
    EditOrder,
    FollowOffer,
    MarkUnpaid,
    ReopenOrder,
)
from kwiga_orders.payments import Full, Parts
from kwiga_orders.periods import Period
from kwiga_orders.queries import OfferImpactQuery, OrderQuery
from kwiga_orders.terms import AccessTerms, For, Forever, TermsChange, Until
from kwiga_orders.testing.school import School, local
from kwiga_orders.views.shapes import LineView, OrderView


def days(count: int) -> TermsChange:
    """Terms of that many days."""
    return TermsChange(duration=For(period=Period(days=count)))


def item(price: str = "1000.00", terms: TermsChange = TermsChange()) -> ItemAsked:
    """The item of the course."""
    return ItemAsked(product="python", price=Decimal(price), terms=terms)


def change(price: str | None = None, terms: TermsChange = TermsChange()) -> ItemChange:
    """What changes of the item of the course."""
    return ItemChange(product="python", price=UNSET if price is None else Decimal(price), terms=terms)


def selling(terms: TermsChange = TermsChange()) -> School:
    """A school that sells one offer."""
    school = School().at("2026-11-01 10:00")
    school.sells(terms=terms)
    return school


def card(school: School, order: str) -> OrderView:
    """The staff's card of an order."""
    return school.orders.ask(OrderQuery(order=order))


def line(school: School, order: str) -> LineView:
    """The only line of an order."""
    (only,) = card(school, order)["lines"]
    return only


class TestO1:
    """An offer has a code (unique in the project), items, payment options, and the funnel that is the default then.

    Without payment options it has `full`; opened without naming one, the first listed counts.
    """

    def test_code_is_unique(self) -> None:
        """A second offer under a code is refused."""
        school = selling()
        with pytest.raises(Refused) as refused:
            school.sells()

        assert refused.value.code == "offer.duplicate_code"

    def test_takes_the_default_funnel_of_the_moment(self) -> None:
        """Which funnel is the default later does not matter to the offer; it does to one made later."""
        school = selling()
        school.does(CreateFunnel(id="vip", title="VIP", statuses=(FunnelStatus(id="new", name="New"),)))
        school.does(EditFunnel(funnel="vip", default=True))
        school.sells("late")

        assert school.order(school.opens("basic")).funnel == "default"
        assert school.order(school.opens("late")).funnel == "vip"

    def test_the_first_option_counts(self) -> None:
        """Unless the buyer names another one."""
        school = School()
        school.sells(options=(Parts(id="two", count=2, every=Period(months=1)), Full(id="full")))

        assert len(school.order(school.opens()).payments) == 2
        assert len(school.order(school.opens(option="full")).payments) == 1
        with pytest.raises(NotFound):
            school.opens(option="none")

    def test_without_options_it_is_paid_in_full(self) -> None:
        """One payment of the whole price."""
        school = School()
        school.teaches()
        school.does(CreateOffer(code="basic", title="Basic", state=OfferState.PUBLISHED, items=(item(),)))

        assert [str(payment.amount) for payment in school.order(school.opens()).payments] == ["1000.00 UAH"]


class TestO3:
    """Opening an offer creates an order; opening it again creates a new one, and marks the earlier waiting ones.

    Once a newer one is activated, the unpaid payments of a waiting one are voided; activated after all, it loses the
    mark. Nothing else done to a twin touches another order.
    """

    def test_each_opening_is_an_order_of_its_own(self) -> None:
        """With the price of that interaction; all waiting ones before it are superseded by the newest."""
        school = selling()
        first = school.opens()
        school.does(EditOffer(offer="basic", items=(change("1200.00"),)))
        second, third = school.opens(), school.opens()

        assert [card(school, order)["total"] for order in (first, second, third)] == ["1000.00", "1200.00", "1200.00"]
        assert [school.orders.ask(OrderQuery(order=order))["superseded_by"] for order in (first, second, third)] == [
            third,
            third,
            None,
        ]

    def test_one_that_is_activated_or_cancelled_is_not_marked(self) -> None:
        """Only what still waits is."""
        school = selling()
        paid, cancelled = school.opens(), school.opens()
        school.pays(paid)
        school.does(CancelOrder(order=cancelled))
        school.opens()

        assert school.order(paid).superseded_by is None
        assert school.order(cancelled).superseded_by is None

    def test_other_contacts_and_offers_are_left_alone(self) -> None:
        """A twin has the same contact and the same offer."""
        school = selling()
        school.sells("other")
        mine, theirs, other = school.opens(), school.opens(contact="taras"), school.opens("other")
        school.pays(school.opens())

        assert school.order(mine).payments[0].is_void
        assert not school.order(theirs).payments[0].is_void
        assert not school.order(other).payments[0].is_void

    @given(paid=st.integers(0, 3))
    def test_activation_voids_the_older_ones_only(self, paid: int) -> None:
        """Whichever of four openings is paid: older ones are void, newer ones wait on, and it bears no mark."""
        school = selling()
        orders = [school.opens() for _ in range(4)]
        school.pays(orders[paid])

        assert [school.order(order).payments[0].is_void for order in orders] == [n < paid for n in range(4)]
        assert school.order(orders[paid]).superseded_by is None

    def test_reopened_it_counts_as_never_cancelled(self) -> None:
        """T6: what was opened meanwhile has taken its place; what is activated needs no other."""
        school = selling()
        reopened, paid = school.opens(), school.opens()
        school.pays(paid)
        school.does(CancelOrder(order=reopened))
        school.does(CancelOrder(order=paid))
        newest = school.opens()
        for order in (reopened, paid):
            school.does(ReopenOrder(order=order))

        cards = [school.orders.ask(OrderQuery(order=order)) for order in (reopened, paid, newest)]
        assert [card["superseded_by"] for card in cards] == [newest, None, None]

    @pytest.mark.parametrize("slip", ["discount", "mark"])
    @pytest.mark.parametrize("was_opened_before", [True, False])
    def test_a_slip_that_was_taken_back(self, slip: str, was_opened_before: bool) -> None:
        """P5, P6: it is no longer activated, so the newest opening has its place: nobody pays by old conditions."""
        school = selling()
        twin = school.opens()
        newest = school.opens() if was_opened_before else None
        if slip == "discount":
            school.does(EditOrder(order=twin, discount=PercentOff(percent=Decimal(100))))
        else:
            school.pays(twin)
        assert school.order(twin).superseded_by is None
        newest = newest or school.opens()

        undone = (
            EditOrder(order=twin, discount=None)
            if slip == "discount"
            else MarkUnpaid(order=twin, payment=f"{twin}.1", reason="slip")
        )
        school.does(undone)

        shown = school.orders.ask(OrderQuery(order=twin))
        assert (shown["superseded_by"], shown["owed"]) == (newest, "0.00")

    def test_a_slip_while_a_newer_one_was_activated(self) -> None:
        """Its unpaid payments are voided, as if it had waited all the time."""
        school = selling()
        twin = school.opens()
        school.pays(twin)
        newest = school.opens()
        school.pays(newest)

        school.does(MarkUnpaid(order=twin, payment=f"{twin}.1", reason="slip"))

        assert school.order(twin).superseded_by == newest
        assert school.order(twin).payments[0].is_void

    def test_cancelling_a_twin_closes_nothing(self) -> None:
        """The paid order gives access whatever happens to the other."""
        school = selling()
        twin, paid = school.opens(), school.opens()
        school.pays(paid)
        before = school.order(paid)
        school.does(CancelOrder(order=twin))

        assert school.access().open
        assert school.order(paid) == before


class TestO6:
    """Money agreed never follows the offer; access terms follow it live until the order is edited."""

    @given(price=st.integers(0, 500_000), after=st.integers(1, 400))
    def test_money_stays_and_terms_follow(self, price: int, after: int) -> None:
        """Whatever the offer costs later, the order costs what was agreed; how long it lasts is as the offer says."""
        school = selling(days(90))
        order = school.opens()
        school.pays(order)
        school.does(EditOffer(offer="basic", items=(change(str(Decimal(price) / 100), days(after)),)))

        assert card(school, order)["total"] == "1000.00"
        ends_at = school.access().ends_at
        assert ends_at is not None
        assert (ends_at.date() - local("2026-11-01 10:00").date()).days == after


class TestO8:
    """An edit makes a new version; it reaches all that follow, or new orders only, and its impact can be asked."""

    def test_new_orders_only_pins_the_others(self) -> None:
        """Those that followed keep what they had; old versions stay readable; what is put back follows again."""
        school = selling(days(90))
        old = school.opens()
        school.does(EditOffer(offer="basic", apply_to="new_orders", items=(change(terms=days(10)),)))
        school.does(EditOffer(offer="basic", items=(change(terms=days(20)),)))
        new = school.opens(contact="taras")

        assert [(line(school, order)["source"], line(school, order)["version"]) for order in (old, new)] == [
            ("pinned", 1),
            ("follows", 3),
        ]
        with school.store.transaction("school", writes=False) as records:
            versions = records.look_up(VersionsOf(offer="basic"))
            first = records.look_up(OfferVersionAt(offer="basic", number=1))
        assert [made.version for made in versions] == [1, 2, 3]
        assert first is not None
        assert first.items[0].terms == days(90).applied_to(AccessTerms())
        school.does(FollowOffer(order=old, product="python"))
        assert (line(school, old)["source"], line(school, old)["version"]) == ("follows", 3)

    def test_impact_is_what_happens(self) -> None:
        """The answer lists just the windows that an edit then moves, before and after, and changes nothing."""
        school = selling(days(90))
        paid, custom = school.opens(), school.opens(contact="taras")
        school.pays(paid)
        school.pays(custom)
        school.does(EditLine(order=custom, product="python", terms=days(120)))
        edit = EditOffer(offer="basic", items=(change(terms=days(30)),))
        before = {order: line(school, order)["ends_at"] for order in (paid, custom)}
        impact = school.orders.ask(OfferImpactQuery(command=edit))
        assert isinstance(impact, list)

        assert {order: line(school, order)["ends_at"] for order in (paid, custom)} == before
        school.does(edit)
        after = {order: line(school, order)["ends_at"] for order in (paid, custom)}
        assert [(one["order"], one["before"]["ends_at"], one["after"]["ends_at"]) for one in impact] == [
            (order, before[order], after[order]) for order in (paid, custom) if before[order] != after[order]
        ]
        assert [one["order"] for one in impact] == [paid]

    def test_an_edit_to_what_is_there_makes_no_version(self) -> None:
        """Nothing changes, so there is nothing to follow."""
        school = selling(days(90))
        order = school.opens()
        school.does(EditOffer(offer="basic", title="Basic", items=(change(terms=days(90)),)))

        assert line(school, order)["version"] == 1


class TestO9:
    """An offer is not sold when not published, outside its sales window, or when its access would be empty."""

    @pytest.mark.parametrize("state", [OfferState.DRAFT, OfferState.ARCHIVED])
    def test_only_published_ones(self, state: OfferState) -> None:
        """Drafts are not sold yet, archived ones no more."""
        school = selling()
        school.does(EditOffer(offer="basic", state=state))
        with pytest.raises(Refused) as refused:
            school.opens()

        assert refused.value.code == "offer.not_on_sale"

    def test_not_into_a_funnel_that_is_gone(self) -> None:
        """An archived offer holds up no funnel that is removed; to be sold again it has to name another one."""
        school = selling()
        school.does(CreateFunnel(id="vip", title="VIP", statuses=(FunnelStatus(id="new", name="New"),)))
        school.does(EditOffer(offer="basic", funnel="vip"))
        school.does(ArchiveOffer(offer="basic"))
        school.does(RemoveFunnel(funnel="vip"))

        school.does(EditOffer(offer="basic", title="Basics"))
        with pytest.raises(NotFound):
            school.does(EditOffer(offer="basic", state=OfferState.PUBLISHED))
        school.does(EditOffer(offer="basic", state=OfferState.PUBLISHED, funnel=None))

        assert school.order(school.opens()).funnel == "default"

    @pytest.mark.parametrize(
        ("at", "sold"),
        [
            ("2026-11-09 23:59", False),
            ("2026-11-10 00:00", True),
            ("2026-11-19 23:59", True),
            ("2026-11-20 00:00", False),
        ],
    )
    @pytest.mark.parametrize(
        ("first", "last"),
        [(local("2026-11-10 00:00"), local("2026-11-20 00:00")), (date(2026, 11, 10), date(2026, 11, 19))],
        ids=["instants", "days"],
    )
    def test_within_its_window(self, at: str, sold: bool, first: date, last: date) -> None:
        """The sales window is half-open (T4); of days the last one is in it, as people say it (T5)."""
        school = selling()
        school.does(EditOffer(offer="basic", sells_from=first, sells_until=last))
        school.at(at)
        if sold:
            assert school.opens()
            return
        with pytest.raises(Refused) as refused:
            school.opens()
        assert refused.value.code == "offer.not_on_sale"

    def test_not_when_access_has_ended(self) -> None:
        """A course until a date that has passed is not sold."""
        school = selling(TermsChange(duration=Until(at=local("2026-11-30 10:00"))))
        assert school.at("2026-11-30 09:59").opens()
        with pytest.raises(Refused) as refused:
            school.at("2026-11-30 10:00").opens()

        assert refused.value.code == "offer.window_empty"

    def test_archived_orders_go_on(self) -> None:
        """Who bought it keeps access, and its terms can still be edited for them."""
        school = selling(days(90))
        order = school.opens()
        school.pays(order)
        school.does(ArchiveOffer(offer="basic"))

        assert school.access().open
        school.does(EditOffer(offer="basic", items=(change(terms=TermsChange(duration=Forever())),)))
        assert line(school, order)["ends_at"] is None
