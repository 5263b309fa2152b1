"""The commands of the wire. Each model reads one command and makes the command of the domain."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from kwiga_orders.commands import Command
from kwiga_orders.wire.commands.access import ExtendAccess, FreezeAccess, SetAccessEnd, UnfreezeAccess
from kwiga_orders.wire.commands.contacts import EraseContact, MergeContacts, SaveContact
from kwiga_orders.wire.commands.deliveries import DropDelivery, RetryDelivery
from kwiga_orders.wire.commands.funnels import (
    AddStatus,
    CreateFunnel,
    EditFunnel,
    EditStatus,
    RemoveFunnel,
    RemoveStatus,
    ReorderStatuses,
    ReportEvent,
)
from kwiga_orders.wire.commands.jobs import ForEach
from kwiga_orders.wire.commands.offers import ArchiveOffer, CreateOffer, EditOffer
from kwiga_orders.wire.commands.orders import (
    AddLine,
    AddNote,
    AddTask,
    CancelOrder,
    CompleteTask,
    CreateOrder,
    EditLine,
    EditOrder,
    EditTask,
    FollowOffer,
    IssueCertificate,
    MoveOrder,
    OpenOffer,
    RemoveLine,
    RemoveTask,
    ReopenOrder,
    ReopenTask,
    RevokeCertificate,
)
from kwiga_orders.wire.commands.payments import (
    AcceptAnomaly,
    AddPayment,
    EditPayment,
    EditRefund,
    MarkPaid,
    MarkUnpaid,
    RefundPayment,
    Remind,
    Renew,
    ReportAttempt,
    ReportRefund,
    ResolveAttention,
    ResumeRenewal,
    SendLetter,
    StartAttempt,
    StopRenewal,
    VoidPayment,
)
from kwiga_orders.wire.parts import read_as

__all__ = ["COMMANDS", "AnyCommand", "read_command"]

AnyCommand = Annotated[
    CreateOffer
    | EditOffer
    | ArchiveOffer
    | OpenOffer
    | CreateOrder
    | EditOrder
    | EditLine
    | AddLine
    | RemoveLine
    | FollowOffer
    | MoveOrder
    | CancelOrder
    | ReopenOrder
    | AddNote
    | AddTask
    | EditTask
    | CompleteTask
    | ReopenTask
    | RemoveTask
    | AddPayment
    | EditPayment
    | VoidPayment
    | MarkPaid
    | MarkUnpaid
    | AcceptAnomaly
    | RefundPayment
    | EditRefund
    | ResolveAttention
    | Remind
    | SendLetter
    | StartAttempt
    | ReportAttempt
    | ReportRefund
    | Renew
    | StopRenewal
    | ResumeRenewal
    | ExtendAccess
    | SetAccessEnd
    | FreezeAccess
    | UnfreezeAccess
    | ReportEvent
    | IssueCertificate
    | RevokeCertificate
    | CreateFunnel
    | EditFunnel
    | RemoveFunnel
    | AddStatus
    | EditStatus
    | ReorderStatuses
    | RemoveStatus
    | SaveContact
    | MergeContacts
    | EraseContact
    | ForEach
    | RetryDelivery
    | DropDelivery,
    Field(discriminator="command"),
]
"""Any command; the field `command` names it."""

COMMANDS: TypeAdapter[AnyCommand] = TypeAdapter(AnyCommand)
"""The reader of all commands."""


def read_command(document: object) -> Command:
    """Read a command from parsed JSON.

    Raises:
        InvalidInput: with all its faults.
    """
    return read_as(COMMANDS.validate_python, document).value()
