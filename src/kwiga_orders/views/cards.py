"""Cards of orders, for the staff and for the customer."""

from collections.abc import Sequence
from typing import TypedDict

from kwiga_orders.access import Grant, reasons_at
from kwiga_orders.orders.asked import asked_of, owed
from kwiga_orders.orders.context import ViewContext
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.renewal_stops import stopped_of
from kwiga_orders.orders.state import Adjustment, Custom, EndSet, Extended, Follows, Frozen, Line, Order
from kwiga_orders.orders.subscriptions import next_due_at, paid_periods
from kwiga_orders.orders.window import LineWindow, line_window, resolved
from kwiga_orders.plans import late_lessons
from kwiga_orders.terms import AccessTerms, dangling
from kwiga_orders.views.answers import history_view, reason_view
from kwiga_orders.views.payments import attention_views, customer_payment_views, payment_views
from kwiga_orders.views.plain import actor_name, actor_view, amount, instant, maybe_instant, period_view, plain
from kwiga_orders.views.shapes import (
    AdjustmentView,
    CardView,
    CustomerLineView,
    CustomerOrderView,
    CustomerSubscriptionView,
    LineView,
    NoteView,
    OfferView,
    OrderView,
    StoppedView,
    SubscriptionView,
    TaskView,
)
from kwiga_orders.views.sum_shapes import OrderSums

__all__ = ["COPY_MARK", "SHOWN_OF_HISTORY", "card_of", "customer_order_view", "order_view", "window_in"]

COPY_MARK = "(Copy system)"
"""The ending of an offer's title if a line of the order is a custom copy (O7)."""


SHOWN_OF_HISTORY = 50
"""The number of history rows on a card, the newest ones; a query gives the whole history by pages (V4)."""


class _Customer(TypedDict):
    contact: str
    contact_name: str | None
    email: str | None
    phone: str | None


class _Team(TypedDict):
    manager: str | None
    manager_name: str | None
    responsibles: list[str]
    responsible_names: list[str | None]
    tags: list[str]
    comment: str | None
    notes: list[NoteView]
    tasks: list[TaskView]


def order_view(order: Order, context: ViewContext, history: Sequence[Recorded]) -> OrderView:
    """Give the staff's card of an order. Home of V4."""
    # The fields have the order of `OrderView`, and so of the wire.
    return {
        "id": order.id,
        "number": order.number,
        "type": order.type,
        "funnel": order.funnel,
        "status": order.status,
        "payment_status": order.payment_status.value,
        **_sums(order),
        **_customer(order, context),
        "funnel_name": None if context.funnel is None else context.funnel.name,
        "status_name": _status_name(order, context),
        "offer_title": _offer_title(order, context),
        **_team(order, context),
        "source": order.source,
        "offer": _offer(order, context),
        "copied": order.is_copied,
        "lines": _lines(order, context),
        "payments": payment_views(order, context),
        "subscription": _subscription(order),
        "superseded_by": context.newest_opening or order.superseded_by,
        "needs_attention": order.needs_attention,
        "attention": attention_views(order),
        "version": order.version,
        "created_at": instant(order.created_at),
        "updated_at": instant(order.updated_at),
        "activated_at": maybe_instant(order.activated_at),
        "cancelled": order.cancelled_at is not None,
        "history": history_view(history, context.people, context.contact),
    }


def _sums(order: Order) -> OrderSums:
    """Give the cost of an order, what was paid, and what is left; the same for the staff and the customer (M5, P7)."""
    sums = order.sums
    return {
        "price": amount(order.price),
        "discount": amount(order.discount_amount),
        "plan_difference": amount(order.plan_adds),
        "on_top": amount(order.on_top),
        "total": amount(sums.total),
        "paid": amount(sums.paid),
        "refunded": amount(sums.shown_refunded),
        "balance": amount(sums.balance),
        "owed": amount(owed(order)),
        "overpaid": amount(sums.overpaid),
        "currency": order.currency,
    }


def _customer(order: Order, context: ViewContext) -> _Customer:
    contact = context.contact
    return {
        "contact": order.contact,
        "contact_name": None if contact is None else contact.name,
        "email": None if contact is None else contact.email,
        "phone": None if contact is None else contact.phone,
    }


def _team(order: Order, context: ViewContext) -> _Team:
    """Give the staff's part of an order: responsible people, tags, notes and tasks (O2, O14)."""
    return {
        "manager": order.manager,
        "manager_name": None if order.manager is None else context.people.get(order.manager),
        "responsibles": list(order.responsibles),
        "responsible_names": [context.people.get(one) for one in order.responsibles],
        "tags": list(order.tags),
        "comment": order.comment,
        "notes": [
            NoteView(
                id=note.id,
                at=instant(note.at),
                actor=actor_view(note.actor),
                actor_name=actor_name(note.actor, context.people, context.contact),
                text=note.text,
            )
            for note in order.notes
        ],
        "tasks": _tasks(order, context),
    }


def window_in(order: Order, line: Line, context: ViewContext) -> LineWindow | None:
    """Give the window of a line at the instant of the context (A2, A3, A13)."""
    # The same computation as for access, so that a card and an access answer always agree.
    terms = resolved(order, line, context.offers).terms
    return line_window(order, line, terms, grace=context.project.grace, at=context.now)


def _tasks(order: Order, context: ViewContext) -> list[TaskView]:
    return [
        TaskView(
            id=task.id,
            title=task.title,
            assignee=task.assignee,
            assignee_name=None if task.assignee is None else context.people.get(task.assignee),
            due_at=maybe_instant(task.due_at),
            done_at=maybe_instant(task.completed_at),
        )
        for task in order.tasks
    ]


def _subscription(order: Order) -> SubscriptionView | None:
    subscription = order.subscription
    if subscription is None:
        return None
    paid, stop = paid_periods(order), stopped_of(order)
    return SubscriptionView(
        period_amount=amount(order.agreed),
        every=period_view(subscription.every),
        periods=subscription.periods,
        paid_periods=len(paid),
        paid_through=maybe_instant(paid[-1].ends_at if paid else None),
        next_due_at=maybe_instant(next_due_at(order)),
        stopped=None if stop is None else StoppedView(at=instant(stop.at), reason=stop.reason),
    )


def _offer(order: Order, context: ViewContext) -> OfferView | None:
    # An offer that was not loaded is left out rather than shown wrongly.
    if order.origin is None or order.origin.offer not in context.offers:
        return None
    title = context.offers[order.origin.offer].current.title
    if order.is_copied:
        title = f"{title} {COPY_MARK}"
    return OfferView(code=order.origin.offer, title=title, option=order.origin.option)


def _lines(order: Order, context: ViewContext) -> list[LineView]:
    weights = [line.price.minor for line in order.lines]
    # M4: the discounts of the lines sum up to the discount of the order
    discounts = order.discount_amount.shared(weights if any(weights) else [1] * len(weights))
    return [_line(order, line, amount(off), context) for line, off in zip(order.lines, discounts, strict=True)]


def _line(order: Order, line: Line, discount: str, context: ViewContext) -> LineView:
    now_has = resolved(order, line, context.offers)
    window = line_window(order, line, now_has.terms, grace=context.project.grace, at=context.now)
    course = context.courses.get(line.product)
    grant = Grant(order=order, line=line, resolved=now_has)
    closed = reasons_at(grant, context.now, grace=context.project.grace)
    return LineView(
        product=line.product,
        price=amount(line.price),
        discount=discount,
        source=_source(order, line, context),
        version=now_has.version,
        differs=_differs(order, line, context),
        terms=plain(now_has.terms),
        curators=list(line.curators),
        curator_names=[context.people.get(one) for one in line.curators],
        product_title=None if course is None else course.title,
        open=not closed,
        reasons=[reason_view(reason) for reason in closed],
        adjustments=[_adjustment(one, context) for one in line.adjustments],
        starts_at=maybe_instant(None if window is None else window.starts_at),
        ends_at=maybe_instant(None if window is None else window.end),
        dangling=[] if course is None else list(dangling(now_has.terms, course)),
        late_lessons=[] if course is None else list(late_lessons(grant, course=course)),
    )


def _adjustment(one: Adjustment, context: ViewContext) -> AdjustmentView:
    # All fields are always present, so that a front end need not check which kind it has.
    made: AdjustmentView = {
        "kind": "extend",
        "at": instant(one.made_at),
        "by": None,
        "starts_at": None,
        "ends_at": None,
        "actor": actor_view(one.actor),
        "actor_name": actor_name(one.actor, context.people, context.contact),
        "reason": one.reason,
    }
    match one:
        case Extended():
            made["by"] = period_view(one.by)
        case EndSet():
            made |= {"kind": "set_end", "ends_at": maybe_instant(one.at)}
        case Frozen():
            made |= {"kind": "freeze", "starts_at": instant(one.starts_at), "ends_at": instant(one.ends_at)}
    return made


def _status_name(order: Order, context: ViewContext) -> str | None:
    statuses = () if context.funnel is None else context.funnel.statuses
    return next((status.name for status in statuses if status.id == order.status), None)


def _offer_title(order: Order, context: ViewContext) -> str | None:
    """Give the present title of the offer; the mark of a copy is only in `offer.title` (O7)."""
    offer = None if order.origin is None else context.offers.get(order.origin.offer)
    return None if offer is None else offer.current.title


def _source(order: Order, line: Line, context: ViewContext) -> str:
    if not isinstance(line.source, Follows) or order.origin is None:
        return "custom"
    # O8: a pinned line does not follow newer versions, and the staff should see that.
    pinned = context.offers[order.origin.offer].is_pinned(line.source.since, line.product)
    return "pinned" if pinned else "follows"


def _differs(order: Order, line: Line, context: ViewContext) -> list[str]:
    """Name the fields in which a custom line differs from the newest version of its offer: price, then terms (O7)."""
    if not isinstance(line.source, Custom) or order.origin is None or order.origin.offer not in context.offers:
        return []
    item = context.offers[order.origin.offer].current.find_item(line.product)
    # A product that left the offer is compared with default terms.
    terms = AccessTerms() if item is None else item.terms
    prices = ["price"] if item is not None and item.price != line.price else []
    return [*prices, *line.source.terms.differing_from(terms)]


def customer_order_view(order: Order, context: ViewContext) -> CustomerOrderView:
    """Give what the customer sees of an order: an allow-list, so that no internal data can appear. Home of V5."""
    return {
        "id": order.id,
        "number": order.number,
        "created_at": instant(order.created_at),
        "payment_status": order.payment_status.value,
        **_sums(order),
        "lines": [_customer_line(order, line, context) for line in order.lines],
        "payments": customer_payment_views(order, context),
        "subscription": _customer_subscription(order),
        "cancelled": order.cancelled_at is not None,
    }


def _customer_subscription(order: Order) -> CustomerSubscriptionView | None:
    shown = _subscription(order)
    if shown is None:
        return None
    return CustomerSubscriptionView(
        period_amount=shown["period_amount"],
        every=shown["every"],
        paid_through=shown["paid_through"],
        next_due_at=shown["next_due_at"],
        stopped_at=None if shown["stopped"] is None else shown["stopped"]["at"],
    )


def _customer_line(order: Order, line: Line, context: ViewContext) -> CustomerLineView:
    window = window_in(order, line, context)
    course = context.courses.get(line.product)
    return CustomerLineView(
        product=line.product,
        # A product that the host no longer knows is shown by its id.
        title=line.product if course is None else course.title,
        starts_at=maybe_instant(None if window is None else window.starts_at),
        ends_at=maybe_instant(None if window is None else window.end),
    )


def card_of(order: Order) -> CardView:
    """Give an order as a row of a list or a card of the board (V1, V2)."""
    sums = order.sums
    asked = asked_of(order)
    due = [payment.due_at for payment in order.payments if payment.id in asked]
    return {
        "id": order.id,
        "number": order.number,
        "funnel": order.funnel,
        "status": order.status,
        "payment_status": sums.status.value,
        "type": order.type,
        "contact": order.contact,
        "manager": order.manager,
        "responsibles": list(order.responsibles),
        "tags": list(order.tags),
        "products": [line.product for line in order.lines],
        "offer": None if order.origin is None else order.origin.offer,
        "price": amount(order.price),
        "discount": amount(order.discount_amount),
        "plan_difference": amount(order.plan_adds),
        "on_top": amount(order.on_top),
        "total": amount(sums.total),
        "paid": amount(sums.paid),
        "owed": amount(owed(order)),
        "balance": amount(sums.balance),
        "overpaid": amount(sums.overpaid),
        "currency": order.currency,
        "created_at": instant(order.created_at),
        "updated_at": instant(order.updated_at),
        "due_at": instant(min(due)) if due else None,
        "superseded_by": order.superseded_by,
        "needs_attention": order.needs_attention,
        "cancelled": order.cancelled_at is not None,
    }
