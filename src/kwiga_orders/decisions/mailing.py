"""Choose the letters that are sent, and load the data on which that depends only if needed (N2)."""

from collections.abc import Iterable
from datetime import datetime

from kwiga_orders.access import Grant, reasons_at
from kwiga_orders.asking import Asking, find_contact, orders_of
from kwiga_orders.decisions.loading import offers_for
from kwiga_orders.due import Windows
from kwiga_orders.letter_kinds import LETTERS_ABOUT_MONEY
from kwiga_orders.letters import Letter, letters_of, wanted
from kwiga_orders.orders.decide import OrderChange
from kwiga_orders.orders.state import Order
from kwiga_orders.orders.window import resolved
from kwiga_orders.periods import Period
from kwiga_orders.values import changed

__all__ = ["letters_for"]


def letters_for(change: OrderChange, windows: Windows) -> Asking[list[Letter]]:
    """Give the letters to send for a change of an order.

    The contact is loaded only for letters that it may have switched off, and its other orders only for letters about
    closed access. So usual commands load neither.
    """
    letters = letters_of(change.recorded, windows)
    # letters about money cannot be switched off, so most payments need no contact
    if any(letter.kind not in LETTERS_ABOUT_MONEY and not letter.by_hand for letter in letters):
        contact = yield from find_contact(change.after.contact)
        letters = letters if contact is None else wanted(letters, contact)
    return (yield from _unless_kept_open(letters, windows))


def _unless_kept_open(letters: Iterable[Letter], windows: Windows) -> Asking[list[Letter]]:
    """Remove products that are open then all the same from letters about closed access (N2, A6)."""
    # decision 0039: open at the instant that the letter is about
    found: list[Letter] = []
    for letter in letters:
        # A letter that a person sends is always sent.
        closed_at = None if letter.by_hand else letter.closed_at
        if closed_at is None:
            found.append(letter)
            continue
        products: list[str] = []
        for product in letter.products:
            if not (yield from _is_kept_open(windows, product, closed_at)):
                products.append(product)
        # If no product is left, the letter is not sent.
        if products:
            found.append(changed(letter, products=tuple(products)))
    return found


def _is_kept_open(windows: Windows, product: str, at: datetime) -> Asking[bool]:
    order, grace = windows.order, windows.by.project.grace
    # Only orders with this product can keep it open. The order itself does if a period was paid before a late worker,
    # or the end of the quiet hours, could tell that access had lapsed (P13).
    for stored in (yield from orders_of(order.contact, product=product)):
        one = order if stored.id == order.id else stored
        if (yield from _gives_access(one, product, at, grace)):
            return True
    return False


def _gives_access(order: Order, product: str, at: datetime, grace: Period | None) -> Asking[bool]:
    offers = yield from offers_for((order,))
    line = order.line(product)
    grant = Grant(order=order, line=line, resolved=resolved(order, line, offers))
    return not reasons_at(grant, at, grace=grace)
