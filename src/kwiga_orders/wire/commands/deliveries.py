"""Commands about outbox rows that could not be sent (N1)."""

from typing import Literal

from pydantic import Field

from kwiga_orders import delivery
from kwiga_orders.wire.commands.about import Asked
from kwiga_orders.wire.scalars import RowId

__all__ = ["DropDelivery", "RetryDelivery"]


class RetryDelivery(Asked[delivery.RetryDelivery]):
    """Try one or all parked rows of the outbox again, with a new count of tries (N1)."""

    command: Literal["retry_delivery"]
    row: RowId | None = Field(None, description="By default all that are parked.")


class DropDelivery(Asked[delivery.DropDelivery]):
    """Give up a parked row of the outbox: it is never sent, and the rows that waited for it are sent (N1)."""

    command: Literal["drop_delivery"]
    row: RowId
