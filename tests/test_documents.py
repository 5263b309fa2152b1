"""Stored documents stay readable for ever."""

import json
from typing import get_args

import pytest

from kwiga_orders.adapters.documents import ALL_SCHEMAS, CONTACTS, ORDERS, Schema
from kwiga_orders.codec import Json
from kwiga_orders.errors import Corrupt
from kwiga_orders.orders.events import Event
from kwiga_orders.project import Contact
from tests.goldens import WRITTEN, file_of

EVERY_SCHEMA = [pytest.param(schema, id=schema.name) for schema in ALL_SCHEMAS]
EVERY_NUMBER = [
    pytest.param(schema, number, id=f"{schema.name}.{number}")
    for schema in ALL_SCHEMAS
    for number in range(1, schema.number + 1)
]


class TestGoldenFiles:
    """What hosts have in their databases, in every schema there ever was."""

    @pytest.mark.parametrize(("schema", "number"), EVERY_NUMBER)
    def test_every_schema_is_read(self, schema: Schema[object], number: int) -> None:
        """A document of any schema gives the value that was written."""
        documents = json.loads(file_of(schema.name, number).read_text(encoding="utf-8"))
        assert documents

        for name, document in documents.items():
            assert schema.read(json.dumps(document), schema=number, id=name) == WRITTEN[schema.name][name]

    @pytest.mark.parametrize("schema", EVERY_SCHEMA)
    def test_what_is_written_now_has_its_number(self, schema: Schema[object]) -> None:
        """Whoever changes what is written makes a new schema: a step, and a golden file beside the old one."""
        documents = json.loads(file_of(schema.name, schema.number).read_text(encoding="utf-8"))

        for name, value in WRITTEN[schema.name].items():
            assert json.loads(schema.write(value)) == documents[name]

    def test_every_event_is_among_them(self) -> None:
        """The history in the golden files holds every kind of event."""
        assert {event.name for event in get_args(Event)} == WRITTEN["recorded"].keys()


class TestSchemas:
    """Documents of older, newer and broken schemas."""

    def test_steps_bring_old_documents_up(self) -> None:
        """Each step takes a document one schema further, from wherever it is."""

        def named(document: dict[str, Json]) -> dict[str, Json]:
            return {"id": document["key"], "name": document["title"]}

        def with_email(document: dict[str, Json]) -> dict[str, Json]:
            return {**document, "email": f"{document['id']}@example.com"}

        schema = Schema(name="contact", kind=Contact, steps=(named, with_email))
        expected = Contact(id="c", name="n", email="c@example.com")

        assert schema.number == 3
        assert schema.read('{"key": "c", "title": "n"}', schema=1, id="c") == expected
        assert schema.read('{"id": "c", "name": "n"}', schema=2, id="c") == expected
        assert schema.read(schema.write(expected), schema=3, id="c") == expected

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "null",
            "[]",
            "{}",
            '{"id": "o1"}',
            '{"project": {"grace": {"days": 0}}}',
            "[" * 100_000,
            '{"id":"o2","number":2,"contact":"c","currency":"UAH","zone":"Z","created_at":"yesterday"}',
        ],
    )
    def test_what_cannot_be_read_says_which_it_is(self, text: str) -> None:
        """`document.unreadable` names the document, its id and its schema; the cause is kept."""
        with pytest.raises(Corrupt) as problem:
            ORDERS.read(text, schema=1, id="o1")

        assert problem.value.code == "document.unreadable"
        assert problem.value.details == {"document": "order", "id": "o1", "schema": 1}
        assert problem.value.__cause__ is not None

    def test_what_a_newer_version_wrote(self) -> None:
        """`document.too_new` says how far this version can read."""
        with pytest.raises(Corrupt) as problem:
            CONTACTS.read('{"id": "c"}', schema=9, id="c")

        assert problem.value.code == "document.too_new"
        assert problem.value.details == {"document": "contact", "id": "c", "schema": 9, "newest": CONTACTS.number}
