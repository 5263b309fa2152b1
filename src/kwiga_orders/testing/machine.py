"""A hypothesis state machine on a host's own school: the laws hold, whatever people do in whatever order.

    class MyMachine(SchoolMachine):
        school = my_school                    # your project, courses, offers, store

        @invariant()
        def who_paid_learns(self): ...        # your own laws; self.the_school, self.orders()

    TestMySchool = MyMachine.TestCase

Most commands are likely to be accepted (`likely`). Time passes, and a worker does the due work.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import ClassVar

from kwiga_orders.commands import Command
from kwiga_orders.errors import Conflict, NotFound, Refused
from kwiga_orders.extras import extra
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.evolve import replayed
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import PaymentState
from kwiga_orders.policy import POLICY, Policy, Visitor
from kwiga_orders.service import Orders
from kwiga_orders.testing.likely import WAITS, likely_at, openings_at, orders_at
from kwiga_orders.testing.school import School

with extra("testing"):
    from hypothesis import event
    from hypothesis import strategies as st
    from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

__all__ = ["SchoolMachine", "check_history", "check_total"]

_MOMENT = timedelta(microseconds=1)


# decision 0059: functions, because the project's own machine checks the same laws
def check_history(order: Order, history: Sequence[Recorded]) -> None:
    """Assert that replaying the history gives the order, and that it has a row for every version (O10, K2)."""
    assert replayed(history) == order
    assert sorted({row.version for row in history}) == list(range(1, order.version + 1))


def check_total(order: Order) -> None:
    """Assert that the total of an order adds up and is not negative (M5)."""
    assert order.total.minor >= 0
    assert order.discount_amount.minor >= 0
    if order.subscription is None:
        assert order.total == order.price - order.discount_amount + order.plan_adds + order.on_top


def _selling() -> School:
    """Give a school that sells something."""
    school = School()
    school.sells()
    return school


class SchoolMachine(RuleBasedStateMachine):
    """Executes commands at a school, and checks every order that they change.

    `school` makes a new one for each run, as `the_school`; it must sell something. `changed` are the orders that the
    last step changed. If there are `visitors`, they take turns to give the commands, within the `policy` (K8). `given`
    and `accepted` count the commands of all runs.
    """

    school: ClassVar[Callable[[], School]] = _selling
    visitors: ClassVar[Sequence[Visitor]] = ()
    policy: ClassVar[Policy] = POLICY
    given: ClassVar[int] = 0
    accepted: ClassVar[int] = 0

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # a plain function in a class would become a method and get the machine as its first argument
        if not isinstance(vars(cls).get("school"), type | staticmethod | None):
            cls.school = staticmethod(vars(cls)["school"])

    def __init__(self) -> None:
        super().__init__()
        self.the_school = type(self).school()
        self.changed: list[Order] = []
        self.seen: dict[str, Order] = {}

    def orders(self) -> Sequence[Order]:
        """Give all orders of the school, by number."""
        return orders_at(self.the_school)

    # What happens

    @initialize(pick=st.integers(0, 99))
    def somebody_comes(self, pick: int) -> None:
        """A contact opens an offer."""
        found = openings_at(self.the_school)
        assert found, "the school of a machine sells something"
        self.carry_out(found[pick % len(found)])

    @rule(pick=st.integers(0, 99))
    def somebody_comes_again(self, pick: int) -> None:
        """A contact opens an offer."""
        self.somebody_comes(pick)

    @rule(which=st.integers(0, 9), pick=st.integers(0, 99), wait=st.sampled_from(WAITS))
    def what_makes_sense(self, which: int, pick: int, wait: timedelta) -> None:
        """A command that should be accepted, as far as the school can tell."""
        self.passes(wait)
        if likely := likely_at(self.the_school, which):
            self.carry_out(likely[pick % len(likely)])

    @rule(which=st.integers(0, 9), pick=st.integers(0, 99), wait=st.sampled_from(WAITS))
    def what_makes_sense_too(self, which: int, pick: int, wait: timedelta) -> None:
        """The same rule again, so that it is drawn more often."""
        self.what_makes_sense(which, pick, wait)

    @rule(wait=st.sampled_from(WAITS))
    def a_worker_comes(self, wait: timedelta) -> None:
        """Time passes, and a worker executes the due work and sends what waits."""
        self.passes(wait)
        self.the_school.works()
        self.note_what_changed()

    def passes(self, wait: timedelta) -> None:
        """Let time pass."""
        self.the_school.clock.set(self.the_school.now + wait)

    def carry_out(self, command: Command) -> None:
        """Execute a command, by the next visitor if there are any. A refused command must change nothing."""
        type(self).given += 1
        try:
            if self.visitors:
                self._acting(type(self).given).execute(command)
            else:
                self.the_school.does(command)
        except (Refused, NotFound, Conflict) as refused:
            event(f"refused: {refused.code}")
            assert {one.id: one for one in self.orders()} == self.seen, f"{command.name} was refused, and changed it"
        else:
            type(self).accepted += 1
        self.note_what_changed()

    def _acting(self, turn: int) -> Orders:
        # in turn instead of drawn, because a drawn visitor would make examples harder to shrink
        visitor = self.visitors[turn % len(self.visitors)]
        return self.the_school.orders.acting(visitor.actor, role=visitor.role, policy=self.policy)

    def note_what_changed(self) -> None:
        """Remember all orders, and which of them this step changed."""
        orders = {one.id: one for one in self.orders()}
        self.changed = [one for id, one in orders.items() if self.seen.get(id) != one]
        self.seen = orders

    # What always holds

    @invariant()
    def history_tells_the_order(self) -> None:
        """O10, K2: replaying the history gives the stored order; its version counts the commands that changed it."""
        for order in self.changed:
            check_history(order, self.the_school.history(order.id))

    @invariant()
    def answers_hold_until_they_change(self) -> None:
        """A7: the answer of now holds until `next_change_at`, and changes there."""
        for order in self.changed:
            for line in order.lines:
                plan = self.the_school.orders.plan(contact=order.contact, product=line.product)
                answer = plan.access(self.the_school.now)
                if answer.next_change_at is not None:
                    assert plan.access(answer.next_change_at - _MOMENT) == answer
                    assert plan.access(answer.next_change_at) != answer

    @invariant()
    def money_is_kept(self) -> None:
        """M5, P15: sums add up and are never negative; only unpaid payments of a live order ask for money."""
        for order in self.changed:
            check_total(order)
            asks = asked_of(order)
            unpaid = {one.id for one in order.payments if one.state is PaymentState.UNPAID}
            is_over = order.cancelled_at is not None or order.superseded_by is not None
            assert set(asks) <= (set() if is_over else unpaid)

    @invariant()
    def every_order_stands_somewhere(self) -> None:
        """F2: every order is in one existing status of one funnel."""
        with self.the_school.store.transaction(self.the_school.project.id, writes=False) as records:
            funnels = {funnel.id: [one.id for one in funnel.statuses] for funnel in records.all_funnels()}
        for order in self.changed:
            assert funnels[order.funnel].count(order.status) == 1
