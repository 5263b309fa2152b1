"""A worker beside the host: hands on letters and events, and makes the payments of subscriptions that fall due.

One step does what there is to do, and can be called by any scheduler. Access does not wait for it: whoever asks gets
the right answer, whether a worker runs or not (A8). Let one worker at a time relay a project.
"""

import time
from collections.abc import Callable, Iterator
from typing import cast

from kwiga_orders import Orders
from kwiga_orders.facts import OutboxRow
from kwiga_orders.locale import LetterFacts, LetterText, Texts
from kwiga_orders.orders.commands import Renew
from kwiga_orders.queries import OrderFilters, OrdersQuery
from kwiga_orders.views.shapes import OrdersView

IDLE_SECONDS = 5.0
PAGE = 200

Send = Callable[[str, LetterText], None]
"""Delivers a letter to a contact, by its id."""


class Mailer:
    """A notifier that sends each letter once, though rows may come again; other systems get the events."""

    def __init__(self, send: Send, *, texts: Texts, facts: LetterFacts) -> None:
        self._send, self._texts, self._facts = send, texts, facts
        # a host keeps these in its database, beside what it sent
        self._sent: set[str] = set()

    def notify(self, project: str, row: OutboxRow, /) -> None:  # noqa: ARG002 - this mailer serves one school
        """Send a letter, unless it was sent."""
        if row.kind == "letter" and row.key not in self._sent:
            self._send(row.contact, self._texts.letter(row, self._facts))
            self._sent.add(row.key)


def step(orders: Orders, mailer: Mailer) -> int:
    """Do what there is to do; give how many rows and payments that was."""
    return renew_due(orders) + orders.relay_once(mailer)


def renew_due(orders: Orders) -> int:
    """Make the payments that fell due; give how many. Where none is due, nothing changes (P13)."""
    return sum(len(orders.execute(Renew(order=order)).events) > 0 for order in list(_subscriptions(orders)))


def _subscriptions(orders: Orders) -> Iterator[str]:
    after: str | None = None
    while True:
        query = OrdersQuery(filters=OrderFilters(type=("subscription",)), sort="number", limit=PAGE, after=after)
        page = cast(OrdersView, orders.ask(query))
        yield from (row["id"] for row in page["rows"] if not row["cancelled"])
        after = page["next"]
        if after is None:
            return


def run(orders: Orders, mailer: Mailer) -> None:
    """Work for ever."""
    while True:
        if not step(orders, mailer):
            time.sleep(IDLE_SECONDS)
