"""Write a list of orders as an Excel workbook (V7), with XlsxWriter: `pip install 'kwiga-orders[xlsx]'`.

    with open("orders.xlsx", "wb") as file:
        write_xlsx(orders.export(query, history=False), file)

Rows are written to the disk one by one, so memory use stays constant. Texts are never turned into formulas, links or
numbers. https://xlsxwriter.readthedocs.io/working_with_memory.html
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
"""The most rows of an Excel sheet; further rows go to the next sheet."""
_LONGEST = 32_767
"""The most characters of an Excel cell; a longer text is cut off."""


def write_xlsx(orders: Iterable[ExportedOrder], file: BinaryIO) -> None:
    """Write orders as a workbook: column names first, then one row for each order; amounts are numbers."""
    book = Workbook(file, _OPTIONS)
    amount = book.add_format({"num_format": "0.00##"})
    sheet, row = _new_sheet(book), 1
    for order in orders:
        if row == _MOST_ROWS:
            sheet, row = _new_sheet(book), 1
        for column, (name, text) in enumerate(cells_of(order).items()):
            # Empty texts are not written, because Excel would not count the cell as empty.
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
