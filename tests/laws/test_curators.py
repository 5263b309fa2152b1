"""L11: who looks after a learner."""

from decimal import Decimal

from kwiga_orders.offers import CreateOffer, EditOffer, ItemAsked, ItemChange, OfferState
from kwiga_orders.orders.commands import EditLine
from kwiga_orders.testing.school import School


class TestL11:
    """Curators of the offer's item are carried to the order's line and can be changed there."""

    ITEM = ItemAsked(product="python", price=Decimal(1000), curators=("ira", "oleh"))

    def test_carried_and_changed(self) -> None:
        """The line has them as they were when it was made; a change there is the line's own."""
        school = School()
        school.teaches()
        school.does(CreateOffer(code="basic", title="Basic", state=OfferState.PUBLISHED, items=(self.ITEM,)))
        first, second = school.opens(), school.opens(contact="taras")
        school.does(EditLine(order=second, product="python", curators=("maria",)))
        without = ItemChange(product="python", curators=())
        school.does(EditOffer(offer="basic", items=(without,)))

        assert school.order(first).line("python").curators == ("ira", "oleh")
        assert school.order(second).line("python").curators == ("maria",)
        assert school.order(school.opens()).line("python").curators == ()
