"""The values behind the golden files: for each kind of document one with everything in it, and one with the least.

`python -m tests.goldens` writes the files that are missing, for the schemas written now; a file that is there is what
hosts have in their databases, and is never written again.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import attrs

from kwiga_orders.adapters.documents import ALL_SCHEMAS
from kwiga_orders.changes import OutboxRow, Receipt, Refusal, Repeated
from kwiga_orders.course import NoCertificate
from kwiga_orders.offers import AmountOff, PercentOff
from kwiga_orders.orders import events as happened
from kwiga_orders.orders.reports import (
    Anomaly,
    Attention,
    AttentionCode,
    Heard,
)
from kwiga_orders.orders.state import (
    AmountSet,
    Certificate,
    Custom,
    EndSet,
    Extended,
    Follows,
    Frozen,
    Line,
    Note,
    Order,
    Origin,
    Stopped,
    Subscription,
    Task,
)
from kwiga_orders.periods import Period
from kwiga_orders.project import Actor, Contact, Project
from kwiga_orders.sums import TotalSet
from kwiga_orders.terms import (
    AccessTerms,
    AfterPayment,
    All,
    For,
    NoDelays,
    NoPractices,
    Off,
    Only,
)
from tests.golden_offers import EVERY_TERM, OF_CATALOGUE
from tests.golden_payments import (
    AT,
    ATTEMPT,
    ATTEMPT_REPORT,
    DAY,
    FIRST_PAYMENT,
    PAYMENT,
    REFUND,
    REFUND_REPORT,
    VOID,
    uah,
)

__all__ = ["FOLDER", "READ_AS", "WRITTEN", "file_of"]

FOLDER = Path(__file__).parent / "golden"

_STAFF = Actor(kind="staff", id="maria")


_OTHER_TERMS = AccessTerms(
    start=AfterPayment(delay=Period(days=3)),
    duration=For(period=Period(months=6)),
    scope=Only(lessons=("l1",), include_new=True),
    delays=NoDelays(),
    checkpoints=Off(),
    practices=NoPractices(),
    comments="on",
    certificate=NoCertificate(),
)
_LINE = Line(
    product="python",
    price=uah("1000.00"),
    source=Custom(terms=EVERY_TERM, scope_set_at=AT),
    curators=("ira",),
    added_at=AT,
    adjustments=(
        Extended(made_at=AT, by=Period(days=5), actor=_STAFF),
        EndSet(made_at=AT, at=None),
        EndSet(made_at=AT, at=AT + 300 * DAY, actor=_STAFF),
        Frozen(made_at=AT, starts_at=AT, ends_at=AT + 7 * DAY, actor=_STAFF, lifted=True),
    ),
)
_LEAST_ORDER = Order(
    id="o2",
    number=2,
    contact="taras",
    currency="UAH",
    zone="Europe/Kyiv",
    created_at=AT,
    updated_at=AT,
    funnel="default",
    status="new",
    lines=(Line(product="sql", price=uah("0.00"), source=Follows(since=1)),),
    plan_difference=uah("0.00"),
)
_FULL_ORDER = Order(
    id="o1",
    number=1042,
    contact="olena",
    currency="UAH",
    zone="America/New_York",
    created_at=AT,
    type="subscription",
    funnel="vip",
    status="call",
    manager="maria",
    responsibles=("ira", "oleh"),
    tags=("hot", "гаряче"),
    comment='внутрішнє «лапки» "quotes" \n',
    notes=(Note(id="o1.n1", at=AT, actor=_STAFF, text="wants a discount"),),
    tasks=(Task(id="t1", title="Call", assignee="ira", due_at=AT, completed_at=AT + DAY),),
    tasks_removed=2,
    source="page",
    origin=Origin(offer="basic", version=2, option="sub"),
    opens_on="full_payment",
    refund_policy="close_line",
    lines=(
        _LINE,
        Line(product="sql", price=uah("0.01"), source=Custom(terms=_OTHER_TERMS)),
        Line(product="git", price=uah("5.00"), source=Follows(since=2)),
    ),
    plan_difference=uah("-705.01"),
    payments=(PAYMENT,),
    totals=(TotalSet(at=AT, version=1, total=uah("300.00"), on_top=uah("5.00")),),
    subscription=Subscription(
        every=Period(months=1),
        anchor=AT,
        periods=12,
        trial=True,
        stopped=Stopped(at=AT + DAY),
        adjustments=_LINE.adjustments,
        amounts=(AmountSet(at=AT, amount=uah("300.00")),),
    ),
    superseded_by="o2",
    superseded_at=AT,
    cancelled_at=AT + DAY,
    certificates=(Certificate(product="python", number=7, issued_at=AT, revoked_at=AT + DAY),),
    anomalies=(
        Anomaly(
            payment="o1.1",
            reference="r9",
            amount=uah("1.00"),
            at=AT,
            code=AttentionCode.REUSED_REFERENCE,
            of_refund=True,
            attempt="o1.1.a1",
            gateway="stripe",
        ),
    ),
    attention=(
        Attention(code=AttentionCode.LATE_MONEY, at=AT, payment="o1.1", reference="r9", amount=uah("1.00")),
        Attention(code=AttentionCode.SECOND_SUBSCRIPTION, at=AT),
    ),
    heard=Heard(
        version=16,
        reports=(ATTEMPT_REPORT, REFUND_REPORT),
        before=(FIRST_PAYMENT,),
        attention=(Attention(code=AttentionCode.OVERPAID, at=AT, payment="o1.1"),),
        anomalies=(Anomaly(payment="o1.1", reference=None, amount=None, at=AT),),
    ),
    taken_out=frozenset({"book"}),
    fired=frozenset({"x.called", "course.started"}),
    noted=frozenset({"renewal:2:0", "access_started:python"}),
    version=17,
    updated_at=AT + 9 * DAY,
)
_FIRST_ORDER = attrs.evolve(
    _FULL_ORDER,
    notes=(),
    tasks_removed=0,
    source=None,
    payments=(FIRST_PAYMENT,),
    totals=(TotalSet(at=AT, version=1, total=uah("300.00")),),
    superseded_at=None,
    anomalies=(Anomaly(payment="o1.1", reference="r9", amount=uah("1.00"), at=AT),),
    attention=(
        Attention(code=AttentionCode.OTHER_AMOUNT, at=AT, payment="o1.1", reference="r9", amount=uah("1.00")),
        Attention(code=AttentionCode.LATE_MONEY, at=AT, payment="o1.1", reference="r2", amount=uah("300.00")),
    ),
    heard=None,
    taken_out=frozenset(),
)
"""As the first edition's is read: what the plan costs is told without the discount, what was flagged is a list."""
_DISCOUNTED_ORDER = attrs.evolve(_LEAST_ORDER, discount=PercentOff(percent=Decimal("12.5")))
_ANOMALY = Anomaly(payment="o1.2", reference=None, amount=uah("3.00"), at=AT)
_EVENTS: tuple[happened.Event, ...] = (
    happened.OrderCreated(order=_LEAST_ORDER),
    happened.OrderSubscribed(),
    happened.OrderActivated(activated_at=AT),
    happened.OrderEdited(
        before=happened.OrderFields(manager="maria", discount=None),
        after=happened.OrderFields(
            manager=None, responsibles=("ira",), tags=(), comment="c", discount=AmountOff(amount=Decimal(5))
        ),
    ),
    happened.OrderMoved(from_funnel="default", from_status="new", to_funnel="vip", to_status="call", by="hand"),
    happened.OrderCancelled(reason="asked"),
    happened.OrderReopened(reason="asked", restores=True),
    happened.OrderSuperseded(by="o2"),
    happened.OrderPartiallyPaid(),
    happened.OrderPaid(),
    happened.OrderPartiallyRefunded(),
    happened.OrderRefunded(),
    happened.LineAdded(line=_LINE),
    happened.LineEdited(
        product="python",
        before=happened.LineFields(price=uah("1.00"), source=Follows(since=1), curators=("ira",)),
        after=happened.LineFields(price=uah("2.00"), source=Custom(terms=AccessTerms(scope=All())), curators=("oleh",)),
    ),
    happened.LineRemoved(product="sql"),
    happened.LineFollowed(product="python", since=2),
    happened.PaymentAdded(payment=VOID, notify=True),
    happened.PaymentEdited(
        payment="o1.2",
        before=happened.PaymentFields(amount=uah("1.00"), gateway="stripe", comment=None),
        after=happened.PaymentFields(
            amount=uah("2.00"),
            kind="surcharge",
            due_at=AT,
            method="cash",
            gateway=None,
            closes_access=True,
            comment="c",
            whole_day=True,
            on_top=uah("1.00"),
            said_on_top=None,
        ),
    ),
    happened.PaymentVoided(payment="o1.2", cause="superseded"),
    happened.PaymentPaid(
        payment="o1.2",
        paid_at=AT,
        amount=uah("1.00"),
        comment="by hand",
        attempt=ATTEMPT,
        report=ATTEMPT_REPORT,
    ),
    happened.PaymentUnmarked(payment="o1.2", amount=uah("1.00"), reason="a mistake"),
    happened.PaymentFailed(payment="o1.2", attempt=ATTEMPT, report=ATTEMPT_REPORT),
    happened.AttemptRecorded(payment="o1.2", attempt=ATTEMPT, report=ATTEMPT_REPORT),
    happened.PaymentRefunded(payment="o1.2", refund=REFUND, report=REFUND_REPORT),
    happened.RefundRecorded(payment="o1.2", refund=REFUND, report=REFUND_REPORT, corrected=True),
    happened.PaymentAnomaly(anomaly=_ANOMALY, report=ATTEMPT_REPORT),
    happened.AttentionRaised(item=Attention(code=AttentionCode.CHARGEBACK, at=AT, payment="o1.2", reference="r3")),
    happened.AttentionResolved(items=("chargeback:2:r3",), comment="papers sent", by_itself=True),
    happened.ContactMerged(contact="taras", into="olena"),
    happened.ContactErased(contact="olena"),
    happened.ReminderSent(payment="o1.2"),
    happened.RenewalStopped(),
    happened.RenewalResumed(),
    happened.AccessExtended(product="python", by=Period(days=3)),
    happened.AccessEndSet(product="python", at=None),
    happened.AccessFrozen(product="python", starts_at=AT, ends_at=AT + DAY),
    happened.AccessUnfrozen(product="python", starts_at=AT),
    happened.TaskAdded(task=Task(id="t1", title="Call")),
    happened.TaskEdited(
        task="t1",
        before=happened.TaskFields(title="Call", assignee="maria", due_at=AT),
        after=happened.TaskFields(title="Write", assignee=None, due_at=None),
    ),
    happened.TaskCompleted(task="t1"),
    happened.TaskReopened(task="t1"),
    happened.TaskRemoved(task="t1"),
    happened.NoteAdded(note="o1.n1", text="wants a discount"),
    happened.EventReported(event="x.called", data={"by": "ira", "times": [1, None, {"deep": True}]}, fires=True),
    happened.RuleSkipped(event="order.paid", status="new"),
    happened.DueNoted(
        due=happened.DueKind.ACCESS_EXPIRED,
        key="access_expired:python:2026-12-01T00:00:00+00:00",
        due_at=AT,
        product="python",
        payment="o1.2",
        is_old=True,
    ),
    happened.LetterSent(kind="access_opened", payment="o1.1", product="python"),
    happened.CertificateIssued(product="python", number=7),
    happened.CertificateRevoked(product="python", number=7),
)

WRITTEN: Mapping[str, Mapping[str, object]] = {
    "project": {
        "full": Project(
            id="school",
            timezone="Europe/Kyiv",
            currency="UAH",
            locale="en",
            grace=Period(days=3),
            notice=Period(months=1),
            grandfather_completed=False,
        ),
        "least": Project(id="school", timezone="Asia/Tokyo", currency="JPY"),
    },
    "contact": {
        "full": Contact(id="olena", name="Олена Коваль", email="olena@example.com", phone="+380671234567", locale="ru"),
        "least": Contact(id="nobody"),
    },
    "order": {"full": _FULL_ORDER, "least": _LEAST_ORDER, "discounted": _DISCOUNTED_ORDER},
    **OF_CATALOGUE,
    "recorded": {
        event.name: happened.Recorded(order="o1", version=3, at=AT, actor=_STAFF, command="any", event=event)
        for event in _EVENTS
    },
    "outbox_row": {
        "full": OutboxRow(
            id="o1.3.1",
            kind="letter",
            name="payment_added",
            order="o1",
            contact="olena",
            at=AT,
            key="o1.1/payment_added",
            data={"amount": "1.00", "lines": [1, None, {"a": True}]},
        ),
        "gateway": OutboxRow(
            id="o1:00000003:g000",
            kind="gateway",
            name="refund",
            order="o1",
            contact="olena",
            at=AT,
            key="o1.1.r1",
            gateway="wayforpay",
            data={"payment": "o1.1"},
        ),
        "least": OutboxRow(id="o1.3.2", kind="event", name="order.paid", order="o1", contact="olena", at=AT, key=""),
    },
    "repeated": {
        "full": Repeated(
            key="k1",
            fingerprint="f1",
            receipt=Receipt(order="o1", version=3, events=("order.created", "payment.added"), made="o1.2"),
        ),
        "least": Repeated(key="k2", fingerprint="f2", receipt=Receipt()),
        "refused": Repeated(
            key="k3",
            fingerprint="f3",
            receipt=Receipt(),
            refusal=Refusal(code="refund.exceeds_paid", details={"order": 1042, "left": "0.01 UAH"}),
            at=AT,
        ),
    },
}
"""By kind of document, and by name."""


def _recorded(event: happened.Event) -> happened.Recorded:
    return happened.Recorded(order="o1", version=3, at=AT, actor=_STAFF, command="any", event=event)


_FIRST_EVENTS: tuple[happened.Event, ...] = (
    happened.OrderReopened(reason="asked"),
    happened.PaymentAdded(payment=attrs.evolve(VOID, by_hand=True), notify=True),
    happened.PaymentEdited(
        payment="o1.2",
        before=happened.PaymentFields(amount=uah("1.00"), gateway="stripe", comment=None),
        after=happened.PaymentFields(
            amount=uah("2.00"),
            kind="surcharge",
            due_at=AT,
            method="cash",
            gateway=None,
            closes_access=True,
            comment="c",
        ),
    ),
    happened.PaymentVoided(payment="o1.2"),
    happened.PaymentPaid(payment="o1.2", paid_at=AT, comment="by hand", attempt=ATTEMPT),
    happened.PaymentFailed(payment="o1.2", attempt=ATTEMPT),
    happened.AttemptRecorded(payment="o1.2", attempt=ATTEMPT),
    happened.PaymentRefunded(payment="o1.2", refund=REFUND),
    happened.RefundRecorded(payment="o1.2", refund=REFUND),
    happened.PaymentAnomaly(anomaly=_ANOMALY),
)

READ_AS: Mapping[tuple[str, int], Mapping[str, object]] = {
    ("order", 1): {"full": _FIRST_ORDER},
    ("recorded", 1): {event.name: _recorded(event) for event in _FIRST_EVENTS},
}
"""What documents of older schemas are read as, by kind and number, where that is not what is written now."""


def file_of(name: str, number: int) -> Path:
    """Give the golden file of a kind of document in one schema."""
    return FOLDER / f"{name}.{number}.json"


def main() -> None:
    """Write the golden files that are missing."""
    for schema in ALL_SCHEMAS:
        path = file_of(schema.name, schema.number)
        if not path.exists():
            documents = {name: json.loads(schema.write(value)) for name, value in WRITTEN[schema.name].items()}
            path.write_text(json.dumps(documents, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
