"""The host class of this LMS."""

from collections.abc import Mapping
from functools import cached_property

from kwiga_orders import Course, Lesson, Module, Period, Progress, Project
from kwiga_orders.adapters.system import SystemClock
from kwiga_orders.changes import OutboxRow
from kwiga_orders.contrib.django import Host
from kwiga_orders.course import After
from kwiga_orders.locale import LetterFacts
from kwiga_orders.ports import PaymentGateway
from kwiga_orders.testing.gateways import FakeGateway
from lms import models


class LmsHost(Host):
    """One school with a payment system for demonstrations."""

    project = Project(id="school", timezone="Europe/Kyiv", currency="UAH", locale="uk")

    def find_course(self, project: str, product: str, /) -> Course | None:
        """Give the outline of a course."""
        course = models.Course.objects.filter(slug=product).first()
        if course is None:
            return None
        lessons = (
            Lesson(
                id=str(one.pk),
                title=one.title,
                delay=After(period=Period(days=one.opens_after)) if one.opens_after else None,
            )
            for one in models.Lesson.objects.filter(course=course)
        )
        return Course(product=product, title=course.title, modules=(Module(id="all", lessons=tuple(lessons)),))

    def get_progress(self, project: str, contact: str, product: str, /) -> Progress:
        """Give the lessons that a user has completed."""
        done = models.Completion.objects.filter(user=contact, lesson__course=product).values_list("lesson", flat=True)
        return Progress(contact=contact, product=product, completed=frozenset(map(str, done)))

    @cached_property
    def fake(self) -> FakeGateway:
        """The payment system; in production, one of `kwiga_orders.adapters.gateways`."""
        return FakeGateway(SystemClock(), page="http://127.0.0.1:8000/trial")

    def gateways(self, project: str) -> Mapping[str, PaymentGateway]:
        """Give the payment systems of the school."""
        return {"fake": self.fake}

    def facts_of(self, project: str, row: OutboxRow, /) -> LetterFacts:
        """Give what letters need from the school."""
        titles = dict(models.Course.objects.values_list("slug", "title"))
        return LetterFacts(school="Школа", titles=titles, link="https://school.example/")
