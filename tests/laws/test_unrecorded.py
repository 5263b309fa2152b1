"""P11: a callback records every fact it can, one by one, says which it could not, and keeps those as anomalies."""

from collections.abc import Callable

import pytest

from kwiga_orders.errors import AdapterFailed
from kwiga_orders.gateways import Callback, GatewayFact
from kwiga_orders.money import Money
from kwiga_orders.orders.commands import AddPayment
from kwiga_orders.payments import Outcome, PaymentState
from kwiga_orders.queries import OrderQuery
from kwiga_orders.testing.gateways import FakeGateway
from kwiga_orders.testing.school import School


@pytest.fixture
def school() -> School:
    """A school with a gateway, and an order that owes 500.00 through it."""
    school = School()
    school.connects("fake")
    school.sells(price="500.00")
    return school


def paid(order: str, reference: str = "R", amount: int = 50_000) -> GatewayFact:
    """Give the fact that an order's first payment was paid."""
    return GatewayFact(
        payment=f"{order}.1", reference=reference, outcome=Outcome.SUCCEEDED, amount=Money(amount, "UAH")
    )


def nothing_back(order: str, reference: str = "Z") -> GatewayFact:
    """Give a fact that no rule can record: a refund of nothing."""
    return GatewayFact(
        kind="refund",
        payment=f"{order}.1",
        reference=reference,
        outcome=Outcome.SUCCEEDED,
        amount=Money(0, "UAH"),
    )


def received(school: School, *facts: GatewayFact) -> Callback:
    """Let the gateway call with these facts."""
    gateway = school.orders.gateways["fake"]
    assert isinstance(gateway, FakeGateway)
    delivery = gateway.signed(*facts)
    return school.orders.receive("fake", delivery.body, delivery.headers)


class TestP11:
    """Reports from a gateway may come twice, late, or out of order; what cannot be recorded is kept, and flagged."""

    def test_the_first_cannot_be_recorded(self, school: School) -> None:
        """The second one is recorded all the same; the first is an anomaly that a person looks at."""
        order = school.opens()

        callback = received(school, nothing_back(order), paid(order))

        assert school.order(order).payment(f"{order}.1").state is PaymentState.PAID
        assert [(one.reference, one.code) for one in callback.unrecorded] == [("Z", "input.invalid")]
        assert callback.status == 200
        card = school.orders.ask(OrderQuery(order=order))
        assert card["needs_attention"]
        assert [(one["code"], one["reference"]) for one in card["attention"]] == [("other_amount", "Z")]

    def test_told_again(self, school: School) -> None:
        """The same callback again changes nothing more."""
        order = school.opens()
        received(school, nothing_back(order), paid(order))
        version = school.order(order).version

        received(school, nothing_back(order), paid(order))

        assert school.order(order).version == version

    @pytest.mark.parametrize(
        ("fact", "code"),
        [
            (lambda order: paid(order, "R" * 101), "input.too_large"),
            (lambda order: paid(order, "R\0"), "input.invalid"),
            (lambda order: paid(order, "R", 10**18), "money.too_large"),
        ],
        ids=["reference", "control character", "amount"],
    )
    def test_what_no_rule_takes(self, school: School, fact: Callable[[str], GatewayFact], code: str) -> None:
        """However odd it is, it is kept with the payment, and no sum changes."""
        order = school.opens()

        callback = received(school, fact(order))

        assert [one.code for one in callback.unrecorded] == [code]
        stored = school.order(order)
        assert (stored.sums.paid.minor, len(stored.anomalies)) == (0, 1)

    def test_payments_of_nobody(self, school: School) -> None:
        """What names no payment of the project is told apart, and hinders no other."""
        order = school.opens()

        callback = received(school, paid("nobody"), paid(order))

        assert (callback.unknown, callback.unrecorded) == (("nobody.1",), ())
        assert school.order(order).payment(f"{order}.1").state is PaymentState.PAID

    def test_what_broke_is_called_again(self, school: School, monkeypatch: pytest.MonkeyPatch) -> None:
        """If the store breaks at one fact the others are recorded; then the gateway is told to call again."""
        first, second = school.opens(), school.opens(contact="taras")
        school.does(AddPayment(order=second, amount=Money(100, "UAH").decimal))
        commit = type(school.orders)._commit

        def broken(orders: object, command: object, **how: bool) -> object:
            if getattr(command, "order", None) == first:
                raise AdapterFailed("store.unreachable")
            return commit(orders, command, **how)  # type: ignore[arg-type]

        monkeypatch.setattr(type(school.orders), "_commit", broken)
        with pytest.raises(AdapterFailed):
            received(school, paid(first), paid(second, "S"))

        assert school.order(second).payment(f"{second}.1").state is PaymentState.PAID
