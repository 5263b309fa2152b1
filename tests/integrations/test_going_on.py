"""N1, P4, P14: what always fails for one order keeps no other from its turn; only without the store it ends."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal

import attrs
import pytest

from kwiga_orders.adapters.memory import (
    AsyncMemoryCourses,
    AsyncMemoryOrderStore,
    AsyncMemoryProgress,
    MemoryOrderStore,
)
from kwiga_orders.aio import AsyncOrders
from kwiga_orders.changes import Receipt
from kwiga_orders.commands import Command
from kwiga_orders.due import RunDue
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.gateways import GatewayFact, StateRequest
from kwiga_orders.orders.commands import AddPayment
from kwiga_orders.payments import Outcome
from kwiga_orders.service import Orders
from kwiga_orders.testing.gateways import AsyncFakeGateway, FakeGateway
from kwiga_orders.turns import Turn
from tests.integrations.desk import Desk

BROKEN = AdapterFailed("gateway.unreachable", gateway="fake")
GONE = AdapterFailed("store.lost")


class Picky(FakeGateway):
    """A gateway that knows what another one does, but fails about some payments; it notes what it is asked about."""

    def __init__(self, desk: Desk, failing: dict[str, Exception]) -> None:
        super().__init__(desk.clock)
        self.whole, self.failing = desk.gateway, failing
        self.asked: list[str] = []

    def state_of(self, request: StateRequest, /) -> Sequence[GatewayFact]:
        """Fail, or tell."""
        self.asked.append(request.payment)
        if request.payment in self.failing:
            raise self.failing[request.payment]
        return self.whole.state_of(request)


def three_unknown() -> tuple[Desk, list[str]]:
    """Give an office where nobody heard that three payments were paid, two of them of one order; and their ids."""
    desk = Desk()
    other = desk.makes()
    payments = [desk.first, desk.owes(other, "400.00", gateway="fake"), desk.owes(other, "600.00", gateway="fake")]
    for payment in payments:
        order, _, number = payment.rpartition(".")
        reference = desk.gateway.pays(desk.orders.payment_link(order=order, payment=payment).url)
        desk.hears(order, Outcome.UNKNOWN, int(number), gateway="fake", reference=reference)
    return desk, payments


def paid(desk: Desk, payments: Sequence[str]) -> list[bool]:
    """Tell of each payment whether it is known to be paid."""
    places = [one.rpartition(".") for one in payments]
    return [desk.payment(order, int(number)).paid is not None for order, _, number in places]


def resolve(desk: Desk, gateway: Picky) -> int:
    """Ask about all that is open."""
    return attrs.evolve(desk.orders, gateways={"fake": gateway}).resolve_unknown()


def resolve_awaited(desk: Desk, gateway: Picky) -> int:
    """Ask about all that is open, awaited."""
    assert isinstance(desk.store, MemoryOrderStore)
    orders = AsyncOrders(
        project="school",
        store=AsyncMemoryOrderStore(desk.store),
        courses=AsyncMemoryCourses(desk.courses),
        progress=AsyncMemoryProgress(desk.progress),
        clock=desk.clock,
        ids=desk.orders.ids,
        gateways={"fake": AsyncFakeGateway(gateway)},
    )
    return asyncio.run(orders.resolve_unknown())


@pytest.mark.parametrize("resolve_all", [resolve, resolve_awaited])
class TestStates:
    """P4: a gateway is asked about every open attempt, whatever it fails about."""

    @pytest.mark.parametrize("bad", range(3))
    def test_one_always_fails(self, resolve_all: Callable[[Desk, Picky], int], bad: int) -> None:
        """All others are asked about, those of its order, too; what failed is raised at the end."""
        desk, payments = three_unknown()
        gateway = Picky(desk, {payments[bad]: BROKEN})

        with pytest.raises(AdapterFailed) as problem:
            resolve_all(desk, gateway)

        assert problem.value == BROKEN
        assert sorted(gateway.asked) == sorted(payments)
        assert paid(desk, payments) == [n != bad for n in range(3)]

    def test_the_store_is_gone(self, resolve_all: Callable[[Desk, Picky], int]) -> None:
        """Nobody else is asked about: the answer could not be recorded."""
        desk, payments = three_unknown()
        gateway = Picky(desk, dict.fromkeys(payments, GONE))

        with pytest.raises(AdapterFailed) as problem:
            resolve_all(desk, gateway)

        assert (problem.value, len(gateway.asked)) == (GONE, 1)


class TestOneOrder:
    """P4: an order is asked about by hand."""

    def test_first_payment_fails(self) -> None:
        """The second payment is asked about before the failure is raised."""
        desk, payments = three_unknown()
        _, first, second = payments
        gateway = Picky(desk, {first: BROKEN})
        with pytest.raises(AdapterFailed):
            attrs.evolve(desk.orders, gateways={"fake": gateway}).resolve(first.rpartition(".")[0])
        assert paid(desk, [first, second]) == [False, True]


class Failing(Orders):
    """Orders for some of which nothing that falls due can be carried out."""

    def __init__(self, orders: Orders, failing: dict[str, Exception]) -> None:
        super().__init__(**{one.name: getattr(orders, one.name) for one in attrs.fields(Orders)})
        object.__setattr__(self, "failing", failing)

    def execute(self, command: Command) -> Receipt:
        """Fail, or execute."""
        failing: dict[str, Exception] = vars(self)["failing"]
        if isinstance(command, RunDue) and command.order in failing:
            raise failing[command.order]
        return super().execute(command)


class TestDue:
    """P14: what falls due of one order does not wait for that of another."""

    def six_due(self) -> tuple[Desk, list[str]]:
        """Give an office where a payment of each of six orders fell due, and the orders, the longest due first."""
        desk = Desk()
        orders = [*(desk.makes() for _ in range(5)), desk.id]
        for days, order in enumerate(orders, start=1):
            desk.orders.execute(AddPayment(order=order, amount=Decimal(5), due_at=desk.now + timedelta(days)))
        desk.lets_pass(timedelta(days=7))
        return desk, orders

    @pytest.mark.parametrize("problem", [ValueError("x"), AdapterFailed("courses.unreachable")])
    def test_many_fail(self, problem: Exception) -> None:
        """However many fail, the one behind them has its turn; each of the others failed once."""
        desk, orders = self.six_due()
        turn = Turn()

        assert Failing(desk.orders, dict.fromkeys(orders[:5], problem)).run_due(limit=2, turn=turn) == 2
        assert (turn.failed, turn.succeeded) == ([problem] * 5, orders[5:])

    def test_raised_at_the_end(self) -> None:
        """Without a turn the first failure is raised when the others are done."""
        desk, orders = self.six_due()
        problem = AdapterFailed("courses.unreachable")

        with pytest.raises(AdapterFailed) as raised:
            Failing(desk.orders, {orders[0]: problem}).run_due()

        assert raised.value is problem
        assert [item.order for item in desk.orders.due()] == orders[:1] * 2

    def test_the_store_is_gone(self) -> None:
        """The turn ends at once, and what came before it is known to have failed."""
        desk, orders = self.six_due()
        problem = ValueError("x")
        turn = Turn()

        with pytest.raises(AdapterFailed) as raised:
            Failing(desk.orders, {orders[0]: problem, orders[1]: GONE}).run_due(turn=turn)

        assert (raised.value, turn.failed, turn.succeeded) == (GONE, [problem], [])
