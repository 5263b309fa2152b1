"""Lists, search, pages, counts and tracks (V1-V3, F8). Part of the suites of `testing.stores`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import count
from typing import Literal

import attrs

from kwiga_orders.adapters.filtering import FLAGS
from kwiga_orders.adapters.memory import MemoryOrderStore
from kwiga_orders.errors import InvalidInput
from kwiga_orders.extras import extra
from kwiga_orders.listing import Card, CardPage, OrderSearch, StatusCount, TrackPage
from kwiga_orders.money import Money
from kwiga_orders.orders import events as happened
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.status_history import stays, stays_of
from kwiga_orders.payments import Refund
from kwiga_orders.ports import OrderStore, Records
from kwiga_orders.project import Contact
from kwiga_orders.testing.order_histories import START, Story
from kwiga_orders.testing.requirements import Requiring, requires
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, found, furnish, read, searching
from kwiga_orders.views.cards import card_of

with extra("testing"):
    import pytest
    from hypothesis import given
    from hypothesis import strategies as st

__all__ = ["ListContract"]

_fresh = count(1)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_SORTS: tuple[Literal["created", "updated", "number", "total", "due"], ...] = (
    "created",
    "updated",
    "number",
    "total",
    "due",
)


def _three_orders(store: OrderStore) -> None:
    """Write three orders that differ in every field that can be filtered."""
    first = Story.begins("o1", number=1, offer="basic", products=("python", "sql")).notes(manager="ira")
    second = Story.begins("o2", number=2, contact="taras", owes="300.00", at=START + _DAY, due_at=START + 9 * _DAY)
    third = Story.begins("o3", number=3, owes="200.00", at=START + 2 * _DAY, offer="long").pays().moves("paid")
    for story in (first, second.notes(responsibles=("ira", "oleh"), tags=("hot", "vip")), third):
        commit(store, story.changes(since=0))


class ListContract(Requiring):
    """Every way to find orders."""

    def test_orders_of_a_contact(self, store: OrderStore) -> None:
        """V6: by number; all, only those with a line for a product, made from an offer, or both."""
        _three_orders(store)

        with store.transaction(SCHOOL.id, writes=False) as records:
            assert [one.id for one in records.orders_of("olena")] == ["o1", "o3"]
            assert [one.id for one in records.orders_of("olena", product="sql")] == ["o1"]
            assert [one.id for one in records.orders_of("olena", product="python")] == ["o1", "o3"]
            assert [one.id for one in records.orders_of("olena", offer="long")] == ["o3"]
            assert [one.id for one in records.orders_of("olena", product="python", offer="long")] == ["o3"]
            assert not records.orders_of("olena", product="sql", offer="long")
            assert not records.orders_of("taras", product="sql")

    def test_orders_of_a_product_follow_its_lines(self, store: OrderStore) -> None:
        """O13: an order counts for a product from when it is added until it is removed."""
        story = Story.begins("o1", number=1, products=("python", "sql"))
        commit(store, story.changes())
        line = attrs.evolve(story.order.line("sql"), product="django")

        changed = story.then(happened.LineRemoved(product="sql"), happened.LineAdded(line=line))
        commit(store, changed.changes())

        with store.transaction(SCHOOL.id, writes=False) as records:
            products = ("python", "sql", "django")
            assert [len(records.orders_of("olena", product=one)) for one in products] == [1, 0, 1]

    def test_orders_from_an_offer_and_in_a_funnel(self, store: OrderStore) -> None:
        """O8, F6: by number; from an offer, in a funnel, or in one of its statuses."""
        _three_orders(store)

        with store.transaction(SCHOOL.id, writes=False) as records:
            assert [one.id for one in records.orders_from("basic")] == ["o1"]
            assert [one.id for one in records.orders_in("default")] == ["o1", "o2", "o3"]
            assert [one.id for one in records.orders_in("default", status="paid")] == ["o3"]
            assert not records.orders_in("vip")

    @pytest.mark.parametrize(
        ("search", "expected"),
        [
            (OrderSearch(), "o3 o2 o1"),
            (OrderSearch(funnel=("default",)), "o3 o2 o1"),
            (OrderSearch(funnel=("vip",)), ""),
            (OrderSearch(status=("paid",)), "o3"),
            (OrderSearch(status=("paid", "new")), "o3 o2 o1"),
            (OrderSearch(payment_status=("unpaid",)), "o2 o1"),
            (OrderSearch(payment_status=("paid", "refunded")), "o3"),
            (OrderSearch(type=("subscription",)), ""),
            (OrderSearch(manager=("ira",)), "o1"),
            (OrderSearch(responsible=("oleh", "nobody")), "o2"),
            (OrderSearch(team=("ira",)), "o2 o1"),
            (OrderSearch(team=("oleh", "nobody")), "o2"),
            (OrderSearch(tag=("hot",)), "o2"),
            (OrderSearch(tag=("hot", "vip")), "o2"),
            (OrderSearch(product=("sql",)), "o1"),
            (OrderSearch(product=("sql", "python")), "o3 o2 o1"),
            (OrderSearch(offer=("basic", "long")), "o3 o1"),
            (OrderSearch(contact=("taras",)), "o2"),
            (OrderSearch(contact=("olena",), status=("new",), product=("python",)), "o1"),
            (OrderSearch(created_from=START + _DAY), "o3 o2"),
            (OrderSearch(created_until=START + _DAY), "o1"),
            (OrderSearch(paid_from=START), "o3"),
            (OrderSearch(paid_until=START + 2 * _DAY), ""),
            (OrderSearch(paid_from=START + 2 * _DAY + _HOUR, paid_until=START + 2 * _DAY + 2 * _HOUR), "o3"),
            (OrderSearch(due_from=START), "o2 o1"),
            (OrderSearch(due_until=START + 9 * _DAY), "o1"),
            (OrderSearch(due_from=START + _HOUR), "o2"),
            (OrderSearch(limit=1), "o3"),
            (OrderSearch(sort="number", descending=False), "o1 o2 o3"),
            (OrderSearch(sort="total"), "o1 o2 o3"),
            (OrderSearch(sort="updated"), "o3 o2 o1"),
            (OrderSearch(sort="due"), "o2 o1 o3"),
            (OrderSearch(sort="due", descending=False), "o1 o2 o3"),
        ],
        ids=str,
    )
    def test_filters_and_sorting(self, store: OrderStore, search: OrderSearch, expected: str) -> None:
        """V1: values of one filter are alternatives, several filters all apply; orders without a due date come last."""
        _three_orders(store)

        assert found(store, search) == expected.split()

    @requires("search")
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("КОВАЛЬ", "o1"),
            ("  олена   коваль ", "o1"),
            ("лен", "o1"),
            ("мар’ян", "o2"),
            ("olena@EXAMPLE", "o1"),
            ("EXAMPLE.com", "o1 o2 o12"),
            ("taras_m", "o2"),
            ("taras%m", ""),
            ("tarasXm", ""),
            ("+380671234567", "o1"),
            ("+38 (067) 123-45-67", "o1"),
            ("067 123-45-67", "o1"),
            ("671234567", "o1"),
            ("34567", "o1"),
            ("4567", ""),
            ("7123456", "o1"),
            ("tel:067‑123‑45‑67", "o1"),
            ("+380 (67) 123-45-68", ""),
            ("коваль ол", "o1"),
            ("коваль taras", ""),
            ("коваль @example", ""),
            ("ол ко", "o1"),
            ("+380 50 987 65 43", "o2 o12"),
            ("1", "o1 o12"),
            ("12", "o12"),
            ("#12", "o12"),
            ("2", "o2"),
            ("012", ""),
            ("", "o1 o2 o12"),
            ("   ", "o1 o2 o12"),
        ],
    )
    def test_text(self, store: OrderStore, text: str, expected: str) -> None:
        """V3: words in any order and case; phones by any five digits in a row; numbers by their beginning."""
        commit(store, Story.begins("o1", number=1).changes(), Story.begins("o2", number=2, contact="taras").changes())
        commit(store, Story.begins("o12", number=12, contact="taras").changes())
        expected = expected if text != "taras_m" else "o2 o12"
        expected = expected if text != "мар’ян" else "o2 o12"

        assert found(store, OrderSearch(text=text, sort="number", descending=False)) == expected.split()

    @requires("search")
    def test_a_contact_is_found_by_what_it_is_now(self, store: OrderStore) -> None:
        """V3: a new name, e-mail or phone is found at once, and the old one no more."""
        commit(store, Story.begins("o1", number=1).changes())

        store.save_contact(SCHOOL.id, Contact(id="olena", name="Олена Шевченко"))

        assert found(store, OrderSearch(text="шевченко")) == ["o1"]
        assert found(store, OrderSearch(text="коваль")) == []
        assert found(store, OrderSearch(text="1234567")) == []

    @requires("search")
    def test_an_order_without_a_known_contact(self, store: OrderStore) -> None:
        """V3: an order whose contact is unknown is found by its number, but by no text."""
        commit(store, Story.begins("o1", number=17, contact="somebody").changes())

        assert found(store, OrderSearch(text="17")) == ["o1"]
        assert found(store, OrderSearch(text="somebody")) == []

    @pytest.mark.parametrize("sort", _SORTS)
    @pytest.mark.parametrize("descending", [False, True])
    def test_pages_follow_one_another(
        self, store: OrderStore, *, sort: Literal["created", "updated", "number", "total", "due"], descending: bool
    ) -> None:
        """V1: pages of any size show every order once; equal values are sorted by number, missing ones come last."""
        for n in range(1, 8):
            owes = "0.00" if n in (2, 5) else f"{n % 3 + 1}00.00"
            story = Story.begins(f"o{n}", number=n, owes=owes, at=START + n % 2 * _HOUR)
            commit(store, story.changes())
        search = OrderSearch(sort=sort, descending=descending)
        whole = found(store, search)
        assert sorted(whole) == [f"o{n}" for n in range(1, 8)]
        assert sort != "due" or set(whole[-2:]) == {"o2", "o5"}

        for size in (1, 2, 3, 7):
            assert _walked(store, attrs.evolve(search, limit=size)) == whole

    @pytest.mark.parametrize("sort", _SORTS)
    def test_pages_stand_still_while_orders_are_added(
        self, store: OrderStore, sort: Literal["created", "updated", "number", "total", "due"]
    ) -> None:
        """V1: orders made between two pages neither repeat nor hide the others."""
        for n in range(1, 7):
            commit(store, Story.begins(f"o{n}", number=n, owes=f"{n}.00", at=START + n * _HOUR).changes())
        search = OrderSearch(sort=sort, limit=2)
        before = _walked(store, search)

        shown: list[str] = []
        after: str | None = None
        for n in range(7, 10):
            page = read(store, searching(attrs.evolve(search, after=after)))
            shown += [order.id for order in page.orders]
            after = page.next
            commit(store, Story.begins(f"o{n}", number=n, owes=f"{n}.00", at=START + n * _HOUR).changes())

        assert shown == before

    @pytest.mark.parametrize("cursor", ["", "nonsense", "e30", "bnVsbA", "WzFd", "привіт", "A" * 10_000])
    def test_a_cursor_of_nothing(self, store: OrderStore, cursor: str) -> None:
        """V1: an invalid cursor is a fault of `after`."""
        with pytest.raises(InvalidInput) as problem:
            found(store, OrderSearch(after=cursor))

        assert [fault.path for fault in problem.value.faults] == ["after"]

    def test_a_cursor_of_another_list(self, store: OrderStore) -> None:
        """V1: a cursor continues only the list it came from, in the same direction."""
        commit(store, Story.begins("o1", number=1).changes(), Story.begins("o2", number=2).changes())
        page = read(store, lambda records: records.search(OrderSearch(limit=1)))
        assert page.next is not None

        for search in (OrderSearch(sort="number", after=page.next), OrderSearch(descending=False, after=page.next)):
            with pytest.raises(InvalidInput):
                found(store, search)

    def test_counts(self, store: OrderStore) -> None:
        """V2: counts and sums by status and currency; statuses without orders are left out."""
        _three_orders(store)
        commit(store, Story.begins("o4", number=4, owes="10.00", currency="EUR").changes())

        everything = [
            _count(3, paid={"UAH": 0, "EUR": 0}, owed={"UAH": 130000, "EUR": 1000}),
            _count(1, status="paid", paid={"UAH": 20000}, owed={"UAH": 0}),
        ]
        assert _counted(store, OrderSearch()) == everything
        assert _counted(store, OrderSearch(funnel=("default",), limit=1, sort="due")) == everything
        assert _counted(store, OrderSearch(status=("paid",))) == everything[1:]
        assert _counted(store, OrderSearch(funnel=("vip",))) == []
        assert _counted(store, OrderSearch(manager=("ira",))) == [_count(1, paid={"UAH": 0}, owed={"UAH": 100000})]
        assert _counted(store, OrderSearch(currency=("EUR",))) == [_count(1, paid={"EUR": 0}, owed={"EUR": 1000})]

    @requires("search")
    def test_what_a_text_finds_is_counted(self, store: OrderStore) -> None:
        """V2, V3: counts of the orders that a text finds, and of all if the text is blank."""
        _three_orders(store)

        assert _counted(store, OrderSearch(text="taras")) == [_count(1, paid={"UAH": 0}, owed={"UAH": 30000})]
        assert _counted(store, OrderSearch(text=" ")) == _counted(store, OrderSearch())

    def test_what_is_not_counted(self, store: OrderStore) -> None:
        """P7: a cancelled or refunded order is counted, but its total is not; what was kept of it counts as paid."""
        cancelled = Story.begins("o1", number=1).pays().then(happened.OrderCancelled())
        back = Refund(id="o2.1.r1", amount=Money.of("1000.00", "UAH"), at=START + _DAY)
        refunded = Story.begins("o2", number=2).pays().then(happened.PaymentRefunded(payment="o2.1", refund=back))
        commit(store, *(one.changes(since=0) for one in (cancelled, refunded, Story.begins("o3", number=3))))

        counted = StatusCount(status="new", count=3, sums={"UAH": 100000}, paid={"UAH": 100000}, owed={"UAH": 100000})
        assert _counted(store, OrderSearch()) == [counted]
        assert _counted(store, OrderSearch(contact=("olena",))) == [counted]

    @pytest.mark.parametrize(
        ("search", "expected"),
        [
            (OrderSearch(number=(2, 9)), "o2"),
            (OrderSearch(currency=("EUR",)), "o2"),
            (OrderSearch(gateway=("stripe",)), "o1"),
            (OrderSearch(payment_kind=("surcharge",)), "o1"),
            (OrderSearch(payment_kind=("regular",)), "o2 o3"),
            (OrderSearch(cancelled=True), "o3"),
            (OrderSearch(cancelled=False), "o1 o2"),
            (OrderSearch(superseded=True), "o2"),
            (OrderSearch(superseded=False, cancelled=False), "o1"),
            (OrderSearch(overpaid=True), ""),
            (OrderSearch(overpaid=False, needs_attention=False), "o1 o2 o3"),
            (OrderSearch(unassigned=True), "o2 o3"),
            (OrderSearch(unassigned=False), "o1"),
            (OrderSearch(updated_from=START + 2 * _HOUR), "o1"),
            (OrderSearch(updated_until=START + 2 * _HOUR), "o2 o3"),
            (OrderSearch(due_from=START - _DAY), "o1"),
        ],
        ids=str,
    )
    def test_more_filters(self, store: OrderStore, search: OrderSearch, expected: str) -> None:
        """V1: by number, currency, gateway, payment kind, flags, time of change; `due` means asked for (P15)."""
        fields = happened.PaymentFields(gateway="stripe", kind="surcharge")
        edited = happened.PaymentEdited(payment="o1.1", before=happened.PaymentFields(), after=fields)
        first = Story.begins("o1", number=1).then(edited).notes(manager="ira")
        second = Story.begins("o2", number=2, currency="EUR").then(happened.OrderSuperseded(by="o9"))
        third = Story.begins("o3", number=3).then(happened.OrderCancelled())
        commit(store, *(story.changes(since=0) for story in (first, second, third)))

        assert found(store, attrs.evolve(search, sort="number", descending=False)) == expected.split()

    def test_tracks(self, store: OrderStore) -> None:
        """F8: status histories, in pages by number, agree with the histories of the orders."""
        first = Story.begins("o1", number=1).moves("paid").moves("called", funnel="vip")
        commit(store, first.changes(since=0), *(Story.begins(f"o{n}", number=n).changes() for n in (2, 3)))
        wanted = OrderSearch(sort="total", descending=False, limit=2)

        page = read(store, lambda records: records.tracks(wanted))
        rest = read(store, lambda records: records.tracks(attrs.evolve(wanted, after=page.next)))

        assert [track.order for track in (*page.tracks, *rest.tracks)] == ["o1", "o2", "o3"]
        assert rest.next is None
        assert [(stay.funnel, stay.status) for stay in stays_of(page.tracks[0])] == [
            ("default", "new"),
            ("default", "paid"),
            ("vip", "called"),
        ]
        assert read(store, lambda records: records.tracks(OrderSearch(manager=("nobody",)))) == TrackPage(tracks=())

    def test_like_the_store_in_memory(self, store: OrderStore) -> None:
        """V1-V3: for any search, pages, cards and counts are the same as in the store in memory."""

        @self.trying()
        @given(stories=_stories(), search=_searches(is_text="search" not in self.lacking()))
        def holds(stories: Sequence[Story], search: OrderSearch) -> None:
            project = f"list-{next(_fresh)}"
            memory = MemoryOrderStore()
            for one in (store, memory):
                furnish(one, project)
                for story in stories:
                    commit(one, story.changes(since=0), project=project)
            assert _walked(store, search, project=project) == _walked(memory, search, project=project)
            assert _dealt(store, search, project=project) == _dealt(memory, search, project=project)
            assert _counted(store, search, project=project) == _counted(memory, search, project=project)
            assert _by_status(store, search, project=project) == _by_status(memory, search, project=project)
            tracks = read(store, lambda records: records.tracks(search), project=project).tracks
            assert tracks == read(memory, lambda records: records.tracks(search), project=project).tracks
            for track in tracks:
                history = read(store, _history(track.order), project=project)
                assert stays_of(track) == stays(history)

        holds()


def _count(count: int, *, status: str = "new", paid: dict[str, int], owed: dict[str, int]) -> StatusCount:
    """Give a count of orders with these paid and owed sums."""
    sums = {currency: paid[currency] + owed[currency] for currency in paid}
    return StatusCount(status=status, count=count, sums=sums, paid=paid, owed=owed)


def _walked(store: OrderStore, search: OrderSearch, *, project: str = SCHOOL.id) -> list[str]:
    """Give the ids of the orders on all pages."""
    shown: list[str] = []
    after: str | None = None
    while True:
        wanted = attrs.evolve(search, after=after)
        page = read(store, searching(wanted), project=project)
        assert len(page.orders) <= search.limit
        shown += [order.id for order in page.orders]
        after = page.next
        if after is None:
            return shown


def _dealt(store: OrderStore, search: OrderSearch, *, project: str) -> list[Card]:
    """Give the cards on all pages; they are the cards of the orders on these pages."""
    dealt: list[Card] = []
    after: str | None = None
    while True:
        wanted = attrs.evolve(search, after=after)
        page = read(store, searching(wanted), project=project)
        cards = read(store, _cards(wanted), project=project)
        assert list(cards.cards) == [card_of(order) for order in page.orders]
        assert cards.next == page.next
        dealt += cards.cards
        after = cards.next
        if after is None:
            return dealt


def _by_status(store: OrderStore, search: OrderSearch, *, project: str) -> Mapping[str, Sequence[Card]]:
    """Give the newest cards of each status that has orders, and of one that has none."""
    found = {count.status for count in _counted(store, search, project=project)}
    wanted = attrs.evolve(search, status=(*sorted(found), "empty"))
    cards = read(store, lambda records: records.cards_by_status(wanted), project=project)
    assert list(cards) == list(wanted.status)
    # without statuses there are no cards
    assert read(store, lambda records: records.cards_by_status(attrs.evolve(wanted, status=())), project=project) == {}
    return {status: list(some) for status, some in cards.items()}


def _counted(store: OrderStore, search: OrderSearch, *, project: str = SCHOOL.id) -> list[StatusCount]:
    counts = read(store, lambda records: records.count_by_status(search), project=project)
    return sorted(counts, key=lambda count: count.status)


@st.composite
def _stories(draw: st.DrawFn) -> Sequence[Story]:
    stories = []
    yes = st.booleans()
    for number in range(1, draw(st.integers(0, 6)) + 1):
        story = Story.begins(
            f"o{number}",
            number=number,
            contact=draw(st.sampled_from(["olena", "taras", "somebody"])),
            products=draw(st.sampled_from([("python",), ("python", "sql"), ("sql",)])),
            owes=draw(st.sampled_from(["0.00", "100.00", "200.00"])),
            currency=draw(st.sampled_from(["UAH", "EUR"])),
            offer=draw(st.sampled_from([None, "basic"])),
            at=START + draw(st.integers(0, 2)) * _HOUR,
        )
        if draw(yes) and story.order.payments:
            story = story.pays()
        if draw(yes):
            story = story.moves(
                draw(st.sampled_from(["paid", "refund"])), funnel=draw(st.sampled_from(["default", "vip"]))
            )
        if draw(yes):
            story = story.notes(
                manager=draw(st.sampled_from([None, "ira"])), tags=draw(st.sampled_from([(), ("hot",), ("hot", "vip")]))
            )
        if draw(yes):
            story = story.then(happened.OrderCancelled() if draw(yes) else happened.OrderSuperseded(by="o9"))
        if draw(yes) and story.order.payments:
            fields = happened.PaymentFields(
                gateway=draw(st.sampled_from([None, "stripe"])), kind=draw(st.sampled_from(["regular", "surcharge"]))
            )
            before = happened.PaymentFields()
            story = story.then(happened.PaymentEdited(payment=f"o{number}.1", before=before, after=fields))
        stories.append(story)
    return stories


def _some(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


def _instants() -> st.SearchStrategy[object]:
    return st.one_of(st.none(), st.integers(-1, 4).map(lambda hours: START + hours * _HOUR))


def _searches(*, is_text: bool) -> st.SearchStrategy[OrderSearch]:
    texts = ["коваль", "o", "1", "2", "34567", "0509876543", "EXAMPLE", " "] if is_text else []
    return st.builds(
        OrderSearch,
        funnel=_some("default", "vip"),
        status=_some("new", "paid", "refund"),
        payment_status=_some("unpaid", "paid"),
        manager=_some("ira"),
        tag=_some("hot", "vip"),
        product=_some("python", "sql"),
        offer=_some("basic"),
        contact=_some("olena", "taras"),
        currency=_some("UAH", "EUR"),
        number=st.sampled_from([(), (), (1,), (2, 3)]),
        gateway=_some("stripe"),
        payment_kind=_some("regular", "surcharge"),
        **{name: st.sampled_from([None, None, True, False]) for name in FLAGS},
        updated_from=_instants(),
        created_from=_instants(),
        created_until=_instants(),
        paid_from=_instants(),
        due_until=_instants(),
        text=st.sampled_from([None, *texts]),
        sort=st.sampled_from(_SORTS),
        descending=st.booleans(),
        limit=st.integers(1, 4),
    )


def _cards(search: OrderSearch) -> Callable[[Records], CardPage]:
    return lambda records: records.cards(search)


def _history(order: str) -> Callable[[Records], Sequence[Recorded]]:
    return lambda records: records.history_of(order)
