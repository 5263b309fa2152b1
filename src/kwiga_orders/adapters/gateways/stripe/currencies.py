"""Money as Stripe counts it: integers of units of its own (docs.stripe.com/currencies).

Laws:

1. Stripe's table decides how many decimals an amount has, not ISO 4217: it has none for some currencies, two for most,
   three for five, and two for `ISK` and `UGX`, which have none in ISO.
2. An amount with three decimals must end in 0: Stripe's networks know only two of them.
3. An amount that Stripe's units cannot express is refused, never rounded.
"""

from kwiga_orders._currencies import EXPONENTS
from kwiga_orders.errors import Refused
from kwiga_orders.money import Money, exponent_of
from kwiga_orders.values import maker

__all__ = ["from_stripe", "to_stripe"]

_NO_DECIMALS = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_THREE_DECIMALS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def _decimals(currency: str) -> int:
    if currency in _NO_DECIMALS:
        return 0
    return 3 if currency in _THREE_DECIMALS else 2


_AS_IN_ISO = frozenset(code for code, exponent in EXPONENTS.items() if exponent == _decimals(code))
_money = maker(Money)


def _power(decimals: int) -> int:
    # `int`, because the power of two ints is not known to be an int by type checkers.
    return int(10**decimals)


def to_stripe(money: Money) -> int:
    """Give an amount in Stripe's units.

    Raises:
        Refused: `money.too_precise` if Stripe cannot take exactly that amount.
    """
    decimals = _decimals(money.currency)
    units, finer = divmod(money.minor * _power(decimals), _power(exponent_of(money.currency)))
    # Law 2: the last of three decimals must be 0, so such an amount is as good as too fine.
    if finer or (decimals == 3 and units % 10):
        raise Refused("money.too_precise", amount=money.amount, currency=money.currency, decimals=min(decimals, 2))
    return units


def from_stripe(units: int, currency: str) -> Money:
    """Give the money that Stripe's units are; `currency` may be in lower case.

    Raises:
        Refused: `money.too_precise`, `input.invalid` if there is no such money.
    """
    code = currency.upper()
    if code in _AS_IN_ISO:
        return _money(units, code)
    minor, finer = divmod(units * _power(exponent_of(code)), _power(_decimals(code)))
    if finer:
        raise Refused("money.too_precise", amount=str(units), currency=code, decimals=exponent_of(code))
    return Money(minor, code)
