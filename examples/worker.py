"""A worker beside the host: tells of what falls due, asks gateways, and hands on letters and events.

One step does what there is to do, and can be called by any scheduler. Access does not wait for it: whoever asks gets
the right answer, whether a worker runs or not (A8). Any number of workers may run.
"""

import time
from collections.abc import Callable

from kwiga_orders import Orders
from kwiga_orders.changes import OutboxRow
from kwiga_orders.locale import LetterFacts, LetterText, Texts

IDLE_SECONDS = 5.0

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
    """Do what there is to do; give how many things and rows that was.

    What falls due comes first, so that its letters and charges go out with this step (P13, P14).
    """
    return orders.run_due() + orders.relay_once(mailer)


def run(orders: Orders, mailer: Mailer) -> None:
    """Work for ever."""
    while True:
        if not step(orders, mailer):
            time.sleep(IDLE_SECONDS)
