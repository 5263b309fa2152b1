"""Paths to include: `path("orders/", include("kwiga_orders.contrib.django.urls"))`."""

from django.urls import path

from kwiga_orders.contrib.django.views import webhook

__all__ = ["app_name", "urlpatterns"]

app_name = "kwiga_orders"
"""The namespace of the paths."""

urlpatterns = [path("webhooks/<str:project>/<str:gateway>/", webhook, name="webhook")]
"""Where gateways call, by project and the name of the gateway."""
