"""What waits for an instant or for a gateway. Part of the suites of `testing.stores`."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from kwiga_orders.changes import Changes, OutboxRow
from kwiga_orders.errors import Conflict
from kwiga_orders.extras import extra
from kwiga_orders.orders import events as happened
from kwiga_orders.payments import Attempt, Outcome
from kwiga_orders.periods import Period
from kwiga_orders.ports import OrderStore
from kwiga_orders.testing.order_histories import START, Story, letter, offer_of
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, furnish, hand_on, read

with extra("testing"):
    import pytest

__all__ = ["WaitingContract"]

_DAY = timedelta(days=1)


class WaitingContract:
    """When to check orders again, and which requests wait for gateways."""

    def test_orders_by_what_falls_due_first(self, store: OrderStore) -> None:
        """Commit 6: orders are found by when they fall due, the earliest first; those without due work never."""
        for number, due_at in enumerate((START + 2 * _DAY, START + _DAY, None, START - 9000 * _DAY), start=1):
            commit(store, _due(Story.begins(f"o{number}", number=number).changes(), due_at))

        assert _due_by(store, START + 3 * _DAY) == ["o4", "o2", "o1"]
        assert _due_by(store, START + _DAY) == ["o4", "o2"]
        assert _due_by(store, START + 3 * _DAY, limit=2) == ["o4", "o2"]

    def test_what_is_not_said_stays(self, store: OrderStore) -> None:
        """Commit 6: without `next_due`, a new order is due at once, and another order keeps its instant."""
        new, known = Story.begins("o1", number=1), Story.begins("o2", number=2)
        commit(store, new.changes(), _due(known.changes(), START + _DAY), known.pays().changes())

        assert _due_by(store, START - 9000 * _DAY) == ["o1"]
        assert _due_by(store, START + _DAY) == ["o1", "o2"]

    def test_looked_at_without_a_change(self, store: OrderStore) -> None:
        """Commit 6: `next_due` can be changed alone, if the order still has the version that was read."""
        story = Story.begins("o1", number=1)
        commit(store, story.changes(), Changes(based_on={"o1": 1}, next_due={"o1": START + _DAY}))
        assert (_due_by(store, START), _due_by(store, START + _DAY)) == ([], ["o1"])

        commit(store, story.pays().changes())
        with pytest.raises(Conflict):
            commit(store, Changes(based_on={"o1": 1}, next_due={"o1": None}))

        assert _due_by(store, START + _DAY) == ["o1"]
        assert read(store, lambda records: records.find_order("o1")) == story.pays().order

    def test_an_edit_of_an_offer(self, store: OrderStore) -> None:
        """Commit 6 and O6: after an edit of an offer, its orders are due at once, and no others."""
        for number, offer in enumerate(("basic", "vip", None), start=1):
            commit(store, _due(Story.begins(f"o{number}", number=number, offer=offer).changes(), START + _DAY))

        commit(store, Changes(offers=(offer_of("basic"),), due_anew=("basic",)))

        assert _due_by(store, START - 9000 * _DAY) == ["o1"]

    def test_a_change_of_the_project(self, store: OrderStore) -> None:
        """OrderStore.save_project: a setting that moves due dates makes all orders due; any other setting does not."""
        commit(store, _due(Story.begins("o1", number=1).changes(), None))

        store.save_project(attrs.evolve(SCHOOL, locale="en"))
        assert _due_by(store, START) == []
        store.save_project(attrs.evolve(SCHOOL, locale="en", grace=Period(days=1)))
        assert _due_by(store, START) == ["o1"]

    def test_what_waits_for_a_gateway(self, store: OrderStore) -> None:
        """OrderStore.pending: each gateway has its own rows, and the notifier all others; none waits for another."""
        rows = (letter("n1"), _call("g1", "stripe"), _call("g2", ""), _call("g3", "stripe"), letter("n2"))
        commit(store, Story.begins("o1", number=1).changes(outbox=rows))

        assert _waiting(store, None) == ["n1", "n2"]
        assert _waiting(store, "stripe") == ["g1", "g3"]
        assert _waiting(store, "") == ["g2"]
        assert _waiting(store, "liqpay") == []

        hand_on(store, "g1", "n1")

        assert (_waiting(store, None), _waiting(store, "stripe")) == (["n2"], ["g3"])
        assert [row.id for row in read(store, lambda records: records.letters_sent(None))] == ["n1"]
        assert list(store.pending(SCHOOL.id, limit=1, gateway="")) == [rows[2]]

    def test_what_a_gateway_knows_more_of(self, store: OrderStore) -> None:
        """P4: orders with an attempt of unknown outcome are found by gateway, in pages, until the outcome is known."""
        stories = {id: Story.begins(id, number=number) for number, id in enumerate(("o1", "o2", "o3"), start=1)}
        for id, story in stories.items():
            gateway = "liqpay" if id == "o2" else "stripe"
            stories[id] = story.then(_attempt(id, gateway, Outcome.UNKNOWN))
            commit(store, story.changes(), stories[id].changes())

        assert _unsettled(store, "stripe") == ["o1", "o3"]
        assert _unsettled(store, "stripe", limit=1) == ["o1"]
        assert _unsettled(store, "stripe", after="o1") == ["o3"]
        assert _unsettled(store, "liqpay") == ["o2"]

        commit(store, stories["o1"].then(_attempt("o1", "stripe", Outcome.FAILED)).changes())

        assert _unsettled(store, "stripe") == ["o3"]

    def test_nothing_of_another_project(self, store: OrderStore) -> None:
        """K6: waiting rows and due orders of a project are not seen or changed from another project."""
        furnish(store, "other")
        story = Story.begins("o1", number=1, offer="basic").then(_attempt("o1", "stripe", Outcome.UNKNOWN))
        commit(store, _due(story.changes(since=0, outbox=[_call("g1", "stripe")]), None))

        commit(store, Changes(due_anew=("basic",)), project="other")
        store.save_project(attrs.evolve(SCHOOL, id="other", grace=Period(days=1)))

        assert _due_by(store, START) == []
        assert read(store, lambda records: records.due_orders(START, limit=9), project="other") == []
        assert list(store.pending("other", limit=9, gateway="stripe")) == []
        assert read(store, lambda records: records.unsettled_orders("stripe", after="", limit=9), project="other") == []


def _due(changes: Changes, at: datetime | None) -> Changes:
    """Set when something next falls due for the orders in `changes`."""
    return attrs.evolve(changes, next_due={order.id: at for order in changes.orders})


def _due_by(store: OrderStore, until: datetime, *, limit: int = 9) -> Sequence[str]:
    return read(store, lambda records: records.due_orders(until, limit=limit))


def _waiting(store: OrderStore, gateway: str | None) -> list[str]:
    return [row.id for row in store.pending(SCHOOL.id, limit=9, gateway=gateway)]


def _unsettled(store: OrderStore, gateway: str, *, after: str = "", limit: int = 9) -> Sequence[str]:
    return read(store, lambda records: records.unsettled_orders(gateway, after=after, limit=limit))


def _attempt(order: str, gateway: str, outcome: Outcome) -> happened.AttemptRecorded:
    attempt = Attempt(id=f"{order}.1.a1", started_at=START, at=START, reference="x", outcome=outcome, gateway=gateway)
    return happened.AttemptRecorded(payment=f"{order}.1", attempt=attempt)


def _call(id: str, gateway: str) -> OutboxRow:
    return OutboxRow(
        id=id,
        kind="gateway",
        name="refund",
        order="o1",
        contact="olena",
        at=START,
        key=id,
        gateway=gateway,
        data={"payment": "o1.1"},
    )
