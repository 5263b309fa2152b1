"""How other libraries, if installed, read a stored order: cattrs into our classes, pydantic into similar models."""

import types
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from kwiga_orders.course import Delay
from kwiga_orders.offers import Discount
from kwiga_orders.orders.state import Adjustment, Order, Terms
from kwiga_orders.terms import Certificate, Checkpoints, Delays, Duration, Practices, Scope, Start

__all__ = ["readers"]

_UNIONS = (Certificate, Checkpoints, Delay, Delays, Discount, Duration, Practices, Scope, Start, Adjustment, Terms)
_FLAG_OR_LIST = bool | tuple[str, ...]


def readers() -> dict[str, Callable[[str], object]]:
    """Give functions that make orders from text, by the name of the library."""
    known = {"cattrs": by_cattrs, "pydantic": by_pydantic}
    return {name: made() for name, made in known.items() if find_spec(name)}


def by_cattrs() -> Callable[[str], object]:
    """Read with a converter that knows our tags."""
    converter = import_module("cattrs.preconf.json").make_converter()
    tagged = import_module("cattrs.strategies").configure_tagged_union
    converter.register_structure_hook(Decimal, lambda text, _: Decimal(text))
    converter.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text + "Z"))
    converter.register_structure_hook(date | datetime, lambda text, _: datetime.fromisoformat(text + "Z"))
    converter.register_structure_hook(_FLAG_OR_LIST, lambda given, _: given)
    for union in _UNIONS:
        tagged(union, converter, tag_name="kind", tag_generator=lambda kind: str(kind.kind))
    return lambda text: converter.loads(text, Order)


def by_pydantic() -> Callable[[str], object]:
    """Read with models that have the fields of our classes."""
    read: Callable[[str], object] = _model(Order).model_validate_json
    return read


@cache
def _model(kind: type) -> Any:
    from pydantic import create_model

    hints = get_type_hints(kind)
    fields: dict[str, Any] = {one.name: (_of_models(hints[one.name]), _default(one)) for one in attrs.fields(kind)}
    if "kind" not in fields and hasattr(kind, "kind"):
        fields["kind"] = (Literal[kind.kind], ...)
    return create_model(kind.__name__, **fields)


def _default(field: "attrs.Attribute[Any]") -> object:
    return ... if field.default is attrs.NOTHING else field.default


def _of_models(hint: Any) -> Any:
    """Give a type with our classes replaced by models."""
    from pydantic import AfterValidator

    if isinstance(hint, type) and attrs.has(hint):
        return _model(hint)
    if hint is datetime:
        return Annotated[datetime, AfterValidator(lambda at: at.replace(tzinfo=UTC))]
    if get_origin(hint) in (Union, types.UnionType):
        return Union[tuple(_of_models(one) for one in get_args(hint))]  # noqa: UP007
    if get_origin(hint) is tuple:
        return tuple[_of_models(get_args(hint)[0]), ...]  # type: ignore[misc]
    if get_origin(hint) is Mapping:
        return dict[str, _of_models(get_args(hint)[1])]  # type: ignore[misc]
    return hint
