"""The app: its checks, and what it does when users are saved and after migrations."""

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate, post_save

__all__ = ["KwigaOrdersConfig"]


class KwigaOrdersConfig(AppConfig):
    """Orders, payments and access."""

    name = "kwiga_orders.contrib.django"
    label = "kwiga_orders"
    verbose_name = "Orders"

    def ready(self) -> None:
        """Register checks and signals."""
        from django.contrib.auth import get_user_model

        from kwiga_orders.contrib.django.checking import check_database, check_tables
        from kwiga_orders.contrib.django.signals import save_contact, save_projects

        checks.register(check_database)
        checks.register(check_tables, checks.Tags.database)
        post_migrate.connect(save_projects, sender=self)
        post_save.connect(save_contact, sender=get_user_model(), dispatch_uid="kwiga_orders.save_contact")
