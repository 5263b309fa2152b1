"""Commands that change an order by hand: the staff's fields, lines, status, cancelling and reopening.

Laws:

1. A command changes only what it names; setting a field to its current value changes nothing (K2).
2. Editing terms or price of a line that follows its offer gives the line its own terms (O7); curators do not (L11).
3. Naming the scope sets it again, even to the same value (L2).
4. The last line cannot be removed; a product can be in an order only once (O13).
5. Cancelling voids unpaid payments; reopening restores them (O12).
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
    """Change the staff's fields, or the discount (O2)."""
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    for field in attrs.fields(OrderFields):
        value, there = getattr(command, field.name), getattr(order, field.name)
        # K2: only real differences are recorded; an edit to the same values makes no event.
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
    # Law 2: another price makes the line a copy, even if the terms are the offer's.
    copies = price != line.price
    now_has = resolved(order, line, given.offers)
    zone = zone_named(order.zone)
    # A4: the window is checked as of the order's activation, not as of now
    paid_at = payment_of(order, line)
    terms = given.changed_terms(command.terms, now_has.terms, product=line.product, zone=zone, paid_at=paid_at)
    # L2: setting the same scope again also makes a copy, because it is set now.
    own = Custom(terms=terms, scope_set_at=given.scope_set_at(command.terms, now_has.scope_set_at))
    untouched = Resolved(terms=own.terms, scope_set_at=own.scope_set_at, version=now_has.version) == now_has
    # A line that still equals its offer keeps following it.
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
    """Add a product. If the order is activated, its access counts from now. Home of O13.

    Raises:
        Refused: `order.duplicate_product`, and as `create_order` refuses a line.
    """
    if any(line.product == command.product for line in order.lines):
        raise Refused("order.duplicate_product", product=command.product)
    line = new_line(command, order.currency, given, zone=zone_named(order.zone))
    # T7: the order's zone, not the project's, because its dates are in that zone.
    yield LineAdded(line=attrs.evolve(line, added_at=given.now))


def remove_line(order: Order, command: asked.RemoveLine, _: Context) -> Iterator[Event]:
    """Remove a product (O13).

    Raises:
        Refused: `not_found`, `order.last_line`.
    """
    # Looked up before counting, so that an unknown product is `not_found` also in an order with one line.
    line = order.line(command.product)
    if len(order.lines) == 1:
        raise Refused("order.last_line", order=order.number)
    yield LineRemoved(product=line.product)


def follow_offer(order: Order, command: asked.FollowOffer, given: Context) -> Iterator[Event]:
    """Make a line follow the newest version of its offer again, or reset only the named fields. Home of O7.

    Without named fields the line keeps its price. With named fields it follows again once no field differs.

    Raises:
        NotFound: if the order has no such line, or its offer no such product.
        Refused: `terms.window_empty` if the combined fields make access end before it starts (A4).
    """
    line = order.line(command.product)
    # An order made without an offer has no offer to follow.
    if order.origin is None:
        raise NotFound("offer", "")
    offer = given.get_offer(order.origin.offer)
    item = offer.current.find_item(line.product)
    if item is None:
        raise NotFound("product", line.product)
    # O8: a pinned line does not get new versions, so following again changes it.
    follows = isinstance(line.source, Follows) and not offer.is_pinned(line.source.since, line.product)
    follows_again = not follows
    # Without named fields the line follows the newest version.
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
    """Give a line with some fields from the offer's item, and whether the line still differs from the item (O7)."""
    now_has = resolved(order, line, given.offers)
    terms = attrs.evolve(now_has.terms, **{name: getattr(item.terms, name) for name in fields if name != "price"})
    paid_at = payment_of(order, line) or given.now
    # A4: checked again, because start and duration may now come from two sources.
    refuse_empty(terms, before=now_has.terms, paid_at=paid_at, product=line.product, zone=zone_named(order.zone))
    line = attrs.evolve(line, price=item.price if "price" in fields else line.price)
    differs = (terms, line.price) != (item.terms, item.price)
    # L2: a scope from the offer counts from the time at which the offer set it.
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
    # F5: an order may stay in an archived status, so archived statuses are checked only below.
    if command.status is not None:
        status = funnel.status(command.status).id
    else:
        # In another funnel it gets the status of its payment status.
        status = funnel.status_for(order.payment_status, subscribed=order.type == "subscription")
    if (funnel.id, status) != (order.funnel, order.status):
        funnel.open_status(status)
        yield OrderMoved(
            from_funnel=order.funnel, from_status=order.status, to_funnel=funnel.id, to_status=status, by="hand"
        )


def cancel_order(order: Order, command: asked.CancelOrder, given: Context) -> Iterator[Event]:
    """Cancel an order and void its unpaid payments (O12)."""
    # O3: later openings do not supersede a cancelled order, so the newest opening is stored now
    if given.newest_opening is not None and given.newest_opening != order.superseded_by:
        # Before the cancellation, because a cancelled order cannot be superseded.
        yield OrderSuperseded(by=given.newest_opening)
    yield OrderCancelled(reason=command.reason)
    yield from void_unpaid(order, "cancelled")


def reopen_order(order: Order, command: asked.ReopenOrder, given: Context) -> Iterator[Event]:
    """Undo a cancellation as if it had never happened (T6): the effects of newer twins are applied now.

    The payments that it voided are restored, unless a newer twin was activated (O12). If the order is waiting, the
    newest opening supersedes it (O3).
    """
    twins = given.newer_twins
    yield OrderReopened(reason=command.reason, restores=all(twin.activated_at is None for twin in twins))
    # O3: only a waiting order is superseded by newer openings, never an activated one.
    if twins and order.activated_at is None and order.superseded_by is None:
        yield OrderSuperseded(by=twins[-1].id)


def give_way(order: Order, given: Context) -> Iterator[Event]:
    """Let the newest opening supersede an order that is waiting again, as if it had always waited (O3)."""
    if given.newer_twins:
        yield OrderSuperseded(by=given.newer_twins[-1].id)
    if any(twin.activated_at is not None for twin in given.newer_twins):
        yield from void_unpaid(order, "superseded")


def void_unpaid(order: Order, cause: VoidCause) -> Iterator[Event]:
    """Void every unpaid payment; `cause` says why (O3, O12)."""
    for payment in order.payments:
        if payment.state is PaymentState.UNPAID:
            yield PaymentVoided(payment=payment.id, cause=cause)
