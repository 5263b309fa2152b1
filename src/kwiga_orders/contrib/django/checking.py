"""System checks: the store can use the database, and the settings let writers wait instead of failing."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from kwiga_orders.contrib.django.host import SETTING, current_host, orders_for
from kwiga_orders.errors import AdapterFailed, NotFound

__all__ = ["check_database", "check_tables"]


def check_database(**_: Any) -> list[CheckMessage]:
    """Report faults of the settings: no host, an unsupported database, or SQLite transactions that lock too late."""
    try:
        host = current_host()
    except (ImproperlyConfigured, ImportError) as problem:
        return [Error(str(problem), hint=f"set {SETTING}", id="kwiga_orders.E001")]
    connection = connections[host.database]
    if connection.vendor == "sqlite":
        if connection.settings_dict["OPTIONS"].get("transaction_mode") != "IMMEDIATE":
            hint = '"OPTIONS": {"transaction_mode": "IMMEDIATE"}: else a transaction that has read fails when it writes'
            return [Warning("SQLite takes its lock late", hint=hint, id="kwiga_orders.W001")]
        return []
    if connection.vendor != "postgresql":
        return [Error("orders are kept in SQLite or PostgreSQL", id="kwiga_orders.E002")]
    # where psycopg 3 is installed, Django uses it, too
    if find_spec("psycopg") is None:
        return [Error("orders need psycopg 3", hint="pip install 'psycopg[binary]'", id="kwiga_orders.E003")]
    level = connection.settings_dict["OPTIONS"].get("isolation_level")
    if level is not None and getattr(level, "name", level) != "READ_COMMITTED":
        return [Error("orders are changed at READ COMMITTED", id="kwiga_orders.E004")]
    return []


def check_tables(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Report missing migrations."""
    host = current_host()
    if host.database not in (databases or ()):
        return []
    try:
        orders_for(next(iter(host.projects())).id).store.pending("", limit=1)
    except (AdapterFailed, NotFound) as failed:
        if failed.code == "store.not_migrated":
            hint = "manage.py migrate makes them"
            return [Warning("tables of orders are missing", hint=hint, id="kwiga_orders.W002")]
    return []
