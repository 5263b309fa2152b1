"""Compare a gateway's list of a day with the payments and refunds of a project's orders.

Laws:

1. Rows are matched by their reference, even if the two sides have different instants, for example around midnight.
2. The current states are compared. A row that is open on one side, or failed on one and unknown to the other, moved no
   money and is no difference.
3. Comparing changes nothing; `resolve` records a gateway's facts about an order.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

import attrs

from kwiga_orders.gateways import GatewayFact
from kwiga_orders.money import Money
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Outcome, Payment

__all__ = [
    "DIFFERENCES",
    "Difference",
    "Disagreement",
    "Entry",
    "Listed",
    "Reconciliation",
    "by_reference",
    "difference_of",
]

Kind = Literal["attempt", "refund", "chargeback"]
"""The kinds of rows."""

Difference = Literal[
    "only_there", "only_here", "other_payment", "other_outcome", "not_counted", "other_currency", "other_amount"
]
"""The kinds of differences."""

DIFFERENCES: tuple[Difference, ...] = (
    "only_there", "only_here", "other_payment", "other_outcome", "not_counted", "other_currency", "other_amount",
)  # fmt: skip
"""All differences; a row has the first one that applies. `not_counted`: it was paid but counts in no sum (P11)."""


@attrs.frozen(kw_only=True)
class Listed:
    """A gateway's list of transactions between two instants.

    `ask` names payments with refunds whose amounts are not in the list, so that their state must be asked for.
    """

    facts: tuple[GatewayFact, ...] = ()
    ask: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Entry:
    """An attempt, refund or chargeback of an order; `at` is when it ended, or started if it has not ended."""

    kind: Kind
    order: str
    number: int
    payment: str
    reference: str
    outcome: Outcome
    amount: Money
    at: datetime
    is_counted: bool = True


@attrs.frozen(kw_only=True)
class Disagreement:
    """A row on which the two sides differ: `here` is the order's, `there` the gateway's."""

    difference: Difference
    here: Entry | None
    there: GatewayFact | None

    @property
    def kind(self) -> Kind:
        """The kind of the row."""
        return self.here.kind if self.there is None and self.here is not None else self._told.kind

    @property
    def reference(self) -> str:
        """The reference at the gateway."""
        return self.here.reference if self.here is not None else self._told.reference

    @property
    def _told(self) -> GatewayFact:
        assert self.there is not None, "one side has it"
        return self.there


@attrs.frozen(kw_only=True)
class Reconciliation:
    """The result of a comparison between two instants; `compared` is the number of compared references."""

    gateway: str
    starts_at: datetime
    ends_at: datetime
    compared: int
    disagreements: tuple[Disagreement, ...]


def _entries(order: Order, gateway: str) -> Iterator[Entry]:
    """Give the entries of an order at a gateway."""
    # an anomaly counts only if there is no row with the same reference
    for one in order.anomalies:
        if one.reference is not None and one.amount is not None and one.gateway == gateway:
            yield Entry(
                kind="refund" if one.of_refund else "attempt",
                order=order.id,
                number=order.number,
                payment=one.payment,
                reference=one.reference,
                outcome=Outcome.SUCCEEDED,
                amount=one.amount,
                at=one.at,
                is_counted=False,
            )
    for payment in order.payments:
        yield from _attempts(order, payment, gateway)
        # refunds are made through the gateway of the payment
        if (payment.paid_through or "") == gateway:
            yield from _refunds(order, payment)


def _attempts(order: Order, payment: Payment, gateway: str) -> Iterator[Entry]:
    for one in payment.attempts:
        if one.reference is not None and (one.gateway or payment.gateway) == gateway:
            yield Entry(
                kind="attempt",
                order=order.id,
                number=order.number,
                payment=payment.id,
                reference=one.reference,
                outcome=one.outcome,
                amount=one.amount or payment.amount,
                at=one.at,
                is_counted=not one.kept_out,
            )


def _refunds(order: Order, payment: Payment) -> Iterator[Entry]:
    for one in payment.refunds:
        if one.reference is not None:
            yield Entry(
                kind="chargeback" if one.chargeback else "refund",
                order=order.id,
                number=order.number,
                payment=payment.id,
                reference=one.reference,
                outcome=one.outcome,
                amount=one.amount,
                at=one.at,
            )


def difference_of(there: GatewayFact, here: Entry | None) -> Difference | None:
    """Tell how a row of a gateway differs from that of the order; None if it does not (laws 1 and 2)."""
    if here is None:
        # an open dispute already holds money back; an open refund or attempt has moved none
        is_open = there.kind == "chargeback" and there.outcome is Outcome.PENDING
        return "only_there" if is_open or there.outcome is Outcome.SUCCEEDED else None
    if there.payment and there.payment != here.payment:
        return "other_payment"
    if there.outcome is not here.outcome:
        return "other_outcome" if Outcome.SUCCEEDED in (there.outcome, here.outcome) else None
    if there.outcome is not Outcome.SUCCEEDED:
        return None
    return _difference_of_money(there, here)


def _difference_of_money(there: GatewayFact, here: Entry) -> Difference | None:
    if there.amount is not None and there.amount.currency != here.amount.currency:
        return "other_currency"
    if there.amount is not None and there.amount != here.amount:
        return "other_amount"
    return None if here.is_counted else "not_counted"


def by_reference(order: Order, gateway: str) -> Mapping[tuple[bool, str], Entry]:
    """Give the entries of an order by whether they are attempts, and by their references."""
    return {(one.kind == "attempt", one.reference): one for one in _entries(order, gateway)}
