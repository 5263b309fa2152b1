"""L12 where several orders give one product, and where something else happens at the same time."""

from datetime import date
from decimal import Decimal

from kwiga_orders.access import Entry, Grant
from kwiga_orders.course import After, Course, Lesson, Practice, Progress
from kwiga_orders.offers import AmountOff
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.window import resolved
from kwiga_orders.payments import Parts
from kwiga_orders.periods import Period
from kwiga_orders.plans import compile_plan
from kwiga_orders.terms import For, From, NoDelays, Off, Only, OverrideCheckpoints, OverrideDelays, TermsChange
from kwiga_orders.testing.school import School, local
from tests.laws.office import Office
from tests.laws.subscribed import WEEK, running, subscribed

MONTH_LATER = After(period=Period(days=30))
TEN_DAYS, NINETY_DAYS = For(period=Period(days=10)), For(period=Period(days=90))
MONTH = TermsChange(duration=For(period=Period(days=30)))


def listed(school: School, start: str = "2026-11-01 10:00") -> tuple[Entry, ...]:
    """Give the schedule from an instant on, as it is known now."""
    return school.orders.plan(contact="olena", product="python").schedule(local(start), at=school.now)


def kinds(school: School, start: str = "2026-11-01 10:00") -> list[tuple[str, str]]:
    """Give what is listed from an instant on, each with its day."""
    return [(one.what.value, f"{one.at:%m-%d}") for one in listed(school, start)]


class TestL12Checkpoints:
    """In a lesson behind a checkpoint that is not passed: where it would open, with that checkpoint's lesson as
    `after_checkpoint`.
    """

    def school(self) -> School:
        """Give a school with two lessons that have practices, and a third that opens after a month."""
        school = School().at("2026-11-01 10:00")
        practices = (Practice(id="p1"), Practice(id="p2"))
        first, second = (Lesson(id=f"l{n}", practices=(one,)) for n, one in enumerate(practices, start=1))
        school.teaches(first, second, Lesson(id="l3", delay=MONTH_LATER))
        return school

    def buys(self, school: School, code: str, checkpoint: str | None, **terms: object) -> None:
        """Buy on these terms, with a checkpoint at a lesson."""
        checkpoints = Off() if checkpoint is None else OverrideCheckpoints(lessons=(checkpoint,))
        school.sells(code, terms=TermsChange(checkpoints=checkpoints, **terms))  # type: ignore[arg-type]
        school.pays(school.opens(code))

    def behind(self, school: School) -> list[tuple[str, str, str | None]]:
        """Give what is listed of the third lesson."""
        return [
            (one.what.value, f"{one.at:%m-%d}", one.after_checkpoint) for one in listed(school) if one.lesson == "l3"
        ]

    def test_of_the_order_that_opens_it(self) -> None:
        """The first order has ended by then, so the checkpoint of the second is named, though it comes later."""
        school = self.school()
        self.buys(school, "short", "l1", duration=TEN_DAYS)
        self.buys(school, "long", "l2", duration=NINETY_DAYS)

        assert self.behind(school) == [("lesson_opens", "12-01", "l2")]

    def test_of_the_order_that_includes_it(self) -> None:
        """The first order has no such lesson, whatever its checkpoint."""
        school = self.school()
        self.buys(school, "part", "l1", scope=Only(lessons=("l1", "l2")))
        self.buys(school, "whole", "l2")

        assert self.behind(school) == [("lesson_opens", "12-01", "l2")]

    def test_not_of_the_order_without_one(self) -> None:
        """The first order has no checkpoint, and opens the lesson later, by itself."""
        school = self.school()
        self.buys(school, "free", None, delays=OverrideDelays(lessons={"l3": After(period=Period(days=60))}))
        self.buys(school, "whole", "l2")

        assert self.behind(school) == [("lesson_opens", "12-01", "l2"), ("lesson_opens", "12-31", None)]

    def test_of_the_order_that_begins(self) -> None:
        """The lesson opens where the second order does, when the first has ended."""
        school = self.school()
        self.buys(school, "short", "l1", duration=TEN_DAYS)
        self.buys(school, "later", "l2", start=From(at=date(2026, 11, 20)), delays=NoDelays())

        assert self.behind(school) == [("lesson_opens", "11-19", "l2")]

    def test_of_the_order_that_ends(self) -> None:
        """The lesson closes where the first order ends, whose checkpoint it was behind."""
        school = self.school()
        self.buys(school, "short", "l1", duration=TEN_DAYS, delays=NoDelays())
        self.buys(school, "long", "l2", duration=NINETY_DAYS)

        assert self.behind(school) == [
            ("lesson_opens", "11-01", "l1"),
            ("lesson_closes", "11-11", "l1"),
            ("lesson_opens", "12-01", "l2"),
        ]


class TestL12ByTimeAlone:
    """`access_starts`/`access_ends` where the answer of `access` opens and closes by time alone."""

    def test_not_where_money_comes_again(self) -> None:
        """An order that is paid again after a full refund opens by the payment."""
        school = Office().at("2026-11-01 10:00")
        order = school.sold()
        school.pays(order)
        school.at("2026-11-05 10:00").refunds(order, "1000.00")
        school.at("2026-11-10 10:00").owes(order, "1000.00")
        school.pays(order, 2)
        assert school.reasons() == []

        assert [day for what, day in kinds(school) if what == "access_starts"] == ["11-01"]

    def test_where_a_freeze_ends_as_money_comes(self) -> None:
        """The part that is paid late at that instant opens nothing: time does."""
        school = Office().at("2026-11-01 10:00")
        school.sells(options=[Parts(id="two", count=2, every=WEEK)])
        order = school.opens()
        school.pays(order)
        school.does(asked.FreezeAccess(order=order, period=Period(days=10)))
        school.at("2026-11-11 10:00").pays(order, 2)

        assert ("access_starts", "11-11") in kinds(school)

    def test_a_freeze_until_the_refund(self) -> None:
        """A freeze that ends as the money goes back has ended by itself."""
        school = Office().at("2026-11-01 10:00")
        order = school.sold()
        school.pays(order)
        school.does(asked.FreezeAccess(order=order, period=Period(days=10)))
        school.at("2026-11-11 10:00").refunds(order, "1000.00")

        assert ("freeze_ends", "11-11") in kinds(school)

    def test_where_a_subscription_had_lapsed(self) -> None:
        """It goes on for ever, but for the days before its second period was paid."""
        school, order = running()
        school.at("2026-12-01 10:00").renews(order)
        school.at("2026-12-05 10:00").pays(order, 2)

        assert [one for one in kinds(school) if one[0].startswith("access")] == [
            ("access_starts", "11-01"),
            ("access_ends", "12-01"),
        ]

    def test_where_the_terms_of_a_subscription_end(self) -> None:
        """It is paid for ever, but its access lasts for ninety days."""
        school, _ = running(terms=TermsChange(duration=NINETY_DAYS))

        assert [one for one in kinds(school) if one[0].startswith("access")] == [
            ("access_starts", "11-01"),
            ("access_ends", "01-30"),
        ]


class TestL12PaidInTime:
    """It reckons as if what falls due is paid in time; what was due already, and opened nothing, is not reckoned on."""

    def test_a_surcharge_of_a_subscription(self) -> None:
        """That it closes access now is no matter of time: lessons open as they would."""
        school, order = running()
        school.teaches(Lesson(id="l1", delay=MONTH_LATER))
        school.at("2026-11-10 10:00").owes(order, "100.00", closes_access=True)
        assert school.reasons() == ["payment_due"]

        assert ("lesson_opens", "12-01") in kinds(school)

    def test_a_part_that_is_overdue(self) -> None:
        """It would settle what a refund left open, and open the line again; but it was not paid."""
        school = Office().at("2026-11-01 10:00")
        school.teaches(Lesson(id="l1", delay=MONTH_LATER))
        order = school.sold(payment_options=(Parts(id="two", count=2, every=WEEK),), refund_policy="close_line")
        school.pays(order)
        school.at("2026-11-05 10:00").refunds(order, "100.00", product="python")
        school.does(asked.EditOrder(order=order, discount=AmountOff(amount=Decimal(100))))

        school.at("2026-11-20 10:00")
        assert school.reasons() == ["line_refunded", "payment_due"]

        assert [what for what, _ in kinds(school) if what == "lesson_opens"] == []

    def test_what_was_not_paid_in_time_opened_nothing(self) -> None:
        """L14: under a plan that was abandoned no delay was over, so under the next order all of them count."""
        school = Office().at("2026-11-01 10:00")
        school.teaches(Lesson(id="l1", delay=After(period=Period(days=14))))
        school.sells("plan", terms=MONTH, options=[Parts(id="three", count=3, every=WEEK)])
        school.sells("full")
        school.pays(school.opens("plan"))
        school.at("2026-12-10 10:00").pays(school.opens("full"))

        assert [one for one in kinds(school, "2026-12-10 10:00") if one[0] == "lesson_opens"] == [
            ("lesson_opens", "12-24")
        ]

    def test_the_period_that_lifts_an_end_that_was_set(self) -> None:
        """A10: the first one that begins at or after it, however many are paid before."""
        school, order = running()
        school.does(asked.SetAccessEnd(order=order, at=local("2027-02-15 10:00")))

        assert [one for one in kinds(school) if one[0].startswith("access")] == [
            ("access_starts", "11-01"),
            ("access_ends", "02-15"),
            ("access_starts", "03-01"),
        ]

    def test_only_the_end_that_was_set_last_is_lifted(self) -> None:
        """A10: an end that was set before it no longer matters, however late it was."""
        school, order = running()
        for day in ("2029-02-15 10:00", "2026-11-20 12:00"):
            school.does(asked.SetAccessEnd(order=order, at=local(day)))

        assert [one for one in kinds(school) if one[0].startswith("access")] == [
            ("access_starts", "11-01"),
            ("access_ends", "11-20"),
            ("access_starts", "12-01"),
        ]

    def test_an_end_that_is_set_further_than_any_subscription_lasts(self) -> None:
        """The schedule looks ahead as far as a subscription may name periods: the rest of time would never be done."""
        school, order = running(every=Period(days=1))
        school.does(asked.SetAccessEnd(order=order, at=local("8999-02-15 10:00")))

        assert [one for one in kinds(school) if one[0].startswith("access")] == [
            ("access_starts", "11-01"),
            ("access_ends", "02-15"),
        ]

    def test_a_subscription_whose_first_payment_is_put_off(self) -> None:
        """It opens when that is due; periods to come open nothing before."""
        school, order = subscribed(periods=2)
        school.does(asked.EditPayment(order=order, payment=f"{order}.1", due_at=local("2026-11-10 10:00")))

        assert [one for one in kinds(school) if one[0].startswith("access")] == [
            ("access_starts", "11-10"),
            ("access_ends", "01-10"),
        ]

    def test_a_part_that_opens_what_a_refund_has_closed(self) -> None:
        """P9: the line opens when the rest is paid, which is assumed."""
        school = Office().at("2026-11-01 10:00")
        order = school.sold(payment_options=(Parts(id="two", count=2, every=WEEK),), refund_policy="close_line")
        school.pays(order)
        school.at("2026-11-05 10:00").refunds(order, "100.00", product="python")
        school.does(asked.EditOrder(order=order, discount=AmountOff(amount=Decimal(100))))
        assert school.reasons() == ["line_refunded"]

        assert ("access_starts", "11-08") in kinds(school)


class TestL14Order:
    """A lesson whose delay was over for a contact has none under every order that is activated later."""

    def test_one_made_earlier_and_paid_later(self) -> None:
        """What counts is when it was activated, not its number."""
        school = School().at("2026-11-01 10:00")
        school.teaches(Lesson(id="l1", delay=After(period=WEEK)))
        school.sells("long")
        school.sells("short", terms=TermsChange(duration=TEN_DAYS))
        order = school.opens("long")
        school.pays(school.opens("short"))

        school.at("2026-12-01 10:00").pays(order)

        assert school.lessons().open == ("l1",)

    def test_not_one_that_would_have_opened_at_the_end(self) -> None:
        """T4: its delay was over when access was, so it never was open."""
        school = School().at("2026-11-01 10:00")
        school.teaches(Lesson(id="l1", delay=After(period=WEEK)))
        school.sells("week", terms=TermsChange(duration=For(period=WEEK)))
        school.sells("long")
        school.pays(school.opens("week"))
        school.at("2026-12-01 10:00").pays(school.opens("long"))

        assert school.lessons().open == ()


class TestL12Order:
    """The whole schedule, in order: by instant, then by what happens, then as the course has its lessons."""

    def test_lessons_of_one_instant(self) -> None:
        """As they stand in the course, whatever they are called."""
        school = Office().at("2026-11-01 10:00")
        school.teaches(Lesson(id="z", delay=MONTH_LATER), Lesson(id="a", delay=MONTH_LATER))
        school.pays(school.sold())

        assert [one.lesson for one in listed(school) if one.lesson is not None] == ["z", "a"]


class TestA6Order:
    """If the product is open, the answer names all open grants in order of number."""

    def test_however_they_are_given(self) -> None:
        """A host that compiles a plan of its own may give them in any order."""
        school = Office().at("2026-11-01 10:00")
        orders = [school.makes(), school.makes()]
        for order in orders:
            school.owes(order, "1000.00", paid=True)
        both = [(one, one.line("python")) for one in map(school.order, orders)]
        grants = [Grant(order=one, line=line, resolved=resolved(one, line, {})) for one, line in both]

        plan = compile_plan(
            reversed(grants), project=school.project, course=Course(product="python"), progress=Progress()
        )

        assert plan.access(school.now).orders == tuple(orders)
