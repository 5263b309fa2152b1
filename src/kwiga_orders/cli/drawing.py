"""Drawing orders on a terminal: the card, the board, the lessons with reasons why they are closed, and the timeline."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kwiga_orders.access import Access, Entry, Lessons
from kwiga_orders.course import Course
from kwiga_orders.extras import extra
from kwiga_orders.locale import LetterText, Texts
from kwiga_orders.money import Money
from kwiga_orders.views.shapes import BoardView, OrderView, PaymentView

with extra("cli"):
    from rich import box
    from rich.columns import Columns
    from rich.console import Group, RenderableType
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

__all__ = ["access_line", "board", "card", "lessons_table", "letter", "timeline"]

_OPEN, _CLOSED = "[green]●[/]", "[red]○[/]"
_WIDTH = 40


def card(order: OrderView, texts: Texts) -> RenderableType:
    """Draw the card of an order: its status, money, lines and payments (V4)."""
    money = Table.grid(padding=(0, 2))
    for _ in range(5):
        money.add_column(no_wrap=True)
    money.add_row(
        f"{order['funnel']} › [bold]{texts.status(order['status'])}[/]",
        texts.payment_status(order["payment_status"]),
        f"{_money(order['paid'], order, texts)} − {_money(order['refunded'], order, texts)}",
        f"/ {_money(order['total'], order, texts)}",
        "[yellow]![/]" if order["needs_attention"] else "",
    )
    offer = order["offer"]
    title = f"№ {order['number']} · {order['contact']}" + ("" if offer is None else f" · {offer['title']}")
    rows: list[RenderableType] = [money]
    if order["payments"]:
        rows.append(_payments(order["payments"], texts))
    return Panel(Group(*rows), title=title, title_align="left", box=box.ROUNDED, expand=False)


def _money(amount: str, order: OrderView, texts: Texts) -> str:
    return texts.amount(Money.of(amount, order["currency"]))


def _payments(payments: Sequence[PaymentView], texts: Texts) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2))
    for payment in payments:
        paid_at = payment["paid_at"]
        table.add_row(
            payment["id"],
            payment["amount"],
            texts.payment_state(payment["state"]),
            texts.instant(datetime.fromisoformat(paid_at or payment["due_at"])),
        )
    return table


def board(view: BoardView, texts: Texts) -> RenderableType:
    """Draw the board of a funnel: one column per status, with its count and cards (V2)."""
    panels = []
    for column in view["columns"]:
        cards = "\n".join(f"№ {one['number']} {one['total']}" for one in column["cards"]) or "[dim]–[/]"
        title = f"{texts.status(column['status'], column['name'])} {column['count']}"
        panels.append(Panel(cards, title=title, box=box.ROUNDED, width=24))
    return Columns(panels, padding=(0, 0))


def access_line(access: Access, texts: Texts) -> str:
    """Say in one line whether a product is open, why not, and when that changes (A5-A7)."""
    if access.open:
        until = "∞" if access.ends_at is None else texts.instant(access.ends_at)
        return f"{_OPEN} → {until}"
    return f"{_CLOSED} " + "; ".join(texts.reason(reason) for reason in access.reasons)


def lessons_table(course: Course, before: Lessons | None, now: Lessons, texts: Texts) -> RenderableType:
    """Draw each lesson before and after a step, with all reasons why it is closed and when it opens (L1)."""
    table = Table(box=box.SIMPLE_HEAD, show_header=False, padding=(0, 1))
    for _, lesson in course.lessons():
        was = "" if before is None else _mark(lesson.id, before)
        change = [was, "→" if was else "", _mark(lesson.id, now)]
        table.add_row(lesson.title or lesson.id, *change, _why(lesson.id, now, texts))
    return table


def _mark(lesson: str, lessons: Lessons) -> str:
    return _OPEN if lesson in lessons.open else _CLOSED


def _why(lesson: str, lessons: Lessons, texts: Texts) -> str:
    decision = lessons.closed.get(lesson)
    if decision is None:
        return ""
    why = "; ".join(texts.reason(reason) for reason in decision.reasons)
    # The reason already names this instant.
    if decision.opens_at is None or decision.opens_at == decision.reasons[-1].until:
        return why
    return f"{why} [dim]→ {texts.instant(decision.opens_at)}[/]"


def timeline(entries: Sequence[Entry], titles: Mapping[str, str], texts: Texts) -> RenderableType:
    """Draw a schedule as a time line with a mark for each entry (L12)."""
    if not entries:
        return Text("–", style="dim")
    # At least one second, so that a single entry does not divide by zero.
    first, whole = entries[0].at, max((entries[-1].at - entries[0].at).total_seconds(), 1)
    table = Table.grid(padding=(0, 2))
    for entry in entries:
        place = round((entry.at - first).total_seconds() / whole * (_WIDTH - 1))
        mark = "─" * place + "◆" + "─" * (_WIDTH - 1 - place)
        lesson = None if entry.lesson is None else titles.get(entry.lesson, entry.lesson)
        table.add_row(texts.instant(entry.at), mark, texts.entry(entry, lesson=lesson))
    return table


def letter(contact: str, text: LetterText) -> RenderableType:
    """Draw a letter as its recipient sees it (N2)."""
    title = f"✉ {contact} · {text.subject}"
    return Panel(Text(text.body.rstrip()), title=title, title_align="left", box=box.SQUARE, style="cyan", expand=False)
