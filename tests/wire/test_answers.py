"""What queries answer is what the JSON Schema says of their answers: no field more, none less, each of its type."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import attrs
import pytest
from typing_extensions import get_original_bases

from kwiga_orders.adapters.memory import MemoryOrderStore
from kwiga_orders.codec import Json
from kwiga_orders.queries import AccessQuery, Query
from kwiga_orders.testing.case_files import cases_folder, read_case_file
from kwiga_orders.testing.stage import SchoolStage
from kwiga_orders.wire.case_runner import run_case
from kwiga_orders.wire.schema import ANSWERS, schema

jsonschema = pytest.importorskip("jsonschema")

FILES = sorted(cases_folder().rglob("*.json"))


def closed(part: Json) -> Json:
    """Give a schema whose objects have no fields but those it names."""
    if isinstance(part, dict):
        inner = {name: closed(one) for name, one in part.items()}
        return {**inner, "additionalProperties": False} if "properties" in part else inner
    return [closed(one) for one in part] if isinstance(part, list) else part


DEFINITIONS: Any = copy.deepcopy(closed(schema()["$defs"]))
VALIDATORS = {
    name: jsonschema.Draft202012Validator({"$defs": DEFINITIONS, "$ref": f"#/$defs/{name}"}) for name in DEFINITIONS
}
SEEN: set[str] = set()


def complaints(query: Query[object], answer: Json) -> list[str]:
    """Give what a validator says about the answer to a query."""
    name = type(query).__name__.replace("Query", "Answer")
    SEEN.add(name)
    return [f"{error.json_path}: {error.message}" for error in VALIDATORS[name].iter_errors(answer)]


def data_in(answer: Json) -> Iterator[tuple[str, Json]]:
    """Give the data of each row of history and of each letter in an answer, with the name of its shape."""
    if isinstance(answer, list):
        for one in answer:
            yield from data_in(one)
    elif isinstance(answer, dict):
        if answer.keys() >= {"event", "command", "data"}:
            yield str(answer["event"]), answer["data"]
        elif answer.keys() >= {"kind", "to", "data"}:
            yield f"letter.{answer['kind']}", answer["data"]
        else:
            yield from data_in(list(answer.values()))


def complaints_about_data(answer: Json) -> list[str]:
    """Give what a validator says about the data of events and letters in an answer (N4)."""
    return [
        f"{name}{error.json_path}: {error.message}"
        for name, data in data_in(answer)
        for error in VALIDATORS[name].iter_errors(data)
    ]


@attrs.define(kw_only=True)
class Witness(SchoolStage):
    """A stage that holds every answer against its schema."""

    wrong: list[str] = attrs.field(factory=list)

    def ask(self, query: Query[object]) -> Json:
        """Answer, and note what the schema says against it."""
        answer = super().ask(query)
        self.wrong += complaints(query, answer) + complaints_about_data(answer)
        return answer


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_answers_of_a_story(file: Path) -> None:
    """Every answer of every story is as its schema says."""
    stage = Witness(store=MemoryOrderStore())
    run_case(read_case_file(file), stage)
    assert stage.wrong == []


def test_every_answer_was_seen() -> None:
    """The stories ask everything that can be asked."""
    for file in FILES if not {*ANSWERS} <= SEEN else ():
        run_case(read_case_file(file), Witness(store=MemoryOrderStore()))
    assert {*ANSWERS} <= SEEN


def test_the_schema_would_tell() -> None:
    """A field too much, one too few, and one of another type are complained about."""
    (view,) = get_args(get_original_bases(AccessQuery)[0])
    query = AccessQuery(contact="olena", product="python")
    answer: dict[str, Json] = {
        "open": True,
        "reasons": [],
        "starts_at": None,
        "ends_at": None,
        "next_change_at": None,
        "orders": ["o1"],
        "comments": False,
    }
    assert {*answer} == {*view.__annotations__}
    assert complaints(query, answer) == []
    others: list[Json] = [{**answer, "more": 1}, {**answer, "open": "yes"}, {"open": True}]
    for other in others:
        assert complaints(query, other)
