"""Orders in a site of Django: its transactions, users, admin, commands of `manage.py`, checks; on both databases."""

# ruff: noqa: E402 - models can be imported once Django is set up
from tests.django_site.setting_up import set_up

set_up()

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.core.signals import request_finished, request_started
from django.db import connections, transaction
from django.test import RequestFactory
from django.urls import resolve

from kwiga_orders.contrib.django import call_orders, orders_for
from kwiga_orders.contrib.django.admin import OrderAdmin
from kwiga_orders.contrib.django.apps import save_projects
from kwiga_orders.contrib.django.host import current_host
from kwiga_orders.contrib.django.models import Contact, Order, OrderProduct, Payment
from kwiga_orders.contrib.django.stores import store_on
from kwiga_orders.contrib.django.urls import webhook
from kwiga_orders.errors import Refused
from kwiga_orders.orders.commands import AddNote, AddTask, CreateOrder, LineAsked, OpenOffer
from kwiga_orders.ports import OrderStore
from kwiga_orders.queries import OrderQuery, StaffQuery
from kwiga_orders.testing.order_histories import Story
from kwiga_orders.testing.store_commits import CommitContract, OutboxContract
from kwiga_orders.testing.store_fixtures import SCHOOL, commit, furnish, read
from tests.django_site.desk import OFFER, Undone, fetched, request_of, sold, undone, user_of, using, wipe
from tests.django_site.host import SiteHost

__all__ = ["using"]


class TestDjangoStore(CommitContract, OutboxContract):
    """The store keeps the conditions of commits within `atomic()`."""

    @pytest.fixture(params=["default", "server"])
    def store(self, request: pytest.FixtureRequest) -> Iterator[OrderStore]:
        for alias in undone(request.param):
            opened = store_on(alias, wake=lambda: None)
            # the projects are the site's
            furnish(opened)
            yield opened

    def test_one_moment_is_seen(self, store: OrderStore) -> None:
        """OrderStore 3 is the host's: in one transaction a reading sees what the next command has written."""
        with store.transaction(SCHOOL.id, writes=False) as records:
            commit(store, Story.begins("o2", number=1).changes())
            assert [order.id for order in records.orders_of("olena")] == ["o2"]


class TestTransactions:
    """Commands and the site's own rows are written together, or not at all."""

    @pytest.mark.parametrize("using", ["default", "server"])
    def test_autocommit_and_atomic(self, using: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """K4: outside of `atomic()` a command is a transaction of its own; inside it goes with the site's."""
        monkeypatch.setattr(SiteHost, "database", using)
        monkeypatch.setattr(SiteHost, "woken", [])
        store = orders_for("school").store
        save_projects(using=using, plan=[])
        try:
            furnish(store)
            order = sold("olena")
            assert SiteHost.woken
            assert not connections[using].in_atomic_block
            with suppress(Undone), transaction.atomic(using=using):
                user_of(using, "taras")
                orders_for("school").execute(AddNote(order=order, text="undone"))
                with pytest.raises(Refused):
                    orders_for("school").execute(AddNote(order="unknown", text="undone"))
                with suppress(Undone), transaction.atomic(using=using):
                    orders_for("school").execute(AddNote(order=order, text="undone twice"))
                    raise Undone
                assert len(read(store, lambda records: records.history_of(order))) > 1
                woken = len(SiteHost.woken)
                raise Undone
            assert len(SiteHost.woken) == woken
            found = read(store, lambda records: records.find_order(order))
            assert found is not None
            assert not found.notes
            assert not User.objects.using(using).filter(username="taras").exists()
        finally:
            wipe(using)

    @pytest.mark.parametrize("using", ["default", "server"])
    def test_threads_lose_nothing(self, using: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """K2: four threads compete for one order, each on a connection of its own."""
        monkeypatch.setattr(SiteHost, "database", using)
        furnish(orders_for("school").store)
        try:
            order = sold("olena")

            def work(n: int) -> None:
                for m in range(5):
                    orders_for("school").execute(AddTask(order=order, title=f"{n} {m}"))
                connections.close_all()

            with ThreadPoolExecutor(4) as threads:
                list(threads.map(work, range(4)))
            found = read(orders_for("school").store, lambda records: records.find_order(order))
            assert found is not None
            assert len(found.tasks) == 20
        finally:
            wipe(using)

    def test_persistent_connections(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """CONN_MAX_AGE: requests share a connection; one that the server has ended is found out by Django's check."""
        monkeypatch.setattr(SiteHost, "database", "server")
        server = connections["server"]
        for name, value in (("CONN_MAX_AGE", None), ("CONN_HEALTH_CHECKS", True)):
            monkeypatch.setitem(server.settings_dict, name, value)
        server.close()
        try:
            furnish(orders_for("school").store)
            order = sold("olena")
            (pid,) = fetched(server, "SELECT pg_backend_pid()")
            for title in ("first", "second"):
                request_started.send(None)
                orders_for("school").execute(AddTask(order=order, title=title))
                request_finished.send(None)
            assert fetched(server, "SELECT pg_backend_pid()") == (pid,)

            request_finished.send(None)
            with psycopg.connect(server.connection.info.dsn, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 1000)", [pid])
            request_started.send(None)
            orders_for("school").execute(AddTask(order=order, title="third"))
            found = read(orders_for("school").store, lambda records: records.find_order(order))
            assert found is not None
            assert [task.title for task in found.tasks] == ["first", "second", "third"]
        finally:
            server.close()
            wipe("server")

    def test_an_async_view(self) -> None:
        """K4: the work of an async view is done in one thread; a view that is cancelled leaves it whole or undone."""
        furnish(orders_for("school").store)
        try:
            order = sold("olena")

            async def view() -> int:
                task = asyncio.create_task(call_orders("school", lambda orders: orders.execute(_task(order))))
                await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                answer: Any = await call_orders("school", lambda orders: orders.ask(OrderQuery(order=order)))
                return len(answer["tasks"])

            assert asyncio.run(view()) in (0, 1)
        finally:
            wipe("default")


def _task(order: str) -> AddTask:
    return AddTask(order=order, title="Call")


class TestUsers:
    """Users are contacts, and what they may do is their role."""

    def test_users_are_contacts(self, using: str) -> None:
        """V9: a user who is saved is a contact of each project, in the same transaction."""
        user = user_of(using, "olena", first_name="Олена", last_name="Коваль")

        for project in ("school", "other"):
            contact = read(
                orders_for(project).store, lambda records: records.find_contact(str(user.pk)), project=project
            )
            assert contact is not None
            assert (contact.name, contact.email) == ("Олена Коваль", "olena@school.example")

    def test_roles(self, using: str) -> None:
        """K8: a superuser owns, staff have the role of a group, others are about themselves."""
        owner, staff, olena = (user_of(using, name) for name in ("ira", "oleh", "olena"))
        owner.is_superuser = staff.is_staff = True
        order = sold(str(olena.pk))

        orders_for(request_of(owner)).execute(AddNote(order=order, text="seen"))
        with pytest.raises(Refused) as refused:
            orders_for(request_of(staff)).execute(AddNote(order=order, text="no"))
        assert refused.value.code == "actor.not_allowed"
        staff.groups.create(name="manager")
        orders_for(request_of(staff)).execute(AddNote(order=order, text="yes"))
        orders_for(request_of(olena)).execute(OpenOffer(offer="basic", contact=str(olena.pk)))
        with pytest.raises(Refused):
            orders_for(request_of(olena)).execute(OpenOffer(offer="basic", contact=str(owner.pk)))
        with pytest.raises(PermissionDenied):
            orders_for(request_of(AnonymousUser()))

    def test_tenants(self, using: str) -> None:
        """K6: a request is about one project, and sees nothing of the others."""
        owner = user_of(using, "ira", is_superuser=True)
        order = sold(str(owner.pk))

        with pytest.raises(Refused) as refused:
            orders_for(request_of(owner, **{"x-tenant": "other"})).ask(OrderQuery(order=order))
        assert refused.value.code == "not_found"

    def test_names_of_the_staff(self, using: str) -> None:
        """V4: the card names users by their ids, and nobody for an id that is none."""
        user = user_of("default", "ira", first_name="Ira") if using == "default" else None
        names = current_host().find_names("school", [str(user.pk) if user else "0", "not a number"])
        assert names == ({str(user.pk): "Ira"} if user else {})

    def test_the_staff_is_listed(self, using: str) -> None:
        """V8: users who are staff and active, by the names that cards show; nobody in a project that is not theirs."""
        if using == "default":
            ira = user_of("default", "ira", first_name="Ira", is_staff=True)
            user_of("default", "olena")
            user_of("default", "gone", is_staff=True, is_active=False)
            assert orders_for("school").ask(StaffQuery())["rows"] == [{"id": str(ira.pk), "name": "Ira"}]
        assert current_host().list_staff("of nobody") == {}


class TestReading:
    """Read models and the admin."""

    def test_read_models(self, using: str) -> None:
        """Orders are joined and filtered in the ORM, and refuse to be written."""
        user = user_of(using, "olena")
        order = sold(str(user.pk))

        found = Order.objects.using(using).get(products__product="python", payments__paid_at=None)
        assert (found.pk, found.number, found.total, found.owed) == (order, 1, 100000, 100000)
        assert Order.objects.using(using).filter(created_at__lte=found.created_at).count() == 1
        assert found.created_at.tzinfo is not None
        assert Payment.objects.using(using).get(order=order).paid_at is None
        assert OrderProduct.objects.using(using).get(contact=str(user.pk)).order == found
        by_mail = Order.objects.using(using).filter(person__email__contains="olena@", person__is_gone=0)
        assert [one.person.name for one in by_mail.select_related("person")] == ["olena"]
        assert Contact.objects.using(using).get(orders__number=1).pk == ("school", str(user.pk))
        for refused in (found.save, found.delete):
            with pytest.raises(TypeError):
                refused()

    def test_the_admin_searches_and_shows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """V3, V4: a part of a phone finds the order; its page has the card and the history; nothing can be changed."""
        from django.contrib.admin import site

        for _ in undone("default"):
            user = user_of("default", "ira", is_superuser=True, is_staff=True)
            order, request = sold(str(user.pk)), request_of(user)
            admin = OrderAdmin(Order, site)
            everything = admin.get_queryset(request)
            assert [one.pk for one in admin.get_search_results(request, everything, "RA@sch")[0]] == [order]
            assert [one.pk for one in admin.get_search_results(request, everything, "nobody")[0]] == []
            page: Any = admin.change_view(request, order)
            assert page.context_data["title"] == "Order 1"
            assert page.context_data["history"][0]["event"] == "order.created"
            assert "1000.00" in page.rendered_content
            assert not admin.has_change_permission(request)
            assert not admin.has_add_permission(request)


class TestTheOutside:
    """Gateways call, letters go out, files come and go."""

    def test_a_webhook(self, using: str) -> None:
        """P11: a call of a gateway pays; one that is not signed is refused as a problem, with 401."""
        user = user_of(using, "olena")
        order = sold(str(user.pk))
        SiteHost.fake.pays(orders_for("school").payment_link(order=order, payment=f"{order}.1").url)
        answers = []

        def call(body: bytes, headers: Any) -> None:
            post = RequestFactory().post("/", body, content_type="application/json", headers=headers)
            answers.append(webhook(post, "school", "fake"))

        SiteHost.fake.delivers(call)
        unsigned = webhook(RequestFactory().post("/", b"{}", content_type="application/json"), "school", "fake")

        assert [answer.status_code for answer in answers] == [200]
        assert (unsigned.status_code, unsigned["content-type"]) == (401, "application/problem+json")
        assert Order.objects.using(using).get(pk=order).payment_status == "paid"

    def test_an_address_without_its_slash(self) -> None:
        """A gateway is told the address by hand: with its last slash or without it is the same."""
        for end in ("", "/"):
            found = resolve(f"/orders/webhooks/school/fake{end}")
            assert (found.func, found.kwargs) == (webhook, {"project": "school", "gateway": "fake"})

    def test_the_worker_sends_letters(self, using: str) -> None:
        """N1: a turn of the worker sends what waits by Django's mail, to the address that the contact has now."""
        mail.outbox = []
        user = user_of(using, "olena")
        sold(str(user.pk))
        orders_for("school").execute(CreateOrder(contact=str(user.pk), lines=(_line("0.00"),)))

        said = StringIO()
        call_command("kwiga_work", project="school", once=True, stdout=said)

        assert said.getvalue().startswith("school: ")
        assert {letter.to[0] for letter in mail.outbox} == {"olena <olena@school.example>"}
        assert any("«Python»" in letter.subject for letter in mail.outbox)
        assert mail.outbox[0].extra_headers["Message-ID"].endswith("@school.example>")

    def test_export_and_import(self, using: str, tmp_path: Path) -> None:
        """V7: what is exported and imported again is the same orders; a file with faults imports nothing."""
        user = user_of(using, "olena")
        order = sold(str(user.pk))
        file = tmp_path / "orders.jsonl"
        call_command("kwiga_export", to=file)
        orders_for("other").execute(OFFER)
        said = StringIO()
        for _ in range(2):
            call_command("kwiga_import", str(file), project="other", stdout=said)
        assert said.getvalue() == "1 imported, 0 known, 0 refused\n0 imported, 1 known, 0 refused\n"
        as_csv = StringIO()
        call_command("kwiga_export", form="csv", search="olena@", stdout=as_csv)
        assert order in as_csv.getvalue()

        file.write_text('{"kind": "nothing"}\n')
        with pytest.raises(CommandError, match="nothing was imported"):
            call_command("kwiga_import", str(file))

    def test_the_worker_stops(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The worker of `manage.py` works for each project in threads of its own, until a signal comes."""
        import signal

        handlers: dict[int, Any] = {}
        monkeypatch.setattr(signal, "signal", handlers.__setitem__)
        from kwiga_orders.contrib.django.management.commands import kwiga_work

        turns: list[threading.Thread] = []

        def told() -> None:
            turns.append(threading.current_thread())
            connections.close_all()
            handlers[signal.SIGTERM]()

        monkeypatch.setattr(kwiga_work, "close_old_connections", told)
        call_command("kwiga_work", stdout=StringIO())
        assert threading.main_thread() not in turns
        assert turns


class TestFlush:
    """What `flush` is to our tables: the end of a `TransactionTestCase`."""

    @pytest.mark.parametrize("using", ["default", "server"])
    def test_orders_are_gone_and_projects_are_there(self, using: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Django empties what it manages, and we the rest; the next test begins with its projects."""
        monkeypatch.setattr(SiteHost, "database", using)
        sold(str(user_of(using, "olena").pk))
        wipe(using)

        assert not Order.objects.using(using).exists()
        assert not Contact.objects.using(using).exists()
        assert sold(str(user_of(using, "olena").pk))
        assert Order.objects.using(using).get().number == 1
        wipe(using)


def _line(price: str) -> LineAsked:
    return LineAsked(product="python", price=Decimal(price))
