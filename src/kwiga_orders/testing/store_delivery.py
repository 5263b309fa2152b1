"""The promises of claims: one worker at a time, in order for each order, no other order waits. Part of the suites."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from kwiga_orders.changes import Changes, OutboxRow
from kwiga_orders.delivery import Claim, DeliveryParked, PutOff
from kwiga_orders.listing import ParkedSearch
from kwiga_orders.ports import OrderStore
from kwiga_orders.project import Contact
from kwiga_orders.testing.order_histories import START, Story, event_row, letter
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, furnish, hand_on, read

__all__ = ["DeliveryContract"]

_MINUTE = timedelta(minutes=1)


class DeliveryContract:
    """Claims on rows of the outbox (N1)."""

    def test_claimed_rows_are_one_worker_s(self, store: OrderStore) -> None:
        """OrderStore.claim 1: while one worker has rows of an order, others get rows of other orders."""
        _outbox(store, event_row("a"), event_row("b"), event_row("c", order="o2"))

        assert _ids(_claim(store, limit=1)) == ["a"]
        assert _ids(_claim(store)) == ["c"]
        assert _ids(_claim(store)) == []

    def test_a_claim_runs_out(self, store: OrderStore) -> None:
        """OrderStore.claim 2: rows of a worker that died can be claimed again later, in order."""
        _outbox(store, event_row("a"), event_row("b"), event_row("c", order="o2"))
        first = _claim(store)

        assert _ids(_claim(store, at=START + _MINUTE - timedelta(microseconds=1))) == []
        second = _claim(store, at=START + _MINUTE)

        assert _ids(second) == _ids(first) == ["a", "b", "c"]
        assert second.owner != first.owner
        assert second.until == START + 2 * _MINUTE

    def test_a_claim_that_ran_out_holds_nothing(self, store: OrderStore) -> None:
        """OrderStore.claim 1, 2: after its claim ran out, a worker cannot put off or release rows of another worker."""
        _outbox(store, event_row("a"), event_row("b"))
        late = _claim(store)
        _claim(store, at=START + _MINUTE)

        store.put_off(SCHOOL.id, [_later("a", 5, None)], claim=late, at=START + _MINUTE)
        store.release(SCHOOL.id, ["a", "b"], claim=late)

        assert _ids(_claim(store, at=START + _MINUTE)) == []
        assert not read(store, lambda records: records.look_up(ParkedSearch())).rows
        again = _claim(store, at=START + 2 * _MINUTE)
        assert [(row.id, row.tries) for row in again.rows] == [("a", 0), ("b", 0)]

    def test_what_was_sent_late_is_sent(self, store: OrderStore) -> None:
        """OrderStore.mark_sent: a sent row does not come again, whoever claimed it since."""
        _outbox(store, event_row("a"), event_row("b"))
        _claim(store)
        _claim(store, at=START + _MINUTE)

        hand_on(store, "a")

        assert _ids(_claim(store, at=START + 2 * _MINUTE)) == ["b"]

    def test_what_was_marked_is_not_claimed(self, store: OrderStore) -> None:
        """N1: the next row of an order can be claimed as soon as those before it are marked as sent."""
        _outbox(store, event_row("a"), event_row("b"))
        _claim(store, limit=1)

        hand_on(store, "a")

        assert _ids(_claim(store)) == ["b"]

    def test_what_was_released_is_free(self, store: OrderStore) -> None:
        """OrderStore.release: released rows are free at once; only the worker that has them can release them."""
        _outbox(store, event_row("a"), event_row("b"))
        claim = _claim(store)
        store.release(SCHOOL.id, ["a"], claim=attrs.evolve(claim, owner="somebody else"))
        assert _ids(_claim(store)) == []

        store.release(SCHOOL.id, ["a", "b"], claim=claim)

        assert _ids(_claim(store)) == ["a", "b"]

    def test_what_is_put_off_holds_up_its_order_only(self, store: OrderStore) -> None:
        """OrderStore.claim 3: until a row is tried again, later rows of its order wait, and no others."""
        _outbox(store, event_row("a"), event_row("b"), event_row("c", order="o2"))
        claim = _claim(store)
        store.put_off(SCHOOL.id, [_later("a", 1, START + _MINUTE)], claim=claim, at=START)
        store.release(SCHOOL.id, ["b", "c"], claim=claim)
        commit(store, Changes(outbox=(event_row("d"), event_row("e", order="o2"))))

        assert _ids(_claim(store)) == ["c", "e"]
        again = _claim(store, at=START + _MINUTE)

        assert [(row.id, row.tries) for row in again.rows] == [("a", 1), ("b", 0), ("c", 0), ("d", 0), ("e", 0)]

    def test_stuck_rows_hold_up_nobody(self, store: OrderStore) -> None:
        """N1: however many rows are put off or parked, others can be claimed, up to the limit."""
        stuck = [event_row(f"s{n}", order=f"o{n}") for n in range(9)]
        _outbox(store, *stuck, event_row("a", order="x1"), event_row("b", order="x2"))
        claim = _claim(store, limit=9)
        later = [_later(row.id, 1, START + _MINUTE if n % 2 else None) for n, row in enumerate(stuck)]
        store.put_off(SCHOOL.id, later, claim=claim, at=START)

        assert _ids(_claim(store, limit=2)) == ["a", "b"]

    def test_parked_rows_are_found(self, store: OrderStore) -> None:
        """N1: parked rows are found by a lookup and are not pending; the event about them does not wait for them."""
        _outbox(store, letter("a"), event_row("b"), event_row("c", order="o2"))
        claim = _claim(store)
        tells = attrs.evolve(event_row("t"), name=DeliveryParked.name)
        store.put_off(SCHOOL.id, [_later("a", 12, None, error="boom")], claim=claim, at=START + _MINUTE, outbox=[tells])
        store.release(SCHOOL.id, ["b", "c"], claim=claim)

        (parked,) = read(store, lambda records: records.look_up(ParkedSearch())).rows

        assert (parked.id, parked.order, parked.tries, parked.error) == ("a", "o1", 12, "boom")
        assert (parked.parked_at, parked.row, parked.gateway) == (START + _MINUTE, letter("a"), None)
        assert [row.id for row in store.pending(SCHOOL.id, limit=9)] == ["b", "c", "t"]
        assert _ids(_claim(store, at=START + timedelta(days=9999))) == ["c", "t"]

    def test_parked_rows_in_pages(self, store: OrderStore) -> None:
        """N1: parked rows are listed in the order of writing, in pages, or by their ids."""
        _outbox(store, *(event_row(f"r{n}", order=f"o{n}") for n in range(5)))
        store.put_off(SCHOOL.id, [_later(f"r{n}", 1, None) for n in range(5)], claim=_claim(store), at=START)

        first = read(store, lambda records: records.look_up(ParkedSearch(limit=3)))
        second = read(store, lambda records: records.look_up(ParkedSearch(limit=3, after=first.next)))
        some = read(store, lambda records: records.look_up(ParkedSearch(ids=("r3", "r1", "nothing"))))

        assert [[row.id for row in page.rows] for page in (first, second, some)] == [
            ["r0", "r1", "r2"],
            ["r3", "r4"],
            ["r1", "r3"],
        ]
        assert second.next is some.next is None

    def test_parked_rows_are_retried_or_dropped(self, store: OrderStore) -> None:
        """Commit 7: a parked row is tried again with a new count, or dropped; rows waiting for it can be claimed."""
        _outbox(store, event_row("a"), event_row("b"), letter("c", order="o2"), event_row("d", order="o2"))
        claim = _claim(store)
        store.put_off(SCHOOL.id, [_later("a", 12, None), _later("c", 12, None)], claim=claim, at=START)
        store.release(SCHOOL.id, ["b", "d"], claim=claim)
        assert _ids(_claim(store)) == []

        commit(store, Changes(retried=("a", "b", "nothing"), dropped=("c", "d")))

        claim = _claim(store)
        assert [(row.id, row.tries) for row in claim.rows] == [("a", 0), ("b", 0), ("d", 0)]
        assert not read(store, lambda records: records.look_up(ParkedSearch())).rows
        assert not read(store, lambda records: records.letters_sent(None))

    def test_gateways_have_rows_of_their_own(self, store: OrderStore) -> None:
        """N1: rows for one gateway wait for no other gateway and not for the notifier, even in the same order."""
        calls = [
            attrs.evolve(event_row(f"g{n}"), kind="gateway", gateway=name) for n, name in enumerate(("", "stripe"))
        ]
        _outbox(store, calls[0], event_row("a"), calls[1])

        assert _ids(_claim(store, gateway="stripe")) == ["g1"]
        assert _ids(_claim(store)) == ["a"]
        assert _ids(_claim(store, gateway="")) == ["g0"]
        assert _ids(_claim(store, gateway="liqpay")) == []

    def test_an_erased_contact_is_in_no_event(self, store: OrderStore) -> None:
        """Commit 8: events of an erased contact are cleaned in every state; letters and other contacts stay (V9)."""
        said = {"order_number": 7, "comment": "asked by her mother", "attempt": {"id": "o1.1.a1", "reason": "Olena K."}}
        clean = {"order_number": 7, "comment": "", "attempt": {"id": "o1.1.a1", "reason": ""}}
        rows = [attrs.evolve(event_row(id, order=order), data=said) for id, order in (("a", "o1"), ("b", "o2"))]
        waits, others = (attrs.evolve(event_row(id, order=id), data=said) for id in ("c", "d"))
        others = attrs.evolve(others, contact="taras")
        _outbox(store, *rows, letter("e", order="o3"))
        claim = _claim(store, limit=2)
        store.put_off(SCHOOL.id, [_later("b", 12, None, error="boom")], claim=claim, at=START)
        furnish(store, "other")
        commit(store, Changes(outbox=(waits, others)))
        commit(store, Changes(outbox=(waits,)), project="other")

        commit(store, Changes(contacts=(Contact(id="olena", erased=True),)))

        (parked,) = read(store, lambda records: records.look_up(ParkedSearch())).rows
        assert (parked.tries, parked.error) == (12, "boom")
        assert parked.row == attrs.evolve(rows[1], data=clean)
        left = [attrs.evolve(row, data=clean) for row in (rows[0], waits)]
        assert [*store.pending(SCHOOL.id, limit=9)] == [left[0], letter("e", order="o3"), left[1], others]
        assert [*store.pending("other", limit=9)] == [waits]
        assert _ids(_claim(store)) == ["e", "c", "d"]
        assert _ids(_claim(store, at=START + _MINUTE)) == ["a", "e", "c", "d"]

    def test_nothing_of_another_project_is_claimed(self, store: OrderStore) -> None:
        """K6: rows of another project cannot be claimed, marked, put off, released, retried or dropped."""
        furnish(store, "other")
        _outbox(store, event_row("a"))
        claim = _claim(store)

        assert _ids(store.claim("other", now=START, until=START + _MINUTE, limit=9)) == []
        store.put_off("other", [_later("a", 1, None)], claim=claim, at=START)
        store.mark_sent("other", ["a"], at=START)
        store.release("other", ["a"], claim=claim)

        assert _ids(_claim(store)) == []
        assert [row.id for row in store.pending(SCHOOL.id, limit=9)] == ["a"]


def _outbox(store: OrderStore, *rows: OutboxRow) -> None:
    commit(store, Story.begins("o1", number=1).changes(outbox=rows))


def _claim(store: OrderStore, *, at: datetime = START, limit: int = 9, gateway: str | None = None) -> Claim:
    return store.claim(SCHOOL.id, now=at, until=at + _MINUTE, limit=limit, gateway=gateway)


def _ids(claim: Claim) -> Sequence[str]:
    return [row.id for row in claim.rows]


def _later(row: str, tries: int, try_at: datetime | None, *, error: str = "") -> PutOff:
    return PutOff(id=row, tries=tries, try_at=try_at, error=error)
