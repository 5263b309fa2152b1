"""Orders in a Django site: an app with migrations, on Django's own connections (extra `django`).

    INSTALLED_APPS += ["kwiga_orders.contrib.django"]
    KWIGA_ORDERS_HOST = "lms.host.LmsHost"

`LmsHost` inherits `host.Host` and says what the site has: courses, progress, people, gateways. Then

    orders_for(request).execute(OpenOffer(offer="basic", contact=str(request.user.pk)))

is held to the role of who sends the request (K8), and is part of the transaction that is open: `atomic()`,
`ATOMIC_REQUESTS`, `TestCase`. Outside of one it is a transaction of its own.
"""

from kwiga_orders.extras import extra

with extra("django"):
    from kwiga_orders.contrib.django.host import Host, call_orders, orders_for

__all__ = ["Host", "call_orders", "orders_for"]
