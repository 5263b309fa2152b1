"""Orders in a Django site: an app with migrations, on Django's own connections (extra `django`).

    INSTALLED_APPS += ["kwiga_orders.contrib.django"]
    KWIGA_ORDERS_HOST = "lms.host.LmsHost"

`LmsHost` inherits `host.Host` and gives what the site has: courses, progress, people, gateways. Then

    orders_for(request).execute(OpenOffer(offer="basic", contact=str(request.user.pk)))

executes the command with the rights of the role of the person who sends the request (K8). It runs in the open
transaction (`atomic()`, `ATOMIC_REQUESTS`, `TestCase`), or in its own if none is open.
"""

from kwiga_orders.extras import extra

with extra("django"):
    from kwiga_orders.contrib.django.host import Host, call_orders, orders_for

__all__ = ["Host", "call_orders", "orders_for"]
