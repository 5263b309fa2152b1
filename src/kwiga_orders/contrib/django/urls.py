"""The webhook URL for gateways: `path("orders/", include("kwiga_orders.contrib.django.urls"))`."""

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
"""The namespace of the URL names."""


# no CSRF token: a gateway signs its callbacks; no transaction per request: each fact is recorded by itself
@csrf_exempt
@require_POST
@transaction.non_atomic_requests
def webhook(request: HttpRequest, project: str, gateway: str) -> HttpResponse:
    """Accept a callback of a gateway (P11)."""
    try:
        said = orders_for(project).receive(gateway, request.body, dict(request.headers))
    except KwigaOrdersError as error:
        return problem_response(request, error)
    return HttpResponse(said.body, status=said.status, content_type=said.content_type)


# the slash is optional: Django cannot redirect a POST, and somebody may enter the URL at the gateway without it
urlpatterns = [re_path(r"^webhooks/(?P<project>[^/]+)/(?P<gateway>[^/]+)/?$", webhook, name="webhook")]
"""The webhook URL, with the project and the name of the gateway."""
