"""Values: reports of gateways, and the anomalies a person must look at. `weighing` says what they mean.

Laws:

1. A report is a fact with an instant of its own, never later than when it was reported (T8).
2. Two reports that say the same are one: the earliest counts (P11).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import attrs

from kwiga_orders.money import Money
from kwiga_orders.payments import Outcome, Payment, Refund, SavedMeans

__all__ = ["Anomaly", "AttemptReport", "Attention", "AttentionCode", "Heard", "RefundReport", "Report", "with_report"]


@attrs.frozen(kw_only=True)
class AttemptReport:
    """What became of an attempt to pay (P4). `at` is its own instant, `told_at` when it was reported.

    `amount` may be missing; `currency` then says in what it came, if that is not the order's. `key` is our own id of
    the attempt, if the gateway knows it. `reused` says that the reference belongs to a payment of another order.
    """

    kind: ClassVar[str] = "attempt"
    payment: str
    reference: str
    outcome: Outcome
    at: datetime
    told_at: datetime
    amount: Money | None = None
    currency: str | None = None
    reason: str | None = None
    key: str | None = None
    gateway: str | None = None
    means: SavedMeans | None = None
    reused: bool = False


@attrs.frozen(kw_only=True)
class RefundReport:
    """What became of a refund, or of a chargeback (P10); `key` is our own id of it, if the gateway knows it."""

    kind: ClassVar[str] = "refund"
    payment: str
    reference: str
    outcome: Outcome
    at: datetime
    told_at: datetime
    amount: Money
    chargeback: bool = False
    key: str | None = None


Report = AttemptReport | RefundReport
"""A fact that a gateway reported."""


@attrs.frozen(kw_only=True)
class Around:
    """The surroundings of a report: the ids that other reports name, and what was known before all of them.

    A row that one report names is not taken by another that names none. `keys` gives our own id for a payment and a
    reference: once one report has the id, all reports of that pair get it. `disputed` has the references of refunds
    that were reported with several amounts. `version` is that of the order before the first report, `kept` says what
    its anomalies are about. `amounts` has the amounts that refunds were reported with so far, by reference, without
    those of failures: the failure of a chargeback, which is then won, names what came back.
    """

    version: int
    named: frozenset[str]
    keys: Mapping[tuple[bool, str, str], str]
    disputed: frozenset[str]
    kept: frozenset[tuple[object, ...]]
    amounts: frozenset[tuple[str | None, Money]]

    @classmethod
    def of(
        cls, reports: Iterable[Report], *, version: int, kept: frozenset[tuple[object, ...]], refunds: Iterable[Refund]
    ) -> "Around":
        """Give what these reports are weighed with; `refunds` are those of the order before."""
        reports = tuple(reports)
        amounts: dict[str, set[Money]] = {}
        for report in reports:
            if isinstance(report, RefundReport):
                amounts.setdefault(report.reference, set()).add(report.amount)
        return cls(
            version=version,
            named=frozenset(one.key for one in reports if one.key is not None),
            keys={_about(one): one.key for one in reports if one.key is not None},
            disputed=frozenset(reference for reference, told in amounts.items() if len(told) > 1),
            kept=kept,
            amounts=frozenset((one.reference, one.amount) for one in refunds if one.outcome is not Outcome.FAILED),
        )

    def after(self, report: Report) -> "Around":
        """Give what the next report is weighed with."""
        if not isinstance(report, RefundReport) or report.outcome is Outcome.FAILED:
            return self
        return attrs.evolve(self, amounts=self.amounts | {(report.reference, report.amount)})

    def keyed(self, report: Report) -> Report:
        """Give a report with our own id of what it is about, if any report names it.

        Otherwise a callback without the id, reported for the same instant as the answer that carries it, would become
        a second refund.
        """
        return attrs.evolve(report, key=self.keys.get(_about(report), report.key))


def _about(report: Report) -> tuple[bool, str, str]:
    return isinstance(report, RefundReport), report.payment, report.reference


def with_report(reports: Iterable[Report], report: Report) -> tuple[Report, ...]:
    """Give reports with one more, in the order in which they are weighed: that of their own instants."""
    rest = [one for one in reports if not _is_same(one, report)]
    for same in reports:
        if _is_same(same, report):
            told_at = min(report.told_at, same.told_at)
            report = attrs.evolve(min(report, same, key=_first_told), told_at=told_at)
    return tuple(sorted([*rest, report], key=_in_order))


def _is_same(one: Report, other: Report) -> bool:
    """Tell whether two reports say the same; why an attempt failed may be worded in several ways."""
    if isinstance(one, AttemptReport) and isinstance(other, AttemptReport):
        # The reason is left out of the comparison: gateways word one failure in several ways.
        one = attrs.evolve(one, reason=other.reason)
    # Instants are made equal first: the same report comes again with another time.
    return type(one) is type(other) and attrs.evolve(one, at=other.at, told_at=other.told_at) == other


def _first_told(report: Report) -> tuple[object, ...]:
    reason = report.reason if isinstance(report, AttemptReport) else None
    # Of equal instants the one with a reason, then by its text: any fixed choice will do, but it must be fixed.
    return report.at, reason is None, reason or ""


def _in_order(report: Report) -> tuple[object, ...]:
    """Give what reports are sorted by: no two that differ are alike, so that the order of arrival never shows."""
    amount = ("", -1) if report.amount is None else (report.amount.currency, report.amount.minor)
    # The length goes first, since ids count up: o1.2 comes before o1.10.
    # money comes before it goes back
    about = (len(report.payment), report.payment, report.reference, list(Outcome).index(report.outcome))
    if isinstance(report, RefundReport):
        return report.at, True, *about, *amount, report.key or "", report.chargeback
    means = "" if report.means is None else report.means.token
    said = (report.currency or "", report.reason or "", report.gateway or "", means, report.reused)
    return report.at, False, *about, *amount, report.key or "", *said


class AttentionCode(StrEnum):
    """What a person must look at (P16)."""

    LATE_MONEY = "late_money"
    OVERPAID = "overpaid"
    PAID_TWICE = "paid_twice"
    OTHER_AMOUNT = "other_amount"
    OTHER_CURRENCY = "other_currency"
    REUSED_REFERENCE = "reused_reference"
    REFUND_ABOVE_LIMIT = "refund_above_limit"
    REFUND_BOUNCED = "refund_bounced"
    CHARGEBACK = "chargeback"
    UNKNOWN_OUTCOME = "unknown_outcome"
    GATEWAY_NOT_CONNECTED = "gateway_not_connected"
    SECOND_SUBSCRIPTION = "second_subscription"
    CHARGE_FAILED = "charge_failed"


@attrs.frozen(kw_only=True)
class Attention:
    """Something that a person must look at, since `at` (P16). `id` names it within its order."""

    code: AttentionCode
    at: datetime
    payment: str | None = None
    reference: str | None = None
    amount: Money | None = None

    @property
    def id(self) -> str:
        """Its key: its kind, and what it is about."""
        number = None if self.payment is None else self.payment.rpartition(".")[2]
        amount = None
        if self.code in (AttentionCode.OTHER_AMOUNT, AttentionCode.OTHER_CURRENCY) and self.amount is not None:
            # one reference may be reported with several amounts
            amount = self.amount.amount
        return ":".join([self.code, *(part for part in (number, self.reference, amount) if part is not None)])


@attrs.frozen(kw_only=True)
class Anomaly:
    """Money that contradicts what is known: stored, and in no sum (P11). `at` is when it was reported.

    `amount` is None if only its currency is known; `of_refund` is true for money that went back. `attempt` is the id
    of its attempt, `gateway` the one that reported it.
    """

    payment: str
    reference: str | None
    amount: Money | None
    at: datetime
    code: AttentionCode = AttentionCode.OTHER_AMOUNT
    of_refund: bool = False
    attempt: str | None = None
    gateway: str | None = None


@attrs.frozen(kw_only=True)
class Heard:
    """The reports since the last command of another kind, and the state they met: all are weighed together (P11).

    `version` is that of the order before the first of them, `before` the payments that they are about.
    """

    version: int
    reports: tuple[Report, ...] = ()
    before: tuple[Payment, ...] = ()
    attention: tuple[Attention, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
