"""Whatever people do, in whatever order: the laws hold, and the books agree.

A machine carries out random commands on a school, and books each one on paper, too. It runs on every store, blocking
and awaited.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar, TypeVar
from unittest import TestCase

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kwiga_orders import funnel as funnels
from kwiga_orders.access import Access
from kwiga_orders.changes import OutboxRow, Receipt
from kwiga_orders.commands import Command
from kwiga_orders.errors import KwigaOrdersError
from kwiga_orders.funnel import Funnel
from kwiga_orders.money import Money
from kwiga_orders.orders.asked import asked_of, asked_spans
from kwiga_orders.orders.events import AttentionResolved
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Attempt, PaymentState, PaymentStatus, Refund
from kwiga_orders.queries import CustomerOrderQuery, OrderQuery
from kwiga_orders.testing import scripts
from kwiga_orders.testing.deciding import decided
from kwiga_orders.testing.machine import check_history, check_total
from kwiga_orders.testing.scripts import CONTACTS, INTERNAL, PRODUCTS, SET_UP, Names, Step, steps, waits
from tests.stateful import standing
from tests.stateful.plain_desk import Period
from tests.stateful.plain_orders import PlainAttempt, PlainOrder, PlainRefund
from tests.stateful.plain_school import PlainSchool, Told, Verdict
from tests.stateful.sensible import SENSIBLE
from tests.stateful.worlds import WORLDS, World

T = TypeVar("T")
Sensible = Callable[[PlainSchool], Iterator[Command]]


class PaperMachine(RuleBasedStateMachine):
    """Carries out commands in a world and on paper, and compares both after each (decision 0059).

    It shares its laws about one order with the machine that ships to hosts, `testing.machine`.
    """

    enter: ClassVar[Callable[[], AbstractContextManager[World]]]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.names = Names()
        self.receipts: dict[str, Receipt] = {}
        self.rows: list[OutboxRow] = []
        self.seen: dict[str, Order] = {}
        self.changed: list[Order] = []

    @initialize(step=steps(scripts.openings()), again=st.booleans())
    def begins(self, step: Step, again: bool) -> None:
        """A school with offers and funnels, and somebody who orders something, once or twice."""
        self.world = self.stack.enter_context(type(self).enter())
        self.school = self.world.school
        self.paper = PlainSchool.selling(SET_UP)
        self.paper.funnels = self.funnels()
        self.paper.told = self.told_of
        for _ in range(1 + again):
            self.carry_out(step.wait, self.names.resolved(step.command))

    def teardown(self) -> None:
        """Close the store."""
        self.stack.close()

    @rule(kind=st.sampled_from(SENSIBLE), pick=st.integers(0, 99), wait=waits())
    def what_makes_sense(self, kind: Sensible, pick: int, wait: timedelta) -> None:
        """Something that will be carried out, as far as the books can tell."""
        if likely := list(kind(self.paper)):
            self.carry_out(wait, likely[pick % len(likely)])

    @rule(kind=st.sampled_from(SENSIBLE), pick=st.integers(0, 99), wait=waits())
    def what_makes_sense_too(self, kind: Sensible, pick: int, wait: timedelta) -> None:
        """The same, so that it is drawn more often."""
        self.what_makes_sense(kind, pick, wait)

    @rule(step=steps(scripts.openings()))
    def order_is_made(self, step: Step) -> None:
        """From an offer or by hand."""
        self.carry_out(step.wait, self.names.resolved(step.command))

    @rule(step=steps(scripts.payments()))
    def money_by_hand(self, step: Step) -> None:
        """Added, edited, paid, refunded."""
        self.carry_out(step.wait, self.names.resolved(step.command))

    @rule(step=steps(scripts.payments() | scripts.reports()))
    def money_by_gateway(self, step: Step) -> None:
        """Twice, late, or out of order."""
        self.carry_out(step.wait, self.names.resolved(step.command))

    @rule(step=steps(scripts.edits() | scripts.changes_of_offers()))
    def edits(self, step: Step) -> None:
        """Of orders, lines and offers."""
        self.carry_out(step.wait, self.names.resolved(step.command))

    @rule(step=steps(scripts.adjustments()))
    def windows_move(self, step: Step) -> None:
        """Extended, set, frozen, unfrozen."""
        self.carry_out(step.wait, self.names.resolved(step.command))

    @rule(step=steps(scripts.turns()))
    def life_turns(self, step: Step) -> None:
        """Moved, cancelled, reopened, renewed."""
        self.carry_out(step.wait, self.names.resolved(step.command))

    @rule(step=steps(scripts.changes_of_funnels()))
    def funnels_are_rebuilt(self, step: Step) -> None:
        """No funnel command deletes an order, changes a payment or changes access (F6)."""
        self.school.clock.set(self.school.now + step.wait)
        before = {id: _apart_from_its_place(order) for id, order in self.orders().items()}
        access = self.access_of_all(self.school.now)

        self.carry_out(timedelta(), step.command)

        assert {id: _apart_from_its_place(order) for id, order in self.orders().items()} == before
        assert self.access_of_all(self.school.now) == access

    def carry_out(self, wait: timedelta, command: Command) -> None:
        """Carry out a command in the world and on paper; both must say the same."""
        self.school.clock.set(self.school.now + wait)
        outcome = _outcome(partial(decided, command, self.school))
        assert outcome == _outcome(partial(decided, command, self.school)), "a decision is deterministic"

        receipt = _outcome(partial(self.world.execute, command))
        fresh_id = str(receipt.made) if isinstance(receipt, Receipt) else ""
        verdict = self.paper.does(command, now=self.school.now, fresh_id=fresh_id)

        self.tell_periods()
        if isinstance(receipt, Receipt):
            self.was_done(command, receipt, verdict)
        else:
            assert outcome == receipt, "what is refused is refused by the decision"
            assert verdict in (receipt.code, Verdict.NOT_THEIR_BUSINESS)
            assert self.orders() == self.seen, "what is refused changes nothing"
            assert not self.told(), "what is refused tells nothing"
        self.note_what_changed()

    def was_done(self, command: Command, receipt: Receipt, verdict: Verdict | str) -> None:
        """Learn the names that it made, and how funnels are built now."""
        assert isinstance(verdict, Verdict), f"on paper it is refused: {verdict}"
        self.names.note(command, receipt)
        if command.idempotency_key is not None:
            first = self.receipts.setdefault(command.idempotency_key, receipt)
            assert receipt == first, "a repeated command is answered as the first time (K1)"
        if isinstance(command, funnels.RemoveStatus) and command.move_to is not None:
            self.paper.rehouse(command.funnel, {command.status: (command.funnel, command.move_to)})
        if isinstance(command, funnels.RemoveFunnel):
            places = {was: (to[0], to[1]) for was, to in command.move_to.items()}
            self.paper.rehouse(command.funnel, places)
            self.paper.sell_elsewhere(command.funnel, places)
        self.paper.funnels = self.funnels()

    def told_of(self, order: str) -> Told:
        """Tell the books of an order what they cannot find out: what gateways reported (P4, P10, P11)."""
        with self.school.store.transaction(self.school.project.id, writes=False) as transaction:
            found = transaction.find_order(order)
        if found is None:
            return Told(version=0, fired=(), periods=(), attempts=(), refunds=())
        last = (row for row in self.school.history(order) if row.version == found.version)
        return Told(
            version=found.version,
            fired=tuple(row.event.name for row in last),
            periods=tuple(_periods_on_paper(found)),
            attempts=tuple(tuple(map(_attempt_on_paper, one.attempts)) for one in found.payments),
            refunds=tuple(tuple(map(_refund_on_paper, one.refunds)) for one in found.payments),
        )

    def tell_periods(self) -> None:
        """Let the books know which periods of subscriptions were made, moved or stopped (P13)."""
        for id, order in self.orders().items():
            self.paper.learn_periods(id, list(_periods_on_paper(order)))

    def note_what_changed(self) -> None:
        """Remember the orders as they are, and which of them this step changed."""
        orders = self.orders()
        self.changed = [order for id, order in orders.items() if self.seen.get(id) != order]
        for order in self.changed:
            before = self.seen.get(order.id)
            assert order.version == (1 if before is None else before.version + 1)
        self.seen = orders

    def orders(self) -> dict[str, Order]:
        """Give all orders by id, by number."""
        with self.school.store.transaction(self.school.project.id, writes=False) as transaction:
            found = [one for contact in CONTACTS for one in transaction.orders_of(contact)]
        return {order.id: order for order in sorted(found, key=lambda order: order.number)}

    def funnels(self) -> dict[str, Funnel]:
        """Give all funnels by id."""
        with self.school.store.transaction(self.school.project.id, writes=False) as transaction:
            return {funnel.id: funnel for funnel in transaction.all_funnels()}

    def told(self) -> list[OutboxRow]:
        """Take what is waiting in the outbox."""
        store, project = self.school.store, self.school.project.id
        rows = list(store.pending(project, limit=1000))
        store.mark_sent(project, [row.id for row in rows], at=self.school.now)
        self.rows += rows
        return rows

    def access_of_all(self, at: datetime) -> list[Access]:
        """Give what everybody may learn at an instant."""
        plan = self.school.orders.plan
        return [plan(contact=contact, product=product).access(at) for contact in CONTACTS for product in PRODUCTS]

    # What is always so

    @invariant()
    def history_tells_the_order(self) -> None:
        """Folding the history gives the stored order; its version counts the commands that changed it (O10, K2)."""
        for order in self.changed:
            check_history(order, self.school.history(order.id))

    @invariant()
    def books_agree(self) -> None:
        """Sums, states and statuses are those on paper (P2, P7, M5, F2)."""
        assert list(self.seen) == list(self.paper.orders)
        for id, order in self.seen.items():
            assert _as_on_paper(order) == _on_paper(self.paper.orders[id])

    @invariant()
    def no_more_is_refunded_by_hand_than_was_paid(self) -> None:
        """Only a gateway may tell of more (P9)."""
        for payment in (payment for order in self.changed for payment in order.payments):
            by_gateway = any(refund.reference is not None for refund in payment.refunds)
            assert by_gateway or not payment.refunds or (payment.paid and payment.refunded <= payment.paid.amount)

    @invariant()
    def no_more_is_asked_than_is_owed(self) -> None:
        """P15: what payment options ask together is never more than what those by hand leave of the balance; nothing is
        asked of an order that is cancelled or superseded, nor by an option of one that is refunded.
        """
        for order in self.changed:
            asks, unpaid = asked_of(order), [one for one in order.payments if one.state is PaymentState.UNPAID]
            by_hand = {one.id: one.amount for one in unpaid if one.by_hand}
            assert set(asks) <= {one.id for one in unpaid}
            if order.cancelled_at is not None or order.superseded_by is not None:
                assert not asks
                continue
            assert {id: asks.get(id) for id in by_hand} == by_hand
            options = sum(amount.minor for id, amount in asks.items() if id not in by_hand)
            left = order.sums.balance.minor - sum(amount.minor for amount in by_hand.values())
            assert 0 <= options <= max(left, 0)
            assert not options or order.payment_status is not PaymentStatus.REFUNDED

    @invariant()
    def what_is_asked_now_is_asked_in_a_span(self) -> None:
        """P15: the spans in which payments ask say the same of now as the card."""
        for order in self.changed:
            now = self.school.now
            spans = {id: [s for s in some if s.starts_at <= now and (s.ends_at is None or now < s.ends_at)]
                     for id, some in asked_spans(order).items()}  # fmt: skip
            assert {id: some[0].amount for id, some in spans.items() if some} == asked_of(order)

    @invariant()
    def sums_add_up(self) -> None:
        """M5: what is shown of a total adds up, and it is never negative."""
        for order in self.changed:
            check_total(order)

    @invariant()
    def what_was_resolved_stays_resolved(self) -> None:
        """P16: an item that was resolved by hand does not come back, whatever is reported again."""
        for order in self.changed:
            resolved = set[str]()
            for row in self.school.history(order.id):
                if isinstance(row.event, AttentionResolved) and not row.event.by_itself:
                    resolved.update(row.event.items)
            assert not resolved & {item.id for item in order.attention}

    @invariant()
    def a_certificate_is_given_once(self) -> None:
        """No two stand for one product of an order, and no number is given twice in the project (C3).

        Another order may carry one on: then it stands there, and there only (C4).
        """
        given = [(order.id, one) for order in self.seen.values() for one in order.certificates]
        standing = [(order, one) for order, one in given if one.revoked_at is None]
        assert len({(order, one.product) for order, one in standing}) == len(standing)
        assert len({one.number for _, one in standing}) == len(standing)
        issued = [one.number for _, one in given if one.carried_from is None]
        assert len(set(issued)) == len(issued)

    @invariant()
    def every_order_stands_somewhere(self) -> None:
        """In exactly one existing status of exactly one funnel, of which one is the default (F2, F7)."""
        for order in self.seen.values():
            assert [one.id for one in self.paper.funnels[order.funnel].statuses].count(order.status) == 1
        assert [funnel.default for funnel in self.paper.funnels.values()].count(True) == 1

    @invariant()
    def one_period_is_unpaid_at_most(self) -> None:
        """P13: no unpaid period is followed by another."""
        for order in self.changed:
            standing.one_period_is_unpaid_at_most(order)

    @invariant()
    def jobs_change_no_access(self) -> None:
        """A8: whether jobs ran never changes access."""
        for order in self.changed:
            standing.jobs_change_no_access(self.school, order)

    @invariant()
    def answers_hold_and_agree(self) -> None:
        """Answers hold until they change (A7); schedule, access and lessons agree where nothing is to be paid (L12)."""
        for order in self.changed:
            for line in order.lines:
                plan, now = self.school.orders.plan(contact=order.contact, product=line.product), self.school.now
                standing.hold_until_they_change(plan, now)
                if not self._is_to_be_paid(order.contact, line.product):
                    standing.schedule_and_access_agree(plan, now)
                    standing.schedule_and_lessons_agree(plan, now)

    def _is_to_be_paid(self, contact: str, product: str) -> bool:
        orders = [order for order in self.seen.values() if order.contact == contact]
        theirs = [order for order in orders if any(line.product == product for line in order.lines)]
        return any(order.subscription is not None or asked_of(order) for order in theirs)

    @invariant()
    def letters_are_sent_once_and_hold_nothing_internal(self) -> None:
        """No letter's key comes twice (N2); neither a letter nor the customer's view says what is internal (V5)."""
        rows = self.told()

        letters = [row for row in self.rows if row.kind == "letter"]
        assert len({row.key for row in letters}) == len(letters)
        assert len({row.id for row in self.rows}) == len(self.rows)
        assert INTERNAL not in str([row.data for row in rows if row.kind == "letter"])
        for order in self.changed:
            assert INTERNAL not in str(self.world.ask(CustomerOrderQuery(order=order.id)))
            self.world.ask(OrderQuery(order=order.id))


def _outcome(carry_out: Callable[[], T]) -> T | KwigaOrdersError:
    """Give what something comes to, or why it does not."""
    try:
        return carry_out()
    except KwigaOrdersError as error:
        return error


def _apart_from_its_place(order: Order) -> Order:
    # a command ends what is weighed together of reports (P11), whether or not it changes anything about money
    return attrs.evolve(order, funnel="", status="", version=0, updated_at=order.created_at, heard=None)


def _as_on_paper(order: Order) -> dict[str, object]:
    sums = order.sums
    return {
        "total": sums.total.minor,
        "paid": sums.paid.minor,
        "refunded": sums.refunded.minor,
        "payment_status": sums.status.value,
        "payments": [
            (one.state.value, one.amount.minor, one.on_top.minor if one.on_top else 0, one.due_at)
            for one in order.payments
        ],
        "asked": [asked_of(order).get(one.id, Money.zero(order.currency)).minor for one in order.payments],
        "place": (order.funnel, order.status),
        "activated_at": order.activated_at,
        "cancelled": order.cancelled_at is not None,
        "superseded": order.superseded_by is not None,
        "certificates": [(one.product, one.revoked_at is not None) for one in order.certificates],
    }


def _on_paper(order: PlainOrder) -> dict[str, object]:
    return {
        "total": order.total,
        "paid": order.paid,
        "refunded": order.refunded,
        "payment_status": order.payment_status,
        "payments": [(one.state, one.amount, one.on_top, one.due_at) for one in order.payments],
        "asked": order.asked,
        "place": (order.funnel, order.status),
        "activated_at": order.activated_at,
        "cancelled": order.cancelled,
        "superseded": order.superseded,
        "certificates": [(one.product, one.revoked) for one in order.certificates],
    }


def _periods_on_paper(order: Order) -> Iterator[Period]:
    for one in order.payments:
        if one.period is not None:
            yield one.period, one.due_at, None if one.voided_at is None else one.voided_by


def _attempt_on_paper(attempt: Attempt) -> PlainAttempt:
    came = attempt.amount.minor if attempt.counts and attempt.amount else 0
    return PlainAttempt(attempt.outcome, attempt.at, attempt.reference or "", came, attempt.version)


def _refund_on_paper(refund: Refund) -> PlainRefund:
    has_reference = refund.reference is not None
    return PlainRefund(refund.at, refund.kept.minor, refund.held.minor, refund.version, has_reference)


class OnMemory(PaperMachine):
    """In memory."""

    enter = WORLDS["memory"]


def _share(share: float) -> settings:
    """Give more or fewer examples than the profile says: what waits for a disk cannot try as often."""
    return settings(max_examples=max(int(settings().max_examples * share), 1))


def _in(world: str, share: float) -> type[TestCase]:
    """Give the machine's tests in a world."""
    machine: type[PaperMachine] = type(f"On {world}", (PaperMachine,), {"enter": WORLDS[world]})
    case = machine.TestCase
    case.settings = _share(share)
    return case


TestOnMemory = _in("memory", 1.5)
TestOnAwaitedMemory = _in("memory, awaited", 1 / 4)
TestOnSqlite = _in("sqlite", 1 / 4)
TestOnAwaitedSqlite = _in("sqlite, awaited", 1 / 8)
TestOnPostgres = _in("postgresql", 1 / 8)
TestOnAwaitedPostgres = _in("postgresql, awaited", 1 / 16)
