"""The pages: the price of a course, buying it, a lesson with its check of access, and an order made by hand."""

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from kwiga_orders import KwigaOrdersError
from kwiga_orders.contrib.django import call_orders, orders_for
from kwiga_orders.contrib.django.answers import add_faults, problem_response
from kwiga_orders.contrib.django.host import current_host
from kwiga_orders.orders.commands import CreateOrder, LineAsked, OpenOffer
from kwiga_orders.queries import LessonsQuery, QuoteQuery
from lms import models
from lms.host import LmsHost


def price(request: HttpRequest, offer: str) -> HttpResponse:
    """Show the price of an offer; nothing is written until somebody buys it."""
    quote: Any = orders_for(LmsHost.project.id).ask(QuoteQuery(offer=offer))
    return render(request, "lms/price.html", {"offer": offer, "quote": quote})


@login_required
@require_POST
def buy(request: HttpRequest, offer: str) -> HttpResponse:
    """Make a customer's order, and redirect them to its payment page."""
    orders, opening = orders_for(request), OpenOffer(offer=offer, contact=str(request.user.pk), source="page")
    try:
        # the transaction ends before the payment system is called, because others would wait for its lock
        with transaction.atomic():
            models.Visit.objects.create(user=request.user, offer=offer)
            order = orders.execute(opening).order
        return redirect(orders.payment_link(order=str(order), payment=f"{order}.1").url)
    except KwigaOrdersError as error:
        return problem_response(request, error)


def trial(_: HttpRequest, rest: str) -> HttpResponse:
    """Play the page of the payment system: take the money, and deliver its callback."""
    gateway = cast(LmsHost, current_host()).fake
    gateway.pays(f"{gateway.page}/{rest}")
    gateway.delivers(lambda body, headers: orders_for(LmsHost.project.id).receive("fake", body, headers))
    return HttpResponse("paid")


async def lesson(request: HttpRequest, course: str, lesson: int) -> HttpResponse:
    """Show a lesson, or why it is closed."""
    user = await request.auser()
    query = LessonsQuery(contact=str(user.pk), product=course)
    answer = await call_orders(request, lambda orders: orders.ask(query))
    closed = answer["closed"].get(str(lesson))
    return render(request, "lms/lesson.html", {"lesson": lesson, "closed": closed}, status=403 if closed else 200)


class OrderForm(forms.Form):
    """The form for an order by hand; its field names are those in the paths of faults."""

    contact = forms.CharField()
    product = forms.CharField()
    price = forms.DecimalField()


@staff_member_required
def new_order(request: HttpRequest) -> HttpResponse:
    """Make an order by hand (O4); faults found by the library are shown at the form's fields."""
    form = OrderForm(request.POST or None)
    if form.is_valid():
        said = form.cleaned_data
        try:
            line = LineAsked(product=said["product"], price=Decimal(said["price"]))
            order = orders_for(request).execute(CreateOrder(contact=said["contact"], lines=(line,))).order
            return redirect("admin:kwiga_orders_order_change", order)
        except KwigaOrdersError as error:
            add_faults(form, error)
    return render(request, "lms/order.html", {"form": form})
