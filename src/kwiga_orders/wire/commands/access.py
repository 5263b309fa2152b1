"""Commands to the window of access (A9-A13)."""

from typing import Literal

from pydantic import Field

from kwiga_orders.orders import commands as orders
from kwiga_orders.wire.commands.about import AboutAccess
from kwiga_orders.wire.scalars import DateOrTime, Period

__all__ = ["ExtendAccess", "FreezeAccess", "SetAccessEnd", "UnfreezeAccess"]


class ExtendAccess(AboutAccess[orders.ExtendAccess]):
    """Move the end on by a period; if it passed, from now (A9)."""

    command: Literal["extend_access"]
    by: Period


class SetAccessEnd(AboutAccess[orders.SetAccessEnd]):
    """Set the end to an instant, to the end of a day, or to none (A10, T5)."""

    command: Literal["set_access_end"]
    at: DateOrTime | None


class FreezeAccess(AboutAccess[orders.FreezeAccess]):
    """Close access for a period; the end moves on by as much (A11)."""

    command: Literal["freeze_access"]
    period: Period = Field(alias="for")
    starts_at: DateOrTime | None = Field(None, alias="from", description="By default now.")


class UnfreezeAccess(AboutAccess[orders.UnfreezeAccess]):
    """End the freeze that is going on, else take back the next planned one (A11)."""

    command: Literal["unfreeze_access"]
