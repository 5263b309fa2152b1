"""N4, V5: what rows of events and letters hold, and what never leaves the house."""

import asyncio
import json
from contextlib import suppress
from datetime import date
from typing import cast, get_args

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.adapters.links import AsyncLinkedNotifier, LinkedNotifier
from kwiga_orders.changes import OutboxRow
from kwiga_orders.course import CertificateConditions, Course
from kwiga_orders.errors import Refused
from kwiga_orders.funnel import AddStatus, EditFunnel
from kwiga_orders.letter_kinds import LETTER_KINDS
from kwiga_orders.locale import Texts
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.events import Event
from kwiga_orders.payments import Outcome
from kwiga_orders.project import Actor
from kwiga_orders.queries import HistoryQuery
from kwiga_orders.testing.school import RecordingNotifier, local
from kwiga_orders.wire.schema import schema
from tests.laws.office import Office, edit, refund, refund_report, report
from tests.laws.post import WEEK, Say, anything, school_with_two

jsonschema = pytest.importorskip("jsonschema")

SCHEMA = schema()


class TestN4:
    """An event tells what happened: its row carries the event's data, as history does."""

    @given(said=st.lists(st.tuples(st.integers(0, 1), anything()), max_size=8))
    def test_as_history_does(self, said: list[tuple[int, Say]]) -> None:
        """The row of each event has what history has of it, and which order it is, at which version, of what."""
        school, orders = school_with_two()
        for which, say in said:
            with suppress(Refused):
                school.does(say(orders[which]))

        for order in orders:
            rows = [row for row in school.notifier.rows if row.order == order and row.kind == "event"]
            recorded = school.history(order)
            views = school.orders.ask(HistoryQuery(order=order))
            assert isinstance(views, list)
            about = {"order_number": school.order(order).number, "currency": "UAH", "products": ["python"]}
            assert [row.data for row in rows] == [
                {**about, "order_version": one.version, **view["data"]}
                for one, view in zip(recorded, views, strict=True)
                if isinstance(view["data"], dict)
            ]

    @given(said=st.lists(st.tuples(st.integers(0, 1), anything()), max_size=8))
    def test_in_the_schema(self, said: list[tuple[int, Say]]) -> None:
        """The data of every event and every letter is as the schema has it under its name."""
        school, orders = school_with_two()
        for which, say in said:
            with suppress(Refused):
                school.does(say(orders[which]))

        for row in school.notifier.rows:
            name = row.name if row.kind == "event" else f"letter.{row.name}"
            one = {**SCHEMA, "$ref": f"#/$defs/{name}"}
            document = json.loads(json.dumps(row.data))
            assert [wrong.message for wrong in jsonschema.Draft202012Validator(one).iter_errors(document)] == []

    def test_every_event_is_in_the_schema(self) -> None:
        """None is left out, nor a kind of letter; and each says which fields it has."""
        definitions = SCHEMA["$defs"]
        assert isinstance(definitions, dict)
        names = {event.name for event in get_args(Event)} | {f"letter.{kind}" for kind in LETTER_KINDS}

        assert names <= definitions.keys()
        assert all("properties" in cast(dict[str, object], definitions[name]) for name in names)

    def test_for_example(self) -> None:
        """What was paid, when and by which command is known without asking back."""
        school, (order, _) = school_with_two()

        school.pays(order)

        rows = {row.name: row.data for row in school.notifier.rows if row.order == order}
        assert rows["payment.paid"]["payment"] == f"{order}.1"
        assert rows["payment.paid"]["paid_at"] == "2026-11-01T08:00:00Z"
        assert rows["order.moved"]["to"] == "partially_paid"
        assert rows["order.partially_paid"]["products"] == ["python"]


class SchoolLinks:
    """The pages of a school; it has none for sql."""

    def payment(self, project: str, /, *, order: str, payment: str) -> str:
        """The page of a payment."""
        return f"https://{project}.example/pay/{order}/{payment}"

    def product(self, project: str, /, *, contact: str, product: str) -> str:
        """The page of a product."""
        return "" if product == "sql" else f"https://{project}.example/{contact}/{product}"

    def certificate(self, project: str, /, *, contact: str, number: int) -> str:
        """The page of a certificate."""
        return f"https://{project}.example/{contact}/certificates/{number}"


class AwaitedLinks:
    """The same pages, awaited."""

    links = SchoolLinks()

    async def payment(self, project: str, /, *, order: str, payment: str) -> str:
        """The page of a payment."""
        return self.links.payment(project, order=order, payment=payment)

    async def product(self, project: str, /, *, contact: str, product: str) -> str:
        """The page of a product."""
        return self.links.product(project, contact=contact, product=product)

    async def certificate(self, project: str, /, *, contact: str, number: int) -> str:
        """The page of a certificate."""
        return self.links.certificate(project, contact=contact, number=number)


@attrs.frozen
class AwaitedNotifier:
    """A notifier that is awaited."""

    notifier: RecordingNotifier

    async def notify(self, project: str, row: OutboxRow, /) -> None:
        """Keep a row."""
        self.notifier.notify(project, row)


class TestN4Links:
    """Links for the payment, the product, the certificate are made by the host (`links`)."""

    def test_where_letters_lead(self) -> None:
        """A letter has the links that belong to it, and nothing else of its row changes."""
        rows = self._rows()
        linked = RecordingNotifier()
        for row in rows:
            LinkedNotifier(linked, links=SchoolLinks()).notify("school", row)

        links = {row.name: row.data.get("links") for row in linked.rows if row.kind == "letter"}
        page = {"products": {"python": "https://school.example/olena/python"}}
        assert links == {
            "payment_reminder": {"payment": "https://school.example/pay/id2/id2.1"},
            "payment_succeeded": None,
            "access_granted": page,
            "refund_made": None,
            "certificate_issued": {**page, "certificate": "https://school.example/olena/certificates/1"},
        }
        assert [row for row in linked.rows if row.kind == "event"] == [row for row in rows if row.kind == "event"]
        without = [attrs.evolve(row, data={**row.data, "links": None}) for row in linked.rows]
        assert without == [attrs.evolve(row, data={**row.data, "links": None}) for row in rows]

    def test_awaited(self) -> None:
        """The awaited notifier hands on the same."""
        plain, awaited = RecordingNotifier(), RecordingNotifier()
        linking = AsyncLinkedNotifier(AwaitedNotifier(awaited), links=AwaitedLinks())

        async def hand_on() -> None:
            for row in self._rows():
                await linking.notify("school", row)

        asyncio.run(hand_on())
        for row in self._rows():
            LinkedNotifier(plain, links=SchoolLinks()).notify("school", row)

        assert awaited.rows == plain.rows

    def test_in_the_text(self) -> None:
        """The text of a letter shows its link: to pay, or to the course."""
        linked = RecordingNotifier()
        for row in self._rows():
            LinkedNotifier(linked, links=SchoolLinks()).notify("school", row)

        texts = Texts("en", timezone="Europe/Kyiv")
        bodies = {row.name: texts.letter(row).body for row in linked.rows if row.kind == "letter"}
        assert "Pay here: https://school.example/pay/id2/id2.1" in bodies["payment_reminder"]
        assert "https://school.example/olena/python" in bodies["access_granted"]
        assert "https://school.example/olena/certificates/1" in bodies["certificate_issued"]
        assert "https" not in bodies["refund_made"]

    def test_due_on_a_day(self) -> None:
        """A payment that is due on a day is written about with its day, not with midnight (P1)."""
        school = Office()
        order = school.makes("1000.00")
        school.owes(order, "1000.00", due_at=date(2026, 12, 1), notify=True)

        (row,) = (row for row in school.notifier.rows if row.kind == "letter")

        assert row.data["whole_day"] is True
        assert "It is due by 1 December 2026.\n" in Texts("en", timezone="Europe/Kyiv").letter(row).body

    def _rows(self) -> list[OutboxRow]:
        school = Office()
        for product in ("python", "sql"):
            school.has(Course(product=product, certificate=CertificateConditions()))
        order = school.sold(products=("python", "sql"))
        school.does(asked.Remind(order=order, payment=f"{order}.1"))
        school.pays(order)
        school.issues(order)
        school.does(refund(order, "1.00"))
        return school.notifier.rows


class TestV5NothingInternal:
    """The customer's view is a type of its own with an allow-list of fields: no internal comment, manager, tags, tasks,
    history, costs of others, funnel. Internal text must be unreachable from it and from any letter.
    """

    SECRET = "between-us"

    def test_unreachable(self) -> None:
        """A word that the staff puts wherever it can is in the card, and in nothing that leaves the house."""
        school, secret = Office(), self.SECRET
        school.has(Course(product="python", certificate=CertificateConditions()))
        school.builds(id=secret, statuses=f"new {secret}")
        order = school.makes("1000.00", comment=secret, manager=secret, responsibles=(secret,), tags=(secret,))
        secretive = Actor(kind="staff", id=secret)
        for number in (1, 2, 3):
            school.owes(order, f"{number}00.00", comment=secret, gateway="wayforpay", notify=True, actor=secretive)
        for command in (
            asked.AddTask(order=order, title=secret, assignee=secret),
            asked.EditLine(order=order, product="python", curators=(secret,)),
            asked.MarkPaid(order=order, payment=f"{order}.1", comment=secret),
            edit(order, 2, comment=f"{secret} again"),
            asked.Remind(order=order, payment=f"{order}.2"),
            report(order, Outcome.SUCCEEDED, 2, amount="200.00"),
            report(order, Outcome.FAILED, 3, reason="insufficient_funds"),
            refund(order, "10.00", reason=secret, product="python"),
            refund(order, "10.00", 2, reason=secret),
            refund_report(order, "10.00", 2),
            asked.FreezeAccess(order=order, period=WEEK),
            asked.UnfreezeAccess(order=order),
            asked.SetAccessEnd(order=order, at=local("2027-01-01 10:00")),
            asked.ExtendAccess(order=order, by=WEEK),
            asked.ReportEvent(order=order, event=f"x.{secret}", data={secret: secret}),
            asked.IssueCertificate(order=order, product="python"),
            AddStatus(funnel=secret, id="more", title=secret),
            EditFunnel(funnel=secret, title=secret),
            asked.MoveOrder(order=order, funnel=secret, status=secret),
            asked.CancelOrder(order=order, reason=secret),
            asked.ReopenOrder(order=order, reason=secret),
        ):
            school.does(attrs.evolve(command, actor=secretive))

        inside = [school.card(order), school.orders.ask(HistoryQuery(order=order))]
        letters = [row for row in school.notifier.rows if row.kind == "letter"]
        outside = [school.customer_card(order), school.access(), school.certificate(), letters]
        assert all(secret in repr(view) for view in inside)
        assert [view for view in outside if secret in repr(view)] == []
        assert len({row.name for row in letters}) == len(LETTER_KINDS) - 5
