"""The service of a project, for a request or for the site itself, over Django's connections."""

from collections.abc import Callable
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.http import HttpRequest

from kwiga_orders.adapters.system import RandomIds, SystemClock
from kwiga_orders.contrib.django.host import current_host
from kwiga_orders.contrib.django.stores import store_on
from kwiga_orders.service import Orders

__all__ = ["call_orders", "orders_for"]

T = TypeVar("T")


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
