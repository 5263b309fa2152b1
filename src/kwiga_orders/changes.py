"""The result of a decision: everything that is written at once, and the answer to the command."""

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
    """The answer to a command: its order, the new version, the names of the events, and the id of what was created.

    `link` is the URL to pay a started attempt, if its gateway is connected (P3); it is never stored. For a job `done`
    is the number of orders that are done, `refused` counts the refused ones by code, and `left` is the number of orders
    that are left (V10). For parked rows `done` is how many are tried again or dropped (N1).
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
    """A stored refusal: its code and details (K1)."""

    code: str
    details: Mapping[str, object] = attrs.field(factory=dict)

    @classmethod
    def of(cls, problem: Refused) -> "Refusal":
        """Make the stored form of a refusal."""
        return cls(code=problem.code, details=problem.details)

    def error(self) -> Refused:
        """Give the refusal again, equal to the first."""
        details = cast(Mapping[str, Detail], self.details)
        # K1: the same class of error as at first, because clients distinguish `NotFound` from `Refused`.
        if self.code == "not_found" and details.keys() == {"what", "id"}:
            return NotFound(str(details["what"]), str(details["id"]))
        return Refused(self.code, **details)


@attrs.frozen(kw_only=True)
class Repeated:
    """The record of an idempotency key: the fingerprint of the command, and its first answer (K1).

    The answer is the receipt, or the refusal if a rule refused the command. With `at` it is deleted after a time that
    the host sets; without it, it is kept for ever.
    """

    key: str
    fingerprint: str
    receipt: Receipt
    refusal: Refusal | None = None
    at: datetime | None = None


@attrs.frozen(kw_only=True)
class OutboxRow:
    """A row of the outbox: what is sent to the outside once the change is committed (N1).

    It is written in the same transaction as the change, so a change that is rolled back sends nothing. A committed row
    is sent at least once; the rows of an order are sent in order (`Outbox.claim`).

    `id` is stable; within an order, ids sort in the order of cause. `kind` is "letter", "event" or "gateway". `name` is
    the letter's kind or the event's name. A letter's `key` names its fact and begins with the order's id and a colon;
    no key is sent twice (N2). A row of kind "gateway" is not for the notifier: the gateway named in it carries it out,
    and gets the `key`.
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

    It may combine several commands that were decided one after another. `contacts` are created or replaced. `orders`
    are the new states; `based_on` gives the version on which each was decided, 0 for a new order. `offers` and
    `funnels` have their own `version`, one more than the stored one, 1 for a new one; `catalogue` is their history.

    `next_due` says when something next falls due for an order; None means never by itself. An order without an entry
    keeps its instant; a new order without one is checked at once. `due_anew` names offers whose orders are all checked
    at once, because their windows may have moved (O8). `retried` and `dropped` are ids of parked outbox rows that are
    sent again or dropped (N1).

    `rewritten` are whole histories that replace the stored ones, without texts about an erased person (V9). For
    `erased` contacts the outbox is cleaned, too.
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
