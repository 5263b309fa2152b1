"""Hints of faults are told in the language of who reads them (K5, N3)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kwiga_orders.errors import Fault, InvalidInput
from kwiga_orders.locale import Texts, problem_of
from kwiga_orders.locale.catalogue import catalogue_of
from kwiga_orders.locale.hints import HINTS
from kwiga_orders.project import Locale
from kwiga_orders.wire import read_command
from kwiga_orders.wire.faults import _HINTS

SOURCE = Path(__file__).parent.parent / "src" / "kwiga_orders"
WIRE = (
    "contrib/fastapi/__init__.py",
    "cursors.py",
    "jobs.py",
    "orders/commands",
    "payments.py",
    "periods.py",
    "queries.py",
)
"""Where faults of documents are found, beside `wire` and `answering`."""
FOR_DEVELOPERS = (
    "answering/__init__.py",
    "wire/cases.py",
    "wire/csv_files.py",
    "wire/imports.py",
    "wire/outbox_schema.py",
)
"""Hints on case files, import files and Python itself: their readers are developers."""


def sources() -> Iterator[Path]:
    """Give the files whose hints reach people over the wire."""
    for place in (*WIRE, "wire", "answering"):
        path = SOURCE / place
        yield from path.rglob("*.py") if path.is_dir() else [path]


def texts_in(node: ast.expr) -> Iterator[str]:
    """Give a hint as the code writes it, each value as 7."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts)
        case ast.IfExp(body=one, orelse=other):
            yield from (*texts_in(one), *texts_in(other))


def hints_in(node: ast.AST) -> Iterator[str]:
    """Give the hints that a piece of code makes a fault of."""
    match node:
        case ast.Call(func=ast.Name(id="Complaint"), args=[_, _, hint]) | ast.keyword(arg="hint", value=hint):
            yield from texts_in(hint)
        case ast.Call(func=ast.Name(id="problem" | "_refuse"), args=[hint]):
            yield from texts_in(hint)
        case ast.Assign(targets=[ast.Name(id="hint" | "where")], value=hint):
            yield from texts_in(hint)


def written() -> set[str]:
    """Give every hint of the wire."""
    files = (path for path in sources() if path.relative_to(SOURCE).as_posix() not in FOR_DEVELOPERS)
    nodes = (node for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    found = {hint for node in nodes for hint in hints_in(node)}
    return found | {re.sub(r"{\w+}", "7", hint) for hint in _HINTS.values()} | {"not what belongs here"}


WRITTEN = written()


def shape(hint: str) -> str:
    """Give a hint, or the form of one, with 7 for each number and each place of a value."""
    return re.sub(r"{\w+}|\d[\d:.T+-]*", "7", hint)


def fault(hint: str) -> Fault:
    """Give a fault with that hint."""
    return Fault(path="", code="input.invalid", hint=hint)


class TestHints:
    """Every hint of the wire has its text in every language, found by its form."""

    @pytest.mark.parametrize("locale", ["uk", "ru"])
    def test_every_hint_has_a_text(self, locale: Locale) -> None:
        """None stays in English."""
        assert len(WRITTEN) > 40
        assert [hint for hint in WRITTEN if Texts(locale, timezone="UTC").hint(fault(hint)) == hint] == []

    def test_every_form_is_used(self) -> None:
        """A form that no hint has is gone, and no hint is taken for another one."""
        english = catalogue_of("en")
        assert {*map(shape, HINTS.values())} == {*map(shape, WRITTEN)}
        assert {name: english.get(f"hint.{name}") for name in HINTS} == {**HINTS}
        for name, form in HINTS.items():
            said, text = (re.sub(r"{\w+}", "7", one) for one in (form, catalogue_of("uk").get(f"hint.{name}")))
            assert Texts("uk", timezone="UTC").hint(fault(said)) == text

    def test_values_are_kept(self) -> None:
        """Also those that look like a part of the hint; what a host wrote is left alone."""
        said = Texts("ru", timezone="UTC")
        assert said.hint(fault("one of uk, ru, at most 7 days")) == "одно из: uk, ru, at most 7 days"
        assert said.hint(fault("at most 5 characters")) == "символов — не больше 5"
        assert said.hint(fault("a unicorn")) == "a unicorn"

    def test_a_problem_has_them(self) -> None:
        """By Accept-Language, as the sentence; path, code and details stay for machines."""
        with pytest.raises(InvalidInput) as refused:
            read_command({"command": "open_offer", "offer": 7, "source": "x", "colour": "red"})
        english, ukrainian = (problem_of(refused.value, accepts=one).body for one in ("", "uk-UA,en;q=0.5"))

        def hints(body: Any) -> dict[str, str]:
            return {one["path"]: one["hint"] for one in body["faults"]}

        assert hints(english) == {
            "offer": "a text",
            "colour": "there is no such field",
            "contact": "is required",
        }
        assert hints(ukrainian) == {
            "offer": "текст",
            "colour": "такого поля немає",
            "contact": "обов’язкове поле",
        }
        assert english["details"] == ukrainian["details"]
