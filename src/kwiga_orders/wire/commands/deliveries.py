"""Commands about rows of the outbox that could not be handed on (N1)."""

from typing import Literal

from pydantic import Field

from kwiga_orders import delivery
from kwiga_orders.wire.commands.about import Asked
from kwiga_orders.wire.scalars import RowId

__all__ = ["DropDelivery", "RetryDelivery"]


class RetryDelivery(Asked[delivery.RetryDelivery]):
    """Try parked rows of the outbox again, from the start: one, or all (N1)."""

    command: Literal["retry_delivery"]
    row: RowId | None = Field(None, description="By default all that are parked.")


class DropDelivery(Asked[delivery.DropDelivery]):
    """Give a parked row of the outbox up: it is never handed on, and what waits for it is (N1)."""

    command: Literal["drop_delivery"]
    row: RowId
