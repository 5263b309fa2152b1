"""The LMS's own tables: courses, their lessons, and who completed which."""

from django.conf import settings
from django.db import models


class Course(models.Model):
    """A course; its slug is the product id of orders."""

    slug = models.SlugField(primary_key=True)
    title = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.title


class Lesson(models.Model):
    """A lesson; it opens `opens_after` days after the start of access."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="lessons")
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    opens_after = models.PositiveIntegerField(default=0)

    class Meta:
        """Sorted by their position in the course."""

        ordering = ("position",)

    def __str__(self) -> str:
        return self.title


class Visit(models.Model):
    """A user who came to buy; the row is written together with the order, or not at all."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    offer = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.user}: {self.offer}"


class Completion(models.Model):
    """A lesson that a user has completed."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    lesson = models.ForeignKey(Lesson, models.CASCADE)

    def __str__(self) -> str:
        return f"{self.user}: {self.lesson}"
