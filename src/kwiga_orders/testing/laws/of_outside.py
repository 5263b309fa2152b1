"""Laws of what leaves a school and what it deletes: exports, events, letters, texts, personal data (V7, V9, N3, N4)."""

import csv
import io
from datetime import timedelta

import attrs

from kwiga_orders.changes import OutboxRow
from kwiga_orders.contacts import EraseContact, MergeContacts
from kwiga_orders.export import csv_header, csv_line, json_line
from kwiga_orders.extras import extra
from kwiga_orders.importing import Entry, Importer
from kwiga_orders.locale import LOCALES, Texts
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.evolve import replayed
from kwiga_orders.payments import Outcome
from kwiga_orders.periods import Period
from kwiga_orders.project import Contact
from kwiga_orders.queries import HistoryQuery, OrdersQuery
from kwiga_orders.terms import For, TermsChange
from kwiga_orders.testing.laws.desk import Desk
from kwiga_orders.testing.laws.law import Draw, Laws, Met, law
from kwiga_orders.testing.school import School
from kwiga_orders.wire.imports import read_json_lines

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["OutsideLaws"]

_HOUR = timedelta(hours=1)
_SECRET = "asked by her mother"
_TERMS = TermsChange(duration=For(period=Period(days=90)))
_ALL = OrdersQuery(sort="number", descending=False, limit=100)
# texts that a spreadsheet takes for a formula, also after a separator or a quotation mark
_DANGEROUS = ("=1+1", "+380", "-2", "@SUM(A1)", "\t=1", "a;=1", 'b",=1', "c\n=1", "＝1", " =1")
_FORMULAS = "=+-@＝＋－＠"


class OutsideLaws(Laws):
    """V7, V9, N3, N4: what leaves the school, and what it deletes."""

    def lives(self, desk: Desk, draw: Draw) -> str:
        """Give an order with a history that contains texts about the person."""
        order = desk.bought(1000, terms=_TERMS)
        commands: tuple[asked.OrderCommand, ...] = (
            asked.FreezeAccess(order=order, period=Period(days=3), reason=_SECRET),
            asked.ExtendAccess(order=order, by=Period(days=3), reason=_SECRET),
            asked.AddPayment(order=order, amount=desk.amount(200), comment=_SECRET, notify=True),
            desk.refund(order, 300),
            desk.refund(order, 1000),
            asked.EditOrder(order=order, comment=_SECRET, tags=("hot",)),
            asked.AddNote(order=order, text=_SECRET),
            desk.report(order, Outcome.FAILED, "w-9"),
            asked.CancelOrder(order=order, reason=_SECRET),
        )
        chosen = st.lists(st.sampled_from(commands), min_size=1, max_size=4, unique_by=id)
        for command in draw(chosen, "commands"):
            desk.passes(_HOUR)
            desk.refused(command)
        return order

    @law("V7")
    def test_what_is_exported_and_imported_is_the_same(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Orders with history are the same after export and import into another school; nobody gets a reminder."""
        order = self.lives(desk, draw)
        lines = "".join(json_line(one) for one in desk.school.orders.export(_ALL))
        there = Desk(School(project=desk.school.project))
        # an imported order names its offer, so the other school must have it
        there.offers(1000, terms=_TERMS)
        other = there.school
        other.clock.set(desk.school.now)
        with desk.school.store.transaction(desk.school.project.id, writes=False) as records:
            contact = records.find_contact(desk.contact)
        assert contact is not None
        other.knows(contact)
        entries = read_json_lines(io.BytesIO(lines.encode()))
        found = list(Importer(orders=other.orders).carried_out(one for one in entries if isinstance(one, Entry)))
        met(len(desk.school.history(order)) > 3)

        assert [(one.state, one.error) for one in found] == [("imported", None)]
        (again,) = other.orders.export(_ALL)
        assert attrs.evolve(other.order(again["key"]), id=order) == desk.order(order)
        other.orders.relay_once(other.notifier)
        assert other.notifier.letters == []

    @law("V7")
    def test_no_cell_is_a_formula(self, desk: Desk, draw: Draw, met: Met) -> None:
        """No cell is a formula, whatever people write, and whatever separator the spreadsheet uses."""
        order = desk.makes(500)
        text = draw(st.sampled_from(_DANGEROUS), "comment")
        desk.does(
            asked.EditOrder(order=order, comment=text, tags=(text.strip().replace("\n", " ").replace("\t", " "),))
        )
        written = csv_header() + "".join(map(csv_line, desk.school.orders.export(_ALL)))
        met()

        (row,) = csv.DictReader(io.StringIO(written, newline=""), strict=True)
        for cell in row.values():
            # each part that another separator or a line break would turn into a cell
            for part in cell.replace(";", "\n").replace("\t", "\n").replace(",", "\n").replace('"', "\n").splitlines():
                assert not part.strip().startswith(tuple(_FORMULAS)), cell

    @law("V9")
    def test_an_erased_person_is_nowhere(self, desk: Desk, draw: Draw, met: Met) -> None:
        """After erasing, the card, the history and waiting rows have no personal data; the amounts stay."""
        person = Contact(id=desk.contact, name="Oksana Koval", email="oksana@mail.ua", phone="+380671234567")
        desk.school.knows(person)
        order = self.lives(desk, draw)
        before = desk.order(order)
        met(_SECRET in repr(desk.school.history(order)))

        desk.does(EraseContact(contact=desk.contact))

        after, history = desk.order(order), desk.school.history(order)
        assert (after.sums, after.payment_status, after.activated_at) == (
            before.sums,
            before.payment_status,
            before.activated_at,
        )
        assert replayed(history) == after
        with desk.school.store.transaction(desk.school.project.id, writes=False) as records:
            said = repr([after, history, records.find_contact(desk.contact)])
        said += repr(desk.school.store.pending(desk.school.project.id, limit=100))
        assert [text for text in (_SECRET, "Oksana", "oksana", "671234567") if text in said] == []

    @law("V9")
    def test_who_is_merged_keeps_what_was_bought(self, desk: Desk, draw: Draw, met: Met) -> None:
        """The orders of a duplicate belong to the contact that stays, with their history and access."""
        desk.school.knows(Contact(id="law-double", name="Learner", email="learner@example.com"))
        is_paid = draw(st.booleans(), "paid")
        order = desk.opens(desk.offers(), contact="law-double")
        if is_paid:
            desk.pays(order)
        met(is_paid)
        assert not desk.is_open()

        desk.does(MergeContacts(contact="law-double", into=desk.contact))

        assert desk.order(order).contact == desk.contact
        assert desk.is_open() is is_paid
        assert desk.school.history(order)[-1].event.name == "contact.merged"

    @law("N3")
    def test_everything_has_a_text(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Letters, statuses and reasons have a text in each language, and it differs between languages."""
        order = self.lives(desk, draw)
        desk.school.orders.relay_once(desk.school.notifier)
        letters = [row for row in desk.school.notifier.rows if row.kind == "letter"]
        reasons = desk.access().reasons
        met(bool(reasons))
        said = {locale: self.told(desk, Texts(locale, timezone=desk.zone), order, letters) for locale in LOCALES}

        assert all(text and "{" not in text for texts in said.values() for text in texts)
        # Ukrainian and Russian share words, but neither shares any with English
        assert all(one != other for one, other in zip(said["en"], said["uk"], strict=True))

    def told(self, desk: Desk, texts: Texts, order: str, letters: list[OutboxRow]) -> list[str]:
        """Give the texts about an order in one language."""
        found = [texts.payment_status(desk.order(order).payment_status)]
        found += [texts.reason(reason) for reason in desk.access().reasons]
        return found + [texts.letter(row).body for row in letters]

    @law("N4")
    def test_an_event_tells_what_happened(self, desk: Desk, draw: Draw, met: Met) -> None:
        """The outbox row of an event has the data of its history row, and the order's number, version and products."""
        order = self.lives(desk, draw)
        desk.school.orders.relay_once(desk.school.notifier)
        rows = [row for row in desk.school.notifier.rows if row.kind == "event" and row.order == order]
        views = desk.school.orders.ask(HistoryQuery(order=order))
        recorded = desk.school.history(order)
        met(len(rows) > 3)

        assert isinstance(views, list)
        assert [row.name for row in rows] == [one.event.name for one in recorded]
        for row, one, view in zip(rows, recorded, views, strict=True):
            assert isinstance(view["data"], dict)
            assert view["data"].items() <= row.data.items()
            about = (row.data["order_number"], row.data["order_version"], row.data["products"])
            assert about == (desk.order(order).number, one.version, [desk.product])
