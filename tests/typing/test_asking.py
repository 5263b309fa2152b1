"""What type checkers see of asking: each query is answered by the view that it is typed by, sync and awaited."""

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

from typing_extensions import get_original_bases

from kwiga_orders import queries

ORDER, LEARNER = 'order="o"', 'contact="c", product="p"'
COMMAND = "command=ArchiveOffer(offer='o')"
TABLE = {
    f"OrderQuery({ORDER})": "OrderView",
    f"CustomerOrderQuery({ORDER})": "CustomerOrderView",
    'QuoteQuery(offer="a")': "OrderView",
    f"PaymentLinkQuery({ORDER}, payment='o.1')": "PaymentLinkView",
    f"HistoryQuery({ORDER})": "list[EventView] | HistoryPageView",
    f"StaysQuery({ORDER})": "list[StayView]",
    f"TimeInStatusQuery({ORDER})": "list[TimeInStatusView]",
    f"AccessQuery({LEARNER})": "AccessView",
    f"LessonsQuery({LEARNER})": "LessonsView",
    f"ScheduleQuery({LEARNER})": "list[EntryView]",
    f"CertificateQuery({LEARNER})": "CertificateView",
    'CustomerOrdersQuery(contact="c")': "list[CustomerOrderView]",
    'ProductsQuery(contact="c")': "list[ProductView]",
    'ParticipantsQuery(product="p")': "ParticipantsView",
    "OrdersQuery()": "OrdersView",
    'BoardQuery(funnel="f")': "BoardView",
    "CountQuery()": "int",
    "TotalsQuery()": "dict[str, TotalsView]",
    "OffersQuery()": "list[SoldOfferView]",
    'OfferQuery(offer="o")': "SoldOfferView",
    'QuoteQuery(offer="o")': "OrderView",
    'PaymentLinkQuery(order="o", payment="o.1")': "PaymentLinkView",
    'ConversionQuery(funnel="f")': "ConversionView",
    "LettersQuery()": "list[LetterView]",
    "OfferImpactQuery(command=EditOffer(offer='o'))": "list[ImpactView] | ImpactPageView",
    f"PreviewQuery({COMMAND})": "PreviewView",
    f"ActionsQuery({ORDER})": "dict[str, str | None]",
    "ProjectQuery()": "ProjectView",
    "GatewaysQuery()": "list[GatewayView]",
    "TagsQuery()": "list[TagView]",
    "FunnelsQuery()": "list[FunnelView]",
    'FunnelQuery(funnel="f")': "FunnelView",
    "ContactsQuery()": "ContactsView",
    'ContactQuery(contact="c")': "ContactView",
    "StaffQuery()": "StaffView",
    'CourseQuery(product="p")': "CourseView",
    "TasksQuery()": "list[TaskRowView]",
    "ChangesQuery()": "ChangesView",
    "DueQuery()": "list[DueView]",
    "TakingsQuery(starts_at=date(2026, 11, 1), until=date(2026, 11, 30))": "list[TakingsView]",
    "ParkedDeliveriesQuery()": "DeliveriesView",
    'TextsQuery(locale="en")': "TextsView",
    "BatchQuery(queries=(CountQuery(),))": "list[Json]",
}
BEGINNING = """
from datetime import date
from typing_extensions import assert_type
from kwiga_orders.aio import AsyncOrders
from kwiga_orders.codec import Json
from kwiga_orders.offers import ArchiveOffer, EditOffer
from kwiga_orders.queries import *
from kwiga_orders.service import Orders
from kwiga_orders.views.list_shapes import *
from kwiga_orders.views.school_shapes import *
from kwiga_orders.views.shapes import *
from kwiga_orders.wire import read_query

def asked(orders: Orders) -> None:
    assert_type(orders.preview(ArchiveOffer(offer="o")), PreviewView)
    assert_type(orders.ask(read_query({})), View)
"""
AWAITED = """
async def awaited(orders: AsyncOrders) -> None:
    assert_type(await orders.preview(ArchiveOffer(offer="o")), PreviewView)
    assert_type(await orders.ask(read_query({})), View)
"""


def complaints(program: str, folder: Path) -> list[str]:
    """Give what mypy says about a program."""
    file = folder / "program.py"
    file.write_text(program, encoding="utf-8")
    checked = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", str(folder), str(file)]
    return subprocess.run(checked, capture_output=True, text=True, check=False).stdout.splitlines()


def test_every_query_is_in_the_table() -> None:
    """The table has a line for each query, and says what the query itself says."""
    for asked, view in TABLE.items():
        (base,) = get_original_bases(getattr(queries, asked.partition("(")[0]))
        assert re.split(r"[\[, ]+", view.rstrip("]"))[-1] in str(get_args(base)[0])
    kinds = {name for name in queries.__all__ if name.endswith("Query")} - {"Query"}
    assert {asked.partition("(")[0] for asked in TABLE} == kinds


def test_answers_are_typed(tmp_path: Path) -> None:
    """No caller casts: an answer has the type in the table and no other; of a query read from JSON, any of them."""
    asked = [f"    assert_type(orders.ask({query}), {view})" for query, view in TABLE.items()]
    awaited = [f"    assert_type(await orders.ask({query}), {view})" for query, view in TABLE.items()]
    wrong = '    assert_type(await orders.ask(OrderQuery(order="o")), AccessView)'
    program = "\n".join([BEGINNING, *asked, AWAITED, *awaited, wrong, ""])
    (complaint,) = complaints(program, tmp_path)
    assert program.splitlines()[int(complaint.split(":")[1]) - 1] == wrong
    assert "OrderView" in complaint
