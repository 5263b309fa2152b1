"""The rules of access in the plainest possible code: slow, but easy to compare with the rules.

Every question is answered for one instant, directly from the facts, rule by rule. The instants at which an answer
changes or a lesson opens are found by trying every instant at which something can happen. Plans are tested against it.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property

import attrs

from kwiga_orders.access import Access, Grant, LessonDecision, Reason, ReasonCode
from kwiga_orders.course import After, Checkpoint, Course, Delay, Lesson, Module, OnDate, Progress
from kwiga_orders.orders.asked import asked_spans
from kwiga_orders.orders.paid_periods import PeriodSpan, periods_of
from kwiga_orders.orders.refunds import closed_by_refund, refunded_spans
from kwiga_orders.orders.state import EndSet, Extended, Frozen
from kwiga_orders.payments import Payment, overdue_at
from kwiga_orders.periods import at_local, begins, later, next_local_time, shifted, wall_length, zone_named
from kwiga_orders.project import Project
from kwiga_orders.terms import (
    AsCourse,
    NoDelays,
    NoPractices,
    Only,
    OverrideCheckpoints,
    OverrideDelays,
    OverridePractices,
    window_of,
)

NO_ORDER = (Reason(ReasonCode.NO_ORDER),)
"""The reason for a contact without any order (A1)."""


@attrs.frozen
class PlainWindow:
    """The start, the end by terms or by hand, and paid-through with the grace."""

    starts_at: datetime
    ends_at: datetime | None
    lapses_at: datetime | None

    @property
    def end(self) -> datetime | None:
        """The earlier of the two ends."""
        return min((end for end in (self.ends_at, self.lapses_at) if end is not None), default=None)


@attrs.frozen
class PlainGrant:
    """One grant; each question is about one instant."""

    grant: Grant
    project: Project
    course: Course
    progress: Progress
    earlier: tuple["PlainGrant", ...] = ()

    @property
    def order_id(self) -> str:
        """The id of the order."""
        return self.grant.order.id

    @property
    def number(self) -> int:
        """The number of the order."""
        return self.grant.order.number

    def is_activated(self, at: datetime) -> bool:
        """A1: whether the order is activated by that instant."""
        activated_at = self.grant.order.activated_at
        return activated_at is not None and activated_at <= at

    def is_cancelled(self, at: datetime) -> bool:
        """O12: whether the order is cancelled by that instant, and not reopened."""
        cancelled_at = self.grant.order.cancelled_at
        return cancelled_at is not None and cancelled_at <= at

    # The window (A2, A3, A9-A13, P13)

    def window(self, at: datetime) -> PlainWindow | None:
        """The window as it is at an instant."""
        if not self.is_activated(at):
            return None
        starts_at, _ = self._computed()
        lapses = self._lapses(at)
        return PlainWindow(starts_at, self._ends_at(at), lapses[-1][0] if lapses and lapses[-1][1] is None else None)

    def _computed(self) -> tuple[datetime, datetime | None]:
        order, line = self.grant.order, self.grant.line
        paid_at = order.activated_at
        assert paid_at is not None
        # O13: access of a line that was added later starts when it was added.
        if line.added_at is not None and line.added_at > paid_at:
            paid_at = line.added_at
        window = window_of(self.grant.resolved.terms, paid_at=paid_at, zone=zone_named(order.zone))
        return window.starts_at, window.ends_at

    def _ends_at(self, at: datetime) -> datetime | None:
        """The end by terms or by hand; a period that begins at or after an end set by hand removes that end."""
        _, ends_at = self._computed()
        return self._moved(ends_at, without_sets=self._is_lifted(at))

    def _is_lifted(self, at: datetime) -> bool:
        end = self._end_set()
        paid = [one for one in self._spans(at) if one.paid_at is not None]
        return (
            end is not None
            and end.at is not None
            and any(one.paid_at >= end.made_at and one.starts_at >= end.at for one in paid if one.paid_at is not None)
        )

    def _end_set(self) -> EndSet | None:
        sets = [one for one in self.grant.line.adjustments if isinstance(one, EndSet)]
        return sets[-1] if sets else None

    def _spans(self, at: datetime) -> list[PeriodSpan]:
        """The periods of a subscription that are paid and not refunded at an instant."""
        order = self.grant.order
        spans = () if order.subscription is None else periods_of(order).spans
        return [one for one in spans if one.counts(at)]

    def _lapses(self, at: datetime) -> list[tuple[datetime, datetime | None]]:
        """The spans in which a subscription gives no access, by the facts known at an instant."""
        order, end = self.grant.order, self._end_set()
        if order.subscription is None or (end is not None and end.at is not None and not self._is_lifted(at)):
            return []
        first = next((one.starts_at for one in periods_of(order).spans), order.created_at)
        found: list[tuple[datetime, datetime | None]] = []
        for span in self._spans(at):
            if first < span.starts_at:
                found.append((first, span.starts_at))
            if span.ends_at is None:
                return found
            first = max(first, self._with_grace(span.ends_at))
        return [*found, (first, None)]

    def _moved(self, end: datetime | None, *, without_sets: bool) -> datetime | None:
        zone = zone_named(self.grant.order.zone)
        starts_at = self._computed()[0]
        for one in self.grant.line.adjustments:
            # A10: an end set by hand counts until a later period removes it.
            if isinstance(one, EndSet):
                end = end if without_sets else one.at
                continue
            if end is None:
                continue
            if isinstance(one, Extended):
                end = later(one.made_at if end <= one.made_at else end, one.by, zone=zone)
            elif one.starts_at < end:
                end = shifted(end, wall_length(max(one.starts_at, starts_at), one.ends_at, zone=zone), zone=zone)
        return end

    # Reasons for the product (A5)

    def reasons(self, at: datetime) -> tuple[Reason, ...]:
        """All reasons that close the grant at an instant, in order."""
        return tuple(self._reasons(at))

    def _reasons(self, at: datetime) -> Iterable[Reason]:
        order, window = self.grant.order, self.window(at)
        if self.is_cancelled(at):
            yield Reason(ReasonCode.ORDER_CANCELLED, order.id)
        if any(span.holds(at) for span in refunded_spans(order)):
            yield Reason(ReasonCode.REFUNDED, order.id)
        if any(span.holds(at) for span in closed_by_refund(order, self.grant.line.product)):
            yield Reason(ReasonCode.LINE_REFUNDED, order.id)
        if window is None:
            yield Reason(ReasonCode.NOT_PAID, order.id)
            return
        yield from self._reasons_of_window(window, at)
        for freeze in self._freezes():
            if freeze.starts_at <= at < freeze.ends_at:
                yield Reason(ReasonCode.FROZEN, order.id, freeze.ends_at)
        for payment in sorted(order.payments, key=lambda one: one.due_at):
            if payment.closes_access and payment.period is None:
                yield from self._payment_due(payment, at)

    def _payment_due(self, payment: Payment, at: datetime) -> Iterable[Reason]:
        """P8: closed from overdue plus grace for as long as the payment asks for money (P15)."""
        spans = asked_spans(self.grant.order).get(payment.id, ())
        span = next((one for one in spans if one.starts_at <= at and (one.ends_at is None or at < one.ends_at)), None)
        due_at = max(self._due(payment), payment.created_at)
        if span is None or at < due_at:
            return
        # Spans that touch are one demand whose amount changed, so its start is searched backwards.
        asking_since = span.starts_at
        while before := [one for one in spans if one.ends_at == asking_since]:
            asking_since = before[0].starts_at
        since = max(due_at, asking_since)
        yield Reason(ReasonCode.PAYMENT_DUE, self.order_id, payment=payment.id, asked=span.amount, since=since)

    def _reasons_of_window(self, window: PlainWindow, at: datetime) -> Iterable[Reason]:
        is_empty = window.ends_at is not None and window.ends_at <= window.starts_at
        if at < window.starts_at and not is_empty:
            yield Reason(ReasonCode.NOT_STARTED, self.order_id, window.starts_at)
        if window.ends_at is not None and (is_empty or window.ends_at <= at):
            yield Reason(ReasonCode.EXPIRED, self.order_id, window.ends_at)
        for starts_at, ends_at in self._lapses(at):
            if starts_at <= at and (ends_at is None or at < ends_at):
                yield Reason(ReasonCode.SUBSCRIPTION_LAPSED, self.order_id, starts_at)

    def _due(self, payment: Payment) -> datetime:
        return self._with_grace(overdue_at(payment, zone_named(self.grant.order.zone)))

    def _with_grace(self, at: datetime) -> datetime:
        grace, zone = self.project.grace, zone_named(self.grant.order.zone)
        return at if grace is None else later(at, grace, zone=zone)

    def _freezes(self) -> list[Frozen]:
        freezes = [one for one in self.grant.line.adjustments if isinstance(one, Frozen)]
        return sorted(freezes, key=lambda freeze: freeze.starts_at)

    # Lessons (L1-L9)

    def lesson_reasons(self, lesson: str, at: datetime) -> tuple[Reason, ...]:
        """All reasons that close a lesson under this grant, in order."""
        reasons = self.reasons(at)
        module, one = self._placed(lesson)
        opens_at, closes_at = self.opening(lesson), self.closing(lesson)
        found = list(reasons)
        if not self._includes(module, one):
            found.append(Reason(ReasonCode.NOT_INCLUDED, self.order_id))
        if not reasons and opens_at is not None and at < opens_at and not self._is_freed(lesson):
            found.append(Reason(ReasonCode.DELAYED, self.order_id, opens_at))
        if not reasons and closes_at is not None and closes_at <= at:
            found.append(Reason(ReasonCode.LESSON_CLOSED, self.order_id, closes_at))
        if not self._is_freed(lesson):
            found += self._checkpoints_before(lesson)
        return tuple(found)

    def section_is_open(self, section: str, lesson: str, at: datetime) -> bool:
        """L2: a named section opens under the limits of its lesson, although the lesson is out of scope."""
        scope = self.grant.resolved.terms.scope
        others = [one for one in self.lesson_reasons(lesson, at) if one.code is not ReasonCode.NOT_INCLUDED]
        return isinstance(scope, Only) and section in scope.sections and not others

    def _placed(self, lesson: str) -> tuple[Module, Lesson]:
        return next((module, one) for module, one in self.course.lessons() if one.id == lesson)

    def _is_freed(self, lesson: str) -> bool:
        done = self.progress.completed | self.progress.begun
        return self.project.grandfather_completed and lesson in done

    def _includes(self, module: Module, lesson: Lesson) -> bool:
        scope = self.grant.resolved.terms.scope
        if not isinstance(scope, Only) or lesson.id in scope.lessons:
            return True
        instants = (self.grant.order.created_at, self.grant.line.added_at, self.grant.resolved.scope_set_at)
        named_at = max(instant for instant in instants if instant is not None)
        if lesson.added_at is None or lesson.added_at <= named_at:
            return module.id in scope.modules
        if isinstance(scope.include_new, bool):
            return scope.include_new
        return module.id in scope.include_new

    def opening(self, lesson: str) -> datetime | None:
        """L3, L14: when the lesson's own delay is over, or when an earlier order opened it."""
        own = self._own_opening(lesson)
        if own is None or not self.project.keep_opened:
            return own
        opened = [max(self._computed()[0], at) for one in self.earlier for at in one.giving(lesson)]
        return min([own, *opened])

    def giving(self, lesson: str) -> Iterable[datetime]:
        """L14: the first instant, if any, at which access is open, the lesson is in scope, and its delay is over."""
        opens_at = self.opening(lesson)
        if opens_at is None or not self._includes(*self._placed(lesson)):
            return
        instants = sorted({*self.changes, opens_at})
        yield from [at for at in instants if opens_at <= at and not self.reasons(at)][:1]

    def _own_opening(self, lesson: str) -> datetime | None:
        module, one = self._placed(lesson)
        delays = self.grant.resolved.terms.delays
        delay: Delay | None = None
        if isinstance(delays, AsCourse):
            delay = one.delay if one.delay is not None else module.delay
        elif isinstance(delays, OverrideDelays):
            delay = delays.lessons[lesson] if lesson in delays.lessons else delays.modules.get(module.id)
        return self._instant(delay)

    def closing(self, lesson: str) -> datetime | None:
        """L5: when the lesson closes again."""
        closes = self._placed(lesson)[1].closes
        if closes is None or isinstance(self.grant.resolved.terms.delays, NoDelays):
            return None
        return self._instant(closes)

    def _instant(self, delay: Delay | None) -> datetime | None:
        if self.grant.order.activated_at is None:
            return None
        starts_at = self._computed()[0]
        zone = zone_named(self.grant.order.zone)
        if isinstance(delay, OnDate):
            return max(starts_at, begins(delay.at, zone=zone))
        if not isinstance(delay, After):
            return starts_at
        wall = starts_at.astimezone(zone).replace(tzinfo=None)
        wall = delay.period.after(wall)
        if delay.at is not None:
            wall = datetime.combine(wall.date(), delay.at)
        frozen = timedelta()
        for freeze in self._freezes():
            if freeze.starts_at < at_local(wall + frozen, zone=zone):
                frozen += wall_length(max(freeze.starts_at, starts_at), freeze.ends_at, zone=zone)
        instant = at_local(wall + frozen, zone=zone)
        if frozen and delay.at is not None:
            instant = next_local_time(instant, delay.at, zone=zone)
        return max(starts_at, instant)

    def _checkpoints_before(self, lesson: str) -> list[Reason]:
        """L6: the checkpoints that are not passed, each with the lessons whose practices are missing."""
        found: list[Reason] = []
        since: list[Lesson] = []
        for module, one in self.course.lessons():
            if one.id == lesson:
                return found
            since += [one] if self._includes(module, one) else []
            checkpoint = self._checkpoint(one)
            if checkpoint is None:
                continue
            good = {"accepted"} if checkpoint.release_on == "accepted" else {"accepted", "submitted"}
            waits_for = [
                each.id
                for each in since
                if any(self.progress.practices.get(id) not in good for id in self._required(each))
            ]
            if waits_for:
                found.append(Reason(ReasonCode.CHECKPOINT, self.order_id, checkpoint=one.id, lessons=tuple(waits_for)))
            since = []
        raise AssertionError(lesson)

    def _required(self, lesson: Lesson) -> list[str]:
        practices = self.grant.resolved.terms.practices
        if isinstance(practices, NoPractices):
            return []
        if isinstance(practices, OverridePractices):
            return [one.id for one in lesson.practices if one.id in practices.required]
        return [one.id for one in lesson.practices if one.required]

    def _checkpoint(self, lesson: Lesson) -> Checkpoint | None:
        checkpoints = self.grant.resolved.terms.checkpoints
        if isinstance(checkpoints, AsCourse):
            return lesson.checkpoint
        if isinstance(checkpoints, OverrideCheckpoints) and lesson.id in checkpoints.lessons:
            return lesson.checkpoint or Checkpoint()
        return None

    # Every instant at which anything can happen

    @cached_property
    def changes(self) -> frozenset[datetime]:
        """All instants in its facts and computed limits."""
        order = self.grant.order
        named = [order.activated_at, order.cancelled_at, order.superseded_at, *(step.at for step in order.tallies)]
        named += [at for span in refunded_spans(order) for at in (span.starts_at, span.ends_at)]
        for payment in order.payments:
            named += [payment.created_at, self._due(payment), payment.voided_at]
            named += [payment.paid.at] if payment.paid is not None else []
            named += [max(one.at, payment.paid.at) for one in payment.refunds if payment.paid is not None]
        for freeze in self._freezes():
            named += [freeze.starts_at, freeze.ends_at]
        for at in [instant for instant in named if instant is not None]:
            window = self.window(at)
            named += [window.starts_at, window.ends_at, window.lapses_at] if window is not None else []
            named += [end for lapse in self._lapses(at) for end in lapse]
        for _, lesson in self.course.lessons():
            named += [self._own_opening(lesson.id), self.closing(lesson.id)]
        for other in self.earlier:
            named += other.changes
        return frozenset(instant for instant in named if instant is not None)


@attrs.frozen
class PlainAccess:
    """All grants of a contact for a product; each question is about one instant."""

    grants: Sequence[PlainGrant]
    course: Course

    @cached_property
    def changes(self) -> list[datetime]:
        """All instants at which anything can happen, in order."""
        return sorted(frozenset().union(*(grant.changes for grant in self.grants)))

    def access(self, at: datetime) -> Access:
        """A6: the answer for the product, with its next change (A7)."""
        now = self._access(at)
        changes = (instant for instant in self.changes if instant > at and self._access(instant) != now)
        return attrs.evolve(now, next_change_at=next(changes, None))

    def lesson(self, lesson: str, at: datetime) -> LessonDecision:
        """L1, A6: the decision about a lesson."""
        if not self._reasons_of_lesson(lesson, at):
            return LessonDecision(open=True)
        later_on = (instant for instant in self.changes if instant > at)
        opens_at = next((instant for instant in later_on if not self._reasons_of_lesson(lesson, instant)), None)
        return LessonDecision(open=False, reasons=self._reasons_of_lesson(lesson, at), opens_at=opens_at)

    def sections(self, at: datetime) -> tuple[str, ...]:
        """L2: the open sections of closed lessons."""
        return tuple(
            section
            for _, lesson in self.course.lessons()
            if self._reasons_of_lesson(lesson.id, at)
            for section in lesson.sections
            if any(grant.section_is_open(section, lesson.id, at) for grant in self.grants)
        )

    def _open(self, at: datetime) -> list[PlainGrant]:
        return [grant for grant in self.grants if not grant.reasons(at)]

    def _access(self, at: datetime) -> Access:
        if is_open := self._open(at):
            windows = [window for grant in is_open if (window := grant.window(at)) is not None]
            ends = [window.end for window in windows]
            return Access(
                open=True,
                starts_at=min(window.starts_at for window in windows),
                ends_at=None if None in ends else max(end for end in ends if end is not None),
                orders=tuple(grant.order_id for grant in is_open),
                comments=self.course.comments
                and any(grant.grant.resolved.terms.comments in ("on", "as_course") for grant in is_open),
            )
        speaker = self._speaker(at)
        if speaker is None:
            return Access(open=False, reasons=NO_ORDER)
        window = speaker.window(at)
        return Access(
            open=False,
            reasons=speaker.reasons(at),
            starts_at=None if window is None else window.starts_at,
            ends_at=None if window is None else window.end,
            orders=(speaker.order_id,),
        )

    def _speaker(self, at: datetime) -> PlainGrant | None:
        """A6: the grant that opens soonest by time alone, else the newest activated one, else the newest one."""
        candidates = _first_choice(self.grants, at)
        opens = {grant.number: self._opens(grant, at) for grant in candidates}
        soonest = min((instant for instant in opens.values() if instant is not None), default=None)
        first = [grant for grant in candidates if opens[grant.number] == soonest]
        activated = [grant for grant in first if grant.is_activated(at)]
        return _newest(activated or first) if first else None

    def _opens(self, grant: PlainGrant, at: datetime) -> datetime | None:
        return next((instant for instant in self.changes if instant > at and not grant.reasons(instant)), None)

    def _reasons_of_lesson(self, lesson: str, at: datetime) -> tuple[Reason, ...]:
        if is_open := self._open(at):
            if any(not grant.lesson_reasons(lesson, at) for grant in is_open):
                return ()
            return self._lesson_speaker(is_open, lesson, at).lesson_reasons(lesson, at)
        speaker = self._speaker(at)
        return NO_ORDER if speaker is None else speaker.lesson_reasons(lesson, at)

    def _lesson_speaker(self, is_open: list[PlainGrant], lesson: str, at: datetime) -> PlainGrant:
        """A6: the same choice among the open grants, which are all activated."""
        grants = _first_choice(is_open, at)

        def opens(grant: PlainGrant) -> datetime | None:
            later_on = (instant for instant in self.changes if instant > at)
            return next((instant for instant in later_on if not grant.lesson_reasons(lesson, instant)), None)

        opening = [instant for grant in grants if (instant := opens(grant)) is not None]
        if not opening:
            return _newest(grants)
        return _newest([grant for grant in grants if opens(grant) == min(opening)])


def _first_choice(grants: Sequence[PlainGrant], at: datetime) -> list[PlainGrant]:
    """A6: superseded and cancelled orders give the reason only if there are no others."""
    others = [one for one in grants if one.grant.order.superseded_by is None and not one.is_cancelled(at)]
    return others or list(grants)


def _newest(grants: Sequence[PlainGrant]) -> PlainGrant:
    return max(grants, key=lambda grant: grant.number)


def plain(grants: Iterable[Grant], *, project: Project, course: Course, progress: Progress) -> PlainAccess:
    """Give the plain answers for the facts from which `compile_plan` makes a plan."""
    ordered = sorted(grants, key=lambda grant: grant.order.number)
    found: list[PlainGrant] = []
    # L14: in the order of activation
    for grant in sorted(ordered, key=_paid_at):
        earlier = tuple(one for one in found if _paid_at(one.grant) < _paid_at(grant))
        found.append(PlainGrant(grant, project, course, progress, earlier))
    return PlainAccess(sorted(found, key=lambda one: one.number), course)


def _paid_at(grant: Grant) -> datetime:
    """The activation, or when the line was added if that is later; the greatest instant if not activated."""
    activated_at = grant.order.activated_at
    if activated_at is None:
        return datetime.max.replace(tzinfo=UTC)
    return max(activated_at, grant.line.added_at or activated_at)
