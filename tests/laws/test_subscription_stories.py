"""P13: random stories of a subscription, held against a calendar."""

from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.errors import Refused
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import PaymentState
from kwiga_orders.periods import Period
from tests.laws.office import Office
from tests.laws.plain_periods import PlainPeriods
from tests.laws.subscribed import DAYS_3, MONTH, WEEK, block, subscribed

ACTIONS = ("pay", "ahead", "renew", "void", "refund", "refund_first", "extend", "freeze", "unfreeze", "stop", "resume")


class TestP13Stories:
    """Whatever is done to a subscription, the periods are those that somebody with a calendar would keep; no unpaid
    period is followed by another, and whether a job ran changes no access (A8).
    """

    @given(data=st.data())
    def test_stories(self, data: st.DataObject) -> None:
        """Payments, freezes, extensions, refunds, voids, stops and resumptions, in any order."""
        every = data.draw(st.sampled_from([MONTH, Period(months=2), WEEK, Period(days=30)]), label="every")
        grace = data.draw(st.sampled_from([None, DAYS_3]), label="grace")
        trial = data.draw(st.sampled_from([None, WEEK]), label="trial")
        school, order = subscribed("2026-12-31 10:00", zone="UTC", grace=grace, every=every, trial=trial)
        story = Story(school, order, plain(school, every, grace, trial))

        for _ in range(data.draw(st.integers(1, 9), label="steps")):
            hours = data.draw(st.integers(1, 60 * 24) | st.integers(1, 60).map(lambda days: days * 24), label="hours")
            school.clock.set(school.now + timedelta(hours=hours))
            story.does(data.draw(st.sampled_from(ACTIONS), label="action"), data.draw(st.integers(1, 40), label="days"))
            assert story.at_school() == story.on_paper()
            if data.draw(st.booleans(), label="jobs"):
                story.runs_jobs()


def plain(school: Office, every: Period, grace: Period | None, trial: Period | None) -> PlainPeriods:
    """Give what somebody with a calendar knows of a new subscription."""
    step = relativedelta(days=every.days, months=every.months)
    ends_at = school.now if trial is None else school.now + timedelta(days=trial.days)
    kept = PlainPeriods(step, timedelta(days=0 if grace is None else grace.days), ends_at, ends_at)
    if trial is not None:
        kept.begins_with_trial(school.now)
    return kept


class Story:
    """A subscription in the library, and beside it what a calendar says."""

    def __init__(self, school: Office, order: str, kept: PlainPeriods) -> None:
        self.school, self.order, self.kept = school, order, kept
        self.frozen_at: datetime | None = None
        self.frozen_until = school.now
        self.before_freeze: PlainPeriods | None = None

    def does(self, action: str, days: int) -> None:
        """Do something to both, if it may be done."""
        if action == "unfreeze":
            self._unfreezes()
            return
        self.frozen_at = self.before_freeze = None
        if action in ("pay", "ahead", "renew"):
            self._makes(early=action == "ahead")
            if action != "renew" and self.kept.unpaid:
                self._asks(asked.MarkPaid(order=self.order, payment=self._unpaid()))
                self.kept.pays(self.school.now)
        elif self.kept.is_active():
            getattr(self, f"_{action}")(days)

    def _freeze(self, days: int) -> None:
        if not self.kept.has_ended(self.school.now) and self.frozen_until <= self.school.now:
            self.frozen_at, self.before_freeze = self.school.now, self.kept.copied()
            self.frozen_until = self.school.now + timedelta(days=days)
            self._asks(asked.FreezeAccess(order=self.order, period=Period(days=days)))
            self.kept.freezes(self.school.now, timedelta(days=days))

    def _void(self, _: int) -> None:
        if self.kept.unpaid:
            self._asks(asked.VoidPayment(order=self.order, payment=self._unpaid()))
            self.kept.forgives()

    def _refund(self, _: int, number: int = -1) -> None:
        if not self.kept.paid():
            return
        payment = [one for one in self.school.order(self.order).payments if one.state is PaymentState.PAID][number]
        self._asks(asked.RefundPayment(order=self.order, payment=payment.id, amount=payment.amount.decimal))
        self.kept.gives_back(number)

    def _refund_first(self, _: int) -> None:
        self._refund(0, number=0)

    def _extend(self, days: int) -> None:
        self._asks(asked.ExtendAccess(order=self.order, by=Period(days=days)))
        self.kept.extends(self.school.now, relativedelta(days=days))

    def _stop(self, _: int) -> None:
        self._asks(asked.StopRenewal(order=self.order))
        self.kept.stops()

    def _resume(self, _: int) -> None:
        if self.kept.stopped:
            self._asks(asked.ResumeRenewal(order=self.order))
            self.kept.resumes(self.school.now)

    def at_school(self) -> dict[str, object]:
        """Give what the school says of the subscription."""
        order, shown = self.school.order(self.order), block(self.school, self.order)
        found: dict[str, object] = {
            "unpaid": len([one for one in order.payments if one.state is PaymentState.UNPAID]),
            "paid_periods": shown["paid_periods"],
            "paid_through": shown["paid_through"],
        }
        if self.kept.is_active():
            reasons = [one.code.value for one in self.school.access().reasons]
            found |= {"next_due_at": shown["next_due_at"], "is_lapsed": "subscription_lapsed" in reasons}
        return found

    def on_paper(self) -> dict[str, object]:
        """Give the same by the calendar."""
        kept = self.kept
        through = kept.paid()[-1].ends_at(kept.every) if kept.paid() else None
        found: dict[str, object] = {
            "unpaid": kept.unpaid,
            "paid_periods": len(kept.paid()),
            "paid_through": None if through is None else f"{through:%Y-%m-%dT%H:%M:%SZ}",
        }
        if kept.is_active():
            may_be_due = kept.unpaid or kept.may_be_made()
            found["next_due_at"] = f"{kept.next_at:%Y-%m-%dT%H:%M:%SZ}" if may_be_due else None
            found["is_lapsed"] = kept.is_lapsed(self.school.now)
        return found

    def runs_jobs(self) -> None:
        """Run what is due: no answer about access changes, whenever it is asked about."""
        school = self.school
        moments = [school.now + timedelta(days=days) for days in (-40, -3, 0, 3, 40)]
        before = school.orders.plan(contact="olena", product="python")
        school.orders.run_due()
        after = school.orders.plan(contact="olena", product="python")
        assert [before.access(at) for at in moments] == [after.access(at) for at in moments]
        self.kept.makes(school.now, early=False)

    def _makes(self, *, early: bool) -> None:
        self.school.renews(self.order, early=early)
        self.kept.makes(self.school.now, early=early)

    def _unpaid(self) -> str:
        return next(one.id for one in self.school.order(self.order).payments if one.state is PaymentState.UNPAID)

    def _unfreezes(self) -> None:
        if self.frozen_at is None or self.before_freeze is None:
            return
        try:
            self._asks(asked.UnfreezeAccess(order=self.order))
        except Refused:
            return
        self.kept = self.before_freeze
        self.kept.freezes(self.frozen_at, self.school.now - self.frozen_at)
        self.frozen_until = self.school.now
        self.frozen_at = self.before_freeze = None

    def _asks(self, command: asked.OrderCommand) -> None:
        self.school.does(command)
