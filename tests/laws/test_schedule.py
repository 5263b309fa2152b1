"""L12: the whole schedule of a contact for a product."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.access import Entry, EntryKind
from kwiga_orders.course import After, Checkpoint, Lesson, OnDate, Practice, PracticeState
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Mark, Parts, Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.plans import Plan, compile_plan
from kwiga_orders.project import Project
from kwiga_orders.terms import AfterPayment, For, From, Only, OverrideCheckpoints, TermsChange
from kwiga_orders.testing.plain_access import plain
from kwiga_orders.testing.school import School, local
from kwiga_orders.testing.strategies import Learner, instants, learners

NOW = "2026-11-01 10:00"
EVER = "2020-01-01 10:00"
KYIV = ZoneInfo("Europe/Kyiv")
MOMENT = timedelta(microseconds=1)
WEEK = After(period=Period(days=7))
DAYS_30 = TermsChange(duration=For(period=Period(days=30)))
MONTHLY = Subscribe(id="monthly", amount=Decimal(100), every=Period(months=1))
OPENINGS = {EntryKind.LESSON_OPENS, EntryKind.LESSON_CLOSES, EntryKind.ACCESS_STARTS, EntryKind.ACCESS_ENDS}


def bought(
    school: School,
    code: str = "basic",
    terms: TermsChange = TermsChange(),
) -> str:
    """Sell the course on these terms, and give an order that is paid."""
    school.sells(code, terms=terms)
    order = school.opens(code)
    school.pays(order)
    return order


def studying(*lessons: Lesson, terms: TermsChange = TermsChange()) -> tuple[School, str]:
    """Give a school that teaches these lessons, and an order bought and paid on 1 November at ten."""
    school = School().at(NOW)
    school.teaches(*lessons)
    return school, bought(school, terms=terms)


def listed(school: School, start: str = EVER) -> list[str]:
    """Give the schedule from a local time on: local time, kind, and what belongs to it."""
    return [shown(entry) for entry in schedule_of(school, start)]


def schedule_of(school: School, start: str = EVER) -> tuple[Entry, ...]:
    """Give the schedule from a local time on."""
    return school.orders.plan(contact="olena", product="python").schedule(local(start), at=school.now)


def shown(entry: Entry) -> str:
    """Write an entry in a line."""
    at = entry.at.astimezone(KYIV).strftime("%m-%d %H:%M")
    behind = None if entry.after_checkpoint is None else f"after {entry.after_checkpoint}"
    return " ".join(filter(None, (at, entry.what.value, entry.lesson, behind, entry.payment)))


class TestL12:
    """The whole schedule of a contact for a product can be asked as data, in order, also as iCalendar. It is that of
    the product, not of one order: `access_starts`/`access_ends` where the answer of `access` opens and closes by time
    alone, `lesson_opens`/`lesson_closes` where a lesson does (in a lesson behind a checkpoint that is not passed: where
    it would, with that checkpoint's lesson), freezes, and payments that are made and asked for when they fall due. It
    reckons as if what falls due is paid in time. A lesson's first opening is listed, also where it comes with the
    product's; that lessons close and reopen with the product is not."""

    TERMS = TermsChange(start=AfterPayment(delay=Period(days=1)), duration=For(period=Period(days=30)))

    def test_everything_in_order(self) -> None:
        """Start, openings, closings, a freeze and the end; at one instant by kind, then in course order; what would
        open at the end or later, or is out of scope, does not."""
        school, order = studying(
            Lesson(id="l1"),
            Lesson(id="l2", delay=OnDate(at=date(2026, 11, 12)), closes=After(period=Period(days=15))),
            Lesson(id="l3", delay=After(period=Period(days=7), at=time(9))),
            Lesson(id="l4"),
            Lesson(id="l5", delay=After(period=Period(days=30))),
            Lesson(id="l6"),
            terms=attrs.evolve(self.TERMS, scope=Only(lessons=("l1", "l2", "l3", "l4", "l5"))),
        )
        freeze = asked.FreezeAccess(order=order, period=Period(days=5), starts_at=local("2026-11-11 10:00"))
        school.does(freeze)

        assert listed(school) == [
            "11-02 10:00 lesson_opens l1",
            "11-02 10:00 lesson_opens l4",
            "11-02 10:00 access_starts",
            "11-09 09:00 lesson_opens l3",
            "11-11 10:00 access_ends",
            "11-11 10:00 freeze_starts",
            "11-16 10:00 lesson_opens l2",
            "11-16 10:00 access_starts",
            "11-16 10:00 freeze_ends",
            "11-22 10:00 lesson_closes l2",
            "12-07 10:00 access_ends",
        ]

    def test_from_an_instant_on(self) -> None:
        """What lies before it is left out, what lies at it is not."""
        school, _ = studying(Lesson(id="l1"), terms=self.TERMS)

        assert listed(school, "2026-11-02 10:00") == [
            "11-02 10:00 lesson_opens l1",
            "11-02 10:00 access_starts",
            "12-02 10:00 access_ends",
        ]
        assert listed(school, "2026-11-02 10:01") == ["12-02 10:00 access_ends"]

    def test_with_the_product(self) -> None:
        """A lesson that closes during a freeze, or with it, closed with the product: it is not listed."""
        school, order = studying(Lesson(id="l1", closes=OnDate(at=date(2026, 11, 12))), Lesson(id="l2", closes=WEEK))
        school.does(asked.FreezeAccess(order=order, period=Period(days=5), starts_at=local("2026-11-08 10:00")))

        assert listed(school, "2026-11-02 10:00") == [
            "11-08 10:00 access_ends",
            "11-08 10:00 freeze_starts",
            "11-13 10:00 access_starts",
            "11-13 10:00 freeze_ends",
        ]

    def test_frozen_over_the_start(self) -> None:
        """Access opens when the freeze ends, and not before."""
        school, order = studying(Lesson(id="l1"), terms=self.TERMS)
        school.does(asked.FreezeAccess(order=order, period=Period(days=3)))

        assert listed(school)[:4] == [
            "11-01 10:00 freeze_starts",
            "11-04 10:00 lesson_opens l1",
            "11-04 10:00 access_starts",
            "11-04 10:00 freeze_ends",
        ]

    def test_begun_lessons(self) -> None:
        """A lesson that was begun opens with the start, whatever its delay is (L9)."""
        school = School().at(NOW)
        school.teaches(Lesson(id="l1", delay=WEEK), Lesson(id="l2"))
        school.learns(begun=("l1",))
        bought(school)

        assert listed(school) == [
            "11-01 10:00 lesson_opens l1",
            "11-01 10:00 lesson_opens l2",
            "11-01 10:00 access_starts",
        ]

    # Over several orders (A6)

    def test_one_order_takes_over_from_another(self) -> None:
        """While another order keeps the product open nothing ends; what only the new one opens is listed."""
        school, _ = studying(Lesson(id="l1"), Lesson(id="l2"), terms=attrs.evolve(DAYS_30, scope=Only(lessons=("l1",))))
        bought(school, "long", TermsChange(start=From(at=date(2026, 11, 20)), duration=For(period=Period(days=40))))

        assert listed(school) == [
            "11-01 10:00 lesson_opens l1",
            "11-01 10:00 access_starts",
            "11-20 00:00 lesson_opens l2",
            "12-30 00:00 access_ends",
        ]

    def test_a_gap_between_two(self) -> None:
        """It ends and starts again; a lesson opens once: when it comes back with the product it is not listed."""
        school, _ = studying(Lesson(id="l1"), terms=DAYS_30)
        bought(school, "later", TermsChange(start=From(at=date(2026, 12, 20)), duration=For(period=Period(days=10))))

        assert listed(school) == [
            "11-01 10:00 lesson_opens l1",
            "11-01 10:00 access_starts",
            "12-01 10:00 access_ends",
            "12-20 00:00 access_starts",
            "12-30 00:00 access_ends",
        ]

    def test_closed_under_one_and_opened_under_another(self) -> None:
        """A lesson that closes while the product stays open closes, and opens again by itself under the other order."""
        school, _ = studying(Lesson(id="l1", closes=WEEK))
        bought(school, "later", TermsChange(start=From(at=date(2026, 11, 20))))

        assert listed(school, "2026-11-02 10:00") == [
            "11-08 10:00 lesson_closes l1",
            "11-20 00:00 lesson_opens l1",
            "11-27 00:00 lesson_closes l1",
        ]

    def test_a_freeze_of_one_of_two(self) -> None:
        """The freeze is listed with its order, and closes nothing."""
        school, first = studying(terms=DAYS_30)
        bought(school, "other")
        school.does(asked.FreezeAccess(order=first, period=Period(days=5), starts_at=local("2026-11-10 10:00")))

        assert [(entry.what.value, entry.order) for entry in schedule_of(school, "2026-11-02 10:00")] == [
            ("freeze_starts", first),
            ("freeze_ends", first),
        ]

    # What gives no access, and what a person did

    def test_what_gives_no_access_has_none(self) -> None:
        """Neither nobody, nor a window without an instant in it; an unpaid order has no more than its payment."""
        school = School().at(NOW)
        school.teaches("l1")
        assert listed(school) == []
        school.sells()
        order = school.opens()
        assert listed(school) == [f"11-01 10:00 payment_due {order}.1"]
        school.pays(order)
        assert len(listed(school)) == 2
        school.does(asked.SetAccessEnd(order=order, at=school.now))
        assert listed(school) == []

    @pytest.mark.parametrize("start", [NOW, "2026-11-05 10:00"])
    def test_cancelled(self, start: str) -> None:
        """A cancellation is no matter of time: it is not listed, and nothing follows it."""
        school, order = studying(Lesson(id="l1"), Lesson(id="l2", delay=WEEK), terms=DAYS_30)
        freeze = asked.FreezeAccess(order=order, period=Period(days=5), starts_at=local("2026-11-10 10:00"))
        school.does(freeze)
        school.at("2026-11-05 10:00").does(asked.CancelOrder(order=order))

        before = ["11-01 10:00 lesson_opens l1", "11-01 10:00 access_starts"]
        assert listed(school, start) == (before if start == NOW else [])

    def test_freezes_after_the_end(self) -> None:
        """A freeze that was planned from the end on, or after it, is left out."""
        school, order = studying()
        for day in ("2026-12-01 10:00", "2026-12-20 10:00"):
            school.does(asked.FreezeAccess(order=order, period=Period(days=3), starts_at=local(day)))
        school.does(asked.SetAccessEnd(order=order, at=local("2026-12-01 10:00")))

        assert listed(school) == ["11-01 10:00 access_starts", "12-01 10:00 access_ends"]

    # Behind a checkpoint

    LESSONS = (
        Lesson(id="l1", practices=(Practice(id="p1"),), checkpoint=Checkpoint()),
        Lesson(id="l2", delay=WEEK, practices=(Practice(id="p2"),), checkpoint=Checkpoint()),
        Lesson(id="l3", delay=WEEK, closes=After(period=Period(days=20))),
    )

    def test_where_it_would_open(self) -> None:
        """Of two checkpoints the first that is not passed is named; once it is passed, the next one is."""
        school, _ = studying(*self.LESSONS)
        assert listed(school, "2026-11-02 10:00") == [
            "11-08 10:00 lesson_opens l2 after l1",
            "11-08 10:00 lesson_opens l3 after l1",
            "11-21 10:00 lesson_closes l3 after l1",
        ]

        school.learns(practices={"p1": "accepted"})
        assert listed(school, "2026-11-02 10:00") == [
            "11-08 10:00 lesson_opens l2",
            "11-08 10:00 lesson_opens l3 after l2",
            "11-21 10:00 lesson_closes l3 after l2",
        ]

    def test_behind_it_under_one_order_only(self) -> None:
        """What another order opens without the checkpoint opens by time alone."""
        school, _ = studying(*self.LESSONS)
        free = TermsChange(start=AfterPayment(delay=Period(days=3)), checkpoints=OverrideCheckpoints())
        bought(school, "free", free)

        assert listed(school, "2026-11-02 10:00") == [
            "11-08 10:00 lesson_opens l2 after l1",
            "11-08 10:00 lesson_opens l3 after l1",
            "11-11 10:00 lesson_opens l2",
            "11-11 10:00 lesson_opens l3",
            "11-24 10:00 lesson_closes l3",
        ]

    # Payments

    def test_payments_take_nothing_out(self) -> None:
        """Each that asks for something when it falls due, whatever the grace; it does not end at the next part."""
        project = Project(id="school", timezone="Europe/Kyiv", currency="UAH", grace=Period(days=3))
        school = School(project=project).at(NOW)
        school.teaches(Lesson(id="l1", delay=After(period=Period(days=40))))
        school.sells(options=(Parts(id="three", count=3, every=Period(months=1)),))
        order = school.opens()
        school.pays(order)

        assert listed(school) == [
            "11-01 10:00 access_starts",
            f"12-01 10:00 payment_due {order}.2",
            "12-11 10:00 lesson_opens l1",
            f"01-01 10:00 payment_due {order}.3",
        ]
        school.at("2026-12-10 10:00")
        assert listed(school, "2026-12-10 10:00") == [
            "12-11 10:00 lesson_opens l1",
            f"01-01 10:00 payment_due {order}.3",
        ]
        school.pays(order, 2)
        school.pays(order, 3)
        assert listed(school, "2026-12-10 10:00") == ["12-11 10:00 lesson_opens l1"]

    def test_paid_when_it_falls_due(self) -> None:
        """An order whose first payment is yet to fall due opens with it; what was due already opens nothing."""
        school = School().at(NOW)
        school.teaches(Lesson(id="l1"), Lesson(id="l2", delay=WEEK))
        line = asked.LineAsked(product="python", price=Decimal(100))
        order = school.does(asked.CreateOrder(contact="olena", lines=(line,))).order
        assert order is not None
        school.does(asked.AddPayment(order=order, amount=Decimal(100), due_at=local("2026-11-10 10:00")))

        assert listed(school) == [
            "11-10 10:00 lesson_opens l1",
            "11-10 10:00 access_starts",
            f"11-10 10:00 payment_due {order}.1",
            "11-17 10:00 lesson_opens l2",
        ]
        school.at("2026-11-11 10:00")
        assert listed(school) == [f"11-10 10:00 payment_due {order}.1"]

    def subscribed(self, *, periods: int | None = None) -> tuple[School, str]:
        """Give a subscription with its first month paid, and a lesson after forty days."""
        school = School().at(NOW)
        school.teaches(Lesson(id="l1", delay=After(period=Period(days=40))))
        school.sells(options=(attrs.evolve(MONTHLY, periods=periods),))
        order = school.opens()
        school.pays(order)
        return school, order

    def test_a_subscription_goes_on(self) -> None:
        """It is renewed in time, so it does not end at the next period, whether that is made yet or not, or overdue."""
        school, order = self.subscribed()
        expected = ["11-01 10:00 access_starts", "12-11 10:00 lesson_opens l1"]
        assert listed(school) == expected

        school.at("2026-12-01 10:00").does(asked.Renew(order=order))
        due = f"12-01 10:00 payment_due {order}.2"
        assert listed(school) == [expected[0], due, expected[1]]
        school.at("2026-12-05 10:00")
        assert listed(school) == [expected[0], due, expected[1]]

    def test_a_subscription_of_three_periods(self) -> None:
        """It ends with the last of them, the freeze of a later one included."""
        school, order = self.subscribed(periods=3)
        assert listed(school)[-1] == "02-01 10:00 access_ends"

        school.at("2026-12-01 10:00").does(asked.Renew(order=order))
        assert listed(school)[-1] == "02-01 10:00 access_ends"
        school.pays(order, 2)
        assert listed(school)[-1] == "02-01 10:00 access_ends"

    def test_a_period_that_is_forgiven(self) -> None:
        """It passes without access; the next one, paid in time, opens access again (P13)."""
        school, order = self.subscribed()
        school.at("2026-12-01 10:00").does(asked.Renew(order=order))
        school.does(asked.VoidPayment(order=order, payment=f"{order}.2"))

        assert listed(school, "2026-11-02 10:00") == [
            "12-01 10:00 access_ends",
            "01-01 10:00 lesson_opens l1",
            "01-01 10:00 access_starts",
        ]

    def test_a_period_that_was_paid_late(self) -> None:
        """Access came back by the payment, not by time; it goes on from there."""
        school, order = self.subscribed(periods=2)
        school.at("2026-12-01 10:00").does(asked.Renew(order=order))
        school.at("2026-12-20 10:00").pays(order, 2)

        assert listed(school, "2026-11-02 10:00") == ["12-01 10:00 access_ends", "01-20 10:00 access_ends"]

    def test_a_subscription_that_is_stopped(self) -> None:
        """It ends at what is paid through; what would open after that is left out."""
        school, order = self.subscribed()
        school.does(asked.StopRenewal(order=order))

        assert listed(school) == ["11-01 10:00 access_starts", "12-01 10:00 access_ends"]

    # The law

    @given(learner=learners())
    def test_agrees_with_access_and_lessons(self, learner: Learner) -> None:
        """Payments kept: between two entries neither access nor lessons change by themselves; and at each entry of
        these four kinds without a checkpoint that changes."""
        learner = _without_subscriptions(learner)
        ever = local(EVER)
        entries = _plan_of(learner).schedule(ever, at=ever)
        kept = _kept(learner)
        plan = _plan_of(kept)
        entered = {entry.at for entry in entries}
        facts = {at for grant in kept.grants for at in _facts(grant.order)}
        model = plain(kept.grants, project=kept.project, course=kept.course, progress=kept.progress)

        for at in model.changes:
            if _seen(plan, at) != _seen(plan, at - MOMENT):
                assert at in entered or at in facts, at
        for entry in entries:
            if entry.what in OPENINGS and entry.after_checkpoint is None:
                assert _is_open(plan, entry, entry.at) is _opens(entry), entry
                assert _is_open(plan, entry, entry.at - MOMENT) is not _opens(entry), entry

    @given(learner=learners(), start=instants(), now=instants())
    def test_in_order(self, learner: Learner, start: datetime, now: datetime) -> None:
        """By instant, then by kind; each has what belongs to its kind; none lies before the instant asked from, and the
        rest is the same whatever that is."""
        plan = _plan_of(learner)
        entries = plan.schedule(start, at=now)

        assert list(entries) == sorted(entries, key=lambda entry: (entry.at, list(EntryKind).index(entry.what)))
        assert entries == tuple(entry for entry in plan.schedule(local(EVER), at=now) if entry.at >= start)
        for entry in entries:
            assert (entry.lesson is not None) == (entry.what in (EntryKind.LESSON_OPENS, EntryKind.LESSON_CLOSES))
            assert (entry.payment is not None) == (entry.what is EntryKind.PAYMENT_DUE)
            assert (entry.order is None) == (entry.what in OPENINGS)

    @given(learner=learners(), now=instants(), data=st.data())
    def test_behind_a_checkpoint(self, learner: Learner, now: datetime, data: st.DataObject) -> None:
        """With every practice accepted the same is listed, and after no checkpoint."""
        learner = _without_subscriptions(learner)
        ever = local(EVER)
        done: dict[str, PracticeState] = dict.fromkeys(sorted(learner.course.practice_ids()), "accepted")
        passed = attrs.evolve(learner, progress=attrs.evolve(learner.progress, practices=done))
        entries = _plan_of(learner).schedule(ever, at=now)

        expected = set(_plan_of(passed).schedule(ever, at=now))
        assert expected <= {attrs.evolve(entry, after_checkpoint=None) for entry in entries}
        assert all(entry.after_checkpoint is None for entry in expected)


def _plan_of(learner: Learner) -> Plan:
    return compile_plan(learner.grants, project=learner.project, course=learner.course, progress=learner.progress)


def _without_subscriptions(learner: Learner) -> Learner:
    """Give a learner whose orders are paid once, or in parts."""

    def plainly(order: Order) -> Order:
        payments = tuple(attrs.evolve(payment, period=None) for payment in order.payments)
        return attrs.evolve(order, subscription=None, payments=payments)

    return _with_orders(learner, plainly)


def _kept(learner: Learner) -> Learner:
    """Give a learner who pays everything when it falls due."""

    def paying(order: Order) -> Order:
        owed = asked_of(order)
        payments = (
            attrs.evolve(payment, mark=Mark(at=payment.due_at, version=9, amount=owed[payment.id]))
            if payment.id in owed
            else payment
            for payment in order.payments
        )
        return attrs.evolve(order, payments=tuple(attrs.evolve(one, closes_access=False) for one in payments))

    return _with_orders(learner, paying)


def _with_orders(learner: Learner, change: Callable[[Order], Order]) -> Learner:
    grants = tuple(attrs.evolve(grant, order=change(grant.order)) for grant in learner.grants)
    return attrs.evolve(learner, grants=grants)


def _facts(order: Order) -> Iterator[datetime]:
    """Give the instants at which a person did something: money came or went, the order was cancelled."""
    yield from (step.at for step in order.tallies)
    yield from (at for at in (order.cancelled_at, order.activated_at) if at is not None)


def _seen(plan: Plan, at: datetime) -> tuple[bool, int]:
    return plan.access(at).open, plan.open_mask(at)


def _opens(entry: Entry) -> bool:
    return entry.what in (EntryKind.LESSON_OPENS, EntryKind.ACCESS_STARTS)


def _is_open(plan: Plan, entry: Entry, at: datetime) -> bool:
    return plan.access(at).open if entry.lesson is None else plan.lesson(entry.lesson, at).open
