"""Orders in Django's admin, read-only: a searchable list, and the card and history of each order."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from kwiga_orders.contrib.django.host import current_host, orders_for
from kwiga_orders.contrib.django.models import Order
from kwiga_orders.errors import Refused
from kwiga_orders.queries import HistoryQuery, OrderFilters, OrderQuery, OrdersQuery

__all__ = ["OrderAdmin"]

_FOUND = 100
"""The most orders that a search shows."""


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    """The orders of the request's project, as far as the visitor's role may see them (K8)."""

    list_display = ("number", "contact", "status", "payment_status", "total", "paid", "owed", "currency", "created_at")
    list_filter = ("payment_status", "type", "status")
    search_fields = ("number",)
    search_help_text = "number, name, e-mail or phone"
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        """Give the orders of the project that the request belongs to (K6)."""
        return super().get_queryset(request).filter(project=current_host().project_of(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """Search like the library, which also finds parts of names and phones (V3)."""
        if not search_term.strip():
            return queryset, False
        query = OrdersQuery(filters=OrderFilters(search=search_term), limit=_FOUND)
        found = orders_for(request).ask(query)["rows"]
        return queryset.filter(pk__in=[order["id"] for order in found]), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the card of an order and its history."""
        if not self.has_view_permission(request):
            return super().change_view(request, object_id, form_url, extra_context)
        orders = orders_for(request)
        try:
            card: Any = orders.ask(OrderQuery(order=object_id))
            history: Any = orders.ask(HistoryQuery(order=object_id))
        except Refused as refused:
            raise Http404(str(refused)) from refused
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Order {card['number']}",
            "plain": [(name, value) for name, value in card.items() if not isinstance(value, list)],
            "lists": [(name, value) for name, value in card.items() if isinstance(value, list) and value],
            "history": history,
        }
        return TemplateResponse(request, "admin/kwiga_orders/order/card.html", context)

    def _never(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    # commands make and change orders, and nothing deletes them
    has_add_permission = has_change_permission = has_delete_permission = _never
