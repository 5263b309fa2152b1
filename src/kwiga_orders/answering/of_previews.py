"""Questions about what would be: what a command would change, and whom an edit of an offer would reach (K3, O8)."""

from datetime import datetime

from kwiga_orders import queries
from kwiga_orders.answering.of_orders import view_context
from kwiga_orders.asking import Asking, get_order, get_project, history_of, orders_from
from kwiga_orders.commands import Command
from kwiga_orders.decisions import Decision, context_for, decide, edited_offer
from kwiga_orders.offers import Offer
from kwiga_orders.orders.commands import CreateOrder, OpenOffer, OrderCommand, ReportEvent
from kwiga_orders.orders.context import ViewContext
from kwiga_orders.orders.state import Line, Order
from kwiga_orders.orders.window import LineWindow
from kwiga_orders.project import Project
from kwiga_orders.views.answers import letters_view
from kwiga_orders.views.cards import order_view, window_in
from kwiga_orders.views.plain import maybe_instant
from kwiga_orders.views.shapes import ImpactView, OrderView, PreviewView, WindowView

__all__ = [
    "answer_offer_impact",
    "answer_preview",
]


def answer_offer_impact(query: queries.OfferImpactQuery, now: datetime) -> Asking[list[ImpactView]]:
    """List the orders whose windows an edit of an offer would move (O8)."""
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


def answer_preview(query: queries.PreviewQuery, now: datetime, fresh_id: str) -> Asking[PreviewView]:
    """Tell what a command would change, write and send (K3)."""
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
    context = yield from view_context(order, now)
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
