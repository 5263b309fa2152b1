"""Compare a day at a gateway with the orders of a project, and report the differences."""

import json
from datetime import date, timedelta

import attrs

from kwiga_orders.cli.work import hosted
from kwiga_orders.codec import Json, iso_text
from kwiga_orders.errors import Fault, InvalidInput
from kwiga_orders.gateways import GatewayFact
from kwiga_orders.locale import Texts
from kwiga_orders.periods import zone_named
from kwiga_orders.project import Locale
from kwiga_orders.reconciliation import Disagreement, Entry, Reconciliation

__all__ = ["Asked", "run_reconcile"]

_DISAGREE = 1


@attrs.frozen(kw_only=True)
class Asked:
    """The host, the gateway, the day to compare (by default yesterday), and the language of the report."""

    host: str
    gateway: str
    day: str | None = None
    locale: Locale | None = None


def run_reconcile(url: str, asked: Asked, *, as_json: bool) -> int:
    """Print the differences between a gateway and the orders on one day; give the exit code.

    1: there are differences.

    Raises:
        InvalidInput: if there is no such host, or the text is not a day.
        Refused: `gateway.unavailable`, `gateway.cannot_list`.
        AdapterFailed: if the gateway or the database cannot be reached.
    """
    with hosted(url, asked.host) as given:
        orders = given.orders
        with orders.store.transaction(orders.project, writes=False) as records:
            project = records.get_project()
        yesterday = orders.clock.now().astimezone(zone_named(project.timezone)).date() - timedelta(days=1)
        found = orders.reconcile(asked.gateway, yesterday if asked.day is None else _day(asked.day))
    texts = Texts(asked.locale or project.locale, timezone=project.timezone)
    lines = [json.dumps(_document(found), ensure_ascii=False, indent=2)] if as_json else texts.reconciled(found)
    print("\n".join(lines))
    return _DISAGREE if found.disagreements else 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput([Fault(path="day", code="input.invalid", hint="a day, such as 2026-12-31")]) from None


def _document(found: Reconciliation) -> Json:
    return {
        "gateway": found.gateway,
        "starts_at": iso_text(found.starts_at),
        "ends_at": iso_text(found.ends_at),
        "compared": found.compared,
        "disagreements": [_row(one) for one in found.disagreements],
    }


def _row(one: Disagreement) -> Json:
    return {
        "difference": one.difference,
        "kind": one.kind,
        "reference": one.reference,
        "order": None if one.here is None else one.here.order,
        "number": None if one.here is None else one.here.number,
        "here": None if one.here is None else _side(one.here),
        "there": None if one.there is None else _side(one.there),
    }


def _side(one: Entry | GatewayFact) -> Json:
    at = one.at if isinstance(one, Entry) else one.occurred_at
    return {
        "payment": one.payment or None,
        "outcome": one.outcome.value,
        "amount": None if one.amount is None else one.amount.amount,
        "currency": None if one.amount is None else one.amount.currency,
        "at": None if at is None else iso_text(at),
    }
