"""Courses and progress that a host puts into memory, blocking and awaited."""

from typing import TYPE_CHECKING

from kwiga_orders.course import Course, Progress
from kwiga_orders.ports import AsyncCourses, AsyncProgressSource, Courses, ProgressSource

__all__ = ["AsyncMemoryCourses", "AsyncMemoryProgress", "MemoryCourses", "MemoryProgress"]


class MemoryCourses:
    """Course outlines in memory; the host puts them here."""

    def __init__(self) -> None:
        self._courses: dict[tuple[str, str], Course] = {}

    def put(self, project: str, course: Course, /) -> None:
        """Add the outline of a product, or replace it from now on."""
        self._courses[project, course.product] = course

    def find_course(self, project: str, product: str, /) -> Course | None:
        """Give the outline of a product as it is now, or None if the project has no such product."""
        return self._courses.get((project, product))


class MemoryProgress:
    """Learners' progress in memory; the host puts it here."""

    def __init__(self) -> None:
        self._progress: dict[tuple[str, str, str], Progress] = {}

    def put(self, project: str, progress: Progress, /) -> None:
        """Add what a contact has done: completed lessons add up, practices and tests replace by id."""
        key = (project, progress.contact, progress.product)
        self._progress[key] = self.get_progress(*key).joined(progress)

    def get_progress(self, project: str, contact: str, product: str, /) -> Progress:
        """Give what a contact has done in a product; an empty progress if nothing."""
        return self._progress.get((project, contact, product)) or Progress(contact=contact, product=product)


class AsyncMemoryCourses:
    """`MemoryCourses`, awaited; it may share the data of a blocking one."""

    def __init__(self, courses: MemoryCourses | None = None) -> None:
        self._courses = courses or MemoryCourses()

    def put(self, project: str, course: Course, /) -> None:
        """Add the outline of a product, or replace it from now on."""
        self._courses.put(project, course)

    async def find_course(self, project: str, product: str, /) -> Course | None:
        """Give the outline of a product as it is now, or None if the project has no such product."""
        return self._courses.find_course(project, product)


class AsyncMemoryProgress:
    """`MemoryProgress`, awaited; it may share the data of a blocking one."""

    def __init__(self, progress: MemoryProgress | None = None) -> None:
        self._progress = progress or MemoryProgress()

    def put(self, project: str, progress: Progress, /) -> None:
        """Add what a contact has done: completed lessons add up, practices and tests replace by id."""
        self._progress.put(project, progress)

    async def get_progress(self, project: str, contact: str, product: str, /) -> Progress:
        """Give what a contact has done in a product; an empty progress if nothing."""
        return self._progress.get_progress(project, contact, product)


if TYPE_CHECKING:
    _courses: Courses = MemoryCourses()
    _progress: ProgressSource = MemoryProgress()
    _async_courses: AsyncCourses = AsyncMemoryCourses()
    _async_progress: AsyncProgressSource = AsyncMemoryProgress()
