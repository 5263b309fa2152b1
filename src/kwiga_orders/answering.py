"""Which view answers to which query, and what it is drawn from. Asking changes nothing.

Laws:

1. An answer is a pure function of the facts it looked at, the query and the time (T6).
2. A preview is drawn from the very decision that executing the command would commit (K3).
3. What belongs to another project does not exist (K6).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TypeVar, cast

from kwiga_orders import queries
from kwiga_orders.asking import (
    Asking,
    cards_by_status,
    count_by_status,
    get_contact,
    get_course,
    get_funnel,
    get_order,
    get_progress,
    get_project,
    history_of,
    letters_sent,
    orders_from,
    orders_of,
    search_cards,
    search_orders,
    search_tracks,
)
from kwiga_orders.certificate import eligibility
from kwiga_orders.commands import Command
from kwiga_orders.course import Course
from kwiga_orders.decisions import Decision, context_for, courses_of, decide, edited_offer, offers_of
from kwiga_orders.funnel import FunnelStatus
from kwiga_orders.listing import Card, OrderSearch, StatusCount
from kwiga_orders.money import Money
from kwiga_orders.offers import Offer
from kwiga_orders.orders.commands import CreateOrder, OpenOffer, OrderCommand, ReportEvent
from kwiga_orders.orders.context import ViewContext
from kwiga_orders.orders.state import Line, Order
from kwiga_orders.orders.status_history import added, conversion, stays, stays_of
from kwiga_orders.orders.window import LineWindow, resolved
from kwiga_orders.periods import begins, ends, utc, zone_named
from kwiga_orders.plans import Grant, Plan, compile_plan
from kwiga_orders.project import Project
from kwiga_orders.values import changed
from kwiga_orders.views.answers import (
    access_view,
    certificate_view,
    conversion_view,
    history_view,
    lessons_view,
    letters_view,
    schedule_view,
    stays_view,
    time_in_status_view,
)
from kwiga_orders.views.cards import customer_order_view, order_view, window_in
from kwiga_orders.views.plain import amount, maybe_instant
from kwiga_orders.views.shapes import (
    AccessView,
    BoardView,
    CardView,
    CertificateView,
    ColumnView,
    ConversionView,
    CustomerOrderView,
    EntryView,
    EventView,
    ImpactView,
    LessonsView,
    LetterView,
    OrdersView,
    OrderView,
    ParticipantsView,
    ParticipantView,
    PreviewView,
    ProductView,
    StayView,
    TimeInStatusView,
    View,
    WindowView,
)

__all__ = ["answer", "count_for", "plan_for", "search_for"]

V = TypeVar("V")
Q = TypeVar("Q")

_EVER = datetime(1900, 1, 1, tzinfo=UTC)
"""Before everything: a schedule that names no instant to begin with is the whole one (L12)."""

_TRACKS_AT_ONCE = 1000
"""Of how many orders the moves are held at a time, however many a conversion is about."""


def answer(query: queries.Query[V], *, now: datetime, fresh_id: str = "") -> Asking[V]:
    """Answer a query as of `now`; a preview makes its order under `fresh_id` (K3).

    Raises:
        NotFound: if what it asks about is not in the project.
    """
    if isinstance(query, queries.PreviewQuery):
        return cast(V, (yield from _preview(query, utc(now), fresh_id)))
    return cast(V, (yield from _ANSWERS[type(query)](query, utc(now))))


# Orders


def _order(query: queries.OrderQuery, now: datetime) -> Asking[OrderView]:
    order = yield from get_order(query.order)
    context = yield from _context(order, now)
    history = yield from history_of(query.order)
    return order_view(order, context, history)


def _customer_order(query: queries.CustomerOrderQuery, now: datetime) -> Asking[CustomerOrderView]:
    order = yield from get_order(query.order)
    context = yield from _context(order, now)
    return customer_order_view(order, context)


def _history(query: queries.HistoryQuery, _: datetime) -> Asking[list[EventView]]:
    yield from get_order(query.order)
    history = yield from history_of(query.order)
    return history_view(history)


def _letters(query: queries.LettersQuery, _: datetime) -> Asking[list[LetterView]]:
    rows = yield from letters_sent(query.contact)
    return letters_view(rows)


def _context(order: Order, now: datetime) -> Asking[ViewContext]:
    return ViewContext(
        now=now,
        project=(yield from get_project()),
        offers=(yield from offers_of(() if order.origin is None else (order.origin.offer,))),
        courses=(yield from courses_of(line.product for line in order.lines)),
    )


# Access, lessons, schedule, certificate


def plan_for(contact: str, product: str) -> Asking[Plan]:
    """Compile the plan of a contact and a product from the facts known now (A8).

    Raises:
        NotFound: if the project has no such contact, or the host no such product.
    """
    course, grants = yield from _grants(contact, product)
    project = yield from get_project()
    progress = yield from get_progress(contact, product)
    return compile_plan(grants, project=project, course=course, progress=progress)


def _grants(contact: str, product: str) -> Asking[tuple[Course, list[Grant]]]:
    yield from get_contact(contact)
    course = yield from get_course(product)
    orders = yield from orders_of(contact, product=product)
    codes = dict.fromkeys(order.origin.offer for order in orders if order.origin is not None)
    offers = yield from offers_of(codes)
    lines = [(order, order.line(product)) for order in orders]
    return course, [Grant(order=one, line=line, resolved=resolved(one, line, offers)) for one, line in lines]


def _access(query: queries.AccessQuery, now: datetime) -> Asking[AccessView]:
    plan = yield from plan_for(query.contact, query.product)
    return access_view(plan.access(query.at or now))


def _lessons(query: queries.LessonsQuery, now: datetime) -> Asking[LessonsView]:
    plan = yield from plan_for(query.contact, query.product)
    return lessons_view(plan.lessons(query.at or now))


def _schedule(query: queries.ScheduleQuery, now: datetime) -> Asking[list[EntryView]]:
    plan = yield from plan_for(query.contact, query.product)
    project = yield from get_project()
    zone = zone_named(project.timezone)
    starts_at = _EVER if query.starts_at is None else begins(query.starts_at, zone=zone)
    return schedule_view(plan.schedule(starts_at, at=now))


def _certificate(query: queries.CertificateQuery, now: datetime) -> Asking[CertificateView]:
    course, grants = yield from _grants(query.contact, query.product)
    progress = yield from get_progress(query.contact, query.product)
    return certificate_view(eligibility(grants, course=course, progress=progress, at=now))


def _products(query: queries.ProductsQuery, now: datetime) -> Asking[list[ProductView]]:
    contact = query.contact
    orders = yield from orders_of(contact)
    products = dict.fromkeys(line.product for order in orders for line in order.lines)
    views = []
    for product in products:
        plan = yield from plan_for(contact, product)
        views.append(ProductView(product=product, access=access_view(plan.access(query.at or now))))
    return views


def _participants(query: queries.ParticipantsQuery, now: datetime) -> Asking[ParticipantsView]:
    search = OrderSearch(product=(query.product,), sort="number", limit=query.limit, after=query.after)
    page = yield from search_orders(search)
    rows = []
    for order in page.orders:
        orders = yield from orders_of(order.contact, product=query.product)
        # a contact is listed once, with the newest order
        if orders[-1].id == order.id:
            plan = yield from plan_for(order.contact, query.product)
            access = access_view(plan.access(query.at or now))
            rows.append(ParticipantView(contact=order.contact, access=access))
    return ParticipantsView(rows=rows, next=page.next)


def _stays(query: queries.StaysQuery, _: datetime) -> Asking[list[StayView]]:
    yield from get_order(query.order)
    history = yield from history_of(query.order)
    return stays_view(stays(history))


def _time_in_status(query: queries.TimeInStatusQuery, now: datetime) -> Asking[list[TimeInStatusView]]:
    yield from get_order(query.order)
    history = yield from history_of(query.order)
    return time_in_status_view(stays(history), now=now)


def _conversion(query: queries.ConversionQuery, _: datetime) -> Asking[ConversionView]:
    funnel = yield from get_funnel(query.funnel)
    search: OrderSearch | None = changed((yield from _search(query.filters)), limit=_TRACKS_AT_ONCE)
    passages = conversion(funnel, ())
    while search is not None:
        page = yield from search_tracks(search)
        passages = added(passages, conversion(funnel, map(stays_of, page.tracks)))
        search = None if page.next is None else changed(search, after=page.next)
    return conversion_view(funnel, passages)


# Lists and board


def _orders(query: queries.OrdersQuery, _: datetime) -> Asking[OrdersView]:
    search = yield from search_for(query)
    page = yield from search_cards(search)
    return OrdersView(rows=_cards(page.cards), next=page.next)


def search_for(query: queries.OrdersQuery) -> Asking[OrderSearch]:
    """Give the search that a page of orders is found by, in instants of the project's zone (V1)."""
    search = yield from _search(query.filters)
    return changed(search, sort=query.sort, descending=query.descending, limit=query.limit, after=query.after)


def count_for(query: queries.OrdersQuery) -> Asking[int]:
    """Give how many orders a list has on all its pages, without loading them."""
    search = yield from _search(query.filters)
    counts = yield from count_by_status(search)
    return sum(count.count for count in counts)


def _board(query: queries.BoardQuery, _: datetime) -> Asking[BoardView]:
    funnel = yield from get_funnel(query.funnel)
    search = yield from _search(changed(query.filters, funnel=(funnel.id,)))
    counts = yield from count_by_status(search)
    by_status = {count.status: count for count in counts}
    shown: Mapping[str, Sequence[Card]] = {}
    if query.cards and by_status:
        newest = changed(search, status=tuple(by_status), limit=query.cards)
        shown = yield from cards_by_status(newest)
    return BoardView(
        columns=[
            _column(one, by_status.get(one.id, StatusCount(status=one.id, count=0)), _cards(shown.get(one.id, ())))
            for one in funnel.statuses
        ]
    )


def _cards(cards: Sequence[Card]) -> list[CardView]:
    return cast(list[CardView], list(cards))


def _column(status: FunnelStatus, count: StatusCount, cards: list[CardView]) -> ColumnView:
    return ColumnView(
        status=status.id,
        name=status.name,
        colour=status.colour,
        count=count.count,
        sums={currency: amount(Money(minor, currency)) for currency, minor in sorted(count.sums.items())},
        cards=cards,
    )


def _search(filters: queries.OrderFilters) -> Asking[OrderSearch]:
    """Turn filters into a search: dates become instants of the project's zone (V1, T5)."""
    search = OrderSearch(
        funnel=filters.funnel,
        status=filters.status,
        payment_status=filters.payment_status,
        type=filters.type,
        manager=filters.manager,
        responsible=filters.responsible,
        tag=filters.tag,
        product=filters.product,
        offer=filters.offer,
        contact=filters.contact,
        text=filters.search,
    )
    days = (filters.created_from, filters.created_until, filters.paid_from, filters.paid_until)
    if not any((*days, filters.due_from, filters.due_until)):
        return search
    project = yield from get_project()
    zone = zone_named(project.timezone)

    def first(day: date | datetime | None) -> datetime | None:
        return None if day is None else begins(day, zone=zone)

    def last(day: date | datetime | None) -> datetime | None:
        return None if day is None else ends(day, zone=zone)

    return changed(
        search,
        created_from=first(filters.created_from),
        created_until=last(filters.created_until),
        paid_from=first(filters.paid_from),
        paid_until=last(filters.paid_until),
        due_from=first(filters.due_from),
        due_until=last(filters.due_until),
    )


# What would be


def _offer_impact(query: queries.OfferImpactQuery, now: datetime) -> Asking[list[ImpactView]]:
    given = yield from context_for(query.command, now=now, fresh_id="")
    before, after = yield from edited_offer(query.command, given)
    orders = yield from orders_from(before.code)
    project = yield from get_project()
    impacts = []
    for order in orders:
        for line in order.lines:
            was, would = (_window(order, line, offer, project, now) for offer in (before, after))
            if was != would:
                impacts.append(ImpactView(order=order.id, product=line.product, before=was, after=would))
    return impacts


def _window(order: Order, line: Line, offer: Offer, project: Project, now: datetime) -> WindowView:
    context = ViewContext(now=now, project=project, offers={offer.code: offer})
    window: LineWindow | None = window_in(order, line, context)
    return WindowView(
        starts_at=maybe_instant(None if window is None else window.starts_at),
        ends_at=maybe_instant(None if window is None else window.end),
    )


def _preview(query: queries.PreviewQuery, now: datetime, fresh_id: str) -> Asking[PreviewView]:
    decision = yield from decide(query.command, now=now, fresh_id=fresh_id)
    return PreviewView(
        views=(yield from _views_after(query.command, decision, now)),
        events=[recorded.event.name for recorded in decision.changes.history],
        letters=letters_view(decision.changes.outbox),
    )


def _views_after(command: Command, decision: Decision, now: datetime) -> Asking[dict[str, OrderView]]:
    """Draw the order that a command names, would make or, repeated, has made, as it would be."""
    id = decision.receipt.order
    if id is None or not _is_about_one(command):
        return {}
    changed = {order.id: order for order in decision.changes.orders}
    order = changed[id] if id in changed else (yield from get_order(id))
    context = yield from _context(order, now)
    history = yield from history_of(order.id)
    added = [recorded for recorded in decision.changes.history if recorded.order == order.id]
    return {"order": order_view(order, context, [*history, *added])}


def _is_about_one(command: Command) -> bool:
    """Tell whether a command names an order or makes one; what it takes along besides is told by its events."""
    match command:
        case OrderCommand() | OpenOffer() | CreateOrder():
            return True
        case ReportEvent():
            return command.order is not None
    return False


def _answered(
    kind: type[Q], answers: Callable[[Q, datetime], Asking[View]]
) -> tuple[type[object], Callable[..., Asking[View]]]:
    """Pair a class of query with what answers it; a type checker refuses a pair that does not fit."""
    return kind, answers


_ANSWERS: Mapping[type[object], Callable[..., Asking[View]]] = dict(
    (
        _answered(queries.OrderQuery, _order),
        _answered(queries.CustomerOrderQuery, _customer_order),
        _answered(queries.AccessQuery, _access),
        _answered(queries.LessonsQuery, _lessons),
        _answered(queries.ScheduleQuery, _schedule),
        _answered(queries.CertificateQuery, _certificate),
        _answered(queries.ProductsQuery, _products),
        _answered(queries.ParticipantsQuery, _participants),
        _answered(queries.StaysQuery, _stays),
        _answered(queries.TimeInStatusQuery, _time_in_status),
        _answered(queries.ConversionQuery, _conversion),
        _answered(queries.OrdersQuery, _orders),
        _answered(queries.BoardQuery, _board),
        _answered(queries.HistoryQuery, _history),
        _answered(queries.LettersQuery, _letters),
        _answered(queries.OfferImpactQuery, _offer_impact),
    )
)
