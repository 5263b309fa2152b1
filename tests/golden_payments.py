"""The payments behind the golden files: with everything in them, and as the first edition's are read."""

from datetime import UTC, datetime, timedelta

import attrs

from kwiga_orders.money import Money
from kwiga_orders.orders.reports import AttemptReport, RefundReport
from kwiga_orders.payments import Attempt, Mark, Outcome, Payment, Refund, SavedMeans

AT = datetime(2026, 11, 1, 8, 30, 15, 123456, tzinfo=UTC)
DAY = timedelta(days=1)


def uah(amount: str) -> Money:
    return Money.of(amount, "UAH")


ATTEMPT_REPORT = AttemptReport(
    payment="o1.1",
    reference="r2",
    outcome=Outcome.SUCCEEDED,
    at=AT,
    told_at=AT + DAY,
    amount=uah("300.00"),
    currency="UAH",
    reason="fine",
    key="o1.1.a2",
    gateway="wayforpay",
    means=SavedMeans("token"),
    reused=True,
)
REFUND_REPORT = RefundReport(
    payment="o1.1",
    reference="r3",
    outcome=Outcome.PENDING,
    at=AT,
    told_at=AT,
    amount=uah("10.00"),
    chargeback=True,
    key="o1.1.r1",
)
FIRST_PAYMENT = Payment(
    id="o1.1",
    amount=uah("300.00"),
    kind="prepayment",
    created_at=AT,
    due_at=AT + DAY,
    method="bank_transfer",
    gateway="wayforpay",
    comment="з коментарем",
    period=1,
    voided_at=AT + 2 * DAY,
    attempts=(
        Attempt(id="o1.1.a1", started_at=AT, at=AT, reference="r1", outcome=Outcome.FAILED, reason="declined"),
        Attempt(
            id="o1.1.a2",
            started_at=AT,
            at=AT,
            reference="r2",
            outcome=Outcome.SUCCEEDED,
            gateway="wayforpay",
            means=SavedMeans("token"),
        ),
    ),
    refunds=(
        Refund(
            id="o1.1.r1",
            amount=uah("10.00"),
            at=AT,
            outcome=Outcome.UNKNOWN,
            reference="r3",
            product="python",
            reason="asked",
            chargeback=True,
            version=1,
        ),
    ),
    reminded_at=AT,
)
"""As the first edition's is read: lapsing closes access, not the payment of a period."""
PAYMENT = attrs.evolve(
    FIRST_PAYMENT,
    whole_day=True,
    closes_access=True,
    by_hand=True,
    on_top=uah("5.00"),
    said_on_top=True,
    voided_by="cancelled",
    mark=Mark(at=AT, version=3, amount=uah("300.00"), floor=AT + DAY),
    attempts=(
        attrs.evolve(FIRST_PAYMENT.attempts[0], amount=uah("300.00"), outdated=True, kept_out=True),
        attrs.evolve(FIRST_PAYMENT.attempts[1], amount=uah("290.00"), version=4),
    ),
    refunds=(attrs.evolve(FIRST_PAYMENT.refunds[0], version=5, done_at=AT + DAY, returned=uah("7.00"), amount_at=AT),),
)
VOID = Payment(id="o1.2", amount=uah("1.00"), created_at=AT, due_at=AT)
ATTEMPT = Attempt(id="o1.2.a1", started_at=AT, at=AT)
REFUND = Refund(id="o1.2.r1", amount=uah("1.00"), at=AT, version=1)
