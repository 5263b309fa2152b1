"""Set Django up in this process, with a fresh database of each kind."""

import atexit
import tempfile
from functools import cache
from pathlib import Path

import django
import psycopg
from django.conf import settings

from tests import postgres

__all__ = ["set_up"]


@cache
def set_up() -> None:
    """Configure Django once; `default` is a file of SQLite, `server` a PostgreSQL, both migrated."""
    folder = Path(tempfile.mkdtemp(prefix="kwiga-orders-django-"))
    database = postgres.new_database()
    # of its own: tables that other tests empty would lose the site's projects
    place = psycopg.conninfo.conninfo_to_dict(database.__enter__())
    atexit.register(database.__exit__, None, None, None)
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": folder / "site.db",
                "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30},
            },
            "server": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": place["host"],
                "PORT": place.get("port", ""),
                "NAME": place["dbname"],
                "USER": place["user"],
                "PASSWORD": place.get("password", ""),
            },
        },
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "kwiga_orders.contrib.django",
        ],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        ROOT_URLCONF="tests.django_site.urls",
        KWIGA_ORDERS_HOST="tests.django_site.host.SiteHost",
        DEFAULT_FROM_EMAIL="school@school.example",
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        SECRET_KEY="for tests",
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()
    from django.core.management import call_command

    for alias in ("default", "server"):
        call_command("migrate", database=alias, verbosity=0)
