"""Events of orders, in the past tense. The history consists of them, and folding them gives the order (O10).

Each event has all data that the fold needs, and the old value where something was replaced.
"""

from datetime import datetime

import attrs

from kwiga_orders.orders.events.of_contacts import ContactErased, ContactMerged
from kwiga_orders.orders.events.of_lines import (
    AccessEndSet,
    AccessExtended,
    AccessFrozen,
    AccessUnfrozen,
    LineAdded,
    LineEdited,
    LineFields,
    LineFollowed,
    LineRemoved,
)
from kwiga_orders.orders.events.of_orders import (
    CertificateIssued,
    CertificateRevoked,
    DueKind,
    DueNoted,
    EventReported,
    LetterSent,
    OrderActivated,
    OrderCancelled,
    OrderCreated,
    OrderEdited,
    OrderFields,
    OrderMoved,
    OrderPaid,
    OrderPartiallyPaid,
    OrderPartiallyRefunded,
    OrderRefunded,
    OrderReopened,
    OrderSubscribed,
    OrderSuperseded,
    RuleSkipped,
)
from kwiga_orders.orders.events.of_payments import (
    AttemptRecorded,
    AttentionRaised,
    AttentionResolved,
    PaymentAdded,
    PaymentAnomaly,
    PaymentEdited,
    PaymentFailed,
    PaymentFields,
    PaymentPaid,
    PaymentRefunded,
    PaymentUnmarked,
    PaymentVoided,
    RefundRecorded,
    ReminderSent,
    RenewalResumed,
    RenewalStopped,
)
from kwiga_orders.orders.events.of_team import (
    NoteAdded,
    TaskAdded,
    TaskCompleted,
    TaskEdited,
    TaskFields,
    TaskRemoved,
    TaskReopened,
)
from kwiga_orders.project import Actor

__all__ = [
    "AccessEndSet",
    "AccessExtended",
    "AccessFrozen",
    "AccessUnfrozen",
    "AttemptRecorded",
    "AttentionRaised",
    "AttentionResolved",
    "CertificateIssued",
    "CertificateRevoked",
    "ContactErased",
    "ContactMerged",
    "DueKind",
    "DueNoted",
    "Event",
    "EventReported",
    "LetterSent",
    "LineAdded",
    "LineEdited",
    "LineFields",
    "LineFollowed",
    "LineRemoved",
    "NoteAdded",
    "OrderActivated",
    "OrderCancelled",
    "OrderCreated",
    "OrderEdited",
    "OrderFields",
    "OrderMoved",
    "OrderPaid",
    "OrderPartiallyPaid",
    "OrderPartiallyRefunded",
    "OrderRefunded",
    "OrderReopened",
    "OrderSubscribed",
    "OrderSuperseded",
    "PaymentAdded",
    "PaymentAnomaly",
    "PaymentEdited",
    "PaymentFailed",
    "PaymentFields",
    "PaymentPaid",
    "PaymentRefunded",
    "PaymentUnmarked",
    "PaymentVoided",
    "Recorded",
    "RefundRecorded",
    "ReminderSent",
    "RenewalResumed",
    "RenewalStopped",
    "RuleSkipped",
    "TaskAdded",
    "TaskCompleted",
    "TaskEdited",
    "TaskFields",
    "TaskRemoved",
    "TaskReopened",
]

Event = (
    OrderCreated
    | OrderSubscribed
    | OrderActivated
    | OrderEdited
    | OrderMoved
    | OrderCancelled
    | OrderReopened
    | OrderSuperseded
    | OrderPartiallyPaid
    | OrderPaid
    | OrderPartiallyRefunded
    | OrderRefunded
    | LineAdded
    | LineEdited
    | LineRemoved
    | LineFollowed
    | PaymentAdded
    | PaymentEdited
    | PaymentVoided
    | PaymentPaid
    | PaymentFailed
    | AttemptRecorded
    | PaymentRefunded
    | RefundRecorded
    | PaymentUnmarked
    | PaymentAnomaly
    | AttentionRaised
    | AttentionResolved
    | ReminderSent
    | RenewalStopped
    | RenewalResumed
    | AccessExtended
    | AccessEndSet
    | AccessFrozen
    | AccessUnfrozen
    | NoteAdded
    | TaskAdded
    | TaskCompleted
    | TaskEdited
    | TaskReopened
    | TaskRemoved
    | EventReported
    | RuleSkipped
    | DueNoted
    | LetterSent
    | CertificateIssued
    | CertificateRevoked
    | ContactMerged
    | ContactErased
)
"""Any event of an order."""


@attrs.frozen(kw_only=True)
class Recorded:
    """A row of history: an event with its order, time, actor and command (O10).

    `version` is the order's version after the command (K2); all events of one command have the same.
    """

    order: str
    version: int
    at: datetime
    actor: Actor
    command: str
    event: Event
