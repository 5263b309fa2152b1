"""O7: lines that were copied from their offer, and how they are put back to it."""

from datetime import date
from decimal import Decimal

import pytest

from kwiga_orders.errors import Refused
from kwiga_orders.offers import CreateOffer, EditOffer, OfferState, PercentOff
from kwiga_orders.orders.commands import (
    AddLine,
    CopiedField,
    EditLine,
    ExtendAccess,
    FollowOffer,
    FreezeAccess,
    RemoveLine,
    SetAccessEnd,
)
from kwiga_orders.periods import Period
from kwiga_orders.terms import From, TermsChange, Until
from kwiga_orders.testing.school import School, local
from tests.laws.test_offers import card, change, days, item, line, selling


class TestO7:
    """Editing terms or price of a line that follows makes a copy with a mark, which is data, too (`copied`); windows
    are moved without one. The fields that differ can be listed; single fields or the whole line can be put back.
    """

    def test_a_copy_is_marked_and_no_edit_reaches_it(self) -> None:
        """What differs is listed by field."""
        school = selling(days(90))
        order = school.opens()
        school.does(EditLine(order=order, product="python", terms=days(120)))
        school.does(EditOffer(offer="basic", items=(change(terms=days(30)),)))

        assert line(school, order)["source"] == "custom"
        assert line(school, order)["differs"] == ["duration"]
        offer = card(school, order)["offer"]
        assert offer is not None
        assert offer["title"] == "Basic (Copy system)"

    def test_a_price_makes_a_copy_too(self) -> None:
        """And a percentage off is computed anew from it."""
        school = School()
        school.teaches()
        asked = CreateOffer(
            code="basic",
            title="Basic",
            state=OfferState.PUBLISHED,
            items=(item(),),
            discount=PercentOff(percent=Decimal(10)),
        )
        school.does(asked)
        order = school.opens()
        school.does(EditLine(order=order, product="python", price=Decimal("500.00")))

        assert line(school, order)["source"] == "custom"
        assert line(school, order)["differs"] == ["price"]
        assert (card(school, order)["discount"], card(school, order)["total"]) == ("50.00", "450.00")

    def test_moving_the_window_makes_no_copy(self) -> None:
        """Extended, frozen or ended by hand, the line still follows."""
        school = selling(days(90))
        order = school.opens()
        school.pays(order)
        school.does(ExtendAccess(order=order, by=Period(days=5)))
        school.does(FreezeAccess(order=order, period=Period(days=5)))
        school.does(SetAccessEnd(order=order, at=local("2027-01-01 10:00")))

        assert line(school, order)["source"] == "follows"

    def test_curators_make_no_copy(self) -> None:
        """Who looks after a learner is not a term of access (L11)."""
        school = selling()
        order = school.opens()
        school.does(EditLine(order=order, product="python", curators=("ira",)))

        assert (line(school, order)["source"], line(school, order)["curators"]) == ("follows", ["ira"])

    def test_put_back(self) -> None:
        """The line has the newest terms, the price stays, the mark is gone."""
        school = selling(days(90))
        order = school.opens()
        school.does(EditLine(order=order, product="python", price=Decimal("700.00"), terms=days(120)))
        school.does(EditOffer(offer="basic", items=(change(terms=days(60)),)))
        school.does(FollowOffer(order=order, product="python"))

        back = line(school, order)
        assert (back["source"], back["version"], back["price"]) == ("follows", 2, "700.00")
        offer = card(school, order)["offer"]
        assert offer is not None
        assert offer["title"] == "Basic"

    def test_an_edit_to_what_is_there_makes_no_copy(self) -> None:
        """Nothing changes, not even the version (K2)."""
        school = selling(days(90))
        order = school.opens()
        before = school.order(order)
        school.does(EditLine(order=order, product="python", price=Decimal(1000), terms=days(90)))

        assert school.order(order) == before

    def test_the_mark_is_data_too(self) -> None:
        """It goes with the last custom line: when that is put back, or taken out; a line added by hand is custom."""
        school = selling(days(90))
        school.teaches(product="chat")
        order = school.opens()
        assert not card(school, order)["copied"]
        school.does(EditLine(order=order, product="python", terms=days(120)))
        school.does(AddLine(order=order, product="chat", price=Decimal(1)))
        assert card(school, order)["copied"]
        school.does(FollowOffer(order=order, product="python"))
        assert card(school, order)["copied"]
        school.does(RemoveLine(order=order, product="chat"))

        offer = card(school, order)["offer"]
        assert offer is not None
        assert (card(school, order)["copied"], offer["title"]) == (False, "Basic")

    @pytest.mark.parametrize(
        ("fields", "price", "left"),
        [
            (("duration",), "700.00", ["price", "comments"]),
            (("price",), "1000.00", ["duration", "comments"]),
            (("price", "comments"), "1000.00", ["duration"]),
        ],
    )
    def test_single_fields_are_put_back(self, fields: tuple[CopiedField, ...], price: str, left: list[str]) -> None:
        """They take the offer's newest values; what is not named stays the line's own."""
        school = selling(days(90))
        order = school.opens()
        terms = TermsChange(duration=days(120).duration, comments="off")
        school.does(EditLine(order=order, product="python", price=Decimal("700.00"), terms=terms))
        school.does(EditOffer(offer="basic", items=(change(terms=days(60)),)))
        school.does(FollowOffer(order=order, product="python", fields=fields))

        back = line(school, order)
        assert (back["source"], back["price"], back["differs"]) == ("custom", price, left)

    def test_once_none_differs_it_follows_again(self) -> None:
        """Field by field; later edits of the offer reach it then."""
        school = selling(days(90))
        order = school.opens()
        school.does(EditLine(order=order, product="python", price=Decimal("700.00"), terms=days(120)))
        school.does(FollowOffer(order=order, product="python", fields=("duration",)))
        school.does(FollowOffer(order=order, product="python", fields=("price",)))
        school.does(EditOffer(offer="basic", items=(change(terms=days(10)),)))

        assert (line(school, order)["source"], line(school, order)["version"]) == ("follows", 2)
        assert not card(school, order)["copied"]

    def test_the_price_of_a_line_that_follows(self) -> None:
        """Money never follows the offer (O6), unless it is asked for; the line goes on following."""
        school = selling(days(90))
        order = school.opens()
        school.does(EditOffer(offer="basic", items=(change("800.00"),)))
        school.does(FollowOffer(order=order, product="python"))
        assert line(school, order)["price"] == "1000.00"
        school.does(FollowOffer(order=order, product="python", fields=("price",)))

        assert (line(school, order)["price"], line(school, order)["source"]) == ("800.00", "follows")

    def test_a_field_of_a_pinned_line(self) -> None:
        """It has that of the newest version, and all else as it was pinned: so it is a copy."""
        school = selling(days(90))
        order = school.opens()
        terms = TermsChange(duration=days(10).duration, comments="off")
        school.does(EditOffer(offer="basic", items=(change(terms=terms),), apply_to="new_orders"))
        school.does(FollowOffer(order=order, product="python", fields=("comments",)))

        mixed = line(school, order)
        assert (mixed["source"], mixed["differs"]) == ("custom", ["duration"])
        school.does(FollowOffer(order=order, product="python", fields=("duration",)))
        assert line(school, order)["source"] == "follows"

    def test_both_together_may_leave_no_access(self) -> None:
        """A4: the offer's end before the line's own start is refused."""
        school = selling(TermsChange(duration=Until(at=date(2026, 12, 1))))
        order = school.opens()
        own = TermsChange(start=From(at=date(2027, 1, 1)), duration=Until(at=date(2027, 2, 1)))
        school.does(EditLine(order=order, product="python", terms=own))

        with pytest.raises(Refused, match="window_empty"):
            school.does(FollowOffer(order=order, product="python", fields=("duration",)))
