"""Documents: reading an order from its stored text, and writing it.

The floor is the standard library, which turns text into plain data, or plain data into text. Ours uses orjson, whose
own time is shown among the peers.
"""

import json
from datetime import UTC, datetime, timedelta
from functools import partial

import attrs
import orjson

from benchmarks.peers import readers
from benchmarks.table import Work, looping
from kwiga_orders.adapters.documents import ORDERS
from kwiga_orders.codec import encode
from kwiga_orders.money import Money
from kwiga_orders.orders.state import Custom, Extended, Follows, Frozen, Line, Order, Origin
from kwiga_orders.payments import Attempt, Outcome, Payment, Refund
from kwiga_orders.periods import Period
from kwiga_orders.project import Actor
from kwiga_orders.sums import TotalSet
from kwiga_orders.terms import AccessTerms, For, Only

__all__ = ["order_of", "works"]

START = datetime(2026, 11, 1, 8, 30, 15, 123456, tzinfo=UTC)
STAFF = Actor(kind="staff", id="maria.petrenko")
MINUTE = timedelta(minutes=1, microseconds=7)
ID = "q7Xc0aLr2VnB8sTzK4mYdw"
"""An id as long as those that are made."""

_PLAIN = "orjson, plain data only,"
_VALUES = "the floor makes dicts and lists; of these ours makes values, each of its type."


def works() -> list[Work]:
    """Reading and writing, for a usual order and for one with ten times as many payments."""
    usual, large = order_of(payments=4), order_of(payments=40)
    return [reading("", usual), writing("", usual), reading(", 40 payments", large), writing(", 40 payments", large)]


def reading(size: str, order: Order) -> Work:
    """From text to an order; the floor makes plain data from the same text."""
    text = ORDERS.write(order)
    assert ORDERS.read(text, schema=ORDERS.number, id=order.id) == order
    return Work(
        topic=f"order from its document{size}, {len(text) / 1000:.1f} KB",
        ours=looping(lambda: ORDERS.read(text, schema=ORDERS.number, id=order.id)),
        floor=looping(lambda: json.loads(text)),
        goal=2,
        why=_VALUES,
        peers={
            _PLAIN: (looping(lambda: orjson.loads(text)), None),
            **{name: (looping(partial(read, text)), None) for name, read in readers().items()},
        },
    )


def writing(size: str, order: Order) -> Work:
    """From an order to text; the floor makes text from the same plain data."""
    data = encode(order, Order)
    dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
    return Work(
        topic=f"order to its document{size}",
        ours=looping(lambda: ORDERS.write(order)),
        floor=looping(lambda: dumps(data)),
        goal=2,
        why=_VALUES,
        peers={_PLAIN: (looping(lambda: orjson.dumps(data)), None)},
    )


def order_of(*, payments: int) -> Order:
    """Give an order with three lines, one of them with its own terms and window, and payments, half of them paid."""
    price = Money(1_250_000, "UAH")
    facts = [payment(number, is_paid=number <= payments // 2) for number in range(1, payments + 1)]
    return Order(
        id=ID,
        number=104_217,
        contact="olena.kovalenko-3371",
        currency="UAH",
        zone="Europe/Kyiv",
        created_at=START,
        type="instalments",
        funnel="default",
        status="in_work",
        manager="maria.petrenko",
        tags=("hot", "гаряче"),
        comment="зателефонувати після обіду",
        origin=Origin(offer="python-pro", version=3, option="parts"),
        lines=(
            adjusted(price),
            Line(product="sql", price=price, source=Follows(since=3), curators=("ira",)),
            Line(product="git", price=price, source=Follows(since=3)),
        ),
        plan_difference=Money(50_000, "UAH"),
        payments=tuple(facts),
        totals=(TotalSet(at=START, version=1, total=Money(3_800_000, "UAH")),),
        version=17,
        updated_at=START + timedelta(days=40, seconds=7),
    )


def adjusted(price: Money) -> Line:
    """Give a line whose access was extended and frozen."""
    terms = AccessTerms(
        duration=For(period=Period(months=6)),
        scope=Only(modules=("basics", "functions", "classes"), lessons=("exam-1", "exam-2"), include_new=True),
        comments="off",
    )
    freeze = Frozen(
        made_at=START + timedelta(days=13),
        starts_at=START + timedelta(days=14),
        ends_at=START + timedelta(days=28),
        actor=STAFF,
    )
    return Line(
        product="python",
        price=price,
        source=Custom(terms=terms, scope_set_at=START + timedelta(days=2)),
        curators=("ira", "oleh"),
        adjustments=(
            Extended(made_at=START + timedelta(days=3), by=Period(days=7), actor=STAFF),
            freeze,
        ),
    )


def payment(number: int, *, is_paid: bool) -> Payment:
    """Give a part of the price; a paid one had two attempts, and a small part of the first one was refunded."""
    id, due_at = f"{ID}.{number}", START + timedelta(days=30 * (number - 1))
    owed = Payment(
        id=id,
        amount=Money(950_000, "UAH"),
        created_at=START,
        due_at=due_at,
        gateway="wayforpay",
        closes_access=number > 1,
    )
    if not is_paid:
        return owed
    tries = (
        Attempt(id=f"{id}.a1", started_at=due_at, at=due_at + MINUTE, outcome=Outcome.FAILED, reason="declined"),
        Attempt(
            id=f"{id}.a2",
            started_at=due_at,
            amount=owed.amount,
            at=due_at + 9 * MINUTE,
            outcome=Outcome.SUCCEEDED,
            reference="pi_3Q2",
            version=2 * number,
        ),
    )
    back = (Refund(id=f"{id}.r1", amount=Money(1_000, "UAH"), at=due_at + 99 * MINUTE, reason="asked"),)
    return attrs.evolve(owed, attempts=tries, refunds=back if number == 1 else ())
