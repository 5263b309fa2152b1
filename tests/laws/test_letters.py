"""N1, N2: which letters and events go out, to whom, and how often."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.changes import OutboxRow
from kwiga_orders.course import CertificateConditions, Course
from kwiga_orders.errors import Conflict, Refused
from kwiga_orders.letter_kinds import LETTER_KINDS
from kwiga_orders.offers import EditOffer
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Activation, Outcome
from kwiga_orders.queries import LettersQuery
from kwiga_orders.testing.school import RecordingNotifier, local
from tests.laws.office import Office
from tests.laws.post import HALVES, MONTHLY, WEEK, Say, anything, school_with_two


@attrs.define
class Unreliable(RecordingNotifier):
    """A notifier that fails after so many rows, once."""

    works_for: int = 0

    def notify(self, project: str, row: OutboxRow, /) -> None:
        """Keep a row, or fail."""
        if self.works_for == 0:
            self.works_for = 1000
            raise ConnectionError
        self.works_for -= 1
        super().notify(project, row)


@attrs.define(kw_only=True)
class Particular(RecordingNotifier):
    """A notifier that never hands on one kind of row of an order."""

    refuses: str
    order: str

    def notify(self, project: str, row: OutboxRow, /) -> None:
        """Keep a row, or fail."""
        if (row.name, row.order) == (self.refuses, self.order):
            raise ConnectionError
        super().notify(project, row)


class TestN1:
    """What happened is told through the outbox, written in the same transaction as the change: nothing is sent for a
    change that was rolled back; what was committed is sent at least once, in order per order, with stable ids. What
    cannot be sent: `test_delivery`.
    """

    @given(said=st.lists(st.tuples(st.integers(0, 1), anything()), max_size=8))
    def test_all_that_happened(self, said: list[tuple[int, Say]]) -> None:
        """Every row of history is told once, in its order, and nothing else; ids sort as they were told."""
        school, orders = school_with_two()
        for which, say in said:
            try:
                school.does(say(orders[which]))
            except Refused:
                continue

        for order in orders:
            rows = [row for row in school.notifier.rows if row.order == order]
            assert [row.name for row in rows if row.kind == "event"] == school.events(order)
            assert [row.id for row in rows] == sorted({row.id for row in rows})

    def test_nothing_of_what_was_refused(self) -> None:
        """A command that is refused, or was decided on an old state, tells nothing."""
        school, (order, _) = school_with_two()

        school.refused(asked.ExtendAccess(order=order, by=WEEK))
        school.moves(order, "paid")
        with pytest.raises(Conflict):
            school.orders.execute(asked.CancelOrder(order=order, expected_version=1))

        assert school.store.pending("school", limit=100) == ()
        assert [row.name for row in school.notifier.rows if row.order == order][-1] == "order.moved"

    @given(works_for=st.integers(0, 5), limit=st.integers(1, 4))
    def test_at_least_once(self, works_for: int, limit: int) -> None:
        """What could not be handed on is handed on later, in the same order, under the same id."""
        school, (order, _) = school_with_two()
        school.orders.execute(asked.MarkPaid(order=order, payment=f"{order}.1"))
        waiting = school.store.pending("school", limit=100)
        notifier = Unreliable(works_for=works_for)

        failed = 0
        while school.store.pending("school", limit=1):
            try:
                assert school.orders.relay_once(notifier, limit=limit) <= limit
            except ConnectionError:
                failed += 1
                school.clock.set(school.now + timedelta(minutes=1))

        assert notifier.rows == list(waiting)
        assert failed == (works_for < len(waiting))
        assert school.orders.relay_once(notifier) == 0

    def test_a_row_that_always_fails(self) -> None:
        """It holds up its own order, where nothing overtakes it, and no other; what went wrong is raised at the end."""
        school, (order, other) = school_with_two()
        notifier = Particular(refuses="payment_succeeded", order=order)
        for command in (
            asked.EditOrder(order=order, comment="x"),
            asked.MarkPaid(order=order, payment=f"{order}.1"),
            asked.MarkPaid(order=other, payment=f"{other}.1"),
            asked.EditOrder(order=order, comment="y"),
        ):
            school.orders.execute(command)

        for _ in range(2):
            with pytest.raises(ConnectionError):
                school.orders.relay_once(notifier)
            school.clock.set(school.now + timedelta(minutes=1))

        mine = ["order.edited", "payment.paid", "order.activated", "order.partially_paid", "order.moved"]
        assert [row.name for row in notifier.rows if row.order == order] == mine
        theirs = [row.name for row in notifier.rows if row.order == other]
        assert theirs[-2:] == ["payment_succeeded", "access_granted"]
        waiting = [row.name for row in school.store.pending("school", limit=100)]
        assert waiting == ["payment_succeeded", "access_granted", "order.edited"]

    def test_letters_that_were_handed_on(self) -> None:
        """The question about letters answers with what was handed on, not with what still waits."""
        school, (order, other) = school_with_two()
        school.pays(order)
        school.orders.execute(asked.MarkPaid(order=other, payment=f"{other}.1"))

        def letters(contact: str | None) -> list[tuple[str, str, str]]:
            view = school.orders.ask(LettersQuery(contact=contact))
            assert isinstance(view, list)
            return [(one["kind"], one["to"], one["order"]) for one in view]

        expected = [("payment_succeeded", "olena", order), ("access_granted", "olena", order)]
        assert letters(None) == letters("olena") == expected
        assert letters("taras") == []
        school.orders.relay_once(school.notifier)
        assert [kind for kind, _, _ in letters("taras")] == ["payment_succeeded", "access_granted"]


def frozen(school: Office, order: str) -> Office:
    """Freeze all lines of an order that was paid."""
    school.pays(order)
    school.does(asked.FreezeAccess(order=order, period=WEEK))
    return school


def renewed(school: Office, order: str) -> None:
    """Pay two periods of a subscription."""
    school.pays(order)
    school.at("2026-12-01 10:00").renews(order)
    school.pays(order, 2)


STORIES: dict[str, tuple[str, Callable[[Office, str], object], list[str]]] = {
    "payment_added": (
        "two",
        lambda school, order: school.owes(order, "10.00", notify=True),
        ["payment_added"],
    ),
    "payment_reminder": (
        "two",
        lambda school, order: school.does(asked.Remind(order=order, payment=f"{order}.1")),
        ["payment_reminder"],
    ),
    "payment_succeeded": (
        "two",
        lambda school, order: (school.pays(order), school.pays(order, 2)),
        ["payment_succeeded", "access_granted", "payment_succeeded"],
    ),
    "payment_failed": ("two", lambda school, order: school.hears(order, Outcome.FAILED), ["payment_failed"]),
    "access_granted": (
        "try",
        lambda school, order: None,
        ["access_granted"],
    ),
    "access_frozen": ("two", frozen, ["payment_succeeded", "access_granted", "access_frozen"]),
    "access_unfrozen": (
        "two",
        lambda school, order: frozen(school, order).does(asked.UnfreezeAccess(order=order)),
        ["payment_succeeded", "access_granted", "access_frozen", "access_unfrozen"],
    ),
    "access_extended": (
        "sub",
        lambda school, order: (school.pays(order), school.does(asked.ExtendAccess(order=order, by=WEEK))),
        ["payment_succeeded", "access_granted", "access_extended"],
    ),
    "free_offer_accepted": ("free", lambda school, order: None, ["free_offer_accepted", "access_granted"]),
    "refund_made": (
        "two",
        lambda school, order: (school.pays(order), school.refunds(order, "1.00"), school.refunds(order, "1.00")),
        ["payment_succeeded", "access_granted", "refund_made", "refund_made"],
    ),
    "subscription_renewed": (
        "sub",
        renewed,
        ["payment_succeeded", "access_granted", "subscription_renewed"],
    ),
    "certificate_issued": (
        "two",
        lambda school, order: (school.pays(order), school.issues(order)),
        ["payment_succeeded", "access_granted", "certificate_issued"],
    ),
}
"""For each kind of letter: an option to open the offer with, what happens then, and all letters of it in order."""


def told(kind: str, *, quiet: frozenset[str] = frozenset()) -> list[str]:
    """Tell the story of a kind of letter, of an offer of two products; give the letters."""
    option, story, _ = STORIES[kind]
    school = Office()
    for product in ("python", "sql"):
        school.has(Course(product=product, certificate=CertificateConditions()))
    trial = attrs.evolve(MONTHLY, id="try", trial=WEEK)
    free = attrs.evolve(HALVES, id="free", total=Decimal(0))
    school.offers(products=("python", "sql"), payment_options=(HALVES, MONTHLY, trial, free), quiet=quiet)
    story(school, school.opens(option=option))
    return school.notifier.letters


class TestN2:
    """Letters (kinds): … An offer may switch kinds off. Dedupe key: a letter is never sent twice for the same fact.
    `payment_added` is sent only when the command asks (`notify`); `payment_succeeded` with each paid payment,
    `access_granted` once at activation; `free_offer_accepted` in place of `payment_succeeded`, and so
    `subscription_renewed`, with each period paid but the first.
    """

    def test_the_kinds(self) -> None:
        """Each has its story here, but those that time alone brings."""
        assert set(LETTER_KINDS) - set(STORIES) == {"payment_upcoming", "access_expiring", "access_expired"}

    @pytest.mark.parametrize("kind", STORIES)
    def test_each_kind(self, kind: str) -> None:
        """It is sent when it should be, among the others, in the order of cause."""
        assert told(kind) == STORIES[kind][2]

    @pytest.mark.parametrize("kind", STORIES)
    def test_switched_off(self, kind: str) -> None:
        """It is not sent any more, and all others still are."""
        assert told(kind, quiet=frozenset({kind})) == [one for one in STORIES[kind][2] if one != kind]

    def test_not_asked_for(self) -> None:
        """Payments that are added without `notify`, or made by an offer, are not announced."""
        school, (order, other) = school_with_two()

        school.owes(order, "10.00")
        school.at("2026-12-01 10:00").renews(other)

        assert school.notifier.letters == []

    def test_switched_off_later(self) -> None:
        """What the offer says now counts, for its older orders, too; an order made by hand has no offer."""
        school, (order, _) = school_with_two()
        by_hand = school.makes("1.00")
        school.owes(by_hand, "1.00")
        school.does(EditOffer(offer="basic", quiet=frozenset({"payment_succeeded", "access_granted"})))

        school.pays(order)
        assert school.notifier.letters == []
        school.pays(by_hand)
        assert school.notifier.letters == ["payment_succeeded", "access_granted"]

    def test_free_by_hand(self) -> None:
        """An order that was made by hand for nothing is no offer that was accepted."""
        school = Office()

        school.makes("0")

        assert school.notifier.letters == ["access_granted"]

    def test_free_by_a_discount(self) -> None:
        """What had a price when it was opened was not a free offer."""
        school, (order, _) = school_with_two()

        school.does(asked.EditLine(order=order, product="python", price=Decimal(0)))

        assert school.notifier.letters == ["access_granted"]

    def test_activated_anew(self) -> None:
        """What a late refund undid was no activation; the one that happens after all is told, as its preview says."""
        school, (order, _) = school_with_two("full_payment")
        school.hears(order, Outcome.SUCCEEDED, 1, reference="a", at=local("2026-11-01 10:00"))
        school.at("2026-11-03 10:00").hears(order, Outcome.SUCCEEDED, 2, reference="b", at=local("2026-11-03 10:00"))
        assert school.notifier.letters == ["payment_succeeded", "payment_succeeded", "access_granted"]

        school.at("2026-11-04 10:00").hears_of_refund(order, "100.00", at=local("2026-11-02 10:00"))
        assert school.reasons() == ["not_paid"]
        third = school.owes(order, "100.00")
        command = asked.MarkPaid(order=order, payment=third)
        announced = [letter["kind"] for letter in school.orders.preview(command)["letters"]]
        school.does(command)

        assert not school.reasons()
        assert announced == ["payment_succeeded", "access_granted"] == school.notifier.letters[-2:]

    def test_paid_after_a_mark_was_taken_back(self) -> None:
        """P6: the mark was not made, so the payment that comes after all is told, as its preview says (K3)."""
        school = Office().at("2026-11-01 10:00")
        order = school.sold()
        school.pays(order)
        school.does(asked.MarkUnpaid(order=order, payment=f"{order}.1", reason="another Olena"))
        command = asked.MarkPaid(order=order, payment=f"{order}.1")
        announced = [letter["kind"] for letter in school.at("2026-11-03 10:00").orders.preview(command)["letters"]]
        school.does(command)

        assert announced == ["payment_succeeded", "access_granted"] == school.notifier.letters[2:]

    @pytest.mark.parametrize("reference", ["w-1", "w-2"])
    def test_money_accepted_of_a_paid_payment(self, reference: str) -> None:
        """P11: in place of what had paid it, or beside it: it is paid already, so no letter is made a second time."""
        school = Office().at("2026-11-01 10:00")
        order = school.sold()
        school.hears(order, Outcome.SUCCEEDED, amount="1000.00", reference="w-1")
        school.at("2026-11-02 10:00").hears(order, Outcome.SUCCEEDED, amount="500.00", reference=reference)
        command = asked.AcceptAnomaly(order=order, payment=f"{order}.1", reference=reference)

        assert school.orders.preview(command)["letters"] == []

    @given(
        opens_on=st.sampled_from(["first_payment", "full_payment"]),
        said=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2), anything()), max_size=10),
    )
    def test_a_fact_is_told_once(self, opens_on: Activation, said: list[tuple[int, int, Say]]) -> None:
        """Whatever comes in whatever order, no letter is even made a second time: what a preview announces is exactly
        what is handed on (K3), each under a key of its own.
        """
        school, orders = school_with_two(opens_on)

        for which, days, say in said:
            school.clock.set(school.now + timedelta(days=days))
            command, handed_on = say(orders[which]), len(school.notifier.letters)
            try:
                announced = school.orders.preview(command)["letters"]
                school.does(command)
            except Refused:
                announced = []
            assert school.notifier.letters[handed_on:] == [letter["kind"] for letter in announced]

        keys = [row.key for row in school.notifier.rows]
        assert len(keys) == len(set(keys))

    def test_what_they_say(self) -> None:
        """Ids, amounts, instants and windows, for a text in the language of whoever reads it (N3)."""
        school = Office()
        order = school.sold()
        school.hears(order, Outcome.FAILED, reason="insufficient_funds")
        school.pays(order)
        school.refunds(order, "1.00", reason="a gift")
        school.does(asked.FreezeAccess(order=order, period=WEEK))

        letters = {row.name: row.data for row in school.notifier.rows if row.kind == "letter"}
        now, money = "2026-11-01T08:00:00+00:00", {"payment": f"{order}.1", "currency": "UAH"}
        window = {"products": [{"product": "python", "starts_at": now, "ends_at": None}]}
        assert letters["payment_succeeded"] == {
            "number": 1,
            **money,
            "amount": "1000.00",
            "due_at": now,
            "paid_at": now,
        }
        assert letters["payment_failed"] == {"number": 1, **money, "amount": "1000.00", "due_at": now}
        assert letters["refund_made"] == {"number": 1, **money, "amount": "1.00"}
        assert letters["access_granted"] == {"number": 1, **window}
        assert letters["access_frozen"] == {
            "number": 1,
            **window,
            "starts_at": now,
            "ends_at": "2026-11-08T08:00:00+00:00",
        }

    def test_one_letter_for_all_products(self) -> None:
        """What one command did to several products is one fact, told in one letter that names them all."""
        school = Office()
        order = school.sold(products=("python", "sql"))
        school.pays(order)
        school.does(asked.FreezeAccess(order=order, period=WEEK))

        (letter,) = (row for row in school.notifier.rows if row.name == "access_frozen")
        products = letter.data["products"]
        assert isinstance(products, list)
        assert [one["product"] for one in products] == ["python", "sql"]
