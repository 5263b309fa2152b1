"""How a rule gets the data it needs: it yields questions, and a runner sends back the answers.

Rules never do I/O. A sync or async service answers each question from its sources, so the same rule works with both. A
rule that needs another record asks for it where it needs it:

    def title_of(code: str) -> Asking[str]:
        offer = yield from find_offer(code)
        return "" if offer is None else offer.current.title

Laws:

1. A question is answered from one consistent snapshot of the store, and changes nothing.
2. If the project does not have a record, `find_` gives None and `get_` raises `NotFound`, also for another project's
   id (K6).
"""

from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from datetime import datetime
from inspect import isawaitable
from typing import Literal, TypeVar, cast

import attrs

from kwiga_orders.changes import OutboxRow, Repeated
from kwiga_orders.course import Course, Progress
from kwiga_orders.errors import Corrupt, NotFound
from kwiga_orders.funnel import Funnel
from kwiga_orders.gateways import Capabilities
from kwiga_orders.listing import Card, CardPage, Lookup, OrderSearch, Page, StatusCount, TrackPage
from kwiga_orders.offers import Offer
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.ports import AsyncSources, Courses, People, ProgressSource, Records, StaffDirectory
from kwiga_orders.project import Contact, Project

__all__ = [
    "Asking",
    "Question",
    "Sources",
    "all_funnels",
    "ask",
    "cards_by_status",
    "connected_gateways",
    "converse",
    "converse_async",
    "count_by_status",
    "due_orders",
    "find_contact",
    "find_course",
    "find_funnel",
    "find_names",
    "find_offer",
    "find_order",
    "find_repeated",
    "get_contact",
    "get_course",
    "get_funnel",
    "get_offer",
    "get_order",
    "get_project",
    "history_of",
    "letters_sent",
    "list_staff",
    "look_up",
    "next_number",
    "offers_naming",
    "orders_from",
    "orders_in",
    "orders_of",
    "progress_of",
    "run",
    "run_async",
    "search_cards",
    "search_orders",
    "search_tracks",
    "standing_contact",
    "unsettled_orders",
]

A = TypeVar("A")
Q = TypeVar("Q")
T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Sources:
    """The sources of answers: the stored records of one project, and the host's courses, progress and people.

    `gateways` has the capabilities of each connected gateway by name. Without `people` no names of staff are known.
    """

    project: str
    records: Records
    courses: Courses
    progress: ProgressSource
    gateways: Mapping[str, Capabilities] = attrs.field(factory=dict)
    people: People | None = None


# decision 0009: rules yield their questions, so a rule works sync and async and can be tested without a store
Question = Callable[[Sources], object]
"""One question, asked of the sources."""

Asking = Generator[Question, object, T]
"""A generator that yields questions and returns a T."""


def ask(question: Callable[[Sources], T]) -> Asking[T]:
    """Ask one question that has no name below: `x = yield from ask(lambda source: source.records.find_order(id))`."""
    return cast(T, (yield question))


# The trampoline, sync and async


def converse(talk: Generator[Q, A, T], answer: Callable[[Q], A]) -> T:
    """Answer everything that a generator yields, and give its result.

    An error of an answer is raised at its `yield`.
    """
    try:
        asked = next(talk)
        while True:
            try:
                # V8: thrown into the generator, which may catch it: a batch continues after a refusal.
                answered = answer(asked)
            except Exception as problem:  # the host's parts may raise anything
                asked = talk.throw(problem)
            else:
                asked = talk.send(answered)
    except StopIteration as done:
        return cast(T, done.value)


async def converse_async(talk: Generator[Q, A, T], answer: Callable[[Q], Awaitable[A] | A]) -> T:
    """Answer everything that a generator yields as `converse` does, and await answers that are awaitable."""
    try:
        asked = next(talk)
        while True:
            try:
                # In-memory adapters answer at once; only real I/O needs awaiting.
                answered = answer(asked)
                answered = await answered if isawaitable(answered) else answered
            except Exception as problem:  # the host's parts may raise anything
                asked = talk.throw(problem)
            else:
                asked = talk.send(cast(A, answered))
    except StopIteration as done:
        return cast(T, done.value)


def run(asking: Asking[T], sources: Sources) -> T:
    """Answer all questions from `sources`, and give the result."""
    return converse(asking, lambda question: question(sources))


async def run_async(asking: Asking[T], sources: AsyncSources) -> T:
    """Answer each question from `sources` as `run` does, and await each answer."""
    # `cast`, because async sources have the same methods, so the same questions work
    return await converse_async(asking, lambda question: question(cast(Sources, sources)))


# The project, its contacts, the host's data


def get_project() -> Asking[Project]:
    """Give the project itself."""
    return ask(lambda source: source.records.get_project())


def find_contact(id: str) -> Asking[Contact | None]:
    """Give a contact, or None."""
    return ask(lambda source: source.records.find_contact(id))


def get_contact(id: str) -> Asking[Contact]:
    """Give a contact, or raise `NotFound` (K6)."""
    found = yield from find_contact(id)
    if found is None:
        raise NotFound("contact", id)
    return found


def find_course(product: str) -> Asking[Course | None]:
    """Give the outline of a product, or None."""
    return ask(lambda source: source.courses.find_course(source.project, product))


def get_course(product: str) -> Asking[Course]:
    """Give the outline of a product, or raise `NotFound`."""
    found = yield from find_course(product)
    if found is None:
        raise NotFound("product", product)
    return found


def standing_contact(id: str) -> Asking[Contact]:
    """Give a contact, or the one into which it was merged (V9)."""
    contact = yield from get_contact(id)
    if contact.merged_into is None:
        return contact
    # V9: one step is enough, because merging updates all earlier merged contacts.
    return (yield from get_contact(contact.merged_into))


def progress_of(contact: Contact, product: str) -> Asking[Progress]:
    """Give the progress of a contact in a product, joined with that of contacts merged into it (V9)."""
    found: Progress | None = None
    # the contact's own progress comes last, so that it wins
    for id in (*reversed(contact.merged_from), contact.id):
        progress = yield from _progress_on(id, product)
        found = progress if found is None else attrs.evolve(found, contact=contact.id).joined(progress)
    assert found is not None, "a contact has a card"
    return found


def _progress_on(card: str, product: str) -> Asking[Progress]:
    return ask(lambda source: source.progress.get_progress(source.project, card, product))


def connected_gateways() -> Asking[Mapping[str, Capabilities]]:
    """Give the capabilities of each connected gateway by name (P3)."""
    return ask(lambda source: source.gateways)


def find_names(ids: Iterable[str]) -> Asking[Mapping[str, str]]:
    """Give the names of people of the staff, as far as the host knows them (V8)."""
    # Each id once, because a person may occur in many rows.
    wanted = tuple(dict.fromkeys(ids))
    return ask(lambda source: source.people.find_names(source.project, wanted) if source.people and wanted else {})


def list_staff() -> Asking[Mapping[str, str] | None]:
    """Give the names of all people of the staff by their ids, or None if the host has no list of them (V8)."""

    def listed(source: Sources) -> Mapping[str, str] | None:
        # by the name of its method, so that an awaited directory is one, too
        return source.people.list_staff(source.project) if isinstance(source.people, StaffDirectory) else None

    return ask(listed)


# Orders


def find_order(id: str) -> Asking[Order | None]:
    """Give an order, or None."""
    return ask(lambda source: source.records.find_order(id))


def get_order(id: str) -> Asking[Order]:
    """Give an order, or raise `NotFound` (K6)."""
    found = yield from find_order(id)
    if found is None:
        raise NotFound("order", id)
    return found


def orders_of(contact: str, *, product: str | None = None, offer: str | None = None) -> Asking[Sequence[Order]]:
    """Give the orders of a contact by number; only those with a line for `product`, or made from `offer`."""
    return ask(lambda source: source.records.orders_of(contact, product=product, offer=offer))


def orders_from(offer: str, *, after: int = 0, limit: int | None = None) -> Asking[Sequence[Order]]:
    """Give the orders made from an offer, by number, from after a number on; `limit` of them, or all (O8)."""
    return ask(lambda source: source.records.orders_from(offer, after=after, limit=limit))


def orders_in(funnel: str, *, status: str | None = None) -> Asking[Sequence[Order]]:
    """Give the orders that stand in a funnel, or in one status of it, by number (F6)."""
    return ask(lambda source: source.records.orders_in(funnel, status=status))


def history_of(order: str) -> Asking[Sequence[Recorded]]:
    """Give the history of an order from the start (O10)."""
    return ask(lambda source: source.records.history_of(order))


def next_number(of: Literal["order", "certificate"]) -> Asking[int]:
    """Give the next free number (O5, C3)."""
    return ask(lambda source: source.records.next_number(of))


def due_orders(until: datetime, *, limit: int) -> Asking[Sequence[str]]:
    """Give the ids of orders with something due by that instant, the longest due first (P14)."""
    return ask(lambda source: source.records.due_orders(until, limit=limit))


def unsettled_orders(gateway: str, *, after: str, limit: int) -> Asking[Sequence[str]]:
    """Give sorted ids, after `after`, of orders with a payment whose outcome only the gateway knows (P4)."""
    return ask(lambda source: source.records.unsettled_orders(gateway, after=after, limit=limit))


# Offers and funnels


def find_offer(code: str) -> Asking[Offer | None]:
    """Give an offer with all its versions, or None."""
    return ask(lambda source: source.records.find_offer(code))


def get_offer(code: str) -> Asking[Offer]:
    """Give an offer with all its versions, or raise `NotFound` (K6)."""
    found = yield from find_offer(code)
    if found is None:
        raise NotFound("offer", code)
    return found


def offers_naming(funnel: str) -> Asking[Sequence[str]]:
    """Give the codes of the offers whose newest version names that funnel (F6)."""
    return ask(lambda source: source.records.offers_naming(funnel))


def find_funnel(id: str) -> Asking[Funnel | None]:
    """Give a funnel, or None."""
    return ask(lambda source: source.records.find_funnel(id))


def get_funnel(id: str) -> Asking[Funnel]:
    """Give a funnel, or raise `NotFound` (K6)."""
    found = yield from find_funnel(id)
    if found is None:
        raise NotFound("funnel", id)
    return found


def all_funnels() -> Asking[Sequence[Funnel]]:
    """Give all funnels of the project, the default one first, the others by id."""
    return ask(lambda source: source.records.all_funnels())


# Lists, letters, idempotency keys


def search_orders(search: OrderSearch, *, skips_unreadable: bool = False) -> Asking[Page]:
    """Give a page of orders (V1, V3).

    Raises:
        Corrupt: `orders.unreadable` if some cannot be read, unless `skips_unreadable`.
    """
    # A list must not silently leave orders out.
    page = yield from ask(lambda source: source.records.search(search))
    if page.unreadable and not skips_unreadable:
        raise Corrupt("orders.unreadable", orders=list(page.unreadable), count=len(page.unreadable))
    return page


def search_cards(search: OrderSearch) -> Asking[CardPage]:
    """Give a page of cards (V2)."""
    return ask(lambda source: source.records.cards(search))


def cards_by_status(search: OrderSearch) -> Asking[Mapping[str, Sequence[Card]]]:
    """Give the newest cards of each status that `search` names, at most `limit` for a status (V2)."""
    return ask(lambda source: source.records.cards_by_status(search))


def count_by_status(search: OrderSearch) -> Asking[Sequence[StatusCount]]:
    """Count the orders that match, by status (V2)."""
    return ask(lambda source: source.records.count_by_status(search))


def search_tracks(search: OrderSearch) -> Asking[TrackPage]:
    """Give the status history of a page of orders (F8)."""
    return ask(lambda source: source.records.tracks(search))


def look_up(lookup: Lookup[T]) -> Asking[T]:
    """Answer a question about many records (V8)."""
    return ask(lambda source: source.records.look_up(lookup))


def letters_sent(contact: str | None, *, order: str | None = None) -> Asking[Sequence[OutboxRow]]:
    """Give the letters that were sent, in order; only those to `contact` or about `order`, if given (N1)."""
    return ask(lambda source: source.records.letters_sent(contact, order=order))


def find_repeated(key: str) -> Asking[Repeated | None]:
    """Give the answer stored under an idempotency key, or None (K1)."""
    return ask(lambda source: source.records.find_repeated(key))
