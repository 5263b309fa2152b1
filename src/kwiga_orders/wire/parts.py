"""The base of all models of the wire: strict reading, and the way from a document to a value of the domain.

Laws:

1. A field has the same name in the model and in the domain; a different name on the wire is its alias.
2. Only fields that the document names are passed on. A field that it leaves out gets the default of the domain, or in
   an edit stays unchanged (K2). A default in a model is only for readers of the JSON Schema.
3. An invalid document is refused with all its faults at once.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, ClassVar, Generic, Self, TypeVar

import attrs
from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, ValidationError
from pydantic import model_validator as validator

from kwiga_orders.values import maker
from kwiga_orders.wire.faults import Complaint, refusal_of, refuse_too_large, together

__all__ = ["LinkedPart", "Part", "optional", "read_as"]

D_co = TypeVar("D_co", covariant=True)
V = TypeVar("V")


def optional(
    description: str | None = None, *, alias: str | None = None
) -> Any:  # Any, like pydantic's own Field, because it stands for a value of any type
    """Give a field that may be left out; in an edit it then stays unchanged (K2)."""
    # The default is never passed on; it only makes the field optional in the schema.
    return Field(default_factory=lambda: None, description=description, alias=alias)


@cache
def _maker_of(kind: type) -> Callable[..., Any]:
    return maker(kind)


def _valued(inner: object) -> object:
    # The lookup uses only the class, so a value that needs no conversion costs one lookup.
    way = _WAYS.get(inner.__class__)
    return inner if way is None else way(inner)


def _all_valued(several: tuple[object, ...]) -> tuple[object, ...]:
    return tuple([_valued(one) for one in several])


def _each_valued(named: dict[object, object]) -> dict[object, object]:
    return {key: _valued(one) for key, one in named.items()}


_WAYS: dict[type, Callable[[Any], object]] = {tuple: _all_valued, dict: _each_valued}
"""How the value of a field becomes a value of the domain, by class; each model adds itself. All other values stay."""


class Part(BaseModel, Generic[D_co]):
    """A model of the wire that makes a value `D_co` of the domain."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", hide_input_in_errors=True)

    makes: ClassVar[type | None] = None
    handed_on: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def __pydantic_init_subclass__(cls, **options: object) -> None:
        """Remember which value the model makes (the argument of its nearest generic parent), and from which fields."""
        super().__pydantic_init_subclass__(**options)
        # A generic model gets its argument only when it is parametrised, so the parents are searched.
        parents = (parent.__pydantic_generic_metadata__ for parent in cls.__mro__ if issubclass(parent, Part))
        made = next((parent["args"][0] for parent in parents if parent["args"]), None)
        if isinstance(made, type) and attrs.has(made):
            known = attrs.fields_dict(made)
            cls.makes = made
            # a tag that tells classes apart is a class attribute in the domain, so it is not passed on
            cls.handed_on = tuple(name for name in cls.model_fields if name in known)
        _WAYS[cls] = cls.value

    def value(self) -> D_co:
        """Give the value of the domain that the document describes."""
        made: D_co = _maker_of(self.makes)(**self.named())
        return made

    def named(self) -> dict[str, object]:
        """Give the fields that the document names, under their names in the domain."""
        fields, given = self.__dict__, self.__pydantic_fields_set__
        return {name: _valued(fields[name]) for name in self.handed_on if name in given}

    @classmethod
    def read(cls, document: object) -> D_co:
        """Read a document from parsed JSON.

        Raises:
            InvalidInput: with all its faults.
        """
        return read_as(cls.model_validate, document).value()


class LinkedPart(Part[D_co], Generic[D_co]):
    """A model with faults between fields. They are reported together with the faults of single fields."""

    @classmethod
    @abstractmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """List the faults between the fields of a document that was not validated yet."""

    @validator(mode="wrap")
    @classmethod
    def _all_at_once(cls, document: object, read: ModelWrapValidatorHandler[Self]) -> Self:
        # Found before the fields are read, so that they are reported even if a field is wrong.
        complaints = list(cls.complaints(document)) if isinstance(document, Mapping) else []
        try:
            part = read(document)
        except ValidationError as found:
            if not complaints:
                raise
            raise together(complaints, found) from None
        if complaints:
            raise together(complaints, None)
        return part


def read_as(read: Callable[[object], V], document: object) -> V:
    """Read a document from parsed JSON with a model or a union of models.

    Raises:
        InvalidInput: with all faults, of which at most 100 are listed; `input.too_large` comes before all others.
    """
    refuse_too_large(document)
    try:
        return read(document)
    except ValidationError as found:
        refusal = refusal_of(found, document)
    # raised outside the handler, so that the error holds no reference to a value of the document (K5)
    raise refusal
