"""Stored documents stay readable for ever."""

import json
from collections.abc import Iterator
from typing import get_args, get_type_hints

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.adapters.documents import ALL_SCHEMAS, CONTACTS, HISTORY, ORDERS, OUTBOX, REPEATED, Schema, text_of
from kwiga_orders.changes import OutboxRow, Refusal
from kwiga_orders.codec import Json
from kwiga_orders.errors import Corrupt
from kwiga_orders.money import Money
from kwiga_orders.orders.events import Event, EventReported, Recorded
from kwiga_orders.orders.state import Order
from kwiga_orders.project import Contact
from tests.goldens import READ_AS, WRITTEN, file_of

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
            expected = READ_AS.get((schema.name, number), {}).get(name, WRITTEN[schema.name][name])
            assert schema.read(json.dumps(document), schema=number, id=name) == expected

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


NUMBERS = st.integers() | st.floats(allow_nan=False) | st.sampled_from([2**63, 2**64, -(2**63) - 1, 10**400])
FREE = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def reported(data: dict[str, object]) -> Recorded:
    """Give a row of history of what a host reported."""
    row = WRITTEN["recorded"]["event.reported"]
    assert isinstance(row, Recorded)
    return attrs.evolve(row, event=EventReported(event="called", data=data))


def deep(levels: int) -> Json:
    """Give a list in a list, and so on."""
    document: Json = []
    for _ in range(levels):
        document = [document]
    return document


def free_fields(kind: object) -> Iterator[tuple[str, str]]:
    """Give classes and fields of free JSON among all that a kind holds."""
    for inner in get_args(kind):
        yield from free_fields(inner)
    if isinstance(kind, type) and attrs.has(kind):
        for name, hint in get_type_hints(kind).items():
            if object in get_args(hint):
                yield kind.__name__, name
            yield from free_fields(hint)


class TestText:
    """Law 4: what parses and writes text fast takes less than JSON may hold; nothing is lost by that."""

    def test_is_compact(self) -> None:
        """There are no spaces, and letters are those that were typed."""
        assert CONTACTS.write(Contact(id="c1", name="Олена")) == '{"id":"c1","name":"Олена"}'
        assert text_of([1, "é\n", None]) == '[1,"é\\n",null]'

    @given(data=st.dictionaries(st.text(), FREE, max_size=4))
    def test_what_a_host_gave(self, data: dict[str, object]) -> None:
        """Numbers of any size, and infinite ones, come back as they were, each of its type."""
        row = reported(data)
        found = HISTORY.read(HISTORY.write(row), schema=1, id="o1")

        assert found == row
        assert repr(found) == repr(row)

    def test_no_number(self) -> None:
        """What is no number stays none, and is not read as nothing."""
        found = HISTORY.read(HISTORY.write(reported({"x": float("nan")})), schema=1, id="o1")

        assert isinstance(found.event, EventReported)
        assert repr(found.event.data) == "{'x': nan}"

    def test_deep(self) -> None:
        """What a host gave may be nested deeper than orjson writes."""
        row = reported({"x": deep(300)})

        assert HISTORY.read(HISTORY.write(row), schema=1, id="o1") == row

    @pytest.mark.parametrize("minor", [2**63, 2**64, -(2**63) - 1, 10**30])
    def test_large_numbers_of_ours(self, minor: int) -> None:
        """A number beyond 64 bits is never read as one that is near it."""
        order = WRITTEN["order"]["least"]
        assert isinstance(order, Order)
        rich = attrs.evolve(order, plan_difference=Money(minor, "UAH"))

        found = ORDERS.read(ORDERS.write(rich), schema=1, id="o1")

        assert found == rich
        assert type(found.plan_difference.minor) is int

    def test_halves_of_characters(self) -> None:
        """JSON may name half of a character, which orjson refuses: what was stored is read, and written again."""
        contact = CONTACTS.read('{"id":"c1","name":"\\ud800"}', schema=1, id="c1")
        assert contact.name == "\ud800"
        assert CONTACTS.write(contact) == '{"id":"c1","name":"\ud800"}'

    def test_more_than_one_document(self) -> None:
        """A text is one document."""
        text = CONTACTS.write(Contact(id="c1"))

        with pytest.raises(Corrupt) as problem:
            CONTACTS.read(text * 2, schema=1, id="c1")
        assert problem.value.code == "document.unreadable"

    def test_where_free_json_is(self) -> None:
        """Whoever adds free JSON of a host's says so in its schema; that of the outbox and of refusals is ours."""
        found = {schema.name: set(free_fields(schema.kind)) for schema in ALL_SCHEMAS}

        assert {name for name, fields in found.items() if fields} == {HISTORY.name, OUTBOX.name, REPEATED.name}
        assert found[HISTORY.name] == {(EventReported.__name__, "data")}
        assert found[REPEATED.name] == {(Refusal.__name__, "details")}
        assert found[OUTBOX.name] == {(OutboxRow.__name__, "data")}
        assert HISTORY.free is not None
        assert HISTORY.free in HISTORY.write(reported({}))
