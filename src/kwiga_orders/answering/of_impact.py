"""The impact of an edit of an offer: whose windows it would move, and whether access would open or close (O8)."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import attrs

from kwiga_orders import queries
from kwiga_orders.access import Grant, reasons_at
from kwiga_orders.answering.naming import Names, names_for
from kwiga_orders.asking import Asking, get_project, orders_from
from kwiga_orders.decisions import context_for, edited_offer
from kwiga_orders.errors import Fault, InvalidInput
from kwiga_orders.offers import Offer
from kwiga_orders.orders.state import Follows, Line, Order
from kwiga_orders.orders.window import LineWindow, line_window, resolved
from kwiga_orders.project import Project
from kwiga_orders.views.plain import maybe_instant
from kwiga_orders.views.shapes import ImpactPageView, ImpactView, WindowView

__all__ = ["answer_offer_impact"]

_AT_ONCE = 500
"""The number of orders that are loaded at a time."""


class _Seen(NamedTuple):
    """A line with one version of its offer: its window, and whether it gives access now."""

    window: LineWindow | None
    is_open: bool


class _Moved(NamedTuple):
    """A line whose window an edit would move."""

    order: Order
    line: Line
    before: _Seen
    after: _Seen


@attrs.frozen
class _Edit:
    """An edit of an offer, judged at one instant."""

    before: Offer
    after: Offer
    project: Project
    now: datetime

    def moved(self, order: Order) -> Iterator[_Moved]:
        """Give the lines of an order whose windows it would move, among those that follow before and after."""
        for line in order.lines:
            source = line.source
            # O8: the edit does not change lines that are pinned or have their own terms.
            if not isinstance(source, Follows) or self.before.is_pinned(source.since, line.product):
                continue
            if not self.after.is_pinned(source.since, line.product):
                was, would = (self._seen(order, line, offer) for offer in (self.before, self.after))
                if was.window != would.window:
                    yield _Moved(order, line, was, would)

    def _seen(self, order: Order, line: Line, offer: Offer) -> _Seen:
        now_has, grace = resolved(order, line, {offer.code: offer}), self.project.grace
        # No pins are needed, because only lines that follow the newest version get here.
        window = line_window(order, line, now_has.terms, grace=grace, at=self.now)
        grant = Grant(order=order, line=line, resolved=now_has)
        return _Seen(window, not reasons_at(grant, self.now, grace=grace))


def answer_offer_impact(query: queries.OfferImpactQuery, now: datetime) -> Asking[list[ImpactView] | ImpactPageView]:
    """List the lines whose windows an edit of an offer would move, by number of their orders; with a limit, a page."""
    given = yield from context_for(query.command, now=now, fresh_id="")
    before, after = yield from edited_offer(query.command, given)
    edit = _Edit(before, after, (yield from get_project()), now)
    place, found, is_last = _place_in(query.after), list[_Moved](), False
    # One more than the page, to know whether there is a next one.
    while not is_last and (query.limit is None or len(found) <= query.limit):
        orders = yield from orders_from(before.code, after=place, limit=_AT_ONCE)
        found += [moved for order in orders for moved in edit.moved(order)]
        place, is_last = (orders[-1].number if orders else place), len(orders) < _AT_ONCE
    shown = found
    if query.limit is not None and found:
        # the next page begins with another order, so this page has all lines of its last order
        last = found[min(query.limit, len(found)) - 1].order.number
        shown = [one for one in found if one.order.number <= last]
    names = yield from names_for(
        contacts=[one.order.contact for one in shown], products=[one.line.product for one in shown]
    )
    rows = [_view(one, names) for one in shown]
    if query.limit is None:
        return rows
    return ImpactPageView(rows=rows, next=str(shown[-1].order.number) if len(shown) < len(found) else None)


def _place_in(cursor: str | None) -> int:
    """Give the number of the order after which a page begins."""
    if cursor is None:
        return 0
    # The cursor is a number in a text, and comes from outside.
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise InvalidInput([Fault(path="after", code="input.invalid", hint="the cursor of a page of this query")])
    return int(cursor)


def _view(one: _Moved, names: Names) -> ImpactView:
    contact, product = one.order.contact, one.line.product
    return ImpactView(
        order=one.order.id,
        number=one.order.number,
        contact=contact,
        contact_name=names.contact(contact),
        product=product,
        product_title=names.products.get(product),
        before=_window(one.before.window),
        after=_window(one.after.window),
        open_before=one.before.is_open,
        open_after=one.after.is_open,
    )


def _window(window: LineWindow | None) -> WindowView:
    return WindowView(
        starts_at=maybe_instant(None if window is None else window.starts_at),
        ends_at=maybe_instant(None if window is None else window.end),
    )
