"""Values: months on a calendar, money, and the cost of an import."""

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from importlib.util import find_spec
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from benchmarks.table import Round, Work, importing, looping
from kwiga_orders.money import Money
from kwiga_orders.periods import Period, later

KYIV = ZoneInfo("Europe/Kyiv")
ANCHOR = datetime(2026, 10, 31, 8, 0, tzinfo=UTC)


def works() -> list[Work]:
    """Calendar, money, imports."""
    return [months(), adding(), summing(), importing_us()]


def months() -> Work:
    """Months after an anchor in a zone; the floor is calendar arithmetic by hand."""
    months = Period(months=4)

    def floor() -> datetime:
        wall = ANCHOR.astimezone(KYIV).replace(tzinfo=None)
        year, month = divmod(wall.year * 12 + wall.month - 1 + 4, 12)
        day = min(wall.day, monthrange(year, month + 1)[1])
        return wall.replace(year=year, month=month + 1, day=day, tzinfo=KYIV).astimezone(UTC)

    def by_relativedelta() -> datetime:
        return (ANCHOR.astimezone(KYIV) + relativedelta(months=4)).astimezone(UTC)

    return Work(
        topic="N months in a zone",
        ours=looping(lambda: later(ANCHOR, months, zone=KYIV)),
        floor=looping(floor),
        goal=2,  # relativedelta does the arithmetic; code by hand can do without its generality
        peers={"relativedelta": (looping(by_relativedelta), None)},
    )


def adding() -> Work:
    """Add two amounts of one currency; the floor adds two integers."""
    one, other = Money(100_050, "UAH"), Money(99_950, "UAH")
    left, right = one.minor, other.minor
    return Work(
        topic="money: add",
        ours=looping(lambda: one + other),
        floor=looping(lambda: left + right),
        goal=12,
        peers=by_moneyed(lambda made: made[0] + made[1], [one.minor, other.minor]),
    )


def by_moneyed(do: Callable[[Any], object], minor: list[int]) -> dict[str, tuple[Round, float]]:
    """Do the same with amounts of py-moneyed, if it is installed; it should not be faster."""
    if not find_spec("moneyed"):
        return {}
    from moneyed import Money as Moneyed

    made = [Moneyed(Decimal(one) / 100, "UAH") for one in minor]
    return {"py-moneyed": (looping(lambda: do(made)), 1)}


def summing() -> Work:
    """Sum twenty amounts of one currency; the floor sums twenty integers, one by one."""
    amounts = [Money(100_000 + n, "UAH") for n in range(20)]
    numbers = [amount.minor for amount in amounts]

    def floor() -> int:
        total = 0
        for number in numbers:
            total += number
        return total

    return Work(
        topic="money: sum of 20",
        ours=looping(lambda: Money.total(amounts, currency="UAH")),
        floor=looping(floor),
        goal=12,
        peers=by_moneyed(sum, numbers),
    )


def importing_us() -> Work:
    """What `import kwiga_orders` adds to the start of the interpreter; the floor imports attrs."""
    return Work(
        topic="import kwiga_orders",
        ours=importing("import kwiga_orders"),
        floor=importing("import attrs"),
        goal=1.5,
    )
