"""A file that is imported again goes on where it ended, whether its lines are looked for or taken for new."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.changes import Repeated
from kwiga_orders.importing import Entry, Importer
from kwiga_orders.ports import OrderStore, Transaction
from tests.importing import brought, order, outcomes, paid, read, stored, taught


class TestOnce:
    """A file that is imported again goes on where it ended, and makes nothing twice (K1)."""

    @given(st.integers(0, 7), st.integers(1, 4), st.integers(1, 4))
    def test_goes_on(self, done: int, first: int, then: int) -> None:
        """Wherever it ended, and however large the batches are."""
        office = taught()
        entries = read(*(order(f"k{n}", payments=[paid()]) for n in range(7)))

        brought(office, entries[:done], batch=first)
        again = brought(office, entries, batch=then)

        assert again == ["known"] * done + ["imported"] * (7 - done)
        assert [one.number for one in stored(office)] == list(range(1, 8))

    @given(st.lists(st.integers(0, 5), max_size=6), st.lists(st.integers(0, 5), max_size=12), st.integers(1, 4))
    def test_known_lines_anywhere(self, first: list[int], then: list[int], batch: int) -> None:
        """Lines that are there already may stand anywhere, also twice, and after any number of new ones."""
        office = taught()

        brought(office, read(*(order(f"k{n}") for n in first)))
        again = brought(office, read(*(order(f"k{n}") for n in then)), batch=batch)

        seen = set(first)
        assert again == ["known" if n in seen or seen.add(n) else "imported" for n in then]  # type: ignore[func-returns-value]
        assert len(stored(office)) == len(seen)

    def test_a_line_that_was_changed(self) -> None:
        """It is told, and changes nothing; the same key twice in a file is one order."""
        office = taught()

        assert brought(office, read(order(), order(), order(comment="other"))) == [
            "imported",
            "known",
            "idempotency.conflict",
        ]
        assert len(stored(office)) == 1

    def test_what_was_computed_is_no_change(self) -> None:
        """Only what is imported is compared."""
        office = taught()

        assert brought(office, read(order(computed={"total": "1"}), order(computed={"total": "2"}))) == [
            "imported",
            "known",
        ]


class TestTakenForNew:
    """After lines that are all new the next are taken for new, too; if one is not, they are decided anew."""

    def test_nobody_looks(self) -> None:
        """Keys are looked for in the first batch only, as long as all is new."""
        office = taught()
        watched = _Watched(office.store)
        importer = Importer(orders=attrs.evolve(office.orders, store=watched), batch=2)

        found = list(importer.carried_out(_entries(*(order(f"k{n}") for n in range(6)))))

        assert {one.state for one in found} == {"imported"}
        assert watched.looked == ["import:order:k0", "import:order:k1"]

    def test_what_is_there_is_not_refused(self) -> None:
        """A line that is there is known, even if a rule would refuse it by now."""
        office = taught()
        late = order("late", payments=[paid(at="2026-10-05T10:00:00Z")])
        office.at("2026-11-01 10:00")
        brought(office, read(late))
        office.at("2026-09-01 10:00")

        assert brought(office, read(order("a"), order("b"), order("c"), late)) == ["imported"] * 3 + ["known"]
        assert [one.number for one in stored(office)] == [1, 2, 3, 4]

    def test_it_is_no_attempt(self) -> None:
        """Who does not try again after a conflict is told of none because of that."""
        office = taught()
        orders = attrs.evolve(office.orders, retries=0)
        brought(office, read(order("c")))

        found = Importer(orders=orders, batch=1).carried_out(_entries(order("a"), order("b"), order("c")))

        assert [one.state for one in found] == ["imported", "imported", "known"]

    def test_a_line_that_was_changed(self) -> None:
        """It is told as such, and the others are imported."""
        office = taught()
        brought(office, read(order("c")))

        found = brought(office, read(order("a"), order("b"), order("c", comment="other"), order("d")))

        assert found == ["imported", "imported", "idempotency.conflict", "imported"]

    def test_refused_lines(self) -> None:
        """One that a rule refuses leaves no trace, whatever came before."""
        office = taught()

        found = outcomes(office, read(order("a"), order("b"), order("c", contact="nobody"), order("d"), order("e")))

        assert [one.state for one in found] == ["imported", "imported", "refused", "imported", "imported"]
        assert [one.number for one in stored(office)] == [1, 2, 3, 4]


def _entries(*documents: object) -> Iterator[Entry]:
    return (one for one in read(*documents) if isinstance(one, Entry))


class _Watched:
    """A store that notes which keys are looked for."""

    def __init__(self, store: OrderStore) -> None:
        self._store = store
        self.looked: list[str] = []

    @contextmanager
    def transaction(self, project: str, /, *, writes: bool, alone: bool = False) -> Iterator["_WatchedTransaction"]:
        with self._store.transaction(project, writes=writes) as transaction:
            yield _WatchedTransaction(transaction, self.looked)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class _WatchedTransaction:
    def __init__(self, transaction: Transaction, looked: list[str]) -> None:
        self._transaction = transaction
        self._looked = looked

    def find_repeated(self, key: str, /) -> Repeated | None:
        self._looked.append(key)
        return self._transaction.find_repeated(key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transaction, name)
