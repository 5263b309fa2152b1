"""What a site brings to its orders, a class named by the setting `KWIGA_ORDERS_HOST`, and the orders themselves."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, ValidationError
from django.core.signals import setting_changed
from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest
from django.utils.module_loading import import_string

from kwiga_orders.adapters.mail import StoredPeople
from kwiga_orders.adapters.system import RandomIds, SystemClock
from kwiga_orders.changes import OutboxRow
from kwiga_orders.contrib.django.mail import DjangoMailNotifier
from kwiga_orders.contrib.django.stores import store_on
from kwiga_orders.course import Course, Progress
from kwiga_orders.locale import LetterFacts
from kwiga_orders.policy import POLICY, Policy, Visitor
from kwiga_orders.ports import Courses, Notifier, PaymentGateway, People, ProgressSource
from kwiga_orders.project import Actor, Contact, Project
from kwiga_orders.service import Orders

if TYPE_CHECKING:
    # models, which are there once all apps are
    from django.contrib.auth.models import AbstractBaseUser

__all__ = ["SETTING", "Host", "call_orders", "current_host", "orders_for"]

T = TypeVar("T")

SETTING = "KWIGA_ORDERS_HOST"
"""The setting that names the class."""


class Host:
    """A site with one project; override what yours has, and `projects` and `project_of` if it has several.

    It is the port `Courses`, `ProgressSource` and `People` of the service; a site may give others by `courses`,
    `progress` and `people`. `database` is the alias of the database that has the tables.
    """

    project = Project(id="school", timezone="UTC", currency="EUR", locale="en")
    database: str = DEFAULT_DB_ALIAS
    policy: Policy = POLICY

    # Projects, and who is who

    def projects(self) -> Iterable[Project]:
        """Give the settings of all projects; they are saved after each `migrate`."""
        return (self.project,)

    def project_of(self, request: HttpRequest) -> str:
        """Give the project that a request is about, such as by its domain or the tenant of the user (K6)."""
        return self.project.id

    def visitor_of(self, request: HttpRequest) -> Visitor:
        """Give who sends a request, and the role that counts (K8).

        A superuser is an owner. A member of the staff has the role that one of their groups is named after, such as
        `manager`, and is a viewer without one. Everybody else is a customer.

        Raises:
            PermissionDenied: if nobody has signed in.
        """
        user: Any = request.user
        if not user.is_authenticated:
            raise PermissionDenied("nobody has signed in")
        id = str(user.pk)
        if user.is_superuser:
            return Visitor(actor=Actor(kind="staff", id=id), role="owner")
        if user.is_staff:
            groups = set(user.groups.values_list("name", flat=True))
            role = next((name for name in self.policy.roles if name in groups and name != "customer"), "viewer")
            return Visitor(actor=Actor(kind="staff", id=id), role=role)
        return Visitor(actor=Actor(kind="customer", id=id))

    def contact_of(self, user: "AbstractBaseUser") -> Contact | None:
        """Give the contact that a user is; None for users who are no contact, such as the staff."""
        name = getattr(user, "get_full_name", str)()
        email = getattr(user, user.get_email_field_name(), None)
        return Contact(id=str(user.pk), name=name or user.get_username(), email=email or "")

    def projects_of(self, user: "AbstractBaseUser") -> Iterable[str]:
        """Give the projects that a user is a contact of; they are told of it whenever the user is saved."""
        return [project.id for project in self.projects()]

    # What the service asks

    # who answers: this class, by the methods below, or other objects of the site
    courses: Courses = property(lambda self: self)  # type: ignore[assignment]
    progress: ProgressSource = property(lambda self: self)  # type: ignore[assignment]
    people: People = property(lambda self: self)  # type: ignore[assignment]

    def find_course(self, project: str, product: str, /) -> Course | None:
        """Give the outline of a product; None if the project does not have it."""
        return None

    def get_progress(self, project: str, contact: str, product: str, /) -> Progress:
        """Give what a contact has done in a product."""
        return Progress(contact=contact, product=product)

    def find_names(self, project: str, ids: Sequence[str], /) -> Mapping[str, str]:
        """Give the names of users by their ids."""
        users = get_user_model()
        known = []
        for id in ids:
            # not every actor is a user
            with suppress(ValidationError):
                known.append(users._meta.pk.to_python(id))
        found = users._default_manager.filter(pk__in=known)
        return {str(user.pk): getattr(user, "get_full_name", str)() or user.get_username() for user in found}

    def list_staff(self, project: str, /) -> Mapping[str, str]:
        """Give the names of active users who are staff, and of the project by `projects_of` (K6)."""
        staff = get_user_model()._default_manager.filter(is_staff=True)
        ids = [str(user.pk) for user in staff if user.is_active and project in self.projects_of(user)]
        return self.find_names(project, ids)

    # The outside

    def gateways(self, project: str) -> Mapping[str, PaymentGateway]:
        """Give the payment systems that a project has connected, by name (P3)."""
        return {}

    def notifier(self, project: str) -> Notifier:
        """Give who gets letters and events: by default letters go out by Django's mail."""
        store = store_on(self.database, wake=lambda: self.wake(project))
        people = StoredPeople(store=store, facts=self.facts_of, courses=self.courses)
        return DjangoMailNotifier(people=people)

    def facts_of(self, project: str, row: OutboxRow, /) -> LetterFacts:
        """Give what a letter says of the school: its name, where to go next, titles that its courses do not have."""
        return LetterFacts(school=project)

    def wake(self, project: str) -> None:
        """Hear, after the commit, that something waits for the worker; it also looks by itself (N1)."""


@cache
def current_host() -> Host:
    """Give the host that the settings name.

    Raises:
        ImproperlyConfigured: if they name none, or something else.
    """
    named = getattr(settings, SETTING, None)
    if named is None:
        raise ImproperlyConfigured(f"{SETTING} names a subclass of kwiga_orders.contrib.django.Host")
    made = import_string(named)()
    if not isinstance(made, Host):
        raise ImproperlyConfigured(f"{SETTING} is no subclass of kwiga_orders.contrib.django.Host")
    return made


def _forget(*, setting: str, **_: object) -> None:
    if setting == SETTING:
        current_host.cache_clear()


# override_settings of a test
setting_changed.connect(_forget)


def orders_for(of: HttpRequest | str, *, using: str | None = None) -> Orders:
    """Give the orders of a request's project, held to the role of who sends it; or of a project, for the site itself.

    Raises:
        PermissionDenied: if nobody has signed in.
    """
    host = current_host()
    project = of if isinstance(of, str) else host.project_of(of)
    orders = Orders(
        project=project,
        store=store_on(using or host.database, wake=lambda: host.wake(project)),
        courses=host.courses,
        progress=host.progress,
        people=host.people,
        clock=SystemClock(),
        ids=RandomIds(),
        gateways=host.gateways(project),
    )
    if isinstance(of, str):
        return orders
    visitor = host.visitor_of(of)
    return orders.acting(visitor.actor, role=visitor.role, policy=host.policy)


async def call_orders(of: HttpRequest | str, work: Callable[[Orders], T], *, using: str | None = None) -> T:
    """Do something with orders from an async view, in the thread that has Django's connections.

    A view that is cancelled meanwhile leaves it whole or undone (K4).
    """
    return await sync_to_async(lambda: work(orders_for(of, using=using)))()
