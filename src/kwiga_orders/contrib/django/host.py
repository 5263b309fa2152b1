"""The host class of a site, named by the setting `KWIGA_ORDERS_HOST`, and the orders that are made with it."""

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
    # models can be imported only once all apps are loaded
    from django.contrib.auth.models import AbstractBaseUser

__all__ = ["SETTING", "Host", "call_orders", "current_host", "orders_for"]

T = TypeVar("T")

SETTING = "KWIGA_ORDERS_HOST"
"""The setting with the dotted name of the host class."""


class Host:
    """A site with one project. Override what yours has; with several projects, override `projects` and `project_of`.

    The class implements the ports `Courses`, `ProgressSource` and `People`. A site may set `courses`, `progress` or
    `people` to other objects. `database` is the alias of the database with the tables of orders.
    """

    project = Project(id="school", timezone="UTC", currency="EUR", locale="en")
    database: str = DEFAULT_DB_ALIAS
    policy: Policy = POLICY

    # Projects and visitors

    def projects(self) -> Iterable[Project]:
        """Give the settings of all projects. They are saved after each `migrate`."""
        return (self.project,)

    def project_of(self, request: HttpRequest) -> str:
        """Give the project that a request belongs to, such as by its domain or by the tenant of the user (K6)."""
        return self.project.id

    def visitor_of(self, request: HttpRequest) -> Visitor:
        """Give the sender of a request with the role that decides what is allowed (K8).

        A superuser is an owner. A staff member has the role that one of their groups is named after, such as `manager`,
        and is a viewer without such a group. Everybody else is a customer.

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
        """Give the contact of a user; None for users who are not contacts, such as staff."""
        name = getattr(user, "get_full_name", str)()
        email = getattr(user, user.get_email_field_name(), None)
        return Contact(id=str(user.pk), name=name or user.get_username(), email=email or "")

    def projects_of(self, user: "AbstractBaseUser") -> Iterable[str]:
        """Give the projects in which a user is a contact. Saving the user saves the contact in each of them."""
        return [project.id for project in self.projects()]

    # What the service asks the host

    # the object that answers: this class with the methods below, or another object of the site
    courses: Courses = property(lambda self: self)  # type: ignore[assignment]
    progress: ProgressSource = property(lambda self: self)  # type: ignore[assignment]
    people: People = property(lambda self: self)  # type: ignore[assignment]

    def find_course(self, project: str, product: str, /) -> Course | None:
        """Give the outline of a product; None if the project does not have it."""
        return None

    def get_progress(self, project: str, contact: str, product: str, /) -> Progress:
        """Give the learning progress of a contact in a product."""
        return Progress(contact=contact, product=product)

    def find_names(self, project: str, ids: Sequence[str], /) -> Mapping[str, str]:
        """Give the names of users by their ids."""
        users = get_user_model()
        known = []
        for id in ids:
            # not every actor is a user of the site
            with suppress(ValidationError):
                known.append(users._meta.pk.to_python(id))
        found = users._default_manager.filter(pk__in=known)
        return {str(user.pk): getattr(user, "get_full_name", str)() or user.get_username() for user in found}

    def list_staff(self, project: str, /) -> Mapping[str, str]:
        """Give the names of active staff users who belong to the project by `projects_of` (K6)."""
        staff = get_user_model()._default_manager.filter(is_staff=True)
        ids = [str(user.pk) for user in staff if user.is_active and project in self.projects_of(user)]
        return self.find_names(project, ids)

    # Outside systems

    def gateways(self, project: str) -> Mapping[str, PaymentGateway]:
        """Give the gateways of a project by name (P3)."""
        return {}

    def notifier(self, project: str) -> Notifier:
        """Give the notifier for letters and events. By default Django's mail sends the letters."""
        store = store_on(self.database, wake=lambda: self.wake(project))
        people = StoredPeople(store=store, facts=self.facts_of, courses=self.courses)
        return DjangoMailNotifier(people=people)

    def facts_of(self, project: str, row: OutboxRow, /) -> LetterFacts:
        """Give what a letter needs from the school: its name, a link, and titles that the courses do not have."""
        return LetterFacts(school=project)

    def wake(self, project: str) -> None:
        """Called after a commit that left work for the worker; the worker also polls by itself (N1)."""


@cache
def current_host() -> Host:
    """Give the host named in the settings.

    Raises:
        ImproperlyConfigured: if the setting is missing or does not name a subclass of `Host`.
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


# tests change the setting with override_settings
setting_changed.connect(_forget)


def orders_for(of: HttpRequest | str, *, using: str | None = None) -> Orders:
    """Give the orders of a request's project, limited to the visitor's role; for a project id, without a limit.

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
    """Call `work` with the orders from an async view, in the thread that has Django's connections.

    If the view is cancelled meanwhile, the work is done completely or not at all (K4).
    """
    return await sync_to_async(lambda: work(orders_for(of, using=using)))()
