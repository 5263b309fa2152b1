"""P14, N2: reminders, and letters that are sent again by hand."""

from decimal import Decimal

import pytest

from kwiga_orders.course import CertificateConditions, Course
from kwiga_orders.errors import NotFound, Refused
from kwiga_orders.letter_kinds import LETTER_KINDS
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome, Subscribe
from kwiga_orders.project import Contact
from kwiga_orders.queries import LettersQuery
from kwiga_orders.views.letters import LETTER_DATA
from tests.laws.dues import MONTH, TEN_DAYS, ran
from tests.laws.office import Office, refund
from tests.laws.post import WEEK, bought, selling_school


class TestP14:
    """A letter for an unpaid payment that asks for something (else `payment.not_owed`) can be sent by hand (`remind`),
    at most once per payment per hour, automatic ones counted (`reminder.too_soon`).
    """

    def test_automatic_ones_count(self) -> None:
        """Whoever was just reminded by the due work is not reminded by hand; an hour later they may be."""
        school = selling_school()
        order = bought(school, parts=1)
        ran(school, "2026-12-01 10:00")
        remind = asked.Remind(order=order, payment=f"{order}.2")

        assert school.refused(remind) == "reminder.too_soon"
        assert school.at("2026-12-01 10:59").refused(remind) == "reminder.too_soon"
        school.at("2026-12-01 11:00").does(remind)

    def test_what_asks_for_nothing(self) -> None:
        """A part that cash has relieved, and a twin that was superseded, are not reminded of (P15)."""
        school = selling_school()
        order = bought(school, parts=1)
        school.owes(order, "500.00", paid=True, method="cash")
        twin = school.opens(contact="taras")
        school.opens(contact="taras")

        assert school.refused(asked.Remind(order=order, payment=f"{order}.2")) == "payment.not_owed"
        assert school.refused(asked.Remind(order=twin, payment=f"{twin}.1")) == "payment.not_owed"
        assert school.refused(asked.SendLetter(order=twin, kind="payment_reminder")) == "payment.not_owed"


class TestN2ByHand:
    """Any letter can be sent by hand again (`send_letter`), which is recorded."""

    def _order(self, school: Office, kind: str) -> str:
        """Make an order of which a letter of that kind is true."""
        school.has(Course(product="python", certificate=CertificateConditions()))
        if kind == "free_offer_accepted":
            return school.opens("free")
        order = school.opens("sub" if kind == "subscription_renewed" else "basic")
        if kind == "payment_failed":
            school.hears(order, Outcome.FAILED)
        if kind in ("payment_added", "payment_upcoming", "payment_reminder", "payment_failed"):
            return order
        school.pays(order)
        for command in self._then(order).get(kind, ()):
            school.does(command)
            school.at("2026-11-02 10:00")
        if kind == "access_expired":
            school.at("2026-11-20 10:00")
        if kind == "subscription_renewed":
            school.at("2026-12-01 10:00").renews(order)
            school.pays(order, 2)
        return order

    def _then(self, order: str) -> dict[str, tuple[asked.OrderCommand, ...]]:
        """Give for a kind what happens to a paid order before a letter of that kind is true."""
        freeze = asked.FreezeAccess(order=order, period=WEEK)
        return {
            "refund_made": (refund(order, "1.00"),),
            "access_extended": (asked.ExtendAccess(order=order, by=WEEK),),
            "access_frozen": (freeze,),
            "access_unfrozen": (freeze, asked.UnfreezeAccess(order=order)),
            "certificate_issued": (asked.IssueCertificate(order=order, product="python"),),
        }

    def _school(self) -> Office:
        school = selling_school()
        school.sells("free", price="0", terms=TEN_DAYS)
        school.sells("sub", price="300.00", options=[Subscribe(id="sub", amount=Decimal(300), every=MONTH)])
        return school

    def test_every_kind(self) -> None:
        """The data of every kind is documented."""
        assert set(LETTER_KINDS) == LETTER_DATA.keys()

    @pytest.mark.parametrize("kind", LETTER_KINDS)
    def test_again(self, kind: str) -> None:
        """It is sent again and recorded, whatever the offer and the contact switched off, and has the same data."""
        school = self._school()
        order = self._order(school, kind)
        was = [row.data for row in school.notifier.rows if row.name == kind]
        school.knows(Contact(id="olena", no_letters=frozenset({kind})))
        school.notifier.rows.clear()

        receipt = school.does(asked.SendLetter(order=order, kind=kind))

        (letter,) = (row for row in school.notifier.rows if row.kind == "letter")
        assert (letter.name, receipt.events) == (kind, ("letter.sent",))
        assert letter.data.keys() - {"links", "whole_day"} == set(LETTER_DATA[kind].__annotations__) - {
            "links",
            "whole_day",
        }
        if was and kind not in ("payment_failed", "access_unfrozen"):
            assert letter.data == was[-1]

    @pytest.mark.parametrize("kind", LETTER_KINDS)
    def test_only_what_holds(self, kind: str) -> None:
        """Of an order that was made by hand and has nothing yet, no letter is true: each is refused."""
        school = self._school()
        order = school.makes("1000.00")

        with pytest.raises(Refused) as refused:
            school.orders.preview(asked.SendLetter(order=order, kind=kind))

        assert refused.value.code in {
            "input.invalid", "access.not_started", "access.no_end", "freeze.none", "certificate.not_issued",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("kind", "code"),
        [
            ("payment_added", "payment.not_owed"),
            ("payment_upcoming", "payment.not_owed"),
            ("payment_failed", "input.invalid"),
            ("refund_made", "input.invalid"),
            ("subscription_renewed", "input.invalid"),
            ("free_offer_accepted", "input.invalid"),
            ("access_frozen", "freeze.none"),
            ("access_unfrozen", "input.invalid"),
            ("access_extended", "input.invalid"),
            ("access_expired", "input.invalid"),
            ("certificate_issued", "certificate.not_issued"),
            ("something_else", "input.invalid"),
        ],
    )
    def test_refused_by_name(self, kind: str, code: str) -> None:
        """Of an order that was paid, letters about other things are refused by name."""
        school = self._school()
        order = bought(school)

        assert school.refused(asked.SendLetter(order=order, kind=kind)) == code

    def test_expiring_after_the_end(self) -> None:
        """What has ended is not about to."""
        school = self._school()
        order = bought(school)
        school.at("2026-11-20 10:00")

        assert school.refused(asked.SendLetter(order=order, kind="access_expiring")) == "input.invalid"

    def test_the_payment_that_fits(self) -> None:
        """If none is named, it is the one due first, or the last that was paid; one that is named must fit."""
        school = self._school()
        order = school.opens()
        school.pays(order)
        school.notifier.rows.clear()

        school.does(asked.SendLetter(order=order, kind="payment_succeeded"))
        school.does(asked.SendLetter(order=order, kind="payment_added"))

        about = [row.data["payment"] for row in school.notifier.rows if row.kind == "letter"]
        assert about == [f"{order}.1", f"{order}.2"]
        unpaid = asked.SendLetter(order=order, kind="payment_succeeded", payment=f"{order}.2")
        assert school.refused(unpaid) == "input.invalid"
        with pytest.raises(NotFound):
            school.orders.preview(asked.SendLetter(order=order, kind="payment_added", payment="nothing"))

    def test_a_reminder_counts(self) -> None:
        """At most one reminder an hour, whichever command sends it (P14)."""
        school = self._school()
        order = school.opens()
        command = asked.SendLetter(order=order, kind="payment_reminder")

        school.does(command)
        assert school.refused(command) == "reminder.too_soon"
        assert school.refused(asked.Remind(order=order, payment=f"{order}.1")) == "reminder.too_soon"
        school.does(asked.Remind(order=order, payment=f"{order}.2"))

    def test_of_a_cancelled_order(self) -> None:
        """A letter may be sent of a cancelled order, too (O12)."""
        school = self._school()
        order = bought(school)
        school.cancels(order)
        school.notifier.rows.clear()

        school.does(asked.SendLetter(order=order, kind="payment_succeeded"))

        assert school.notifier.letters == ["payment_succeeded"]

    def test_asked_by_order(self) -> None:
        """The letters of one order can be asked for, with when they were written and what they say (N4)."""
        school = self._school()
        order = bought(school)
        bought(school, contact="taras")
        school.at("2026-11-02 10:00").does(asked.SendLetter(order=order, kind="access_granted"))

        views = school.orders.ask(LettersQuery(order=order))

        assert {view["order"] for view in views} == {order}
        assert (views[-1]["kind"], views[-1]["at"]) == ("access_granted", "2026-11-02T08:00:00Z")
        assert views[-1]["data"] == {
            "number": 1,
            "products": [
                {
                    "product": "python",
                    "starts_at": "2026-11-01T08:00:00+00:00",
                    "ends_at": "2026-11-11T08:00:00+00:00",
                }
            ],
        }
