"""The steps that upgrade documents of the first edition to the second, as plain data.

Laws:

1. Agreements stay: no step changes an amount, a due date, or which payments close access.
2. An upgraded order equals the order that its upgraded history builds (O10).
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from kwiga_orders.codec import Json
from kwiga_orders.money import Money

__all__ = ["order_to_2", "recorded_to_2"]

_Document = dict[str, Any]
_BY_OPTION = {"open_offer", "renew", "run_due"}
"""The commands of the first edition that created the payments of an option."""


def order_to_2(document: dict[str, Json]) -> dict[str, Json]:
    """Give an order of schema 1 in schema 2."""
    order: _Document = dict(document)
    _split_cost(order)
    if "subscription" in order:
        order["subscription"] = _subscription(order)
    if "payments" in order:
        order["payments"] = [_payment(payment, order) for payment in order["payments"]]
    if "anomalies" in order:
        order["anomalies"] = [_anomaly(one, order["currency"]) for one in order["anomalies"]]
    if attention := list(_attention(order)):
        order["attention"] = attention
    return order


def _split_cost(order: _Document) -> None:
    """Store how much more than the lines the plan costs, without the offer's discount (M5)."""
    price = sum(line["price"]["minor"] for line in order["lines"])
    difference = order["plan_difference"]["minor"]
    if "subscription" in order:
        # In the first edition the amount of a period was stored; now it follows from lines and difference (P13).
        difference = order["subscription"]["amount"]["minor"] - price
    elif difference:
        difference -= _off(order.get("discount"), price, order["currency"])
    else:
        return
    # M5: the difference now contains the discount, which must not be subtracted twice.
    order.pop("discount", None)
    order["plan_difference"] = {"minor": difference, "currency": order["currency"]}


def _subscription(order: _Document) -> _Document:
    """Move the amounts and adjustments of periods to the fields that P13 reads now."""
    subscription = {**order["subscription"]}
    amount, stopped_at = subscription.pop("amount"), subscription.pop("stopped_at", None)
    subscription["amounts"] = [{"at": order["created_at"], "amount": amount}]
    # P13: adjustments now apply to the whole subscription; one that was stored at several lines is stored once
    found: list[_Document] = []
    for line in order["lines"]:
        # Equal adjustments on two lines came from one command; two equal ones on one line came from two commands.
        rest = [*found]
        for adjustment in line.get("adjustments", []):
            if adjustment in rest:
                rest.remove(adjustment)
            else:
                found.append(adjustment)
    subscription["adjustments"] = sorted(found, key=lambda one: str(one["made_at"]))
    return subscription if stopped_at is None else {**subscription, "stopped": {"at": stopped_at}}


def _off(discount: _Document | None, price: int, currency: str) -> int:
    if discount is None:
        return 0
    if discount["kind"] == "percent":
        return Money(price, currency).percent(Decimal(discount["percent"])).minor
    # A discount above the price takes off just the price, in both editions (decision 0017).
    return min(Money.of(discount["amount"], currency).minor, price)


def _payment(document: _Document, order: _Document) -> _Document:
    payment = dict(document)
    # The first edition did not store who created a payment, but an option's payments are as old as the order.
    is_by_option = "period" in payment or ("origin" in order and payment["created_at"] == order["created_at"])
    if not is_by_option:
        payment["by_hand"] = True
    if "period" in payment:
        # P13: access is closed by the lapse, no longer by the payment of a period
        payment.pop("closes_access", None)
    # O12: reopening restores payments that cancelling voided: those with the same instant as the cancelling.
    if payment.get("voided_at") is not None and payment["voided_at"] == order.get("cancelled_at"):
        payment["voided_by"] = "cancelled"
    paid = payment.pop("paid", None)
    if paid is not None and not paid.get("by_gateway"):
        payment["mark"] = {"at": paid["at"], "version": paid["version"], "amount": payment["amount"]}
    if "refunds" in payment:
        payment["refunds"] = [{**refund, "version": 1} for refund in payment["refunds"]]
    return payment


def _anomaly(document: _Document, currency: str) -> _Document:
    if document["amount"]["currency"] == currency:
        return document
    return {**document, "code": "other_currency"}


def _attention(order: _Document) -> Iterator[_Document]:
    """Turn flags of the first edition into attention items (P16)."""
    for anomaly in order.get("anomalies", ()):
        about = {name: anomaly[name] for name in ("at", "payment", "reference", "amount")}
        yield {"code": anomaly.get("code", "other_amount"), **about}
    for payment in order.get("payments", ()):
        yield from _of_payment(payment)


def _of_payment(payment: _Document) -> Iterator[_Document]:
    successes = [one for one in payment.get("attempts", ()) if one.get("outcome") == "succeeded"]
    for number, attempt in enumerate(successes):
        # The first success paid the payment; any later one needs a person's attention.
        if number == 0 and payment.get("voided_at") is None and "mark" not in payment:
            continue
        code = "late_money" if payment.get("voided_at") is not None else "paid_twice"
        about = {"at": attempt["at"], "payment": payment["id"], "amount": payment["amount"]}
        yield {"code": code, **about, "reference": attempt.get("reference")}
    # More was refunded than was paid, which the first edition did not report.
    limit = payment["amount"]["minor"] if successes or "mark" in payment else 0
    went = 0
    for refund in payment.get("refunds", ()):
        if refund.get("outcome", "succeeded") != "succeeded":
            continue
        went += refund["amount"]["minor"]
        if went > limit:
            about = {"at": refund["at"], "payment": payment["id"], "amount": refund["amount"]}
            yield {"code": "refund_above_limit", **about, "reference": refund.get("reference")}


def recorded_to_2(document: dict[str, Json]) -> dict[str, Json]:
    """Give a row of history of schema 1 in schema 2."""
    recorded: _Document = dict(document)
    event = recorded["event"] = dict(recorded["event"])
    match event["name"]:
        case "order.created":
            event["order"] = order_to_2(event["order"])
        case "payment.added":
            event["payment"] = _added(event["payment"], by_hand=recorded["command"] not in _BY_OPTION)
        # The event of the first edition did not say why a payment was voided, but the command does.
        case "payment.voided" if recorded["command"] == "cancel_order":
            event["cause"] = "cancelled"
        case "payment.refunded" | "refund.recorded":
            event["refund"] = {**event["refund"], "version": 1}
    return recorded


def _added(document: _Document, *, by_hand: bool) -> _Document:
    payment = {**document, "by_hand": True} if by_hand else dict(document)
    if "period" in payment:
        payment.pop("by_hand", None)
        payment.pop("closes_access", None)
    return payment
