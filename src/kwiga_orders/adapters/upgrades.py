"""The steps that bring documents of the first edition to the second, as plain data.

What was stored is read, and follows the new rules: see the decision page on stored subscriptions.
"""

from typing import Any, cast

from kwiga_orders.codec import Json

__all__ = ["order_to_2", "recorded_to_2"]

Document = dict[str, Json]
"""A document as plain data."""


def order_to_2(document: Document) -> Document:
    """Bring an order to schema 2: what its subscription costs and what moved it stands where P13 now looks."""
    order = cast(dict[str, Any], document)
    if order.get("subscription") is None:
        return document
    subscription = {**order["subscription"]}
    amount, stopped_at = subscription.pop("amount"), subscription.pop("stopped_at", None)
    subscription["amounts"] = [{"at": order["created_at"], "amount": amount}]
    subscription["adjustments"] = _adjustments(order["lines"])
    if stopped_at is not None:
        subscription["stopped"] = {"at": stopped_at}
    # M5: prices and plan difference add up to one period, which costs what was agreed; no discount ever applied to it
    price = sum(line["price"]["minor"] for line in order["lines"])
    return {
        **document,
        "subscription": subscription,
        "discount": None,
        "plan_difference": {**amount, "minor": amount["minor"] - price},
        "payments": [_payment_to_2(payment) for payment in order.get("payments", [])],
    }


def recorded_to_2(document: Document) -> Document:
    """Bring a row of history to schema 2: as the order that it makes, or the payment that it adds."""
    event = cast(dict[str, Any], document["event"])
    if event["name"] == "order.created":
        return {**document, "event": {**event, "order": order_to_2(event["order"])}}
    if event["name"] == "payment.added":
        return {**document, "event": {**event, "payment": _payment_to_2(event["payment"])}}
    return document


def _payment_to_2(payment: dict[str, Any]) -> dict[str, Any]:
    # P13: a period's payment closes nothing; lapsing does
    if payment.get("period") is None:
        return payment
    return {name: value for name, value in payment.items() if name != "closes_access"}


def _adjustments(lines: list[dict[str, Any]]) -> list[Json]:
    """Give what was done to any of the lines, each thing once: of a subscription it is for all of them (P13)."""
    found: list[Json] = []
    for line in lines:
        rest = [*found]
        for adjustment in line.get("adjustments", []):
            if adjustment in rest:
                rest.remove(adjustment)
            else:
                found.append(adjustment)
    return sorted(found, key=lambda one: cast(str, cast(dict[str, Any], one)["made_at"]))
