"""Orders for the tests of stores. Like real orders, they are computed from events.

    story = Story.begins("o1", number=1, contact="olena", owes="1000.00").pays()
    transaction.commit(story.changes())
    assert transaction.find_order("o1") == story.order

A story is an order with its history; each step is what one command would write.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import attrs

from kwiga_orders.changes import Changes, OutboxRow, Repeated
from kwiga_orders.money import Money
from kwiga_orders.offers import Item, Offer, OfferVersion
from kwiga_orders.orders import events as happened
from kwiga_orders.orders.evolve import replayed
from kwiga_orders.orders.state import Custom, Line, Order, OrderType, Origin
from kwiga_orders.payments import Payment
from kwiga_orders.project import Actor

__all__ = ["START", "Story", "event_row", "letter", "offer_of"]

START = datetime(2026, 11, 1, 8, tzinfo=UTC)
"""When a story begins, unless it gives another instant."""


@attrs.frozen
class Story:
    """An order and the history that it is computed from."""

    history: tuple[happened.Recorded, ...]

    @classmethod
    def begins(  # noqa: PLR0913 - whatever a test does not need has a default
        cls,
        id: str,
        *,
        number: int,
        contact: str = "olena",
        products: Sequence[str] = ("python",),
        owes: str = "1000.00",
        currency: str = "UAH",
        funnel: str = "default",
        status: str = "new",
        offer: str | None = None,
        by_hand: bool = False,
        type: OrderType = "regular",
        at: datetime = START,
        due_at: datetime | None = None,
    ) -> "Story":
        """Begin with an order that has one unpaid payment of its price, due at once; a free order has no payment."""
        price = Money.of(owes, currency)
        prices = (price, *(Money.zero(currency) for _ in products[1:]))
        order = Order(
            id=id,
            number=number,
            contact=contact,
            currency=currency,
            zone="Europe/Kyiv",
            type=type,
            created_at=at,
            updated_at=at,
            funnel=funnel,
            status=status,
            origin=Origin(offer=offer, version=1, option="full", by_hand=by_hand) if offer else None,
            lines=tuple(Line(product=one, price=p, source=Custom()) for one, p in zip(products, prices, strict=True)),
            plan_difference=Money.zero(currency),
        )
        events: list[happened.Event] = [happened.OrderCreated(order=order)]
        if price:
            payment = Payment(id=f"{id}.1", amount=price, created_at=at, due_at=due_at or at)
            events.append(happened.PaymentAdded(payment=payment))
        return cls(()).then(*events, at=at, order=id)

    @property
    def order(self) -> Order:
        """The order in its present state."""
        return replayed(self.history)

    def then(self, *events: happened.Event, at: datetime | None = None, order: str | None = None) -> "Story":
        """Add the events of one command, an hour after the last one unless `at` is given."""
        last = self.history[-1] if self.history else None
        # an hour apart, so that no two commands have the same instant unless a test wants that
        when = at or (last.at + timedelta(hours=1) if last else START)
        version = last.version + 1 if last else 1
        id = order or (last.order if last else "")
        rows = (
            happened.Recorded(order=id, version=version, at=when, actor=Actor(), command="tell_story", event=event)
            for event in events
        )
        return Story((*self.history, *rows))

    def pays(self, *, at: datetime | None = None) -> "Story":
        """Add the event that the first payment is paid."""
        last = self.history[-1]
        when = at or last.at + timedelta(hours=1)
        return self.then(happened.PaymentPaid(payment=f"{last.order}.1", paid_at=when), at=when)

    def moves(self, status: str, *, funnel: str = "default") -> "Story":
        """Add a move to another status."""
        now = self.order
        move = happened.OrderMoved(
            from_funnel=now.funnel, from_status=now.status, to_funnel=funnel, to_status=status, by="hand"
        )
        return self.then(move)

    def notes(
        self,
        *,
        manager: str | None = None,
        responsibles: Sequence[str] = (),
        tags: Sequence[str] = (),
        comment: str | None = None,
    ) -> "Story":
        """Add an edit of the staff's fields."""
        now = self.order
        before = happened.OrderFields(
            manager=now.manager, responsibles=now.responsibles, tags=now.tags, comment=now.comment
        )
        after = happened.OrderFields(
            manager=manager, responsibles=tuple(responsibles), tags=tuple(tags), comment=comment
        )
        return self.then(happened.OrderEdited(before=before, after=after))

    def changes(
        self, *, since: int | None = None, outbox: Iterable[OutboxRow] = (), repeated: Repeated | None = None
    ) -> Changes:
        """Give the changes that its last command writes; with `since`, everything after that version."""
        order = self.order
        # several commands may be written together, as an import does
        based_on = order.version - 1 if since is None else since
        return Changes(
            orders=(order,),
            based_on={order.id: based_on},
            history=tuple(one for one in self.history if one.version > based_on),
            outbox=tuple(outbox),
            repeated=() if repeated is None else (repeated,),
        )


def letter(id: str, *, key: str | None = None, contact: str = "olena", order: str = "o1") -> OutboxRow:
    """Give a letter; by default its key is made from its order and its id."""
    data = {"payment": f"{order}.1", "amount": "1000.00", "lines": [1, None, True]}
    return OutboxRow(
        id=id,
        kind="letter",
        name="payment_added",
        order=order,
        contact=contact,
        at=START,
        key=key or f"{order}:{id}",
        data=data,
    )


def event_row(id: str, *, key: str = "", order: str = "o1") -> OutboxRow:
    """Give the outbox row of an event."""
    return OutboxRow(id=id, kind="event", name="order.created", order=order, contact="olena", at=START, key=key)


def offer_of(code: str, *, version: int = 1, funnel: str | None = None) -> Offer:
    """Give an offer at that version, with that funnel."""
    item = Item(product="python", price=Money(100000, "UAH"))
    current = OfferVersion(number=version, made_at=START, title=f"{code} {version}", items=(item,), funnel=funnel)
    return Offer(code=code, currency="UAH", current=current)
