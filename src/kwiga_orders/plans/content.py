"""What a grant covers of a course, apart from time: its lessons, and the practices that are required in them."""

from kwiga_orders.course import Course, Lesson
from kwiga_orders.plans.limits import Outline, is_required, scope_of
from kwiga_orders.plans.timeline import Grant

__all__ = ["lessons_in_scope", "required_practices"]


def lessons_in_scope(grant: Grant, course: Course) -> tuple[Lesson, ...]:
    """Give the lessons that a grant covers, in course order (L2)."""
    outline = Outline.of(course)
    scope = scope_of(grant, outline)
    return tuple(lesson for number, (_, lesson) in enumerate(outline.lessons) if scope >> number & 1)


def required_practices(grant: Grant, course: Course) -> tuple[str, ...]:
    """Give the ids of the practices that are required in those lessons (L7); others never count (L6)."""
    practices = (practice for lesson in lessons_in_scope(grant, course) for practice in lesson.practices)
    return tuple(practice.id for practice in practices if is_required(practice, grant.resolved.terms))
