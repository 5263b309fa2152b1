"""What tests of the site begin with: a database within a transaction, users, requests, a sold offer."""

# ruff: noqa: E402 - models can be imported once Django is set up
from tests.django_site.setting_up import set_up

set_up()

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest
from django.test import RequestFactory

from kwiga_orders.contrib.django import orders_for
from kwiga_orders.contrib.django.apps import save_projects
from kwiga_orders.offers import CreateOffer, ItemAsked, OfferState
from kwiga_orders.orders.commands import OpenOffer
from tests.django_site.host import SiteHost

__all__ = ["OFFER", "Undone", "fetched", "request_of", "sold", "undone", "user_of", "using", "wipe"]

OFFER = CreateOffer(
    code="basic",
    title="Basic",
    state=OfferState.PUBLISHED,
    items=(ItemAsked(product="python", price=Decimal("1000.00")),),
)


class Undone(Exception):
    """Ends a test, and all that it wrote."""


@pytest.fixture(params=["default", "server"])
def using(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give a database of the site within a transaction that is rolled back."""
    monkeypatch.setattr(SiteHost, "database", request.param)
    for using in undone(request.param):
        save_projects(using=using, plan=[])
        yield using


def undone(using: str) -> Iterator[str]:
    with suppress(Undone), transaction.atomic(using=using):
        yield using
        raise Undone


def request_of(user: object, **headers: str) -> HttpRequest:
    """Give a request that a user sends."""
    made = RequestFactory().get("/", headers=headers)
    made.user = user  # type: ignore[assignment]
    return made


def user_of(using: str, name: str, **more: Any) -> User:
    """Make a user in a database of the site."""
    return User.objects.db_manager(using).create_user(name, f"{name}@school.example", **more)


def sold(contact: str) -> str:
    """Sell the offer to a contact; give the order."""
    orders = orders_for("school")
    orders.execute(OFFER)
    return str(orders.execute(OpenOffer(offer="basic", contact=contact)).order)


def fetched(server: BaseDatabaseWrapper, statement: str) -> tuple[Any, ...]:
    """Give the row of a statement."""
    with server.cursor() as cursor:
        cursor.execute(statement)
        return tuple(cursor.fetchone() or ())


def wipe(using: str) -> None:
    """Empty the tables, as the end of a `TransactionTestCase` does."""
    call_command("flush", database=using, interactive=False, verbosity=0)
