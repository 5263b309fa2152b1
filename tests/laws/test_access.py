"""A1-A8: who has access to a product, from when to when, and why not."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import attrs
import pytest
from hypothesis import given

from kwiga_orders.access import Access, Reason, ReasonCode
from kwiga_orders.errors import Refused
from kwiga_orders.money import Money
from kwiga_orders.offers import EditOffer, ItemChange
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Parts, Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.project import Project
from kwiga_orders.queries import OrderQuery
from kwiga_orders.terms import AfterPayment, For, From, TermsChange, Until
from kwiga_orders.testing.school import School, local
from kwiga_orders.testing.strategies import Learner, instants, learners
from tests.laws.learning import bought, plan_of

MOMENT = timedelta(microseconds=1)
DAYS_30 = TermsChange(duration=For(period=Period(days=30)))


def codes(access: Access) -> list[str]:
    """Give the codes of the reasons, in order."""
    return [reason.code.value for reason in access.reasons]


class TestA1:
    """Only an activated order gives access; otherwise `not_paid`. A contact without any order for the product:
    `no_order` (all its lessons are closed with it). Orders that are cancelled or refunded give none."""

    def test_an_unpaid_order_gives_none(self) -> None:
        """It is closed until the instant it is paid, and open from then on."""
        school = School().at("2026-11-01 10:00")
        school.sells()
        order = school.opens()
        assert codes(school.access()) == ["not_paid"]

        school.at("2026-11-02 10:00").pays(order)

        assert not school.access(at="2026-11-02 09:59:59").open
        assert school.access(at="2026-11-02 10:00").open

    def test_without_orders(self) -> None:
        """There is one reason, no order, and every lesson is closed by it."""
        school = School()
        school.teaches("l1", "l2")

        assert school.access() == Access(open=False, reasons=(Reason(ReasonCode.NO_ORDER),))
        assert {id: [one.code for one in lesson.reasons] for id, lesson in school.lessons().closed.items()} == {
            "l1": [ReasonCode.NO_ORDER],
            "l2": [ReasonCode.NO_ORDER],
        }

    def test_cancelled_and_reopened(self) -> None:
        """Cancelling closes from its instant on; once reopened it counts as never cancelled (T6)."""
        school, order = bought()
        school.at("2026-11-05 10:00").does(asked.CancelOrder(order=order))

        assert codes(school.access()) == ["order_cancelled"]
        assert school.access(at="2026-11-05 09:59:59").open

        school.at("2026-11-06 10:00").does(asked.ReopenOrder(order=order))
        assert school.access(at="2026-11-05 12:00").open

    def test_refunded(self) -> None:
        """A full refund closes; an order paid again after it gives access again, in its old window (P9)."""
        school, order = bought(terms=DAYS_30)
        school.at("2026-11-05 10:00").does(asked.RefundPayment(order=order, payment=f"{order}.1", amount=Decimal(1000)))
        assert codes(school.access()) == ["refunded"]

        school.at("2026-11-06 10:00").does(asked.AddPayment(order=order, amount=Decimal(1000), paid=True))
        assert school.access().open
        assert school.access().ends_at == local("2026-12-01 10:00")


class TestA2:
    """Start: `after_payment` (at activation); `from` a date (not before activation); `after_payment` plus N days or
    months. Before it: `not_started`, with the instant."""

    @pytest.mark.parametrize(
        ("start", "starts_at"),
        [
            (AfterPayment(), "2026-11-01 10:00"),
            (AfterPayment(delay=Period(days=3)), "2026-11-04 10:00"),
            (AfterPayment(delay=Period(months=1)), "2026-12-01 10:00"),
            (From(at=date(2026, 11, 10)), "2026-11-10 00:00"),
            (From(at=date(2026, 10, 1)), "2026-11-01 10:00"),
        ],
    )
    def test_starts(self, start: AfterPayment | From, starts_at: str) -> None:
        """Each kind of start gives its instant; access is closed right before it and open at it."""
        school, order = bought(terms=TermsChange(start=start))
        instant = local(starts_at)
        plan = school.orders.plan(contact="olena", product="python")

        assert plan.access(instant).open
        assert plan.access(instant).starts_at == instant
        before = plan.access(instant - MOMENT)
        expected = Reason(ReasonCode.NOT_STARTED, order, instant)
        assert before.reasons == ((expected,) if instant > local("2026-11-01 10:00") else before.reasons)
        assert not before.open


class TestA3:
    """Duration: `until` a date; `for` N days or months, counted from the start; `forever`. At or after the end:
    `expired`, with the instant."""

    @pytest.mark.parametrize(
        ("duration", "ends_at"),
        [
            (Until(at=date(2026, 12, 31)), "2027-01-01 00:00"),
            (For(period=Period(days=30)), "2026-12-04 10:00"),
            (For(period=Period(months=2)), "2027-01-04 10:00"),
        ],
    )
    def test_ends(self, duration: Until | For, ends_at: str) -> None:
        """Each kind of end gives its instant, counted from the start, not from the payment; closed at it."""
        school, order = bought(
            terms=TermsChange(start=AfterPayment(delay=Period(days=3)), duration=duration),
        )
        instant = local(ends_at)
        plan = school.orders.plan(contact="olena", product="python")

        assert plan.access(instant - MOMENT).open
        assert plan.access(instant).reasons == (Reason(ReasonCode.EXPIRED, order, instant),)
        assert plan.access(instant).ends_at == instant

    def test_forever(self) -> None:
        """It has no end, and never changes by itself."""
        school, _ = bought()

        answer = school.access(at="2099-01-01 00:00")
        assert (answer.open, answer.ends_at, answer.next_change_at) == (True, None, None)


class TestA4:
    """A window whose end is not after its start is empty: refused when the terms are set (judged by the order's own
    activation, or as if activated now if it has none); if following an offer makes it so, the answer is `expired`."""

    def test_refused_when_set(self) -> None:
        """Until a date that has passed, or one before the start, is refused."""
        school, order = bought()

        for terms in (
            TermsChange(duration=Until(at=date(2026, 10, 1))),
            TermsChange(start=From(at=date(2027, 1, 1)), duration=Until(at=date(2026, 12, 31))),
        ):
            with pytest.raises(Refused, match=r"terms\.window_empty"):
                school.does(asked.EditLine(order=order, product="python", terms=terms))

    def test_judged_by_its_own_activation(self) -> None:
        """An end that lies after the activation may have passed; without an activation it may not."""
        school, order = bought()
        waiting = school.opens()
        terms = TermsChange(duration=Until(at=date(2026, 11, 15)))
        school.at("2026-12-01 10:00").does(asked.EditLine(order=order, product="python", terms=terms))

        assert school.access().reasons == (Reason(ReasonCode.EXPIRED, order, local("2026-11-16 00:00")),)
        with pytest.raises(Refused, match=r"terms\.window_empty"):
            school.does(asked.EditLine(order=waiting, product="python", terms=terms))

    def test_of_a_line_added_later(self) -> None:
        """For it, activation is the moment it was added (O13)."""
        school, order = bought()
        school.teaches(product="sql")
        school.at("2026-11-20 10:00").does(asked.AddLine(order=order, product="sql", price=Decimal(0)))
        before, after = (TermsChange(duration=Until(at=date(2026, 11, day))) for day in (19, 20))
        school.at("2026-12-01 10:00")

        with pytest.raises(Refused, match=r"terms\.window_empty"):
            school.does(asked.EditLine(order=order, product="sql", terms=before))
        school.does(asked.EditLine(order=order, product="sql", terms=after))

    def test_what_is_named_as_it_is_is_not_judged_anew(self) -> None:
        """A date that has passed since may be named again, beside what is changed (K2)."""
        school, order = bought(terms=TermsChange(duration=Until(at=date(2026, 11, 10))))
        terms = TermsChange(duration=Until(at=date(2026, 11, 10)), comments="off")

        school.at("2026-12-01 10:00").does(asked.EditLine(order=order, product="python", terms=terms))

        assert school.access().reasons == (Reason(ReasonCode.EXPIRED, order, local("2026-11-11 00:00")),)
        assert school.access().ends_at == local("2026-11-11 00:00")

    def test_expired_when_the_offer_makes_it_empty(self) -> None:
        """At every instant from activation on, also before the start that never comes."""
        school = School().at("2026-11-01 10:00")
        school.sells()
        order = school.opens()
        terms = TermsChange(start=AfterPayment(delay=Period(days=20)), duration=Until(at=date(2026, 12, 10)))
        item = ItemChange(product="python", terms=terms)
        school.does(EditOffer(offer="basic", items=(item,)))
        school.at("2026-11-25 10:00").pays(order)

        for at in ("2026-11-25 10:00", "2026-12-10 10:00", "2026-12-20 10:00"):
            answer = school.access(at=at)
            assert answer.reasons == (Reason(ReasonCode.EXPIRED, order, local("2026-12-11 00:00")),)
            assert answer.starts_at == local("2026-12-15 10:00")
            assert answer.next_change_at is None


def due(payment: str, amount: str, *, since: str) -> Reason:
    """Give the reason that a payment is due which asks for an amount, and closes since a local time."""
    order = payment.rpartition(".")[0]
    money = Money.of(Decimal(amount), "UAH")
    return Reason(ReasonCode.PAYMENT_DUE, order, payment=payment, asked=money, since=local(since))


class TestA5:
    """Blocks have owners: lifting one never lifts another. All that apply are reported, in order. An order that is not
    activated has no window and reports only `order_cancelled`, `refunded`, `line_refunded`, `not_paid`. Two overdue
    payments are two reasons, by due date. `until` names the instant that belongs to a reason."""

    def three_parts(self) -> tuple[School, str]:
        """Give an order in three parts, of which the first is paid, for sixty days."""
        school = School(project=Project(id="school", timezone="Europe/Kyiv", currency="UAH", grace=Period(days=3)))
        school.at("2026-11-01 10:00").sells(
            terms=TermsChange(duration=For(period=Period(days=60))),
            options=(Parts(id="three", count=3, every=Period(days=10)),),
        )
        order = school.opens()
        school.pays(order)
        return school, order

    def test_all_that_apply_in_order(self) -> None:
        """Frozen, and two payments due by due date; each reason with what belongs to it."""
        school, order = self.three_parts()
        school.at("2026-11-20 10:00").does(asked.FreezeAccess(order=order, period=Period(days=20)))

        assert school.access(at="2026-11-26 10:00").reasons == (
            Reason(ReasonCode.FROZEN, order, local("2026-12-10 10:00")),
            due(f"{order}.2", "333.33", since="2026-11-14 10:00"),
            due(f"{order}.3", "333.33", since="2026-11-24 10:00"),
        )
        assert codes(school.access(at="2027-02-01 10:00")) == ["expired", "payment_due", "payment_due"]

    def test_lifting_one_lifts_no_other(self) -> None:
        """Paying one of two leaves the other; paying both leaves the freeze."""
        school, order = self.three_parts()
        school.at("2026-11-20 10:00").does(asked.FreezeAccess(order=order, period=Period(days=20)))
        school.at("2026-11-26 10:00").pays(order, 3)
        assert codes(school.access()) == ["frozen", "payment_due"]

        school.pays(order, 2)
        assert codes(school.access()) == ["frozen"]

        school.does(asked.UnfreezeAccess(order=order))
        assert school.access().open

    def test_a_due_payment_closes_after_grace(self) -> None:
        """Open through the grace period, closed right after it, open from the instant it is paid (P8)."""
        school, order = self.three_parts()
        assert school.access(at="2026-11-14 09:59:59").open
        assert codes(school.access(at="2026-11-14 10:00")) == ["payment_due"]

        school.at("2026-11-14 12:00").pays(order, 2)
        assert codes(school.access(at="2026-11-14 11:59:59")) == ["payment_due"]
        assert school.access().open

    def test_by_due_date_and_not_before_it_was_made(self) -> None:
        """Of two payments the one due first is the first reason, though made later; one made overdue closes at once,
        not before; a void one closes nothing (P8)."""
        school, order = bought()
        owed = asked.AddPayment(order=order, amount=Decimal(10), closes_access=True)
        school.at("2026-11-05 10:00").does(attrs.evolve(owed, due_at=local("2026-11-10 10:00")))
        school.does(attrs.evolve(owed, due_at=local("2026-11-02 10:00")))
        school.at("2026-11-12 10:00")

        assert [reason.payment for reason in school.access().reasons] == [f"{order}.3", f"{order}.2"]
        assert school.access(at="2026-11-04 10:00").open
        assert codes(school.access(at="2026-11-05 10:00")) == ["payment_due"]

        school.does(asked.VoidPayment(order=order, payment=f"{order}.3"))
        assert [reason.payment for reason in school.access().reasons] == [f"{order}.2"]
        assert codes(school.access(at="2026-11-06 10:00")) == ["payment_due"]

    def test_without_activation_there_is_no_window(self) -> None:
        """An unpaid order that was cancelled gives both reasons, and neither start nor end."""
        school = School().at("2026-11-01 10:00")
        school.sells(terms=TermsChange(duration=For(period=Period(days=1))))
        order = school.opens()
        school.at("2026-11-10 10:00").does(asked.CancelOrder(order=order))

        answer = school.access()
        assert codes(answer) == ["order_cancelled", "not_paid"]
        assert (answer.starts_at, answer.ends_at) == (None, None)

    @given(learner=learners(most=1), at=instants())
    def test_reasons_come_in_order(self, learner: Learner, at: datetime) -> None:
        """Codes never go back in the list of codes, nothing open has reasons, nothing closed has none."""
        answer = plan_of(learner).access(at)
        ranks = [list(ReasonCode).index(reason.code) for reason in answer.reasons]

        assert ranks == sorted(ranks)
        assert answer.open == (not answer.reasons)

    def test_a_renewal_acts_from_when_it_was_paid(self) -> None:
        """Paid three days late, the subscription had lapsed for those days, also when asked about them later (T6)."""
        school = School().at("2026-11-01 10:00")
        school.sells(options=(Subscribe(id="sub", amount=Decimal(300), every=Period(months=1)),))
        order = school.opens()
        school.pays(order)
        school.at("2026-12-01 10:00").does(asked.Renew(order=order))
        school.at("2026-12-04 10:00").pays(order, 2)

        lapsed = school.access(at="2026-12-03 10:00")
        assert codes(lapsed) == ["subscription_lapsed"]
        assert lapsed.reasons[0].until == lapsed.ends_at == local("2026-12-01 10:00")
        assert lapsed.next_change_at == local("2026-12-04 10:00")
        assert school.access().ends_at == local("2027-01-04 10:00")


class TestA6:
    """The product is open if any grant is open; the shown end is the latest among the open grants (`forever` wins).
    If closed, one grant speaks: the one that opens soonest by itself, else the newest activated one, else the newest
    order (superseded twins and cancelled orders speak only if nothing else is there). More grants never take access
    away."""

    @given(learner=learners(least=1, most=2), at=instants())
    def test_more_grants_never_take_access_away(self, learner: Learner, at: datetime) -> None:
        """Without its last grant a learner has no lesson open, no comments, and no end that the whole does not have."""
        fewer = attrs.evolve(learner, grants=learner.grants[:-1])
        plan, less = plan_of(learner), plan_of(fewer)

        for instant in (at, at + timedelta(days=20), at + timedelta(days=45)):
            whole, part = plan.access(instant), less.access(instant)
            assert whole.open >= part.open
            assert whole.comments >= part.comments
            assert plan.open_mask(instant) & less.open_mask(instant) == less.open_mask(instant)
            if part.open and part.ends_at is not None:
                assert whole.ends_at is None or whole.ends_at >= part.ends_at

    @given(learner=learners(), at=instants())
    def test_open_it_rests_on_all_open_grants(self, learner: Learner, at: datetime) -> None:
        """The orders are those of the grants that are open alone; start and end are the earliest and the latest."""
        alone = [plan_of(attrs.evolve(learner, grants=(grant,))).access(at) for grant in learner.grants]
        is_open = [answer for answer in alone if answer.open]
        answer = plan_of(learner).access(at)

        assert answer.open == bool(is_open)
        if is_open:
            ends = [one.ends_at for one in is_open]
            assert answer.orders == tuple(id for one in is_open for id in one.orders)
            assert answer.starts_at == min(one.starts_at for one in is_open if one.starts_at is not None)
            assert answer.ends_at == (None if None in ends else max(end for end in ends if end is not None))

    def several(self, *sold: tuple[str, TermsChange]) -> tuple[School, list[str]]:
        """Give a school with an order for each of several offers, made a day apart, each unpaid."""
        school = School()
        ids = []
        for day, (code, terms) in enumerate(sold, start=1):
            school.at(f"2026-11-{day:02} 10:00").sells(code, terms=terms)
            ids.append(school.opens(code))
        return school, ids

    def test_the_one_that_opens_soonest_speaks(self) -> None:
        """Of two that have not started the sooner speaks, though the other is newer."""
        soon, late = (TermsChange(start=From(at=date(2026, 12, day))) for day in (1, 20))
        school, ids = self.several(("soon", soon), ("late", late))
        for order in ids:
            school.pays(order)

        assert school.access().orders == (ids[0],)
        assert school.access().reasons == (Reason(ReasonCode.NOT_STARTED, ids[0], local("2026-12-01 00:00")),)

    def test_else_the_newest_activated_one(self) -> None:
        """Of two that have expired and one unpaid, the newer of the expired speaks."""
        short = TermsChange(duration=For(period=Period(days=1)))
        school, ids = self.several(("one", short), ("two", short), ("three", short))
        school.pays(ids[0])
        school.pays(ids[1])

        assert school.access(at="2026-11-20 10:00").orders == (ids[1],)
        assert codes(school.access(at="2026-11-20 10:00")) == ["expired"]

    def test_else_the_newest(self) -> None:
        """Of two unpaid ones the newer speaks."""
        school, ids = self.several(("one", TermsChange()), ("two", TermsChange()))

        assert school.access().orders == (ids[1],)

    def test_cancelled_and_superseded_speak_last(self) -> None:
        """An older unpaid order speaks rather than a newer cancelled one; alone, the cancelled one speaks."""
        school, ids = self.several(("one", TermsChange()), ("two", TermsChange()))
        school.pays(ids[1])
        school.does(asked.CancelOrder(order=ids[1]))
        assert school.access().orders == (ids[0],)

        school.does(asked.CancelOrder(order=ids[0]))
        assert codes(school.access()) == ["order_cancelled"]
        assert school.access().orders == (ids[1],)

    def test_superseded_twins(self) -> None:
        """The twin that was opened again speaks, not the one it took the place of."""
        school = School().at("2026-11-01 10:00")
        school.sells()
        first, second = school.opens(), school.opens()
        school.does(asked.CancelOrder(order=second))
        third = school.opens()

        assert school.orders.ask(OrderQuery(order=first))["superseded_by"] == third
        assert school.access().orders == (third,)

    @given(learner=learners(), at=instants())
    def test_comments_and_lessons_are_the_most_generous(self, learner: Learner, at: datetime) -> None:
        """A lesson is open, and comments are on, iff some grant alone gives them."""
        alone = [plan_of(attrs.evolve(learner, grants=(grant,))) for grant in learner.grants]
        plan = plan_of(learner)
        mask = 0
        for one in alone:
            mask |= one.open_mask(at)

        assert plan.open_mask(at) == mask
        assert plan.access(at).comments == any(one.access(at).comments for one in alone)


class TestA7:
    """`next_change_at`: the whole answer is constant up to that instant and changes at it; null if it never changes by
    itself."""

    @given(learner=learners(), at=instants())
    def test_constant_up_to_it_and_changes_at_it(self, learner: Learner, at: datetime) -> None:
        """Followed from one change to the next, and tried in between, right before and at each."""
        plan = plan_of(learner)
        answer = plan.access(at)
        while (change := answer.next_change_at) is not None:
            assert change > at
            for instant in (at + (change - at) / 3, change - MOMENT):
                assert plan.access(instant) == answer
            following = plan.access(change)
            assert attrs.evolve(following, next_change_at=None) != attrs.evolve(answer, next_change_at=None)
            at, answer = change, following
        assert plan.access(at + timedelta(days=3650)) == answer

    def test_comments_and_orders_count(self) -> None:
        """A second grant that opens changes the answer, though the product was open before."""
        school, first = bought()
        school.sells("later", terms=TermsChange(start=From(at=date(2026, 11, 20))))
        second = school.opens("later")
        school.pays(second)

        assert school.access().next_change_at == local("2026-11-20 00:00")
        assert school.access(at="2026-11-20 00:00").orders == (first, second)


class TestA8:
    """Access is computed from facts when asked; no scheduled job is needed for it to be right."""

    def test_what_was_foretold_comes_true(self) -> None:
        """What is answered for a day ahead is what is answered on that day, without any command in between."""
        school, order = bought(terms=DAYS_30)
        school.does(asked.FreezeAccess(order=order, period=Period(days=5), starts_at=local("2026-11-10 10:00")))
        days = [f"2026-{month}-{day} 10:00" for month, day in (("11", "09"), ("11", "12"), ("11", "20"), ("12", "07"))]
        foretold = [school.access(at=day) for day in days]

        assert [answer.open for answer in foretold] == [True, False, True, False]
        assert [school.at(day).access() for day in days] == foretold
