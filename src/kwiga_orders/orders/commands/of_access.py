"""Commands to windows of access (A9-A13), events of the host (F3, F4), and certificates (C3, C5)."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import ClassVar

import attrs

from kwiga_orders.commands import Command
from kwiga_orders.errors import Fault
from kwiga_orders.funnel import COURSE_EVENTS
from kwiga_orders.orders.commands.about import OrderCommand
from kwiga_orders.periods import Period, chosen

__all__ = [
    "AccessCommand",
    "ExtendAccess",
    "FreezeAccess",
    "IssueCertificate",
    "ReportEvent",
    "RevokeCertificate",
    "SetAccessEnd",
    "UnfreezeAccess",
]


@attrs.frozen(kw_only=True)
class AccessCommand(OrderCommand):
    """A command to the window of one line, or of all lines if no product is named; `reason` is why (A13)."""

    product: str | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class ExtendAccess(AccessCommand):
    """Move the end by a period; if access has ended, the period counts from now (A9)."""

    name: ClassVar[str] = "extend_access"
    by: Period


@attrs.frozen(kw_only=True)
class SetAccessEnd(AccessCommand):
    """Set the end to an instant, to the end of a day, or to none (A10, T5)."""

    name: ClassVar[str] = "set_access_end"
    at: date | datetime | None = attrs.field(converter=attrs.converters.optional(chosen))


@attrs.frozen(kw_only=True)
class FreezeAccess(AccessCommand):
    """Close access for a period, from now or a later date or instant; the end moves by the same time (A11, T5)."""

    name: ClassVar[str] = "freeze_access"
    period: Period
    starts_at: date | datetime | None = attrs.field(default=None, converter=attrs.converters.optional(chosen))


@attrs.frozen(kw_only=True)
class UnfreezeAccess(AccessCommand):
    """End the current freeze, else cancel the next planned one (A11)."""

    name: ClassVar[str] = "unfreeze_access"


@attrs.frozen(kw_only=True)
class ReportEvent(Command):
    """Something happened at the host: to an order, or to a contact with all its active orders (F3, F4).

    With a `product` it reaches only orders that have it; an event about a course must name its product.
    """

    name: ClassVar[str] = "report_event"
    event: str
    order: str | None = None
    contact: str | None = None
    product: str | None = None
    data: Mapping[str, object] = attrs.field(factory=dict)

    def between(self) -> Iterator[Fault]:
        """Refuse an event that does not name either an order or a contact, and a course event without a product."""
        if (self.order is None) is (self.contact is None):
            yield Fault(path="", code="input.invalid", hint="either an order or a contact")
        if self.event in COURSE_EVENTS and self.product is None:
            yield Fault(path="product", code="input.invalid", hint="is required for an event about a course")


@attrs.frozen(kw_only=True)
class IssueCertificate(OrderCommand):
    """Issue a certificate, once per contact, product and order (C3)."""

    name: ClassVar[str] = "issue_certificate"
    product: str


@attrs.frozen(kw_only=True)
class RevokeCertificate(OrderCommand):
    """Revoke the certificate of a product, with a reason; it can be issued again under a new number (C5)."""

    name: ClassVar[str] = "revoke_certificate"
    product: str
    reason: str
