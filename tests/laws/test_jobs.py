"""V10: many orders are changed at once, each by its own command."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.changes import Receipt
from kwiga_orders.commands import Command
from kwiga_orders.errors import AdapterFailed, Conflict, InvalidInput
from kwiga_orders.jobs import EACH, EACH_KINDS, ForEach, JobProgress
from kwiga_orders.listing import OrderFilters
from kwiga_orders.orders import commands as asked
from kwiga_orders.periods import Period
from kwiga_orders.project import Actor
from kwiga_orders.queries import OrdersQuery
from kwiga_orders.service import Orders
from kwiga_orders.terms import For, TermsChange
from kwiga_orders.testing.school import local
from kwiga_orders.wire import read_command
from kwiga_orders.wire.commands.jobs import EACH_MODELS
from tests.importing import stored
from tests.laws.office import Office
from tests.schools import schools

MONTH = TermsChange(duration=For(period=Period(days=30)))
WEEK = asked.ExtendAccess(order=EACH, by=Period(days=7))
CANCEL = asked.CancelOrder(order=EACH)
REMIND = asked.Remind(order=EACH, payment=EACH)


def class_of_four() -> Office:
    """Four paid orders: of three access ends, of the second it never does."""
    office = Office()
    office.teaches()
    for end in (MONTH, TermsChange(), MONTH, MONTH):
        line = asked.LineAsked(product="python", price=Decimal(10), terms=end)
        order = office.does(asked.CreateOrder(contact="olena", lines=(line,))).order
        assert order is not None
        office.owes(order, "10.00", paid=True)
    return office


def versions(office: Office) -> list[int]:
    """Give the version of each order, by number."""
    return [order.version for order in stored(office)]


def does(office: Office, command: ForEach) -> Receipt:
    """Execute a job; the outbox goes on its way."""
    return office.does(command)


class TestV10:
    """Many at once: `for_each` takes a filter of orders and a command without its order, is previewed (which orders,
    which refuse and why), runs in batches as one job that can be resumed, each order by its own command, idempotent,
    with progress.
    """

    def test_each_by_its_own_command(self) -> None:
        """Whoever refuses is counted by code and holds up no other; the history says who gave the command."""
        office = class_of_four()
        maria = Actor(kind="staff", id="maria")

        receipt = does(office, ForEach(each=WEEK, actor=maria))

        assert (receipt.done, receipt.refused, receipt.left) == (3, {"access.no_end": 1}, 0)
        (first, *_) = stored(office)
        last = office.history(first.id)[-1]
        assert (last.event.name, last.command, last.actor) == ("access.extended", "extend_access", maria)

    @given(office=schools(), batch=st.integers(1, 5), each=st.sampled_from([WEEK, CANCEL, REMIND]))
    def test_as_if_each_had_been_given_by_itself(self, office: Office, batch: int, each: asked.OrderCommand) -> None:
        """However many are loaded at a time, what is done and what is refused is what each command alone would be."""
        codes = list(self.codes(office, each))

        *_, last = office.orders.for_each(ForEach(each=each), batch=batch)

        refused = Counter(code for code in codes if code is not None)
        assert last == JobProgress(done=codes.count(None), refused=refused, left=0)

    @staticmethod
    def codes(office: Office, each: asked.OrderCommand) -> Iterator[str | None]:
        """Give what the preview says of each order."""
        preview = office.orders.preview(ForEach(each=each))
        assert [row["order"] for row in preview["orders"]] == [order.id for order in stored(office)]
        yield from (row["code"] for row in preview["orders"])

    @given(office=schools(), each=st.sampled_from([WEEK, CANCEL, asked.EditOrder(order=EACH, tags=("cold",))]))
    def test_a_preview_equals_the_execution(self, office: Office, each: asked.OrderCommand) -> None:
        """K3: the events and letters that are shown are those that come."""
        command = ForEach(each=each, filters=OrderFilters(cancelled=False))
        shown = office.orders.preview(command)
        before = len(office.notifier.rows)

        does(office, command)

        rows = office.notifier.rows[before:]
        assert shown["events"] == [row.name for row in rows if row.kind == "event"]
        assert [one["kind"] for one in shown["letters"]] == [row.name for row in rows if row.kind == "letter"]

    def test_run_again_it_goes_on(self) -> None:
        """Under its name an order that was done is not done again; one that fits only now is."""
        office = class_of_four()
        job = ForEach(each=WEEK, job="week")
        does(office, job)
        before = versions(office)
        line = asked.LineAsked(product="python", price=Decimal(0), terms=MONTH)
        office.does(asked.CreateOrder(contact="taras", lines=(line,)))

        receipt = does(office, job)

        assert (receipt.done, receipt.refused) == (4, {"access.no_end": 1})
        assert versions(office)[:4] == before
        assert does(office, attrs.evolve(job, job="another")).done == 4
        assert versions(office)[0] == before[0] + 1

    def test_who_refused_is_tried_again(self) -> None:
        """A job goes on with those that refused: what was in the way may be gone by now."""
        office = class_of_four()
        job = ForEach(each=WEEK, job="week")
        assert does(office, job).refused == {"access.no_end": 1}
        office.does(asked.SetAccessEnd(order=stored(office)[1].id, at=local("2027-01-01 10:00")))

        assert [row["code"] for row in office.orders.preview(job)["orders"]] == [None] * 4
        assert does(office, job) == attrs.evolve(does(office, job), done=4, refused={}, left=0)

    def test_stopped_halfway_it_goes_on(self) -> None:
        """What was done until then is done; the rest is done when it is run again."""
        office = class_of_four()
        before = versions(office)
        going = office.orders.for_each(ForEach(each=WEEK, job="week"), batch=1)
        seen = [next(going), next(going)]
        del going

        assert [(one.done, one.left) for one in seen] == [(1, 3), (1, 2)]
        assert versions(office) == [before[0] + 1, *before[1:]]
        assert does(office, ForEach(each=WEEK, job="week")).done == 3
        assert versions(office) == [before[0] + 1, before[1], before[2] + 1, before[3] + 1]

    def test_a_store_that_breaks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is no refusal of an order: the job ends with the error, and can be run again."""
        office = class_of_four()
        third = stored(office)[2].id
        commit = type(office.orders)._commit

        def broken(orders: Orders, command: Command, **how: bool) -> Receipt:
            if getattr(command, "order", None) == third:
                raise AdapterFailed("store.unreachable")
            return commit(orders, command, **how)

        monkeypatch.setattr(type(office.orders), "_commit", broken)
        with pytest.raises(AdapterFailed):
            office.orders.execute(ForEach(each=WEEK, job="week"))
        monkeypatch.undo()

        assert does(office, ForEach(each=WEEK, job="week")).done == 3

    def test_a_job_that_was_answered(self) -> None:
        """K1: under an idempotency key the whole job is answered as the first time; its key is no other command's."""
        office = class_of_four()
        job = ForEach(each=WEEK, idempotency_key="k1")
        first = does(office, job)
        line = asked.LineAsked(product="python", price=Decimal(0), terms=MONTH)
        office.does(asked.CreateOrder(contact="taras", lines=(line,)))
        before = versions(office)

        assert does(office, job) == first
        assert versions(office) == before
        with pytest.raises(Conflict) as conflict:
            office.orders.execute(ForEach(each=CANCEL, idempotency_key="k1"))
        assert conflict.value.code == "idempotency.conflict"

    def test_those_that_leave_the_list(self) -> None:
        """Whoever no longer fits once it is changed keeps nobody from their turn."""
        office = class_of_four()
        unpaid = [office.makes() for _ in range(3)]

        *_, last = office.orders.for_each(
            ForEach(each=CANCEL, filters=OrderFilters(payment_status=("unpaid",), cancelled=False)), batch=1
        )

        assert (last.done, last.left) == (3, 0)
        assert [office.order(one).cancelled_at is not None for one in unpaid] == [True] * 3
        assert office.orders.count(OrdersQuery(filters=OrderFilters(cancelled=True))) == 3

    def test_reminded_of_what_is_due_first(self) -> None:
        """Without a payment it is the one that is due first; who owes nothing is not reminded."""
        office = class_of_four()
        order = office.makes("30.00")
        office.owes(order, "10.00")
        office.at("2026-12-01 10:00")

        receipt = does(office, ForEach(each=REMIND))

        assert (receipt.done, receipt.refused) == (1, {"payment.not_owed": 4})
        assert office.order(order).payment(f"{order}.1").reminded_at is not None

    def test_reminded_again_under_its_name(self) -> None:
        """K1: who was reminded is done, also once that payment is paid and another one is due first."""
        office = class_of_four()
        order = office.makes("30.00")
        for _ in range(2):
            office.owes(order, "10.00")
        job = ForEach(each=REMIND, job="june")
        first = does(office, job)
        office.pays(order, 1)

        assert does(office, job) == first
        assert office.order(order).payment(f"{order}.2").reminded_at is None

    def test_of_no_orders(self) -> None:
        """A list without orders is done at once."""
        receipt = does(Office(), ForEach(each=CANCEL))

        assert (receipt.done, receipt.refused, receipt.left) == (0, {}, 0)

    @pytest.mark.parametrize(
        "make",
        [
            lambda: ForEach(each=asked.MarkPaid(order=EACH, payment="o1.1")),
            lambda: ForEach(each=asked.CancelOrder(order=EACH, idempotency_key="k1")),
            lambda: ForEach(each=asked.CancelOrder(order=EACH, expected_version=3)),
        ],
    )
    def test_what_is_not_for_many(self, make: Callable[[], ForEach]) -> None:
        """What is about one order is refused at once."""
        with pytest.raises(InvalidInput):
            make()

    def test_on_the_wire(self) -> None:
        """The command stands there without its order; all kinds are those of the domain."""
        each = {"command": "extend_access", "by": {"days": 7}}
        document = {"command": "for_each", "filter": {"tag": "cold"}, "each": each, "job": "week"}

        assert read_command(document) == ForEach(filters=OrderFilters(tag=("cold",)), each=WEEK, job="week")
        assert [model.makes for model in EACH_MODELS] == list(EACH_KINDS)
        for wrong in ({**each, "order": "o1"}, {**each, "actor": {"kind": "staff"}}, {"command": "mark_paid"}):
            with pytest.raises(InvalidInput):
                read_command({**document, "each": wrong})

    def test_awaited(self) -> None:
        """The awaited half goes on in the same steps."""
        office = class_of_four()
        orders = office.awaited()

        async def steps() -> list[JobProgress]:
            return [one async for one in orders.for_each(ForEach(each=WEEK), batch=2)]

        assert [one.done for one in asyncio.run(steps())] == [1, 3]
