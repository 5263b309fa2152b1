"""Lists that are taken away: streamed page by page, safe in a spreadsheet."""

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Literal, cast

import attrs
import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kwiga_orders.adapters.xlsx import write_xlsx
from kwiga_orders.errors import InvalidInput
from kwiga_orders.export import (
    COLUMNS,
    EXCEL_CSV,
    PLAIN_CSV,
    SEPARATORS,
    CsvForm,
    csv_header,
    csv_line,
    defused,
    joined,
    json_line,
    restored,
    separated,
)
from kwiga_orders.export.cells import csv_cell
from kwiga_orders.listing import OrderSearch, Page
from kwiga_orders.orders.commands import EditOrder
from kwiga_orders.payments import Parts
from kwiga_orders.periods import Period
from kwiga_orders.ports import OrderStore, Transaction
from kwiga_orders.project import Contact
from kwiga_orders.queries import OrderFilters, OrdersQuery
from tests.laws.office import Office

ASCENDING = OrdersQuery(sort="number", descending=False, limit=2)
BREAKS = ",;|\t\r\n\x0b\x0c\x85\u2028\u2029"
STARTERS = "=+-@\t\r\n＝＋－＠"
cells = st.text(
    st.sampled_from([*STARTERS, "'", " ", ";", "\\", '"', ",", "a", "1", "Ї", "\ufeff", "\u200b", "|", "\u2028"]),
    max_size=8,
)
"""Texts of the signs that matter to a spreadsheet."""


def numbers(office: Office, query: OrdersQuery = ASCENDING) -> list[int]:
    """Give the numbers of what is exported."""
    return [row["computed"]["number"] for row in office.orders.export(query)]


def sheet(office: Office) -> list[dict[str, str]]:
    """Give what an independent reader of CSV makes of the export."""
    text = csv_header() + "".join(map(csv_line, office.orders.export(ASCENDING)))
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


class TestV7:
    """Export of any list as CSV and JSON lines, streamed; spreadsheet formulas in cells are defused."""

    def test_any_list(self) -> None:
        """Filters, search and sorting are those of the list."""
        office = Office()
        made = [office.makes(f"{n}00.00", tags=("vip",) if n % 2 else ()) for n in range(1, 8)]

        vip = attrs.evolve(ASCENDING, sort="total", descending=True, filters=OrderFilters(tag=("vip",)))
        listed = attrs.evolve(ASCENDING, filters=OrderFilters(search="taras"))

        assert len(made) == 7
        assert numbers(office) == [1, 2, 3, 4, 5, 6, 7]
        assert numbers(office, vip) == [7, 5, 3, 1]
        assert numbers(office, listed) == []
        assert (office.orders.count(vip), office.orders.count(listed)) == (4, 0)

    def test_stable_while_rows_are_added(self) -> None:
        """What is added meanwhile moves nothing: no order comes twice, none is left out (V1)."""
        office = Office()
        for _ in range(5):
            office.makes()

        seen = []
        for row in office.orders.export(attrs.evolve(ASCENDING, descending=True)):
            seen.append(row["computed"]["number"])
            if len(seen) < 5:
                office.makes()

        assert seen == [5, 4, 3, 2, 1]

    def test_a_page_at_a_time(self) -> None:
        """However many orders there are, no more than a page is looked at ahead of what was taken."""
        store = _EndlessStore()
        office = Office()
        office.makes()
        with office.store.transaction("school", writes=False) as transaction:
            store.order = transaction.search(OrderSearch()).orders[0]
            store.inner = transaction
            exported = attrs.evolve(office.orders, store=cast(OrderStore, store)).export(
                attrs.evolve(ASCENDING, limit=100)
            )
            for taken, row in enumerate(exported, start=1):
                assert row["kind"] == "order"
                assert store.given - taken < 100
                assert store.open == 0
                if taken == 3_000:
                    break

    def test_json_lines(self) -> None:
        """A line an order, with lines, payments and who ordered; what was computed stands apart."""
        office = Office()
        office.knows(Contact(id="olena", name="Олена", email="olena@example.com", phone="+380671234567"))
        order = office.makes("1000.00", tags=("vip",), comment="a\nb\u2028c")
        office.owes(order, "400.00", paid=True, method="cash")

        (text,) = map(json_line, office.orders.export(ASCENDING))
        document = json.loads(text)

        assert text.count("\n") == 1
        assert document["person"]["name"] == "Олена"
        assert document["lines"] == [{"product": "python", "price": "1000.00", "terms": {}, "curators": []}]
        assert [(one["amount"], one["method"]) for one in document["payments"]] == [("400.00", "cash")]
        assert (document["computed"]["paid"], document["computed"]["balance"]) == ("400.00", "600.00")

    def test_a_plan_is_in_prices_and_discount(self) -> None:
        """Dearer by instalments, cheaper at once: prices less discount are what the order costs (P12)."""
        office = Office()
        month = Period(months=1)
        for code, total in (("dear", "1200.00"), ("cheap", "900.00")):
            office.offers(code, payment_options=(Parts(id="p", count=3, every=month, total=Decimal(total)),))
            office.opens(code)

        dear, cheap = office.orders.export(ASCENDING)

        assert (dear["lines"][0]["price"], dear["discount"]) == ("1200.00", None)
        assert (cheap["lines"][0]["price"], cheap["discount"]) == ("1000.00", {"amount": "100.00"})

    def test_csv(self) -> None:
        """A row an order, read by any reader of RFC 4180; several ids stand in one cell."""
        office = Office()
        order = office.makes("1000.00", tags=("a;b", "c"), comment='says "no",\r\ntwice')
        office.owes(order, "1050.00", paid=True)

        (row,) = sheet(office)

        assert tuple(row) == COLUMNS
        assert (row["products"], row["prices"], row["tags"]) == ("python", "1000.00", "a\\;b;c")
        assert row["comment"] == 'says "no",\r\ntwice'
        # a plain negative amount stays a number
        assert (row["total"], row["balance"]) == ("1000.00", "-50.00")

    @pytest.mark.parametrize("starter", STARTERS)
    def test_formulas_are_defused(self, starter: str) -> None:
        """Nothing of a contact or an order is run by a spreadsheet, wherever it stands."""
        office = Office()
        evil = f"{starter}cmd|' /C calc'!A0"
        # K7: what is a line of text has no line breaks; a comment has
        line = evil.lstrip("\t\r\n") if starter.isspace() else evil
        line = line if line[:1] in STARTERS else f"={line}"
        office.knows(Contact(id="olena", name=line, email=f" {line}", phone=f"'{line}"))
        office.does(EditOrder(order=office.makes(), comment=evil, tags=(line,), manager="-50.00"))

        (row,) = sheet(office)

        cells = [row[name] for name in ("contact_name", "contact_email", "contact_phone", "comment", "tags", "manager")]
        assert all(cell.startswith("'") for cell in cells)
        assert restored(row["comment"]) == evil

    @given(cells)
    @example("=1+1")
    @example("\t=1")
    @example('x;"=1+1"')
    def test_no_cell_is_a_formula(self, text: str) -> None:
        """No cell, and no part of one that a separator or a line break would make a cell, is one; all come back."""
        shown = defused(text)

        assert not shown or shown[0] not in STARTERS
        for part in re.split(f"[{BREAKS}]", shown):
            assert part.lstrip(' \ufeff\u200b"')[:1] not in set("=+-@＝＋－＠")
        assert restored(shown) == text
        assert shown.replace("'", "") == text.replace("'", "")

    @given(st.lists(cells, min_size=1, max_size=3), st.sampled_from(SEPARATORS), st.sampled_from(SEPARATORS))
    def test_whatever_separator_it_is_opened_with(self, texts: list[str], written: str, opened: str) -> None:
        """A file that is opened with another separator than it was written with runs nothing either."""
        line = written.join(csv_cell(defused(text)) for text in texts) + "\r\n"

        for row in csv.reader(io.StringIO(line, newline=""), delimiter=opened):
            for cell in row:
                assert cell.lstrip(' \ufeff\u200b"')[:1] not in set("=+-@＝＋－＠")

    @pytest.mark.parametrize("form", [PLAIN_CSV, EXCEL_CSV, CsvForm(separator="\t"), CsvForm(separator="|")])
    def test_separators_and_the_mark(self, form: CsvForm) -> None:
        """Excel knows UTF-8 by a byte order mark; whatever separates, readers find the same cells."""
        office = Office()
        office.makes("1000.00", tags=("a;b", "c"), comment="x;y\tz|w")

        text = csv_header(form) + "".join(csv_line(order, form) for order in office.orders.export(ASCENDING))

        assert text.startswith("\ufeff") is form.marked
        reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=form.separator)
        (row,) = list(reader)
        assert (tuple(row), row["tags"], row["comment"]) == (COLUMNS, "a\\;b;c", "x;y\tz|w")

    def test_no_other_separator(self) -> None:
        """What is no usual separator is refused."""
        with pytest.raises(InvalidInput):
            CsvForm(separator="=")

    def test_instants_are_those_of_the_zone(self) -> None:
        """With their offset, so that they can be read anywhere."""
        office = Office().at("2026-11-01 10:00")
        office.makes()

        (row,) = office.orders.export(ASCENDING)

        assert row["created_at"] == "2026-11-01T10:00:00+02:00"

    def test_a_workbook(self) -> None:
        """XLSX: a row an order; amounts are numbers, all else is text that nothing runs."""
        office = Office()
        evil = "=1+1"
        order = office.makes("1000.50", comment=evil, tags=("http://example.com",))
        office.owes(order, "400.00", paid=True)
        file = io.BytesIO()

        write_xlsx(office.orders.export(ASCENDING, history=False), file)

        sheet = openpyxl.load_workbook(file).active
        names, values = ([cell.value for cell in row] for row in sheet.iter_rows())
        row = dict(zip(names, values, strict=True))
        assert tuple(names) == COLUMNS
        assert (row["total"], row["balance"], row["comment"]) == (1000.5, 600.5, evil)
        assert sheet.cell(2, names.index("comment") + 1).data_type == "s"
        assert sheet.cell(2, names.index("tags") + 1).hyperlink is None
        assert row["created_at"].endswith("+02:00")

    def test_what_is_not_asked_is_not_exported_as_owed(self) -> None:
        """P15: of an unpaid payment a row says what it asks for, of a cancelled order nothing."""
        office = Office()
        office.offers(payment_options=(Parts(id="p", count=2, every=Period(months=1)),))
        order = office.opens()
        office.owes(order, "700.00", paid=True)

        (row,) = office.orders.export(ASCENDING)
        office.cancels(order)
        (cancelled,) = office.orders.export(ASCENDING)

        assert [one["amount"] for one in row["payments"] if one["paid_at"] is None] == ["300.00"]
        assert row["computed"]["owed"] == "300.00"
        assert [one["amount"] for one in cancelled["payments"]] == ["700.00"]

    @given(st.lists(cells.filter(bool)), st.lists(cells))
    def test_cells_are_read_back(self, parts: list[str], texts: list[str]) -> None:
        """Lists in a cell, and cells in a line, come back as they were."""
        line = ",".join(map(csv_cell, ["first", *texts])) + "\r\n"

        assert separated(joined(parts)) == parts
        assert list(csv.reader(io.StringIO(line, newline=""), strict=True)) == [["first", *texts]]


class _EndlessStore:
    """A store with orders without end, which counts what it gave, and who looks."""

    def __init__(self) -> None:
        self.given = self.open = 0
        self.order: object = None
        self.inner: object = None

    @contextmanager
    def transaction(self, _: str, /, *, writes: Literal[False]) -> Iterator[Transaction]:
        self.open += 1
        yield self  # type: ignore[misc]
        self.open -= 1

    def search(self, search: OrderSearch, /) -> Page:
        self.given += search.limit
        return Page(orders=(self.order,) * search.limit, next="more")  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)
