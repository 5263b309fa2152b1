"""Reading one project: every method of `Records`, as steps.

Laws:

1. Every statement names the project (K6).
2. A transaction reads each order and contact only once. With an order it reads the offer that the order was made from,
   because decisions need it next; a writing transaction reads the funnels with the project.
3. A writing transaction notes everything it reads, for the checks of its commit (`guards`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Literal, TypeVar, cast

import sqlalchemy as sa

from kwiga_orders.adapters.documents import CONTACTS, FUNNELS, HISTORY, OFFERS, ORDERS, OUTBOX, PROJECTS, REPEATED
from kwiga_orders.adapters.searching import microseconds
from kwiga_orders.adapters.sql import lists
from kwiga_orders.adapters.sql.columns import reference_label
from kwiga_orders.adapters.sql.guards import NO_NUMBER, OrderSet, ReadSet, key_of
from kwiga_orders.adapters.sql.lookups import look_up
from kwiga_orders.adapters.sql.numbering import LAST_NUMBER, Numbering
from kwiga_orders.adapters.sql.offer_lookups import SUBSCRIPTIONS_TO, UNPAID_TWINS, WAITING_TWINS
from kwiga_orders.adapters.sql.status_history import track_page
from kwiga_orders.adapters.sql.steps import Row, Step, Steps, Transactions, rows_of
from kwiga_orders.adapters.sql.tables import (
    certificates,
    contacts,
    funnels,
    history,
    idempotency_keys,
    labels,
    offers,
    orders,
    outbox,
    products,
    projects,
)
from kwiga_orders.changes import OutboxRow, Repeated
from kwiga_orders.errors import KwigaOrdersError, NotFound
from kwiga_orders.funnel import Funnel
from kwiga_orders.listing import Card, CardPage, Lookup, OrderSearch, Page, StatusCount, TrackPage
from kwiga_orders.lookups import PaidUnder, SubscriptionsTo, UnpaidTwins, WaitingTwins
from kwiga_orders.offers import Offer
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.project import Contact, Project

__all__ = ["FIND_PROJECT", "Reads", "outbox_rows", "project_in"]

T = TypeVar("T")

_PROJECT: sa.BindParameter[str] = sa.bindparam("project")
_ID: sa.BindParameter[str] = sa.bindparam("id")
_CONTACT: sa.BindParameter[str] = sa.bindparam("contact")

FIND_PROJECT = sa.select(projects.c.schema, projects.c.document, projects.c.revision).where(
    projects.c.project == _PROJECT
)
"""Reads a project."""
# Nearly every decision needs the project, its last order number and its funnels. They are read with one statement,
# because a statement takes longer to send than to execute.
_FIND_SCHOOL = sa.union_all(
    FIND_PROJECT.add_columns(LAST_NUMBER.scalar_subquery().label("last"), sa.null().label("id")),
    sa.select(funnels.c.schema, funnels.c.document, sa.null(), sa.null(), funnels.c.id).where(
        funnels.c.project == _PROJECT
    ),
)

_FIND_CONTACT = sa.select(contacts.c.schema, contacts.c.document).where(
    contacts.c.project == _PROJECT, contacts.c.id == _ID
)
_FIND_OFFER = sa.select(offers.c.schema, offers.c.document).where(offers.c.project == _PROJECT, offers.c.code == _ID)
_FIND_FUNNEL = sa.select(funnels.c.schema, funnels.c.document).where(funnels.c.project == _PROJECT, funnels.c.id == _ID)
_ALL_FUNNELS = (
    sa.select(funnels.c.id, funnels.c.schema, funnels.c.document)
    .where(funnels.c.project == _PROJECT)
    .order_by(funnels.c.id)
)
_OFFERS_NAMING = (
    sa.select(offers.c.code).where(offers.c.project == _PROJECT, offers.c.funnel == _ID).order_by(offers.c.code)
)
_FIND_REPEATED = sa.select(idempotency_keys.c.schema, idempotency_keys.c.document).where(
    idempotency_keys.c.project == _PROJECT, idempotency_keys.c.key == _ID
)
_HISTORY = (
    sa.select(history.c.schema, history.c.document)
    .where(history.c.project == _PROJECT, history.c.order_id == _ID)
    .order_by(history.c.version, history.c.position)
)

_ORDERS = sa.select(orders.c.id, orders.c.schema, orders.c.document).where(orders.c.project == _PROJECT)
_FIND_ORDER = (
    sa.select(
        orders.c.id,
        orders.c.schema,
        orders.c.document,
        offers.c.code,
        offers.c.schema.label("offer_schema"),
        offers.c.document.label("offer_document"),
    )
    .outerjoin(offers, sa.and_(offers.c.project == orders.c.project, offers.c.code == orders.c.offer))
    .where(orders.c.project == _PROJECT, orders.c.id == _ID)
)
_OF_CONTACT = _ORDERS.where(orders.c.contact == _CONTACT).order_by(orders.c.number)
# `coalesce` hides the index: SQLite would read all orders of the offer instead of those of the contact
_OF_CONTACT_FROM = _OF_CONTACT.where(sa.func.coalesce(orders.c.offer, sa.literal_column("''")) == sa.bindparam("offer"))
# not sorted in SQL: SQLite would scan all orders by number instead of sorting the few it finds
_OF_CONTACT_WITH = _ORDERS.join(
    products, sa.and_(products.c.project == orders.c.project, products.c.order_id == orders.c.id)
).where(products.c.project == _PROJECT, products.c.contact == _CONTACT, products.c.product == sa.bindparam("product"))
_FROM_OFFER = _ORDERS.where(orders.c.offer == sa.bindparam("offer"), orders.c.number > sa.bindparam("after")).order_by(
    orders.c.number
)
_PAGE_FROM_OFFER = _FROM_OFFER.limit(sa.bindparam("most"))
_IN_FUNNEL = _ORDERS.where(orders.c.funnel == sa.bindparam("funnel")).order_by(orders.c.number)
_IN_STATUS = _IN_FUNNEL.where(orders.c.status == sa.bindparam("status"))

_DUE = (
    sa.select(orders.c.id)
    .where(orders.c.project == _PROJECT, orders.c.next_due_at <= sa.bindparam("until"))
    .order_by(orders.c.next_due_at, orders.c.id)
    .limit(sa.bindparam("most"))
)
_UNSETTLED = (
    sa.select(labels.c.order_id)
    .where(labels.c.project == _PROJECT, labels.c.kind == sa.bindparam("kind"), labels.c.value == sa.bindparam("value"))
    .where(labels.c.order_id > sa.bindparam("after"))
    .order_by(labels.c.order_id)
    .limit(sa.bindparam("most"))
)

_LAST_NUMBERS = {
    "order": LAST_NUMBER,
    "certificate": sa.select(sa.func.coalesce(sa.func.max(certificates.c.number), 0).label("last")).where(
        certificates.c.project == _PROJECT
    ),
}
_LETTERS_SENT = (
    sa.select(outbox.c.id, outbox.c.schema, outbox.c.document)
    .where(outbox.c.project == _PROJECT, outbox.c.letter_key.is_not(None), outbox.c.sent_at.is_not(None))
    .order_by(outbox.c.seq)
)
_LETTERS_SENT_TO = _LETTERS_SENT.where(outbox.c.contact == _CONTACT)
# the key of a letter begins with its order, so the index on keys finds the letters of an order
_LETTERS_ABOUT = _LETTERS_SENT.where(
    outbox.c.letter_key >= sa.bindparam("first"), outbox.c.letter_key < sa.bindparam("last")
)


class Reads:
    """The methods of `Records` for one project, within one transaction.

    The first method begins the transaction: BEGIN is sent together with the first statement. In a transaction that
    `writes`, `seen` collects what the commit has to check. If it is `alone`, nobody else writes to the project until it
    ends, so nothing has to be checked.
    """

    def __init__(self, project: str, transactions: Transactions, *, writes: bool, alone: bool = False) -> None:
        self.id = project
        alone = alone or transactions.locks_first
        first = transactions.begin(project, writes=False)
        if writes and alone:
            first = transactions.begin_locked(project, ((key_of("project", project), True),))
        self._first = (*first, Step(_FIND_SCHOOL if writes else FIND_PROJECT, ({"project": project},)))
        self.transactions = transactions
        self.seen = ReadSet() if writes and not alone else None
        self.is_alone = writes and alone
        self.numbering: Numbering | None = None
        self.is_open = False
        self._project: Project | None = None
        self._last_number: int | None = None
        self._funnels: Sequence[Row] | None = None
        self._offers: dict[str, Sequence[Row]] = {}
        self._loaded: dict[str, Order] = {}
        self._contacts: dict[str, Contact | None] = {}

    def begin_with(self, steps: Steps[T]) -> Steps[T]:
        """Give `steps`, with BEGIN before the first steps of the transaction.

        Raises:
            NotFound: if there is no such project.
        """
        return steps if self._project is not None else self._begun_with(steps)

    def _begun_with(self, steps: Steps[T]) -> Steps[T]:
        try:
            batch: Sequence[Step] = next(steps)
            self.is_open = True
            answers = yield (*self._first, *batch)
            begun = len(self._first)
            self._keep(answers[begun - 1].rows)
            batch = steps.send(answers[begun:])
            # not `yield from`, because the generator was already started above
            while True:
                try:
                    answers = yield batch
                except KwigaOrdersError as problem:
                    batch = steps.throw(problem)
                else:
                    batch = steps.send(answers)
        except StopIteration as end:
            result: T = end.value
            return result

    def _keep(self, rows: Sequence[Row]) -> None:
        school = next((row for row in rows if row.get("id") is None), None)
        if school is None:
            raise NotFound("project", self.id)
        self._project = project_in(school, self.id)
        if self.seen is not None:
            self.seen.revision = school["revision"]
        if "last" in school:
            self._last_number = school["last"]
            self._funnels = sorted((row for row in rows if row is not school), key=itemgetter("id"))

    def end(self) -> Steps[None]:
        """End the transaction; nothing was written."""
        self.is_open = False
        yield self.transactions.end()

    def renumber(self, problem: KwigaOrdersError) -> None:
        """Replace provisional numbers in an error by those that orders would get (`numbering`)."""
        if self.numbering is not None:
            problem.details = {name: self.numbering.told(detail) for name, detail in problem.details.items()}

    def last(self, *steps: Step) -> Steps[None]:
        """Execute the last steps, which end the transaction."""
        self.is_open = False
        yield steps

    def get_project(self) -> Steps[Project]:
        """Give the project itself."""
        # no statement: the first steps of a transaction have read the project already
        yield ()
        assert self._project is not None, "the transaction began"
        return self._project

    def find_contact(self, id: str) -> Steps[Contact | None]:
        """Give a contact."""
        if id in self._contacts:
            return self._contacts[id]
        rows = yield from rows_of(_FIND_CONTACT, project=self.id, id=id)
        # Contacts have no version, so the commit compares their documents.
        if self.seen is not None:
            self.seen.contacts[id] = rows[0]["document"] if rows else ""
        found = next((CONTACTS.read(row["document"], schema=row["schema"], id=id) for row in rows), None)
        self._contacts[id] = found
        return found

    def find_order(self, id: str) -> Steps[Order | None]:
        """Give an order."""
        if id in self._loaded:
            return self._loaded[id]
        rows = yield from rows_of(_FIND_ORDER, project=self.id, id=id)
        for row in rows:
            if row["code"] is not None:
                self._offers[row["code"]] = ({"schema": row["offer_schema"], "document": row["offer_document"]},)
        found = next(iter(self._read(rows)), None)
        if self.seen is not None:
            self.seen.orders[id] = found
        return found

    def orders_of(self, contact: str, *, product: str | None, offer: str | None) -> Steps[Sequence[Order]]:
        """Give the orders of a contact by number; only those with a line for `product`, or made from `offer`."""
        values = {"project": self.id, "contact": contact}
        if product is not None:
            rows = yield from rows_of(_OF_CONTACT_WITH, **values, product=product)
            orders = self._read_all("contact's orders with a product", contact, product, rows=rows)
        elif offer is not None:
            rows = yield from rows_of(_OF_CONTACT_FROM, **values, offer=offer)
            orders = self._read_all("contact's orders from an offer", contact, offer, rows=rows)
        else:
            rows = yield from rows_of(_OF_CONTACT, **values)
            orders = self._read_all("contact's orders", contact, rows=rows)
        found = sorted(orders, key=lambda order: order.number)
        # Filtered again by origin, because the column also matches orders that were made by hand.
        return [order for order in found if offer is None or (order.origin and order.origin.offer == offer)]

    def find_offer(self, code: str) -> Steps[Offer | None]:
        """Give an offer with all its versions."""
        rows = self._offers.get(code)
        if rows is None:
            rows = self._offers[code] = yield from rows_of(_FIND_OFFER, project=self.id, id=code)
        return next((OFFERS.read(row["document"], schema=row["schema"], id=code) for row in rows), None)

    def orders_from(self, offer: str, *, after: int, limit: int | None) -> Steps[Sequence[Order]]:
        """Give the orders made from an offer, by number, from after a number on, `limit` of them (O8)."""
        of = {"project": self.id, "offer": offer, "after": after}
        if limit is None:
            rows = yield from rows_of(_FROM_OFFER, **of)
        else:
            rows = yield from rows_of(_PAGE_FROM_OFFER, **of, most=limit)
        # Checked only up to the last number that was read, because newer orders do not change this page.
        last = self._read(rows)[-1].number if len(rows) == limit else NO_NUMBER
        return self._read_all("orders from an offer", offer, after, last, rows=rows)

    def find_funnel(self, id: str) -> Steps[Funnel | None]:
        """Give a funnel."""
        if self._funnels is None:
            rows = yield from rows_of(_FIND_FUNNEL, project=self.id, id=id)
        else:
            rows = [row for row in self._funnels if row["id"] == id]
        return next((FUNNELS.read(row["document"], schema=row["schema"], id=id) for row in rows), None)

    def all_funnels(self) -> Steps[Sequence[Funnel]]:
        """Give all funnels of the project, the default one first, the others by id."""
        rows = self._funnels
        if rows is None:
            rows = yield from rows_of(_ALL_FUNNELS, project=self.id)
        found = [FUNNELS.read(row["document"], schema=row["schema"], id=row["id"]) for row in rows]
        # SQL has sorted them by id, and the sort is stable, so this only moves the default one to the front.
        return sorted(found, key=lambda funnel: not funnel.default)

    def offers_naming(self, funnel: str) -> Steps[Sequence[str]]:
        """Give the codes of the offers whose newest version names that funnel (F6)."""
        rows = yield from rows_of(_OFFERS_NAMING, project=self.id, id=funnel)
        return [row["code"] for row in rows]

    def orders_in(self, funnel: str, *, status: str | None) -> Steps[Sequence[Order]]:
        """Give the orders that stand in a funnel, or in one status of it, by number (F6)."""
        if status is None:
            rows = yield from rows_of(_IN_FUNNEL, project=self.id, funnel=funnel)
            return self._read_all("orders in a funnel", funnel, rows=rows)
        rows = yield from rows_of(_IN_STATUS, project=self.id, funnel=funnel, status=status)
        return self._read_all("orders in a status", funnel, status, rows=rows)

    def next_number(self, of: Literal["order", "certificate"]) -> Steps[int]:
        """Give the next free number (O5, C3)."""
        # no statement for orders: the first steps of a writing transaction have read the last number already
        yield ()
        last = self._last_number if of == "order" else None
        if last is None:
            (row,) = yield from rows_of(_LAST_NUMBERS[of], project=self.id)
            last = cast(int, row["last"])
        # Certificates need no provisional numbers: a unique index refuses a number that another command took.
        if of == "certificate" or self.seen is None:
            return 1 + last
        # provisional, because another command may take the next number before this one commits
        self.numbering = self.numbering or Numbering.after(last)
        return self.numbering.base

    def find_repeated(self, key: str) -> Steps[Repeated | None]:
        """Give the answer stored under an idempotency key (K1)."""
        rows = yield from rows_of(_FIND_REPEATED, project=self.id, id=key)
        return next((REPEATED.read(row["document"], schema=row["schema"], id=key) for row in rows), None)

    def history_of(self, order: str) -> Steps[Sequence[Recorded]]:
        """Give the history of an order from the start (O10)."""
        if self.seen is not None:
            # the order's version tells the commit whether the history is unchanged
            yield from self.find_order(order)
        rows = yield from rows_of(_HISTORY, project=self.id, id=order)
        return [HISTORY.read(row["document"], schema=row["schema"], id=order) for row in rows]

    def letters_sent(self, contact: str | None, *, order: str | None = None) -> Steps[Sequence[OutboxRow]]:
        """Give the letters that were sent, in order; only those to `contact` or about `order`, if given (N1)."""
        if order is not None:
            keys = rows_of(_LETTERS_ABOUT, project=self.id, first=f"{order}:", last=f"{order};")
            letters = outbox_rows((yield from keys))
            # filtered again, because an id may contain a colon
            return [row for row in letters if row.order == order and contact in (None, row.contact)]
        if contact is None:
            return outbox_rows((yield from rows_of(_LETTERS_SENT, project=self.id)))
        return outbox_rows((yield from rows_of(_LETTERS_SENT_TO, project=self.id, contact=contact)))

    def due_orders(self, until: datetime, *, limit: int) -> Steps[Sequence[str]]:
        """Give the ids of orders with something due by that instant, the longest due first."""
        rows = yield from rows_of(_DUE, project=self.id, until=microseconds(until), most=limit)
        return [row["id"] for row in rows]

    def unsettled_orders(self, gateway: str, *, after: str, limit: int) -> Steps[Sequence[str]]:
        """Give sorted ids, after `after`, of orders with a payment whose outcome only the gateway knows (P4)."""
        of = {"kind": "unsettled", "value": gateway}
        rows = yield from rows_of(_UNSETTLED, project=self.id, **of, after=after, most=limit)
        return [row["order_id"] for row in rows]

    def search(self, search: OrderSearch) -> Steps[Page]:
        """Give a page of orders (V1, V3)."""
        rows = yield from lists.page(self.id, search)
        return lists.as_page(search, rows, self._read_one)

    def cards(self, search: OrderSearch) -> Steps[CardPage]:
        """Give the page that `search` gives, as cards (V2)."""
        return (yield from lists.cards(self.id, search))

    def cards_by_status(self, search: OrderSearch) -> Steps[Mapping[str, Sequence[Card]]]:
        """Give the newest cards of each status that `search` names, at most `limit` for a status (V2)."""
        return (yield from lists.cards_by_status(self.id, search))

    def count_by_status(self, search: OrderSearch) -> Steps[Sequence[StatusCount]]:
        """Count the orders that match, by status, without loading them (V2)."""
        return (yield from lists.counts(self.id, search))

    def look_up(self, lookup: Lookup[T]) -> Steps[T]:
        """Answer one of the lookups of `listing` and `lookups` (V8)."""
        if isinstance(lookup, WaitingTwins | SubscriptionsTo):
            statement = WAITING_TWINS if isinstance(lookup, WaitingTwins) else SUBSCRIPTIONS_TO
            # kept, because these orders are written next and would be read again
            rows = yield from rows_of(statement, project=self.id, contact=lookup.contact, offer=lookup.offer)
            kind = "contact's waiting orders" if isinstance(lookup, WaitingTwins) else "contact's subscriptions"
            return cast(T, self._read_all(kind, lookup.contact, lookup.offer, rows=rows))
        if isinstance(lookup, UnpaidTwins):
            of: dict[str, str | int] = {"contact": lookup.contact, "offer": lookup.offer, "before": lookup.before}
            rows = yield from rows_of(UNPAID_TWINS, project=self.id, **of)
            return cast(T, self._read_all("contact's unpaid orders", *of.values(), rows=rows))
        answer = yield from look_up(self.id, lookup)
        if self.seen is not None and isinstance(lookup, PaidUnder):
            label = reference_label(lookup.gateway, lookup.reference)
            self.seen.references[label] = len(cast(Sequence[str], answer))
        return answer

    def tracks(self, search: OrderSearch) -> Steps[TrackPage]:
        """Give the status history of a page of orders, by number, from their columns and moves only (F8)."""
        return (yield from track_page(self.id, search))

    def _read_all(self, kind: str, *values: str | int, rows: Iterable[Row]) -> list[Order]:
        """Read the orders that one query found, and note the set for the checks of the commit."""
        found = self._read(rows)
        if self.seen is not None:
            self.seen.sets.append(OrderSet.of(kind, *values, found=found))
        return found

    def _read_one(self, row: Row) -> Order:
        (order,) = self._read([row])
        return order

    def _read(self, rows: Iterable[Row]) -> list[Order]:
        found = []
        for row in rows:
            id = row["id"]
            # Law 2: reading an order again gives the same object.
            if id not in self._loaded:
                self._loaded[id] = ORDERS.read(row["document"], schema=row["schema"], id=id)
            found.append(self._loaded[id])
        return found


def project_in(row: Row, id: str) -> Project:
    """Decode the project of a row."""
    return PROJECTS.read(row["document"], schema=row["schema"], id=id)


def outbox_rows(rows: Iterable[Row]) -> list[OutboxRow]:
    """Decode rows of the outbox."""
    return [OUTBOX.read(row["document"], schema=row["schema"], id=row["id"]) for row in rows]
