"""How an order is changed by hand: what the staff keeps of it, lines, status, cancelling and reopening.

Laws:

1. A command changes only what it names; an edit to what is there already changes nothing (K2).
2. Editing terms or price of a line that follows its offer makes a copy of its own (O7); curators do not (L11).
3. Naming the scope sets it again, also with the same value (L2).
4. The last line stays; a product stands at most once (O13).
5. Cancelling voids what is unpaid; reopening brings it back (O12).
"""

from collections.abc import Iterator, Sequence

import attrs

from kwiga_orders.commands import UNSET, Unset
from kwiga_orders.commands import given as named
from kwiga_orders.errors import NotFound, Refused
from kwiga_orders.money import Money
from kwiga_orders.offers import Item
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.creating import new_line
from kwiga_orders.orders.events import (
    Event,
    LineAdded,
    LineEdited,
    LineFields,
    LineFollowed,
    LineRemoved,
    OrderCancelled,
    OrderEdited,
    OrderFields,
    OrderMoved,
    OrderReopened,
    OrderSuperseded,
    PaymentVoided,
)
from kwiga_orders.orders.state import Custom, Follows, Line, Order
from kwiga_orders.orders.window import Resolved, payment_of, resolved
from kwiga_orders.payments import PaymentState, VoidCause
from kwiga_orders.periods import zone_named
from kwiga_orders.terms import refuse_empty
from kwiga_orders.values import changed_by

__all__ = [
    "add_line",
    "cancel_order",
    "edit_line",
    "edit_order",
    "follow_offer",
    "give_way",
    "move_order",
    "remove_line",
    "reopen_order",
    "void_unpaid",
]


def edit_order(order: Order, command: asked.EditOrder, _: Context) -> Iterator[Event]:
    """Change what the staff notes, or the discount (O2)."""
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    for field in attrs.fields(OrderFields):
        value, there = getattr(command, field.name), getattr(order, field.name)
        # K2: only what really differs is recorded; an edit to the same values makes no event.
        if not isinstance(value, Unset) and value != there:
            before[field.name], after[field.name] = there, value
    if after:
        yield OrderEdited(before=changed_by(OrderFields(), before), after=changed_by(OrderFields(), after))


def edit_line(order: Order, command: asked.EditLine, given: Context) -> Iterator[Event]:
    """Change price, terms or curators of a line (O7). Home of L11.

    Raises:
        Refused: `not_found`, `money.too_precise`, `terms.window_empty`, `course.unknown_lesson`,
            `course.unknown_practice`, `course.unknown_test`.
    """
    line = order.line(command.product)
    price = line.price if isinstance(command.price, Unset) else Money.of(command.price, order.currency)
    curators = named(command.curators, line.curators)
    # Law 2: a price of its own makes the line a copy, even where the terms are those of the offer.
    copies = price != line.price
    now_has = resolved(order, line, given.offers)
    zone = zone_named(order.zone)
    # A4: by its own activation, also where a window from now on would be empty
    paid_at = payment_of(order, line)
    terms = given.changed_terms(command.terms, now_has.terms, product=line.product, zone=zone, paid_at=paid_at)
    # L2: "set now" differs from "set before" even for the same scope, so this makes a copy, too.
    own = Custom(terms=terms, scope_set_at=given.scope_set_at(command.terms, now_has.scope_set_at))
    untouched = Resolved(terms=own.terms, scope_set_at=own.scope_set_at, version=now_has.version) == now_has
    # A line that still equals its offer keeps following it: an edit to what is there changes nothing.
    source = line.source if untouched and not copies else own
    changed = attrs.evolve(line, price=price, curators=curators, source=source)
    if changed != line:
        yield LineEdited(product=line.product, before=_fields(line, changed), after=_fields(changed, line))


def _fields(line: Line, other: Line) -> LineFields:
    """Give the fields of `line` that differ in `other`."""
    return LineFields(
        price=line.price if line.price != other.price else UNSET,
        source=line.source if line.source != other.source else UNSET,
        curators=line.curators if line.curators != other.curators else UNSET,
    )


def add_line(order: Order, command: asked.AddLine, given: Context) -> Iterator[Event]:
    """Add a product; for it, "payment" is now, if the order is activated already. Home of O13.

    Raises:
        Refused: `order.duplicate_product`, and what `create_order` refuses of a line.
    """
    if any(line.product == command.product for line in order.lines):
        raise Refused("order.duplicate_product", product=command.product)
    line = new_line(command, order.currency, given, zone=zone_named(order.zone))
    # The order's zone, not the project's: its dates were given in that one (T7).
    yield LineAdded(line=attrs.evolve(line, added_at=given.now))


def remove_line(order: Order, command: asked.RemoveLine, _: Context) -> Iterator[Event]:
    """Take a product out (O13).

    Raises:
        Refused: `not_found`, `order.last_line`.
    """
    # Before the count: an unknown product is `not_found` also in an order of one line.
    line = order.line(command.product)
    if len(order.lines) == 1:
        raise Refused("order.last_line", order=order.number)
    yield LineRemoved(product=line.product)


def follow_offer(order: Order, command: asked.FollowOffer, given: Context) -> Iterator[Event]:
    """Put a line back to the newest version of its offer, or only the fields that are named. Home of O7.

    The price of a line that is put back whole stays. Once no field differs, the line follows again.

    Raises:
        NotFound: if the order has no such line, or its offer no such product.
        Refused: `terms.window_empty` if fields of both make access end before it starts (A4).
    """
    line = order.line(command.product)
    # An order made without an offer has nothing to go back to.
    if order.origin is None:
        raise NotFound("offer", "")
    offer = given.get_offer(order.origin.offer)
    item = offer.current.find_item(line.product)
    if item is None:
        raise NotFound("product", line.product)
    # A pinned line does not follow in effect, so following again is a change for it (O8).
    follows = isinstance(line.source, Follows) and not offer.is_pinned(line.source.since, line.product)
    follows_again = not follows
    # No fields named means all of them: the line simply follows from the newest version on.
    if command.fields:
        changed, differs = _with_fields_of(item, order, line, command.fields, given)
        follows_again = not follows and not differs
        if changed != line:
            yield LineEdited(product=line.product, before=_fields(line, changed), after=_fields(changed, line))
    if follows_again:
        yield LineFollowed(product=line.product, since=offer.version)


def _with_fields_of(
    item: Item, order: Order, line: Line, fields: Sequence[asked.CopiedField], given: Context
) -> tuple[Line, bool]:
    """Give a line with some fields of the offer's item, and whether it still differs from it (O7)."""
    now_has = resolved(order, line, given.offers)
    terms = attrs.evolve(now_has.terms, **{name: getattr(item.terms, name) for name in fields if name != "price"})
    paid_at = payment_of(order, line) or given.now
    # Judged again, since start and duration may now come from two sources (A4).
    refuse_empty(terms, before=now_has.terms, paid_at=paid_at, product=line.product, zone=zone_named(order.zone))
    line = attrs.evolve(line, price=item.price if "price" in fields else line.price)
    differs = (terms, line.price) != (item.terms, item.price)
    # L2: a scope copied from the offer counts from when the offer set it.
    if differs and terms != now_has.terms:
        scope_set_at = item.scope_set_at if "scope" in fields else now_has.scope_set_at
        line = attrs.evolve(line, source=Custom(terms=terms, scope_set_at=scope_set_at))
    return line, differs


def move_order(order: Order, command: asked.MoveOrder, given: Context) -> Iterator[Event]:
    """Move an order by hand, also into another funnel. Home of F5.

    Raises:
        NotFound: if there is no such funnel, or it has no such status.
        Refused: `status.archived` (F6).
    """
    funnel = given.get_funnel(command.funnel or order.funnel)
    # F5: read without the check for archived first, so that an order may stay where it stands.
    if command.status is not None:
        status = funnel.status(command.status).id
    else:
        # Into another funnel it goes to where its money would have led there.
        status = funnel.status_for(order.payment_status, subscribed=order.type == "subscription")
    if (funnel.id, status) != (order.funnel, order.status):
        funnel.open_status(status)
        yield OrderMoved(
            from_funnel=order.funnel, from_status=order.status, to_funnel=funnel.id, to_status=status, by="hand"
        )


def cancel_order(order: Order, command: asked.CancelOrder, given: Context) -> Iterator[Event]:
    """Cancel an order and void what is unpaid (O12)."""
    # O3: later openings do not supersede a cancelled order, so its mark is fixed now
    if given.newest_opening is not None and given.newest_opening != order.superseded_by:
        # Before it is cancelled: the event that supersedes belongs to the order as it was.
        yield OrderSuperseded(by=given.newest_opening)
    yield OrderCancelled(reason=command.reason)
    yield from void_unpaid(order, "cancelled")


def reopen_order(order: Order, command: asked.ReopenOrder, given: Context) -> Iterator[Event]:
    """Take a cancellation back: it counts as never made (T6), so what newer twins did meanwhile is done now.

    The payments that it voided come back, unless a newer twin was activated (O12); if the order waits, the newest
    opening has taken its place (O3).
    """
    twins = given.newer_twins
    yield OrderReopened(reason=command.reason, restores=all(twin.activated_at is None for twin in twins))
    # Only one that waits gives way; an activated order keeps its place whatever was opened since (O3).
    if twins and order.activated_at is None and order.superseded_by is None:
        yield OrderSuperseded(by=twins[-1].id)


def give_way(order: Order, given: Context) -> Iterator[Event]:
    """Let the newest opening take the place of one that waits again, as if it had waited all the time (O3)."""
    if given.newer_twins:
        yield OrderSuperseded(by=given.newer_twins[-1].id)
    if any(twin.activated_at is not None for twin in given.newer_twins):
        yield from void_unpaid(order, "superseded")


def void_unpaid(order: Order, cause: VoidCause) -> Iterator[Event]:
    """Void every unpaid payment, and say why (O3, O12)."""
    for payment in order.payments:
        if payment.state is PaymentState.UNPAID:
            yield PaymentVoided(payment=payment.id, cause=cause)
