"""Hypothesis strategies for orders and grants. Each is made by commands, so it could really have happened.

First the way an order is paid is drawn, with weights: most orders are paid and last long enough to overlap. Then
commands happen to it one after another, with time in between. A command that a rule refuses does not happen.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Protocol

import attrs

from kwiga_orders.access import Grant
from kwiga_orders.course import Course, Progress
from kwiga_orders.errors import Refused
from kwiga_orders.extras import extra
from kwiga_orders.offers import Offer
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.state import Line, Order
from kwiga_orders.payments import DatedPart, Full, Outcome, Parts, PaymentOption, Schedule, Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.project import Project
from kwiga_orders.terms import AccessTerms, Forever
from kwiga_orders.testing.drawn_terms import courses, instants, often, one_of_these, periods, progress, projects, zones
from kwiga_orders.testing.drawn_terms import terms as terms_of
from kwiga_orders.testing.lives import BESIDE, Happening, Life, Made
from kwiga_orders.testing.plain_access import plain
from kwiga_orders.testing.readable import called, readable

with extra("testing"):
    from hypothesis import assume
    from hypothesis import strategies as st

__all__ = ["Learner", "grants", "learner_of", "learners", "lines", "lives", "moments", "orders"]

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_WEEK, _MONTH = Period(days=7), Period(months=1)
_MOMENT = timedelta(microseconds=1)
_FIRST = 100
"""The first order is made within this many days, so that what follows fits into two school terms."""

_FATES = (
    ("full",) * 6 + ("parts",) * 4 + ("subscription",) * 5 + ("by hand",) * 4 + ("schedule", "unpaid", "unpaid", "free")
)
_LATER = (_HOUR, _DAY, _DAY * 3, _DAY * 9, _DAY * 20, _DAY * 45)
_WAITS = (timedelta(), *_LATER)

Draws = Callable[[st.DrawFn, Life, datetime], asked.OrderCommand]
"""Draws a command for an order at an instant."""


# What happens to an order


def _pays(draw: st.DrawFn, life: Life, _: datetime) -> asked.OrderCommand:
    unpaid = [one.id for one in life.order.payments if one.paid is None] or [life.payment(1)]
    payment = draw(one_of_these(tuple(unpaid)))
    # paying by hand is the simpler example, so False stands for it
    if draw(st.booleans()):
        return asked.ReportAttempt(order=life.id, payment=payment, reference=f"w-{payment}", outcome=Outcome.SUCCEEDED)
    return asked.MarkPaid(order=life.id, payment=payment)


def _freezes(draw: st.DrawFn, life: Life, at: datetime) -> asked.OrderCommand:
    wait = draw(one_of_these((None,) * 2 * len(_LATER) + _LATER))
    starts_at = None if wait is None else at + wait
    return asked.FreezeAccess(order=life.id, period=draw(periods()), starts_at=starts_at)


def _unfreezes(_: st.DrawFn, life: Life, __: datetime) -> asked.OrderCommand:
    return asked.UnfreezeAccess(order=life.id)


def _extends(draw: st.DrawFn, life: Life, _: datetime) -> asked.OrderCommand:
    return asked.ExtendAccess(order=life.id, by=draw(periods()))


def _ends(draw: st.DrawFn, life: Life, at: datetime) -> asked.OrderCommand:
    length = draw(_ends_in())
    return asked.SetAccessEnd(order=life.id, at=None if length is None else at + _DAY * length)


def _owes(draw: st.DrawFn, life: Life, at: datetime) -> asked.OrderCommand:
    due = at + _DAY * draw(st.integers(0, 20))
    due_at: date = due.date() if draw(st.booleans()) else due
    return asked.AddPayment(
        order=life.id, amount=Decimal(draw(one_of_these((100, 500, 1000)))), due_at=due_at, closes_access=True
    )


def _refunds(draw: st.DrawFn, life: Life, at: datetime) -> asked.OrderCommand:
    paid = [one for one in life.order.payments if one.refundable.minor > 0]
    if not paid:
        return _pays(draw, life, at)
    payment = paid[draw(st.integers(0, len(paid) - 1))]
    whole = payment.refundable.decimal
    amount = whole / 2 if draw(st.booleans()) and whole > 1 else whole
    product = draw(one_of_these((None, life.order.lines[0].product)))
    if draw(one_of_these((True, True, True, False))):
        return asked.RefundPayment(order=life.id, payment=payment.id, amount=amount, product=product)
    outcome = draw(one_of_these((Outcome.SUCCEEDED, Outcome.PENDING, Outcome.FAILED)))
    reference = f"r-{payment.id}"
    return asked.ReportRefund(
        order=life.id, payment=payment.id, reference=reference, amount=amount, outcome=outcome, chargeback=True
    )


def _gives_up(draw: st.DrawFn, life: Life, _: datetime) -> asked.OrderCommand:
    commands: list[asked.OrderCommand] = [
        asked.CancelOrder(order=life.id),
        asked.ReopenOrder(order=life.id),
        asked.StopRenewal(order=life.id),
        asked.ResumeRenewal(order=life.id),
    ]
    unpaid = [one.id for one in life.order.payments if one.paid is None]
    commands += [asked.VoidPayment(order=life.id, payment=one) for one in unpaid]
    return commands[draw(st.integers(0, len(commands) - 1))]


def _renews(draw: st.DrawFn, life: Life, _: datetime) -> asked.OrderCommand:
    return asked.Renew(order=life.id, early=draw(st.booleans()))


def _prices(draw: st.DrawFn, life: Life, _: datetime) -> asked.OrderCommand:
    product = life.order.lines[0].product
    return asked.EditLine(order=life.id, product=product, price=Decimal(draw(one_of_these((0, 500, 1000)))))


_HAPPENINGS: tuple[Draws, ...] = (
    *(_freezes,) * 4, *(_unfreezes,) * 2, *(_extends,) * 3, *(_ends,) * 2, *(_owes,) * 3, *(_pays,) * 3,
    *(_refunds,) * 3, _gives_up, _renews, _prices,
)  # fmt: skip


@cache
def _ends_in() -> st.SearchStrategy[int | None]:
    return often((1, st.none()), (4, st.integers(-3, 60)))


# How an order is made


def _options(draw: st.DrawFn, fate: str) -> PaymentOption:
    """Draw a payment option that matches how the order is to be paid."""
    if fate == "parts":
        return Parts(id="parts", count=draw(st.integers(2, 3)), every=draw(one_of_these((_WEEK, _MONTH))))
    if fate == "schedule":
        later = DatedPart(amount=Decimal(600), after=draw(periods()))
        return Schedule(id="schedule", parts=(DatedPart(amount=Decimal(400)), later))
    if fate == "subscription":
        trial = draw(one_of_these((*(None,) * 6, _WEEK, Period(days=14))))
        periods_ = draw(one_of_these((*(None,) * 9, 1, 2, 3)))
        every = draw(one_of_these((_MONTH, _MONTH, Period(days=30), _WEEK)))
        return Subscribe(id="sub", amount=Decimal(500), every=every, periods=periods_, trial=trial)
    return Full(id="full")


@st.composite
def lives(  # noqa: PLR0913 - all parameters are optional: what a test does not fix is drawn
    draw: st.DrawFn,
    course: Course,
    *,
    number: int = 1,
    terms: AccessTerms | None = None,
    offer: Offer | None = None,
    project: Project | None = None,
    active: bool | None = None,
    near: datetime | None = None,
) -> Life:
    """Draw an order of a course and what happens to it; it is made within days of the instant `near`.

    With a given `offer` the order is opened from it, by any of its payment options and with its terms.
    """
    # T7: the project may have moved to another time zone since the order was made
    moved = draw(zones()) if draw(one_of_these((False, False, True))) else None
    settings = draw(projects()) if project is None else project
    settings = settings if moved is None else attrs.evolve(settings, timezone=moved)
    at = draw(instants(_FIRST)) if near is None else near + _DAY * draw(st.integers(0, 12))
    if offer is None:
        fate = draw(one_of_these(_FATES)) if active is None else "full" if active else "unpaid"
        named = draw(terms_of(course)) if terms is None else terms
        life = _begun(draw, course, named, settings, at, number, fate, is_given=terms is not None)
    else:
        life, fate = _opened(draw, offer, course, settings, at, number)
        fate = "unpaid" if active is False else fate
    made = life.story[0]
    if moved is not None and isinstance(made, Made):
        life.story[0] = attrs.evolve(made, timezone=moved)
    for command, then in _paid(draw, life, at, fate):
        life.does(command, at=then)
        at = max(at, then)
    # an offer that was given by the test is never edited, and an order stays active or not as the test wants it
    edited = course if offer is None else None
    _goes_on(draw, life, at, edited, left_out=() if active is None else (_gives_up, _refunds, _pays))
    return life


def _goes_on(draw: st.DrawFn, life: Life, at: datetime, edited: Course | None, *, left_out: tuple[Draws, ...]) -> None:
    """Let a few things happen to an order after it was paid, one after another; with a course its offer is edited."""
    for _ in range(draw(one_of_these((0, 1, 1, 2, 2, 3, 4)))):
        at += draw(one_of_these(_WAITS))
        if edited is not None and life.offer is not None and draw(one_of_these((True, *[False] * 6))):
            life.sells(draw(terms_of(edited)), at=at, reaches_followers=draw(st.booleans()))
        happens = draw(one_of_these(_HAPPENINGS))
        if happens not in left_out:
            life.does(happens(draw, life, at), at=at)
    if draw(one_of_these((True, *[False] * 9))):
        life.is_superseded(by="o9", at=at)


def _begun(  # noqa: PLR0913 - what an order is made of
    draw: st.DrawFn,
    course: Course,
    terms: AccessTerms,
    project: Project,
    at: datetime,
    number: int,
    fate: str,
    *,
    is_given: bool,
) -> Life:
    """Make an order. If access would be over already by the drawn terms, terms without an end are used."""
    for wanted in (terms, attrs.evolve(terms, duration=Forever())):
        try:
            if fate == "by hand":
                beside = draw(st.booleans())
                return Life.by_hand(course, wanted, project=project, at=at, number=number, beside=beside)
            option, close_line = _options(draw, fate), draw(st.booleans())
            price = 0 if fate == "free" else 1000
            return Life.from_offer(
                course, wanted, project=project, at=at, number=number, option=option, close_line=close_line, price=price
            )
        except Refused:
            assume(not is_given)
    raise AssertionError("access without an end is never over already")


def _opened(  # noqa: PLR0913 - the offer and who opens it
    draw: st.DrawFn, offer: Offer, course: Course, project: Project, at: datetime, number: int
) -> tuple[Life, str]:
    """Open a given offer by one of its options; give the order and how an order of that kind is paid."""
    options = offer.current.payment_options
    option = options[draw(st.integers(0, len(options) - 1))]
    try:
        life = Life.opened(offer, course, project=project, at=at, number=number, option=option.id)
    except Refused:
        # the drawn instant is outside its sales window, or access would be over
        assume(False)
        raise
    fates = {Parts: "parts", Schedule: "schedule", Subscribe: "subscription"}
    return life, fates.get(type(option), "full")


def _paid(draw: st.DrawFn, life: Life, at: datetime, fate: str) -> Iterator[tuple[asked.OrderCommand, datetime]]:
    """Draw the payments: usually at once; instalments and periods usually in time."""
    order = life.id
    if fate == "by hand":
        if draw(st.booleans()) and len(life.order.lines) == 1:
            # O13: the order is made with another product, and the line of the course is added later
            yield asked.AddLine(order=order, product=BESIDE, price=Decimal(0)), at
        yield asked.AddPayment(order=order, amount=Decimal(1000), paid=True), at + draw(one_of_these(_WAITS[:3]))
        return
    if fate == "unpaid" or not life.order.payments:
        return
    at += draw(one_of_these((timedelta(), timedelta(), _HOUR, _DAY * 2)))
    if not draw(st.booleans()):
        yield asked.MarkPaid(order=order, payment=life.payment(1)), at
    else:
        # a gateway may report it late
        report = asked.ReportAttempt(
            order=order, payment=life.payment(1), reference="w-1", outcome=Outcome.SUCCEEDED, occurred_at=at
        )
        yield report, at + draw(one_of_these(_WAITS[:3]))
    for n in range(2, 2 + draw(st.integers(0, 2))):
        if fate == "subscription":
            yield asked.Renew(order=order, early=True), at
        elif fate not in ("parts", "schedule"):
            return
        due_at = next((one.due_at for one in life.order.payments if one.id == life.payment(n)), at)
        at = max(at, due_at + draw(one_of_these((-_DAY, timedelta(), timedelta(), _DAY, _DAY * 12))))
        yield asked.MarkPaid(order=order, payment=life.payment(n)), at


@st.composite
def grants(  # noqa: PLR0913 - all parameters are optional: what a test does not fix is drawn
    draw: st.DrawFn,
    course: Course,
    *,
    number: int = 1,
    terms: AccessTerms | None = None,
    offer: Offer | None = None,
    project: Project | None = None,
    active: bool | None = None,
    near: datetime | None = None,
) -> Grant:
    """Draw a grant of a course with its order; with `active` the order is paid, and neither cancelled nor refunded."""
    life = draw(lives(course, number=number, terms=terms, offer=offer, project=project, active=active, near=near))
    grant = life.grant(course)
    assume(grant is not None)
    assert grant is not None
    return grant


def orders(course: Course, *, number: int = 1, project: Project | None = None) -> st.SearchStrategy[Order]:
    """Draw an order of a course."""
    return lives(course, number=number, project=project).map(lambda life: life.order)


def lines(course: Course, terms: AccessTerms | None = None) -> st.SearchStrategy[Line]:
    """Draw a line of an order of a course, with the adjustments of its window (A13)."""
    return grants(course, terms=terms).map(lambda grant: grant.line)


@attrs.frozen(kw_only=True, repr=False)
class Learner:
    """Everything that a plan is compiled from."""

    project: Project
    course: Course
    progress: Progress
    grants: tuple[Grant, ...]
    lives: tuple[Life, ...] = attrs.field(default=(), eq=False)

    def __repr__(self) -> str:
        """Write the call of `learner_of` that makes the learner again, with each order once as its story."""
        ids = {grant.order.id for grant in self.grants}
        told = {life.id: life.story for life in self.lives if life.id in ids}
        if told.keys() != ids:
            # some of its orders were not drawn here
            return called("Learner", *map(readable, (self.project, self.course, self.progress, self.grants)))
        parts = map(readable, (self.project, self.course, self.progress))
        return called("learner_of", *parts, *(_listed(story) for story in told.values()))

    def _repr_pretty_(self, printer: "Printer", _: bool, /) -> None:  # noqa: FBT001 - as hypothesis calls it
        printer.text(repr(self))


class Printer(Protocol):
    """What hypothesis passes to write examples."""

    def text(self, text: str, /) -> None:
        """Write a text."""


def _listed(story: Sequence[Happening]) -> str:
    return called("", *map(readable, story)).replace("(", "[", 1)[:-1] + "]"


def learner_of(project: Project, course: Course, progress: Progress, *stories: Sequence[Happening]) -> Learner:
    """Make a learner from what happened to each order, as the report of a failure shows it."""
    lives = tuple(Life.told(course, project, story) for story in stories)
    found = tuple(grant for life in lives if (grant := life.grant(course)) is not None)
    return Learner(project=project, course=course, progress=progress, grants=found, lives=lives)


@st.composite
def learners(  # noqa: PLR0913 - as above
    draw: st.DrawFn,
    *,
    least: int = 0,
    most: int = 3,
    course: Course | None = None,
    project: Project | None = None,
    active: bool | None = None,
) -> Learner:
    """Draw a project, a course, the learner's progress, and `least` to `most` grants at about the same time."""
    outline = draw(courses()) if course is None else course
    settings = draw(projects()) if project is None else project
    found: list[Life] = []
    near: datetime | None = None
    for n in range(draw(st.integers(least, most))):
        life = draw(lives(outline, number=n + 1, project=settings, active=active, near=near))
        assume(life.grant(outline) is not None)
        found.append(life)
        near = found[0].order.created_at
    made = tuple(grant for life in found if (grant := life.grant(outline)) is not None)
    return Learner(project=settings, course=outline, progress=draw(progress(outline)), grants=made, lives=tuple(found))


@st.composite
def moments(draw: st.DrawFn, learner: Learner) -> datetime:
    """Draw an instant at which something may change for a learner, or just before one; sometimes any instant."""
    model = plain(learner.grants, project=learner.project, course=learner.course, progress=learner.progress)
    if not model.changes or draw(one_of_these((True, *[False] * 5))):
        return draw(instants())
    return draw(st.sampled_from(model.changes)) - draw(one_of_these((timedelta(), _MOMENT)))
