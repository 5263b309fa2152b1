"""Tests from the price to the last letter, as users of the site act."""

from decimal import Decimal
from io import StringIO
from typing import Any, cast

from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.test import TestCase
from django.urls import reverse

from kwiga_orders.contrib.django import orders_for
from kwiga_orders.contrib.django.host import current_host
from kwiga_orders.contrib.django.models import Order, Payment
from kwiga_orders.offers import CreateOffer, ItemAsked, OfferState
from lms import models
from lms.host import LmsHost


class TestSchool(TestCase):
    """One course whose second lesson opens after a week."""

    def setUp(self) -> None:
        """Make a course and an offer for it."""
        course = models.Course.objects.create(slug="python", title="Python")
        self.first, self.second = (
            models.Lesson.objects.create(course=course, position=n, title=f"Lesson {n}", opens_after=7 * (n - 1))
            for n in (1, 2)
        )
        self.olena = User.objects.create_user("olena", "olena@school.example", first_name="Олена")
        self.staff = User.objects.create_superuser("ira", "ira@school.example")
        item = ItemAsked(product="python", price=Decimal("1000.00"))
        offer = CreateOffer(code="basic", title="Basic", state=OfferState.PUBLISHED, items=(item,))
        orders_for("school").execute(offer)

    def status_of(self, lesson: models.Lesson) -> int:
        """Open a lesson; give the HTTP status."""
        return self.client.get(reverse("lesson", args=["python", lesson.pk])).status_code

    def buy(self) -> str:
        """Buy the offer; give the payment link."""
        return str(self.client.post(reverse("buy", args=["basic"]))["Location"])

    def pay(self, link: str) -> None:
        """Pay, and let the payment system call the webhook."""
        gateway = cast(LmsHost, current_host()).fake
        gateway.pays(link)
        url = reverse("kwiga_orders:webhook", args=["school", "fake"])

        def call(body: bytes, headers: Any) -> None:
            answer = self.client.post(url, body, content_type="application/json", headers=headers)
            assert answer.status_code == 200, answer.content

        gateway.delivers(call)

    def test_the_page_that_is_for_trials(self) -> None:
        """The payment link leads to a page that pays, and a refused purchase leaves no visit."""
        self.client.force_login(self.olena)
        assert self.client.get(self.buy()).content == b"paid"
        assert self.status_of(self.first) == 200
        assert self.client.post(reverse("buy", args=["nothing"])).status_code == 404
        assert models.Visit.objects.count() == 1

    def test_from_the_price_to_the_last_letter(self) -> None:
        """A course is priced, bought and paid, its lessons are checked, and its letters are sent."""
        self.assertContains(self.client.get(reverse("price", args=["basic"])), "1000.00")
        assert Order.objects.count() == 0
        self.client.force_login(self.olena)
        assert self.status_of(self.first) == 403

        link = self.buy()
        assert self.status_of(self.first) == 403
        self.pay(link)

        assert (self.status_of(self.first), self.status_of(self.second)) == (200, 403)
        order = Order.objects.get(contact=str(self.olena.pk))
        assert (order.number, order.payment_status, order.paid) == (1, "paid", 100000)
        assert Payment.objects.get(order=order).paid_at is not None
        call_command("kwiga_work", once=True, stdout=StringIO())
        assert {letter.to[0] for letter in mail.outbox} == {"Олена <olena@school.example>"}
        assert any("Python" in letter.body for letter in mail.outbox)

    def test_an_order_by_hand(self) -> None:
        """The staff make an order by hand, see faults at the form's fields, and find the order in the admin."""
        self.client.force_login(self.staff)
        url = reverse("new-order")
        wrong = self.client.post(url, {"contact": self.olena.pk, "product": "python", "price": "10.005"})
        self.assertContains(wrong, "errorlist")
        made = self.client.post(url, {"contact": self.olena.pk, "product": "python", "price": "500.00"})
        self.assertContains(self.client.get(made["Location"]), "500.00")
        found = self.client.get(reverse("admin:kwiga_orders_order_changelist"), {"q": "olena@"})
        self.assertContains(found, "unpaid")

    def test_migrations_are_whole(self) -> None:
        """The migrations contain everything that the models say."""
        call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())

    def test_customers_are_kept_to_themselves(self) -> None:
        """K8: a customer cannot open an offer for somebody else."""
        User.objects.create_user("taras", password="a password")
        asked = self.client.get(self.client.post(reverse("buy", args=["basic"]))["Location"])
        self.assertContains(asked, "password")
        self.client.post("/login/", {"username": "taras", "password": "a password"})
        self.buy()
        assert not Order.objects.filter(contact=str(self.olena.pk)).exists()
