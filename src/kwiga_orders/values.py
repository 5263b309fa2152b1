"""Fast constructors, fast copies and cached properties for frozen attrs values.

Laws:

1. `maker(Kind)` builds what `Kind` builds, and `changed` returns what `attrs.evolve` returns, also for type checkers.
2. A class with a converter, a validator or a post-init hook is called as usual, unless its values are already checked.
   For any other class the constructor and the copy are compiled once from its fields, and take a third of the time or
   less (decision 0033).
3. A `kept` property is computed on first use. A changed copy keeps the cached result unless a field changed that the
   property depends on.
"""

import linecache
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property, partial
from itertools import count
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

import attrs

__all__ = ["changed", "changed_by", "compiled", "converts", "factory_in", "kept", "kept_with", "maker", "opened"]

P = ParamSpec("P")
T = TypeVar("T")
U = TypeVar("U")
_FACTORY = cast(type, attrs.Factory)
_CLOSED = ("_made.__class__ = _Kind", "return _made")


def maker(kind: Callable[P, T], *, is_checked: bool = False) -> Callable[P, T]:
    """Give a faster constructor of a class.

    With `is_checked` it must only get values that the converters and checks of the class would not change or refuse.
    """
    assert isinstance(kind, type)
    if not is_checked and _must_be_called(kind):
        # K7: the checks of the metaclass are bypassed, because the values were checked before
        return kind if type(kind) is type else cast(Callable[P, T], partial(type.__call__, kind))
    # A class has only keyword-only fields, or none.
    fields = attrs.fields(kind)
    head = ["*"] if fields and all(one.kw_only for one in fields) else []
    head += [one.name if one.default is attrs.NOTHING else f"{one.name}=_{one.name}" for one in fields]
    lines = ["_made = _Open()", *(f"_made.{one.name} = {_given(one)}" for one in fields), *_CLOSED]
    defaults = {f"_{one.name}": one.default for one in fields}
    return compiled(f"make_{kind.__name__}({', '.join(head)})", lines, {**_names(kind), **defaults})


def factory_in(default: object) -> Callable[[], object] | None:
    """Give the factory of a default of attrs; None if the default is a plain value."""
    # attrs declares `Factory` as a function, but it is a class
    return cast(Any, default).factory if isinstance(default, _FACTORY) else None


def _given(field: "attrs.Attribute[object]") -> str:
    # A factory makes a new default each time, because a mutable default must not be shared.
    if factory_in(field.default) is not None:
        return f"_{field.name}.factory() if {field.name} is _{field.name} else {field.name}"
    return field.name


if TYPE_CHECKING:
    from attrs import evolve as changed
else:

    def changed(value: T, /, **fields: object) -> T:
        """Give a copy of `value` with other values of some fields."""
        return _changer(value.__class__, (*fields,))(value, **fields)


def changed_by(value: T, fields: Mapping[str, object]) -> T:
    """Give a copy of `value` with other values of some fields, whose names are computed."""
    change: Callable[..., T] = changed
    return change(value, **fields)


# Compiled once for each class and set of changed fields.
@cache
def _changer(kind: type, names: tuple[str, ...]) -> Callable[..., Any]:
    """Give the function that copies a value of a class with these fields changed."""
    if _must_be_called(kind):
        return attrs.evolve
    # plain assignments to an object that is not frozen yet are faster than `__init__` with keywords in `attrs.evolve`
    same = [one.name for one in attrs.fields(kind) if one.name not in names]
    lines = ["_made = _Open()", *(f"_made.{name} = _value.{name}" for name in same)]
    lines += [f"_made.{name} = {name}" for name in names]
    for slot in _unaffected_slots(kind, changing=names):
        lines += [f"try: _made.{slot} = _value.{slot}", "except AttributeError: pass"]
    return compiled(f"change_{kind.__name__}({', '.join(('_value', *names))})", [*lines, *_CLOSED], _names(kind))


def _must_be_called(kind: type) -> bool:
    return converts(kind) or hasattr(kind, "__attrs_post_init__")


def _names(kind: type) -> dict[str, object]:
    return {"_Kind": kind, "_Open": opened(kind)}


class _Kept(property):
    """A cached property of a value; `of` names the fields it depends on."""

    def __init__(self, get: Callable[[Any], object], of: Iterable[str]) -> None:
        super().__init__(get)
        self.of = frozenset(of)


def kept(*of: str) -> Callable[[Callable[[Any], T]], "cached_property[T]"]:
    """Cache a property that depends on these fields, in a slot of the class: its name after an underscore.

    attrs needs `__getattr__` for a `cached_property` of a slotted class, and that makes every read of a field four
    times as slow on Python 3.11. This one does not need it.
    """

    def keeping(compute: Callable[[Any], T]) -> "cached_property[T]":
        name = compute.__name__
        lines = (
            f"try: return _value._{name}",
            # Trying is faster than testing, because a failed lookup is rare.
            "except AttributeError: pass",
            "_found = _compute(_value)",
            f"_keep(_value, '_{name}', _found)",
            "return _found",
        )
        get = compiled(f"{name}(_value)", lines, {"_compute": compute, "_keep": object.__setattr__})
        get.__doc__ = compute.__doc__
        return cast("cached_property[T]", _Kept(get, of))

    return keeping


def kept_with(value: T, slot: str, compute: Callable[[T], U]) -> U:
    """Cache in a slot of a value a result that another module computes from it; a changed copy computes it again."""
    try:
        return cast(U, getattr(value, slot))
    except AttributeError:
        found = compute(value)
        object.__setattr__(value, slot, found)
        return found


def _unaffected_slots(kind: type, *, changing: Iterable[str]) -> Iterator[str]:
    """Yield the cache slots that stay valid when only these fields change."""
    # `dir` also gives inherited properties.
    for name in dir(kind):
        found = getattr(kind, name)
        if isinstance(found, _Kept) and found.of.isdisjoint(changing):
            yield f"_{name}"


def converts(kind: type) -> bool:
    """Tell whether a class converts or validates its values, so that it must be called to make one."""
    return hasattr(kind, "__attrs_pre_init__") or any(one.converter or one.validator for one in attrs.fields(kind))


def opened(kind: type) -> Callable[[], Any]:
    """Give a function that makes empty objects of a subclass of `kind` that is not frozen.

    Plain assignment is several times faster than `object.__setattr__`. The subclass adds no slots, so an instance
    becomes a frozen value when its `__class__` is set to `kind`.
    """
    plain = {name: getattr(object, name) for name in ("__init__", "__setattr__", "__delattr__")}
    made = type(kind)(f"Open{kind.__name__}", (kind,), {"__slots__": (), **plain})
    return made if type(kind) is type else partial(object.__new__, made)


def compiled(head: str, lines: Iterable[str], names: Mapping[str, object]) -> Callable[..., Any]:
    """Compile a function from its head and the lines of its body; `names` are the globals they refer to."""
    name, source = head.partition("(")[0], "\n ".join([f"def {head}:", *lines]) + "\n"
    # a separate namespace for each function, because two may have the same name
    known = dict(names)
    exec(compile(source, _registered(name, source), "exec"), known)
    return cast(Callable[..., Any], known[name])


def _registered(name: str, source: str) -> str:
    """Give a file name under which tracebacks and debuggers find the source."""
    lines = source.splitlines(keepends=True)
    numbered = (f"<compiled {name}{n or ''}>" for n in count())
    # Numbered, because two classes may have the same name: the first file that is free or has the same lines.
    file = next(file for file in numbered if linecache.getlines(file) in ([], lines))
    # Without a modification time `linecache.checkcache` keeps the entry.
    linecache.cache[file] = (len(source), None, lines, file)
    return file
