"""Lookups: contacts, labels, tasks, changes, parts of histories (V8, O14). Part of the suites of `testing.stores`."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import attrs

from kwiga_orders.errors import InvalidInput
from kwiga_orders.extras import extra
from kwiga_orders.listing import (
    ChangeSearch,
    ContactsById,
    ContactSearch,
    HistorySearch,
    LabelCount,
    LabelCounts,
    Lookup,
    OrderSearch,
    StatusCount,
    SumsOfContacts,
    Taken,
    TakenThrough,
    TakingsSearch,
    TaskSearch,
)
from kwiga_orders.orders import events as happened
from kwiga_orders.orders.erasing import cleaned
from kwiga_orders.orders.state import Task
from kwiga_orders.payments import Attempt, Outcome
from kwiga_orders.ports import OrderStore
from kwiga_orders.project import Contact
from kwiga_orders.testing.order_histories import START, Story
from kwiga_orders.testing.requirements import Requiring, requires
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, found, read

with extra("testing"):
    import pytest

__all__ = ["LookupContract"]

T = TypeVar("T")
_DAY = timedelta(days=1)


def looked_up(store: OrderStore, lookup: Lookup[T]) -> T:
    """Give a store's answer to a lookup."""
    return read(store, lambda records: records.look_up(lookup))


def walked(ids: Callable[[str | None], tuple[Sequence[str], str | None]]) -> list[str]:
    """Give the items of all pages."""
    found, next = ids(None)
    shown = [*found]
    while next is not None:
        found, next = ids(next)
        shown += found
    return shown


def _taken(one: Taken) -> tuple[str | None, datetime, int, int]:
    return one.key, one.since, one.paid, one.count


def _tasks(story: Story, *tasks: Task) -> Story:
    return story.then(*(happened.TaskAdded(task=task) for task in tasks))


class LookupContract(Requiring):
    """Every `Lookup` of `listing`."""

    def test_what_is_aside_is_left_out_of_counts(self, store: OrderStore) -> None:
        """V2: cancelled and superseded orders can be left out of counts, also after reopening."""

        def counts(search: OrderSearch) -> list[StatusCount]:
            return list(read(store, lambda records: records.count_by_status(search)))

        waiting = OrderSearch(cancelled=False, superseded=False)
        twin = Story.begins("o1", number=1).then(happened.OrderSuperseded(by="o2"))
        order = Story.begins("o2", number=2)
        commit(store, *(one.changes(since=0) for one in (twin, order)))
        counted = StatusCount(status="new", count=1, sums={"UAH": 100000}, paid={"UAH": 0}, owed={"UAH": 100000})
        assert counts(waiting) == [counted]

        cancelled = order.then(happened.OrderCancelled())
        commit(store, cancelled.changes(since=order.order.version))
        assert counts(waiting) == []
        assert counts(OrderSearch(cancelled=True))[0].count == 1

        reopened = cancelled.then(happened.OrderReopened())
        commit(store, reopened.changes(since=cancelled.order.version))
        assert counts(waiting) == [counted]
        assert counts(attrs.evolve(waiting, funnel=("default",))) == [counted]

    def test_contacts_by_id(self, store: OrderStore) -> None:
        """V8: the contacts with these ids that the project has; none for no ids."""
        found = looked_up(store, ContactsById(ids=("taras", "nobody", "olena")))

        assert {id: contact.name for id, contact in found.items()} == {
            "olena": "Олена Коваль",
            "taras": "Taras Мар'яненко",
        }
        assert looked_up(store, ContactsById(ids=())) == {}

    @requires("search")
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (None, ["taras", "ira", "olena"]),
            ("коваль олена", ["olena"]),
            ("мар’ян", ["taras"]),
            ("050 987", ["taras"]),
            ("IRA@", ["ira"]),
            ("EXAMPLE", ["taras", "ira", "olena"]),
            ("1", []),
            ("%", []),
        ],
    )
    def test_contacts(self, store: OrderStore, text: str | None, expected: list[str]) -> None:
        """V3: contacts are found like orders, but not by number; sorted by name, in pages."""
        store.save_contact(SCHOOL.id, Contact(id="ira", name="Ира Бондарь", email="ira@example.com"))

        def page(after: str | None) -> tuple[list[str], str | None]:
            found = looked_up(store, ContactSearch(text=text, limit=2, after=after))
            return [contact.id for contact in found.contacts], found.next

        assert walked(page) == expected

    @requires("search")
    def test_contacts_of_one_name(self, store: OrderStore) -> None:
        """V1: contacts with equal names are sorted by id, so that no page repeats or misses one."""
        for n in range(5):
            store.save_contact(SCHOOL.id, Contact(id=f"c{n}", name="Ганна"))

        def page(after: str | None) -> tuple[list[str], str | None]:
            found = looked_up(store, ContactSearch(text="ганна", limit=1, after=after))
            return [contact.id for contact in found.contacts], found.next

        assert walked(page) == ["c0", "c1", "c2", "c3", "c4"]

    def test_what_contacts_have_ordered(self, store: OrderStore) -> None:
        """V8: the number of orders, the products of activated ones, and the net paid and owed sums by currency."""
        paid = Story.begins("o1", number=1, products=("sql", "python")).pays()
        owed = Story.begins("o2", number=2, products=("chess",), owes="5.00", currency="EUR")
        commit(store, paid.changes(since=0), owed.changes(since=0))

        found = looked_up(store, SumsOfContacts(ids=("olena", "taras")))

        assert set(found) == {"olena"}
        sums = found["olena"]
        assert (sums.orders, sums.bought) == (2, ("python", "sql"))
        assert (sums.paid, sums.owed) == ({"UAH": 100000, "EUR": 0}, {"UAH": 0, "EUR": 500})
        assert looked_up(store, SumsOfContacts(ids=())) == {}

    def test_labels(self, store: OrderStore) -> None:
        """V8: tags and offers, each with the number of orders that have it now."""
        first = Story.begins("o1", number=1, offer="basic").notes(tags=("hot", "vip"))
        commit(store, first.changes(since=0), Story.begins("o2", number=2).notes(tags=("hot",)).changes(since=0))
        counts = [LabelCount(value="hot", count=2), LabelCount(value="vip", count=1)]
        assert looked_up(store, LabelCounts(kind="tag")) == counts
        assert looked_up(store, LabelCounts(kind="offer")) == [LabelCount(value="basic", count=1)]

        commit(store, first.notes(tags=("new",)).changes())

        counts = [LabelCount(value="hot", count=1), LabelCount(value="new", count=1)]
        assert looked_up(store, LabelCounts(kind="tag")) == counts

    @pytest.mark.parametrize(
        ("search", "expected"),
        [
            (TaskSearch(), "t2 t1 t3 t4"),
            (TaskSearch(assignee="ira"), "t1 t3"),
            (TaskSearch(done=True), "t2"),
            (TaskSearch(done=False), "t1 t3 t4"),
            (TaskSearch(due_from=START + _DAY), "t2 t1"),
            (TaskSearch(due_from=START + _DAY, due_until=START + 2 * _DAY), "t2"),
            (TaskSearch(assignee="ira", due_until=START + 9 * _DAY), "t1"),
            (TaskSearch(assignee="nobody"), ""),
        ],
        ids=str,
    )
    def test_tasks(self, store: OrderStore, search: TaskSearch, expected: str) -> None:
        """O14: tasks of all orders by due date, those without a date last, in pages of any size."""
        one = Task(id="t1", title="Call", assignee="ira", due_at=START + 2 * _DAY)
        two = Task(id="t2", title="Pack", due_at=START + _DAY)
        first = _tasks(Story.begins("o1", number=1), Task(id="t3", title="Later", assignee="ira"), one)
        second = _tasks(Story.begins("o2", number=2, contact="taras"), two, Task(id="t4", title="Some day"))
        commit(store, first.changes(since=0), second.then(happened.TaskCompleted(task="t2")).changes(since=0))

        def page(size: int) -> Callable[[str | None], tuple[list[str], str | None]]:
            def of(after: str | None) -> tuple[list[str], str | None]:
                found = looked_up(store, attrs.evolve(search, limit=size, after=after))
                return [row.task.id for row in found.rows], found.next

            return of

        whole = looked_up(store, search)
        assert [row.task.id for row in whole.rows] == expected.split()
        assert [(row.order, row.number, row.contact) for row in whole.rows if row.task.id == "t2"] in (
            [],
            [("o2", 2, "taras")],
        )
        for size in (1, 2, 3):
            assert walked(page(size)) == expected.split()

    def test_a_task_that_is_changed(self, store: OrderStore) -> None:
        """O14: a task is listed in its present state."""
        story = _tasks(Story.begins("o1", number=1), Task(id="t1", title="Call", due_at=START))
        commit(store, story.changes(since=0))
        (before,) = looked_up(store, TaskSearch()).rows
        commit(store, story.then(happened.TaskCompleted(task="t1")).changes())

        (after,) = looked_up(store, TaskSearch()).rows

        assert before.task == story.order.tasks[0]
        assert after.task == attrs.evolve(before.task, completed_at=START + timedelta(hours=2))

    def test_changes(self, store: OrderStore) -> None:
        """V8: changes since a cursor in the order of writing, with the cursor to continue from."""
        story = Story.begins("o1", number=7)
        commit(store, story.changes(), Story.begins("o2", number=8).changes())
        first = looked_up(store, ChangeSearch(limit=3))
        rest = looked_up(store, ChangeSearch(after=first.next))

        assert [(one.order, one.number, one.event) for one in (*first.changes, *rest.changes)] == [
            ("o1", 7, "order.created"),
            ("o1", 7, "payment.added"),
            ("o2", 8, "order.created"),
            ("o2", 8, "payment.added"),
        ]
        assert looked_up(store, ChangeSearch(after=rest.next)) == attrs.evolve(rest, changes=())
        now = looked_up(store, ChangeSearch(limit=0))
        assert (now.changes, now.next) == ((), rest.next)

        commit(store, story.pays().changes())

        (paid,) = looked_up(store, ChangeSearch(after=now.next)).changes
        assert (paid.event, paid.version, paid.at) == ("payment.paid", 2, START + timedelta(hours=1))

    # Takings

    def test_what_came(self, store: OrderStore) -> None:
        """V8: received money is summed over half-open spans, or grouped by another key."""
        paid, hour = START + timedelta(hours=1), timedelta(hours=1)
        first = Story.begins("o1", number=1, products=("python", "sql")).pays()
        second = Story.begins("o2", number=2).pays(at=paid + hour)
        commit(store, first.notes(manager="maria").changes(since=0), second.changes(since=0))
        commit(store, Story.begins("o3", number=3).changes())
        price = first.order.sums.paid.minor

        by_time = TakingsSearch(instants=(paid, paid + hour, paid + 2 * hour))
        assert [_taken(one) for one in looked_up(store, by_time)] == [
            (None, paid, price, 1),
            (None, paid + hour, price, 1),
        ]
        assert looked_up(store, TakingsSearch(instants=(START, paid))) == []
        by_manager = TakingsSearch(instants=(START, paid + 2 * hour), by="manager")
        assert [_taken(one) for one in looked_up(store, by_manager)] == [
            ("maria", START, price, 1),
            (None, START, price, 1),
        ]

    def test_what_came_for_products(self, store: OrderStore) -> None:
        """V8: each product has its share and its count; after a change both are computed again."""
        story = Story.begins("o1", number=1, products=("python", "sql")).pays()
        commit(store, story.changes(since=0))
        price = story.order.sums.paid.minor
        by_product = TakingsSearch(instants=(START, START + timedelta(days=1)), by="product")

        shares = looked_up(store, by_product)
        commit(store, story.then(happened.LineRemoved(product="sql")).changes())

        assert [(one.key, one.count) for one in shares] == [("python", 1), ("sql", 1)]
        assert sum(one.paid for one in shares) == price
        assert [_taken(one) for one in looked_up(store, by_product)] == [("python", START, price, 1)]

    def test_of_which_orders_it_came(self, store: OrderStore) -> None:
        """P11: the orders with money received or refunded through a gateway in a half-open span."""
        price = Story.begins("o1", number=1).order.sums.total
        for number, (gateway, hours) in enumerate(
            (("stripe", 1), ("stripe", 2), ("liqpay", 1), ("stripe", 3)), start=1
        ):
            id, at = f"o{number}", START + timedelta(hours=hours)
            attempt = Attempt(
                id=f"{id}.1.a1",
                started_at=START,
                at=at,
                reference=f"x{number}",
                outcome=Outcome.SUCCEEDED,
                gateway=gateway,
                amount=price,
            )
            story = Story.begins(id, number=number, products=("python", "sql"))
            paid = happened.AttemptRecorded(payment=f"{id}.1", attempt=attempt)
            commit(store, story.then(paid).changes(since=0))

        def taken(gateway: str, starts: int, ends: int) -> Sequence[str]:
            starts_at, ends_at = (START + timedelta(hours=hours) for hours in (starts, ends))
            return looked_up(store, TakenThrough(gateway=gateway, starts_at=starts_at, ends_at=ends_at))

        assert list(taken("stripe", 1, 3)) == ["o1", "o2"]
        assert list(taken("liqpay", 0, 9)) == ["o3"]
        assert list(taken("stripe", 0, 1)) == []

    def test_parts_of_a_history(self, store: OrderStore) -> None:
        """O10: a history in parts of any size from the start, or only its newest rows."""
        story = Story.begins("o1", number=1).pays().moves("paid").notes(tags=("hot",))
        commit(store, story.changes(since=0))
        names = [row.event.name for row in story.history]

        for size in range(1, 6):

            def part(after: str | None, size: int = size) -> tuple[list[str], str | None]:
                found = looked_up(store, HistorySearch(order="o1", limit=size, after=after))
                return [row.event.name for row in found.rows], found.next

            assert walked(part) == names
            newest = looked_up(store, HistorySearch(order="o1", limit=size, newest=True))
            assert [row.event.name for row in newest.rows] == names[-size:]
        assert looked_up(store, HistorySearch(order="o9", limit=1)).rows == ()

    @pytest.mark.parametrize(
        "lookup",
        [
            ContactSearch(after="nonsense"),
            TaskSearch(after="WyJjaGFuZ2VzIiwxXQ", limit=1),
            ChangeSearch(after="e30"),
            HistorySearch(order="o1", limit=1, after="W10"),
        ],
        ids=str,
    )
    def test_a_cursor_of_another_lookup(self, store: OrderStore, lookup: Lookup[object]) -> None:
        """V1: an invalid cursor is a fault of `after`."""
        with pytest.raises(InvalidInput) as problem:
            looked_up(store, lookup)

        assert [fault.path for fault in problem.value.faults] == ["after"]

    # Contacts that were merged or erased (V9)

    def test_an_order_that_moves_to_another_contact(self, store: OrderStore) -> None:
        """V9: a moved order belongs, with its products, to the contact that stays, and no more to the other."""
        story = Story.begins("o1", number=1, products=("python", "sql")).pays()
        commit(store, story.changes(since=0), Story.begins("o2", number=2, contact="taras").changes())

        commit(store, story.then(happened.ContactMerged(contact="olena", into="taras")).changes())

        with store.transaction(SCHOOL.id, writes=False) as records:
            assert not records.orders_of("olena")
            assert [order.id for order in records.orders_of("taras")] == ["o1", "o2"]
            assert [order.id for order in records.orders_of("taras", product="sql")] == ["o1"]
        sums = looked_up(store, SumsOfContacts(ids=("olena", "taras")))
        assert [(id, one.orders, one.bought) for id, one in sums.items()] == [("taras", 2, ("python", "sql"))]

    @requires("search")
    def test_a_contact_that_is_gone(self, store: OrderStore) -> None:
        """V9: a merged or erased contact is found only by its id."""
        commit(store, Story.begins("o1", number=1).changes())
        gone = (
            Contact(id="olena", name="Олена Коваль", merged_into="taras"),
            Contact(id="ivan", name="Іван", erased=True),
        )
        for contact in gone:
            store.save_contact(SCHOOL.id, contact)

        assert [one.id for one in looked_up(store, ContactSearch()).contacts] == ["taras"]
        assert looked_up(store, ContactSearch(text="коваль")).contacts == ()
        assert found(store, OrderSearch(text="коваль")) == []
        assert set(looked_up(store, ContactsById(ids=("olena", "ivan"))).values()) == set(gone)

    def test_a_history_that_is_rewritten(self, store: OrderStore) -> None:
        """V9: a rewritten history replaces the old one row by row; new rows follow, and other histories stay."""
        story = Story.begins("o1", number=1).notes(comment="asked by her mother").pays()
        commit(store, story.changes(since=0), Story.begins("o2", number=2).changes())
        clean = cleaned(story.history)
        after = Story(clean).then(happened.ContactErased(contact="olena"))
        changes = attrs.evolve(after.changes(), rewritten=clean)

        commit(store, changes)

        stored = read(store, lambda records: records.history_of("o1"))
        assert list(stored) == list(after.history)
        assert read(store, lambda records: records.find_order("o1")) == after.order
        names = [one.event for one in looked_up(store, ChangeSearch()).changes]
        assert names == [*(row.event.name for row in clean), "order.created", "payment.added", "contact.erased"]
