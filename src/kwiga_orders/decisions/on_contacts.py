"""Decisions about contacts: one saved, two merged, one erased (V9)."""

from collections.abc import Sequence

import attrs

from kwiga_orders.asking import Asking, find_contact, get_contact, history_of, look_up, orders_of
from kwiga_orders.changes import NOTHING, Changes, OutboxRow, Receipt
from kwiga_orders.contacts import (
    ContactSaved,
    EraseContact,
    MergeContacts,
    SaveContact,
    emptied,
    merged,
    refuse_unless_open,
    saved,
)
from kwiga_orders.decisions.decision import Decision, decision_of
from kwiga_orders.decisions.loading import with_facts
from kwiga_orders.errors import Refused
from kwiga_orders.listing import ContactsById
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.decide import OrderChange, apply
from kwiga_orders.orders.erasing import cleaned
from kwiga_orders.orders.events import ContactErased, ContactMerged, Recorded
from kwiga_orders.orders.evolve import replayed
from kwiga_orders.orders.state import Order
from kwiga_orders.project import Contact
from kwiga_orders.views.plain import plain

__all__ = ["erase_contact", "get_open_contact", "merge_contacts", "save_contact"]


def get_open_contact(id: str) -> Asking[Contact]:
    """Give a contact that accepts commands.

    Raises:
        NotFound: if the project has no contact with that id.
        Refused: `contact.merged`, `contact.erased` (V9).
    """
    contact = yield from get_contact(id)
    refuse_unless_open(contact)
    return contact


def save_contact(command: SaveContact, given: Context) -> Asking[Decision]:
    """Make a contact, or change its named fields."""
    before = yield from find_contact(command.id)
    # V9: a contact that was merged away or erased cannot be changed.
    if before is not None:
        refuse_unless_open(before)
    after = saved(before, command)
    receipt = Receipt(made=after.id)
    # K2: saving the same values writes nothing.
    if after == before:
        return Decision(changes=NOTHING, receipt=receipt)
    was = before or Contact(id=after.id)
    names = (field.name for field in attrs.fields(Contact))
    event = ContactSaved(
        contact=after.id,
        fields=tuple(name for name in names if getattr(was, name) != getattr(after, name)),
        # Only names of fields, because not every reader of the outbox may see personal data.
    )
    rows = (_row(event.name, after.id, plain(event), given),) if given.notifies else ()
    return Decision(
        changes=Changes(contacts=(after,), outbox=rows), receipt=attrs.evolve(receipt, events=(event.name,))
    )


def _row(name: str, contact: str, data: object, given: Context) -> OutboxRow:
    """Give the outbox row of an event of a contact; it belongs to no order."""
    id = f"contact:{given.fresh_id}"
    assert isinstance(data, dict), "events are records"
    return OutboxRow(
        id=id, kind="event", name=name, order="", contact=contact, at=given.now, key=f"{id}:{name}", data=data
    )


def merge_contacts(command: MergeContacts, given: Context) -> Asking[Decision]:
    """Move the orders of a duplicate to the contact that remains; each order records it.

    Raises:
        Refused: `contact.merged`, `contact.erased`; `input.invalid` if both are the same.
    """
    duplicate = yield from get_open_contact(command.contact)
    into = yield from get_open_contact(command.into)
    # Merging a contact with itself would mark it as merged away.
    if duplicate.id == into.id:
        raise Refused("input.invalid", field="into", contact=into.id)
    event = ContactMerged(contact=duplicate.id, into=into.id)
    orders = yield from orders_of(duplicate.id)
    given = yield from with_facts(given, orders=orders)
    changes = [_recorded(order, event, command.name, given) for order in orders]
    # Contacts that were merged into the duplicate must also point to the remaining contact.
    earlier = yield from look_up(ContactsById(ids=duplicate.merged_from))
    decision = yield from decision_of(changes, given)
    return _completed(decision, merged(duplicate, into, earlier=earlier.values()), event, given)


def _recorded(order: Order, event: ContactMerged | ContactErased, command: str, given: Context) -> OrderChange:
    change = apply(order, [event], id=order.id, command=command, given=given)
    assert change is not None, "an event changes at least the version"
    return change


def _completed(
    decision: Decision, contacts: Sequence[Contact], event: ContactMerged | ContactErased, given: Context
) -> Decision:
    """Add the contacts to the decision about their orders; without orders, add an event of the contact."""
    rows = decision.changes.outbox
    # Orders have their own rows for the event.
    if given.notifies and not decision.changes.orders:
        rows = (_row(event.name, event.contact, plain(event), given),)
    receipt = attrs.evolve(decision.receipt, order=None, version=None, made=contacts[-1].id)
    if not receipt.events:
        receipt = attrs.evolve(receipt, events=(event.name,))
    changes = attrs.evolve(decision.changes, contacts=tuple(contacts), outbox=rows)
    return Decision(changes=changes, receipt=receipt)


def erase_contact(command: EraseContact, given: Context) -> Asking[Decision]:
    """Erase a person from the contact, from contacts merged into it, and from their orders and histories.

    Raises:
        Refused: `contact.merged`, `contact.erased`.
    """
    contact = yield from get_open_contact(command.contact)
    cards = yield from look_up(ContactsById(ids=contact.merged_from))
    event = ContactErased(contact=contact.id)
    orders = yield from orders_of(contact.id)
    given = yield from with_facts(given, orders=orders)
    changes: list[OrderChange] = []
    rewritten: list[Recorded] = []
    for order in orders:
        # O10: the history is cleaned first and then folded, so that the new state is clean, too.
        history = cleaned((yield from history_of(order.id)))
        rewritten += history
        # Rewriting the history does not change the version.
        before = attrs.evolve(replayed(history), version=order.version)
        change = _recorded(before, event, command.name, given)
        # the order before the erasure, because counters subtract its values
        changes.append(attrs.evolve(change, before=order))
    decision = yield from decision_of(changes, given)
    gone = [emptied(one) for one in (*cards.values(), contact)]
    decision = _completed(decision, gone, event, given)
    return attrs.evolve(decision, changes=attrs.evolve(decision.changes, rewritten=tuple(rewritten)))
