"""A worker next to the host: it executes due work, calls gateways, and sends letters and events.

One step does everything that waits, and any scheduler can call it. Access does not depend on it: every answer is right
whether a worker runs or not (A8). Several workers may run at the same time.
"""

import time
from collections.abc import Callable

from kwiga_orders import Orders
from kwiga_orders.changes import OutboxRow
from kwiga_orders.locale import LetterFacts, LetterText, Texts

IDLE_SECONDS = 5.0

Send = Callable[[str, LetterText], None]
"""Sends a letter to a contact with that id."""


class Mailer:
    """A notifier that sends each letter once, although rows may come again; events are ignored here."""

    def __init__(self, send: Send, *, texts: Texts, facts: LetterFacts) -> None:
        self._send, self._texts, self._facts = send, texts, facts
        # a host keeps these keys in its database
        self._sent: set[str] = set()

    def notify(self, project: str, row: OutboxRow, /) -> None:  # noqa: ARG002 - this mailer serves one school
        """Send a letter unless it was already sent."""
        if row.kind == "letter" and row.key not in self._sent:
            self._send(row.contact, self._texts.letter(row, self._facts))
            self._sent.add(row.key)


def step(orders: Orders, mailer: Mailer) -> int:
    """Do everything that waits; give the number of items and rows.

    Due work comes first, so that its letters and charges are sent in the same step (P13, P14).
    """
    return orders.run_due() + orders.relay_once(mailer)


def run(orders: Orders, mailer: Mailer) -> None:
    """Work for ever."""
    while True:
        if not step(orders, mailer):
            time.sleep(IDLE_SECONDS)
