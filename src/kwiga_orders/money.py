"""Exact money: an integer count of minor units and an ISO 4217 currency.

Laws:

1. An amount is exact; what the currency's minor unit cannot show is refused, never rounded (M1).
2. Two currencies never meet in one sum (M2).
3. Splitting and sharing out lose nothing: the parts sum to the whole (M3, M4).
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
"""The longest text that is read as an amount; anything longer is refused before it is parsed."""
_MOST_DIGITS = 12
"""Digits of whole units that never reach the bound of an amount."""


def exponent_of(currency: str) -> int:
    """Give the number of decimals of an ISO 4217 `currency`: 2 for UAH, 0 for JPY, 3 for KWD.

    Raises:
        Refused: `input.invalid` if it is not an ISO 4217 code of a currency in use.
    """
    try:
        return EXPONENTS[currency]
    except KeyError:
        # Cut, since whatever a stranger sends as a currency ends up in this message.
        raise Refused("input.invalid", currency=currency[:8]) from None


# decision 0002: a type of our own, since integers never round and a library brings its own errors
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
                (K5), `input.invalid` if it is no amount.
        """
        decimals = exponent_of(currency)
        if (plain := _plain_minor(amount, decimals)) is not None:
            return _money(plain, currency)
        numerator, denominator = _ratio(amount)
        # Integers only: `divmod` of the exact fraction says whether anything is left beyond the minor unit.
        minor, finer = divmod(numerator * 10**decimals, denominator)
        if finer:
            raise Refused("money.too_precise", amount=str(amount), currency=currency, decimals=decimals)
        return _money(minor, currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """Give no money at all, in `currency`."""
        return _money(0, currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], *, currency: str) -> "Money":
        """Sum `amounts`, all of which must be in `currency`; of none it is zero."""
        # Integers are summed, and one `Money` is made at the end instead of one for each step.
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
        # Currencies such as JPY have no decimals, and no point either (K6).
        if not exponent:
            return f"{sign}{abs(self.minor)}"
        # The sign is written by hand: `divmod` of a negative number rounds down, which would show -0.50 as -1.50.
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
        # Larger parts first (M3): the buyer pays the odd unit at once, not at the end.
        return tuple(_money(least + (n < larger), self.currency) for n in range(parts))

    def shared(self, weights: Sequence[int]) -> tuple["Money", ...]:
        """Share out in proportion to `weights` (none negative, not all zero), to the largest remainders (M4)."""
        whole = sum(weights)
        if whole <= 0 or min(weights) < 0:
            raise Refused("input.invalid", weights=list(weights))
        shares = [divmod(self.minor * weight, whole) for weight in weights]
        missing = self.minor - sum(share for share, _ in shares)
        # Equal remainders go to the lower index, so that the same command always shares alike (M4).
        by_remainder = sorted(range(len(shares)), key=lambda n: (-shares[n][1], n))[:missing]
        return tuple(_money(share + (n in by_remainder), self.currency) for n, (share, _) in enumerate(shares))

    def percent(self, percent: Decimal) -> "Money":
        """Take `percent` per cent of it, rounded half up to the minor unit. Home of M4."""
        numerator, denominator = percent.as_integer_ratio()
        # "Half up" is toward plus infinity here; that suffices, since money taken off is never negative.
        return _money((2 * self.minor * numerator + 100 * denominator) // (200 * denominator), self.currency)


_money = maker(Money)


def _plain_minor(amount: object, decimals: int) -> int | None:
    """Give the minor units of an amount written with all its decimals, `1000.00`; None of any other text.

    So gateways and the wire write nearly all amounts, and a Decimal takes five times as long to make and divide.
    """
    if not isinstance(amount, str) or not amount.isascii():
        return None
    whole, _, part = amount.partition(".")
    is_plain = whole.isdigit() and len(whole) <= _MOST_DIGITS and part.isdigit() and len(part) == decimals
    return int(whole + part) if is_plain else None


def _ratio(amount: object) -> tuple[int, int]:
    """Read an amount as an exact fraction: arithmetic in a `Decimal` context would round long ones."""
    if not isinstance(amount, str | int | Decimal):
        # M1: a float was never exact, however it looks
        raise _no_amount(amount)
    try:
        value = Decimal(amount)
    except InvalidOperation:
        raise _no_amount(amount) from None
    # `adjusted` bounds the exponent: "1e-9999999" is short, and its fraction would fill the memory.
    if not value.is_finite() or len(str(value)) > _LONGEST or value.adjusted() < -_LONGEST:
        raise _no_amount(amount)
    # `adjusted` first: a power of ten is compared before its digits are written out
    if value.adjusted() > 12 or abs(value) >= AMOUNT:
        raise Refused("money.too_large", most=AMOUNT)
    return value.as_integer_ratio()


def _no_amount(amount: object) -> Refused:
    return Refused("input.invalid", amount=str(amount)[:_LONGEST])


def _mismatch(expected: str, found: str) -> Refused:
    return Refused("money.currency_mismatch", expected=expected, found=found)
