"""For gateways without idempotency keys: references that say what they are for, and refunds known by their sum.

1. `<payment>~a2` is an attempt of ours, `<payment>~100000` a link to that amount in minor units. A page whose reference
   was used up, by a declined card, is opened again as `…-2`.
2. `<reference>~r25000` is the refund after which 250.00 had gone back. So a refund differs from another one of the same
   amount, and asked for again it is known to have happened.
"""

import re
from collections.abc import Iterator, Sequence

from kwiga_orders.gateways import GatewayFact, LinkRequest, RefundRequest, StateRequest
from kwiga_orders.money import Money
from kwiga_orders.payments import Outcome

__all__ = [
    "first_pages",
    "key_in",
    "numbered",
    "page_references",
    "payment_in",
    "reference_of",
    "refund_fact",
    "refunds_in_sum",
]

_MADE = re.compile(r"(?P<payment>.+\.\d+)~(?:(?P<attempt>a\d+)|\d+)(?:-\d)?", re.DOTALL | re.ASCII)
"""A reference of an attempt; an order's id may be any text, also with a `~` in it."""

_MOST_PAGES = 9
"""The most times that the page of one amount is opened again: more cards than that are a fault, and it must end."""


def reference_of(key: str) -> str:
    """Give the reference of an attempt by our own id of it: `o1.1.a2` is `o1.1~a2`."""
    payment, _, attempt = key.rpartition(".")
    return f"{payment}~{attempt}"


def page_references(request: LinkRequest) -> Iterator[str]:
    """Give the references under which the page of a link may be opened, one after another."""
    first = f"{request.payment}~{request.amount.minor}" if request.attempt is None else reference_of(request.attempt)
    return numbered(first)


def numbered(first: str) -> Iterator[str]:
    """Give a reference, then those of the pages opened again."""
    yield first
    for page in range(2, _MOST_PAGES + 1):
        yield f"{first}-{page}"


def first_pages(request: StateRequest) -> Sequence[str]:
    """Give the references of all attempts that a payment may have, each as that of its first page."""
    made = [reference_of(key) for key in request.keys if key.rpartition(".")[2].startswith("a")]
    link = [f"{request.payment}~{request.amount.minor}"] if request.payment else []
    known = [re.sub(r"-\d$", "", one) for one in request.references if not re.search(r"~r\d+$", one)]
    return tuple(dict.fromkeys((*known, *made, *link)))


def payment_in(reference: str) -> str | None:
    """Give the payment that a reference is for, or None if the library did not make the reference."""
    made = _MADE.fullmatch(reference)
    return None if made is None else made["payment"]


def key_in(reference: str) -> str | None:
    """Give our own id of the attempt that a reference is for, or None if it is for a link."""
    made = _MADE.fullmatch(reference)
    return None if made is None or made["attempt"] is None else f"{made['payment']}.{made['attempt']}"


def refund_fact(request: RefundRequest) -> GatewayFact:
    """Give the fact that a refund happened; its reference tells how much has gone back with it."""
    before = 0 if request.before is None else request.before.minor
    return GatewayFact(
        kind="refund",
        payment=request.payment,
        reference=f"{request.reference}~r{before + request.amount.minor}",
        outcome=Outcome.SUCCEEDED,
        amount=request.amount,
        key=request.key,
    )


def refunds_in_sum(
    total: Money, *, payment: str, reference: str, known: Sequence[str], is_pending: bool = False
) -> Iterator[GatewayFact]:
    """Give the refunds of an attempt of which only the sum is reported: those that are `known` by their references are
    subtracted, and the rest is one more refund. `is_pending`: the last one is not done yet.
    """
    sums = sorted({_sum_in(one) for one in known if one.startswith(f"{reference}~r")})
    sums = [one for one in sums if one <= total.minor]
    if total.minor > max(sums, default=0):
        sums.append(total.minor)
    last = 0
    for one in sums:
        yield GatewayFact(
            kind="refund",
            payment=payment,
            reference=f"{reference}~r{one}",
            outcome=Outcome.PENDING if is_pending and one == sums[-1] else Outcome.SUCCEEDED,
            amount=Money(one - last, total.currency),
        )
        last = one


def _sum_in(reference: str) -> int:
    text = reference.rpartition("~r")[2]
    return int(text) if text.isdigit() else 0
