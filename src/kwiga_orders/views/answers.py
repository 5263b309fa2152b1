"""Answers to queries about access, certificates and history, in the JSON shapes of the wire."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from kwiga_orders.access import Access, Entry, Lessons, Reason
from kwiga_orders.catalogue import CatalogueRow
from kwiga_orders.certificate import Eligibility
from kwiga_orders.changes import OutboxRow
from kwiga_orders.course import Course
from kwiga_orders.errors import KwigaOrdersError
from kwiga_orders.funnel import Funnel
from kwiga_orders.orders.events import Recorded
from kwiga_orders.orders.state import Certificate
from kwiga_orders.orders.status_history import Passage, Stay, time_in_status
from kwiga_orders.project import Contact
from kwiga_orders.views.events import event_data
from kwiga_orders.views.plain import actor_name, actor_view, amount, instant, maybe_instant, plain
from kwiga_orders.views.shapes import (
    AccessView,
    CertificateNumberView,
    CertificateView,
    ClosedLessonView,
    ConversionView,
    EntryView,
    EventView,
    LessonsView,
    LetterView,
    PassageView,
    ProblemView,
    ReasonView,
    StayView,
    TimeInStatusView,
    UnmetView,
)
from kwiga_orders.views.status_shapes import PlaceView

__all__ = [
    "access_view",
    "certificate_view",
    "conversion_view",
    "history_view",
    "lessons_view",
    "letters_view",
    "problem_view",
    "reason_view",
    "schedule_view",
    "stays_view",
    "time_in_status_view",
]

_HUNDREDTH = Decimal("0.01")


def access_view(access: Access) -> AccessView:
    """Give the view of a contact's access to a product (A5-A7)."""
    return AccessView(
        open=access.open,
        reasons=[reason_view(reason) for reason in access.reasons],
        starts_at=maybe_instant(access.starts_at),
        ends_at=maybe_instant(access.ends_at),
        next_change_at=maybe_instant(access.next_change_at),
        orders=list(access.orders),
        comments=access.comments,
    )


def reason_view(reason: Reason) -> ReasonView:
    """Give the view of a reason (A5)."""
    return ReasonView(
        code=reason.code.value,
        order=reason.order,
        until=maybe_instant(reason.until),
        payment=reason.payment,
        asked=None if reason.asked is None else amount(reason.asked),
        since=maybe_instant(reason.since),
        checkpoint=reason.checkpoint,
        lessons=list(reason.lessons),
    )


def lessons_view(lessons: Lessons, course: Course) -> LessonsView:
    """Give the view of open and closed lessons (L1)."""
    # two due payments are two reasons with the same code
    return LessonsView(
        open=list(lessons.open),
        closed={
            id: ClosedLessonView(
                # Each code once, for a client that only shows a label; `why` has all reasons.
                reasons=list(dict.fromkeys(reason.code.value for reason in decision.reasons)),
                why=[reason_view(reason) for reason in decision.reasons],
                opens_at=maybe_instant(decision.opens_at),
            )
            for id, decision in lessons.closed.items()
        },
        sections=list(lessons.sections),
        titles=_titles_of(course),
    )


def _titles_of(course: Course) -> dict[str, str]:
    return {lesson.id: lesson.title for _, lesson in course.lessons()}


def schedule_view(entries: Iterable[Entry], course: Course, numbers: Mapping[str, int]) -> list[EntryView]:
    """Give the view of a schedule, with the titles of lessons and the numbers of orders (L12, V8)."""
    titles = _titles_of(course)
    return [
        EntryView(
            at=instant(entry.at),
            what=entry.what.value,
            lesson=entry.lesson,
            lesson_title=titles.get(entry.lesson or ""),
            after_checkpoint=entry.after_checkpoint,
            after_checkpoint_title=titles.get(entry.after_checkpoint or ""),
            order=entry.order,
            number=numbers.get(entry.order or ""),
            payment=entry.payment,
        )
        for entry in entries
    ]


def certificate_view(eligibility: Eligibility) -> CertificateView:
    """Give the view of a certificate: whether it can be issued, and whether it was issued or revoked (C2-C4)."""
    issued, revoked = eligibility.issued, eligibility.revoked
    return CertificateView(
        eligible=eligibility.eligible,
        issued=None if issued is None else _number(issued),
        revoked=None if revoked is None else _number(revoked),
        unmet=[
            UnmetView(code=unmet.code.value, have=unmet.have, need=unmet.need, test=unmet.test)
            for unmet in eligibility.unmet
        ],
    )


def _number(certificate: Certificate) -> CertificateNumberView:
    # A revoked certificate shows the date of its revocation.
    return CertificateNumberView(number=certificate.number, at=instant(certificate.revoked_at or certificate.issued_at))


def history_view(
    history: Sequence[Recorded | CatalogueRow], people: Mapping[str, str], contact: Contact | None = None
) -> list[EventView]:
    """Give the view of the history of an order (O10), an offer or a funnel (O15)."""
    return [
        EventView(
            at=instant(recorded.at),
            actor=actor_view(recorded.actor),
            actor_name=actor_name(recorded.actor, people, contact),
            version=recorded.version,
            event=recorded.event.name,
            command=recorded.command,
            data=event_data(recorded.event),
        )
        for recorded in history
    ]


def stays_view(track: Iterable[Stay], funnels: Mapping[str, Funnel]) -> list[StayView]:
    """Give the view of an order's status history (F8)."""
    return [
        {
            **_place(stay.funnel, stay.status, funnels),
            "entered_at": instant(stay.entered_at),
            "left_at": maybe_instant(stay.left_at),
        }
        for stay in track
    ]


def _place(funnel: str, status: str, funnels: Mapping[str, Funnel]) -> PlaceView:
    """Give a funnel and a status with their names; a name is null if it was removed since (V8)."""
    found = funnels.get(funnel)
    statuses = () if found is None else found.statuses
    return {
        "funnel": funnel,
        "funnel_name": None if found is None else found.name,
        "status": status,
        "status_name": next((one.name for one in statuses if one.id == status), None),
    }


def time_in_status_view(
    track: Sequence[Stay], funnels: Mapping[str, Funnel], *, now: datetime
) -> list[TimeInStatusView]:
    """Give how long an order was in each status, in the order it entered them (F8)."""
    # Computed for each funnel, because an order may have been in several.
    spent = {
        (funnel, status): time
        for funnel in dict.fromkeys(stay.funnel for stay in track)
        for status, time in time_in_status(track, funnel=funnel, now=now).items()
    }
    places = dict.fromkeys((stay.funnel, stay.status) for stay in track)
    return [
        # Whole seconds: JSON has no durations, and nobody needs fractions.
        {**_place(*place, funnels), "seconds": spent[place] // timedelta(seconds=1)}
        for place in places
    ]


def conversion_view(funnel: Funnel, passages: Iterable[Passage]) -> ConversionView:
    """Give the view of a funnel's conversion (F8)."""
    names = {status.id: status.name for status in funnel.statuses}
    return ConversionView(statuses=[_passage(one, names[one.status]) for one in passages])


def _passage(passage: Passage, name: str) -> PassageView:
    # Exact until the final rounding; a float could round a third wrongly.
    rate = Decimal(passage.rate.numerator * 100) / passage.rate.denominator
    return PassageView(
        status=passage.status,
        name=name,
        entered=passage.entered,
        moved_on=passage.moved_on,
        rate=str(rate.quantize(_HUNDREDTH, ROUND_HALF_UP)),
    )


def problem_view(problem: KwigaOrdersError) -> ProblemView:
    """Give the view of an error: its code, its details, and an English sentence without personal data (K5)."""
    return ProblemView(
        code=problem.code, status=problem.http_status, message=str(problem), details=plain(problem.details)
    )


def letters_view(rows: Iterable[OutboxRow], contacts: Mapping[str, Contact]) -> list[LetterView]:
    """Give the view of letters, with the names of the contacts who get them (N2)."""
    return [
        LetterView(
            kind=row.name,
            to=row.contact,
            to_name=contacts[row.contact].name if row.contact in contacts else None,
            order=row.order,
            at=instant(row.at),
            data=plain(row.data),
        )
        for row in rows
        if row.kind == "letter"
    ]
