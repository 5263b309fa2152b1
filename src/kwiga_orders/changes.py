"""What a decision leaves behind: all that is written at once, and the answer to the command."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, cast

import attrs

from kwiga_orders.catalogue import CatalogueRow
from kwiga_orders.errors import Detail, NotFound, Refused
from kwiga_orders.funnel import Funnel
from kwiga_orders.offers import Offer
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.project import Contact

__all__ = ["NOTHING", "Changes", "OutboxRow", "Receipt", "Refusal", "Repeated"]


@attrs.frozen(kw_only=True)
class Receipt:
    """The answer to a command: its order, the version now, the names of the events, and the id of what was made.

    `link` is where an attempt that was begun is paid, if the service has its gateway (P3); it is never kept. Of a job
    it is told how many orders are `done`, how many were `refused` with which code, and how many are `left` (V10); of
    parked rows, how many are `done`: tried again or dropped (N1).
    """

    order: str | None = None
    version: int | None = None
    events: tuple[str, ...] = ()
    made: str | None = None
    link: str | None = None
    done: int | None = None
    refused: Mapping[str, int] = attrs.field(factory=dict)
    left: int | None = None


@attrs.frozen(kw_only=True)
class Refusal:
    """A rule's refusal as it is kept: its code and details, and of `not_found` what was not found (K1)."""

    code: str
    details: Mapping[str, object] = attrs.field(factory=dict)

    @classmethod
    def of(cls, problem: Refused) -> "Refusal":
        """Keep a refusal."""
        return cls(code=problem.code, details=problem.details)

    def error(self) -> Refused:
        """Give the refusal again, equal to the first."""
        details = cast(Mapping[str, Detail], self.details)
        # The kind of the error is part of the answer: a client tells "not there" from "refused" (K1).
        if self.code == "not_found" and details.keys() == {"what", "id"}:
            return NotFound(str(details["what"]), str(details["id"]))
        return Refused(self.code, **details)


@attrs.frozen(kw_only=True)
class Repeated:
    """The record of an idempotency key: the fingerprint of the command, and its first answer (K1).

    The answer is the receipt or, if a rule refused the command, that refusal. Without `at` it is kept for ever, else
    for a time that the host sets.
    """

    key: str
    fingerprint: str
    receipt: Receipt
    refusal: Refusal | None = None
    at: datetime | None = None


@attrs.frozen(kw_only=True)
class OutboxRow:
    """A row of the outbox: what is sent to the outside once the change is committed (N1).

    It is written in one transaction with the change, so a change that is rolled back sends nothing. A committed row is
    sent at least once, those of an order one after another; what claims rows keeps to it ((`Outbox.claim`)).

    `id` is stable and sorts by the order of cause within an order. `kind` is "letter" or "event", `name` the letter's
    kind or the event's name. A letter's `key` names the fact it states and begins with the order's id and a colon; a
    key is never sent twice (N2). What is of kind "gateway" is not for the notifier: the gateway of that name carries it
    out, and gets the `key`.
    """

    id: str
    kind: Literal["letter", "event", "gateway"]
    name: str
    order: str
    contact: str
    at: datetime
    key: str
    gateway: str | None = None
    data: Mapping[str, object] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Changes:
    """Everything that one commit writes: all of it or nothing. Home of K4.

    It may be what several commands write, decided one after another. `contacts` are made or replaced.
    `orders` are the new states; `based_on` gives the version each was decided on, 0 for a new one. `offers` and
    `funnels` carry their own `version`, one more than what is stored, 1 for a new one; `catalogue` is their history.

    `next_due` says when something next falls due for an order, None: nothing by itself. An order that is not named
    there keeps what it had, a new one is looked at at once. `retried` and `dropped` are parked rows of the outbox, by
    their ids, that are tried again, or never (N1). `due_anew` names the offers whose orders are looked at at
    once, because their windows may have moved (O8).

    `rewritten` are whole histories as they are from now on, row by row in place of what is stored: what was written
    about a person is out of them (V9). Contacts that are `erased` have the rows of the outbox cleaned, too.
    """

    contacts: tuple[Contact, ...] = ()
    orders: tuple[Order, ...] = ()
    based_on: Mapping[str, int] = attrs.field(factory=dict)
    history: tuple[Recorded, ...] = ()
    offers: tuple[Offer, ...] = ()
    funnels: tuple[Funnel, ...] = ()
    removed_funnels: tuple[str, ...] = ()
    catalogue: tuple[CatalogueRow, ...] = ()
    outbox: tuple[OutboxRow, ...] = ()
    repeated: tuple[Repeated, ...] = ()
    next_due: Mapping[str, datetime | None] = attrs.field(factory=dict)
    due_anew: tuple[str, ...] = ()
    rewritten: tuple[Recorded, ...] = ()
    retried: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


NOTHING = Changes()
"""Nothing is written."""
