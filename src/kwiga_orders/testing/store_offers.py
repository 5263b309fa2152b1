"""Versions of offers, pins, history, waiting twins, references. Part of the suites of `testing.stores`."""

from datetime import timedelta

import attrs

from kwiga_orders.catalogue import CatalogueRow, FunnelFields, FunnelRemoved, offer_event
from kwiga_orders.changes import Changes
from kwiga_orders.errors import InvalidInput
from kwiga_orders.extras import extra
from kwiga_orders.lookups import (
    CatalogueSearch,
    NewestOpenings,
    OfferVersionAt,
    PaidUnder,
    PinOf,
    SubscriptionsTo,
    UnpaidTwins,
    VersionMade,
    VersionsOf,
    WaitingTwins,
)
from kwiga_orders.money import Money
from kwiga_orders.offers import Item, Offer, OfferVersion, Pin
from kwiga_orders.orders import events as happened
from kwiga_orders.payments import Attempt, Outcome
from kwiga_orders.ports import OrderStore
from kwiga_orders.project import Actor
from kwiga_orders.testing.order_histories import START, Story
from kwiga_orders.testing.store_fixtures import commit, read
from kwiga_orders.testing.store_lookups import looked_up

with extra("testing"):
    import pytest

__all__ = ["OfferContract"]

_STAFF = Actor(kind="staff", id="ira")


def _version(number: int, products: str, *, pinned: tuple[str, ...] = ()) -> OfferVersion:
    items = (Item(product=product, price=Money(100 * number, "UAH")) for product in products.split())
    at = START + timedelta(days=number)
    return OfferVersion(
        number=number, made_at=at, made_by=_STAFF, title=f"Basic {number}", items=tuple(items), pinned=pinned
    )


_VERSIONS = (
    _version(1, "python sql"),
    _version(2, "python sql"),
    _version(3, "python", pinned=("sql",)),
    _version(4, "python sql", pinned=("python",)),
    _version(5, "python sql"),
)


def _edited(store: OrderStore) -> Offer:
    """Commit an offer version by version; give it with its newest version."""
    offer = Offer(code="basic", currency="UAH", current=_VERSIONS[0])
    before: Offer | None = None
    for version in _VERSIONS:
        offer = offer.followed_by(version)
        commit(store, Changes(offers=(offer,), catalogue=(_row(before, offer),)))
        before = offer
    return offer


def _row(before: Offer | None, after: Offer) -> CatalogueRow:
    version = after.current
    return CatalogueRow(
        kind="offer",
        id=after.code,
        version=version.number,
        at=version.made_at,
        actor=version.made_by,
        command="edit_offer",
        event=offer_event(before, after),
    )


class OfferContract:
    """What is stored of offers besides their newest version, and the histories of offers and funnels."""

    def test_an_offer_has_its_newest_version(self, store: OrderStore) -> None:
        """O8: an offer is read back with its newest version; older versions are found by number, with their authors."""
        offer = _edited(store)

        assert read(store, lambda records: records.find_offer("basic")) == offer
        for version in _VERSIONS:
            lookup = OfferVersionAt(offer="basic", number=version.number)
            assert looked_up(store, lookup) == version
        assert looked_up(store, OfferVersionAt(offer="basic", number=6)) is None
        assert list(looked_up(store, VersionsOf(offer="basic"))) == [
            VersionMade(version=one.number, at=one.made_at, actor=_STAFF) for one in _VERSIONS
        ]
        assert list(looked_up(store, VersionsOf(offer="other"))) == []

    @pytest.mark.parametrize(
        ("product", "since", "number"),
        [("python", 1, 3), ("python", 2, 3), ("python", 3, 3), ("python", 4, None), ("sql", 1, 2), ("sql", 4, None)],
    )
    def test_pins(self, store: OrderStore, product: str, since: int, number: int | None) -> None:
        """O8: a pinned line has the item of the version before the first version that pinned it."""
        _edited(store)

        found = looked_up(store, PinOf(offer="basic", product=product, since=since))

        if number is None:
            assert found is None
            return
        item = _VERSIONS[number - 1].find_item(product)
        assert item is not None
        assert found == Pin(product=product, since=since, number=number, item=item)

    def test_the_history_of_an_offer(self, store: OrderStore) -> None:
        """O15: the history from the start, also in pages; a cursor of another list is refused."""
        _edited(store)
        whole = looked_up(store, CatalogueSearch(kind="offer", id="basic"))
        first = looked_up(store, CatalogueSearch(kind="offer", id="basic", limit=2))
        rest = CatalogueSearch(kind="offer", id="basic", limit=3, after=first.next)

        assert [row.version for row in whole.rows] == [1, 2, 3, 4, 5]
        assert (whole.next, first.rows) == (None, whole.rows[:2])
        assert looked_up(store, rest).rows == whole.rows[2:]
        assert looked_up(store, CatalogueSearch(kind="funnel", id="basic")).rows == ()
        with pytest.raises(InvalidInput):
            looked_up(store, attrs.evolve(rest, id="other"))

    def test_a_funnel_made_anew(self, store: OrderStore) -> None:
        """O15: the history of a removed funnel stays, and a new funnel with its id begins with version 1."""
        rows = [
            CatalogueRow(
                kind="funnel",
                id="vip",
                version=version,
                at=START,
                actor=_STAFF,
                command="remove_funnel",
                event=FunnelRemoved(before=FunnelFields(title=str(version))),
            )
            for version in (1, 2, 1)
        ]
        for row in rows:
            commit(store, Changes(catalogue=(row,)))

        found = looked_up(store, CatalogueSearch(kind="funnel", id="vip"))
        assert list(found.rows) == rows

    def test_subscriptions_to_an_offer(self, store: OrderStore) -> None:
        """P13: all subscriptions of a contact to an offer, by number, whatever their state."""
        first = Story.begins("o1", number=1, offer="club", type="subscription")
        stories = [
            first,
            Story.begins("o2", number=2, offer="club"),
            Story.begins("o3", number=3, offer="club", contact="taras", type="subscription"),
            Story.begins("o4", number=4, offer="other", type="subscription"),
            Story.begins("o5", number=5, offer="club", type="subscription"),
        ]
        for story in stories:
            commit(store, story.changes(since=0))
        commit(store, first.then(happened.OrderCancelled()).changes())

        found = looked_up(store, SubscriptionsTo(contact="olena", offer="club"))
        assert [order.id for order in found] == ["o1", "o5"]

    def test_waiting_twins(self, store: OrderStore) -> None:
        """O3: openings of the same offer by the contact that wait and are not superseded, by number."""
        stories = {
            "o1": Story.begins("o1", number=1, offer="basic"),
            "o2": Story.begins("o2", number=2, offer="basic", contact="taras"),
            "o3": Story.begins("o3", number=3, offer="other"),
            "o4": Story.begins("o4", number=4, offer="basic", by_hand=True),
            "o5": Story.begins("o5", number=5),
            "o6": Story.begins("o6", number=6, offer="basic"),
            "o7": Story.begins("o7", number=7, offer="basic"),
            "o8": Story.begins("o8", number=8, offer="basic").pays(),
        }
        for story in stories.values():
            commit(store, story.changes(since=0))
        cancelled = stories["o6"].then(happened.OrderCancelled())
        commit(store, cancelled.changes())

        def waiting() -> list[str]:
            lookup = WaitingTwins(contact="olena", offer="basic")
            return [order.id for order in looked_up(store, lookup)]

        assert waiting() == ["o1", "o7"]
        commit(store, cancelled.then(happened.OrderReopened()).changes())
        assert waiting() == ["o1", "o6", "o7"]
        commit(store, stories["o1"].then(happened.OrderSuperseded(by="o7")).changes())
        assert waiting() == ["o6", "o7"]

    def test_unpaid_twins(self, store: OrderStore) -> None:
        """O3: openings before a number that have unpaid payments, superseded or not."""
        voided = Story.begins("o3", number=3, offer="basic").then(
            happened.PaymentVoided(payment="o3.1", cause="superseded")
        )
        stories = {
            "o1": Story.begins("o1", number=1, offer="basic"),
            "o2": Story.begins("o2", number=2, offer="basic", contact="taras"),
            "o3": voided,
            "o4": Story.begins("o4", number=4, offer="basic").pays(),
            "o5": Story.begins("o5", number=5, offer="basic"),
        }
        for story in stories.values():
            commit(store, story.changes(since=0))
        commit(store, stories["o1"].then(happened.OrderSuperseded(by="o5")).changes())

        def unpaid(before: int) -> list[str]:
            lookup = UnpaidTwins(contact="olena", offer="basic", before=before)
            return [order.id for order in looked_up(store, lookup)]

        assert [unpaid(before) for before in (1, 5, 6)] == [[], ["o1"], ["o1", "o5"]]

    def test_newest_openings(self, store: OrderStore) -> None:
        """O3: the newest opening beside each order, in any state; an order made by hand has none."""
        for story in (
            Story.begins("o1", number=1, offer="basic"),
            Story.begins("o2", number=2, offer="other"),
            Story.begins("o3", number=3, offer="basic").pays(),
            Story.begins("o4", number=4, offer="basic", by_hand=True),
            Story.begins("o5", number=5, offer="basic", contact="taras"),
        ):
            commit(store, story.changes(since=0))

        found = looked_up(store, NewestOpenings(orders=("o1", "o2", "o4", "nobody")))
        assert found == {"o1": "o3", "o2": "o2"}

    def test_paid_under_a_reference(self, store: OrderStore) -> None:
        """P4: an order is found by gateway and reference as long as the money of that reference counts."""
        stories = {id: Story.begins(id, number=number) for number, id in enumerate(("o1", "o2", "o3"), start=1)}
        told = {"o1": ("stripe", "x"), "o2": ("liqpay", "x"), "o3": ("stripe", "y")}
        for id, (gateway, reference) in told.items():
            stories[id] = stories[id].then(_paid_under(id, gateway, reference))
            commit(store, stories[id].changes(since=0))

        assert looked_up(store, PaidUnder(gateway="stripe", reference="x")) == ["o1"]
        assert looked_up(store, PaidUnder(gateway="liqpay", reference="x")) == ["o2"]
        assert looked_up(store, PaidUnder(gateway="stripe", reference="z")) == []
        commit(store, stories["o1"].then(_paid_under("o1", "stripe", "x", outcome=Outcome.FAILED)).changes())
        assert looked_up(store, PaidUnder(gateway="stripe", reference="x")) == []


def _paid_under(
    order: str, gateway: str, reference: str, *, outcome: Outcome = Outcome.SUCCEEDED
) -> happened.AttemptRecorded:
    payment = f"{order}.1"
    attempt = Attempt(
        id=f"{payment}.a1",
        started_at=START,
        at=START,
        reference=reference,
        outcome=outcome,
        gateway=gateway,
        amount=Money.of("1000.00", "UAH"),
    )
    return happened.AttemptRecorded(payment=payment, attempt=attempt)
