"""P1, P2, P6, P14: payments as the staff handles them."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.errors import InvalidInput
from kwiga_orders.money import Money
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.events import PaymentEdited
from kwiga_orders.payments import Outcome, PaymentKind, PaymentState
from kwiga_orders.testing.school import local
from tests.laws.calendars import MOMENT
from tests.laws.office import Office, edit, refund


class TestP1:
    """A payment is what is owed once: id, amount, kind (a label, no effect), created_at, due_at (default: now; may be
    in the future), method, gateway, comment, closes_access (default false), state.
    """

    def test_what_is_not_named(self) -> None:
        """A payment of which only the amount is named is owed now, on the platform, and closes nothing."""
        school = Office()
        order = school.makes()

        id = school.owes(order, "400.00")

        payment = school.order(order).payment(id)
        assert (payment.amount.amount, payment.kind, payment.method) == ("400.00", "regular", "cashless")
        assert (payment.gateway, payment.comment, payment.closes_access) == (None, None, False)
        assert payment.created_at == payment.due_at == school.now
        assert payment.state is PaymentState.UNPAID

    def test_what_is_named(self) -> None:
        """Everything that is named is kept, and the card shows it."""
        school = Office()
        order = school.makes()

        school.owes(
            order,
            "400.00",
            kind="surcharge",
            due_at=local("2026-12-01 09:00"),
            method="bank_transfer",
            gateway="wayforpay",
            closes_access=True,
            comment="by invoice",
        )

        (shown,) = school.card(order)["payments"]
        assert (shown["kind"], shown["method"], shown["gateway"]) == ("surcharge", "bank_transfer", "wayforpay")
        assert (shown["amount"], shown["due_at"]) == ("400.00", "2026-12-01T07:00:00Z")
        assert (shown["closes_access"], shown["comment"], shown["state"]) == (True, "by invoice", "unpaid")

    def test_paid_at_once(self) -> None:
        """What was just paid is added and paid with one command, at one instant."""
        school = Office()
        order = school.makes()

        school.owes(order, "400.00", method="cash", paid=True)

        paid = school.payment(order).paid
        assert paid is not None
        assert paid.at == school.now
        assert school.events(order, since=1)[:2] == ["payment.added", "payment.paid"]

    @pytest.mark.parametrize("kind", ["prepayment", "surcharge"])
    def test_the_kind_is_a_label(self, kind: PaymentKind) -> None:
        """With another kind everything else is the same: sums, status, access."""

        def story(kind: PaymentKind) -> tuple[object, ...]:
            school = Office()
            order = school.makes()
            school.owes(order, "400.00", kind=kind, paid=True)
            school.owes(order, "600.00", kind=kind, closes_access=True)
            (first, second) = school.card(order)["payments"]
            shown = {**school.card(order), "payments": [{**first, "kind": ""}, {**second, "kind": ""}], "history": []}
            return shown, school.access(), school.events(order)

        assert story(kind) == story("regular")

    @pytest.mark.parametrize(("amount", "code"), [("0", "input.invalid"), ("0.001", "money.too_precise")])
    def test_nothing_and_less_is_not_owed(self, amount: str, code: str) -> None:
        """An amount is more than nothing, and no finer than its currency (M1)."""
        school = Office()
        order = school.sold()

        assert school.refused(asked.AddPayment(order=order, amount=Decimal(amount))) == code
        assert school.refused(edit(order, amount=Decimal(amount))) == code

    def test_less_than_nothing_is_no_amount(self) -> None:
        """K7: a command for less than nothing cannot be made."""
        with pytest.raises(InvalidInput):
            asked.AddPayment(order="o1", amount=Decimal("-5.00"))
        with pytest.raises(InvalidInput):
            asked.RefundPayment(order="o1", payment="o1.1", amount=Decimal("-5.00"))

    @given(amounts=st.lists(st.integers(1, 10**9), min_size=1, max_size=6))
    def test_each_is_owed_once(self, amounts: list[int]) -> None:
        """Payments have ids of their own; what they ask together beyond the balance is on top of it."""
        school = Office()
        order = school.makes("1000.00")

        ids = [school.owes(order, str(Decimal(minor) / 100)) for minor in amounts]

        assert len(set(ids)) == len(amounts)
        assert [payment.amount.minor for payment in school.order(order).payments] == amounts
        assert school.order(order).sums.balance.minor == max(100_000, sum(amounts))


_UNPAID, _PAID, _PARTLY, _REFUNDED, _VOID = (
    PaymentState.UNPAID,
    PaymentState.PAID,
    PaymentState.PARTIALLY_REFUNDED,
    PaymentState.REFUNDED,
    PaymentState.VOID,
)


class TestP2:
    """States: unpaid → paid → partially_refunded → refunded; unpaid → void. An unpaid payment can be edited; a paid one
    cannot, except its comment.
    """

    NEXT = {
        (_UNPAID, "pay"): _PAID,
        (_UNPAID, "void"): _VOID,
        (_UNPAID, "edit"): _UNPAID,
        (_UNPAID, "refund"): "refund.not_paid",
        (_VOID, "pay"): "payment.void",
        (_VOID, "void"): "payment.void",
        (_VOID, "edit"): "payment.void",
        (_VOID, "refund"): "refund.not_paid",
        (_PAID, "refund"): _PARTLY,
        (_PARTLY, "refund"): _REFUNDED,
        (_REFUNDED, "refund"): "refund.exceeds_paid",
        **{(state, "pay"): "payment.already_paid" for state in (_PAID, _PARTLY, _REFUNDED)},
        **{(state, "void"): "payment.already_paid" for state in (_PAID, _PARTLY, _REFUNDED)},
        **{(state, "edit"): "payment.not_editable" for state in (_PAID, _PARTLY, _REFUNDED)},
    }

    @given(actions=st.lists(st.sampled_from(["pay", "void", "edit", "refund"]), max_size=8))
    def test_the_table(self, actions: list[str]) -> None:
        """Whatever is tried, in whichever order, the state is where the table leads, or the table says why not."""
        school = Office()
        order = school.sold("1000.00")
        due_at, expected = school.now, _UNPAID

        for action in actions:
            due_at += timedelta(days=1)
            command: asked.OrderCommand = {
                "pay": asked.MarkPaid(order=order, payment=f"{order}.1"),
                "void": asked.VoidPayment(order=order, payment=f"{order}.1"),
                "edit": edit(order, due_at=due_at),
                "refund": refund(order, "500.00"),
            }[action]
            outcome = self.NEXT[expected, action]
            if isinstance(outcome, PaymentState):
                school.does(command)
                expected = outcome
            else:
                assert school.refused(command) == outcome
            assert school.payment(order).state is expected

    EDITS: tuple[tuple[str, Any, Any], ...] = (
        ("amount", Decimal("900.00"), Money(90_000, "UAH")),
        ("kind", "prepayment", "prepayment"),
        ("due_at", local("2026-12-01 09:00"), local("2026-12-01 09:00")),
        ("method", "cash", "cash"),
        ("gateway", "stripe", "stripe"),
        ("closes_access", True, True),
        ("comment", "called twice", "called twice"),
    )

    @pytest.mark.parametrize(("field", "named", "there"), EDITS)
    def test_unpaid_everything_can_be_edited(self, field: str, named: Any, there: Any) -> None:
        """The field has its new value, the others stay, and history has both values."""
        school = Office()
        order = school.sold()
        before = school.payment(order)

        school.does(edit(order, **{field: named}))

        event = school.history(order)[-1].event
        assert school.payment(order) == attrs.evolve(before, **{field: there})
        assert isinstance(event, PaymentEdited)
        assert (getattr(event.before, field), getattr(event.after, field)) == (getattr(before, field), there)

    @pytest.mark.parametrize(("field", "named"), [edit[:2] for edit in EDITS if edit[0] != "comment"])
    @pytest.mark.parametrize("back", [None, "400.00", "1000.00"])
    def test_paid_only_the_comment(self, field: str, named: Any, back: str | None) -> None:
        """Paid, or refunded partly or fully, it takes no other edit, not even together with a comment."""
        school = Office()
        order = school.sold()
        school.pays(order)
        if back is not None:
            school.refunds(order, back)

        refused = edit(order, **{field: named, "comment": "mistyped"})

        assert school.refused(refused) == "payment.not_editable"
        school.does(edit(order, comment="checked"))
        assert school.payment(order).comment == "checked"

    def test_an_edit_to_what_is_there(self) -> None:
        """It changes nothing, of a paid payment, too: no version, no history (K2)."""
        school = Office()
        order = school.sold()
        school.pays(order)
        version = school.order(order).version

        school.does(edit(order, amount=Decimal("1000.00"), kind="regular", closes_access=False))

        assert school.order(order).version == version
        assert school.events(order, since=version) == []

    def test_unknown(self) -> None:
        """A payment that the order does not have is not found, also one of another order (K6)."""
        school = Office()
        order, other = school.sold(), school.opens()

        for payment in ("nothing", f"{order}.2", f"{other}.1"):
            assert school.refused(asked.VoidPayment(order=order, payment=payment)) == "not_found"


class TestP6:
    """A gateway's success for a void payment is recorded as paid and flagged; by hand it is refused. Marking paid by
    hand takes an optional comment and `paid_at` (not in the future). A gateway's success does the same by itself.
    Paying twice is refused by hand and idempotent from a gateway.
    """

    def test_void(self) -> None:
        """A void payment is not paid by hand; a gateway's money for it is kept, counts, and is flagged."""
        school = Office()
        order = school.sold()
        school.voids(order)

        assert school.refused(asked.MarkPaid(order=order, payment=f"{order}.1")) == "payment.void"
        assert not school.order(order).needs_attention
        school.hears(order, Outcome.SUCCEEDED, amount="1000.00")
        card = school.card(order)
        assert (card["payments"][0]["state"], card["payment_status"], card["paid"]) == ("paid", "paid", "1000.00")
        assert card["needs_attention"]
        assert school.access().open

    @pytest.mark.parametrize("days", [0, 1, 400])
    def test_paid_at(self, days: int) -> None:
        """It was paid when the staff says it was, also before the order was made, which opens it no earlier (P5);
        without a word, now.
        """
        school = Office()
        order = school.sold()
        paid_at = school.now - timedelta(days=days)

        school.does(asked.MarkPaid(order=order, payment=f"{order}.1", paid_at=paid_at if days else None))

        assert school.card(order)["payments"][0]["paid_at"] == paid_at.isoformat().replace("+00:00", "Z")
        assert school.order(order).activated_at == school.now

    def test_not_in_the_future(self) -> None:
        """Nothing was paid later than now, by a moment even."""
        school = Office()
        order = school.sold()
        command = asked.MarkPaid(order=order, payment=f"{order}.1", paid_at=school.now + MOMENT)

        assert school.refused(command) == "payment.in_future"

    def test_the_comment(self) -> None:
        """A comment given is kept; one that was there stays if none is given."""
        school = Office()
        order = school.makes()
        for amount in ("10.00", "20.00"):
            school.owes(order, amount, comment="agreed")
        school.pays(order)
        school.does(asked.MarkPaid(order=order, payment=f"{order}.2", comment="in cash"))

        assert [school.payment(order, number).comment for number in (1, 2)] == ["agreed", "in cash"]

    def test_twice(self) -> None:
        """Paid again by hand it is refused; reported again by a gateway, nothing happens."""
        school = Office()
        order = school.sold()
        school.hears(order, Outcome.SUCCEEDED, amount="1000.00")
        version, letters = school.order(order).version, list(school.notifier.letters)

        school.at("2026-11-01 12:00").hears(order, Outcome.SUCCEEDED, amount="1000.00")

        assert school.refused(asked.MarkPaid(order=order, payment=f"{order}.1")) == "payment.already_paid"
        assert school.order(order).version == version
        assert school.notifier.letters == letters

    def test_a_gateway_does_the_same_by_itself(self) -> None:
        """By hand or through a gateway: the same sums, activation, status, access, letters."""

        def story(*, by_hand: bool) -> tuple[object, ...]:
            school = Office()
            order = school.sold()
            school.at("2026-11-01 11:00")
            if by_hand:
                school.pays(order)
            else:
                school.hears(order, Outcome.SUCCEEDED, amount="1000.00")
            return school.customer_card(order), school.status(order), school.access(), school.notifier.letters

        assert story(by_hand=True) == story(by_hand=False)

    def test_a_gateway_after_the_staff(self) -> None:
        """Money that was noted by hand and is then reported counts once, as it was noted; whether it is the same nobody
        can know, so a person must look.
        """
        school = Office()
        order = school.sold()
        school.pays(order)
        earlier = school.now - timedelta(minutes=5)

        school.hears(order, Outcome.SUCCEEDED, amount="1000.00", at=earlier)

        paid, card = school.payment(order).paid, school.card(order)
        assert paid is not None
        assert paid.at == school.now
        assert (card["paid"], [item["code"] for item in card["attention"]]) == ("1000.00", ["paid_twice"])
        assert [attempt["outcome"] for attempt in card["payments"][0]["attempts"]] == ["succeeded"]

    def test_two_attempts_paid(self) -> None:
        """Money of two attempts for one payment is money twice, and a person must look at it (P4)."""
        school = Office()
        order = school.sold()
        school.hears(order, Outcome.SUCCEEDED, amount="1000.00", reference="w-1")
        assert not school.order(order).needs_attention

        school.hears(order, Outcome.SUCCEEDED, amount="1000.00", reference="w-2")

        (item,) = school.card(order)["attention"]
        assert (item["code"], item["reference"], item["amount"]) == ("paid_twice", "w-2", "1000.00")
        assert (school.card(order)["paid"], school.card(order)["overpaid"]) == ("2000.00", "1000.00")

    def test_for_a_cancelled_order(self) -> None:
        """O12: money that arrives after cancelling is recorded and flagged, and opens nothing."""
        school = Office()
        order = school.sold()
        school.cancels(order)

        school.hears(order, Outcome.SUCCEEDED, amount="1000.00")

        card = school.card(order)
        assert (card["paid"], card["needs_attention"]) == ("1000.00", True)
        assert school.reasons() == ["order_cancelled"]


class TestP14:
    """A letter for an unpaid payment can be sent by hand (`remind`), at most once per payment per hour."""

    @given(gaps=st.lists(st.sampled_from([0, 1, 59, 60, 61, 3599, 3600, 3601, 7200]), max_size=6))
    def test_once_an_hour(self, gaps: list[int]) -> None:
        """A reminder is sent just when none was sent within the hour before; refused ones do not count."""
        school = Office()
        order = school.sold()
        command = asked.Remind(order=order, payment=f"{order}.1")
        sent: datetime | None = None

        for gap in (0, *gaps):
            school.clock.set(school.now + timedelta(seconds=gap))
            if sent is None or school.now - sent >= timedelta(hours=1):
                school.does(command)
                sent = school.now
                assert school.notifier.letters[-1] == "payment_reminder"
            else:
                assert school.refused(command) == "reminder.too_soon"

    def test_to_the_moment(self) -> None:
        """A moment before the hour is over it is too soon, and the refusal says when it is not."""
        school = Office()
        order = school.sold()
        command = asked.Remind(order=order, payment=f"{order}.1")
        school.does(command)
        over = school.now + timedelta(hours=1)

        school.clock.set(over - MOMENT)
        assert school.refusal(command).details["again_at"] == over.isoformat()
        school.clock.set(over)
        school.does(command)
        assert school.notifier.letters == ["payment_reminder", "payment_reminder"]

    def test_each_payment_by_itself(self) -> None:
        """A reminder of one payment does not hold up that of another."""
        school = Office()
        order = school.sold()
        other = school.owes(order, "10.00")
        school.does(asked.Remind(order=order, payment=f"{order}.1"))

        school.does(asked.Remind(order=order, payment=other))

        assert [row.data["payment"] for row in school.notifier.rows if row.kind == "letter"] == [f"{order}.1", other]

    def test_unpaid_only(self) -> None:
        """Nobody is reminded of what is paid, refunded or void."""
        school = Office()
        order = school.sold()
        school.owes(order, "10.00")
        school.voids(order, 2)
        school.pays(order)

        for number in (1, 2):
            assert school.refused(asked.Remind(order=order, payment=f"{order}.{number}")) == "reminder.not_unpaid"
