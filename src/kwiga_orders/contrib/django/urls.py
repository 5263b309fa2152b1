"""Where gateways call: `path("orders/", include("kwiga_orders.contrib.django.urls"))`."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kwiga_orders.contrib.django.answers import problem_response
from kwiga_orders.contrib.django.host import orders_for
from kwiga_orders.errors import KwigaOrdersError

__all__ = ["app_name", "urlpatterns", "webhook"]

app_name = "kwiga_orders"
"""The namespace of the paths."""


# a gateway signs what it sends; each fact is recorded by itself, so a request is no transaction
@csrf_exempt
@require_POST
@transaction.non_atomic_requests
def webhook(request: HttpRequest, project: str, gateway: str) -> HttpResponse:
    """Take in a callback of a gateway (P11)."""
    try:
        said = orders_for(project).receive(gateway, request.body, dict(request.headers))
    except KwigaOrdersError as error:
        return problem_response(request, error)
    return HttpResponse(said.body, status=said.status, content_type=said.content_type)


# Django cannot redirect a POST: an address that was typed in without its slash at a gateway has to work as well
urlpatterns = [re_path(r"^webhooks/(?P<project>[^/]+)/(?P<gateway>[^/]+)/?$", webhook, name="webhook")]
"""Where gateways call, by project and the name of the gateway."""
