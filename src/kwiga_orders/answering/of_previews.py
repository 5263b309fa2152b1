"""Previews of commands, and quotes (K3, O3)."""

from datetime import datetime

from kwiga_orders import queries
from kwiga_orders.answering.naming import named_letters
from kwiga_orders.answering.of_jobs import answer_job_preview
from kwiga_orders.answering.of_orders import view_context
from kwiga_orders.asking import Asking, get_order, look_up
from kwiga_orders.commands import Command
from kwiga_orders.decisions import Decision, context_for, decide, with_facts
from kwiga_orders.jobs import ForEach
from kwiga_orders.listing import HistorySearch
from kwiga_orders.orders.commands import CreateOrder, OpenOffer, OrderCommand, ReportEvent
from kwiga_orders.orders.creating import open_offer
from kwiga_orders.orders.decide import apply
from kwiga_orders.views.cards import SHOWN_OF_HISTORY, order_view
from kwiga_orders.views.shapes import OrderView, PreviewView

__all__ = ["answer_preview", "answer_quote"]


_NOBODY = "-"
"""The contact of a quote without one; it is in no answer."""


# decision 0018: a preview names events and shows letters with their recipient; events themselves are internal
def answer_preview(query: queries.PreviewQuery, now: datetime, fresh_id: str) -> Asking[PreviewView]:
    """Tell what a command would change, write and send (K3)."""
    if isinstance(query.command, ForEach):
        return (yield from answer_job_preview(query.command, now, fresh_id))
    decision = yield from decide(query.command, now=now, fresh_id=fresh_id)
    changes = decision.changes
    return PreviewView(
        views=(yield from _views_after(query.command, decision, now)),
        events=_events_in(decision),
        letters=(yield from named_letters(changes.outbox)),
        orders=[],
        left=0,
    )


def _events_in(decision: Decision) -> list[str]:
    """List the events of a decision: of offers, funnels, orders, of a contact, of a delivery (O15, V9, N1)."""
    changes = decision.changes
    # contacts and deliveries have no history, so their events are only in the outbox
    others = (row.name for row in changes.outbox if row.kind == "event" and not (row.order and changes.history))
    of_catalogue = (row.event.name for row in changes.catalogue)
    return [*of_catalogue, *(recorded.event.name for recorded in changes.history), *others]


def answer_quote(query: queries.QuoteQuery, now: datetime, fresh_id: str) -> Asking[OrderView]:
    """Draw the order that opening an offer would make, by the code that makes it (O3); without a contact, nobody's."""
    if query.contact is not None:
        return (yield from _opened(query, query.contact, now, fresh_id))
    command = OpenOffer(offer=query.offer, contact=_NOBODY, payment_option=query.payment_option)
    # A quote makes no letters.
    given = yield from context_for(command, now=now, fresh_id=fresh_id, notifies=False)
    given = yield from with_facts(given, offers=(query.offer,), makes_order=True)
    made = apply(None, open_offer(command, given), id=fresh_id, command=command.name, given=given)
    assert made is not None, "opening an offer makes an order"
    view = order_view(made.after, (yield from view_context(made.after, now, made.recorded)), made.recorded)
    # The answer must not contain `_NOBODY`.
    view["contact"] = ""
    return view


def _opened(query: queries.QuoteQuery, contact: str, now: datetime, fresh_id: str) -> Asking[OrderView]:
    command = OpenOffer(offer=query.offer, contact=contact, payment_option=query.payment_option)
    decision = yield from decide(command, now=now, fresh_id=fresh_id)
    return (yield from _views_after(command, decision, now))["order"]


def _views_after(command: Command, decision: Decision, now: datetime) -> Asking[dict[str, OrderView]]:
    """Draw the order that a command names, would make or, repeated, has made, as it would be."""
    id = decision.receipt.order
    if id is None or not _is_about_one(command):
        return {}
    changed = {order.id: order for order in decision.changes.orders}
    order = changed[id] if id in changed else (yield from get_order(id))
    stored = yield from look_up(HistorySearch(order=order.id, limit=SHOWN_OF_HISTORY, newest=True))
    added = [recorded for recorded in decision.changes.history if recorded.order == order.id]
    # The newest rows, including those that the command would add, as on the card.
    history = [*stored.rows, *added][-SHOWN_OF_HISTORY:]
    return {"order": order_view(order, (yield from view_context(order, now, history)), history)}


def _is_about_one(command: Command) -> bool:
    """Tell whether a command names an order or makes one; its events show what else it changes."""
    match command:
        case OrderCommand() | OpenOffer() | CreateOrder():
            return True
        case ReportEvent():
            return command.order is not None
    return False
