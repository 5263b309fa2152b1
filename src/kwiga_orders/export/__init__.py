"""Lists of orders to take away: as JSON lines, which can be imported again, and as CSV or XLSX for a spreadsheet (V7).

    for order in orders.export(OrdersQuery(sort="number", descending=False, limit=500)):
        file.write(json_line(order))

XLSX is written by `adapters.xlsx`.

Laws:

1. One page is held at a time, however many orders there are; pages follow one another by key, so orders that are added
   meanwhile move none (V1).
2. What a line of JSON says can be imported, and with its `history` gives the same order: what it was made from, who
   took its place, what a person must look at, freezes and extensions. Without it, an order of the same money and lines.
3. No cell of a CSV is a formula to a spreadsheet, and every cell can be read back as it was.
4. An import reminds nobody and asks nobody for money who was not asked before.
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
