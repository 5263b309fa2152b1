"""The models of the wire and the domain say the same: every command, query and object, field by field."""

import re
from collections.abc import Iterator
from typing import get_args

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from kwiga_orders import course as outline
from kwiga_orders import project as school
from kwiga_orders import queries as domain_queries
from kwiga_orders import terms as access
from kwiga_orders.codec import Json, encode
from kwiga_orders.commands import UNSET, Command
from kwiga_orders.course import AtStart, Course, Lesson, Module, Practice
from kwiga_orders.due import RunDue
from kwiga_orders.offers import AmountOff, CreateOffer, EditOffer, PercentOff
from kwiga_orders.orders import commands as orders
from kwiga_orders.queries import BoardQuery, OrderFilters, OrdersQuery
from kwiga_orders.terms import All, For, Only, TermsChange
from kwiga_orders.testing import strategies
from kwiga_orders.wire import (
    read_command,
    read_course,
    read_offer,
    read_progress,
    read_project,
    read_query,
    read_terms,
)
from kwiga_orders.wire.commands import AnyCommand
from kwiga_orders.wire.objects import Contact, Funnel, Offer, Project
from kwiga_orders.wire.outlines import Course as WireCourse
from kwiga_orders.wire.outlines import Progress
from kwiga_orders.wire.parts import Part
from kwiga_orders.wire.queries import AnyQuery
from kwiga_orders.wire.terms import AccessTerms
from tests.wire.documents import AT, COMMANDS, OBJECTS, OFFER, OTHER_TERMS, QUERIES, TERMS, Document

TAGS = {"kind", "command", "query"}


def members(union: object) -> tuple[type[Part[object]], ...]:
    """Give the models of an annotated union."""
    return get_args(get_args(union)[0])


COMMAND_MODELS = {get_args(model.model_fields["command"].annotation)[0]: model for model in members(AnyCommand)}
QUERY_MODELS = {get_args(model.model_fields["query"].annotation)[0]: model for model in members(AnyQuery)}
OBJECT_MODELS: dict[str, type[Part[object]]] = {
    model.__name__: model for model in (AccessTerms, WireCourse, Progress, Offer, Funnel, Contact, Project)
}
MODELS = {**COMMAND_MODELS, **QUERY_MODELS, **OBJECT_MODELS}
# an event happens to an order or to a contact; a descending order is the usual one; two objects that are asked for
LIKE_THE_DEFAULT = {
    ("report_event", "contact"),
    ("create_order", "offer"),
    ("create_order", "payment_option"),
    ("history", "offer"),
    ("history", "funnel"),
    ("orders", "descending"),
    ("Course", "certificate"),
    *((name, field.name) for name in ("Offer", "Funnel") for field in attrs.fields(Command)),
}
SET_BY_COMMANDS = {("Contact", "merged_into"), ("Contact", "merged_from"), ("Contact", "erased")}
"""What no host names of an object: only commands set it (V9)."""
DOCUMENTS = {**COMMANDS, **QUERIES, **OBJECTS}


def domain_commands(kind: type[Command] = Command) -> Iterator[type[Command]]:
    """Give every command of the domain: the subclasses that have a name, but for what only the library gives itself."""
    for child in kind.__subclasses__():
        if "name" in vars(child) and child not in (RunDue, orders.KeepReport):
            yield child
        yield from domain_commands(child)


def parts_of(model: type[BaseModel]) -> Iterator[type[Part[object]]]:
    """Give a model and all models within it."""
    waiting, seen = [model], {model}
    while waiting:
        here = waiting.pop()
        if issubclass(here, Part):
            yield here
        found = [one for field in here.model_fields.values() for one in _models_in(field.annotation)]
        waiting += [one for one in found if one not in seen]
        seen.update(found)


EITHER = {
    "report_event": {"contact"},
    "create_order": {"offer", "payment_option"},
    "history": {"offer", "funnel"},
}
"""Fields that cannot stand beside the others."""


def default_of(field: "attrs.Attribute[object]") -> object:
    """Give the default of a field, made anew where it is made anew."""
    made = getattr(field.default, "factory", None)
    return made() if made else field.default


def written(value: object, kind: object) -> Json:
    """Write a value of the domain as the wire does: as stored, but with offsets, and no seconds in local times."""
    return _in_the_words_of_the_wire(encode(value, kind))


def _in_the_words_of_the_wire(stored: Json) -> Json:
    if isinstance(stored, dict):
        return {name: _in_the_words_of_the_wire(inner) for name, inner in stored.items()}
    if isinstance(stored, list):
        return [_in_the_words_of_the_wire(inner) for inner in stored]
    if isinstance(stored, str) and re.fullmatch(r"\d\d:\d\d:\d\d", stored):
        return stored[:5]
    return f"{stored}Z" if isinstance(stored, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT.*", stored) else stored


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


PARTS = {part.__name__: part for model in MODELS.values() for part in parts_of(model)}


class TestAgreement:
    """What the wire reads is what the domain has."""

    def test_every_command_is_on_the_wire(self) -> None:
        """Each command of the domain has a model, and each model makes it."""
        assert {kind.name: kind for kind in domain_commands()} == {
            name: model.makes for name, model in COMMAND_MODELS.items()
        }

    def test_every_query_is_on_the_wire(self) -> None:
        """Each query of the domain has a model, and each model makes it."""
        assert {kind.name: kind for kind in domain_queries.KINDS} == {
            name: model.makes for name, model in QUERY_MODELS.items()
        }

    @pytest.mark.parametrize("name", PARTS)
    def test_fields_are_named_as_in_the_domain(self, name: str) -> None:
        """No field of a model is lost on the way, and none of the domain's own is forgotten."""
        part = PARTS[name]
        if name == "Discount":  # becomes one of two classes
            return
        assert isinstance(part.makes, type)
        fields = {*part.model_fields} - (TAGS - {*part.handed_on})
        known = {field.name for field in attrs.fields(part.makes)}
        if name.startswith("Each"):  # a job says which order, who gives the command, and under which key
            known -= {field.name for field in attrs.fields(orders.OrderCommand)}
            known -= {"payment"} if name == "EachRemind" else set()
        filters = {field.name for field in attrs.fields(OrderFilters)}
        if "filters" in known - fields:
            fields, known = fields - filters, known - filters - {"filters"}
        if name in OBJECT_MODELS:  # an offer that a host gives is asked for by nobody
            known -= {field.name for field in attrs.fields(Command)}
            known -= {field for kind, field in SET_BY_COMMANDS if kind == name}
        assert fields == known - {"descending"}

    @pytest.mark.parametrize("name", PARTS)
    def test_defaults_are_those_of_the_domain(self, name: str) -> None:
        """A default that readers of the schema see is the one that the domain has."""
        part = PARTS[name]
        known = attrs.fields_dict(part.makes) if part.makes else {}
        for field, info in part.model_fields.items():
            if info.default_factory is not None or info.is_required() or field not in known:
                continue
            meant = default_of(known[field])
            shown = info.default.removeprefix("-") if field == "sort" else info.default
            assert (frozenset(shown) if isinstance(meant, frozenset) else shown) == meant, field

    @pytest.mark.parametrize("name", PARTS)
    def test_what_the_domain_needs_is_required(self, name: str) -> None:
        """A field without a default in the domain has none on the wire."""
        part = PARTS[name]
        for field in attrs.fields(part.makes) if part.makes else ():
            if field.name in part.model_fields and field.default is attrs.NOTHING:
                assert part.model_fields[field.name].is_required(), field.name


class TestDocuments:
    """Full documents arrive whole."""

    @pytest.mark.parametrize("name", DOCUMENTS)
    def test_documents_are_full(self, name: str) -> None:
        """The documents of these tests have every field there is, so nothing goes untested."""
        fields = MODELS[name].model_fields
        named = {info.alias or field for field, info in fields.items()}
        assert named - {*DOCUMENTS[name]} <= EITHER.get(name, set())

    @pytest.mark.parametrize("name", DOCUMENTS)
    def test_every_field_arrives(self, name: str) -> None:
        """No field of the domain still has its default."""
        value = MODELS[name].read(DOCUMENTS[name])
        kind = type(value)
        assert kind is MODELS[name].makes
        for field in attrs.fields(kind):  # type: ignore[arg-type]
            is_default = getattr(value, field.name) == default_of(field)
            assert not is_default or (name, field.name) in LIKE_THE_DEFAULT | SET_BY_COMMANDS, field.name

    @pytest.mark.parametrize("terms", OTHER_TERMS)
    def test_every_kind_of_terms(self, terms: Document) -> None:
        """The kinds that the full document does not show are read as well, and name what the document names."""
        value = read_terms(terms)
        assert {field.name for field in attrs.fields(TermsChange) if getattr(value, field.name) is not UNSET} == {
            *terms
        }

    @given(data=st.data())
    def test_what_the_domain_means_is_read(self, data: st.DataObject) -> None:
        """Values of the domain, written as the wire writes them, read as the same values."""
        course = data.draw(strategies.courses())
        terms = data.draw(strategies.terms(course))
        progress = data.draw(strategies.progress(course))
        project = data.draw(strategies.projects())
        assert read_course(written(course, Course)) == course
        assert read_terms(written(terms, access.AccessTerms)).applied_to(access.AccessTerms()) == terms
        assert read_progress(written(progress, outline.Progress)) == progress
        assert read_project(written(project, school.Project)) == project


class TestValues:
    """Single values that are easy to get wrong."""

    def test_only_named_fields_are_handed_on(self) -> None:
        """K2: a command names only what it changes; null is a change, leaving out is none."""
        edit = read_command({"command": "edit_order", "order": "o1", "manager": None})
        assert edit == orders.EditOrder(order="o1", manager=None)
        assert edit != orders.EditOrder(order="o1")

    def test_terms_are_a_change(self) -> None:
        """O7: of terms, too, only the named fields change."""
        line = read_command(
            {"command": "edit_line", "order": "o1", "product": "python", "terms": {"scope": {"kind": "all"}}}
        )
        assert isinstance(line, orders.EditLine)
        assert line.terms == TermsChange(scope=All())

    def test_kinds_become_classes(self) -> None:
        """The `kind` of a document decides the class."""
        terms = read_terms(TERMS)
        assert isinstance(terms.duration, For)
        assert isinstance(terms.scope, Only)
        assert terms.scope.include_new == ("m2",)

    @pytest.mark.parametrize("include_new", [True, False])
    def test_include_new_may_be_a_flag(self, include_new: bool) -> None:
        """L2: content added later joins everywhere, or nowhere."""
        terms = read_terms({"scope": {"kind": "only", "include_new": include_new}})
        assert terms == TermsChange(scope=Only(include_new=include_new))

    def test_discounts(self) -> None:
        """A discount is a percentage or an amount."""
        edit = read_command({"command": "edit_offer", "offer": "basic", "discount": {"amount": "1.50"}})
        assert isinstance(edit, EditOffer)
        assert isinstance(edit.discount, AmountOff)
        assert isinstance(read_offer(OFFER).discount, PercentOff)

    def test_an_offer_is_the_command_that_makes_it(self) -> None:
        """What a host gives is made as what a command makes; only who asked differs."""
        by_command = read_command(COMMANDS["create_offer"])
        assert isinstance(by_command, CreateOffer)
        by_host = read_offer(OFFER)
        assert attrs.evolve(by_host, actor=by_command.actor, idempotency_key="k-1", expected_version=3) == by_command

    @pytest.mark.parametrize(
        ("sort", "by", "descending"), [("due", "due", False), ("-total", "total", True), (None, "created", True)]
    )
    def test_sort(self, sort: str | None, by: str, descending: bool) -> None:
        """V1: a minus turns the order round; the newest come first unless said otherwise."""
        query = read_query({"query": "orders", **({"sort": sort} if sort else {})})
        assert isinstance(query, OrdersQuery)
        assert (query.sort, query.descending) == (by, descending)

    def test_filters_are_flat(self) -> None:
        """V1: a filter is a value or a list, beside the query's own fields; a board's funnel is no filter."""
        query = read_query({"query": "board", "funnel": "vip", "tag": "hot", "manager": ["a", "b"]})
        assert query == BoardQuery(funnel="vip", filters=OrderFilters(tag=("hot",), manager=("a", "b")))

    def test_instants_are_utc(self) -> None:
        """T1: an instant is kept in UTC, whatever its offset was."""
        paid = read_command({"command": "mark_paid", "order": "o1", "payment": "o1.1", "paid_at": AT})
        assert isinstance(paid, orders.MarkPaid)
        assert str(paid.paid_at) == "2026-12-31 16:00:00+00:00"

    def test_a_course_keeps_its_order(self) -> None:
        """Modules, lessons and practices come as they were told."""
        course = read_course(
            {
                "product": "python",
                "modules": [{"id": "m2", "delay": {"kind": "at_start"}}, {"id": "m1", "lessons": [{"id": "l2"}]}],
            }
        )
        assert course == Course(
            product="python", modules=(Module(id="m2", delay=AtStart()), Module(id="m1", lessons=(Lesson(id="l2"),)))
        )
        assert Practice(id="p1") == Practice(id="p1", required=True, review="curator")


def test_no_model_is_left_without_words() -> None:
    """Readers of the JSON Schema find a sentence at every model."""
    speechless = [name for name, part in PARTS.items() if not (vars(part).get("__doc__") or "").strip()]
    assert speechless == []


def test_parts_are_known_by_their_names() -> None:
    """The names of models are unique, so the JSON Schema needs no paths of modules."""
    kinds = {part for model in MODELS.values() for part in parts_of(model)}
    assert len({kind.__name__ for kind in kinds}) == len(kinds)
