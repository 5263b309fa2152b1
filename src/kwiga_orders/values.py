"""Frozen values, changed: the same, but for some fields.

Laws:

1. What `changed` gives equals what `attrs.evolve` gives, and types are checked alike.
2. A class that converts or checks its values is called, and does so. One that takes them as they are is not: what
   copies it is compiled once from its fields, and takes a quarter of the time.
3. What was computed of a value and kept with it is computed anew of the changed one.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs

__all__ = ["changed", "compiled", "converts", "opened"]

T = TypeVar("T")

if TYPE_CHECKING:
    from attrs import evolve as changed
else:

    def changed(value: T, /, **fields: object) -> T:
        """Give `value` with other values of some fields."""
        kind = value.__class__
        copied = _copier(kind)
        if copied is None:
            return attrs.evolve(value, **fields)
        made = copied(value)
        for name, other in fields.items():
            setattr(made, name, other)
        made.__class__ = kind
        return made


@cache
def _copier(kind: type) -> Callable[[Any], Any] | None:
    """Give what copies a value, not yet frozen; None if its class must be called."""
    if converts(kind) or hasattr(kind, "__attrs_post_init__"):
        return None
    lines = ["_made = _Open()", *(f"_made.{one.name} = _value.{one.name}" for one in attrs.fields(kind))]
    return compiled(f"copy_{kind.__name__}(_value)", [*lines, "return _made"], {"_Open": opened(kind)})


def converts(kind: type) -> bool:
    """Tell whether a class does more with its values than to keep them and to look at them then: it must be called."""
    return hasattr(kind, "__attrs_pre_init__") or any(one.converter or one.validator for one in attrs.fields(kind))


def opened(kind: type) -> type:
    """Give a class like `kind`, not yet frozen: its values are set plainly, which is several times faster.

    It adds no slots, so what was made of it becomes a value of `kind` by being told so.
    """
    plain = {name: getattr(object, name) for name in ("__init__", "__setattr__", "__delattr__")}
    return type(f"Open{kind.__name__}", (kind,), {"__slots__": (), **plain})


def compiled(head: str, lines: Iterable[str], names: Mapping[str, object]) -> Callable[[Any], Any]:
    """Compile a function of one line after another; `names` are what they refer to."""
    known = dict(names)
    exec(compile("\n ".join([f"def {head}:", *lines]), f"<{head}>", "exec"), known)
    return cast(Callable[[Any], Any], known[head.partition("(")[0]])
