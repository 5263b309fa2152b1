"""C3-C5: certificates are issued, revoked and carried on."""

from decimal import Decimal
from typing import Any

import pytest

from kwiga_orders.course import CertificateConditions, Course, NoCertificate
from kwiga_orders.offers import ItemAsked
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.events import CertificateRevoked
from kwiga_orders.payments import Outcome
from kwiga_orders.periods import Period
from kwiga_orders.terms import For, TermsChange
from tests.laws.certified import ALL, codes, lacks, taught
from tests.laws.office import Office


class TestC3:
    """Issuing is a command; idempotent per contact, product and order; gives a number, unique in the project. Asking
    never issues. `certificate.not_eligible` carries the list.
    """

    def test_once(self) -> None:
        """Issued again, nothing happens, also when it could not be had any more."""
        school, order = taught(CertificateConditions(lessons_percent=100))
        school.learns("l1", "l2", "l3")
        school.issues(order)
        version, issued_at = school.order(order).version, school.now

        school.at("2026-11-05 10:00").issues(order)
        school.has(Course(product="python", certificate=NoCertificate()))
        school.issues(order)

        assert school.order(order).version == version
        issued = school.certificate()["issued"]
        assert issued == {"number": 1, "at": issued_at.isoformat().replace("+00:00", "Z")}
        assert school.notifier.letters.count("certificate_issued") == 1

    def test_numbers(self) -> None:
        """Each certificate has a number of its own, whoever's and for whatever it is."""
        school = Office()
        for product in ("python", "sql"):
            school.has(Course(product=product, certificate=CertificateConditions()))
        school.offers(products=("python", "sql"), price="0")
        orders = [school.opens(contact=contact) for contact in ("olena", "olena", "taras")]

        for order in orders:
            for product in ("python", "sql"):
                school.issues(order, product)

        numbers = [one.number for order in orders for one in school.order(order).certificates]
        assert numbers == [1, 2, 3, 4, 5, 6]

    def test_asking_never_issues(self) -> None:
        """However often it is asked, nothing is issued."""
        school, order = taught(CertificateConditions())

        for _ in range(3):
            view = school.certificate()
            assert (view["eligible"], view["issued"]) == (True, None)

        assert school.order(order).certificates == ()

    def test_the_refusal_has_the_list(self) -> None:
        """The list is the one that the question gives."""
        school, order = taught(ALL)

        refusal = school.refusal(asked.IssueCertificate(order=order, product="python"))

        listed: Any = refusal.details["unmet"]
        assert refusal.code == "certificate.not_eligible"
        assert [(one["code"], one["have"], one["need"]) for one in listed] == lacks(school)

    def test_what_is_not_there(self) -> None:
        """A product that the order does not have; an order that is cancelled takes no such command (O12)."""
        school, order = taught(CertificateConditions())

        assert school.refused(asked.IssueCertificate(order=order, product="sql")) == "not_found"
        school.cancels(order)
        assert school.refused(asked.IssueCertificate(order=order, product="python")) == "order.cancelled"


class TestC4:
    """A full refund revokes it (`issued` becomes null, `revoked` names number and instant; issued again, it gets a new
    number), unless another order of the contact for the product is eligible: then the one with the lowest number that
    has none carries it on, under the same number (a refund that fails gives it back); expiry of access does not. Over
    several orders one eligible is enough.
    """

    @pytest.mark.parametrize("by_gateway", [False, True])
    def test_a_full_refund(self, *, by_gateway: bool) -> None:
        """At that instant, in every product of the order; money that the bank took back is money that went back."""
        school, order = taught(CertificateConditions())
        school.issues(order)
        school.at("2026-11-09 10:00")

        if by_gateway:
            school.hears_of_refund(order, "500.00", chargeback=True)
        else:
            school.refunds(order, "500.00")

        view = school.certificate()
        assert (view["issued"], view["revoked"]) == (None, {"number": 1, "at": "2026-11-09T08:00:00Z"})
        assert school.events(order)[-3:] == ["order.refunded", "certificate.revoked", "order.moved"]

    def test_issued_again(self) -> None:
        """Paid again it is not valid again by itself; issued again it has a new number, and can be revoked again."""
        school, order = taught(CertificateConditions())
        school.issues(order)
        school.refunds(order, "500.00")
        school.pays(order, 2)
        view = school.certificate()
        assert (view["eligible"], view["issued"]) == (True, None)

        school.issues(order)
        view = school.certificate()
        assert (view["issued"], view["revoked"]) == ({"number": 2, "at": "2026-11-01T08:00:00Z"}, None)

        school.refunds(order, "500.00", 2)
        assert school.certificate()["revoked"] == {"number": 2, "at": "2026-11-01T08:00:00Z"}
        assert school.events(order).count("certificate.revoked") == 2

    def test_nothing_else_revokes(self) -> None:
        """A partial refund, what failed or is in flight, expiry, cancelling: it stays."""
        school, order = taught(CertificateConditions(), TermsChange(duration=For(period=Period(days=3))))
        school.hears(order, Outcome.SUCCEEDED, 2, amount="500.00")
        school.issues(order)
        school.refunds(order, "500.00", 1)
        school.refunds(order, "500.00", 2)
        school.hears_of_refund(order, "500.00", 2, outcome=Outcome.FAILED)
        school.at("2026-12-01 10:00").cancels(order)

        assert school.certificate()["issued"] == {"number": 1, "at": "2026-11-01T08:00:00Z"}
        assert codes(school) == ["no_access"]

    @pytest.mark.parametrize("first_is_paid", [True, False])
    def test_one_eligible_is_enough(self, *, first_is_paid: bool) -> None:
        """Of two orders for the product it does not matter which one has earned it."""
        school, first = taught(CertificateConditions(fully_paid=True))
        second = school.opens()
        eligible, other = (first, second) if first_is_paid else (second, first)
        school.owes(eligible, "1000.00", paid=True)

        assert codes(school) == []
        refused = asked.IssueCertificate(order=other, product="python")
        assert school.refused(refused) == "certificate.not_eligible"

    def test_the_nearest_speaks(self) -> None:
        """If none has earned it, the order that lacks least says what is missing."""
        school, _ = taught(CertificateConditions(fully_paid=True))
        school.opens()

        assert lacks(school) == [("not_fully_paid", "500.00", "1000.00")]

    @pytest.mark.parametrize("other", ["refunded", "without one"])
    def test_who_cannot_earn_it_is_silent(self, other: str) -> None:
        """An order that gives no access, or no certificate, is further from it than one that lacks more."""
        school, _ = taught(CertificateConditions(lessons_percent=100, required_practices=True))
        terms = TermsChange(certificate=NoCertificate() if other == "without one" else CertificateConditions())
        school.offers("other", items=(ItemAsked(product="python", price=Decimal(10), terms=terms),))
        second = school.opens("other")
        school.pays(second)
        if other == "refunded":
            school.refunds(second, "10.00")

        assert codes(school) == ["lessons_percent", "required_practices"]

    def three(self) -> tuple[Office, list[str]]:
        """Give three orders of the product, all activated; the second alone has a certificate."""
        school, first = taught(CertificateConditions())
        orders = [first, school.opens(), school.opens()]
        for order in orders[1:]:
            school.pays(order)
        school.issues(orders[1])
        return school, orders

    def held(self, school: Office, orders: list[str]) -> list[list[int]]:
        """Give the numbers of the valid certificates of each order."""
        found = [school.order(order).certificates for order in orders]
        return [[one.number for one in each if one.revoked_at is None] for each in found]

    def test_carried_on(self) -> None:
        """By the eligible order with the lowest number that has none, under the number and as of the day it had."""
        school, orders = self.three()
        school.at("2026-11-09 10:00").refunds(orders[1], "500.00")

        assert self.held(school, orders) == [[1], [], []]
        assert school.certificate()["issued"] == {"number": 1, "at": "2026-11-01T08:00:00Z"}
        assert school.certificate()["revoked"] is None
        school.refunds(orders[0], "500.00")
        assert self.held(school, orders) == [[], [], [1]]
        school.at("2026-11-10 10:00").refunds(orders[2], "500.00")
        assert self.held(school, orders) == [[], [], []]
        assert school.certificate()["revoked"] == {"number": 1, "at": "2026-11-10T08:00:00Z"}

    def test_not_by_one_that_is_not_eligible(self) -> None:
        """Neither by an order that has a certificate already, nor by one that gives no access."""
        school, orders = self.three()
        school.issues(orders[0])
        school.cancels(orders[2])

        school.refunds(orders[1], "500.00")

        assert self.held(school, orders) == [[2], [], []]

    def test_it_is_not_issued_anew(self) -> None:
        """Who carries it on gets no letter, and no rule of a funnel answers; to issue it again changes nothing."""
        school, orders = self.three()
        letters = len(school.notifier.letters)
        school.refunds(orders[1], "500.00")

        assert school.events(orders[0])[-1] == "certificate.issued"
        assert "certificate_issued" not in school.notifier.letters[letters:]
        assert school.issues(orders[0]).events == ()

    @pytest.mark.parametrize("carried", [True, False])
    def test_a_refund_that_fails_gives_it_back(self, *, carried: bool) -> None:
        """It is where it was, under its number and day, whether it was carried on meanwhile or not."""
        school, orders = self.three()
        second = orders[1]
        school.hears(second, Outcome.SUCCEEDED, 2, amount="500.00")
        if not carried:
            school.cancels(orders[0])
            school.cancels(orders[2])
        school.refunds(second, "500.00")
        school.hears_of_refund(second, "500.00", 2)
        assert self.held(school, orders) == ([[1], [], []] if carried else [[], [], []])

        school.at("2026-11-09 10:00").hears_of_refund(second, "500.00", 2, outcome=Outcome.FAILED)

        assert self.held(school, orders) == [[], [1], []]
        assert school.certificate()["issued"] == {"number": 1, "at": "2026-11-01T08:00:00Z"}

    def test_revoked_by_hand_is_not_given_back(self) -> None:
        """What a person took stays taken, and nobody carries it on (C5)."""
        school, orders = self.three()
        second = orders[1]
        school.hears(second, Outcome.SUCCEEDED, 2, amount="500.00")
        school.does(asked.RevokeCertificate(order=second, product="python", reason="by mistake"))
        assert self.held(school, orders) == [[], [], []]
        school.refunds(second, "500.00")
        school.hears_of_refund(second, "500.00", 2)
        school.hears_of_refund(second, "500.00", 2, outcome=Outcome.FAILED)

        assert self.held(school, orders) == [[], [], []]

    def test_each_order_has_its_own(self) -> None:
        """A refund revokes those of its order; the one of another order is still there."""
        school, first = taught(CertificateConditions())
        second = school.opens()
        school.pays(second)
        school.issues(first)
        school.issues(second)

        school.refunds(second, "500.00")
        assert school.certificate()["issued"] == {"number": 1, "at": "2026-11-01T08:00:00Z"}
        assert school.certificate()["revoked"] is None
        school.refunds(first, "500.00")
        assert school.certificate()["issued"] is None
        assert school.certificate()["revoked"] == {"number": 2, "at": "2026-11-01T08:00:00Z"}


class TestC5:
    """A certificate can be revoked by hand with a reason (`revoke_certificate`), and then be issued anew under a new
    number."""

    def test_revoked_and_issued_anew(self) -> None:
        """The reason is in the history, and the number is not used again."""
        school, order = taught(CertificateConditions())
        school.issues(order)
        revoking = asked.RevokeCertificate(order=order, product="python", reason="the name was wrong")

        school.at("2026-11-05 10:00").does(revoking)

        view = school.certificate()
        assert (view["eligible"], view["issued"]) == (True, None)
        assert view["revoked"] == {"number": 1, "at": "2026-11-05T08:00:00Z"}
        event = school.history(order)[-1].event
        assert event == CertificateRevoked(product="python", number=1, reason="the name was wrong")
        assert school.refused(revoking) == "certificate.not_issued"
        school.issues(order)
        assert school.certificate()["issued"] == {"number": 2, "at": "2026-11-05T08:00:00Z"}

    def test_what_is_not_there(self) -> None:
        """Neither one that was not issued, nor of a product that the order has not; of a cancelled order it works."""
        school, order = taught(CertificateConditions())
        revoking = asked.RevokeCertificate(order=order, product="python", reason="x")
        assert school.refused(revoking) == "certificate.not_issued"
        assert school.refused(asked.RevokeCertificate(order=order, product="sql", reason="x")) == "not_found"

        school.issues(order)
        school.cancels(order)
        school.does(revoking)

        assert school.certificate()["issued"] is None
