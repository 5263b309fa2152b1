"""Export a list of orders, as CSV, JSON lines or a workbook of Excel (V7)."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import attrs

from kwiga_orders.adapters.memory import MemoryCourses
from kwiga_orders.cli.progress import Advance, progress
from kwiga_orders.cli.stores import opened_project
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.export import PLAIN_CSV, CsvForm, ExportedOrder, csv_header, csv_line, json_line
from kwiga_orders.queries import OrdersQuery
from kwiga_orders.wire import read_query

__all__ = ["Form", "run_export"]

_PAGE = 500


@attrs.frozen
class Form:
    """How an export is written: `csv`, `jsonl` or `xlsx`, to a file or, if none is named, to the output."""

    name: str
    file: str | None
    csv: CsvForm = PLAIN_CSV


def run_export(url: str, *, project: str, form: Form, filters: Mapping[str, str | Sequence[str]]) -> int:
    """Write all orders that pass the filters, which are those of the wire's orders query; give the exit code.

    Raises:
        InvalidInput: with every filter that is wrong.
        NotFound: if there is no such project.
        AdapterFailed: if the file cannot be written.
    """
    query = cast(OrdersQuery, read_query({"query": "orders", "sort": "number", "limit": _PAGE, **filters}))
    with opened_project(url, project, courses=MemoryCourses()) as orders:
        # counting asks the store for all orders, which only a person who waits gets something of
        total = orders.count(query) if sys.stderr.isatty() else None
        with progress("exporting", total=total) as advance, _writing(form.file) as file:
            _write(_counted(orders.export(query, history=form.name == "jsonl"), advance), form, file)
    return 0


def _counted(orders: Iterable[ExportedOrder], advance: Advance) -> Iterator[ExportedOrder]:
    for order in orders:
        yield order
        advance(1)


def _write(orders: Iterable[ExportedOrder], form: Form, file: BinaryIO) -> None:
    if form.name == "xlsx":
        # imported only here: the other formats need no extra
        from kwiga_orders.adapters.xlsx import write_xlsx

        write_xlsx(orders, file)
        return
    if form.name == "csv":
        file.write(csv_header(form.csv).encode())
    for order in orders:
        line = csv_line(order, form.csv) if form.name == "csv" else json_line(order)
        file.write(line.encode())


@contextmanager
def _writing(file: str | None) -> Iterator[BinaryIO]:
    """Give where to write; a file appears under its name when it is whole."""
    if file is None:
        yield sys.stdout.buffer
        # a pipe may be closed right after, and what waits in the buffer would be lost
        sys.stdout.buffer.flush()
        return
    part = Path(f"{file}.part")
    try:
        with part.open("wb") as begun:
            yield begun
        # in one step: who reads the file meanwhile sees the old one or the new one, whole
        part.replace(file)
    except OSError as problem:
        raise AdapterFailed("file.unwritable", path=file) from problem
    finally:
        part.unlink(missing_ok=True)
