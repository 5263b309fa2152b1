"""From stored orders to rows that can be taken away, a page at a time.

An order made by hand holds no plan of an offer (P12): what the plan takes off is in the discount, what it adds is in
the prices, so the total is the same. Payments that were given up are left out; they owe nothing.
"""

from typing import Literal, TypedDict

import attrs

from kwiga_orders.answering import search_for
from kwiga_orders.asking import Asking, find_contact, find_offer, search_orders
from kwiga_orders.codec import Json
from kwiga_orders.money import Money
from kwiga_orders.offers import Offer
from kwiga_orders.orders.state import Order
from kwiga_orders.orders.window import resolved
from kwiga_orders.payments import Outcome, Payment, PaymentState, Refund
from kwiga_orders.project import Contact
from kwiga_orders.queries import OrdersQuery
from kwiga_orders.terms import AccessTerms
from kwiga_orders.views.plain import amount, instant, maybe_instant, plain

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
    """Who ordered."""

    name: str
    email: str
    phone: str
    locale: str | None


class ExportedLine(TypedDict):
    """A line: its price, and of its terms those that are not the usual ones."""

    product: str
    price: str
    terms: dict[str, Json]
    curators: list[str]


class ExportedRefund(TypedDict):
    """Money that was given back."""

    reference: str
    amount: str
    occurred_at: str
    chargeback: bool


class ExportedPayment(TypedDict):
    """A payment; `paid_at` is null as long as it is unpaid."""

    amount: str
    kind: str
    due_at: str
    paid_at: str | None
    method: str
    gateway: str | None
    closes_access: bool
    comment: str | None
    refunds: list[ExportedRefund]


class Computed(TypedDict):
    """What follows from the rest, or from the order's past; to be read, not to be imported."""

    number: int
    payment_status: str
    total: str
    paid: str
    refunded: str
    balance: str
    offer: str | None
    updated_at: str
    activated_at: str | None
    due_at: str | None
    superseded_by: str | None
    needs_attention: bool


class ExportedOrder(TypedDict):
    """An order to take away: what an import takes, and what was computed."""

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


@attrs.frozen(kw_only=True)
class ExportedPage:
    """A page of exported orders; `next` is the cursor of the page after it, None if this is the last."""

    rows: tuple[ExportedOrder, ...]
    next: str | None = None


def export_page(query: OrdersQuery) -> Asking[ExportedPage]:
    """Export a page of orders: those that the same query lists (V1, V7)."""
    search = yield from search_for(query)
    page = yield from search_orders(search)
    offers: dict[str, Offer] = {}
    people: dict[str, Contact | None] = {}
    rows = []
    for order in page.orders:
        yield from _learn(order, offers, people)
        rows.append(_row(order, people[order.contact], offers))
    return ExportedPage(rows=tuple(rows), next=page.next)


def _learn(order: Order, offers: dict[str, Offer], people: dict[str, Contact | None]) -> Asking[None]:
    """Find out whose order it is, and the offer it is from, once a page."""
    if order.contact not in people:
        people[order.contact] = yield from find_contact(order.contact)
    origin = order.origin
    if origin is not None and origin.offer not in offers:
        offer = yield from find_offer(origin.offer)
        if offer is not None:
            offers[offer.code] = offer


def _row(order: Order, person: Contact | None, offers: dict[str, Offer]) -> ExportedOrder:
    return ExportedOrder(
        kind="order",
        key=order.id,
        contact=order.contact,
        person=None if person is None else _person(person),
        created_at=instant(order.created_at),
        currency=order.currency,
        type=order.type,
        funnel=order.funnel,
        status=order.status,
        opens_on=order.opens_on,
        lines=_lines(order, offers),
        discount=_discount(order),
        manager=order.manager,
        responsibles=list(order.responsibles),
        tags=list(order.tags),
        comment=order.comment,
        payments=[_payment(one) for one in order.payments if not one.is_void or one.paid is not None],
        cancelled_at=maybe_instant(order.cancelled_at),
        computed=_computed(order),
    )


def _person(contact: Contact) -> Person:
    return Person(name=contact.name, email=contact.email, phone=contact.phone, locale=contact.locale)


def _lines(order: Order, offers: dict[str, Offer]) -> list[ExportedLine]:
    prices = tuple(line.price for line in order.lines)
    if order.total > order.price:
        # what a plan adds is shared by what the lines cost
        weights = [price.minor for price in prices]
        prices = order.total.shared(weights if any(weights) else [1] * len(weights))
    usual = AccessTerms()
    found = []
    for line, price in zip(order.lines, prices, strict=True):
        terms = resolved(order, line, offers).terms
        own = {name: plain(getattr(terms, name)) for name in terms.differing_from(usual)}
        curators = list(line.curators)
        found.append(ExportedLine(product=line.product, price=amount(price), terms=own, curators=curators))
    return found


def _discount(order: Order) -> Json:
    if order.total == order.price - order.discount_amount:
        # told apart by its unit, as the wire has it
        told = None if order.discount is None else plain(order.discount)
        return {unit: off for unit, off in told.items() if unit != "kind"} if isinstance(told, dict) else None
    less: Money = order.price - order.total
    return {"amount": amount(less)} if less.minor > 0 else None


def _payment(payment: Payment) -> ExportedPayment:
    refunds = [_refund(one) for one in payment.refunds if one.outcome is Outcome.SUCCEEDED]
    return ExportedPayment(
        amount=amount(payment.amount),
        kind=payment.kind,
        due_at=instant(payment.due_at),
        paid_at=None if payment.paid is None else instant(payment.paid.at),
        method=payment.method,
        gateway=payment.gateway,
        closes_access=payment.closes_access,
        comment=payment.comment,
        refunds=refunds,
    )


def _refund(refund: Refund) -> ExportedRefund:
    return ExportedRefund(
        reference=refund.reference or refund.id,
        amount=amount(refund.amount),
        occurred_at=instant(refund.at),
        chargeback=refund.chargeback,
    )


def _computed(order: Order) -> Computed:
    sums = order.sums
    due = [payment.due_at for payment in order.payments if payment.state is PaymentState.UNPAID]
    return Computed(
        number=order.number,
        payment_status=sums.status.value,
        total=amount(sums.total),
        paid=amount(sums.paid),
        refunded=amount(sums.refunded),
        balance=amount(sums.balance),
        offer=None if order.origin is None else order.origin.offer,
        updated_at=instant(order.updated_at),
        activated_at=maybe_instant(order.activated_at),
        due_at=maybe_instant(min(due, default=None)),
        superseded_by=order.superseded_by,
        needs_attention=order.needs_attention,
    )
