"""Exporting lists of orders: as JSON lines, which can be imported again, and as CSV or XLSX for spreadsheets (V7).

    for order in orders.export(OrdersQuery(sort="number", descending=False, limit=500)):
        file.write(json_line(order))

`adapters.xlsx` writes XLSX.

Laws:

1. Only one page is in memory at a time, however many orders there are. Each page starts after the key of the last one,
   so orders that are added meanwhile shift none (V1).
2. A JSON line can be imported. With its `history` it gives the same order: its offer, the order that superseded it,
   its attention items, freezes and extensions. Without `history` it gives an order with the same money and lines.
3. A spreadsheet takes no cell of the CSV for a formula, and an import reads every cell back unchanged.
4. Importing an export sends no reminder and asks nobody for money who was not asked before.
"""

from kwiga_orders.export.cells import SEPARATORS, defused, joined, restored, separated
from kwiga_orders.export.history import HISTORY_SCHEMA, checksum
from kwiga_orders.export.rows import ExportedOrder, ExportedPage, export_page
from kwiga_orders.export.writing import (
    AMOUNTS,
    COLUMNS,
    COMPUTED_COLUMNS,
    EXCEL_CSV,
    PLAIN_CSV,
    CsvForm,
    cells_of,
    csv_header,
    csv_line,
    json_line,
)

__all__ = [
    "AMOUNTS",
    "COLUMNS",
    "COMPUTED_COLUMNS",
    "EXCEL_CSV",
    "HISTORY_SCHEMA",
    "PLAIN_CSV",
    "SEPARATORS",
    "CsvForm",
    "ExportedOrder",
    "ExportedPage",
    "cells_of",
    "checksum",
    "csv_header",
    "csv_line",
    "defused",
    "export_page",
    "joined",
    "json_line",
    "restored",
    "separated",
]
