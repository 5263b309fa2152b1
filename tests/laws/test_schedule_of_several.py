"""L12 where several orders give one product: whose checkpoint an entry names."""

from kwiga_orders.course import After, Lesson, Practice
from kwiga_orders.periods import Period
from kwiga_orders.terms import For, OverrideCheckpoints, TermsChange
from kwiga_orders.testing.school import School, local

MONTH_LATER = After(period=Period(days=30))


class TestL12Checkpoints:
    """In a lesson behind a checkpoint that is not passed: where it would open, with that checkpoint's lesson as
    `after_checkpoint`.
    """

    def test_of_the_order_that_opens_it(self) -> None:
        """The first order has ended by then, so the checkpoint of the second is named, though it comes later."""
        school = School().at("2026-11-01 10:00")
        practices = (Practice(id="p1"), Practice(id="p2"))
        first, second = (Lesson(id=f"l{n}", practices=(one,)) for n, one in enumerate(practices, start=1))
        school.teaches(first, second, Lesson(id="l3", delay=MONTH_LATER))
        for code, days, checkpoint in (("short", 10, "l1"), ("long", 90, "l2")):
            duration = For(period=Period(days=days))
            school.sells(
                code, terms=TermsChange(duration=duration, checkpoints=OverrideCheckpoints(lessons=(checkpoint,)))
            )
            school.pays(school.opens(code))

        entries = school.orders.plan(contact="olena", product="python").schedule(school.now, at=school.now)

        behind = [(entry.at, entry.lesson, entry.after_checkpoint) for entry in entries if entry.lesson == "l3"]
        assert behind == [(local("2026-12-01 10:00"), "l3", "l2")]
