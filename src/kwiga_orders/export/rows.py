"""Turns stored orders into exported rows, one page at a time.

The readable fields describe an order made by hand, which has no payment plan of an offer (P12). What the plan takes off
is part of the discount, and what it adds is part of the prices, so the total is the same. An unpaid payment is exported
with the amount it asks for (P15), or left out if it asks for nothing. Here a payment is on top as a whole or not at
all (P1), so the part of a payment that is on top is added to the prices. The history carries what these fields cannot
say.

Instants are written in the project's zone, with their offset (V7).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NotRequired, TypedDict
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.answering import search_for
from kwiga_orders.answering.naming import newest_openings
from kwiga_orders.asking import Asking, get_project, look_up, search_orders
from kwiga_orders.codec import Json
from kwiga_orders.decisions import offers_for
from kwiga_orders.export.history import ExportedHistory, exported_history
from kwiga_orders.listing import ContactsById, Histories
from kwiga_orders.money import Money
from kwiga_orders.offers import Offer
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.orders.state import Order
from kwiga_orders.orders.window import resolved
from kwiga_orders.payments import Outcome, Payment
from kwiga_orders.periods import zone_named
from kwiga_orders.project import Contact
from kwiga_orders.queries import OrdersQuery
from kwiga_orders.terms import AccessTerms
from kwiga_orders.views.plain import amount, plain

__all__ = [
    "Computed",
    "ExportedLine",
    "ExportedOrder",
    "ExportedPage",
    "ExportedPayment",
    "ExportedRefund",
    "Person",
    "export_page",
]


class Person(TypedDict):
    """The person who ordered."""

    name: str
    email: str
    phone: str
    locale: str | None


class ExportedLine(TypedDict):
    """A line: its price, its curators, and the terms that differ from the defaults."""

    product: str
    price: str
    terms: dict[str, Json]
    curators: list[str]


class ExportedRefund(TypedDict):
    """A refund."""

    reference: str
    amount: str
    occurred_at: str
    chargeback: bool


class ExportedPayment(TypedDict):
    """A payment; `paid_at` is null while it is unpaid."""

    amount: str
    kind: str
    due_at: str
    paid_at: str | None
    method: str
    gateway: str | None
    closes_access: bool
    comment: str | None
    on_top: bool
    refunds: list[ExportedRefund]


class Computed(TypedDict):
    """Fields computed from the others or from the history. An import skips them."""

    number: int
    payment_status: str
    total: str
    paid: str
    refunded: str
    balance: str
    owed: str
    offer: str | None
    updated_at: str
    activated_at: str | None
    due_at: str | None
    superseded_by: str | None
    needs_attention: bool


class ExportedOrder(TypedDict):
    """An exported order: the fields that an import reads, and the computed ones."""

    kind: Literal["order"]
    key: str
    contact: str
    person: Person | None
    created_at: str
    currency: str
    type: str
    funnel: str
    status: str
    opens_on: str
    lines: list[ExportedLine]
    discount: Json
    manager: str | None
    responsibles: list[str]
    tags: list[str]
    comment: str | None
    payments: list[ExportedPayment]
    cancelled_at: str | None
    computed: Computed
    history: NotRequired[ExportedHistory]


@attrs.frozen(kw_only=True)
class ExportedPage:
    """A page of exported orders; `next` is the cursor of the next page, None on the last one.

    `unreadable` names the orders that are left out of the page because they cannot be read.
    """

    rows: tuple[ExportedOrder, ...]
    next: str | None = None
    unreadable: tuple[str, ...] = ()


def export_page(query: OrdersQuery, *, history: bool) -> Asking[ExportedPage]:
    """Export one page of the orders that the query lists, with their histories if asked for (V7)."""
    search = yield from search_for(query)
    # V7: an unreadable order is named instead of ending the export.
    page = yield from search_orders(search, skips_unreadable=True)
    zone = zone_named((yield from get_project()).timezone)
    people = yield from look_up(ContactsById(ids=tuple({order.contact for order in page.orders})))
    superseded = [one.id for one in page.orders if one.superseded_by is not None and one.cancelled_at is None]
    newest = yield from newest_openings(superseded)
    rows = []
    for order in page.orders:
        offers = yield from offers_for((order,))
        row = _Row(order=order, offers=offers, zone=zone, newest=newest.get(order.id))
        rows.append(row.drawn(people.get(order.contact)))
    if history:
        # One lookup for the page, because histories have many rows.
        histories = yield from look_up(Histories(orders=tuple(order.id for order in page.orders)))
        for drawn in rows:
            drawn["history"] = exported_history(histories[drawn["key"]], drawn)
    return ExportedPage(rows=tuple(rows), next=page.next, unreadable=page.unreadable)


@attrs.frozen(kw_only=True)
class _Row:
    """An order and the data that its row needs."""

    order: Order
    offers: Mapping[str, Offer]
    zone: ZoneInfo
    newest: str | None

    def drawn(self, person: Contact | None) -> ExportedOrder:
        """Make the row."""
        order = self.order
        return ExportedOrder(
            kind="order",
            key=order.id,
            contact=order.contact,
            person=None
            if person is None
            else Person(name=person.name, email=person.email, phone=person.phone, locale=person.locale),
            created_at=self._at(order.created_at),
            currency=order.currency,
            type=order.type,
            funnel=order.funnel,
            status=order.status,
            opens_on=order.opens_on,
            lines=_lines(order, self.offers),
            discount=_discount(order),
            manager=order.manager,
            responsibles=list(order.responsibles),
            tags=list(order.tags),
            comment=order.comment,
            payments=[self._payment(one, amount) for one, amount in _with_amounts(order)],
            cancelled_at=self._maybe_at(order.cancelled_at),
            computed=self._computed(),
        )

    def _payment(self, payment: Payment, owed: Money) -> ExportedPayment:
        refunds = [
            ExportedRefund(
                reference=one.reference or one.id,
                amount=amount(one.amount),
                occurred_at=self._at(one.at),
                chargeback=one.chargeback,
            )
            for one in payment.refunds
            # Only completed refunds: one in flight may still fail.
            if one.outcome is Outcome.SUCCEEDED
        ]
        due = (
            payment.due_at.astimezone(zone_named(self.order.zone)).date().isoformat()
            # T7: written as a day in the order's own zone, so that it stays that day.
            if payment.whole_day
            else self._at(payment.due_at)
        )
        return ExportedPayment(
            amount=amount(owed),
            kind=payment.kind,
            due_at=due,
            paid_at=None if payment.paid is None else self._at(payment.paid.at),
            method=payment.method,
            gateway=payment.gateway,
            closes_access=payment.closes_access,
            comment=payment.comment,
            on_top=_is_on_top(payment, owed),
            refunds=refunds,
        )

    def _computed(self) -> Computed:
        order = self.order
        sums = order.sums
        asked = asked_of(order)
        due = [payment.due_at for payment in order.payments if payment.id in asked]
        return Computed(
            number=order.number,
            payment_status=sums.status.value,
            total=amount(sums.total),
            paid=amount(sums.paid),
            refunded=amount(sums.refunded),
            balance=amount(sums.balance),
            owed=amount(Money.total(asked.values(), currency=order.currency)),
            offer=None if order.origin is None else order.origin.offer,
            updated_at=self._at(order.updated_at),
            activated_at=self._maybe_at(order.activated_at),
            due_at=self._maybe_at(min(due, default=None)),
            superseded_by=self.newest or order.superseded_by,
            needs_attention=order.needs_attention,
        )

    def _at(self, at: datetime) -> str:
        return at.astimezone(self.zone).isoformat()

    def _maybe_at(self, at: datetime | None) -> str | None:
        return None if at is None else self._at(at)


def _with_amounts(order: Order) -> list[tuple[Payment, Money]]:
    """Give the paid payments with the received amount, and those that ask for money with the asked amount (P2, P15)."""
    asked = asked_of(order)
    paid = {payment.id: payment.paid.amount for payment in order.payments if payment.paid is not None}
    # A received amount wins over an asked one: a payment that was paid in part is exported with what was received.
    return [(payment, {**asked, **paid}[payment.id]) for payment in order.payments if payment.id in {*asked, *paid}]


def _is_on_top(payment: Payment, amount: Money) -> bool:
    return payment.on_top == amount


def _cost(order: Order) -> Money:
    """Give the cost of the order without the payments that are completely on top."""
    whole = [amount for payment, amount in _with_amounts(order) if _is_on_top(payment, amount)]
    return order.total - Money.total(whole, currency=order.currency)


def _lines(order: Order, offers: Mapping[str, Offer]) -> list[ExportedLine]:
    prices, cost = tuple(line.price for line in order.lines), _cost(order)
    # M4: sharing by weights keeps the sum exact, so the imported order has the same total.
    if cost > order.price:
        # what a plan adds is shared in proportion to the prices of the lines
        weights = [price.minor for price in prices]
        prices = cost.shared(weights if any(weights) else [1] * len(weights))
    usual = AccessTerms()
    found = []
    for line, price in zip(order.lines, prices, strict=True):
        # Default terms are left out, which keeps the file readable.
        terms = resolved(order, line, offers).terms
        own = {name: plain(getattr(terms, name)) for name in terms.differing_from(usual)}
        curators = list(line.curators)
        found.append(ExportedLine(product=line.product, price=amount(price), terms=own, curators=curators))
    return found


def _discount(order: Order) -> Json:
    cost = _cost(order)
    # The discount of the order is kept as it was given if it explains the total.
    if cost == order.price - order.discount_amount:
        # the unit shows which kind of discount it is, as on the wire
        told = None if order.discount is None else plain(order.discount)
        return {unit: off for unit, off in told.items() if unit != "kind"} if isinstance(told, dict) else None
    less: Money = order.price - cost
    return {"amount": amount(less)} if less.minor > 0 else None
