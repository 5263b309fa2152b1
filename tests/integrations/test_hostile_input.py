"""K5: whatever comes in, on every store: an answer, or a refusal of our own; never the error of a driver.

These were attacks; each stands for its kind.
"""

import base64
import json
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest

from kwiga_orders.adapters.memory import MemoryCourses, MemoryProgress
from kwiga_orders.cli.stores import FreshStores
from kwiga_orders.codec import Json
from kwiga_orders.course import Course
from kwiga_orders.errors import InvalidInput, KwigaOrdersError, NotFound
from kwiga_orders.orders.commands import AddPayment, CreateOrder, LineAsked, SetAccessEnd
from kwiga_orders.project import Contact, Project
from kwiga_orders.queries import BoardQuery, HistoryQuery, OrderFilters, OrdersQuery, ParticipantsQuery
from kwiga_orders.service import Orders
from kwiga_orders.testing.school import CountedIds, FrozenClock, local
from kwiga_orders.wire import read_command, read_query
from tests import postgres

BEYOND_64_BITS = 10**30
SEARCHES = (
    "%", "_", "/", "\\", '"', "*", "NEAR(", 'a" OR "b', "' OR 1=1", "a*", "^a", "a AND b", "col:a", "-a", "(", "{a}",
    "100%", "o_ena", "OLENA", "оЛ", "(((((", '"""', "a b c", "NOT", "+", "9" * 18, "9" * 300, "1" * 19, "ß", "İ",
    "\u200b", "́", "🎓", "a" * 320,
)  # fmt: skip


@pytest.fixture(scope="module", params=["memory", "sqlite", "postgresql"])
def orders(request: pytest.FixtureRequest) -> Iterator[Orders]:
    """Orders of a school on each kind of store, one of them paid."""
    name = postgres.emptied() if request.param == "postgresql" else request.param
    with FreshStores.of(name) as stores, stores.fresh() as store:
        courses = MemoryCourses()
        for number in range(200):
            courses.put("school", Course(product=f"p{number}"))
        orders = Orders(
            project="school",
            store=store,
            courses=courses,
            progress=MemoryProgress(),
            clock=FrozenClock(),
            ids=CountedIds(),
        )
        store.save_project(Project(id="school", timezone="Europe/Kyiv", currency="UAH"))
        store.save_contact("school", Contact(id="olena", name="Olena"))
        order = _made(orders, "1000.00", 1)
        orders.execute(AddPayment(order=order, amount=Decimal(1), paid=True))
        yield orders


def _made(orders: Orders, price: str, lines: int) -> str:
    asked = tuple(LineAsked(product=f"p{number}", price=Decimal(price)) for number in range(lines))
    receipt = orders.execute(CreateOrder(contact="olena", lines=asked))
    assert receipt.order is not None
    return receipt.order


def forged(*fields: Json) -> str:
    """Write a cursor as an attacker does."""
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


class TestCursors:
    """A forged cursor is refused as input."""

    @pytest.mark.parametrize(
        "cursor",
        [
            forged("created", True, BEYOND_64_BITS, 1),
            forged("created", True, 1, -BEYOND_64_BITS),
            forged("created", True, 1, True),
            forged("created", True, 1.5, 1),
            forged("created", True, [1], 1),
            forged("created", True, None, 1),
            forged("created", True, 1),
            forged({"a": 1}, 1, 1, 1),
            base64.urlsafe_b64encode(b'["created",true,1,1' + b"0" * 5000 + b"]").decode(),
            base64.urlsafe_b64encode(b'["created",true,1e999,1]').decode(),
            base64.urlsafe_b64encode(b"[" * 100_000).decode(),
            *("", "x", "AAAA", "!!!", "é", "\x00", "\ud800", "a" * 100_000),
        ],
        ids=range(19),
    )
    def test_forged(self, orders: Orders, cursor: str) -> None:
        """By whichever question, and whatever stands in it."""
        for ask in (
            lambda: orders.ask(OrdersQuery(after=cursor)),
            lambda: orders.ask(ParticipantsQuery(product="p0", after=cursor)),
        ):
            with pytest.raises(InvalidInput) as refused:
                ask()
            assert refused.value.code in ("input.invalid", "input.too_large")
            assert refused.value.faults[0].path == "after"


class TestQuestions:
    """What people type is text to search for, whatever signs are in it."""

    @pytest.mark.parametrize("text", SEARCHES)
    def test_any_search(self, orders: Orders, text: str) -> None:
        """It finds something or nothing, and is counted alike."""
        rows = orders.ask(OrdersQuery(filters=OrderFilters(search=text)))["rows"]
        assert len(rows) == orders.count(OrdersQuery(filters=OrderFilters(search=text)))

    @pytest.mark.parametrize("id", ["o1\x00", "o1\ud800", "\x00", "x" * 10_000, "'; drop table kwiga_orders; --"])
    def test_any_id(self, orders: Orders, id: str) -> None:
        """K6, K7: an id that cannot be is refused as input, or is not in the project; it never reaches a driver."""
        with pytest.raises((InvalidInput, NotFound)):
            orders.ask(HistoryQuery(order=id))
        with pytest.raises((InvalidInput, NotFound)):
            orders.execute(SetAccessEnd(order=id, at=None))

    def test_filters_with_as_many_values_as_may_be(self, orders: Orders) -> None:
        """V1, K5: a filter takes as many values as its bound; beyond it it is refused before it costs anything."""
        most = [f"t{number}" for number in range(200)]
        query = read_query({"query": "orders", "tag": most, "manager": most, "offer": most, "status": most})
        assert orders.ask(query) == {"rows": [], "next": None}
        began = time.process_time()
        for name in ("tag", "manager", "status"):
            with pytest.raises(InvalidInput) as refused:
                read_query({"query": "orders", name: [f"t{number}" for number in range(100_000)]})
            assert refused.value.code == "input.too_large"
        assert time.process_time() - began < 10


class TestSums:
    """Sums and instants end by a rule, on every store alike."""

    def test_a_rich_order(self, orders: Orders) -> None:
        """An order of many lines, each as dear as may be, is refused; what is below the bound is kept and counted."""
        document: dict[str, Json] = {
            "command": "create_order",
            "contact": "olena",
            "lines": [{"product": f"p{number}", "price": "999999999999.99"} for number in range(200)],
        }
        with pytest.raises(KwigaOrdersError) as refused:
            orders.execute(read_command(document))
        assert refused.value.code == "money.too_large"

    def test_counters_stay_whole(self, orders: Orders) -> None:
        """The counters of the board are whole numbers, however many rich orders there are."""
        for _ in range(20):
            _made(orders, "99999999999.99", 1)
        new = orders.ask(BoardQuery(funnel="default"))["columns"][0]
        assert new["sums"]["UAH"].startswith(("19999", "20000"))

    def test_extended_for_ever(self, orders: Orders) -> None:
        """Extending access again and again ends at the end of the calendar."""
        order = _made(orders, "1.00", 1)
        orders.execute(AddPayment(order=order, amount=Decimal(1), paid=True))
        orders.execute(SetAccessEnd(order=order, at=local("8999-01-01 10:00")))
        extend = read_command({"command": "extend_access", "order": order, "by": {"months": 120}})
        for _ in range(100):
            orders.execute(extend)
        with pytest.raises(KwigaOrdersError) as refused:
            orders.execute(extend)
        assert refused.value.code == "time.out_of_range"
