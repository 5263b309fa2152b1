"""O2, O4, O5, O10-O13: orders made by hand, edited, cancelled; their numbers, history, types and lines."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.adapters.system import RandomIds
from kwiga_orders.commands import Command
from kwiga_orders.errors import Refused
from kwiga_orders.funnel import CreateFunnel, FunnelStatus
from kwiga_orders.offers import AmountOff
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.orders.evolve import replayed
from kwiga_orders.orders.lifecycle import WHILE_CANCELLED
from kwiga_orders.payments import Full, Outcome, Parts, PaymentState, PaymentStatus, Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.project import Actor
from kwiga_orders.queries import HistoryQuery
from kwiga_orders.terms import For, Only, TermsChange, Until
from kwiga_orders.testing.school import School, local

PYTHON = asked.LineAsked(product="python", price=Decimal("1000.00"))
NO_SUCH_LESSON = TermsChange(scope=Only(lessons=("l9",)))
CHAT = asked.LineAsked(product="chat", price=Decimal("200.00"))


def school_of(*products: str) -> School:
    """A school with these products, and nothing sold."""
    school = School().at("2026-11-01 10:00")
    for product in products or ("python", "chat"):
        school.teaches("l1", product=product)
    return school


def made(school: School, *lines: asked.LineAsked, **fields: object) -> str:
    """Make an order by hand; give its id."""
    command = asked.CreateOrder(contact="olena", lines=lines or (PYTHON,), **fields)  # type: ignore[arg-type]
    receipt = school.does(command)
    assert receipt.order is not None
    return receipt.order


def code_of(school: School, command: Command) -> str:
    """Give the code with which a command is refused."""
    with pytest.raises(Refused) as refused:
        school.does(command)
    return refused.value.code


class TestO2:
    """An order is the set of conditions under which a contact has access to one or more products."""

    def test_each_line_opens_its_product(self) -> None:
        """One order, two products, each on its own terms."""
        school = school_of()
        month = TermsChange(duration=For(period=Period(months=1)))
        order = made(school, asked.LineAsked(product="python", price=Decimal(100), terms=month), CHAT)
        school.does(asked.AddPayment(order=order, amount=Decimal(300), paid=True))

        assert school.access(product="python").ends_at == local("2026-12-01 10:00")
        assert (school.access(product="chat").open, school.access(product="chat").ends_at) == (True, None)

    def test_what_the_staff_notes(self) -> None:
        """Manager, responsibles, tags, comment and tasks are kept; a task is done once."""
        school = school_of()
        order = made(school, manager="maria", responsibles=("ira",), tags=("autumn",), comment="by phone")
        task = school.does(asked.AddTask(order=order, title="call back", due_at=local("2026-11-02 09:00"))).made
        assert task is not None
        for _ in range(2):
            school.does(asked.CompleteTask(order=order, task=task))

        stored = school.order(order)
        assert (stored.manager, stored.responsibles, stored.tags, stored.comment) == (
            "maria",
            ("ira",),
            ("autumn",),
            "by phone",
        )
        assert [(one.title, one.completed_at) for one in stored.tasks] == [("call back", school.now)]
        assert [one.event.name for one in school.history(order)].count("task.completed") == 1
        assert code_of(school, asked.CompleteTask(order=order, task="no")) == "not_found"


class TestO4:
    """An order can be made by hand with the same validation: default funnel, its initial status, unpaid, regular."""

    def test_defaults(self) -> None:
        """What is not named is as the project has it."""
        order = school_of()
        stored = order.order(made(order))

        assert (stored.funnel, stored.status, stored.type, stored.currency) == ("default", "new", "regular", "UAH")
        assert stored.payment_status is PaymentStatus.UNPAID
        assert stored.payments == ()

    def test_what_is_named(self) -> None:
        """Funnel, status, currency, discount and type as the command says."""
        school = school_of()
        statuses = (FunnelStatus(id="a", name="A"), FunnelStatus(id="b", name="B"))
        school.does(CreateFunnel(id="vip", title="VIP", statuses=statuses))
        discount = AmountOff(amount=Decimal(100))
        order = made(school, funnel="vip", status="b", currency="EUR", type="instalments", discount=discount)

        stored = school.order(order)
        assert (stored.funnel, stored.status, stored.type, str(stored.total)) == (
            "vip",
            "b",
            "instalments",
            "900.00 EUR",
        )

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"contact": "nobody"}, "not_found"),
            ({"funnel": "none"}, "not_found"),
            ({"status": "none"}, "not_found"),
            ({"lines": (PYTHON, PYTHON)}, "order.duplicate_product"),
            ({"lines": (asked.LineAsked(product="chess", price=Decimal(1)),)}, "not_found"),
            ({"lines": (asked.LineAsked(product="python", price=Decimal("1.005")),)}, "money.too_precise"),
            (
                {
                    "lines": (
                        asked.LineAsked(
                            product="python", price=Decimal(1), terms=TermsChange(scope=Only(lessons=("l9",)))
                        ),
                    )
                },
                "course.unknown_lesson",
            ),
            (
                {
                    "lines": (
                        asked.LineAsked(
                            product="python",
                            price=Decimal(1),
                            terms=TermsChange(duration=Until(at=local("2026-10-01 10:00"))),
                        ),
                    )
                },
                "terms.window_empty",
            ),
        ],
    )
    def test_refused_whole(self, fields: dict[str, object], code: str) -> None:
        """Each with its code, and nothing is made."""
        school = school_of()
        command = asked.CreateOrder(**{"contact": "olena", "lines": (PYTHON,), **fields})  # type: ignore[arg-type]

        assert code_of(school, command) == code
        with school.store.transaction("school", writes=False) as records:
            assert list(records.orders_of("olena")) == []

    def test_an_order_of_nothing_is_paid_at_once(self) -> None:
        """Without a price there is nothing to wait for (P5)."""
        school = school_of()
        order = made(school, asked.LineAsked(product="python", price=Decimal(0)))

        assert school.access().open
        assert (school.order(order).status, school.order(order).payments) == ("paid", ())


class TestO5:
    """The number is unique and increasing in the project; the id is opaque and unguessable. Neither is ever reused."""

    def test_numbers_increase(self) -> None:
        """Also after a command that was refused."""
        school = school_of()
        numbers = []
        for _ in range(3):
            numbers.append(school.order(made(school)).number)
            code_of(school, asked.CreateOrder(contact="nobody", lines=(PYTHON,)))

        assert numbers == sorted(set(numbers))

    def test_ids_cannot_be_guessed(self) -> None:
        """A thousand ids are a thousand different ones of 128 bits, in letters that a URL takes as they are."""
        ids = {RandomIds().new() for _ in range(1000)}

        assert len(ids) == 1000
        assert {len(id) for id in ids} == {22}
        assert all(id.replace("-", "a").replace("_", "a").isalnum() for id in ids)


def _every_change(order: str) -> list[Command]:
    payment = f"{order}.1"
    return [
        asked.EditOrder(order=order, comment="x", tags=("a",)),
        asked.EditOrder(order=order, discount=AmountOff(amount=Decimal(50))),
        asked.AddLine(order=order, product="chat", price=Decimal(20)),
        asked.EditLine(order=order, product="python", price=Decimal(900), curators=("ira",)),
        asked.AddPayment(order=order, amount=Decimal(300), closes_access=True),
        asked.EditPayment(order=order, payment=payment, comment="seen"),
        asked.MarkPaid(order=order, payment=payment),
        asked.RefundPayment(order=order, payment=payment, amount=Decimal(10)),
        asked.ReportAttempt(order=order, payment=f"{order}.2", reference="w", outcome=Outcome.FAILED),
        asked.ExtendAccess(order=order, by=Period(days=3)),
        asked.FreezeAccess(order=order, period=Period(days=3)),
        asked.UnfreezeAccess(order=order),
        asked.SetAccessEnd(order=order, at=local("2027-05-01 10:00")),
        asked.RemoveLine(order=order, product="chat"),
        asked.FollowOffer(order=order, product="python"),
        asked.MoveOrder(order=order, status="refund"),
        asked.AddTask(order=order, title="x"),
        asked.ReportEvent(order=order, event="x.seen", data={"n": 1}),
        asked.CancelOrder(order=order, reason="x"),
        asked.ReopenOrder(order=order),
    ]


class TestO10:
    """Every change is saved at once; every change writes history: who, when, what (before/after), from which command.

    History is append-only; folding it from the start gives exactly the stored order.
    """

    @given(picks=st.lists(st.integers(0, 19), max_size=15))
    def test_folding_gives_the_stored_order(self, picks: list[int]) -> None:
        """Whatever was done and refused, in whatever order; and what was written stays."""
        school = school_of()
        school.sells(terms=TermsChange(duration=For(period=Period(days=90))))
        order = school.opens()
        for pick in picks:
            before = school.history(order)
            try:
                school.does(_every_change(order)[pick])
            except Refused:
                assert school.history(order) == before
            assert school.history(order)[: len(before)] == before
        assert replayed(school.history(order)) == school.order(order)

    def test_every_change_replayed(self) -> None:
        """All of them, one after another."""
        school = school_of()
        school.sells(terms=TermsChange(duration=For(period=Period(days=90))))
        order = school.opens()
        for command in _every_change(order):
            with suppress(Refused):
                school.does(command)

        assert replayed(school.history(order)) == school.order(order)

    def test_who_when_and_from_which_command(self) -> None:
        """Each row has the actor, the instant and the command; an edit has what was there before."""
        school = school_of()
        order = made(school, comment="old")
        maria = Actor(kind="staff", id="maria")
        school.at("2026-11-02 09:00").does(asked.EditOrder(order=order, comment="new", actor=maria))
        row = school.history(order)[-1]

        assert (row.actor, row.at, row.command, row.event.name) == (maria, school.now, "edit_order", "order.edited")
        assert (row.event.before.comment, row.event.after.comment) == ("old", "new")  # type: ignore[union-attr]

    def test_what_was_none_or_is_now(self) -> None:
        """Before and after name the same fields, also if there was nothing, or is nothing any more."""
        school = school_of()
        order = made(school, comment="old")
        school.does(asked.EditOrder(order=order, comment=None, manager="maria"))
        rows = school.orders.ask(HistoryQuery(order=order))
        assert isinstance(rows, list)
        (*_, row) = rows

        before, after = {"manager": None, "comment": "old"}, {"manager": "maria", "comment": None}
        assert row["data"] == {"before": before, "after": after}


class TestO11:
    """Order types: `regular`, `subscription`, `instalments` (from the payment option chosen)."""

    def test_the_type_follows_the_option(self) -> None:
        """One type an option."""
        school = School()
        month = Period(months=1)
        options = (
            Full(id="full"),
            Parts(id="parts", count=2, every=month),
            Subscribe(id="sub", amount=Decimal(10), every=month),
        )
        school.sells(options=options)

        types = [school.order(school.opens(option=option.id)).type for option in options]
        assert types == ["regular", "instalments", "subscription"]


class TestO12:
    """Cancelling closes access and voids what is unpaid; until it is reopened only a few commands work on the order."""

    def test_exactly_the_listed_commands_work(self) -> None:
        """Every command there is, is either listed or refused with `order.cancelled`."""
        kinds = {kind for kind in _all_below(asked.OrderCommand) if "name" in vars(kind)}
        listed = {"reopen_order", "move_order", "edit_order"}
        listed |= {"add_note", "add_task", "edit_task", "complete_task", "reopen_task", "remove_task"}
        listed |= {"refund_payment", "edit_refund", "mark_unpaid", "accept_anomaly", "resolve_attention"}
        listed |= {"report_attempt", "report_refund", "keep_report", "send_letter", "revoke_certificate"}

        assert {kind.name for kind in kinds & WHILE_CANCELLED} == listed
        assert kinds > WHILE_CANCELLED
        school = school_of()
        school.sells()
        order = school.opens()
        school.does(asked.CancelOrder(order=order))
        for command in _every_change(order):
            if type(command) in WHILE_CANCELLED or isinstance(command, asked.ReopenOrder | asked.MarkPaid):
                continue  # money that came by hand for what cancelling voided is noted
            assert code_of(school, command) == "order.cancelled", command.name

    def test_what_can_still_be_edited(self) -> None:
        """O12: "…editing manager, responsibles, tags, comment, notes and tasks": not the discount."""
        school = school_of()
        order = made(school)
        school.does(asked.CancelOrder(order=order))
        school.does(asked.EditOrder(order=order, manager="maria", responsibles=("ira",), tags=("x",), comment="y"))
        discount = AmountOff(amount=Decimal(1))

        assert (school.order(order).manager, school.order(order).responsibles) == ("maria", ("ira",))
        assert code_of(school, asked.EditOrder(order=order, discount=discount)) == "order.cancelled"

    def test_reopened_it_is_as_it_was(self) -> None:
        """Access is back, so is what was voided, and an order that is not cancelled cannot be reopened."""
        school = School()
        school.sells(options=(Parts(id="two", count=2, every=Period(months=1)),))
        order = school.opens()
        school.pays(order)
        school.at("2026-11-05 10:00").does(asked.CancelOrder(order=order))
        assert [reason.code.value for reason in school.access().reasons] == ["order_cancelled"]
        school.at("2026-11-06 10:00").does(asked.ReopenOrder(order=order))

        assert school.access().open
        assert school.access(at="2026-11-05 12:00").open
        assert school.order(order).payments[1].state is PaymentState.UNPAID
        assert code_of(school, asked.ReopenOrder(order=order)) == "order.not_cancelled"

    def test_what_was_voided_by_hand_stays_void(self) -> None:
        """Only what cancelling voided comes back, with its due date and amount as they were."""
        school = School()
        school.sells(options=(Parts(id="two", count=2, every=Period(months=1)),))
        order = school.opens()
        school.does(asked.VoidPayment(order=order, payment=f"{order}.1"))
        before = school.order(order).payments
        school.does(asked.CancelOrder(order=order))
        school.at("2026-12-20 10:00").does(asked.ReopenOrder(order=order))

        after = school.order(order).payments
        assert [one.state for one in after] == [PaymentState.VOID, PaymentState.UNPAID]
        assert [(one.amount, one.due_at) for one in after] == [(one.amount, one.due_at) for one in before]

    @pytest.mark.parametrize("is_paid", [True, False])
    def test_unless_a_newer_twin_was_activated(self, is_paid: bool) -> None:
        """Who bought by a newer opening is not asked for the old one (O3); of two that wait, the newer asks."""
        school = School()
        school.sells()
        order = school.opens()
        school.does(asked.CancelOrder(order=order))
        newer = school.opens()
        if is_paid:
            school.pays(newer)
        school.does(asked.ReopenOrder(order=order))

        reopened = school.order(order)
        assert reopened.payments[0].state is (PaymentState.VOID if is_paid else PaymentState.UNPAID)
        assert reopened.superseded_by == newer
        assert not asked_of(reopened)

    def test_money_that_arrives_later_is_kept_and_flagged(self) -> None:
        """It is paid, and opens nothing."""
        school = School()
        school.sells()
        order = school.opens()
        school.does(asked.CancelOrder(order=order))
        school.does(
            asked.ReportAttempt(
                order=order, payment=f"{order}.1", reference="w", outcome=Outcome.SUCCEEDED, amount=Decimal(1000)
            )
        )

        assert school.order(order).payment_status is PaymentStatus.PAID
        assert school.order(order).needs_attention
        assert not school.access().open


def _all_below(kind: type[asked.OrderCommand]) -> set[type[asked.OrderCommand]]:
    below = set(kind.__subclasses__())
    return below.union(*(_all_below(one) for one in below)) if below else below


class TestO13:
    """Lines can be added and removed; the last line cannot. A product stands at most once in an order."""

    def test_added_after_activation(self) -> None:
        """For it, payment is the moment it was added; the other line is not moved."""
        school = school_of()
        order = made(school)
        school.does(asked.AddPayment(order=order, amount=Decimal(1000), paid=True))
        ten = TermsChange(duration=For(period=Period(days=10)))
        school.at("2026-11-20 09:00").does(asked.AddLine(order=order, product="chat", price=Decimal(30), terms=ten))

        assert school.access(product="chat").starts_at == school.now
        assert school.access(product="chat").ends_at == local("2026-11-30 09:00")
        assert school.access(product="python").starts_at == local("2026-11-01 10:00")
        assert school.order(order).payment_status is PaymentStatus.PARTIALLY_PAID

    def test_added_before_activation(self) -> None:
        """It starts with the others."""
        school = school_of()
        order = made(school)
        school.at("2026-11-02 10:00").does(asked.AddLine(order=order, product="chat", price=Decimal(0)))
        school.at("2026-11-03 10:00").does(asked.AddPayment(order=order, amount=Decimal(1000), paid=True))

        assert school.access(product="chat").starts_at == school.now

    def test_removed(self) -> None:
        """Its product is closed, the total is less; the last one stays."""
        school = school_of()
        order = made(school, PYTHON, CHAT)
        school.does(asked.RemoveLine(order=order, product="chat"))

        assert str(school.order(order).total) == "1000.00 UAH"
        assert [reason.code.value for reason in school.access(product="chat").reasons] == ["no_order"]
        assert code_of(school, asked.RemoveLine(order=order, product="python")) == "order.last_line"
        assert code_of(school, asked.RemoveLine(order=order, product="chat")) == "not_found"

    def test_at_most_once(self) -> None:
        """A product that is there is refused."""
        school = school_of()
        order = made(school)

        assert (
            code_of(school, asked.AddLine(order=order, product="python", price=Decimal(1))) == "order.duplicate_product"
        )
