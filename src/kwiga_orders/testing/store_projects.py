"""Projects and contacts, and that no project sees data of another one (K6). Part of the suites of `testing.stores`."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count

import attrs

from kwiga_orders.adapters.memory import MemoryOrderStore
from kwiga_orders.changes import Changes, Receipt, Repeated
from kwiga_orders.errors import Conflict, NotFound
from kwiga_orders.extras import extra
from kwiga_orders.funnel import Funnel, FunnelStatus
from kwiga_orders.listing import ChangeSearch, ContactSearch, LabelCounts, OrderSearch, StatusCount, TaskSearch
from kwiga_orders.lookups import AllOffers
from kwiga_orders.orders import events as happened
from kwiga_orders.payments import Attempt, Outcome
from kwiga_orders.ports import OrderStore
from kwiga_orders.project import Contact, Project
from kwiga_orders.testing.order_histories import START, Story, event_row, letter, offer_of
from kwiga_orders.testing.requirements import Requiring
from kwiga_orders.testing.store_fixtures import CONTACTS, SCHOOL, commit, furnish, page_of, read

with extra("testing"):
    import pytest
    from hypothesis import given
    from hypothesis import strategies as st

__all__ = ["ProjectContract", "everything"]

_fresh = count(1)


class ProjectContract(Requiring):
    """Saving projects and contacts, and their separation."""

    def test_a_project_is_born_with_a_funnel(self, store: OrderStore) -> None:
        """F1: a new project has the default funnel, and nothing else."""
        store.save_project(Project(id="new", timezone="Asia/Tokyo", currency="JPY"))

        with store.transaction("new", writes=False) as records:
            assert [one.id for one in records.all_funnels()] == ["default"]
            assert records.get_project() == Project(id="new", timezone="Asia/Tokyo", currency="JPY")
            assert records.next_number("order") == 1

    def test_a_project_changes_and_keeps_what_it_has(self, store: OrderStore) -> None:
        """Saving a project again changes only its settings."""
        commit(store, Changes(removed_funnels=("default",), offers=(offer_of("basic"),)))

        store.save_project(attrs.evolve(SCHOOL, locale="en"))

        with store.transaction(SCHOOL.id, writes=False) as records:
            assert records.get_project() == attrs.evolve(SCHOOL, locale="en")
            assert records.find_offer("basic") == offer_of("basic")
            assert not records.all_funnels()

    def test_a_contact_is_made_and_replaced(self, store: OrderStore) -> None:
        """A contact is read back as it was last saved."""
        assert read(store, lambda records: records.find_contact("olena")) == CONTACTS[0]

        store.save_contact(SCHOOL.id, Contact(id="olena", name="Olena"))

        assert read(store, lambda records: records.find_contact("olena")) == Contact(id="olena", name="Olena")

    @pytest.mark.parametrize("writes", [False, True])
    def test_a_project_that_is_not_there(self, store: OrderStore, *, writes: bool) -> None:
        """OrderStore 1: every operation in an unknown project is refused."""
        for attempt in (
            lambda: store.save_contact("unknown", CONTACTS[0]),
            lambda: store.pending("unknown", limit=1),
        ):
            with pytest.raises(NotFound):
                attempt()
        with pytest.raises(NotFound) as problem, store.transaction("unknown", writes=writes) as records:
            records.find_order("o1")
        assert problem.value.details == {"what": "project", "id": "unknown"}

    def test_projects_never_see_each_other(self, store: OrderStore) -> None:
        """OrderStore 1 and K6: no method shows that another project uses the same ids and keys.

        When two projects act in turn, each gives the same answers as alone in a store in memory.
        """
        is_text = "search" not in self.lacking()

        @self.trying()
        @given(
            steps=st.lists(st.tuples(st.booleans(), st.integers(0, len(_ACTIONS) - 1), st.integers(1, 3)), max_size=24)
        )
        def holds(steps: list[tuple[bool, int, int]]) -> None:
            first, second = (f"project-{next(_fresh)}" for _ in range(2))
            # its own store: in a shared one it could see the same foreign data, and so agree with the first project
            alone = MemoryOrderStore()
            for one, project in ((store, first), (store, second), (alone, first)):
                furnish(one, project)
            for is_first, action, n in steps:
                _ACTIONS[action](store, first if is_first else second, n)
                if is_first:
                    _ACTIONS[action](alone, first, n)
            assert everything(store, first, is_text=is_text) == everything(alone, first, is_text=is_text)

        holds()


# What projects do, always with the same few ids, numbers and keys


def _make(store: OrderStore, project: str, n: int) -> None:
    story = Story.begins(f"o{n}", number=n, contact=CONTACTS[n % 2].id, offer="b1", owes=f"{n}00.00")
    repeated = Repeated(key=f"k{n}", fingerprint="f", receipt=Receipt(order=f"o{n}", version=1))
    _try(store, project, story.changes(outbox=[letter(f"l{n}"), event_row(f"e{n}")], repeated=repeated))


def _pay(store: OrderStore, project: str, n: int) -> None:
    story = Story.begins(f"o{n}", number=n, contact=CONTACTS[n % 2].id, offer="b1", owes=f"{n}00.00").pays()
    _try(store, project, story.changes(outbox=[letter(f"p{n}", key="paid")]))


def _move(store: OrderStore, project: str, n: int) -> None:
    paid = Story.begins(f"o{n}", number=n, contact=CONTACTS[n % 2].id, offer="b1", owes=f"{n}00.00").pays()
    _try(store, project, paid.moves("paid").changes())


def _greet(store: OrderStore, project: str, n: int) -> None:
    store.save_contact(project, Contact(id=f"c{n}", name=f"Somebody {n}", phone=f"+38067000000{n}"))


def _offer(store: OrderStore, project: str, n: int) -> None:
    _try(store, project, Changes(offers=(offer_of(f"b{n}", funnel="f1"),)))


def _funnel(store: OrderStore, project: str, n: int) -> None:
    status = FunnelStatus(id="new", name="New")
    _try(store, project, Changes(funnels=(Funnel(id=f"f{n}", name="F", statuses=(status,)),)))


def _send(store: OrderStore, project: str, n: int) -> None:
    claim = store.claim(project, now=START, until=START, limit=n)
    store.mark_sent(project, [row.id for row in claim.rows], at=START)


def _call(store: OrderStore, project: str, n: int) -> None:
    row = attrs.evolve(letter(f"g{n}"), kind="gateway", name="refund", gateway="stripe")
    _try(store, project, Changes(outbox=(row,)))


def _wonder(store: OrderStore, project: str, n: int) -> None:
    story = Story.begins(f"o{n}", number=n, contact=CONTACTS[n % 2].id, offer="b1", owes=f"{n}00.00")
    unknown = Attempt(
        id=f"o{n}.1.a1", started_at=START, at=START, reference="w1", outcome=Outcome.UNKNOWN, gateway="stripe"
    )
    asked = story.then(happened.AttemptRecorded(payment=f"o{n}.1", attempt=unknown))
    _try(store, project, attrs.evolve(asked.changes(), next_due={f"o{n}": START}))


def _drop(store: OrderStore, project: str, n: int) -> None:
    _try(store, project, Changes(removed_funnels=(f"f{n}",)))


def _try(store: OrderStore, project: str, changes: Changes) -> None:
    with suppress(Conflict):
        commit(store, changes, project=project)


_ACTIONS: tuple[Callable[[OrderStore, str, int], None], ...] = (
    _make,
    _pay,
    _move,
    _greet,
    _offer,
    _funnel,
    _send,
    _call,
    _wonder,
    _drop,
)


def everything(store: OrderStore, project: str, *, is_text: bool = True) -> list[object]:
    """Give the answers of every method of a store for a project, for the ids that the suites use.

    Without `is_text` nothing is searched by text.
    """
    seen: list[object] = [list(store.pending(project, limit=100, gateway=one)) for one in (None, "stripe")]
    with store.transaction(project, writes=False) as records:
        for n in range(1, 4):
            seen += [records.find_order(f"o{n}"), list(records.history_of(f"o{n}")), records.find_repeated(f"k{n}")]
            seen += [records.find_contact(f"c{n}"), records.find_offer(f"b{n}"), records.find_funnel(f"f{n}")]
            seen += [list(records.orders_from(f"b{n}")), list(records.offers_naming(f"f{n}"))]
        for contact in CONTACTS:
            seen += [list(records.orders_of(contact.id)), list(records.orders_of(contact.id, product="python"))]
            seen += [list(records.orders_of(contact.id, offer="b1")), list(records.letters_sent(contact.id))]
        seen += [list(records.orders_in("default")), list(records.orders_in("default", status="paid"))]
        seen += [records.next_number("order"), records.next_number("certificate"), list(records.letters_sent(None))]
        seen += [list(records.due_orders(START, limit=9)), list(records.unsettled_orders("stripe", after="", limit=9))]
        seen += [
            records.get_project().timezone,
            list(records.all_funnels()),
            page_of(records.search(OrderSearch(limit=2))),
            page_of(records.cards(OrderSearch(limit=2))),
            {id: list(some) for id, some in records.cards_by_status(OrderSearch(status=("new", "paid"))).items()},
            page_of(records.search(OrderSearch(product=("python",)))),
            _counts(records.count_by_status(OrderSearch())),
        ]
        if is_text:
            seen += [page_of(records.search(OrderSearch(text=one))) for one in ("1", "example")]
            seen += [_counts(records.count_by_status(OrderSearch(text="a")))]
            seen += [page_of(records.look_up(ContactSearch(text="e")))]
        seen += [page_of(records.tracks(OrderSearch(limit=2))), page_of(records.tracks(OrderSearch(status=("paid",))))]
        seen += [list(records.look_up(LabelCounts(kind="tag"))), page_of(records.look_up(TaskSearch()))]
        seen += [page_of(records.look_up(ContactSearch())), page_of(records.look_up(ChangeSearch()))]
        seen += [list(records.look_up(AllOffers()))]
    return seen


def _counts(counts: Sequence[StatusCount]) -> list[StatusCount]:
    # the port promises no order
    return sorted(counts, key=lambda one: one.status)
