"""Values: reports of gateways, anomalies and attention items. `weighing` evaluates them.

Laws:

1. A report has the instant of its fact, which is never later than the instant of reporting (T8).
2. Equal reports count once, with the earliest instant (P11).
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
    """The outcome of an attempt to pay (P4). `at` is the instant of the outcome, `told_at` that of the report.

    If `amount` is missing, `currency` is given where it is not the order's. `key` is our id of the attempt, if the
    gateway knows it. `reused` says that the reference belongs to a payment of another order.
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
    """The outcome of a refund or a chargeback (P10); `key` is our id of the refund, if the gateway knows it."""

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
    """The context of a report: what the other reports say, and what was known before all of them.

    `version` is the order's version before the first report. `named` has the keys in all reports: a row with such a key
    belongs to the report with that key. `keys` gives the key for a payment and reference: if one report of that pair
    has it, all get it. `disputed` has the references of refunds that were reported with several amounts. `kept` says
    what the anomalies before the reports are about. `amounts` has the amounts of refunds so far by reference, except
    those of failures: the failure of a chargeback means that it was won, and names the amount that came back.
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
        """Make the context of these reports; `refunds` are those of the order before them."""
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
        """Give the context of the next report."""
        if not isinstance(report, RefundReport) or report.outcome is Outcome.FAILED:
            return self
        return attrs.evolve(self, amounts=self.amounts | {(report.reference, report.amount)})

    def keyed(self, report: Report) -> Report:
        """Give a report with the key that any report of its payment and reference has.

        Otherwise a callback without the key would become a second refund beside the answer with the key.
        """
        return attrs.evolve(report, key=self.keys.get(_about(report), report.key))


def _about(report: Report) -> tuple[bool, str, str]:
    return isinstance(report, RefundReport), report.payment, report.reference


def with_report(reports: Iterable[Report], report: Report) -> tuple[Report, ...]:
    """Add a report, and sort all by the instants of their facts."""
    rest = [one for one in reports if not _is_same(one, report)]
    for same in reports:
        if _is_same(same, report):
            told_at = min(report.told_at, same.told_at)
            report = attrs.evolve(min(report, same, key=_first_told), told_at=told_at)
    return tuple(sorted([*rest, report], key=_in_order))


def _is_same(one: Report, other: Report) -> bool:
    """Tell whether two reports say the same, whatever their instants and reasons."""
    if isinstance(one, AttemptReport) and isinstance(other, AttemptReport):
        # The reason is not compared, because a gateway may give one failure several reasons.
        one = attrs.evolve(one, reason=other.reason)
    # Instants are not compared, because the same report may come again with another time.
    return type(one) is type(other) and attrs.evolve(one, at=other.at, told_at=other.told_at) == other


def _first_told(report: Report) -> tuple[object, ...]:
    reason = report.reason if isinstance(report, AttemptReport) else None
    # At equal instants one with a reason comes first, then by text: any choice is right if it is always the same.
    return report.at, reason is None, reason or ""


def _in_order(report: Report) -> tuple[object, ...]:
    """Give the sort key of a report: different reports have different keys, so the order of arrival never matters."""
    amount = ("", -1) if report.amount is None else (report.amount.currency, report.amount.minor)
    # The length comes first, so that o1.2 comes before o1.10; attempts come before refunds.
    about = (len(report.payment), report.payment, report.reference, list(Outcome).index(report.outcome))
    if isinstance(report, RefundReport):
        return report.at, True, *about, *amount, report.key or "", report.chargeback
    means = "" if report.means is None else report.means.token
    said = (report.currency or "", report.reason or "", report.gateway or "", means, report.reused)
    return report.at, False, *about, *amount, report.key or "", *said


class AttentionCode(StrEnum):
    """The kinds of attention items (P16)."""

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
    """An attention item: something that a person must look at, since `at` (P16)."""

    code: AttentionCode
    at: datetime
    payment: str | None = None
    reference: str | None = None
    amount: Money | None = None

    @property
    def id(self) -> str:
        """The key of the item in its order: its kind and its subject."""
        number = None if self.payment is None else self.payment.rpartition(".")[2]
        amount = None
        if self.code in (AttentionCode.OTHER_AMOUNT, AttentionCode.OTHER_CURRENCY) and self.amount is not None:
            # with the amount, because one reference may be reported with several amounts
            amount = self.amount.amount
        return ":".join([self.code, *(part for part in (number, self.reference, amount) if part is not None)])


@attrs.frozen(kw_only=True)
class Anomaly:
    """Money that contradicts what is known: it is stored but counts in no sum (P11). `at` is when it was reported.

    `amount` is None if only the currency is known. `of_refund` is true for a refund. `attempt` is the id of the
    attempt, `gateway` the gateway that reported it.
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
    """The reports since the last command of another kind, which are evaluated together (P11).

    `version`, `before` (the reported payments), `attention` and `anomalies` are the state before the first report.
    """

    version: int
    reports: tuple[Report, ...] = ()
    before: tuple[Payment, ...] = ()
    attention: tuple[Attention, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
