"""Parts of the contract that are more precise than the schema: history rows, letters, batches and actions.

A validator tries the members of a union one after another, and a history has hundreds of rows of about sixty shapes. So
the plain schema leaves the data of a row open. Code generators make a union whose members the event name tells
apart, which costs nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import cast, get_args

from kwiga_orders.answering.of_actions import ACTIONS
from kwiga_orders.catalogue import CatalogueEvent
from kwiga_orders.codec import Json
from kwiga_orders.orders.events import Event
from kwiga_orders.sentences import SENTENCES
from kwiga_orders.views.letters import LETTER_DATA
from kwiga_orders.wire.contract import type_name

__all__ = ["more_precise"]

Schema = dict[str, Json]
"""A JSON Schema."""


def more_precise(definitions: Mapping[str, Schema], answers: Iterable[str]) -> dict[str, Schema]:
    """Give more precise definitions for some of the schema, and the new definitions that they refer to."""
    events = [kind.name for kind in (*get_args(Event), *get_args(CatalogueEvent))]
    rows = dict(_alternatives(definitions["EventView"], "event", {name: name for name in events}, "Event"))
    # V8: a batch contains no batch.
    single = [name for name in (*answers, "Problem") if name != "BatchAnswer"]
    kinds = {kind: f"letter.{kind}" for kind in LETTER_DATA}
    letters = dict(_alternatives(definitions["LetterView"], "kind", kinds, "Letter"))
    return {
        **definitions,
        **rows,
        **letters,
        "EventView": _one_of(rows, definitions["EventView"]),
        "LetterView": _one_of(letters, definitions["LetterView"]),
        "BatchAnswer": {"type": "array", "items": {"anyOf": list(map(_reference, single))}},
        "ActionsAnswer": _actions(),
    }


def _alternatives(view: Schema, tag: str, shapes: Mapping[str, str], suffix: str) -> Iterator[tuple[str, Schema]]:
    """Give, for each value of the tag, the fields of the view with the data that belongs to that value."""
    fields = cast(dict[str, Json], view["properties"])
    for value, shape in shapes.items():
        name = f"{type_name(f'.{value}')}{suffix}"
        said = cast(Schema, fields["data"]).get("description", "")
        own: Schema = {
            tag: {"type": "string", "const": value, "description": cast(Schema, fields[tag])["description"]},
            "data": {**_reference(shape), "description": said},
        }
        yield name, {**view, "title": name, "properties": {**fields, **own}}


def _one_of(rows: Iterable[str], view: Schema) -> Schema:
    return {"description": view["description"], "oneOf": list(map(_reference, rows))}


def _actions() -> Schema:
    """Give the answer to `actions` with a field for each command, so that a misspelled name does not compile."""
    may: Schema = {
        "anyOf": [{"type": "string", "enum": list[Json](sorted(SENTENCES))}, {"type": "null"}],
        "description": "The code with which the command would be refused now; null: it would be accepted.",
    }
    return {
        "title": "ActionsAnswer",
        "description": "For each command to an order, whether it would be accepted now (V8).",
        "type": "object",
        "properties": dict.fromkeys(ACTIONS, may),
        "required": [*ACTIONS],
        "additionalProperties": False,
    }


def _reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}
