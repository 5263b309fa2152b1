"""Convert money to and from Stripe's integer units (docs.stripe.com/currencies).

Laws:

1. The number of decimals comes from Stripe's table, not from ISO 4217: two for most currencies, none for some, three
   for five. `ISK` and `UGX` have two decimals at Stripe and none in ISO.
2. An amount with three decimals must end in 0, because Stripe's networks support only two.
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
    # `int`, because type checkers do not know that this power is an int.
    return int(10**decimals)


def to_stripe(money: Money) -> int:
    """Give an amount in Stripe's units.

    Raises:
        Refused: `money.too_precise` if Stripe cannot take exactly that amount.
    """
    decimals = _decimals(money.currency)
    units, finer = divmod(money.minor * _power(decimals), _power(exponent_of(money.currency)))
    # Law 2: a third decimal other than 0 is too precise as well.
    if finer or (decimals == 3 and units % 10):
        raise Refused("money.too_precise", amount=money.amount, currency=money.currency, decimals=min(decimals, 2))
    return units


def from_stripe(units: int, currency: str) -> Money:
    """Give the money for an amount in Stripe's units; `currency` may be in lower case.

    Raises:
        Refused: `money.too_precise`, `input.invalid` if the library cannot express the amount.
    """
    code = currency.upper()
    if code in _AS_IN_ISO:
        return _money(units, code)
    minor, finer = divmod(units * _power(exponent_of(code)), _power(_decimals(code)))
    if finer:
        raise Refused("money.too_precise", amount=str(units), currency=code, decimals=exponent_of(code))
    return Money(minor, code)
