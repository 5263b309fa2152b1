"""Data for running a job, and its preview (V10)."""

from collections.abc import Sequence
from datetime import datetime

import attrs

from kwiga_orders.answering.naming import named_letters, names_for
from kwiga_orders.answering.of_lists import count_of, search_of
from kwiga_orders.answering.overlaid import overlaid
from kwiga_orders.asking import Asking, find_repeated, search_orders
from kwiga_orders.changes import NOTHING, Changes, OutboxRow, Receipt, Repeated
from kwiga_orders.decisions import Decision, decide, fingerprint
from kwiga_orders.errors import Conflict, InvalidInput, Refused
from kwiga_orders.jobs import ForEach, JobProgress, command_for
from kwiga_orders.orders.commands import OrderCommand
from kwiga_orders.orders.state import Order
from kwiga_orders.values import changed
from kwiga_orders.views.shapes import PreviewedOrderView, PreviewView

__all__ = ["JobPage", "JobStep", "answer_job_preview", "job_count", "job_page", "receipt_of_job", "repeated_job"]

_SHOWN = 500
"""The most orders that a preview of a job shows; the others are only counted."""


@attrs.frozen(kw_only=True)
class JobStep:
    """An order of a job, and the command for it."""

    order: Order
    command: OrderCommand


@attrs.frozen(kw_only=True)
class JobPage:
    """Some orders of a job, by number; `next` is the cursor of those after them, None if there are none."""

    steps: tuple[JobStep, ...]
    next: str | None = None


def repeated_job(command: ForEach) -> Asking[Receipt | None]:
    """Give the stored answer of a job with an idempotency key, if it has finished (K1).

    Raises:
        Conflict: `idempotency.conflict` if the key was used for another command.
    """
    key = command.idempotency_key
    repeated = None if key is None else (yield from find_repeated(key))
    if repeated is None:
        return None
    # K1, as for a single command: the same key for another job is a mistake.
    if repeated.fingerprint != fingerprint(command):
        raise Conflict("idempotency.conflict", key=key)
    return repeated.receipt


def receipt_of_job(command: ForEach, progress: JobProgress, *, now: datetime) -> Decision:
    """Give the decision that stores the answer of a finished job under its key."""
    receipt = Receipt(done=progress.done, refused=progress.refused, left=progress.left)
    key = command.idempotency_key
    if key is None:
        # Without a key the answer is not stored.
        return Decision(changes=NOTHING, receipt=receipt)
    kept = Repeated(key=key, fingerprint=fingerprint(command), receipt=receipt, at=now)
    return Decision(changes=Changes(repeated=(kept,)), receipt=receipt)


def job_count(command: ForEach) -> Asking[int]:
    """Count the orders of a job."""
    return (yield from count_of(command.filters))


def job_page(command: ForEach, job: str, *, after: str | None, limit: int) -> Asking[JobPage]:
    """Give some orders of a job, each with the command for it."""
    search = yield from search_of(command.filters)
    # By number, so that orders that change meanwhile are neither skipped nor repeated.
    by_number = changed(search, sort="number", descending=False, limit=limit, after=after)
    page = yield from search_orders(by_number)
    steps = (JobStep(order=order, command=command_for(order, command, job=job)) for order in page.orders)
    return JobPage(steps=tuple(steps), next=page.next)


def answer_job_preview(command: ForEach, now: datetime, fresh_id: str) -> Asking[PreviewView]:
    """Show which orders a job would change, which would refuse and why, and what would be written (K3)."""
    # The same name as in execution, because the keys of the commands contain it.
    job = command.job or command.idempotency_key or fresh_id
    page = yield from job_page(command, job, after=None, limit=_SHOWN)
    events: list[str] = []
    letters: list[OutboxRow] = []
    codes: list[str | None] = []
    decided: dict[str, Order] = {}
    for step in page.steps:
        try:
            # K3: each command is decided on the state after the ones before it, as in execution
            deciding = decide(step.command, now=now, fresh_id=fresh_id)
            decision = yield from overlaid(deciding, decided)
        except (Refused, Conflict, InvalidInput) as refused:
            codes.append(refused.code)
            continue
        codes.append(None)
        decided |= {order.id: order for order in decision.changes.orders}
        events += (recorded.event.name for recorded in decision.changes.history)
        letters += decision.changes.outbox
    # Counted only if there are more orders than on the page.
    total = len(page.steps) if page.next is None else (yield from job_count(command))
    return PreviewView(
        views={},
        events=events,
        letters=(yield from named_letters(letters)),
        orders=(yield from _previewed([step.order for step in page.steps], codes)),
        left=total - len(page.steps),
    )


def _previewed(orders: Sequence[Order], codes: Sequence[str | None]) -> Asking[list[PreviewedOrderView]]:
    names = yield from names_for(contacts=[order.contact for order in orders])
    return [
        PreviewedOrderView(
            order=order.id,
            number=order.number,
            contact=order.contact,
            contact_name=names.contact(order.contact),
            code=code,
        )
        for order, code in zip(orders, codes, strict=True)
    ]
