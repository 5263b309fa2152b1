"""The possible commands to an order: for each command null, or the code with which it would be refused (V8).

The rules themselves give the answer: a small command of each kind is decided, and nothing is written. A command to a
payment, line or task counts as possible if it is possible for any of them.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import product as combinations
from typing import Any

import attrs

from kwiga_orders import queries
from kwiga_orders.asking import Asking, get_order
from kwiga_orders.decisions import decide
from kwiga_orders.due import RunDue
from kwiga_orders.errors import Conflict, NotFound, Refused
from kwiga_orders.letter_kinds import LETTER_KINDS
from kwiga_orders.money import exponent_of
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.state import Order
from kwiga_orders.periods import Period

__all__ = ["ACTIONS", "answer_actions"]

# By name, because attrs replaces a class when it adds slots, and the first one may still be among the subclasses
_BY_GATEWAYS_OR_ITSELF = (asked.ReportAttempt.name, asked.ReportRefund.name, asked.KeepReport.name, RunDue.name)
_NOTHING_THERE = "not_found"
_UNKNOWN = "kwiga:no-such-product"
"""A product that no host has: if only this is refused, the command is possible with another product."""


def _concrete(kind: type[asked.OrderCommand]) -> Iterator[type[asked.OrderCommand]]:
    for one in kind.__subclasses__():
        yield from _concrete(one)
        if isinstance(name := getattr(one, "name", None), str) and name not in _BY_GATEWAYS_OR_ITSELF:
            yield one


ACTIONS: Mapping[str, type[asked.OrderCommand]] = {
    kind.name: kind for kind in sorted(_concrete(asked.OrderCommand), key=lambda kind: kind.name)
}
"""The commands that people give to an order, by name."""


def answer_actions(query: queries.ActionsQuery, now: datetime) -> Asking[dict[str, str | None]]:
    """Give for each command null if it may be given now, else the code of its refusal."""
    order = yield from get_order(query.order)
    answers: dict[str, str | None] = {}
    for name, kind in ACTIONS.items():
        answers[name] = yield from _refusal(kind, order, now)
    return answers


def _refusal(kind: type[asked.OrderCommand], order: Order, now: datetime) -> Asking[str | None]:
    """Give None if any command of the kind is possible, else the code of the first refusal."""
    first: str | None = None
    for command in _commands(kind, order, now):
        try:
            yield from decide(command, now=now, fresh_id="")
        except NotFound as unknown:
            # Only the invented product is missing, so the command may succeed with a real one.
            if unknown.details["id"] == _UNKNOWN:
                return None
            # The first refusal is about the newest payment or line, which interests a person most.
            first = first or unknown.code
        except (Refused, Conflict) as refused:
            first = first or refused.code
        else:
            return None
    return first or _NOTHING_THERE


def _commands(kind: type[asked.OrderCommand], order: Order, now: datetime) -> Iterator[asked.OrderCommand]:
    """Give commands of a kind to try on an order: one for each payment, line or task that the kind may name."""
    # all fields are named, because an edit without fields would always be possible
    fields = [
        one.name
        for one in attrs.fields(kind)
        if one.name in _VALUES and (one.default is attrs.NOTHING or (kind, one.name) in _SHOWN_BY)
    ]
    for values in combinations(*(list(_VALUES[name](order, now)) for name in fields)):
        named: dict[str, Any] = dict(zip(fields, values, strict=True))
        if kind is asked.AddLine:
            # O13: a product of the order would be refused as a duplicate.
            named["product"] = _UNKNOWN
        yield kind(order=order.id, **named)


_SHOWN_BY = {
    (asked.EditOrder, "comment"),
    (asked.EditLine, "curators"),
    (asked.EditPayment, "amount"),
}


def _smallest(order: Order, _: datetime) -> list[Decimal]:
    # One minor unit is within every limit.
    return [Decimal(1).scaleb(-exponent_of(order.currency))]


# The usual letter first: if no letter can be sent, its refusal is shown.
_LETTERS = ["access_granted", *(kind for kind in LETTER_KINDS if kind != "access_granted")]

_VALUES: Mapping[str, Callable[[Order, datetime], list[Any]]] = {
    # the newest payment first, because a person most likely acts on that
    "payment": lambda order, _: [payment.id for payment in reversed(order.payments)],
    "product": lambda order, _: [line.product for line in order.lines],
    "task": lambda order, _: [task.id for task in order.tasks],
    "amount": _smallest,
    "price": _smallest,
    "title": lambda _, __: ["title"],
    "text": lambda _, __: ["text"],
    "reason": lambda _, __: ["reason"],
    "comment": lambda _, __: ["comment"],
    "curators": lambda _, __: [("curator",)],
    "period": lambda _, __: [Period(days=1)],
    "by": lambda _, __: [Period(days=1)],
    "at": lambda _, now: [now + timedelta(days=1)],
    "kind": lambda _, __: _LETTERS,
    "refund": lambda order, _: [refund.id for payment in order.payments for refund in payment.refunds],
    # P11: without an anomaly any reference gives the refusal.
    "reference": lambda order, _: [one.reference or "" for one in order.anomalies] or ["none"],
}
"""The values to try for each field of a command."""
