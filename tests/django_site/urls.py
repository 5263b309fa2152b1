"""Paths of the site."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("orders/", include("kwiga_orders.contrib.django.urls")),
]
