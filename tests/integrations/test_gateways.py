"""P3, P4, P10, P11, N1: links, callbacks, refunds and lost answers, through the service and a gateway in memory."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.errors import NotFound, Refused
from kwiga_orders.gateways import Capabilities, GatewayFact
from kwiga_orders.money import Money
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome, PaymentState
from kwiga_orders.project import Actor
from kwiga_orders.queries import HistoryQuery
from kwiga_orders.testing.gateways import FakeGateway
from tests.integrations.desk import Desk
from tests.laws.office import edit


class TestP3Links:
    """A payment link is made by the gateway port on demand; looking at it or opening it changes nothing."""

    def test_made_on_demand(self) -> None:
        """It is for the payment and its amount, and the order is as it was."""
        desk = Desk()
        before = desk.card(desk.id)

        link = desk.orders.payment_link(order=desk.id, payment=desk.first)

        assert (link.payment, str(link.amount)) == (desk.first, "1000.00 UAH")
        assert desk.card(desk.id) == before

    def test_only_what_is_owed_through_a_gateway(self) -> None:
        """Not what is paid, void, paid in cash, or through no gateway; one that is not connected is not even named."""
        desk = Desk()
        paid = desk.owes(desk.id, "1.00", gateway="fake", paid=True)
        void = desk.owes(desk.id, "1.00", gateway="fake")
        desk.does(asked.VoidPayment(order=desk.id, payment=void))
        cash = desk.owes(desk.id, "1.00", gateway="fake", method="cash")
        none = desk.owes(desk.id, "1.00")

        codes = [self.refusal(desk, payment) for payment in (paid, void, cash, none)]

        assert codes == [*["payment.not_owed"] * 2, *["gateway.unavailable"] * 2]
        with pytest.raises(Refused, match=r"gateway\.unavailable"):
            desk.owes(desk.id, "1.00", gateway="stripe")
        with pytest.raises(NotFound):
            desk.orders.payment_link(order="o0", payment="o0.1")

    def refusal(self, desk: Desk, payment: str) -> str:
        with pytest.raises(Refused) as refused:
            desk.orders.payment_link(order=desk.id, payment=payment)
        return refused.value.code

    def test_only_currencies_that_the_gateway_takes(self) -> None:
        """A gateway says what it can do."""
        desk = Desk()
        desk.gateway.capabilities = Capabilities(currencies=frozenset({"EUR"}))

        assert self.refusal(desk, desk.first) == "gateway.unavailable"

    def test_an_attempt_is_answered_with_the_link(self) -> None:
        """`start_attempt` gives the gateway's link; what is paid by it is told of that very attempt."""
        desk = Desk()
        begin = asked.StartAttempt(order=desk.id, payment=desk.first)
        _, second = desk.orders.execute(begin), desk.orders.execute(begin)
        assert second.link is not None

        desk.gateway.pays(second.link)
        desk.gateway.delivers(desk.receives)

        assert [attempt.outcome.value for attempt in desk.attempts(desk.id)] == ["pending", "succeeded"]

    def test_answered_again(self) -> None:
        """K1: under its idempotency key the attempt is the same; paid meanwhile, it needs no link."""
        desk = Desk()
        command = asked.StartAttempt(order=desk.id, payment=desk.first, idempotency_key="k1")
        first, second = desk.orders.execute(command), desk.orders.execute(command)
        desk.is_paid()

        third = desk.orders.execute(command)

        assert first == second
        assert (third.made, third.link) == (first.made, None)

    def test_the_old_link(self) -> None:
        """After an edit the old link pays no more: its amount is another one, which is kept and flagged."""
        desk = Desk()
        old = desk.link()
        desk.does(edit(desk.id, amount=Decimal(900)))

        desk.gateway.pays(old)
        desk.gateway.delivers(desk.receives)

        assert desk.payment(desk.id).state is PaymentState.UNPAID
        assert [str(one.amount) for one in desk.order(desk.id).anomalies] == ["1000.00 UAH"]
        assert desk.card(desk.id)["needs_attention"]


class TestP11Callbacks:
    """Reports from a gateway may come twice, late, or out of order."""

    def test_paid(self) -> None:
        """A callback becomes a report, is answered as the gateway wants, and says who told."""
        desk = Desk()
        reference = desk.gateway.pays(desk.link())

        (answer,) = desk.gateway.delivers(desk.receives)

        assert (answer.status, answer.content_type) == (200, "application/json")
        assert reference.encode() in answer.body
        assert desk.payment(desk.id).state is PaymentState.PAID
        assert desk.history(desk.id)[-1].actor == Actor(kind="gateway", id="fake")

    def test_of_nobody_here(self) -> None:
        """A payment that is not in the project is acknowledged, and named to the host."""
        desk = Desk()
        facts = [
            GatewayFact(payment=id, reference="x", outcome=Outcome.SUCCEEDED) for id in ("o9.1", "nonsense", desk.first)
        ]
        told = desk.gateway.signed(*facts)

        answer = desk.receives(told.body, told.headers)

        assert answer.unknown == ("o9.1", "nonsense")
        assert answer.status == 200
        assert desk.payment(desk.id).state is PaymentState.PAID

    def test_not_signed(self) -> None:
        """What nobody signed changes nothing; nor does the signature of another gateway's secret."""
        desk = Desk()
        forger = FakeGateway(desk.clock, secret=b"guessed")
        told = forger.signed(GatewayFact(payment=desk.first, reference="x", outcome=Outcome.SUCCEEDED))

        with pytest.raises(Refused, match=r"callback\.not_verified"):
            desk.receives(told.body, told.headers)
        with pytest.raises(Refused, match=r"gateway\.unavailable"):
            desk.orders.receive("stripe", told.body, told.headers)

        assert desk.payment(desk.id).state is PaymentState.UNPAID

    @pytest.mark.parametrize("kind", ["attempt", "refund", "chargeback"])
    def test_another_currency(self, kind: str) -> None:
        """M2, P11: 1000 dollars are not 1000 hryvnias; they are kept and flagged."""
        desk = Desk()
        if kind != "attempt":
            desk.is_paid()
        sums = desk.order(desk.id).sums
        fact = GatewayFact(
            kind=kind,  # type: ignore[arg-type]
            payment=desk.first,
            reference="x",
            outcome=Outcome.SUCCEEDED,
            amount=Money.of(1000, "USD"),
        )
        told = desk.gateway.signed(fact)

        desk.receives(told.body, told.headers)

        assert desk.order(desk.id).sums == sums
        assert [str(one.amount) for one in desk.order(desk.id).anomalies] == ["1000.00 USD"]

    def story(self) -> Desk:
        """A declined card, a second one, a refund at the gateway's desk, and a chargeback; nothing delivered yet."""
        desk = Desk()
        desk.gateway.pays(desk.link(), succeeds=False, reason="declined")
        paid = desk.gateway.pays(desk.link())
        desk.clock.set(desk.now + timedelta(hours=1))
        desk.gateway.takes_back(paid, Money.of(300, "UAH"), kind="refund")
        desk.clock.set(desk.now + timedelta(hours=1))
        desk.gateway.takes_back(paid, Money.of(100, "UAH"), kind="chargeback")
        return desk

    def state(self, desk: Desk) -> object:
        """Give what there is to know of the order, whatever its versions; rows by reference."""
        order, payment = desk.order(desk.id), desk.payment(desk.id)
        return (
            payment.state,
            order.sums,
            order.activated_at,
            order.needs_attention,
            {(one.reference, one.outcome, one.at, one.reason) for one in payment.attempts},
            {(one.reference, one.outcome, one.at, one.amount, one.chargeback) for one in payment.refunds},
            [desk.access(at=f"2026-11-01 {hour}:00") for hour in range(10, 15)],
        )

    @pytest.mark.parametrize("plan", list(permutations(range(4))))
    def test_any_order(self, plan: Sequence[int]) -> None:
        """P11: every order of the same callbacks ends in the same state."""
        desk, other = self.story(), self.story()
        other.gateway.delivers(other.receives)

        desk.gateway.delivers(desk.receives, plan)

        assert self.state(desk) == self.state(other)

    @given(plan=st.lists(st.integers(0, 3), max_size=10))
    def test_twice_and_never(self, plan: list[int]) -> None:
        """P4, P11: whatever came twice, out of order or never, asking the gateway ends in the same state."""
        desk, other = self.story(), self.story()
        other.gateway.delivers(other.receives)

        desk.gateway.delivers(desk.receives, plan)
        desk.orders.resolve(desk.id)

        assert self.state(desk) == self.state(other)
        version = desk.order(desk.id).version
        desk.orders.resolve(desk.id)
        assert desk.order(desk.id).version == version

    def test_the_token_is_not_shown(self) -> None:
        """What a gateway saved takes money: neither the history nor a row of the outbox shows it."""
        desk = Desk()
        reference = desk.gateway.pays(desk.link(), saves=True)
        desk.gateway.delivers(desk.receives)
        desk.relays()

        success = desk.payment(desk.id).success
        assert success is not None
        assert success.means is not None
        assert reference in success.means.token
        shown = (desk.orders.ask(HistoryQuery(order=desk.id)), desk.card(desk.id), desk.notifier.rows, success)
        assert success.means.token not in str(shown)
