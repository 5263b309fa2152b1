"""O3, O4, O11: where an opening came from, and orders that are made by hand, of lines or from an offer."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kwiga_orders.errors import InvalidInput
from kwiga_orders.offers import AmountOff, ArchiveOffer, EditOffer, ItemChange, OfferState, PercentOff
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Full, Parts, PaymentState, PaymentStatus, Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.project import Actor
from kwiga_orders.terms import TermsChange, Until
from tests.laws.office import Office

MONTH = Period(months=1)
TWO_PARTS = Parts(id="parts", count=2, every=MONTH)
MONTHLY = Subscribe(id="sub", amount=Decimal(300), every=MONTH)
PYTHON = asked.LineAsked(product="python", price=Decimal(1000))


def selling(**fields: Any) -> Office:
    """A school that sells `basic` for 1000, in full, in two parts or by the month."""
    school = Office()
    school.at("2026-11-02 10:00")
    school.offers(**{"payment_options": (Full(id="full"), TWO_PARTS, MONTHLY), **fields})
    return school


def by_hand(school: Office, **fields: Any) -> str:
    """Make an order by hand from `basic`, if no lines are named; give its id."""
    if "lines" not in fields:
        fields = {"offer": "basic", **fields}
    receipt = school.does(asked.CreateOrder(contact="olena", **fields))
    assert receipt.order is not None
    return receipt.order


def payment(amount: str, **fields: Any) -> asked.NewPayment:
    """Ask for a payment with the order."""
    return asked.NewPayment(amount=Decimal(amount), **fields)


class TestO3:
    """An opening says where it came from (`source`: `page`, `form`, `widget`, `import`, `api`, or any text of the host;
    `null` by hand).
    """

    @pytest.mark.parametrize("source", [None, "page", "our own place"])
    def test_where_it_came_from(self, source: str | None) -> None:
        """It is kept with the order, and on its card."""
        school = selling()
        receipt = school.does(asked.OpenOffer(offer="basic", contact="olena", source=source))

        assert receipt.order is not None
        assert school.card(receipt.order)["source"] == source

    def test_by_hand_there_are_no_twins(self) -> None:
        """O4: twins are neither superseded nor supersede, whatever is paid, cancelled or reopened."""
        school = selling()
        opened, made = school.opens(), by_hand(school)
        assert school.order(opened).superseded_by is None
        again = school.opens()
        assert school.order(opened).superseded_by == again
        school.pays(made)
        assert school.payment(opened).state is PaymentState.UNPAID
        assert school.card(opened)["superseded_by"] == again
        other = by_hand(school)
        school.cancels(other)
        school.does(asked.ReopenOrder(order=other))
        school.pays(again)

        assert school.order(other).superseded_by is None
        assert school.payment(other).state is PaymentState.UNPAID
        assert school.payment(opened).state is PaymentState.VOID


class TestO4:
    """An order can be made by hand … lines, payments (unpaid and paid, all in the one command). It can be made from an
    offer, too: lines, discount, funnel and payments are then those of the offer; further payments and everything else
    may be named as well.
    """

    def test_payments_in_the_command(self) -> None:
        """What was paid opens the order at once; what is due later is a part of what is owed."""
        school = selling()
        paid = payment("400", method="cash", paid=True, comment="at the desk")
        due = payment("600", due_at=date(2026, 12, 1), closes_access=True)
        order = school.order(by_hand(school, lines=(PYTHON,), payments=(paid, due)))

        assert [one.id for one in order.payments] == [f"{order.id}.1", f"{order.id}.2"]
        assert (order.payments[0].state, order.payments[0].comment) == (PaymentState.PAID, "at the desk")
        assert (order.payment_status, order.activated_at) == (PaymentStatus.PARTIALLY_PAID, school.now)
        assert not order.on_top
        assert not order.attention
        assert order.version == 1
        names = school.events(order.id)
        assert names[:4] == ["order.created", "payment.added", "payment.paid", "payment.added"]
        assert "order.partially_paid" in names

    def test_beyond_the_balance_is_on_top(self) -> None:
        """P1: each payment is weighed with those before it in the command."""
        school = selling()
        card = school.card(by_hand(school, lines=(PYTHON,), payments=(payment("700"), payment("500"))))

        assert (card["total"], card["on_top"]) == ("1200.00", "200.00")
        assert [one["on_top"] for one in card["payments"]] == ["0.00", "200.00"]

    def test_paid_in_full_it_is_free_of_debts(self) -> None:
        """An order paid on the spot is paid from its first version on, and has no status in between."""
        school = selling()
        order = by_hand(school, lines=(PYTHON,), payments=(payment("1000", paid=True),))

        assert school.access().open
        assert [name for name in school.events(order) if name.startswith("order.")] == [
            "order.created",
            "order.activated",
            "order.paid",
            "order.moved",
        ]

    @pytest.mark.parametrize(
        ("wrong", "code"),
        [
            (payment("1.234"), "money.too_precise"),
            (payment("0"), "input.invalid"),
        ],
    )
    def test_a_payment_that_is_refused_makes_no_order(self, wrong: asked.NewPayment, code: str) -> None:
        """All or nothing: no order, and no number is used up."""
        school = selling()
        command = asked.CreateOrder(contact="olena", lines=(PYTHON,), payments=(payment("10"), wrong))

        assert school.refused(command) == code
        assert school.order(by_hand(school)).number == 1

    def test_from_an_offer(self) -> None:
        """Lines, discount, funnel, payments and how it opens are those of the offer, and the lines follow it."""
        school = selling(discount=PercentOff(percent=Decimal(10)), opens_on="full_payment", refund_policy="close_line")
        card = school.card(by_hand(school, payment_option="parts"))
        order = school.order(card["id"])

        assert (card["type"], card["total"], card["discount"]) == ("instalments", "900.00", "100.00")
        assert [one["amount"] for one in card["payments"]] == ["450.00", "450.00"]
        assert (card["lines"][0]["source"], card["copied"], card["source"]) == ("follows", False, None)
        assert (order.opens_on, order.refund_policy) == ("full_payment", "close_line")

    def test_everything_else_may_be_named(self) -> None:
        """Funnel, status, type, when it opens, people, tags, comment, and money that was paid already."""
        school = selling()
        school.builds()
        named: dict[str, Any] = {"funnel": "vip", "status": "call", "type": "instalments", "opens_on": "full_payment"}
        named |= {"manager": "ira", "responsibles": ("oleh",), "tags": ("phone",), "comment": "by phone"}
        order = school.order(by_hand(school, **named, source="import", payments=(payment("100", paid=True),)))

        assert {name: getattr(order, name) for name in named} == named
        assert order.source == "import"
        assert [str(one.amount) for one in order.payments] == ["1000.00 UAH", "100.00 UAH"]
        assert (order.payment_status, order.activated_at) == (PaymentStatus.PARTIALLY_PAID, None)
        asks = {one["id"]: one["asked"] for one in school.card(order.id)["payments"]}
        assert asks[f"{order.id}.1"] == "900.00"

    def test_another_funnel_without_a_status(self) -> None:
        """It starts in the initial status of the funnel that is named."""
        school = selling()
        school.builds()

        assert school.status(by_hand(school, funnel="vip")) == "new"
        assert school.status(by_hand(school, payment_option="sub")) == "subscription"

    def test_staff_may_sell_a_draft_and_outside_of_the_window(self) -> None:
        """What a page could not sell; yet not what is archived, nor access that is over."""
        school = selling(state=OfferState.DRAFT, sells_until=date(2026, 10, 1))
        by_hand(school)
        over = TermsChange(duration=Until(at=date(2026, 11, 5)))
        school.does(EditOffer(offer="basic", items=(ItemChange(product="python", terms=over),)))
        school.at("2026-11-07 10:00")
        assert school.refused(asked.CreateOrder(contact="olena", offer="basic")) == "offer.window_empty"
        school.does(ArchiveOffer(offer="basic"))

        assert school.refused(asked.CreateOrder(contact="olena", offer="basic")) == "offer.not_on_sale"

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"offer": "gone"}, "not_found"),
            ({"offer": "basic", "payment_option": "gone"}, "not_found"),
            ({"offer": "basic", "currency": "EUR"}, "money.currency_mismatch"),
            ({"offer": "basic", "expected_version": 7}, "offer.conflict"),
        ],
    )
    def test_what_is_refused_of_an_offer(self, fields: dict[str, Any], code: str) -> None:
        """What is not there, another currency, and an offer that has changed since (K2)."""
        school = selling()

        with pytest.raises(Exception) as refused:  # noqa: PT011 (a refusal or a conflict: both have a code)
            school.does(asked.CreateOrder(contact="olena", **fields))
        assert getattr(refused.value, "code", None) == code

    @pytest.mark.parametrize(
        ("fields", "path"),
        [
            ({}, "lines"),
            ({"lines": (PYTHON,), "offer": "basic"}, "lines"),
            ({"offer": "basic", "discount": AmountOff(amount=Decimal(1))}, "discount"),
            ({"lines": (PYTHON,), "payment_option": "full"}, "payment_option"),
        ],
    )
    def test_either_lines_or_an_offer(self, fields: dict[str, Any], path: str) -> None:
        """What does not fit together is told by its field, before anything is looked up."""
        with pytest.raises(InvalidInput) as refused:
            asked.CreateOrder(contact="olena", **fields)
        assert [fault.path for fault in refused.value.faults] == [path]

    def test_who_made_it(self) -> None:
        """O10: history names the actor and the command, of the payments, too."""
        school = selling()
        ira = Actor(kind="staff", id="ira")
        order = by_hand(school, lines=(PYTHON,), payments=(payment("1"),), actor=ira)

        assert {(row.actor, row.command) for row in school.history(order)} == {(ira, "create_order")}


class TestO11:
    """Order types: `regular`, `subscription`, `instalments` (from the payment option chosen; a manual order may name
    `instalments`; `subscription` needs an offer's option: `order.not_subscription`).
    """

    def test_a_manual_order_may_name_instalments(self) -> None:
        """The type is only a name: the payments say what is owed."""
        school = selling()

        assert school.order(by_hand(school, lines=(PYTHON,), type="instalments")).type == "instalments"
        assert school.order(by_hand(school, lines=(PYTHON,))).type == "regular"

    def test_a_subscription_needs_an_option(self) -> None:
        """Only an option says what a period costs."""
        school = selling()
        order = school.order(by_hand(school, payment_option="sub", type="subscription"))
        assert (order.type, school.events(order.id)[1]) == ("subscription", "order.subscribed")
        by_lines = asked.CreateOrder(contact="olena", lines=(PYTHON,), type="subscription")
        in_full = asked.CreateOrder(contact="olena", offer="basic", type="subscription")

        assert school.refused(by_lines) == "order.not_subscription"
        assert school.refused(in_full) == "order.not_subscription"

    def test_a_subscription_is_nothing_else(self) -> None:
        """What is paid by the month is no order of instalments."""
        command = asked.CreateOrder(contact="olena", offer="basic", payment_option="sub", type="instalments")

        assert selling().refused(command) == "input.invalid"
