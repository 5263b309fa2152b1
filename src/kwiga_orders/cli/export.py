"""Export a list of orders as CSV, JSON lines or an Excel workbook (V7)."""

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
    """The format of an export (`csv`, `jsonl` or `xlsx`), and its file; standard output if `file` is None."""

    name: str
    file: str | None
    csv: CsvForm = PLAIN_CSV


def run_export(url: str, *, project: str, form: Form, filters: Mapping[str, str | Sequence[str]]) -> int:
    """Write all orders that pass the filters of the wire's query `orders`; give the exit code.

    Raises:
        InvalidInput: with all faults of the filters.
        NotFound: if there is no such project.
        AdapterFailed: if the file cannot be written.
    """
    query = cast(OrdersQuery, read_query({"query": "orders", "sort": "number", "limit": _PAGE, **filters}))
    with opened_project(url, project, courses=MemoryCourses()) as orders:
        # counting reads the whole list, which is only worth it for a person who watches the bar
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
        # imported only here, because the other formats need no extra
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
    """Give the file to write to; it gets its final name only once it is complete."""
    if file is None:
        yield sys.stdout.buffer
        # the pipe may be closed right afterwards, and the content of the buffer would be lost
        sys.stdout.buffer.flush()
        return
    part = Path(f"{file}.part")
    try:
        with part.open("wb") as begun:
            yield begun
        # renamed in one step, so that a reader sees either the old file or the complete new one
        part.replace(file)
    except OSError as problem:
        raise AdapterFailed("file.unwritable", path=file) from problem
    finally:
        part.unlink(missing_ok=True)
