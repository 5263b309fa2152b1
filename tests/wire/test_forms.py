"""Forms of commands hold every field, with texts in every language, and refer to nothing that is not there."""

from collections.abc import Iterator
from typing import Any

import pytest

from kwiga_orders.locale.catalogue import LOCALES, catalogue_of
from kwiga_orders.project import Locale
from kwiga_orders.wire.form_tables import CONDITIONS, HELP, LABELS, OPTIONS, OWN_LABELS, OWN_OPTIONS
from kwiga_orders.wire.schema import contract_schema

CONTRACT: Any = contract_schema()
TYPES = CONTRACT["$defs"]
FORMS = CONTRACT["x-forms"]
COMMANDS, PARTS = FORMS["commands"], FORMS["parts"]


def forms() -> Iterator[tuple[str, list[Any]]]:
    """Give every form and every kind of a part, by the name of its type, with its groups."""
    yield from ((form["type"], form["groups"]) for form in COMMANDS.values())
    for name, part in PARTS.items():
        yield from ((kind["type"], kind["groups"]) for kind in part.get("kinds", ()))
        yield from [(name, part["groups"])] if "groups" in part else ()


FIELDS = [(kind, field) for kind, groups in forms() for group in groups for field in group["fields"]]


def texts(node: Any) -> Iterator[str]:
    """Give every key of a text in a form."""
    if isinstance(node, dict):
        yield from (node[key] for key in ("label", "title", "help") if isinstance(node.get(key), str))
        for inner in node.values():
            yield from texts(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from texts(inner)


def widgets(node: Any, fields: frozenset[str]) -> Iterator[tuple[Any, frozenset[str]]]:
    """Give every widget below a form with the fields of the forms around it, through the parts."""
    if isinstance(node, list):
        for inner in node:
            yield from widgets(inner, fields)
    elif isinstance(node, dict):
        if "groups" in node:
            fields |= {field["name"] for group in node["groups"] for field in group["fields"]}
        if "widget" in node:
            yield node, fields
        yield from widgets([PARTS[node["part"]]] if "part" in node else [], fields)
        yield from widgets(list(node.values()), fields)


class TestForms:
    """Issue 9 of the front ends: a description of each command as a form, enough for a generic renderer."""

    def test_every_command_has_one(self) -> None:
        """By its name."""
        assert {*COMMANDS} == {TYPES[form["type"]]["properties"]["command"]["const"] for form in COMMANDS.values()}
        assert len(COMMANDS) == len(TYPES["Command"]["oneOf"])

    def test_every_field_is_in_it_once(self) -> None:
        """Also those of parts; only what says which it is has no field."""
        for kind, groups in forms():
            shown = [field["name"] for group in groups for field in group["fields"]]
            there = [name for name, one in TYPES[kind]["properties"].items() if "const" not in one]
            assert (kind, sorted(shown)) == (kind, sorted(there))

    @pytest.mark.parametrize("locale", LOCALES)
    def test_every_text_is_in_every_language(self, locale: Locale) -> None:
        """Titles, labels, help lines, and the values of enums."""
        words = catalogue_of(locale)
        assert {key for key in texts(FORMS) if words.find(key) is None} == set()

    def test_conditions_refer_to_fields(self) -> None:
        """Of the same form, and to a value that it can have."""
        conditioned = [(kind, field) for kind, field in FIELDS if "when" in field]
        assert {f"{kind}.{field['name']}" for kind, field in conditioned} == {*CONDITIONS}
        for kind, field in conditioned:
            other = next(one for owner, one in FIELDS if (owner, one["name"]) == (kind, field["when"]["field"]))
            if "equals" in field["when"]:
                values = [one["value"] for one in other.get("choices", ())] or [True, False]
                assert field["when"]["equals"] in values

    def test_options_are_answered(self) -> None:
        """By a question that there is, with what the form or one around it has, in fields that its answer has."""
        drawn = [found for form in COMMANDS.values() for found in widgets(form, frozenset()) if "options" in found[0]]
        asked = [(options, fields) for widget, fields in drawn for options in chain_of(widget["options"])]
        assert len(asked) > 100
        for options, fields in asked:
            answer = CONTRACT["x-queries"][options["query"]]
            assert {*options["with"], *filter(None, [options.get("search")])} <= arguments_of(options)
            for needed in options["with"].values():
                if isinstance(needed, dict):
                    assert {*needed["with"]} <= arguments_of(needed)
                    assert {*needed["with"].values()} <= fields
                    assert needed["value"] in row_of(CONTRACT["x-queries"][needed["query"]], [])["properties"]
                else:
                    assert needed in fields, options
            assert {*options.get("where", {}).values()} <= fields
            assert {*options.get("where", {})} <= {*row_of(answer, []).get("properties", {})}
            row = row_of(answer, [*filter(None, options["rows"].split("."))])
            if options["value"] is None:
                assert row == {"type": "string"}
            else:
                assert {options["value"], *options["text"]} <= {*alternatives(row)}

    def test_tables_name_what_is_there(self) -> None:
        """A field that is gone takes its entries with it."""
        names = {f"{kind}.{field['name']}" for kind, field in FIELDS}
        assert ({*CONDITIONS} | {*OWN_LABELS} | {*HELP}) - names == set()
        assert {*OPTIONS} <= {field["refers_to"] for field in references()}
        assert {*LABELS} <= {*TYPES}
        assert {*OWN_OPTIONS} <= names

    def test_a_status_is_one_of_a_funnel_that_is_known(self) -> None:
        """Of the one that is chosen, else that of the order or the offer, else the default one."""

        def funnels(command: str, name: str) -> list[Any]:
            fields = (one for group in COMMANDS[command]["groups"] for one in group["fields"])
            field = next(one for one in fields if one["name"] == name)
            return [options["with"].get("funnel") for options in chain_of(field["options"])]

        order, offer, all_of_them = (
            {"query": query, "with": {query: query} if value == "funnel" else {}, "value": value}
            for query, value in (("order", "funnel"), ("offer", "funnel"), ("funnels", "id"))
        )
        assert funnels("create_order", "status") == ["funnel", offer, all_of_them]
        assert funnels("move_order", "status") == ["funnel", order]
        assert funnels("remove_status", "status") == ["funnel"]


def chain_of(options: Any) -> Iterator[Any]:
    """Give options, and what they are otherwise."""
    yield options
    yield from chain_of(options["otherwise"]) if "otherwise" in options else ()


def arguments_of(asked: Any) -> set[str]:
    """Name what the question takes that has some options."""
    return {*next(one for one in TYPES.values() if is_question(one, asked["query"]))["properties"]}


def references() -> Iterator[Any]:
    """Give every widget that refers to something."""
    for form in COMMANDS.values():
        yield from (one for one, _ in widgets(form, frozenset()) if one["widget"] == "reference")


def is_question(one: Any, name: str) -> bool:
    """Tell whether a type is the question of that name."""
    tag = one.get("properties", {}).get("query", {})
    return isinstance(tag, dict) and tag.get("const") == name


def row_of(schema: Any, path: list[str]) -> Any:
    """Follow a path in an answer, through lists."""
    if "$ref" in schema:
        return row_of(TYPES[schema["$ref"].removeprefix("#/$defs/")], path)
    if schema.get("type") == "array":
        return row_of(schema["items"], path)
    if not path:
        return {"type": "string"} if schema.get("type") == "string" else schema
    return row_of(schema["properties"][path[0]], path[1:])


def alternatives(row: Any) -> Iterator[str]:
    """Name the fields that every alternative of a row has."""
    shapes = [TYPES[one["$ref"].removeprefix("#/$defs/")] for one in row.get("anyOf", ())] or [row]
    common = {*shapes[0]["properties"]}.intersection(*(shape["properties"] for shape in shapes))
    yield from common
