"""The conditions of `PaymentGateway` as tests. The author of an adapter subclasses the suite and provides a bench.

    class TestMyGateway(PaymentGatewayContract):
        @contextmanager
        def open_bench(self):
            with MyGatewayInASandbox() as bench:
                yield bench

A bench is the gateway together with control over its side: customers who pay, and connections that break. Each test
names the condition of `ports.PaymentGateway` ("PaymentGateway 1") that it proves. An async gateway is tested as a
`BlockingGateway`. `lacks` says what a gateway cannot do and why, and must agree with its capabilities. A sandbox that
remembers earlier requests needs an `id_prefix` that differs in each run.
"""

from datetime import timedelta
from functools import partial
from typing import cast

import attrs

from kwiga_orders.errors import AdapterFailed
from kwiga_orders.extras import extra
from kwiga_orders.gateways import (
    StateRequest,
)
from kwiga_orders.payments import Outcome
from kwiga_orders.ports import ListingGateway
from kwiga_orders.testing.gateway_bench import (
    GatewayBench,
    GatewaySuite,
    asking_of,
    believed,
    expressed,
    gone_back,
    refund_of,
    refuse,
    reported_or_failed,
    told_of,
)
from kwiga_orders.testing.requirements import requires

with extra("testing"):
    import pytest

__all__ = ["GatewayBench", "PaymentGatewayContract"]


class PaymentGatewayContract(GatewaySuite):
    """All conditions of `PaymentGateway`."""

    def test_what_it_can_do(self, bench: GatewayBench) -> None:
        """Capabilities: they agree with what the suite says it lacks, and it accepts the currencies of the bench."""
        can = bench.gateway.capabilities
        known = {
            "saved_means": can.saved_means,
            "refunds": can.refunds,
            "partial_refunds": can.partial_refunds,
            "lists": can.lists,
        }

        assert {name for name, is_able in known.items() if not is_able} == known.keys() & self.lacking().keys()
        assert all(map(can.takes, bench.currencies))

    # 1 and 9: links and states

    def test_a_link_changes_nothing(self, bench: GatewayBench) -> None:
        """PaymentGateway 1: a link is for the payment and amount asked for, and making it creates no attempt."""
        asked = self.link_request(bench)

        links = [bench.gateway.make_link(asked) for _ in range(2)]

        assert {(link.payment, link.amount) for link in links} == {(asked.payment, asked.amount)}
        assert all(link.url.startswith("https://") for link in links)
        assert (*bench.gateway.state_of(asking_of(asked)), *bench.called()) == ()

    def test_what_it_never_heard_of(self, bench: GatewayBench) -> None:
        """PaymentGateway 9: for a payment that it does not know, it reports nothing."""
        assert tuple(bench.gateway.state_of(asking_of(self.link_request(bench)))) == ()

    def test_asking_changes_nothing(self, bench: GatewayBench) -> None:
        """PaymentGateway 9: asked twice for a state, it reports the same, and sends no callback."""
        paid = self.paid(bench)

        first, second = (list(bench.gateway.state_of(asking_of(paid.link))) for _ in range(2))

        assert first == second
        assert bench.called() == ()

    # 5 and 8: the same attempt in callbacks and states

    @pytest.mark.parametrize("minor", [1_999, 11_515, 100_001, 43_500])
    def test_money_keeps_its_amount(self, bench: GatewayBench, minor: int) -> None:
        """PaymentGateway 5: the paid amount is the requested amount, to the last minor unit of every currency.

        An amount that the gateway cannot express is refused before anybody pays, and never rounded.
        """
        taken = 0
        for currency in bench.currencies:
            asked = self.link_request(bench, currency, minor=minor)
            paid = expressed(partial(self.paid, bench, asked))
            if paid is None:
                continue
            taken += 1
            known = bench.gateway.state_of(asking_of(asked, paid.fact.reference))
            assert [one.amount for one in (paid.fact, *known)] == [asked.amount] * (1 + len(known))
        assert taken, "it takes this amount in none of its currencies"

    def test_a_link_is_for_its_amount(self, bench: GatewayBench) -> None:
        """PaymentGateway 1: after an edit a payment has another link, through which the new amount is paid (P3)."""
        before = self.link_request(bench)
        after = attrs.evolve(before, amount=before.amount.split(2)[0], attempt=f"{before.payment}.a2")
        bench.gateway.make_link(before)

        paid = self.paid(bench, after)

        assert paid.fact.amount == after.amount

    def test_payments_have_references_of_their_own(self, bench: GatewayBench) -> None:
        """PaymentGateway 8: two paid payments are two attempts, and neither appears in the state of the other."""
        first, second = self.paid(bench), self.paid(bench)

        assert first.fact.reference != second.fact.reference
        for one in (first, second):
            known = bench.gateway.state_of(asking_of(one.link, one.fact.reference))
            assert {fact.reference for fact in known} == {one.fact.reference}

    def test_paid_after_a_decline(self, bench: GatewayBench) -> None:
        """PaymentGateway 3, 8: a decline stays recorded, and the success after it is another attempt."""
        declined = self.paid(bench, succeeds=False)
        again = attrs.evolve(declined.link, attempt=f"{declined.link.payment}.a2")

        paid = self.paid(bench, again)

        references = (declined.fact.reference, paid.fact.reference)
        known = {one.reference: one.outcome for one in bench.gateway.state_of(asking_of(again, *references))}
        assert len(set(references)) == 2
        assert known[paid.fact.reference] is Outcome.SUCCEEDED
        assert known.get(declined.fact.reference, Outcome.FAILED) is Outcome.FAILED

    @pytest.mark.parametrize("succeeds", [True, False])
    def test_callback_and_state_agree(self, bench: GatewayBench, *, succeeds: bool) -> None:
        """PaymentGateway 8: an attempt has the same reference and outcome in callbacks, answers and states."""
        paid = self.paid(bench, succeeds=succeeds)
        (known,) = bench.gateway.state_of(asking_of(paid.link, paid.fact.reference))

        assert paid.fact.outcome is (Outcome.SUCCEEDED if succeeds else Outcome.FAILED)
        assert (known.reference, known.outcome, known.payment) == (
            paid.fact.reference,
            paid.fact.outcome,
            paid.link.payment,
        )

    # 6 and 7: callbacks

    def test_what_was_changed_is_not_believed(self, bench: GatewayBench) -> None:
        """PaymentGateway 6: a body that was changed anywhere gives exactly the signed facts, or is refused."""
        delivery = self.paid(bench).delivery
        signed = bench.gateway.read_callback(delivery.body, delivery.headers).facts

        for place in range(len(delivery.body)):
            changed = bytearray(delivery.body)
            changed[place] ^= 1
            assert believed(bench.gateway, bytes(changed), delivery.headers) in ((), signed)
        assert believed(bench.gateway, delivery.body[:-1], delivery.headers) == ()

    def test_what_is_not_signed(self, bench: GatewayBench) -> None:
        """PaymentGateway 6: a callback without its headers, or with the headers of another one, is refused."""
        delivery, other = self.paid(bench).delivery, self.paid(bench).delivery

        if delivery.headers:
            refuse(bench.gateway, delivery.body, {})
            refuse(bench.gateway, delivery.body, dict.fromkeys(delivery.headers, "é"))
        if delivery.headers != other.headers:
            refuse(bench.gateway, delivery.body, other.headers)
        refuse(bench.gateway, b"", delivery.headers)

    def test_headers_have_no_case(self, bench: GatewayBench) -> None:
        """PaymentGateway 6: the names of headers may be in upper or lower case."""
        delivery = self.paid(bench).delivery
        ways = [{way(name): value for name, value in delivery.headers.items()} for way in (str.upper, str.lower)]

        assert [bench.gateway.read_callback(delivery.body, headers).facts for headers in ways] == [
            bench.gateway.read_callback(delivery.body, delivery.headers).facts
        ] * 2

    def test_a_callback_comes_twice(self, bench: GatewayBench) -> None:
        """PaymentGateway 7: a callback that is read again gives the same facts, and gets an answer."""
        delivery = self.paid(bench).delivery

        first, second = (bench.gateway.read_callback(delivery.body, delivery.headers) for _ in range(2))

        assert first.facts == second.facts
        assert 200 <= first.status < 300

    # 2, 3 and 4: moving money

    @requires("partial_refunds")
    def test_a_refund_happens_once(self, bench: GatewayBench) -> None:
        """PaymentGateway 2: asked twice with one key, it refunds once, under one reference."""
        paid = self.paid(bench)
        asked = refund_of(paid, key="r1", part=4)

        first, second = bench.gateway.refund(asked), bench.gateway.refund(asked)

        assert first.reference == second.reference
        assert gone_back(bench, paid, first) == [asked.amount]

    @requires("partial_refunds")
    def test_two_refunds_are_two(self, bench: GatewayBench) -> None:
        """PaymentGateway 2: the same amount with another key is another refund."""
        paid = self.paid(bench)
        first = bench.gateway.refund(refund_of(paid, key="r1", part=4))
        second = bench.gateway.refund(refund_of(paid, key="r2", part=4, before=first.amount))

        assert first.reference != second.reference
        assert gone_back(bench, paid, first, second) == [first.amount, second.amount]

    @requires("partial_refunds")
    def test_a_lost_answer_moves_nothing_twice(self, bench: GatewayBench) -> None:
        """PaymentGateway 2, 3, 4: after a lost answer the outcome is unknown; asked again, it is the same refund."""
        paid = self.paid(bench)
        asked = refund_of(paid, key="r1", part=2)

        bench.lose_answer()
        lost = reported_or_failed(lambda: bench.gateway.refund(asked))
        again = bench.gateway.refund(asked)

        assert lost is None or lost.outcome is Outcome.UNKNOWN
        # P4: the outcome is resolved under the reference that was recorded
        assert lost is None or lost.reference == again.reference
        assert again.outcome is not Outcome.FAILED
        assert gone_back(bench, paid, again) == [asked.amount]

    @requires("partial_refunds")
    def test_a_refund_keeps_its_amount(self, bench: GatewayBench) -> None:
        """PaymentGateway 5: a third is refunded to the last minor unit in every currency, in answer and state."""
        for currency in bench.currencies:
            paid = self.paid(bench, self.link_request(bench, currency, minor=100_000))
            asked = refund_of(paid, key="r1", part=3)
            done = expressed(partial(bench.gateway.refund, asked))
            if done is None:
                continue
            assert (done.amount, done.outcome is Outcome.FAILED) == (asked.amount, False)
            assert gone_back(bench, paid, done) == [asked.amount]

    @requires("partial_refunds")
    def test_a_refund_is_called_back(self, bench: GatewayBench) -> None:
        """PaymentGateway 7, 8: every callback about our refund is about that refund and no other."""
        paid = self.paid(bench)
        done = bench.gateway.refund(refund_of(paid, key="r1", part=4))

        calls = [bench.gateway.read_callback(one.body, one.headers) for one in bench.called()]

        told = {(fact.reference, fact.amount) for call in calls for fact in call.facts if fact.kind == "refund"}
        assert told <= {(done.reference, done.amount)}
        assert {fact.outcome for call in calls for fact in call.facts if fact.kind == "attempt"} <= {Outcome.SUCCEEDED}
        assert {payment for call in calls for payment in call.ask} <= {paid.link.payment}

    @requires("refunds")
    def test_what_the_gateway_refuses(self, bench: GatewayBench) -> None:
        """PaymentGateway 3: refunding more than is left is a failed refund with a reason, and not an error."""
        paid = self.paid(bench)
        asked = refund_of(paid, key="r1", part=1)

        done = bench.gateway.refund(asked)
        refused = bench.gateway.refund(refund_of(paid, key="r2", part=4, before=done.amount))

        assert (refused.outcome, bool(refused.reason)) == (Outcome.FAILED, True)
        assert gone_back(bench, paid, done) == [asked.amount]

    @requires("saved_means")
    def test_a_saved_card_is_charged_once(self, bench: GatewayBench) -> None:
        """PaymentGateway 2: a charge with one key takes money once."""
        other, asked = self.charge_request(bench)

        first, second = bench.gateway.charge(asked), bench.gateway.charge(asked)

        known = bench.gateway.state_of(asking_of(other, first.reference))
        assert first.reference == second.reference
        assert [(fact.reference, fact.amount) for fact in known] == [(first.reference, asked.amount)]

    @requires("saved_means")
    def test_a_lost_charge_takes_nothing_twice(self, bench: GatewayBench) -> None:
        """PaymentGateway 2-4: a lost answer is not a decline; asked again, it is the same charge."""
        other, asked = self.charge_request(bench)

        bench.lose_answer()
        lost = reported_or_failed(lambda: bench.gateway.charge(asked))
        again = bench.gateway.charge(asked)

        known = bench.gateway.state_of(asking_of(other, again.reference))
        assert lost is None or (lost.outcome, lost.reference) == (Outcome.UNKNOWN, again.reference)
        assert again.outcome is Outcome.SUCCEEDED
        assert [(fact.reference, fact.amount) for fact in known] == [(again.reference, asked.amount)]

    @requires("saved_means")
    def test_a_charge_that_reaches_nobody(self, bench: GatewayBench) -> None:
        """PaymentGateway 4: an unreachable gateway moves nothing and is no decline; later the charge succeeds."""
        other, asked = self.charge_request(bench)

        with bench.unreachable(), pytest.raises(AdapterFailed):
            bench.gateway.charge(asked)

        assert tuple(bench.gateway.state_of(asking_of(other))) == ()
        assert bench.gateway.charge(asked).outcome is Outcome.SUCCEEDED

    # 9 and 10: refunds and payments begun at the gateway's desk

    def test_whose_attempt_it_is(self, bench: GatewayBench) -> None:
        """PaymentGateway 9: asked with only a reference, it tells which payment the attempt belongs to."""
        paid = self.paid(bench)
        asked = StateRequest(payment="", amount=paid.link.amount, references=(paid.fact.reference,))

        known = [fact for fact in bench.gateway.state_of(asked) if fact.kind == "attempt"]

        assert [(fact.payment, fact.reference) for fact in known] == [(paid.link.payment, paid.fact.reference)]

    def test_money_given_back_at_its_desk(self, bench: GatewayBench) -> None:
        """PaymentGateway 10: a callback about a refund made there gives attempt and amount, or makes us ask."""
        paid = self.paid(bench)
        back = paid.link.amount.split(4)[0]

        bench.takes_back(paid.fact.reference, back)
        calls = [bench.gateway.read_callback(one.body, one.headers) for one in bench.called()]
        told = [fact for call in calls for fact in call.facts if fact.kind == "refund"]

        assert all(fact.payment == paid.link.payment or fact.of == paid.fact.reference for fact in told)
        assert {fact.amount for fact in told} == {back} or any(paid.link.payment in call.ask for call in calls)
        assert gone_back(bench, paid) == [back]

    @requires("disputes")
    @pytest.mark.parametrize("won", [True, False])
    def test_a_chargeback_has_a_life(self, bench: GatewayBench, *, won: bool) -> None:
        """PaymentGateway 10: a chargeback keeps one reference until it is won or lost, and the state agrees."""
        paid = self.paid(bench)
        bench.disputes(paid.fact.reference, paid.link.amount, won=won)

        told = told_of(bench, "chargeback")
        known = bench.gateway.state_of(asking_of(paid.link, paid.fact.reference))

        assert len({fact.reference for fact in told}) == 1
        assert told[-1].outcome is (Outcome.FAILED if won else Outcome.SUCCEEDED)
        assert told[-1].outcome in {fact.outcome for fact in known if fact.kind == "chargeback"}

    @requires("bounces")
    def test_a_refund_bounces(self, bench: GatewayBench) -> None:
        """PaymentGateway 10: a refund that bounces fails under its own reference, in callback and state."""
        paid = self.paid(bench)
        done = bench.gateway.refund(refund_of(paid, key="r1", part=2))
        bench.called()
        bench.bounces(done.reference)

        told = told_of(bench, "refund")
        known = bench.gateway.state_of(asking_of(paid.link, paid.fact.reference, done.reference))

        assert {(fact.reference, fact.outcome) for fact in told} == {(done.reference, Outcome.FAILED)}
        assert [fact.outcome for fact in known if fact.kind == "refund"] == [Outcome.FAILED]

    @requires("lists")
    def test_what_it_lists(self, bench: GatewayBench) -> None:
        """PaymentGateway 11: it lists what was paid between two instants, as its state shows it, and no more."""
        gateway = cast(ListingGateway, bench.gateway)
        paid, refused = self.paid(bench), self.paid(bench, succeeds=False)
        (known,) = gateway.state_of(asking_of(paid.link, paid.fact.reference))
        assert known.occurred_at is not None, "what ended says when"
        before, after = (known.occurred_at + timedelta(hours=hours) for hours in (-1, 1))

        listed = [one for one in gateway.list_facts(before, after).facts if one.outcome is Outcome.SUCCEEDED]
        later = gateway.list_facts(after, after + timedelta(hours=1)).facts

        assert [(one.reference, one.payment, one.amount) for one in listed if one.reference == known.reference] == [
            (known.reference, known.payment, known.amount)
        ]
        assert {one.payment for one in listed}.isdisjoint({refused.link.payment})
        assert {one.reference for one in later}.isdisjoint({known.reference})

    @requires("partial_refunds")
    def test_nobody_there(self, bench: GatewayBench) -> None:
        """PaymentGateway 4: if it cannot be reached, `AdapterFailed` is raised, and nothing has moved."""
        paid = self.paid(bench)
        asked = refund_of(paid, key="r1", part=2)

        with bench.unreachable():
            for call in (
                lambda: bench.gateway.make_link(paid.link),
                lambda: bench.gateway.state_of(asking_of(paid.link)),
                lambda: bench.gateway.refund(asked),
            ):
                with pytest.raises(AdapterFailed):
                    call()

        assert gone_back(bench, paid) == []
