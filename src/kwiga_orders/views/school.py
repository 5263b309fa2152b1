"""The school as a front end shows it: settings, gateways, funnels, offers, contacts, outlines (V8)."""

from kwiga_orders.course import Course, Lesson
from kwiga_orders.funnel import Funnel
from kwiga_orders.gateways import Capabilities
from kwiga_orders.periods import Period
from kwiga_orders.project import Project, QuietHours
from kwiga_orders.views.plain import maybe_instant, period_view, plain
from kwiga_orders.views.school_shapes import (
    CourseView,
    FunnelView,
    GatewayAbilitiesView,
    GatewayView,
    LessonOutlineView,
    ModuleView,
    PeriodView,
    PracticeView,
    ProjectView,
    QuietHoursView,
    RuleView,
    StatusView,
)

__all__ = ["course_view", "funnel_view", "gateway_view", "project_view"]


def project_view(project: Project) -> ProjectView:
    """Give the view of a project's settings."""
    return ProjectView(
        id=project.id,
        timezone=project.timezone,
        currency=project.currency,
        locale=project.locale,
        grace=_period(project.grace),
        notice=period_view(project.notice),
        grandfather_completed=project.grandfather_completed,
        keep_opened=project.keep_opened,
        gateway=project.gateway,
        remind_before=_period(project.remind_before),
        quiet_hours=None if project.quiet_hours is None else _quiet(project.quiet_hours),
    )


def _period(period: Period | None) -> PeriodView | None:
    return None if period is None else period_view(period)


def _quiet(hours: QuietHours) -> QuietHoursView:
    return QuietHoursView({"from": hours.start.isoformat("minutes"), "until": hours.end.isoformat("minutes")})


def gateway_view(name: str, capabilities: Capabilities) -> GatewayView:
    """Give the view of a connected gateway (P3)."""
    currencies = capabilities.currencies
    return GatewayView(
        name=name,
        capabilities=GatewayAbilitiesView(
            honours_keys=capabilities.honours_keys,
            saved_means=capabilities.saved_means,
            refunds=capabilities.refunds,
            partial_refunds=capabilities.partial_refunds,
            currencies=None if currencies is None else sorted(currencies),
        ),
    )


def funnel_view(funnel: Funnel) -> FunnelView:
    """Give the view of a funnel (F1)."""
    return FunnelView(
        id=funnel.id,
        name=funnel.name,
        default=funnel.default,
        version=funnel.version,
        statuses=[
            StatusView(id=one.id, name=one.name, colour=one.colour, archived=one.archived) for one in funnel.statuses
        ],
        rules=[
            RuleView(event=one.event, status=one.status, only_from=list(one.only_from), every_time=one.every_time)
            for one in funnel.rules
        ],
    )


def course_view(course: Course) -> CourseView:
    """Give the view of a product's outline."""
    return CourseView(
        product=course.product,
        title=course.title,
        comments=course.comments,
        certificate=plain(course.certificate),
        modules=[
            ModuleView(
                id=module.id, title=module.title, delay=plain(module.delay), lessons=list(map(_lesson, module.lessons))
            )
            for module in course.modules
        ],
    )


def _lesson(lesson: Lesson) -> LessonOutlineView:
    return LessonOutlineView(
        id=lesson.id,
        title=lesson.title,
        added_at=maybe_instant(lesson.added_at),
        delay=plain(lesson.delay),
        closes=plain(lesson.closes),
        sections=list(lesson.sections),
        tests=list(lesson.tests),
        checkpoint=plain(lesson.checkpoint),
        practices=[PracticeView(id=one.id, required=one.required, review=one.review) for one in lesson.practices],
    )
