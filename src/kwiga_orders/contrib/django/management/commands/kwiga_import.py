"""The management command that imports contacts, offers and orders from a file."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kwiga_orders.contrib.django.host import current_host, orders_for
from kwiga_orders.importing import Entry, Importer
from kwiga_orders.wire.csv_files import read_csv
from kwiga_orders.wire.imports import Faulty, read_json_lines

__all__ = ["Command"]


class Command(BaseCommand):
    """`manage.py kwiga_import orders.jsonl`: importing a file again continues where it stopped."""

    help = "Import contacts, offers and orders from JSON lines or CSV."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the arguments: file, project, and whether letters and events are sent."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--project", default=current_host().project.id)
        parser.add_argument("--notify", action="store_true", help="send letters and events about imported orders")

    def handle(self, *_: Any, file: Path, project: str, notify: bool, **__: Any) -> None:
        """Read the whole file to find every fault, then import it.

        Raises:
            CommandError: if the file has faults; nothing is imported then.
        """
        faults = [
            f"{file}:{line.line}: {fault.path}: {fault.code} {fault.hint}".rstrip()
            for line in _read(file)
            if isinstance(line, Faulty)
            for fault in line.faults
        ]
        if faults:
            raise CommandError("\n".join([*faults, "nothing was imported"]))
        states: Counter[str] = Counter()
        entries = (one for one in _read(file) if isinstance(one, Entry))
        for outcome in Importer(orders=orders_for(project), notifies=notify).carried_out(entries):
            states[outcome.state] += 1
            if outcome.error is not None:
                self.stderr.write(f"{file}:{outcome.line}: {outcome.error}")
        self.stdout.write(", ".join(f"{states[one]} {one}" for one in ("imported", "known", "refused")))


def _read(file: Path) -> Iterator[Entry | Faulty]:
    with file.open("rb") as opened:
        yield from read_csv(opened) if file.suffix.lower() == ".csv" else read_json_lines(opened)
