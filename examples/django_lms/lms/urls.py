"""The URL paths of the site."""

from django.contrib import admin
from django.contrib.auth.views import LoginView
from django.urls import include, path

from lms import views

urlpatterns = [
    path("admin/", admin.site.urls),
    # the admin's own login page lets only staff in
    path("login/", LoginView.as_view(template_name="admin/login.html")),
    path("orders/", include("kwiga_orders.contrib.django.urls")),
    path("orders/new/", views.new_order, name="new-order"),
    path("offers/<str:offer>/", views.price, name="price"),
    path("offers/<str:offer>/buy/", views.buy, name="buy"),
    path("trial/<path:rest>", views.trial),
    path("<slug:course>/<int:lesson>/", views.lesson, name="lesson"),
]
