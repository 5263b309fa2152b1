"""Laws of what stands at any moment, whatever was done before: the machine asks for them after each step."""

from datetime import UTC, datetime, timedelta

import attrs

from kwiga_orders.access import Access, EntryKind
from kwiga_orders.answering.of_access import plan_for
from kwiga_orders.answering.overlaid import overlaid
from kwiga_orders.asking import Sources, run
from kwiga_orders.decisions import decide
from kwiga_orders.due import RunDue
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import PaymentState
from kwiga_orders.plans import Plan
from kwiga_orders.testing.school import School

__all__ = [
    "hold_until_they_change",
    "jobs_change_no_access",
    "one_period_is_unpaid_at_most",
    "schedule_and_access_agree",
    "schedule_and_lessons_agree",
]

MOMENT = timedelta(microseconds=1)
FAR = datetime(2200, 1, 1, tzinfo=UTC)
JOBS_ARE_LATE = timedelta(days=40)
OPENINGS = {EntryKind.LESSON_OPENS, EntryKind.LESSON_CLOSES, EntryKind.ACCESS_STARTS, EntryKind.ACCESS_ENDS}


def hold_until_they_change(plan: Plan, now: datetime) -> None:
    """A7: an answer is constant up to its next change, and changes at it."""
    access = plan.access(now)
    if (until := access.next_change_at) is not None:
        assert plan.access(now + (until - now) / 2) == access
        assert plan.access(until - MOMENT) == access
        assert _but_for_the_next_change(plan.access(until)) != _but_for_the_next_change(access)


def schedule_and_access_agree(plan: Plan, now: datetime) -> None:
    """L12: where nothing is to be paid, access opens and closes by itself where the schedule says, and only there."""
    listed = {one.at: one.what for one in plan.schedule(now, at=now) if one.lesson is None and one.order is None}
    flips: dict[datetime, EntryKind] = {}
    at: datetime | None = now
    while at is not None:
        access = plan.access(at)
        at = access.next_change_at
        if at is not None and plan.access(at).open is not access.open:
            flips[at] = EntryKind.ACCESS_ENDS if access.open else EntryKind.ACCESS_STARTS
    assert {at: what for at, what in listed.items() if at > now} == flips


def schedule_and_lessons_agree(plan: Plan, now: datetime) -> None:
    """L12: and so do lessons; what opens and closes with the product is not listed besides."""
    entries = [one for one in plan.schedule(now, at=now) if one.what in OPENINGS and one.at > now]
    last = now
    for at in (*sorted({one.at for one in entries}), FAR):
        before = {*plan.lessons(at - MOMENT).open}
        assert before == {*plan.lessons(last).open}, "nothing opens or closes between two entries"
        listed = {one.lesson for one in entries if one.at == at and one.after_checkpoint is None}
        flipped = before ^ {*plan.lessons(at).open}
        assert listed - {None} <= flipped
        assert None in listed or listed == flipped
        last = at


def one_period_is_unpaid_at_most(order: Order) -> None:
    """P13: debts do not pile up: no unpaid period is followed by another; each period is made once."""
    periods = [one for one in order.payments if one.period is not None]
    # A mark may be taken back of a period that a void one follows (P6).
    owed_for = [one for one in periods if one.state is not PaymentState.VOID]
    unpaid = [one for one in owed_for if one.state is PaymentState.UNPAID]
    assert unpaid in ([], owed_for[-1:])
    assert [one.period for one in periods] == list(range(1, len(periods) + 1))


def jobs_change_no_access(school: School, order: Order) -> None:
    """A8: whether what falls due was run, however late, makes no difference to what anybody may learn, ever."""
    with school.store.transaction(school.project.id, writes=False) as records:
        sources = Sources(project=school.project.id, records=records, courses=school.courses, progress=school.progress)
        deciding = decide(RunDue(order=order.id), now=school.now + JOBS_ARE_LATE, fresh_id="fresh")
        ran = {one.id: one for one in run(deciding, sources).changes.orders}
        for line in order.lines if ran else ():
            before = run(plan_for(order.contact, line.product), sources)
            after = run(overlaid(plan_for(order.contact, line.product), ran), sources)
            at: datetime | None = school.now
            while at is not None:
                assert after.access(at) == before.access(at)
                at = before.access(at).next_change_at


def _but_for_the_next_change(access: Access) -> Access:
    return attrs.evolve(access, next_change_at=None)
