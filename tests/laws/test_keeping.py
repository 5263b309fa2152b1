"""K1-K3, K6: a command that comes again or too late, one that is only tried, and one to another school."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, TypeVar, cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.adapters.memory import MemoryOrderStore
from kwiga_orders.changes import OutboxRow
from kwiga_orders.commands import Command
from kwiga_orders.contacts import SaveContact
from kwiga_orders.errors import Conflict, NotFound, Refused
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.events import Recorded
from kwiga_orders.payments import Outcome
from kwiga_orders.periods import Period
from kwiga_orders.project import Project
from kwiga_orders.queries import BoardQuery, HistoryQuery, OrderFilters, OrderQuery, OrdersQuery
from kwiga_orders.terms import For, TermsChange
from kwiga_orders.testing.school import CountedIds, School, local
from tests.laws.office import Office

T = TypeVar("T")


def sold() -> tuple[School, str]:
    """A school that has sold its course, and the order."""
    school = School().at("2026-11-01 10:00")
    school.sells(terms=TermsChange(duration=For(period=Period(days=90))))
    order = school.opens()
    return school, order


def commands_to(order: str) -> list[Command]:
    """Commands of many kinds to an order."""
    payment = f"{order}.1"
    return [
        asked.OpenOffer(offer="basic", contact="olena"),
        asked.OpenOffer(offer="basic", contact="taras"),
        asked.EditOrder(order=order, comment="x"),
        asked.EditLine(order=order, product="python", price=Decimal(900)),
        asked.AddPayment(order=order, amount=Decimal(100), notify=True),
        asked.MarkPaid(order=order, payment=payment),
        asked.RefundPayment(order=order, payment=payment, amount=Decimal(300)),
        asked.RefundPayment(order=order, payment=payment, amount=Decimal(1000)),
        asked.ReportAttempt(order=order, payment=payment, reference="w", outcome=Outcome.FAILED),
        asked.FreezeAccess(order=order, period=Period(days=3)),
        asked.UnfreezeAccess(order=order),
        asked.ExtendAccess(order=order, by=Period(days=3)),
        asked.MoveOrder(order=order, status="refund"),
        asked.CancelOrder(order=order),
        asked.ReopenOrder(order=order),
    ]


def everything(school: School, order: str) -> tuple[object, list[Recorded], list[OutboxRow], int]:
    """All that a command could have written."""
    school.orders.relay_once(school.notifier, limit=1000)
    with school.store.transaction("school", writes=False) as records:
        return (
            school.order(order),
            list(records.history_of(order)),
            school.notifier.rows[:],
            records.next_number("order"),
        )


def tried(run: Callable[[], T]) -> T | Refused:
    """Give what a call gives, or the refusal that it raises."""
    try:
        return run()
    except Refused as refused:
        return refused


class TestK1:
    """A command may carry an idempotency key: repeated with the same body, the first answer again; else a conflict."""

    @given(pick=st.integers(0, 14), times=st.integers(2, 4))
    def test_repeated_it_acts_once(self, pick: int, times: int) -> None:
        """Whatever the command, however often: one answer, and nothing more is written."""
        school, order = sold()
        school.pays(order)
        command = attrs.evolve(commands_to(order)[pick], idempotency_key="k-1")
        try:
            first = school.does(command)
        except Refused:
            return
        before = everything(school, order)
        answers = [school.at("2026-11-02 10:00").does(command) for _ in range(times)]

        assert answers == [first] * times
        assert everything(school, order) == before

    def test_another_body_is_a_conflict(self) -> None:
        """Nothing is written; in another project the key is free."""
        school, order = sold()
        school.does(asked.EditOrder(order=order, comment="first", idempotency_key="k-1"))
        before = everything(school, order)
        with pytest.raises(Conflict) as conflict:
            school.does(asked.EditOrder(order=order, comment="second", idempotency_key="k-1"))

        assert conflict.value.code == "idempotency.conflict"
        assert everything(school, order) == before

    def test_a_refused_command_is_refused_again(self) -> None:
        """K1: repeated with the same body it gets the first answer again, details included, whatever was done since."""
        school, order = sold()
        freeze = asked.FreezeAccess(order=order, period=Period(days=3), idempotency_key="k-1")
        with pytest.raises(Refused) as first:
            school.does(freeze)
        school.pays(order)

        with pytest.raises(Refused) as again:
            school.does(freeze)
        assert again.value == first.value
        assert school.access().open

        school.does(attrs.evolve(freeze, idempotency_key="k-2"))
        assert not school.access().open

    def test_a_refusal_keeps_its_key_from_other_commands(self) -> None:
        """K1: with another body it is a conflict, as after a command that was accepted."""
        school, order = sold()
        freeze = asked.FreezeAccess(order=order, period=Period(days=3), idempotency_key="k-1")
        with pytest.raises(Refused):
            school.does(freeze)

        with pytest.raises(Conflict) as problem:
            school.does(attrs.evolve(freeze, period=Period(days=4)))
        assert problem.value.code == "idempotency.conflict"

    def test_a_payment_that_is_not_there(self) -> None:
        """K1: the order has answered: once there is such a payment, the repeated command does not pay it after all."""
        school, order = sold()
        mark = asked.MarkPaid(order=order, payment=f"{order}.2", idempotency_key="k-1")
        for _ in range(2):
            with pytest.raises(NotFound) as refused:
                school.does(mark)
            assert refused.value == NotFound("payment", f"{order}.2")
            school.does(asked.AddPayment(order=order, amount=Decimal(3)))

        assert school.order(order).sums.paid.minor == 0

    def test_what_is_not_there_yet(self) -> None:
        """K1: that is no rule's refusal: once it is there, the same command under the same key is carried out."""
        school, order = sold()
        edit = asked.CreateOrder(
            contact="new", lines=(asked.LineAsked(product="python", price=Decimal(1)),), idempotency_key="k-1"
        )
        with pytest.raises(NotFound):
            school.does(edit)
        school.does(SaveContact(id="new"))

        assert school.does(edit).order not in {None, order}


class Hurried(MemoryOrderStore):
    """A store where nobody waits for anybody, and where somebody else is faster than the next change."""

    def __init__(self) -> None:
        super().__init__()
        self.faster: list[Callable[[], object]] = []

    @contextmanager
    def transaction(self, project: str, /, *, writes: bool, alone: bool = False) -> Iterator[Any]:
        """Look at one moment; before what is decided on it can be written, the other has written."""
        with self.snapshot(project) as transaction:
            if writes and self.faster:
                self.faster.pop()()
            yield transaction


class TestK2:
    """A command may name the version it was based on; if it changed meanwhile: `order.conflict` with both versions.

    An edit to what is there already changes nothing and writes no history.
    """

    def test_somebody_was_faster_elsewhere(self) -> None:
        """A change of another order is none of this one, so the command is carried out."""
        store = Hurried()
        school = Office(store=store)
        order, other = school.makes(), school.makes()
        store.faster.append(lambda: school.does(asked.EditOrder(order=other, comment="x")))

        school.does(asked.EditOrder(order=order, comment="mine", expected_version=1))

        assert (school.order(order).comment, school.order(other).comment) == ("mine", "x")

    def test_somebody_was_faster_here(self) -> None:
        """It is told by number and both versions, and nothing is written."""
        store = Hurried()
        school = Office(store=store)
        order = school.makes()
        store.faster.append(lambda: school.does(asked.EditOrder(order=order, comment="theirs")))

        with pytest.raises(Conflict) as conflict:
            school.does(asked.EditOrder(order=order, comment="mine", expected_version=1))

        assert conflict.value == Conflict("order.conflict", order=1, expected=1, found=2)
        assert school.order(order).comment == "theirs"

    @pytest.mark.parametrize(
        "edit",
        [
            lambda order: asked.EditOrder(order=order, comment="x"),
            lambda order: asked.EditPayment(order=order, payment=f"{order}.1", comment="x"),
            lambda order: asked.SetAccessEnd(order=order, at=local("2027-01-01 10:00")),
            lambda order: asked.SetAccessEnd(order=order, at=None),
        ],
    )
    def test_edited_to_what_is_there(self, edit: Callable[[str], Command]) -> None:
        """Said again, it is not done again; not even the version tells of it."""
        school, order = sold()
        school.does(edit(order))
        before = everything(school, order)

        school.does(edit(order))

        assert everything(school, order) == before


class TestK3:
    """A preview gives exactly the state, events and letters that executing would; it writes nothing, sends nothing."""

    @given(before=st.lists(st.integers(0, 14), max_size=6), pick=st.integers(0, 14))
    def test_it_shows_what_then_happens(self, before: list[int], pick: int) -> None:
        """After whatever happened before: the card, the names of the events, the letters; or the same refusal."""
        school, order = sold()
        for number in before:
            try:
                school.does(commands_to(order)[number])
            except Refused:
                continue
        command = commands_to(order)[pick]
        untouched = everything(school, order)
        ids = cast(CountedIds, school.orders.ids)
        made = ids.made
        shown = tried(lambda: school.orders.preview(command))
        assert everything(school, order) == untouched
        if isinstance(shown, Refused):
            assert tried(lambda: school.does(command)) == shown
            return

        ids.made = made
        letters = len(school.notifier.letters)
        receipt = school.does(command)
        assert receipt.order is not None
        card = school.orders.ask(OrderQuery(order=receipt.order))
        assert shown["views"] == {"order": card}
        assert shown["events"] == list(receipt.events)
        assert [letter["kind"] for letter in shown["letters"]] == school.notifier.letters[letters:]

    @given(pick=st.integers(0, 14))
    def test_of_what_was_done_already(self, pick: int) -> None:
        """Repeated under its key a command would answer as the first time (K1): the order as it is, nothing more."""
        school, order = sold()
        school.pays(order)
        command = attrs.evolve(commands_to(order)[pick], idempotency_key="k-1")
        try:
            receipt = school.does(command)
        except Refused:
            return
        shown = school.at("2026-11-02 10:00").orders.preview(command)

        assert receipt.order is not None
        card = school.orders.ask(OrderQuery(order=receipt.order))
        assert (shown["views"], shown["events"], shown["letters"]) == ({"order": card}, [], [])


class TestK6:
    """Every storage call carries the project; a foreign id and an unknown id get the same answer (`not_found`)."""

    def test_commands_to_another_project(self) -> None:
        """Every command to an order of another project is answered as one to an order that is not there."""
        school, order = sold()
        other = School(project=Project(id="other", timezone="Europe/Kyiv", currency="UAH"), store=school.store)
        before = everything(school, order)
        for foreign, unknown in zip(commands_to(order), commands_to("nothing"), strict=True):
            answers = [refusal(other, command) for command in (foreign, unknown)]
            assert [answer.code for answer in answers] == ["not_found"] * 2
            assert _without_id(answers[0]) == _without_id(answers[1])

        assert everything(school, order) == before

    def test_questions_about_another_project(self) -> None:
        """Nothing of another project is found, listed, counted or told."""
        school, order = sold()
        other = School(project=Project(id="other", timezone="Europe/Kyiv", currency="UAH"), store=school.store)
        other.teaches()

        assert tried(lambda: other.orders.ask(OrderQuery(order=order))) == NotFound("order", order)
        assert tried(lambda: other.orders.ask(HistoryQuery(order=order))) == NotFound("order", order)
        assert other.orders.ask(OrdersQuery(filters=OrderFilters(search="olena"))) == {"rows": [], "next": None}
        assert [reason.code.value for reason in other.access().reasons] == ["no_order"]
        board = other.orders.ask(BoardQuery(funnel="default"))
        assert {column["count"] for column in board["columns"]} == {0}


def refusal(school: School, command: Command) -> Refused:
    """Give the refusal of a command that must be refused."""
    with pytest.raises(Refused) as refused:
        school.does(command)
    return refused.value


def _without_id(answer: Refused) -> dict[str, object]:
    return {name: value for name, value in answer.details.items() if name != "id"}
