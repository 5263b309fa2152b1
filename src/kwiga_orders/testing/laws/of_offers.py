"""Laws of offers and of orders made by hand: prices stay, terms follow the offer, and what an edit changes."""

from datetime import timedelta
from decimal import Decimal

from kwiga_orders.extras import extra
from kwiga_orders.offers import CreateOffer, EditOffer, ItemAsked, ItemChange, OfferState
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.payments import Parts, Subscribe
from kwiga_orders.periods import Period, later, zone_named
from kwiga_orders.queries import HistoryQuery, OfferImpactQuery, OrderQuery, QuoteQuery
from kwiga_orders.terms import For, From, TermsChange, Until
from kwiga_orders.testing.laws import drawn
from kwiga_orders.testing.laws.desk import MOMENT, Desk
from kwiga_orders.testing.laws.law import Draw, Laws, Met, law

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["OfferLaws"]

_DAY, _MONTH = timedelta(days=1), Period(months=1)


def lasts(period: Period) -> TermsChange:
    """Give terms whose access lasts for a period."""
    return TermsChange(duration=For(period=period))


class OfferLaws(Laws):
    """O: offers and orders."""

    def edits(self, desk: Desk, offer: str, *, apply_to: str = "following_orders", **change: object) -> None:
        """Edit the item of an offer."""
        item = ItemChange(product=desk.product, **change)  # type: ignore[arg-type]  # fields by name, checked when made
        desk.does(EditOffer(offer=offer, items=(item,), apply_to=apply_to))  # type: ignore[arg-type]  # fields by name, checked when made

    @law("O4")
    def test_an_order_by_hand_has_no_twins(self, desk: Desk, draw: Draw, met: Met) -> None:
        """An order made by hand from an offer has its prices and payments, and neither supersedes nor is superseded."""
        offer = desk.offers(draw(drawn.amounts(), "price"))
        made = [desk.opens(offer)]
        by_hand = desk.does(asked.CreateOrder(contact=desk.contact, offer=offer)).order
        assert by_hand is not None
        assert desk.order(made[0]).superseded_by is None
        assert [one.amount for one in desk.order(by_hand).payments] == [
            one.amount for one in desk.order(made[0]).payments
        ]
        newest = desk.opens(offer)
        met()

        assert desk.order(by_hand).superseded_by is None
        desk.pays(newest)
        assert asked_of(desk.order(by_hand))

    @law("O5")
    def test_numbers_only_grow(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Each order has a new number, greater than all before, even if those were cancelled."""
        offer, numbers = desk.offers(), list[int]()
        for cancels in draw(st.lists(st.booleans(), min_size=2, max_size=5), "cancelled"):
            order = desk.opens(offer)
            numbers.append(desk.order(order).number)
            if cancels:
                met()
                desk.does(asked.CancelOrder(order=order))
        assert numbers == sorted(set(numbers))

    @law("O6")
    def test_money_is_agreed_and_terms_follow(self, desk: Desk, draw: Draw, met: Met) -> None:
        """An edit of the offer moves the end of access of orders that follow it, and changes no price."""
        price, length = draw(drawn.amounts(), "price"), draw(drawn.of_days(), "lasts now")
        offer = desk.offers(price, terms=lasts(Period(days=10)))
        order = desk.opens(offer)
        desk.pays(order)
        paid_at = desk.school.now
        self.edits(desk, offer, price=desk.amount(price + 1), terms=lasts(length))
        met(length.days != 10)

        assert (desk.order(order).sums.total.minor, desk.order(order).sums.balance.minor) == (price, 0)
        assert desk.access().ends_at == later(paid_at, length, zone=zone_named(desk.zone))
        card = desk.school.orders.ask(QuoteQuery(offer=offer))
        assert Decimal(card["total"]) == desk.amount(price + 1)

    @law("O7")
    def test_a_copy_is_its_own(self, desk: Desk, draw: Draw, met: Met) -> None:
        """No edit of the offer changes a custom line; put back, it follows the offer again with its own price."""
        price, own = draw(drawn.amounts(), "price"), draw(drawn.of_days(30), "own length")
        offer = desk.offers(price, terms=lasts(Period(days=100)))
        order = desk.opens(offer)
        desk.pays(order)
        zone, paid_at = zone_named(desk.zone), desk.school.now
        desk.does(asked.EditLine(order=order, product=desk.product, terms=lasts(own), price=desk.amount(price + 5)))
        self.edits(desk, offer, terms=lasts(Period(days=50)), price=desk.amount(7))
        met()
        assert desk.school.orders.ask(OrderQuery(order=order))["copied"] is True
        assert desk.access().ends_at == later(paid_at, own, zone=zone)

        back: tuple[asked.CopiedField, ...] = draw(st.sampled_from(((), ("duration",))), "put back")
        desk.does(asked.FollowOffer(order=order, product=desk.product, fields=back))
        assert desk.access().ends_at == later(paid_at, Period(days=50), zone=zone)
        assert desk.order(order).price.minor == price + 5

    @law("O8")
    def test_an_edit_reaches_whom_it_says(self, desk: Desk, draw: Draw, met: Met) -> None:
        """An edit changes all following orders, or only new ones; its impact is what the preview showed."""
        reaches_all = draw(st.booleans(), "all that follow")
        offer = desk.offers(terms=lasts(Period(days=20)))
        order = desk.opens(offer)
        desk.pays(order)
        before, apply_to = desk.access().ends_at, "following_orders" if reaches_all else "new_orders"
        edit = EditOffer(
            offer=offer,
            items=(ItemChange(product=desk.product, terms=lasts(draw(drawn.of_days(19), "lasts"))),),
            apply_to="following_orders" if reaches_all else "new_orders",
        )
        impact = desk.school.orders.ask(OfferImpactQuery(command=edit))
        desk.does(edit)
        after = desk.access().ends_at
        met(not reaches_all)

        assert (after != before) is reaches_all, apply_to
        assert isinstance(impact, list)
        assert len(impact) == reaches_all
        newest = desk.opens(offer)
        desk.pays(newest)
        assert (
            desk.school.orders.ask(OrderQuery(order=newest))["lines"][0]["terms"]
            != (desk.school.orders.ask(OrderQuery(order=order))["lines"][0]["terms"])
            or reaches_all
        )

    @law("O9")
    def test_what_is_not_on_sale_is_not_sold(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A draft cannot be opened, and no offer outside its sales window; the first and last day are inside."""
        zone = zone_named(desk.zone)
        today = desk.school.now.astimezone(zone).date()
        first, last = (today + _DAY * draw(st.integers(-3, 3), label) for label in ("sold from", "sold until"))
        state = draw(st.sampled_from((*[OfferState.PUBLISHED] * 3, *OfferState)), "state")
        item = ItemAsked(product=desk.product, price=desk.amount(100))
        offer = CreateOffer(
            code="law", title="Law", items=(item,), state=state, sells_from=first, sells_until=max(first, last)
        )
        desk.does(offer)
        sells = state is OfferState.PUBLISHED and first <= today <= max(first, last)
        met(not sells)
        code = desk.refused(asked.OpenOffer(offer="law", contact=desk.contact))

        assert code == (None if sells else "offer.not_on_sale")

    @law("O9")
    def test_what_is_over_is_not_sold(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Access until a date that has passed can be neither bought nor set."""
        day = desk.school.now.date() + _DAY * 30
        offer = desk.offers(terms=TermsChange(duration=Until(at=day)))
        desk.passes(_DAY * draw(st.integers(0, 60), "days later"))
        over = desk.school.now.astimezone(zone_named(desk.zone)).date() > day
        met(over)
        order = asked.OpenOffer(offer=offer, contact=desk.contact)
        assert desk.refused(order) == ("offer.window_empty" if over else None)

        line = asked.LineAsked(product=desk.product, price=desk.amount(1), terms=TermsChange(duration=Until(at=day)))
        made = asked.CreateOrder(contact=desk.contact, lines=(line,))
        assert desk.refused(made) == ("terms.window_empty" if over else None)

    @law("O11")
    def test_the_type_follows_from_how_it_is_paid(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Parts make an instalment order, an amount per period makes a subscription, and all else a regular order."""
        options = {
            "regular": None,
            "instalments": Parts(id="p", count=2, every=_MONTH),
            "subscription": Subscribe(id="s", amount=desk.amount(100), every=_MONTH),
        }
        kind = draw(st.sampled_from(sorted(options)), "type")
        met(kind != "regular")

        assert desk.order(desk.sold(option=options[kind])).type == kind
        line = asked.LineAsked(product=desk.product, price=desk.amount(1))
        by_hand = asked.CreateOrder(contact=desk.contact, lines=(line,), type="subscription")
        assert desk.refused(by_hand) == "order.not_subscription"

    @law("O13")
    def test_a_line_added_later_counts_from_then(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Access of an added line starts when it is added; the last line stays, and no product occurs twice."""
        order = desk.makes(500, paid=True)
        desk.passes(_DAY * draw(st.integers(1, 90), "days later"))
        length = draw(drawn.of_days(), "for")
        terms = lasts(length)
        desk.school.teaches(product="law-extra")
        added = asked.AddLine(order=order, product="law-extra", price=desk.amount(0), terms=terms)
        desk.does(added)
        met()
        access = desk.school.orders.plan(contact=desk.contact, product="law-extra").access(desk.school.now)
        ends_at = later(desk.school.now, length, zone=zone_named(desk.zone))

        assert (access.starts_at, access.ends_at) == (desk.school.now, ends_at)
        assert desk.refused(added) == "order.duplicate_product"
        desk.does(asked.RemoveLine(order=order, product="law-extra"))
        assert desk.refused(asked.RemoveLine(order=order, product=desk.product)) == "order.last_line"

    @law("O14")
    def test_tasks_and_notes_are_kept(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A task is completed and reopened, and its id is never used again; a note never changes."""
        order, ids = desk.makes(100), list[str]()
        for removes in draw(st.lists(st.booleans(), min_size=2, max_size=4), "removed"):
            desk.does(asked.AddTask(order=order, title="call"))
            desk.does(asked.AddNote(order=order, text="called"))
            ids.append(desk.order(order).tasks[-1].id)
            desk.does(asked.CompleteTask(order=order, task=ids[-1]))
            assert desk.order(order).tasks[-1].completed_at == desk.school.now
            desk.does(asked.ReopenTask(order=order, task=ids[-1]))
            assert desk.order(order).tasks[-1].completed_at is None
            if removes:
                met()
                desk.does(asked.RemoveTask(order=order, task=ids[-1]))
        assert len(set(ids)) == len(ids)
        assert [note.text for note in desk.order(order).notes] == ["called"] * len(ids)

    @law("O15")
    def test_an_offer_has_its_history(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Each change of an offer is a version and a row of its history; an edit that changes nothing makes neither."""
        offer = desk.offers(100)
        versions = 1
        for price in draw(st.lists(st.sampled_from((100, 200, 300)), min_size=1, max_size=4), "prices"):
            before = desk.school.orders.ask(QuoteQuery(offer=offer))["total"]
            self.edits(desk, offer, price=desk.amount(price))
            is_new = Decimal(before) != desk.amount(price)
            versions += is_new
            met(not is_new)
        rows = desk.school.orders.ask(HistoryQuery(offer=offer))

        assert isinstance(rows, list)
        assert len(rows) == versions
        stale = EditOffer(offer=offer, title="x", expected_version=versions + 1)
        assert desk.refused(stale) == "offer.conflict"

    @law("A2")
    def test_access_starts_on_its_day(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Access from a date is not open before that date, nor before payment; the reason gives the instant."""
        desk.at(draw(drawn.instants(), "paid at"))
        zone = zone_named(desk.zone)
        day = desk.school.now.date() + _DAY * draw(st.integers(-10, 40), "from")
        desk.bought(terms=TermsChange(start=From(at=day)))
        midnight = later(desk.school.now, Period(days=1), zone=zone)
        starts_at = desk.access().starts_at
        met(not desk.is_open())
        assert starts_at is not None

        assert starts_at >= desk.school.now
        assert starts_at == desk.school.now or starts_at.astimezone(zone).date() == day
        assert desk.is_open(starts_at)
        assert desk.is_open() is (starts_at == desk.school.now), midnight
        if not desk.is_open():
            assert (desk.codes(starts_at - MOMENT), desk.access().reasons[0].until) == (["not_started"], starts_at)
