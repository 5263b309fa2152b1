"""Commands that change the window of access (A9-A13)."""

from typing import Literal

from pydantic import Field

from kwiga_orders.orders import commands as orders
from kwiga_orders.wire.commands.about import AboutAccess
from kwiga_orders.wire.scalars import DateOrTime, Period

__all__ = ["ExtendAccess", "FreezeAccess", "SetAccessEnd", "UnfreezeAccess"]


class ExtendAccess(AboutAccess[orders.ExtendAccess]):
    """Move the end of access later by a period; an end that has passed is moved from now (A9)."""

    command: Literal["extend_access"]
    by: Period


class SetAccessEnd(AboutAccess[orders.SetAccessEnd]):
    """Set the end of access to an instant or to the end of a day, or remove it (A10, T5)."""

    command: Literal["set_access_end"]
    at: DateOrTime | None


class FreezeAccess(AboutAccess[orders.FreezeAccess]):
    """Close access for a period; the end of access moves later by the same length (A11)."""

    command: Literal["freeze_access"]
    period: Period = Field(alias="for")
    starts_at: DateOrTime | None = Field(None, alias="from", description="When the freeze begins; by default now.")


class UnfreezeAccess(AboutAccess[orders.UnfreezeAccess]):
    """End the present freeze, or cancel the next planned one (A11)."""

    command: Literal["unfreeze_access"]
