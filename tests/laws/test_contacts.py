"""V9: contacts are saved, merged and erased by commands."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import get_args, get_origin

import attrs

from kwiga_orders.commands import UNSET
from kwiga_orders.contacts import EraseContact, MergeContacts, SaveContact
from kwiga_orders.course import CertificateConditions, Course, Lesson, Module, Progress
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.erasing import TEXTS, cleaned
from kwiga_orders.orders.events import ContactMerged, Event
from kwiga_orders.orders.evolve import replayed
from kwiga_orders.payments import Outcome
from kwiga_orders.periods import Period
from kwiga_orders.project import Contact
from kwiga_orders.queries import ContactQuery, ContactsQuery, HistoryQuery, OrderFilters, OrderQuery, OrdersQuery
from tests.laws.certified import taught
from tests.laws.office import Office

SECRET = "Olena asked to call her mother"


def contact(office: Office, id: str = "olena") -> Contact:
    """Give a contact as it is stored."""
    with office.store.transaction("school", writes=False) as records:
        found = records.find_contact(id)
    assert found is not None
    return found


def found(office: Office, text: str) -> list[str]:
    """Give the orders that a text finds."""
    page = office.orders.ask(OrdersQuery(filters=OrderFilters(search=text), sort="number", descending=False))
    return [row["id"] for row in page["rows"]]


class TestV9:
    """A contact is a command away: `save_contact`; `merge_contacts` moves orders, progress and certificates of a
    duplicate to the one that stays, recorded on each order; `erase_contact` replaces name, e-mail, phone and whatever
    was written about the person by nothing, keeps the money, and is told in history without the person; texts about the
    person go from history, too (the fold of what is left is the stored order).
    """

    # Saving

    def test_a_new_contact_can_buy(self) -> None:
        """What is not named is empty; it is told outside which fields were set, not what they say."""
        office = Office()
        office.offers()
        receipt = office.does(SaveContact(id="ivan", full_name="Ivan", email="ivan@example.com"))

        order = office.opens(contact="ivan")

        assert (receipt.made, receipt.events) == ("ivan", ("contact.saved",))
        assert contact(office, "ivan") == Contact(id="ivan", name="Ivan", email="ivan@example.com")
        assert found(office, "ivan@") == [order]
        (row,) = [row for row in office.notifier.rows if row.name == "contact.saved"]
        assert (row.contact, row.data["fields"]) == ("ivan", ["name", "email"])
        assert "ivan@example.com" not in str(row)

    def test_only_what_is_named_changes(self) -> None:
        """K2: the rest stays; saying what is there already changes nothing."""
        office = Office()
        office.knows(Contact(id="olena", name="Олена", phone="+380671234567", locale="uk"))
        office.does(SaveContact(id="olena", email="new@example.com", locale=None))

        saved = contact(office)
        again = office.does(SaveContact(id="olena", full_name="Олена"))

        assert saved == Contact(id="olena", name="Олена", email="new@example.com", phone="+380671234567")
        assert (contact(office), again.events) == (saved, ())

    def test_found_by_what_is_new(self) -> None:
        """V3: at once, and no more by what was."""
        office = Office()
        order = office.makes()
        office.does(SaveContact(id="olena", full_name="Бойко"))

        assert found(office, "бойко") == [order]
        assert found(office, "olena") == [order]
        office.does(SaveContact(id="olena", email=""))
        assert found(office, "olena") == []

    # Merging

    def test_orders_move(self) -> None:
        """Each keeps its number and money, and records whose it was."""
        office = Office()
        office.knows(Contact(id="double", name="О. К.", phone="+380501112233", no_letters=frozenset({"access_frozen"})))
        mine, moved = office.makes(), office.makes("50.00", contact="double")
        office.owes(moved, "50.00", paid=True)
        before = office.order(moved)

        receipt = office.does(MergeContacts(contact="double", into="olena"))

        after = office.order(moved)
        assert (receipt.made, receipt.events) == ("olena", ("contact.merged",))
        assert office.history(moved)[-1].event == ContactMerged(contact="double", into="olena")
        assert after == attrs.evolve(before, contact="olena", version=after.version, updated_at=after.updated_at)
        assert office.events(moved)[-1] == "contact.merged"
        assert replayed(office.history(moved)) == after
        assert [
            row["id"] for row in office.orders.ask(OrdersQuery(filters=OrderFilters(contact=("olena",))))["rows"]
        ] == [
            moved,
            mine,
        ]
        assert office.orders.ask(ContactQuery(contact="olena"))["orders"] == 2
        assert contact(office).phone == "+380501112233"
        assert contact(office).no_letters == {"access_frozen"}
        assert set(found(office, "1112233")) == {moved, mine}

    def test_access_is_one(self) -> None:
        """A6: also asked for by the old card, that is who the learner still is to the host."""
        office = Office()
        office.knows(Contact(id="double"))
        office.offers()
        order = office.opens(contact="double")
        office.pays(order)

        office.does(MergeContacts(contact="double", into="olena"))

        for id in ("olena", "double"):
            assert office.access(contact=id).orders == (order,)

    def test_progress_is_one(self) -> None:
        """What was done on either card counts, and what is done later, too; certificates go along."""
        office = Office()
        office.knows(Contact(id="double"))
        lessons = tuple(Lesson(id=id) for id in ("l1", "l2"))
        whole = CertificateConditions(lessons_percent=100)
        office.courses.put(
            "school", Course(product="python", certificate=whole, modules=(Module(id="m1", lessons=lessons),))
        )
        order = office.makes("0.00", contact="double")
        office.progress.put("school", Progress(contact="double", product="python", completed=frozenset({"l1"})))
        office.does(MergeContacts(contact="double", into="olena"))

        half = office.certificate()
        office.progress.put("school", Progress(contact="olena", product="python", completed=frozenset({"l2"})))
        done = office.certificate()
        office.issues(order)

        assert [(one["code"], one["have"]) for one in half["unmet"]] == [("lessons_percent", 50)]
        assert done["eligible"]
        assert office.certificate()["issued"] is not None

    def test_the_old_card_takes_nothing_more(self) -> None:
        """Whatever asks for it is refused, and told into whom it went, also by way of others."""
        office = Office()
        office.offers()
        for id in ("a", "b"):
            office.knows(Contact(id=id, name="Ганна"))
        office.does(MergeContacts(contact="a", into="b"))
        office.does(MergeContacts(contact="b", into="olena"))

        for command in (
            asked.OpenOffer(offer="basic", contact="a"),
            asked.CreateOrder(contact="a", lines=(asked.LineAsked(product="python", price=Decimal(1)),)),
            asked.ReportEvent(event="x.called", contact="a"),
            SaveContact(id="a", full_name="Anna"),
            MergeContacts(contact="a", into="olena"),
            MergeContacts(contact="taras", into="a"),
            EraseContact(contact="a"),
        ):
            refusal = office.refusal(command)
            assert (refusal.code, refusal.details["into"]) == ("contact.merged", "olena")
        assert office.orders.ask(ContactsQuery(search="ганна"))["rows"] == []
        assert contact(office).merged_from == ("b", "a")

    def test_who_cannot_be_merged(self) -> None:
        """A contact with itself, or one that is not there."""
        office = Office()

        assert office.refused(MergeContacts(contact="olena", into="olena")) == "input.invalid"
        assert office.refused(MergeContacts(contact="olena", into="nobody")) == "not_found"
        assert office.refused(MergeContacts(contact="nobody", into="olena")) == "not_found"

    # Erasing

    def written_about(self) -> tuple[Office, str]:
        """Give a school that has written about a person wherever it could."""
        office = Office().at("2026-11-01 10:00")
        office.knows(Contact(id="olena", name="Олена Коваль", email="olena@mail.ua", phone="+380671234567"))
        order = office.sold(refund_policy="keep")
        office.does(asked.EditOrder(order=order, comment=SECRET, tags=("hot",)))
        office.does(asked.AddTask(order=order, title=SECRET))
        payment = office.owes(order, "10.00", comment=SECRET)
        office.does(asked.EditPayment(order=order, payment=payment, comment=f"{SECRET}!"))
        office.does(asked.MarkPaid(order=order, payment=f"{order}.1", comment=SECRET))
        office.does(asked.FreezeAccess(order=order, period=Period(days=3), reason=SECRET))
        office.does(asked.UnfreezeAccess(order=order, reason=SECRET))
        office.refunds(order, "5.00", reason=SECRET)
        office.happens("x.called", order, data={"said": SECRET})
        office.does(asked.CancelOrder(order=order, reason=SECRET))
        office.does(asked.ReopenOrder(order=order, reason=SECRET))
        return office, order

    def test_nothing_is_left(self) -> None:
        """Neither on the cards nor in any history; the money stays, and the order is found no more."""
        office, order = self.written_about()
        before = office.order(order)

        office.does(EraseContact(contact="olena"))

        answers = [office.orders.ask(query(order=order)) for query in (OrderQuery, HistoryQuery)]
        told = json.dumps([*answers, office.orders.ask(OrdersQuery())], ensure_ascii=False)
        for text in (SECRET, "Олена", "Коваль", "olena@mail.ua", "671234567"):
            assert text not in told
        after = office.order(order)
        assert (after.sums, after.number, after.activated_at) == (before.sums, before.number, before.activated_at)
        assert (after.lines[0].price, after.status, after.tags) == (before.lines[0].price, before.status, before.tags)
        assert contact(office) == Contact(id="olena", erased=True)
        assert found(office, "коваль") == []
        assert office.events(order)[-1] == "contact.erased"

    def test_the_fold_of_what_is_left_is_the_order(self) -> None:
        """O10: rows stay as many as they were, each by whom and when."""
        office, order = self.written_about()
        before = office.history(order)

        office.does(EraseContact(contact="olena"))

        history = office.history(order)
        assert replayed(history) == office.order(order)
        assert [(row.version, row.at, row.event.name) for row in history[: len(before)]] == [
            (row.version, row.at, row.event.name) for row in before
        ]

    def test_what_was_revoked_by_hand_stays_so(self) -> None:
        """C4, C5: a refund that bounces gives back no certificate that somebody revoked, whoever forgot why."""
        office, order = taught(CertificateConditions())
        office.issues(order)
        office.does(asked.RevokeCertificate(order=order, product="python", reason=SECRET))
        office.hears_of_refund(order, "500.00")
        office.does(EraseContact(contact="olena"))

        office.hears_of_refund(order, "500.00", outcome=Outcome.FAILED)

        (certificate,) = office.order(order).certificates
        assert (certificate.revoked_at is None, certificate.reason) == (False, "")
        assert office.order(order).sums.refunded.minor == 0
        assert replayed(office.history(order)) == office.order(order)

    def test_the_card_takes_nothing_more(self) -> None:
        """What is there goes on: money is given back, and access is given."""
        office, order = self.written_about()
        office.does(EraseContact(contact="olena"))

        for command in (
            asked.OpenOffer(offer="basic", contact="olena"),
            SaveContact(id="olena", full_name="Olena"),
            MergeContacts(contact="taras", into="olena"),
            EraseContact(contact="olena"),
        ):
            assert office.refused(command) == "contact.erased"
        office.refunds(order, "5.00")
        assert office.access().open

    def test_cards_that_were_merged_go_along(self) -> None:
        """They hold the person, too."""
        office = Office()
        office.knows(Contact(id="double", name="Олена", email="double@mail.ua"))
        office.does(MergeContacts(contact="double", into="olena"))

        office.does(EraseContact(contact="olena"))

        assert contact(office, "double") == Contact(id="double", merged_into="olena", erased=True)
        assert office.refused(EraseContact(contact="double")) == "contact.erased"

    def test_a_preview_is_what_happens(self) -> None:
        """K3: for each of the three."""
        for command in (
            SaveContact(id="olena", phone="+380671112233"),
            MergeContacts(contact="taras", into="olena"),
            EraseContact(contact="olena"),
        ):
            office, order = self.written_about()
            office.makes(contact="taras")
            before = len(office.notifier.rows)
            shown = office.orders.preview(command)
            assert office.events(order)[-1] == "order.reopened"
            office.does(command)
            rows = office.notifier.rows[before:]
            assert shown["events"] == [row.name for row in rows if row.kind == "event"]
            assert [one["kind"] for one in shown["letters"]] == [row.name for row in rows if row.kind == "letter"]

    def test_every_text_is_known(self) -> None:
        """Whoever adds a field of free text to what happens to an order says whether it goes."""
        texts = {
            (kind.__name__, field.name)
            for kind in kinds_in(Event)
            for field in attrs.fields(kind)
            if "str" in str(field.type) and field.name not in (*TEXTS, *NO_TEXTS)
        }

        assert texts == set()

    def test_cleaning_again_changes_nothing(self) -> None:
        """What is clean stays as it is."""
        office, order = self.written_about()
        once = cleaned(office.history(order))

        assert cleaned(once) == once
        assert SECRET not in str(once)


NAMES = """
id product products payment contact into order offer option funnel status from_funnel from_status to_funnel
to_status by currency zone manager responsibles tags curators reference references gateway assignee task event key
method kind modules lessons sections practices tests include_new required token letter code source attempt refund
number noted fired superseded_by opens_on refund_policy type checkpoint term name command item note fields
currency_code cleared given_back_to carried_from taken_out items
"""
NO_TEXTS = frozenset(NAMES.split())
"""Ids, codes and names of the school: nothing that anybody writes about a person."""


def kinds_in(hint: object, seen: set[object] | None = None) -> Iterator[type]:
    """Give every class of values that a type may hold."""
    seen = set() if seen is None else seen
    if hint in seen or hint is UNSET:
        return
    seen.add(hint)
    if get_origin(hint) is not None or not isinstance(hint, type):
        for inner in get_args(hint):
            yield from kinds_in(inner, seen)
        return
    if attrs.has(hint):
        yield hint
        for field in attrs.fields(hint):
            yield from kinds_in(field.type, seen)
