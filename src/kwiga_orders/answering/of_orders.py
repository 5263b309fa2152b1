"""Answers about one order: its cards, its history, its stays, and its letters."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

from kwiga_orders import queries
from kwiga_orders.answering.naming import named_letters, newest_openings, staff_among
from kwiga_orders.asking import (
    Asking,
    all_funnels,
    connected_gateways,
    find_contact,
    find_funnel,
    find_names,
    find_offer,
    get_order,
    get_project,
    history_of,
    letters_sent,
    look_up,
    orders_of,
    standing_contact,
)
from kwiga_orders.decisions import courses_of, offers_for
from kwiga_orders.errors import NotFound
from kwiga_orders.funnel import Funnel
from kwiga_orders.gateways import PaymentLink
from kwiga_orders.listing import HistoryPage, HistorySearch
from kwiga_orders.lookups import CatalogueHistory, CatalogueSearch
from kwiga_orders.orders.context import ViewContext
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.orders.status_history import stays
from kwiga_orders.project import Contact
from kwiga_orders.views.answers import history_view, stays_view, time_in_status_view
from kwiga_orders.views.cards import SHOWN_OF_HISTORY, customer_order_view, order_view
from kwiga_orders.views.plain import amount, maybe_instant
from kwiga_orders.views.shapes import (
    CustomerOrderView,
    EventView,
    HistoryPageView,
    LetterView,
    OrderView,
    PaymentLinkView,
    StayView,
    TimeInStatusView,
)

__all__ = [
    "answer_customer_order",
    "answer_customer_orders",
    "answer_history",
    "answer_letters",
    "answer_order",
    "answer_stays",
    "answer_time_in_status",
    "payment_link_view",
    "view_context",
]


def answer_order(query: queries.OrderQuery, now: datetime) -> Asking[OrderView]:
    """Give the staff's card of an order (V4)."""
    order = yield from get_order(query.order)
    # The newest rows only: the card shows the end of a long history.
    newest = yield from look_up(HistorySearch(order=query.order, limit=SHOWN_OF_HISTORY, newest=True))
    return order_view(order, (yield from view_context(order, now, newest.rows)), newest.rows)


def answer_customer_order(query: queries.CustomerOrderQuery, now: datetime) -> Asking[CustomerOrderView]:
    """Give what the customer sees of an order (V5)."""
    order = yield from get_order(query.order)
    context = yield from view_context(order, now)
    return customer_order_view(order, context)


def answer_customer_orders(query: queries.CustomerOrdersQuery, now: datetime) -> Asking[list[CustomerOrderView]]:
    """Give what a contact sees of their orders, the newest first (V5, V6)."""
    # V9: a contact that was merged away gives the remaining one.
    contact = yield from standing_contact(query.contact)
    views = []
    for order in reversed((yield from orders_of(contact.id))):
        # O3: a superseded twin asks for nothing and would only confuse
        if order.superseded_by is None:
            views.append(customer_order_view(order, (yield from view_context(order, now))))
    return views


def answer_history(query: queries.HistoryQuery, _: datetime) -> Asking[list[EventView] | HistoryPageView]:
    """Give the history of an order (O10), an offer or a funnel (O15): all of it or a page."""
    # Without a limit the answer is the whole history as a list, as in the first edition; with one it is a page.
    shows_all = query.limit is None and query.after is None
    limit = SHOWN_OF_HISTORY if query.limit is None else query.limit
    contact: Contact | None = None
    if query.order is None:
        page: HistoryPage | CatalogueHistory = yield from _catalogue_history(query, None if shows_all else limit)
    else:
        # K6: also raises `NotFound` for an unknown order.
        contact = yield from find_contact((yield from get_order(query.order)).contact)
        if shows_all:
            page = HistoryPage(rows=tuple((yield from history_of(query.order))))
        else:
            page = yield from look_up(HistorySearch(order=query.order, limit=limit, after=query.after))
    people = yield from find_names(staff_among(row.actor for row in page.rows))
    rows = history_view(page.rows, people, contact)
    return rows if shows_all else HistoryPageView(rows=rows, next=page.next)


def _catalogue_history(query: queries.HistoryQuery, limit: int | None) -> Asking[CatalogueHistory]:
    """Give the history of an offer, or of a funnel, which may have been removed since (O15).

    Raises:
        NotFound: if the project never had it.
    """
    kind: Literal["offer", "funnel"] = "funnel" if query.offer is None else "offer"
    id = query.offer or query.funnel or ""
    page = yield from look_up(CatalogueSearch(kind=kind, id=id, limit=limit, after=query.after))
    # Without any row the offer or funnel never existed, or is older than O15.
    if not page.rows and query.after is None:
        exists = (yield from find_offer(id)) if kind == "offer" else (yield from find_funnel(id))
        if exists is None:
            raise NotFound(kind, id)
    return page


def answer_letters(query: queries.LettersQuery, _: datetime) -> Asking[list[LetterView]]:
    """List the letters that were handed to the notifier (N2)."""
    rows = yield from letters_sent(query.contact, order=query.order)
    return (yield from named_letters(rows))


def payment_link_view(link: PaymentLink) -> PaymentLinkView:
    """Draw the link that a gateway made (P3)."""
    return PaymentLinkView(
        url=link.url,
        amount=amount(link.amount),
        currency=link.amount.currency,
        until=maybe_instant(link.expires_at),
    )


def _people_of(order: Order) -> Iterator[str]:
    """Give the ids of the staff that a card shows."""
    if order.manager is not None:
        yield order.manager
    yield from order.responsibles
    for line in order.lines:
        yield from line.curators
        yield from staff_among(one.actor for one in line.adjustments)
    yield from (task.assignee for task in order.tasks if task.assignee is not None)
    yield from staff_among(note.actor for note in order.notes)


def view_context(order: Order, now: datetime, history: Sequence[Recorded] = ()) -> Asking[ViewContext]:
    """Load the data for views of an order and of rows of its history."""
    return ViewContext(
        now=now,
        project=(yield from get_project()),
        offers=(yield from offers_for((order,))),
        courses=(yield from courses_of(line.product for line in order.lines)),
        gateways=frozenset((yield from connected_gateways())),
        contact=(yield from find_contact(order.contact)),
        funnel=(yield from find_funnel(order.funnel)),
        people=(yield from find_names((*_people_of(order), *staff_among(row.actor for row in history)))),
        newest_opening=(
            yield from newest_openings([order.id] if order.superseded_by and order.cancelled_at is None else [])
        ).get(order.id),
    )


def _funnels_by_id() -> Asking[dict[str, Funnel]]:
    return {funnel.id: funnel for funnel in (yield from all_funnels())}


def answer_stays(query: queries.StaysQuery, _: datetime) -> Asking[list[StayView]]:
    """Tell where an order stood, from when to when (F8)."""
    yield from get_order(query.order)
    history = yield from history_of(query.order)
    return stays_view(stays(history), (yield from _funnels_by_id()))


def answer_time_in_status(query: queries.TimeInStatusQuery, now: datetime) -> Asking[list[TimeInStatusView]]:
    """Tell how long an order stood in each status (F8)."""
    yield from get_order(query.order)
    history = yield from history_of(query.order)
    return time_in_status_view(stays(history), (yield from _funnels_by_id()), now=now)
