"""For gateways without idempotency keys: their references tell us which payment, attempt or refund they are for.

1. `<payment>~a2` is our attempt a2, `<payment>~100000` a link for that amount in minor units. If a declined card used
   the reference up, the page is opened again as `…-2`.
2. `<reference>~r25000` is the refund after which 250.00 had been refunded in total. So two refunds of the same amount
   differ, and a refund that is requested again is recognised.
3. Numbers in answers are kept as text, so that an amount is never a float.

A gateway is a module of calls (`Calls`); `KeylessGateway` and `AsyncKeylessGateway` carry them out for its shop.
"""

import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

import attrs

from kwiga_orders.adapters.http import AsyncHttp, AsyncHttpx, Conversation, Http, Httpx, arun, run
from kwiga_orders.codec import Json
from kwiga_orders.gateways import (
    Callback,
    Capabilities,
    ChargeRequest,
    GatewayFact,
    LinkRequest,
    PaymentLink,
    RefundRequest,
    StateRequest,
)
from kwiga_orders.money import Money
from kwiga_orders.payments import Outcome

__all__ = [
    "AsyncKeylessGateway",
    "Calls",
    "KeylessGateway",
    "charge_fact",
    "find_facts",
    "first_pages",
    "has_gone_back",
    "instant_of",
    "key_in",
    "made_for",
    "money_in",
    "numbered",
    "page_references",
    "payment_in",
    "reference_of",
    "refund_fact",
    "refunds_in_sum",
    "text_of",
]

S = TypeVar("S")
S_contra = TypeVar("S_contra", contravariant=True)

# The greedy `.+` finds the last dot and number, so that ids may contain dots.
_MADE = re.compile(r"(?P<payment>.+\.\d+)~(?:(?P<attempt>a\d+)|\d+)(?:-\d)?", re.DOTALL | re.ASCII)
"""A reference of an attempt or link; the id of an order may be any text, even with a `~`."""

_MOST_DIGITS = 20
"""The most digits of an amount in a reference."""
_MOST_PAGES = 9
"""The most pages for one amount: a limit, so that a faulty gateway cannot make us open pages for ever."""


class Calls(Protocol[S_contra]):
    """The requests to a gateway, as conversations; `S` is the settings of a shop. A module can implement this."""

    def open_page(self, shop: S_contra, request: LinkRequest, /) -> Conversation[PaymentLink]:
        """Give a page to pay on (P3)."""
        ...

    def charge(self, shop: S_contra, request: ChargeRequest, /) -> Conversation[GatewayFact]:
        """Charge a saved card, unless it was charged under this key already (P13)."""
        ...

    def refund(self, shop: S_contra, request: RefundRequest, /) -> Conversation[GatewayFact]:
        """Give money back, unless this refund has happened already (P10)."""
        ...

    def states(self, shop: S_contra, request: StateRequest, /) -> Conversation[Sequence[GatewayFact]]:
        """Ask for the outcomes of the attempts and refunds of a payment (P4)."""
        ...

    def read_callback(self, shop: S_contra, body: bytes, /) -> Callback:
        """Read the body of a callback, which contains its signature."""
        ...


@attrs.frozen
class KeylessGateway(Generic[S]):
    """`PaymentGateway` for a shop at a gateway without idempotency keys."""

    shop: S
    http: Http = attrs.field(factory=Httpx, repr=False)
    capabilities: Capabilities = Capabilities(honours_keys=False)

    @abstractmethod
    def _calls(self) -> Calls[S]: ...

    def make_link(self, request: LinkRequest, /) -> PaymentLink:
        """Give a page to pay on (P3)."""
        return run(self._calls().open_page(self.shop, request), self.http.send)

    def charge(self, request: ChargeRequest, /) -> GatewayFact:
        """Charge a saved card by its token (P13)."""
        return run(self._calls().charge(self.shop, request), self.http.send)

    def refund(self, request: RefundRequest, /) -> GatewayFact:
        """Give money back, all or a part of it (P10)."""
        return run(self._calls().refund(self.shop, request), self.http.send)

    def state_of(self, request: StateRequest, /) -> Sequence[GatewayFact]:
        """Give the outcomes of the attempts and refunds of a payment (P4)."""
        return run(self._calls().states(self.shop, request), self.http.send)

    def read_callback(self, body: bytes, _: Mapping[str, str], /) -> Callback:
        """Read the body of a callback; the headers are not used."""
        return self._calls().read_callback(self.shop, body)


@attrs.frozen
class AsyncKeylessGateway(Generic[S]):
    """`AsyncPaymentGateway` for a shop at a gateway without idempotency keys."""

    shop: S
    http: AsyncHttp = attrs.field(factory=AsyncHttpx, repr=False)
    capabilities: Capabilities = Capabilities(honours_keys=False)

    @abstractmethod
    def _calls(self) -> Calls[S]: ...

    async def make_link(self, request: LinkRequest, /) -> PaymentLink:
        """Give a page to pay on (P3)."""
        return await arun(self._calls().open_page(self.shop, request), self.http.send)

    async def charge(self, request: ChargeRequest, /) -> GatewayFact:
        """Charge a saved card by its token (P13)."""
        return await arun(self._calls().charge(self.shop, request), self.http.send)

    async def refund(self, request: RefundRequest, /) -> GatewayFact:
        """Give money back, all or a part of it (P10)."""
        return await arun(self._calls().refund(self.shop, request), self.http.send)

    async def state_of(self, request: StateRequest, /) -> Sequence[GatewayFact]:
        """Give the outcomes of the attempts and refunds of a payment (P4)."""
        return await arun(self._calls().states(self.shop, request), self.http.send)

    async def read_callback(self, body: bytes, _: Mapping[str, str], /) -> Callback:
        """Read the body of a callback; the headers are not used."""
        return self._calls().read_callback(self.shop, body)


# References


def reference_of(key: str) -> str:
    """Give the reference of an attempt with our key: `o1.1.a2` becomes `o1.1~a2`."""
    payment, _, attempt = key.rpartition(".")
    # From the right: the id of an order may contain dots.
    return f"{payment}~{attempt}"


def page_references(request: LinkRequest) -> Iterator[str]:
    """Give the references under which the page of a link may be opened, one after another."""
    # Without an attempt the reference contains the amount, so that another amount gets another page.
    first = f"{request.payment}~{request.amount.minor}" if request.attempt is None else reference_of(request.attempt)
    return numbered(first)


def numbered(first: str) -> Iterator[str]:
    """Give a reference, then the references of pages that were opened again."""
    yield first
    for page in range(2, _MOST_PAGES + 1):
        yield f"{first}-{page}"


def first_pages(request: StateRequest) -> Sequence[str]:
    """Give the references of all attempts that a payment may have: for each attempt that of its first page."""
    # Keys of refunds end in `r…`; only attempts have pages.
    made = [reference_of(key) for key in request.keys if key.rpartition(".")[2].startswith("a")]
    link = [f"{request.payment}~{request.amount.minor}"] if request.payment else []
    # From a page that was opened again, take the reference of the first page; the others are counted from it.
    known = [re.sub(r"-\d$", "", one) for one in request.references if not re.search(r"~r\d+$", one)]
    return tuple(dict.fromkeys((*known, *made, *link)))


def payment_in(reference: str) -> str | None:
    """Give the payment of a reference; None if this library did not make the reference."""
    return made_for(reference)[0]


def key_in(reference: str) -> str | None:
    """Give our key of the attempt of a reference; None if the reference is for a link."""
    return made_for(reference)[1]


def made_for(reference: str) -> tuple[str | None, str | None]:
    """Give the payment of a reference and our key of the attempt; None for what it does not name."""
    made = _MADE.fullmatch(reference)
    if made is None:
        return None, None
    payment, attempt = made.groups()
    return payment, None if attempt is None else f"{payment}.{attempt}"


# Facts


def text_of(told: Mapping[str, Json], name: str) -> str:
    """Give a field of an answer as it was written; "" if it is missing or is not a text or number."""
    # Law 3: numbers were read as text.
    value = told.get(name)
    return value if isinstance(value, str) else ""


def instant_of(seconds: str) -> datetime | None:
    """Read a Unix time that a gateway wrote as text; None if it is not one."""
    is_one = seconds.isascii() and seconds.isdigit() and len(seconds) < 11
    return datetime.fromtimestamp(int(seconds), UTC) if is_one and int(seconds) else None


def money_in(told: Mapping[str, Json], name: str) -> Money:
    """Give the amount in a field, in the currency of the answer.

    Raises:
        Refused: `input.invalid`, `money.too_precise` if it is not an amount.
    """
    return Money.of(text_of(told, name), text_of(told, "currency"))


def find_facts(
    request: StateRequest,
    check: Callable[[str], Conversation[Mapping[str, Json] | None]],
    facts_in: Callable[[Mapping[str, Json], str], Iterable[GatewayFact]],
) -> Conversation[tuple[GatewayFact, ...]]:
    """Ask about every reference that a payment may have, and read the facts of those that the gateway knows (P4)."""
    found: list[GatewayFact] = []
    for first in first_pages(request):
        # a page that was opened again may have been paid without a callback, so go on until a reference is unknown
        for reference in numbered(first):
            known = yield from check(reference)
            if known is not None:
                found += facts_in(known, reference)
            # Unknown to the gateway and not recorded by us, so no later page was opened either.
            elif reference not in request.references:
                break
    return tuple(found)


def charge_fact(request: ChargeRequest, outcome: Outcome, *, reason: str | None = None) -> GatewayFact:
    """Give the fact that a charge of a saved card had this outcome."""
    return GatewayFact(
        payment=request.payment,
        reference=reference_of(request.key),
        outcome=outcome,
        amount=request.amount,
        reason=reason,
        key=request.key,
    )


def has_gone_back(request: RefundRequest, sum: Money) -> bool:
    """Tell by the sum of all refunds so far whether this refund has already happened."""
    # At least: somebody may have refunded more on the gateway's website.
    return sum.minor >= _sum_after(request)


def _sum_after(request: RefundRequest) -> int:
    before = 0 if request.before is None else request.before.minor
    return before + request.amount.minor


def refund_fact(request: RefundRequest) -> GatewayFact:
    """Give the fact that a refund happened; its reference contains the sum of all refunds up to it."""
    return GatewayFact(
        kind="refund",
        payment=request.payment,
        reference=f"{request.reference}~r{_sum_after(request)}",
        outcome=Outcome.SUCCEEDED,
        amount=request.amount,
        key=request.key,
    )


def refunds_in_sum(
    total: Money, *, payment: str, reference: str, known: Sequence[str], is_pending: bool = False
) -> Iterator[GatewayFact]:
    """Give the refunds of an attempt whose gateway reports only their sum.

    `known` are references of refunds that we already have. The rest of the sum counts as one more refund, which is not
    done yet if `is_pending`.
    """
    # The known sums split the total into single refunds; the remainder is a refund that we have not seen.
    sums = sorted({_sum_in(one) for one in known if one.startswith(f"{reference}~r")})
    # A known sum above the total belongs to a refund that was reported and later undone.
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
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MOST_DIGITS else 0
