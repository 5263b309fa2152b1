"""Projects and contacts follow the site: saved after migrations, and whenever a user is."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from kwiga_orders.contrib.django.host import current_host
from kwiga_orders.contrib.django.services import orders_for

__all__ = ["save_contact", "save_projects"]


def save_projects(*, using: str, **_: Any) -> None:
    """Make the projects of the site, or change their settings, once its database has the tables."""
    host = current_host()
    if using == host.database:
        for project in host.projects():
            orders_for(project.id).store.save_project(project)


def save_contact(*, instance: AbstractBaseUser, raw: bool = False, **_: Any) -> None:
    """Make or replace the contact that a user is, in the transaction that saves the user."""
    host = current_host()
    # fixtures come in any order, and may be there before their project
    contact = None if raw else host.contact_of(instance)
    if contact is not None:
        for project in host.projects_of(instance):
            orders_for(project).store.save_contact(project, contact)
