"""Frozen values: made, changed, and kept with what was computed of them.

Laws:

1. What `maker` makes equals what the class makes, and what `changed` gives equals what `attrs.evolve` gives; types are
   checked alike.
2. A class that converts or checks its values is called, and does so. One that takes them as they are is not: what makes
   or changes it is compiled once from its fields, and takes a third of the time, or less.
3. What is `kept` with a value is computed when it is asked for first. A changed value has it, too, if nothing changed
   that it is computed of; else it is computed anew.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

import attrs

__all__ = ["changed", "compiled", "converts", "kept", "maker", "opened"]

P = ParamSpec("P")
T = TypeVar("T")
_CLOSED = ("_made.__class__ = _Kind", "return _made")


def maker(kind: Callable[P, T]) -> Callable[P, T]:
    """Give what makes values of a class as the class itself does, for those that a command makes several of."""
    assert isinstance(kind, type)
    if _must_be_called(kind):
        return kind
    fields = attrs.fields(kind)
    head = ["*"] if fields and all(one.kw_only for one in fields) else []
    head += [one.name if one.default is attrs.NOTHING else f"{one.name}=_{one.name}" for one in fields]
    lines = ["_made = _Open()", *(f"_made.{one.name} = {_given(one)}" for one in fields), *_CLOSED]
    defaults = {f"_{one.name}": one.default for one in fields}
    return compiled(f"make_{kind.__name__}({', '.join(head)})", lines, {**_names(kind), **defaults})


def _given(field: "attrs.Attribute[object]") -> str:
    if isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]
        return f"_{field.name}.factory() if {field.name} is _{field.name} else {field.name}"
    return field.name


if TYPE_CHECKING:
    from attrs import evolve as changed
else:

    def changed(value: T, /, **fields: object) -> T:
        """Give `value` with other values of some fields."""
        return _changer(value.__class__, (*fields,))(value, **fields)


@cache
def _changer(kind: type, names: tuple[str, ...]) -> Callable[..., Any]:
    """Give what changes these fields of values of a class."""
    if _must_be_called(kind):
        return attrs.evolve
    same = [one.name for one in attrs.fields(kind) if one.name not in names]
    lines = ["_made = _Open()", *(f"_made.{name} = _value.{name}" for name in same)]
    lines += [f"_made.{name} = {name}" for name in names]
    for room in _rooms(kind, without=names):
        lines += [f"try: _made.{room} = _value.{room}", "except AttributeError: pass"]
    return compiled(f"change_{kind.__name__}({', '.join(('_value', *names))})", [*lines, *_CLOSED], _names(kind))


def _must_be_called(kind: type) -> bool:
    return converts(kind) or hasattr(kind, "__attrs_post_init__")


def _names(kind: type) -> dict[str, object]:
    return {"_Kind": kind, "_Open": opened(kind)}


class _Kept(property):
    """A property of a value; `of` names the fields that it is computed of."""

    def __init__(self, get: Callable[[Any], object], of: Iterable[str]) -> None:
        super().__init__(get)
        self.of = frozenset(of)


def kept(*of: str) -> Callable[[Callable[[Any], T]], "cached_property[T]"]:
    """Keep with a value what is computed of these fields, in a slot of its class: its name after an underscore.

    It is a `cached_property` that needs no `__getattr__`: with one, Python 3.11 takes four times as long to look at any
    field.
    """

    def keeping(compute: Callable[[Any], T]) -> "cached_property[T]":
        name = compute.__name__
        lines = (
            f"try: return _value._{name}",
            "except AttributeError: pass",
            "_found = _compute(_value)",
            f"_keep(_value, '_{name}', _found)",
            "return _found",
        )
        get = compiled(f"{name}(_value)", lines, {"_compute": compute, "_keep": object.__setattr__})
        get.__doc__ = compute.__doc__
        return cast("cached_property[T]", _Kept(get, of))

    return keeping


def _rooms(kind: type, *, without: Iterable[str]) -> Iterator[str]:
    """Name the slots of what stays true of a value of which only these fields change."""
    for name in dir(kind):
        found = getattr(kind, name)
        if isinstance(found, _Kept) and found.of.isdisjoint(without):
            yield f"_{name}"


def converts(kind: type) -> bool:
    """Tell whether a class does more with its values than to keep them and to look at them then: it must be called."""
    return hasattr(kind, "__attrs_pre_init__") or any(one.converter or one.validator for one in attrs.fields(kind))


def opened(kind: type) -> type:
    """Give a class like `kind`, not yet frozen: its values are set plainly, which is several times faster.

    It adds no slots, so what was made of it becomes a value of `kind` by being told so.
    """
    plain = {name: getattr(object, name) for name in ("__init__", "__setattr__", "__delattr__")}
    return type(f"Open{kind.__name__}", (kind,), {"__slots__": (), **plain})


def compiled(head: str, lines: Iterable[str], names: Mapping[str, object]) -> Callable[..., Any]:
    """Compile a function of one line after another; `names` are what they refer to."""
    known = dict(names)
    exec(compile("\n ".join([f"def {head}:", *lines]), f"<{head}>", "exec"), known)
    return cast(Callable[..., Any], known[head.partition("(")[0]])
