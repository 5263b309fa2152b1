"""Stores that answer wrongly: each is the store in memory whose transactions have one fault, said by its docstring."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

import attrs

from kwiga_orders.adapters.filtering import matches
from kwiga_orders.adapters.memory import MemoryOrderStore
from kwiga_orders.changes import Changes
from kwiga_orders.cursors import cursor_text, read_cursor
from kwiga_orders.errors import Conflict, InvalidInput
from kwiga_orders.listing import ContactPage, ContactSearch, OrderSearch, Page, StatusCount, TrackPage
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.project import Contact

__all__ = ["BAD_RECORDS", "BadRecords", "StoreOf"]


class BadRecords:
    """A transaction of the store in memory; what is not said here goes as it should."""

    told_by: ClassVar[str]

    def __init__(self, inner: Any, store: MemoryOrderStore) -> None:
        self.inner, self.store = inner, store

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def sorted_by(self, search: OrderSearch, key: Any) -> Page:
        """Give a page sorted by a key of our own, with a cursor that counts."""
        start = 0 if search.after is None else int(str(read_cursor(search.after, "n", types=(int,))[0]))
        whole = attrs.evolve(search, after=None, limit=1000)
        orders = sorted(self.inner.search(whole).orders, key=key, reverse=search.descending)
        end = start + search.limit
        return Page(orders=tuple(orders[start:end]), next=cursor_text("n", end) if end < len(orders) else None)


@attrs.define(init=False)
class StoreOf(MemoryOrderStore):
    """The store in memory with transactions of another kind."""

    records: type[BadRecords]

    def __init__(self, records: type[BadRecords]) -> None:
        super().__init__()
        self.records = records

    @contextmanager
    def transaction(self, project: str, /, *, writes: bool, alone: bool = False) -> Iterator[Any]:
        with super().transaction(project, writes=writes, alone=alone) as inner:
            yield self.records(inner, self)


class DropsARow(BadRecords):
    """The next page begins one row too late."""

    told_by = "test_pages_follow_one_another"

    def search(self, search: OrderSearch) -> Page:
        page: Page = self.inner.search(search)
        return page if search.after is None else attrs.evolve(page, orders=page.orders[1:])


class LosesATie(BadRecords):
    """Orders with equal values come in no order of their own."""

    told_by = "test_pages_follow_one_another"

    def search(self, search: OrderSearch) -> Page:
        page: Page = self.inner.search(search)
        # as a database does that was not told: here by how large the page is
        return attrs.evolve(
            page, orders=tuple(sorted(page.orders, key=lambda one: one.number * (search.limit % 2 or -1)))
        )


class SortsAmountsAsText(BadRecords):
    """The total is kept as a text, and compared as one."""

    told_by = "test_amounts_of_any_decimals_are_sorted"

    def search(self, search: OrderSearch) -> Page:
        if search.sort != "total":
            return self.inner.search(search)  # type: ignore[no-any-return]
        return self.sorted_by(search, lambda one: one.total.amount)


class SortsMinorUnits(BadRecords):
    """A thousandth of a dinar counts as much as a yen."""

    told_by = "test_amounts_of_any_decimals_are_sorted"

    def search(self, search: OrderSearch) -> Page:
        if search.sort != "total":
            return self.inner.search(search)  # type: ignore[no-any-return]
        return self.sorted_by(search, lambda one: one.total.minor)


class NothingDueIsFirst(BadRecords):
    """What is not due comes before what is, as NULL does in some databases."""

    told_by = "test_filters_and_sorting"

    def search(self, search: OrderSearch) -> Page:
        page: Page = self.inner.search(search)
        due = sorted(page.orders, key=lambda one: any(payment.paid is None for payment in one.payments))
        return attrs.evolve(page, orders=tuple(due)) if search.sort == "due" else page


class CursorOfAnotherList(BadRecords):
    """A cursor says only where it is, and not of which list."""

    told_by = "test_a_cursor_of_another_list"

    def search(self, search: OrderSearch) -> Page:
        try:
            return self.inner.search(search)  # type: ignore[no-any-return]
        except InvalidInput:
            return self.inner.search(attrs.evolve(search, after=None))  # type: ignore[no-any-return]


class PagesByOffset(BadRecords):
    """A cursor counts rows, so what was added meanwhile shows some again."""

    told_by = "test_pages_stand_still_while_orders_are_added"

    def search(self, search: OrderSearch) -> Page:
        return self.sorted_by(search, lambda one: (one.created_at, one.number))


class SearchHasCase(BadRecords):
    """Upper and lower case differ in Cyrillic, as in a database that folds only ASCII."""

    told_by = "test_text"

    def search(self, search: OrderSearch) -> Page:
        if search.text is None or search.text.isascii() or search.text.islower():
            return self.inner.search(search)  # type: ignore[no-any-return]
        return Page(orders=())


class OnlyOneOfSeveral(BadRecords):
    """Of several values of a filter only the first counts."""

    told_by = "test_filters_and_sorting"

    def search(self, search: OrderSearch) -> Page:
        return self.inner.search(attrs.evolve(search, status=search.status[:1]))  # type: ignore[no-any-return]


class EndsIncluded(BadRecords):
    """Windows of instants include their end."""

    told_by = "test_filters_and_sorting"

    def search(self, search: OrderSearch) -> Page:
        late = search.created_until
        wider = search if late is None else attrs.evolve(search, created_until=late.replace(microsecond=1))
        return self.inner.search(wider)  # type: ignore[no-any-return]


class CountsTheCancelled(BadRecords):
    """What was cancelled adds to sums."""

    told_by = "test_what_is_not_counted"

    def count_by_status(self, search: OrderSearch) -> Sequence[StatusCount]:
        orders = [one for one in self.inner.state.orders.values() if matches(one, search)]
        sums: dict[str, Counter[str]] = {}
        for one in orders:
            sums.setdefault(one.status, Counter())[one.currency] += one.total.minor
        return [attrs.evolve(one, sums=dict(sums[one.status])) for one in self.inner.count_by_status(search)]


class SumsInMajorUnits(BadRecords):
    """Sums are floats of hundredths, whatever the currency has."""

    told_by = "test_sums_of_any_decimals"

    def count_by_status(self, search: OrderSearch) -> Sequence[StatusCount]:
        def summed(one: StatusCount) -> dict[str, int]:
            return {currency: round(round(minor / 100, 1) * 100) for currency, minor in one.sums.items()}

        return [attrs.evolve(one, sums=summed(one)) for one in self.inner.count_by_status(search)]


class SumsIn32Bits(BadRecords):
    """A column is too narrow."""

    told_by = "test_the_largest_amounts"

    def count_by_status(self, search: OrderSearch) -> Sequence[StatusCount]:
        def summed(one: StatusCount) -> dict[str, int]:
            return {currency: minor % 2**32 for currency, minor in one.sums.items()}

        return [attrs.evolve(one, sums=summed(one)) for one in self.inner.count_by_status(search)]


class IgnoresTheProduct(BadRecords):
    """The orders of a contact are all of them, whatever is asked for."""

    told_by = "test_orders_of_a_contact"

    def orders_of(self, contact: str, *, product: str | None = None, offer: str | None = None) -> Sequence[Order]:
        return self.inner.orders_of(contact, offer=offer)  # type: ignore[no-any-return]


class ListsTheMerged(BadRecords):
    """A card that was merged away is still in the list of contacts."""

    told_by = "test_a_contact_that_is_gone"

    def look_up(self, lookup: Any) -> Any:
        if isinstance(lookup, ContactSearch):
            return ContactPage(contacts=tuple(self.inner.state.contacts.values()))
        return self.inner.look_up(lookup)


class ForgetsMoves(BadRecords):
    """Tracks know only where orders stand now."""

    told_by = "test_tracks"

    def tracks(self, search: OrderSearch) -> TrackPage:
        page: TrackPage = self.inner.tracks(search)
        return attrs.evolve(page, tracks=tuple(attrs.evolve(one, moves=()) for one in page.tracks))


class HistoryByTime(BadRecords):
    """History is sorted by its names within an instant."""

    told_by = "test_what_was_changed_comes_back_equal"

    def history_of(self, order: str) -> Sequence[Recorded]:
        return tuple(sorted(self.inner.history_of(order), key=lambda one: (one.at, one.event.name), reverse=True))


class SeesOtherProjects(BadRecords):
    """A contact is found by its id alone."""

    told_by = "test_projects_never_see_each_other"

    def find_contact(self, id: str) -> Contact | None:
        states = self.store._states.values()
        return next((one.contacts[id] for one in states if id in one.contacts), None)


class SnapshotMoves(BadRecords):
    """A transaction sees what others commit meanwhile."""

    told_by = "test_one_moment_is_seen"

    def find_order(self, id: str) -> Order | None:
        return self.store._states[self.inner.state.project.id].orders.get(id)


class NumbersFromTheCount(BadRecords):
    """The next number of a certificate is one more than those there are."""

    told_by = "test_a_certificate_s_number_is_given_once"

    def next_number(self, of: Literal["order", "certificate"]) -> int:
        if of == "order":
            return int(self.inner.next_number(of))
        orders = self.inner.state.orders.values()
        return 1 + sum(one.revoked is None for order in orders for one in order.certificates)


class NumbersTakenAtOnce(BadRecords):
    """A number is taken when it is asked for, also if nothing is written."""

    told_by = "test_nothing_is_written_without_a_commit"

    def next_number(self, of: Literal["order", "certificate"]) -> int:
        number = int(self.inner.next_number(of))
        state = self.store._states[self.inner.state.project.id]
        state.last_order = max(state.last_order, number)
        return number


class DueIsStrict(BadRecords):
    """What falls due at the very instant is not due."""

    told_by = "test_orders_by_what_falls_due_first"

    def due_orders(self, until: Any, *, limit: int) -> Sequence[str]:
        due: Mapping[str, Any] = self.inner.state.next_due
        return [id for id in self.inner.due_orders(until, limit=limit) if due[id] < until]


class NeverSettled(BadRecords):
    """An order stays with its gateway when the outcome is known."""

    told_by = "test_what_a_gateway_knows_more_of"

    def unsettled_orders(self, gateway: str, *, after: str, limit: int) -> Sequence[str]:
        orders = self.inner.state.orders.values()
        tried = [
            one.id for one in orders if any(a.gateway == gateway for payment in one.payments for a in payment.attempts)
        ]
        return sorted(id for id in tried if id > after)[:limit]


# What commits


class ForgetsVersions(BadRecords):
    """The last one to write wins."""

    told_by = "test_a_stale_change_is_a_conflict"

    def commit(self, changes: Changes) -> None:
        orders = self.inner.state.orders
        found = {one.id: orders[one.id].version for one in changes.orders if one.id in orders}
        self.inner.commit(attrs.evolve(changes, based_on={**changes.based_on, **found}))


class ForgetsVersionsOfOffers(BadRecords):
    """The last one to edit an offer wins."""

    told_by = "test_offers_and_funnels_do_not_lose_edits"

    def commit(self, changes: Changes) -> None:
        for offer in changes.offers:
            self.inner.state.offers.pop(offer.code, None)
        try:
            self.inner.commit(changes)
        except Conflict:
            self.inner.commit(attrs.evolve(changes, offers=()))


class KeepsWhatWasRolledBack(BadRecords):
    """Rows of the outbox are written before anything is checked."""

    told_by = "test_all_or_nothing"

    def commit(self, changes: Changes) -> None:
        self.inner.commit(Changes(outbox=changes.outbox))
        self.inner.commit(attrs.evolve(changes, outbox=()))


class KeysAreReplaced(BadRecords):
    """The last answer under a key is kept, and no conflict is raised."""

    told_by = "test_a_key_is_kept_once"

    def commit(self, changes: Changes) -> None:
        kept = self.inner.state.repeated
        for one in changes.repeated:
            kept.pop(one.key, None)
        self.inner.commit(changes)


class LettersByTheirIds(BadRecords):
    """A letter is known by its id, and so its fact is told twice."""

    told_by = "test_a_letter_is_written_once"

    def commit(self, changes: Changes) -> None:
        self.inner.state.outbox.letter_keys.clear()
        self.inner.commit(changes)


class EventsOnce(BadRecords):
    """Events are told apart by their keys, too."""

    told_by = "test_events_are_written_each_time"

    def commit(self, changes: Changes) -> None:
        rows = {(row.kind, row.key): row for row in reversed(changes.outbox)}
        self.inner.commit(attrs.evolve(changes, outbox=tuple(reversed(rows.values()))))


class KeysOfAllProjects(BadRecords):
    """The key of a letter is unique in the whole store."""

    told_by = "test_a_letter_s_key_is_of_its_project"

    def commit(self, changes: Changes) -> None:
        for state in self.store._states.values():
            self.inner.state.outbox.letter_keys |= state.outbox.letter_keys
        self.inner.commit(changes)


class NumbersTwice(BadRecords):
    """Nothing keeps two orders from having one number."""

    told_by = "test_numbers_are_unique"

    def commit(self, changes: Changes) -> None:
        self.inner.state.ids_by_number.clear()
        self.inner.commit(changes)


class NewOrdersAreNotDue(BadRecords):
    """A new order is looked at only when somebody says so."""

    told_by = "test_what_is_not_said_stays"

    def commit(self, changes: Changes) -> None:
        new = {one.id: None for one in changes.orders if one.id not in self.inner.state.orders}
        self.inner.commit(attrs.evolve(changes, next_due={**new, **changes.next_due}))


class RetriesGoOn(BadRecords):
    """What is tried again by hand has its tries behind it."""

    told_by = "test_parked_rows_are_retried_or_dropped"

    def commit(self, changes: Changes) -> None:
        held = dict(self.inner.state.outbox.held)
        self.inner.commit(changes)
        for id in changes.retried:
            if id in held and id not in self.inner.state.outbox.held:
                self.inner.state.outbox.held[id] = attrs.evolve(held[id], parked_at=None, try_at=_LONG_AGO)


_LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)

BAD_RECORDS: tuple[type[BadRecords], ...] = tuple(BadRecords.__subclasses__())
