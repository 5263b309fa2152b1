"""Decide commands: compute all that a command writes, as a pure value."""

from kwiga_orders.decisions.deciding import decide, decide_once, fingerprint, may_retry
from kwiga_orders.decisions.decision import Decision
from kwiga_orders.decisions.loading import context_for, courses_of, offers_by_code, offers_for, with_facts
from kwiga_orders.decisions.on_due import due_until, orders_due
from kwiga_orders.decisions.on_gateways import (
    call_for,
    day_of,
    entries_here,
    link_for,
    orders_under,
    payment_under,
    state_for,
    states_of,
    taken_through,
    unsettled_after,
)
from kwiga_orders.decisions.on_offers import edited_offer

__all__ = [
    "Decision",
    "call_for",
    "context_for",
    "courses_of",
    "day_of",
    "decide",
    "decide_once",
    "due_until",
    "edited_offer",
    "entries_here",
    "fingerprint",
    "link_for",
    "may_retry",
    "offers_by_code",
    "offers_for",
    "orders_due",
    "orders_under",
    "payment_under",
    "state_for",
    "states_of",
    "taken_through",
    "unsettled_after",
    "with_facts",
]
