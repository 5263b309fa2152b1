"""K7: what is made in Python is checked as what comes by the wire: the same mistake, the same class, path and code."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, get_args, get_origin, get_type_hints

import attrs
import pytest
import sqlalchemy as sa

from kwiga_orders.adapters.sql import AsyncSqlOrderStore, SqlOrderStore
from kwiga_orders.adapters.sql.engines import async_engine_for
from kwiga_orders.checked import Checked
from kwiga_orders.codec import Json
from kwiga_orders.course import Course, Lesson, Module
from kwiga_orders.errors import InvalidInput
from kwiga_orders.locale import Texts
from kwiga_orders.orders.commands import AddTask, CreateOrder, EditOrder, LineAsked, MarkPaid, ReportEvent
from kwiga_orders.payments import DatedPart
from kwiga_orders.periods import Period
from kwiga_orders.project import Contact, Project
from kwiga_orders.queries import AccessQuery, OrderFilters, OrdersQuery
from kwiga_orders.terms import From, OverrideDelays, TermsChange
from kwiga_orders.testing.school import School
from tests.wire.test_refusals import DOCUMENTS, READERS

MISTAKES: dict[type, tuple[tuple[object, Json], ...]] = {
    str: ((7, 7), ("", ""), ("a\0", "a\0"), ("\ud800", "\ud800"), ("x" * 20_000, "x" * 20_000), (["o1"], ["o1"])),
    int: (("7", "7"), (True, True), (1.5, 1.5), (-1, -1)),
    bool: (("yes", "yes"), (1, 1)),
    Decimal: (
        (0.5, 0.5),
        ("x", "x"),
        (Decimal(-1), "-1"),
        (Decimal("NaN"), "NaN"),
        (Decimal(10**12), "1000000000000"),
        (Decimal("0.1234567890123456789"), "0.1234567890123456789"),
    ),
    datetime: (
        ("2026", "2026"),
        (7, 7),
        (datetime(2026, 1, 1), "2026-01-01T00:00:00"),
        (datetime(1800, 1, 1, tzinfo=UTC), "1800-01-01T00:00:00Z"),
        (datetime(9500, 1, 1, tzinfo=UTC), "9500-01-01T00:00:00Z"),
    ),
    date: (("soon", "soon"), (7, 7), (date(1800, 1, 1), "1800-01-01"), (date(9500, 1, 1), "9500-01-01")),
    time: (("noon", "noon"), (time(9, 0, 30), "09:00:30")),
}
"""What belongs in no field of a type: in Python, and as the wire would say it."""


def values() -> Iterator[tuple[str, Checked]]:
    """Give a value of each document, by its name."""
    for name, document in DOCUMENTS.items():
        value = READERS[name](document)
        if isinstance(value, Checked):
            yield name, value


VALUES = dict(values())


def mistakes() -> Iterator[Any]:
    """Give each field of each document with each mistake that fits its type."""
    for name, value in VALUES.items():
        hints = get_type_hints(type(value))
        for field in attrs.fields(type(value)):  # type: ignore[arg-type]
            document = DOCUMENTS[name]
            kinds = (hints[field.name], *get_args(hints[field.name]))
            # a progress of nobody yet is what a host begins with
            if field.name in ("contact", "product") and name == "Progress":
                continue
            if field.name not in document or get_origin(hints[field.name]) in (tuple, frozenset, dict):
                continue
            kind = date if date in kinds else next((one for one in MISTAKES if one in kinds), None)
            for python, wire in MISTAKES[kind] if kind is not None else ():
                yield pytest.param(name, field.name, python, wire, id=f"{name}-{field.name}-{str(python)[:20]!r}")


def refusal(make: Any, *given: object, **named: object) -> list[tuple[str, str]]:
    """Give path and code of every fault with which something is refused; nothing if it is made."""
    try:
        make(*given, **named)
    except InvalidInput as refused:
        return [(fault.path, fault.code) for fault in refused.faults]
    return []


@pytest.mark.parametrize(("name", "field", "python", "wire"), list(mistakes()))
def test_the_same_mistake(name: str, field: str, python: object, wire: Json) -> None:
    """It is refused with the same path and code, or taken, on either way."""
    by_wire = refusal(READERS[name], {**DOCUMENTS[name], field: wire})

    assert refusal(attrs.evolve, VALUES[name], **{field: python}) == by_wire


@pytest.mark.parametrize("name", VALUES)
def test_what_the_wire_reads_is_taken(name: str) -> None:
    """A value of a full document can be made of the same fields in Python, and equals it."""
    value = VALUES[name]
    assert attrs.evolve(value) == value  # type: ignore[misc]


LINE = LineAsked(product="python", price=Decimal(10))


class TestWithin:
    """What is within a value is checked as well, each fault with its path; all at once."""

    @pytest.mark.parametrize(
        ("make", "faults"),
        [
            (lambda: EditOrder(order="o1", tags=["hot"]), [("tags", "input.invalid")]),  # type: ignore[arg-type]
            (lambda: EditOrder(order="o1", tags="hot"), [("tags", "input.invalid")]),  # type: ignore[arg-type]
            (lambda: EditOrder(order="o1", tags=("hot", 7)), [("tags.1", "input.invalid")]),  # type: ignore[arg-type]
            (lambda: EditOrder(order="o1", tags=("t",) * 201), [("tags", "input.too_large")]),
            (lambda: CreateOrder(contact="a", lines=()), [("lines", "input.invalid")]),
            (lambda: CreateOrder(contact="a", lines=[LINE]), [("lines", "input.invalid")]),  # type: ignore[arg-type]
            (lambda: CreateOrder(contact="a", lines=(LINE, 7)), [("lines.1", "input.invalid")]),  # type: ignore[arg-type]
            (lambda: CreateOrder(contact="a", lines=(LINE,) * 201), [("lines", "input.too_large")]),
            (lambda: MarkPaid(order=7, payment=""), [("order", "input.invalid"), ("payment", "input.invalid")]),  # type: ignore[arg-type]
            (lambda: MarkPaid(order="a", payment="b", actor="me"), [("actor", "input.invalid")]),  # type: ignore[arg-type]
            (lambda: AddTask(order="a", title="", due_at=5), [("title", "input.invalid"), ("due_at", "input.invalid")]),  # type: ignore[arg-type]
            (lambda: ReportEvent(event="x.a", order="o1", data={"a": {1}}), [("data", "input.invalid")]),
            (lambda: ReportEvent(event="x.a", order="o1", data={1: 2}), [("data", "input.invalid")]),  # type: ignore[dict-item]
            (lambda: ReportEvent(event="x.a"), [("", "input.invalid")]),
            (lambda: Project(id="a", timezone="Mars", currency="UAH"), [("timezone", "input.invalid")]),
            (lambda: Project(id="a", timezone="Europe/Kyiv", currency="ABC"), [("currency", "input.invalid")]),
            (lambda: Project(id="a", timezone="Europe/Kyiv", currency="UAH", grace=3), [("grace", "input.invalid")]),  # type: ignore[arg-type]
            (lambda: Contact(id="a", locale="de"), [("locale", "input.invalid")]),  # type: ignore[arg-type]
            (lambda: Contact(id="a", no_letters={"x"}), [("no_letters", "input.invalid")]),  # type: ignore[arg-type]
            (lambda: TermsChange(start="now"), [("start", "input.invalid")]),  # type: ignore[arg-type]
            (lambda: From(at="now"), [("at", "input.invalid")]),  # type: ignore[arg-type]
            (lambda: OverrideDelays(lessons={"l1": 7}), [("lessons.l1", "input.invalid")]),  # type: ignore[dict-item]
            (
                lambda: DatedPart(amount=Decimal(1), after=Period(days=1), on=date(2026, 1, 1)),
                [("", "input.invalid")],
            ),
            (lambda: Period(days="7"), [("days", "input.invalid")]),  # type: ignore[arg-type]
            (lambda: Period(days=0), [("", "period.unit")]),
            (
                lambda: Course(product="p", modules=(Module(id="m"), Module(id="m"))),
                [("modules.1.id", "input.invalid")],
            ),
            (
                lambda: Module(id="m", lessons=(Lesson(id="l"), Lesson(id="l"))),
                [("lessons.1.id", "input.invalid")],
            ),
            (lambda: AccessQuery(contact="a", product="b", at=datetime(2026, 1, 1)), [("at", "time.naive")]),
            (lambda: OrderFilters(created_from=datetime(2026, 1, 1)), [("created_from", "time.naive")]),
            (lambda: OrderFilters(tag="hot"), [("tag", "input.invalid")]),  # type: ignore[arg-type]
            (lambda: OrdersQuery(sort="name"), [("sort", "input.invalid")]),  # type: ignore[arg-type]
            (lambda: OrdersQuery(limit=0), [("limit", "input.invalid")]),
        ],
    )
    def test_refused(self, make: Any, faults: list[tuple[str, str]]) -> None:
        """The path says where."""
        assert refusal(make) == faults

    def test_unknown_fields_stay_errors_of_python(self) -> None:
        """A name that no class has is a mistake in the program, not in its input."""
        with pytest.raises(TypeError):
            MarkPaid(order="o1", payment="o1.1", when=1)  # type: ignore[call-arg]


class TestClearErrors:
    """What cannot be is refused where it is given, in words that say what belongs there."""

    def test_what_is_no_command(self) -> None:
        """Documents are read first, and questions are asked."""
        orders = School().orders
        wrong: Any
        for wrong in ({}, OrdersQuery(), None, "mark_paid"):
            with pytest.raises(InvalidInput, match="a command, such as read_command gives"):
                orders.execute(wrong)

    def test_what_is_no_query(self) -> None:
        """Commands are executed."""
        orders = School().orders
        wrong: Any
        for wrong in ({}, MarkPaid(order="o1", payment="o1.1"), None):
            with pytest.raises(InvalidInput, match="a query, such as read_query gives"):
                orders.ask(wrong)

    def test_a_language_that_there_is_not(self) -> None:
        """The languages that there are are named."""
        with pytest.raises(InvalidInput, match="one of uk, ru, en"):
            Texts("de", timezone="Europe/Kyiv")  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "engine",
        [sa.create_engine("sqlite://"), async_engine_for("sqlite:///school.db"), "sqlite://"],
        ids=["of the host", "awaited", "a URL"],
    )
    def test_an_engine_of_the_host(self, engine: Any) -> None:
        """It begins transactions in another way than the store needs."""
        with pytest.raises(InvalidInput, match=r"engines\.engine_for"):
            SqlOrderStore(engine)
        if engine != "sqlite://":
            with pytest.raises(InvalidInput, match=r"engines\.async_engine_for"):
                AsyncSqlOrderStore(sa.create_engine("sqlite://"))  # type: ignore[arg-type]
