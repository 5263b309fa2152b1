"""Exact money: an integer count of minor units and an ISO 4217 currency.

Laws:

1. An amount is exact; an amount finer than the minor unit is refused, never rounded (M1).
2. Amounts of two currencies cannot be added (M2).
3. The parts of a split or shared amount sum to the whole (M3, M4).
4. A percentage is rounded half up to the minor unit, once (M4).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

import attrs

from kwiga_orders._currencies import EXPONENTS
from kwiga_orders.bounds import AMOUNT
from kwiga_orders.errors import Refused
from kwiga_orders.values import maker

__all__ = ["Money", "exponent_of"]

_LONGEST = 40
"""The longest text that is parsed as an amount; longer texts are refused."""
_MOST_DIGITS = 12
"""With at most this many digits of whole units an amount is within its bound."""


def exponent_of(currency: str) -> int:
    """Give the number of decimals of an ISO 4217 `currency`: 2 for UAH, 0 for JPY, 3 for KWD.

    Raises:
        Refused: `input.invalid` if it is not an ISO 4217 code of a currency in use.
    """
    try:
        return EXPONENTS[currency]
    except KeyError:
        # Cut, because the text comes from outside and is repeated in the message.
        raise Refused("input.invalid", currency=currency[:8]) from None


# decision 0002: our own type, because integers never round and a library has its own errors
@attrs.frozen(order=False)
class Money:
    """`minor` minor units of `currency`: `Money(1050, "UAH")` is 10.50 UAH. May be negative (a balance).

    Adding, subtracting and comparing need the same currency. Home of M1 and M2.

    Raises:
        Refused: `money.currency_mismatch` if two currencies meet.
    """

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str) -> "Money":
        """Read a decimal `amount` in major units, exactly.

        Raises:
            Refused: `money.too_precise` if it is finer than the minor unit (M1), `money.too_large` beyond its bound
                (K5), `input.invalid` if it is not an amount.
        """
        decimals = exponent_of(currency)
        if (plain := _plain_minor(amount, decimals)) is not None:
            return _money(plain, currency)
        numerator, denominator = _ratio(amount)
        # `divmod` of the exact fraction tells whether the amount is finer than the minor unit.
        minor, finer = divmod(numerator * 10**decimals, denominator)
        if finer:
            raise Refused("money.too_precise", amount=str(amount), currency=currency, decimals=decimals)
        return _money(minor, currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """Give zero in `currency`."""
        return _money(0, currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], *, currency: str) -> "Money":
        """Sum `amounts`, which must all be in `currency`; zero if there are none."""
        # Integers are summed, which saves making a `Money` at each step.
        minor = 0
        for amount in amounts:
            if amount.currency != currency:
                raise _mismatch(currency, amount.currency)
            minor += amount.minor
        return _money(minor, currency)

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise _mismatch(self.currency, other.currency)
        return _money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise _mismatch(self.currency, other.currency)
        return _money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return _money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return (self - other).minor < 0

    def __le__(self, other: "Money") -> bool:
        return (self - other).minor <= 0

    def __gt__(self, other: "Money") -> bool:
        return (self - other).minor > 0

    def __ge__(self, other: "Money") -> bool:
        return (self - other).minor >= 0

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    @property
    def amount(self) -> str:
        """The amount in major units as the wire writes it: `"1000.00"`, `"-50.00"`, `"1.234"`."""
        exponent = exponent_of(self.currency)
        sign = "-" if self.minor < 0 else ""
        # Currencies such as JPY have no decimals and no decimal point.
        if not exponent:
            return f"{sign}{abs(self.minor)}"
        # The sign is written separately, because `divmod` of a negative number rounds down: -0.50 would become -1.50.
        whole, part = divmod(abs(self.minor), 10**exponent)
        return f"{sign}{whole}.{part:0{exponent}d}"

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exactly."""
        return Decimal(self.amount)

    def times(self, count: int) -> "Money":
        """Give this much money `count` times."""
        return _money(self.minor * count, self.currency)

    def split(self, parts: int) -> tuple["Money", ...]:
        """Split into `parts` that sum to the whole and differ by at most one minor unit, larger first. Home of M3."""
        if parts < 1:
            raise Refused("input.invalid", parts=parts)
        least, larger = divmod(self.minor, parts)
        # M3: larger parts first.
        return tuple(_money(least + (n < larger), self.currency) for n in range(parts))

    def shared(self, weights: Sequence[int]) -> tuple["Money", ...]:
        """Share out in proportion to `weights` (none negative, not all zero), to the largest remainders (M4)."""
        whole = sum(weights)
        if whole <= 0 or min(weights) < 0:
            raise Refused("input.invalid", weights=list(weights))
        shares = [divmod(self.minor * weight, whole) for weight in weights]
        missing = self.minor - sum(share for share, _ in shares)
        # M4: of equal remainders the lower index comes first, so that the result is always the same.
        by_remainder = sorted(range(len(shares)), key=lambda n: (-shares[n][1], n))[:missing]
        return tuple(_money(share + (n in by_remainder), self.currency) for n, (share, _) in enumerate(shares))

    def percent(self, percent: Decimal) -> "Money":
        """Take `percent` per cent of it, rounded half up to the minor unit. Home of M4."""
        numerator, denominator = percent.as_integer_ratio()
        # Half up means toward plus infinity here, which is right because discounts are never negative.
        return _money((2 * self.minor * numerator + 100 * denominator) // (200 * denominator), self.currency)


_money = maker(Money)


def _plain_minor(amount: object, decimals: int) -> int | None:
    """Give the minor units of an amount written with all its decimals, `1000.00`; None for any other text.

    A fast path: gateways and the wire write nearly all amounts like that, and a Decimal takes five times as long.
    """
    if not isinstance(amount, str) or not amount.isascii():
        return None
    whole, _, part = amount.partition(".")
    is_plain = whole.isdigit() and len(whole) <= _MOST_DIGITS and part.isdigit() and len(part) == decimals
    return int(whole + part) if is_plain else None


def _ratio(amount: object) -> tuple[int, int]:
    """Read an amount as an exact fraction: arithmetic in a `Decimal` context would round long ones."""
    if not isinstance(amount, str | int | Decimal):
        # M1: a float is not exact
        raise _no_amount(amount)
    try:
        value = Decimal(amount)
    except InvalidOperation:
        raise _no_amount(amount) from None
    # The exponent is bounded, because the fraction of "1e-9999999" would fill the memory.
    if not value.is_finite() or len(str(value)) > _LONGEST or value.adjusted() < -_LONGEST:
        raise _no_amount(amount)
    # `adjusted` first, because comparing would write out all digits of a large power of ten
    if value.adjusted() > 12 or abs(value) >= AMOUNT:
        raise Refused("money.too_large", most=AMOUNT)
    return value.as_integer_ratio()


def _no_amount(amount: object) -> Refused:
    return Refused("input.invalid", amount=str(amount)[:_LONGEST])


def _mismatch(expected: str, found: str) -> Refused:
    return Refused("money.currency_mismatch", expected=expected, found=found)
