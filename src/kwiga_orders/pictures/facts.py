"""What a timeline shows of an order, read from its card: windows, freezes, lesson openings, payments."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

import attrs

from kwiga_orders.money import Money
from kwiga_orders.views.shapes import EntryView, LineView, OrderView, PaymentView

__all__ = ["Opening", "PaymentMark", "ProductBar", "bars_of", "marks_of", "span_of"]

PaymentLook = Literal["paid", "due", "overdue", "refund", "shut"]
"""How a payment is drawn. `shut` means unpaid, but nothing is owed for it (P15)."""


@attrs.frozen(kw_only=True)
class Opening:
    """The opening of a lesson."""

    at: datetime
    title: str


@attrs.frozen(kw_only=True)
class ProductBar:
    """A product of the order: its window, since when a debt closes it, its freezes, and the lessons that open."""

    title: str
    starts_at: datetime | None
    ends_at: datetime | None
    is_open: bool
    reason: str | None
    closed_since: datetime | None
    freezes: tuple[tuple[datetime, datetime], ...]
    openings: tuple[Opening, ...]


@attrs.frozen(kw_only=True)
class PaymentMark:
    """A payment or a refund: when it was paid or falls due, its amount, and how it is drawn."""

    at: datetime
    amount: Money
    look: PaymentLook


def bars_of(
    card: OrderView, schedules: Mapping[str, Sequence[EntryView]], titles: Mapping[str, str]
) -> Iterator[ProductBar]:
    """Give the products of a card, with the lesson openings from their schedules."""
    for line in card["lines"]:
        entries = [one for one in schedules.get(line["product"], ()) if one["what"] == "lesson_opens"]
        yield ProductBar(
            title=line["product_title"] or line["product"],
            starts_at=_instant(line["starts_at"]),
            ends_at=_instant(line["ends_at"]),
            is_open=line["open"],
            reason=line["reasons"][0]["code"] if line["reasons"] else None,
            closed_since=min((at for one in line["reasons"] if (at := _instant(one["since"]))), default=None),
            freezes=tuple(_freezes(line)),
            openings=tuple(_opening(one, titles) for one in entries),
        )


def _opening(entry: EntryView, titles: Mapping[str, str]) -> Opening:
    lesson = entry["lesson"] or ""
    return Opening(at=datetime.fromisoformat(entry["at"]), title=titles.get(lesson, lesson))


def _freezes(line: LineView) -> Iterator[tuple[datetime, datetime]]:
    for one in line["adjustments"]:
        starts_at, ends_at = _instant(one["starts_at"]), _instant(one["ends_at"])
        # A freeze that ended at the instant it began has no length to show.
        if one["kind"] == "freeze" and starts_at is not None and ends_at is not None and starts_at < ends_at:
            yield starts_at, ends_at


def marks_of(card: OrderView, now: datetime | None) -> Iterator[PaymentMark]:
    """Give the payments of a card that are not void, and their refunds, by instant."""
    shown = [one for one in card["payments"] if one["state"] != "void"]
    marks = [_mark(one, card["currency"], now) for one in shown]
    back = [one for payment in shown for one in payment["refunds"] if one["outcome"] == "succeeded"]
    for one in back:
        amount = Money.of(one["amount"], card["currency"])
        marks.append(PaymentMark(at=datetime.fromisoformat(one["at"]), amount=amount, look="refund"))
    yield from sorted(marks, key=lambda mark: mark.at)


def _mark(payment: PaymentView, currency: str, now: datetime | None) -> PaymentMark:
    paid_at = _instant(payment["paid_at"])
    asked, amount = Money.of(payment["asked"], currency), Money.of(payment["amount"], currency)
    if paid_at is not None:
        return PaymentMark(at=paid_at, amount=amount, look="paid")
    due_at, overdue_at = datetime.fromisoformat(payment["due_at"]), datetime.fromisoformat(payment["overdue_at"])
    if not asked:
        # P15: unpaid, but nothing is owed for it
        return PaymentMark(at=due_at, amount=amount, look="shut")
    is_overdue = now is not None and overdue_at <= now
    return PaymentMark(at=due_at, amount=asked, look="overdue" if is_overdue else "due")


def span_of(
    card: OrderView, bars: Sequence[ProductBar], marks: Sequence[PaymentMark], now: datetime | None
) -> tuple[datetime, datetime]:
    """Give the first and last instant of the picture. It covers all events, and ends of access that are near enough."""
    told = [datetime.fromisoformat(card["created_at"]), *(mark.at for mark in marks), *([now] if now else [])]
    told += [at for bar in bars if bar.starts_at is not None for at in (bar.starts_at, *_inside(bar))]
    first, last = min(told), max(told)
    # An end in ten years would squeeze everything else into a corner. An end beyond this is drawn as an arrow.
    horizon = last + max(3 * (last - first), timedelta(days=100))
    last = max([last, *(bar.ends_at for bar in bars if bar.ends_at is not None and bar.ends_at <= horizon)])
    margin = max((last - first) / 25, timedelta(hours=1))
    return first - margin / 2, last + margin


def _inside(bar: ProductBar) -> Iterator[datetime]:
    for freeze in bar.freezes:
        yield from freeze
    yield from (one.at for one in bar.openings)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
