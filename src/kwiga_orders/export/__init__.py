"""Lists of orders to take away: as JSON lines, which can be imported again, and as CSV for a spreadsheet (V7).

    for order in orders.export(OrdersQuery(sort="number", descending=False, limit=500)):
        file.write(json_line(order))

Laws:

1. One page is held at a time, however many orders there are; pages follow one another by key, so orders that are added
   meanwhile move none (V1).
2. What a line of JSON says can be imported, and gives an order of the same money and lines. What only the order's past
   can tell stands apart, in `computed`.
3. No cell of a CSV is a formula to a spreadsheet, and every cell can be read back as it was.
"""

from kwiga_orders.export.cells import defused, joined, restored, separated
from kwiga_orders.export.rows import ExportedOrder, ExportedPage, export_page
from kwiga_orders.export.writing import COLUMNS, COMPUTED_COLUMNS, csv_header, csv_line, json_line

__all__ = [
    "COLUMNS",
    "COMPUTED_COLUMNS",
    "ExportedOrder",
    "ExportedPage",
    "csv_header",
    "csv_line",
    "defused",
    "export_page",
    "joined",
    "json_line",
    "restored",
    "separated",
]
