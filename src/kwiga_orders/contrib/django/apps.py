"""The Django app: it registers checks, saves projects after migrations, and contacts together with their users."""

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.core import checks
from django.db import connections, transaction
from django.db.models.signals import post_migrate, post_save

from kwiga_orders.adapters.sql.migrating import empty
from kwiga_orders.contrib.django.checking import check_database, check_tables
from kwiga_orders.contrib.django.host import current_host, orders_for

if TYPE_CHECKING:
    # models can be imported only once all apps are loaded
    from django.contrib.auth.models import AbstractBaseUser

__all__ = ["KwigaOrdersConfig", "save_contact", "save_projects"]


class KwigaOrdersConfig(AppConfig):
    """Orders, payments and access."""

    name = "kwiga_orders.contrib.django"
    label = "kwiga_orders"
    verbose_name = "Orders"

    def ready(self) -> None:
        """Register system checks and signal handlers."""
        from django.contrib.auth import get_user_model

        checks.register(check_database)
        checks.register(check_tables, checks.Tags.database)
        post_migrate.connect(save_projects, sender=self)
        post_save.connect(save_contact, sender=get_user_model(), dispatch_uid="kwiga_orders.save_contact")


def save_projects(*, using: str, **sent: Any) -> None:
    """Save the projects of the site once its database has the tables.

    `flush` empties only the tables that Django manages, such as after a `TransactionTestCase`, so the tables of
    orders are emptied here.
    """
    host = current_host()
    if using == host.database:
        # `migrate` sends the signal with a plan, `flush` without one
        if "plan" not in sent:
            with transaction.atomic(using=using):
                empty(connections[using].connection)
        for project in host.projects():
            orders_for(project.id).store.save_project(project)


def save_contact(*, instance: "AbstractBaseUser", raw: bool = False, **_: Any) -> None:
    """Save the contact of a user, in the transaction that saves the user."""
    host = current_host()
    # fixtures may be loaded in any order, even before the project of a contact exists
    contact = None if raw else host.contact_of(instance)
    if contact is not None:
        for project in host.projects_of(instance):
            orders_for(project).store.save_contact(project, contact)
