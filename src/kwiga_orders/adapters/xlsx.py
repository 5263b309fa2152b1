"""A list of orders as a workbook of Excel (V7), by XlsxWriter: `pip install 'kwiga-orders[xlsx]'`.

    with open("orders.xlsx", "wb") as file:
        write_xlsx(orders.export(query, history=False), file)

Rows go to the disk as they come, so memory stays flat. Texts are written as texts: nothing in them is a formula, a link
or a number. https://xlsxwriter.readthedocs.io/working_with_memory.html
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import BinaryIO, Final

from kwiga_orders.export import AMOUNTS, COLUMNS, ExportedOrder, cells_of
from kwiga_orders.extras import extra

with extra("xlsx"):
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

__all__ = ["write_xlsx"]

_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    # A customer named "=HYPERLINK(…)" must not become a formula.
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_MOST_ROWS = 1_048_576
"""What a sheet of Excel holds; what is more goes to the next one."""
_LONGEST = 32_767
"""What a cell of Excel holds, in characters; the end of a longer text is cut off."""


def write_xlsx(orders: Iterable[ExportedOrder], file: BinaryIO) -> None:
    """Write orders as a workbook, a row an order below the names of the columns; amounts are numbers."""
    book = Workbook(file, _OPTIONS)
    amount = book.add_format({"num_format": "0.00##"})
    sheet, row = _new_sheet(book), 1
    for order in orders:
        if row == _MOST_ROWS:
            sheet, row = _new_sheet(book), 1
        for column, (name, text) in enumerate(cells_of(order).items()):
            # An empty cell is left out, since empty texts are cells in Excel's eyes.
            if not text:
                continue
            if name in AMOUNTS:
                sheet.write_number(row, column, Decimal(text), amount)
            else:
                sheet.write_string(row, column, text[:_LONGEST])
        row += 1
    book.close()


def _new_sheet(book: Workbook) -> Worksheet:
    sheet = book.add_worksheet()
    for column, name in enumerate(COLUMNS):
        sheet.write_string(0, column, name)
    sheet.freeze_panes(1, 0)
    return sheet
