"""The management command that exports a list of orders to a file or to standard output."""

from argparse import ArgumentParser
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from kwiga_orders.contrib.django.host import current_host, orders_for
from kwiga_orders.export import csv_header, csv_line, json_line
from kwiga_orders.queries import OrderFilters, OrdersQuery

__all__ = ["Command"]


class Command(BaseCommand):
    """`manage.py kwiga_export`: importing the exported JSON lines restores the same orders (V7)."""

    help = "Export orders as JSON lines or CSV."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the arguments: project, format, search, and target file."""
        parser.add_argument("--project", default=current_host().project.id)
        parser.add_argument("--form", choices=("jsonl", "csv"), default="jsonl")
        parser.add_argument("--search", help="number, name, e-mail or phone")
        parser.add_argument("--to", type=Path, help="default: standard output")

    def handle(self, *_: Any, project: str, form: str, search: str | None, to: Path | None, **__: Any) -> None:
        """Write the orders, sorted by number."""
        query = OrdersQuery(filters=OrderFilters(search=search), sort="number", descending=False, limit=500)
        orders = orders_for(project).export(query, history=form == "jsonl")
        lines = (csv_line(one) if form == "csv" else json_line(one) for one in orders)
        head = [csv_header()] if form == "csv" else []
        with nullcontext(self.stdout) if to is None else to.open("w", encoding="utf-8", newline="") as out:
            out.writelines(chain(head, lines))
