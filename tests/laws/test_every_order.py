"""P11: sets of reports from a gateway, each in every order that it can arrive in."""

import random
from itertools import permutations

from kwiga_orders.payments import Outcome
from tests.effort import times
from tests.laws.test_any_reports import OWED, Told, What, told, whole

SIZES = (3,) * times(12, 100) + (4,) * times(4, 100) + (5,) * times(0, 90)
"""How many reports each set has: 168 orders in all, 13 800 under `thorough`."""
_OUTCOMES = (Outcome.SUCCEEDED, Outcome.SUCCEEDED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.PENDING)


def report(chance: random.Random) -> Told:
    """Draw a report; references are few, so that they meet."""
    number = chance.randint(1, 2)
    what: What = chance.choice(("attempt", "attempt", "refund", "chargeback"))
    is_attempt = what == "attempt"
    return Told(
        number=number,
        what=what,
        reference=f"{'w' if is_attempt else 'r'}-{chance.randint(1, 2)}",
        outcome=chance.choice(_OUTCOMES),
        minute=chance.randint(-5, 2),
        amount=chance.choice((OWED[number], OWED[number], 100, None if is_attempt else 300)),
        key=chance.choice((None, None, "a1" if is_attempt else "r1")),
    )


class TestP11EveryOrder:
    """Reports from a gateway may come twice, late, or out of order; any order gives the same final state."""

    def test_one_state(self) -> None:
        """Whole orders are compared, to the last field."""
        chance = random.Random(11)
        for size in SIZES:
            reports, prepared = [report(chance) for _ in range(size)], chance.random() < 0.5
            first, *others = permutations(reports)
            expected = whole(*told(first, "first_payment", prepared=prepared))
            for arrival in others:
                assert whole(*told(arrival, "first_payment", prepared=prepared)) == expected, (reports, arrival)
