"""P13, P4: the payments of subscriptions fall due, and what was saved is charged."""

from decimal import Decimal
from typing import Any

from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome, PaymentState, Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.testing.gateways import Answer
from tests.laws.dues import DAY, MONTH, Desk, kinds, noted, ran, school_with
from tests.laws.office import edit


class TestP13Due:
    """The payment of the next period is made when it falls due, by `renew`, which `run_due` calls."""

    def subscribed(self, grace: Period | None = DAY, **fields: Any) -> tuple[Desk, str]:
        """Give a subscription of 300 a month, its first period paid through a gateway that saved the card."""
        school = school_with(grace=grace)
        school.sells(options=[Subscribe(**{"id": "sub", "amount": Decimal(300), "every": MONTH, **fields})])
        order = school.opens()
        if fields.get("trial") is None:
            self.pays_with_card(school, order)
        ran(school)
        school.notifier.rows.clear()
        return school, order

    def pays_with_card(self, school: Desk, order: str, number: int = 1) -> None:
        """Pay by the link of a gateway, which saves the card."""
        gateway = school.gateway
        school.does(edit(order, number, gateway="fake"))
        link = school.orders.payment_link(order=order, payment=f"{order}.{number}")
        gateway.pays(link.url, saves=True)
        gateway.delivers(lambda body, headers: school.orders.receive("fake", body, headers))

    def test_renewed_and_charged(self) -> None:
        """At the end of a period the next payment is made and the card charged; nobody is reminded or locked out."""
        school, order = self.subscribed()

        assert ran(school, "2026-12-01 09:59") == []
        assert ran(school, "2026-12-01 10:00") == ["subscription_renewed"]
        assert ran(school, "2027-01-01 10:00") == ["subscription_renewed"]

        payments = school.order(order).payments
        assert [payment.state for payment in payments] == [PaymentState.PAID] * 3
        assert [payment.period for payment in payments] == [1, 2, 3]
        assert len(school.gateway.moved) == 3
        assert kinds(noted(school, order)) == ["access_started", "renewal", "renewal"]

    def test_without_a_card(self) -> None:
        """A trial's first payment is made when it falls due, and asked for by a letter."""
        school, order = self.subscribed(trial=Period(days=7))

        assert ran(school, "2026-11-08 10:00") == ["payment_reminder"]
        assert school.payment(order).state is PaymentState.UNPAID
        assert ran(school, "2026-11-09 10:00") == ["access_expired"]

    def test_a_card_that_is_declined(self) -> None:
        """The contact is told that it failed; the payment is overdue; the grace passes, access lapses."""
        school, order = self.subscribed(retries=())
        school.gateway.script(Answer.FAILS)

        assert ran(school, "2026-12-01 10:00") == ["payment_failed"]
        assert ran(school, "2026-12-02 10:00") == ["access_expired"]
        assert kinds(noted(school, order)) == ["access_started", "renewal", "payment_overdue", "access_expired"]
        assert not school.access().open

    def test_while_it_is_charged(self) -> None:
        """What is being charged is neither overdue nor lapsed; that is told when the answer is no."""
        school, order = self.subscribed(grace=None)
        school.gateway.script(Answer.PENDS)
        assert ran(school, "2026-12-01 10:00") == []
        assert kinds(noted(school, order)) == ["access_started", "renewal"]

        school.gateway.settles(f"fake-charge-{order}.2.a1", Outcome.FAILED)
        school.gateway.delivers(lambda body, headers: school.orders.receive("fake", body, headers))

        assert ran(school) == ["payment_failed", "access_expired"]
        assert kinds(noted(school, order))[2:] == ["access_expired", "payment_overdue"]

    def test_an_unknown_outcome_blocks_the_next_charge(self) -> None:
        """P4: as long as nobody knows what became of a charge, no other one begins; resolved, they go on."""
        school, order = self.subscribed()
        school.gateway.script(Answer.IS_LOST)
        ran(school, "2026-12-01 10:00")
        school.gateway.waiting.clear()
        assert school.attempts(order, 2)[0].outcome is Outcome.UNKNOWN

        ran(school, "2027-01-01 10:00")
        assert [len(payment.attempts) for payment in school.order(order).payments] == [1, 1]

        school.orders.resolve_unknown()
        assert school.payment(order, 2).state is PaymentState.PAID

    def test_what_is_owed_or_over_is_not_charged(self) -> None:
        """While a period is owed no other is made; one that would be over by now is not taken from the card."""
        school, order = self.subscribed()
        school.gateway.script(Answer.FAILS)
        ran(school, "2026-12-01 10:00")

        ran(school, "2027-01-01 10:00")
        assert len(school.order(order).payments) == 2

        school, order = self.subscribed()
        ran(school, "2027-02-15 10:00")
        assert [len(payment.attempts) for payment in school.order(order).payments] == [1, 0]

    def test_what_the_staff_made_void(self) -> None:
        """A period whose payment is void is not made again; the next one is charged when it begins."""
        school, order = self.subscribed()
        school.gateway.script(Answer.FAILS)
        ran(school, "2026-12-01 10:00")
        school.voids(order, 2)

        ran(school)
        assert len(school.order(order).payments) == 2
        ran(school, "2027-01-01 10:00")

        assert [(payment.period, len(payment.attempts)) for payment in school.order(order).payments] == [
            (1, 1),
            (2, 1),
            (3, 1),
        ]

    def test_stopped(self) -> None:
        """No payment falls due any more; that access ends is announced, since nothing renews it."""
        school, order = self.subscribed()
        school.does(asked.StopRenewal(order=order))

        assert ran(school, "2026-11-29 10:00") == ["access_expiring"]
        assert ran(school, "2026-12-02 10:00") == ["access_expired"]
        assert len(school.order(order).payments) == 1

    def test_paid_meanwhile(self) -> None:
        """A charge that waits for a gateway is not made if the payment was paid by other means."""
        school, order = self.subscribed()
        school.gateway.is_down = True
        school.at("2026-12-01 10:00").orders.run_due()
        school.orders.execute(asked.MarkPaid(order=order, payment=f"{order}.2"))
        school.gateway.is_down = False

        ran(school)

        assert len(school.gateway.moved) == 1
        assert [attempt.reason for attempt in school.attempts(order, 2)] == ["not_owed"]
