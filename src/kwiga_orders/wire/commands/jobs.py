"""One command for many orders (V10): a filter, and the command without its order."""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import Field, create_model

from kwiga_orders import jobs
from kwiga_orders.orders.commands import OrderCommand
from kwiga_orders.wire.commands import access, orders, payments
from kwiga_orders.wire.commands.about import Asked
from kwiga_orders.wire.filters import Filter
from kwiga_orders.wire.parts import Part
from kwiga_orders.wire.scalars import Id

__all__ = ["EACH_MODELS", "ForEach"]

C_co = TypeVar("C_co", bound=OrderCommand, covariant=True)

_GIVEN = ("actor", "idempotency_key", "expected_version", "order")
"""The fields that the job fills in for each command."""


class EachPart(Part[C_co], Generic[C_co]):
    """A command without its order."""

    places: ClassVar[tuple[str, ...]] = ("order",)

    def named(self) -> dict[str, object]:
        """Give the fields that the document names, and placeholders for those that differ between the orders."""
        return {**super().named(), **dict.fromkeys(self.places, jobs.EACH)}


def _each(model: type[Asked[OrderCommand]], *places: str) -> type[EachPart[OrderCommand]]:
    """Give the model of a command without its order and without the other fields that each order has of its own."""
    aside = {*_GIVEN, *places}
    # Made from the model of the single command, so that the two cannot differ.
    fields: dict[str, Any] = {
        name: (info.annotation, info) for name, info in model.model_fields.items() if name not in aside
    }
    assert model.makes is not None, "each command makes one of the domain"
    base = EachPart[model.makes]  # type: ignore[name-defined]
    made = create_model(f"Each{model.__name__}", __base__=base, __doc__=model.__doc__, **fields)
    made.places = ("order", *places)
    return made


EACH_MODELS = (
    _each(access.ExtendAccess),
    _each(access.SetAccessEnd),
    _each(access.FreezeAccess),
    _each(access.UnfreezeAccess),
    _each(orders.MoveOrder),
    _each(orders.EditOrder),
    _each(orders.CancelOrder),
    _each(payments.Remind, "payment"),
    _each(payments.SendLetter),
    _each(orders.AddNote),
    _each(orders.AddTask),
    _each(payments.StopRenewal),
    _each(payments.ResumeRenewal),
)
"""The commands that a job can execute on many orders, without their order."""

if TYPE_CHECKING:
    AnyEach = EachPart[OrderCommand]
else:
    AnyEach = reduce(or_, EACH_MODELS)


class ForEach(Asked[jobs.ForEach]):
    """Execute a command on each order that the filter finds, as a job. Run again, the job continues (V10)."""

    command: Literal["for_each"]
    filters: Filter = Field(alias="filter")
    each: Annotated[AnyEach, Field(discriminator="command")]
    job: Id | None = Field(
        None,
        description="The name of the job. Run again with it, the job continues. By default the key, or a new name.",
    )
