"""Settings in a JSON file, read into classes. Each wrong field is a fault; secrets come from outside of the file.

    document = with_secrets(read_json(Path("serve.json").read_bytes()))
    shop = read_settings(Shop, document["liqpay"], "liqpay")

Laws:

1. Anywhere in a document `{"env": NAME}` is replaced by an environment variable, and `{"file": PATH}` by the text of a
   file. So a secret is neither in the document nor on the command line.
2. All faults are reported at once, each with its path and none with a value.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args, get_origin

import attrs

from kwiga_orders.codec import Json
from kwiga_orders.errors import Fault, InvalidInput

__all__ = ["fault_at", "read_settings", "with_secrets"]

T = TypeVar("T")

# Secrets


def with_secrets(document: Json) -> Json:
    """Replace the references to environment variables and files by their texts (law 1).

    Raises:
        InvalidInput: for each variable or file that does not exist.
    """
    faults: list[Fault] = []
    found = _resolved(document, (), faults)
    if faults:
        raise InvalidInput(faults)
    return found


def _resolved(value: Json, path: tuple[str, ...], faults: list[Fault]) -> Json:
    if isinstance(value, list):
        return [_resolved(one, (*path, str(n)), faults) for n, one in enumerate(value)]
    if not isinstance(value, dict):
        return value
    for place, read in _PLACES.items():
        if value.keys() == {place}:
            text = read(str(value[place]))
            if text is None:
                faults.append(fault_at(".".join(path), f"the {place} has no {value[place]}"))
            return text
    return {name: _resolved(one, (*path, name), faults) for name, one in value.items()}


def _text_of(path: str) -> str | None:
    try:
        # editors end a file with a line break, which does not belong to the secret
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        return None


# decision 0055: the file names its variables; no environment variable is read unless it is named
_PLACES: Mapping[str, Callable[[str], str | None]] = {"env": os.environ.get, "file": _text_of}


def fault_at(path: str, hint: str) -> Fault:
    """Give the fault of a field; `hint` says what is expected there."""
    return Fault(path=path, code="input.invalid", hint=hint)


# Classes


def read_settings(kind: type[T], said: Json, path: str) -> T:
    """Make settings of a class from a JSON object; `path` is where it stands in the file.

    Raises:
        InvalidInput: for each field that is unknown, missing, or of another type.
    """
    if not isinstance(said, dict):
        raise InvalidInput([fault_at(path, "an object")])
    fields = {one.name: one for one in attrs.fields(cast(Any, kind)) if one.init and one.name != "clock"}
    faults = [fault_at(f"{path}.{name}", f"one of {', '.join(sorted(fields))}") for name in said.keys() - fields.keys()]
    for name, field in fields.items():
        if name not in said:
            faults += [fault_at(f"{path}.{name}", "is required")] if field.default is attrs.NOTHING else []
        elif (hint := _wanted(said[name], field.type)) is not None:
            faults.append(fault_at(f"{path}.{name}", hint))
    if faults:
        raise InvalidInput(sorted(faults, key=lambda fault: fault.path))
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in said.items()})


def _wanted(value: Json, kind: Any) -> str | None:
    """Say what a field of type `kind` expects; None if the value fits."""
    if get_origin(kind) is Literal:
        return None if value in get_args(kind) else f"one of {', '.join(get_args(kind))}"
    if kind == tuple[str, ...]:
        is_so = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return None if is_so else "a list of texts"
    if kind in (int, float):
        return None if isinstance(value, int | float) and not isinstance(value, bool) else "a number"
    return None if isinstance(value, str) else "a text"
