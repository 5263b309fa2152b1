"""Laws of access: compared with a plain reading of the rules, and with each other."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import attrs

from kwiga_orders.extras import extra
from kwiga_orders.orders import commands as asked
from kwiga_orders.periods import Period, later, zone_named
from kwiga_orders.plans import Plan, compile_plan
from kwiga_orders.terms import For, TermsChange, Until
from kwiga_orders.testing.laws import drawn
from kwiga_orders.testing.laws.desk import MOMENT, Desk
from kwiga_orders.testing.laws.law import Draw, Laws, Met, law
from kwiga_orders.testing.plain_access import PlainAccess, plain
from kwiga_orders.testing.strategies import Learner, instants, learners

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["AccessLaws", "plain_of", "plan_of", "telling"]

_DAY = timedelta(days=1)


def plan_of(learner: Learner) -> Plan:
    """Compile the plan of a drawn learner."""
    return compile_plan(learner.grants, project=learner.project, course=learner.course, progress=learner.progress)


def plain_of(learner: Learner) -> PlainAccess:
    """Give the plain reading of the rules for a drawn learner."""
    return plain(learner.grants, project=learner.project, course=learner.course, progress=learner.progress)


class AccessLaws(Laws):
    """A: who has access to a product, until when, and why not."""

    @law("A5")
    def test_answers_are_those_of_the_plain_reading(self, desk: Desk, draw: Draw, met: Met) -> None:
        """The plan and the plain reading of the rules give the same answer, at and just before every change."""
        learner = draw(learners(least=1, most=2), "learner")
        plan, model = plan_of(learner), plain_of(learner)
        met(any(grant.order.activated_at is not None for grant in learner.grants))

        # only a few instants, so that an example takes no longer than those of other laws
        every = sorted(set(telling(model, draw(instants(), "at"))))
        which = st.lists(st.integers(0, len(every) - 1), min_size=6, max_size=8, unique=len(every) > 8)
        for at in [every[n] for n in draw(which, "which of the instants")]:
            assert plan.access(at) == model.access(at), at

    @law("A6")
    def test_more_grants_never_take_access_away(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A lesson that is open with one order is also open with two orders."""
        learner = draw(learners(least=2, most=2), "learner")
        fewer = plan_of(attrs.evolve(learner, grants=learner.grants[:1]))
        more = plan_of(learner)
        for at in sorted({draw(instants()), *plain_of(learner).changes}):
            if fewer.access(at).open:
                met()
                assert more.access(at).open
                assert set(fewer.lessons(at).open) <= set(more.lessons(at).open)

    @law("A7")
    def test_an_answer_holds_until_its_next_change(self, desk: Desk, draw: Draw, met: Met) -> None:
        """An answer stays the same until `next_change_at`, and changes at that instant."""
        learner, at = draw(learners(least=1, most=2), "learner"), draw(instants(), "at")
        plan = plan_of(learner)
        now = plan.access(at)
        if now.next_change_at is not None:
            met()
            assert plan.access(now.next_change_at - MOMENT) == now
            assert plan.access(now.next_change_at) != now

    @law("A9")
    def test_an_extension_moves_the_end(self, desk: Desk, draw: Draw, met: Met) -> None:
        """An extension is counted from the end, or from now if access has ended."""
        desk.at(draw(drawn.instants(), "paid at"))
        order = desk.bought(terms=TermsChange(duration=For(period=Period(days=30))))
        end = desk.access().ends_at
        desk.passes(_DAY * draw(st.integers(0, 60), "days later"))
        by = draw(drawn.of_days(), "by")
        desk.does(asked.ExtendAccess(order=order, by=by))
        assert end is not None
        met(end < desk.school.now)

        assert desk.access().ends_at == later(max(end, desk.school.now), by, zone=zone_named(desk.zone))

    @law("A10")
    def test_an_end_that_was_set_is_the_end(self, desk: Desk, draw: Draw, met: Met) -> None:
        """An end that was set replaces the end of the terms until it is set again; set to None, access has no end."""
        desk.at(draw(drawn.instants(), "paid at"))
        order = desk.bought(terms=TermsChange(duration=For(period=draw(drawn.of_days(), "for"))))
        at = desk.school.now + _DAY * draw(st.integers(1, 100), "ends in days")
        desk.does(asked.SetAccessEnd(order=order, at=at))
        met()

        assert desk.access().ends_at == at
        assert [desk.is_open(at - MOMENT), desk.is_open(at)] == [True, False]
        desk.does(asked.SetAccessEnd(order=order, at=None))
        assert desk.access().ends_at is None

    @law("A11")
    def test_what_is_frozen_is_given_back(self, desk: Desk, draw: Draw, met: Met) -> None:
        """During a freeze access is closed, and the end moves by the length of the freeze on the wall clock."""
        desk.at(draw(drawn.instants(), "paid at"))
        order = desk.bought(terms=TermsChange(duration=For(period=Period(days=60))))
        end, zone = desk.access().ends_at, zone_named(desk.zone)
        length = draw(drawn.of_days(50), "frozen for")
        desk.passes(_DAY * draw(st.integers(0, 20), "days later"))
        desk.does(asked.FreezeAccess(order=order, period=length))
        thawed_at = later(desk.school.now, length, zone=zone)
        met()
        assert end is not None
        assert (desk.codes(), desk.is_open(thawed_at - MOMENT), desk.is_open(thawed_at)) == (["frozen"], False, True)
        assert desk.access(thawed_at).ends_at == later(end, length, zone=zone)

        desk.does(asked.UnfreezeAccess(order=order))
        assert (desk.is_open(), desk.access().ends_at) == (True, end)

    @law("A11")
    def test_freezes_do_not_overlap(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A second freeze that begins during the first one is refused."""
        order = desk.bought()
        length, wait = draw(drawn.of_days(20), "first"), draw(st.integers(0, 25), "days later")
        desk.does(asked.FreezeAccess(order=order, period=length))
        at = desk.school.now + timedelta(days=wait, hours=1)
        met(wait < length.days - 1)
        second = asked.FreezeAccess(order=order, period=Period(days=1), starts_at=at)

        assert (desk.refused(second) == "freeze.overlaps") is (
            at < later(desk.school.now, length, zone=zone_named(desk.zone))
        )

    @law("T6")
    def test_asking_changes_nothing(self, desk: Desk, draw: Draw, met: Met) -> None:
        """The answer about an instant is the same before and after that instant, however often it is asked."""
        desk.bought(terms=TermsChange(duration=For(period=draw(drawn.of_days(), "for"))))
        at = desk.school.now + _DAY * draw(st.integers(0, 90), "asked about")
        before = desk.access(at)
        desk.passes(_DAY * draw(st.integers(1, 90), "asked after"))
        met()

        assert desk.access(at) == before == desk.access(at)

    @law("A1")
    def test_only_an_order_that_counts_gives_access(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Only an activated order that is neither cancelled nor refunded gives access; without one, none does."""
        assert desk.codes() == ["no_order"]
        fate = draw(st.sampled_from(("unpaid", "paid", "cancelled", "refunded", "both")), "what became of it")
        order = desk.makes(500, paid=fate != "unpaid")
        if fate in ("refunded", "both"):
            desk.does(desk.refund(order, 500))
        if fate in ("cancelled", "both"):
            desk.does(asked.CancelOrder(order=order))
        met(fate == "both")
        reasons = {"unpaid": ["not_paid"], "paid": [], "cancelled": ["order_cancelled"], "refunded": ["refunded"]}

        assert desk.codes() == reasons.get(fate, ["order_cancelled", "refunded"])
        assert desk.is_open() is (fate == "paid")

    @law("A4")
    def test_a_window_that_would_be_empty_is_refused(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Terms that would make the window empty, by the order's own activation, are refused; others leave one."""
        order = desk.makes(500, paid=True)
        paid_on = desk.school.now.astimezone(desk.tz).date()
        desk.passes(_DAY * draw(st.integers(0, 20), "days later"))
        until = paid_on + _DAY * draw(st.integers(-5, -1) | st.integers(0, 25), "until")
        is_empty = until < paid_on
        met(is_empty)
        edit = asked.EditLine(order=order, product=desk.product, terms=TermsChange(duration=Until(at=until)))

        assert desk.refused(edit) == ("terms.window_empty" if is_empty else None)

    @law("A5")
    def test_lifting_one_block_lifts_no_other(self, desk: Desk, draw: Draw, met: Met) -> None:
        """Frozen and overdue are two reasons, in this order. Paying removes only one, and unfreezing only the other."""
        order = desk.makes(500, paid=True)
        payment = desk.adds(order, 200, closes_access=True)
        desk.does(asked.FreezeAccess(order=order, period=Period(days=9)))
        assert desk.codes() == ["frozen", "payment_due"]
        first = draw(st.sampled_from(("pay", "unfreeze")), "first")
        met()
        pay, unfreeze = asked.MarkPaid(order=order, payment=payment), asked.UnfreezeAccess(order=order)
        desk.does(pay if first == "pay" else unfreeze)
        assert desk.codes() == (["frozen"] if first == "pay" else ["payment_due"])
        desk.does(unfreeze if first == "pay" else pay)
        assert desk.is_open()

    @law("A6")
    def test_the_latest_end_is_shown(self, desk: Desk, draw: Draw, met: Met) -> None:
        """The answer shows the latest end of all open grants (for ever is the latest), and names all their orders."""
        lengths = draw(st.lists(st.none() | st.integers(1, 60), min_size=2, max_size=3), "days")
        orders = [
            desk.bought(terms=TermsChange() if one is None else TermsChange(duration=For(period=Period(days=one))))
            for one in lengths
        ]
        known = [one for one in lengths if one is not None]
        met(len(set(lengths)) > 1)
        ends_at = later(desk.school.now, Period(days=max(known, default=1)), zone=desk.tz)

        assert desk.access().orders == tuple(orders)
        assert desk.access().ends_at == (None if None in lengths else ends_at)

    @law("A11")
    def test_delays_wait_while_it_is_frozen(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A planned freeze moves the end, too. If it is cancelled before it begins, nothing has changed."""
        order = desk.bought(terms=TermsChange(duration=For(period=Period(days=40))))
        end = desk.access().ends_at
        wait, length = draw(st.integers(1, 30), "begins in"), draw(drawn.of_days(20), "frozen for")
        desk.does(asked.FreezeAccess(order=order, period=length, starts_at=desk.school.now + _DAY * wait))
        met()
        assert end is not None
        assert desk.access().ends_at == later(end, length, zone=desk.tz)
        desk.does(asked.UnfreezeAccess(order=order))
        assert (desk.access().ends_at, desk.is_open(desk.school.now + _DAY * wait)) == (end, True)

    @law("A11")
    def test_only_what_was_really_frozen_counts(self, desk: Desk, draw: Draw, met: Met) -> None:
        """If a freeze is ended early, the end moves only by the days that were really frozen."""
        order = desk.bought(terms=TermsChange(duration=For(period=Period(days=60))))
        end = desk.access().ends_at
        frozen, after = draw(st.integers(2, 30), "frozen for"), draw(st.integers(0, 30), "unfrozen after")
        desk.does(asked.FreezeAccess(order=order, period=Period(days=frozen)))
        desk.at(later(desk.school.now, Period(days=after), zone=desk.tz) if after else desk.school.now)
        code = desk.refused(asked.UnfreezeAccess(order=order))
        met(0 < after < frozen)
        assert code == ("freeze.none" if after >= frozen else None)
        really = min(after, frozen)

        assert end is not None
        assert desk.access().ends_at == (later(end, Period(days=really), zone=desk.tz) if really else end)

    @law("A13")
    def test_all_lines_or_none(self, desk: Desk, draw: Draw, met: Met) -> None:
        """A command for all lines is refused as a whole if one line refuses it."""
        order = desk.makes(300, 200, paid=True)
        has_ends = draw(st.tuples(st.booleans(), st.booleans()), "which lines end")
        for product, ends in zip((desk.product, f"{desk.product}-1"), has_ends, strict=True):
            if ends:
                desk.does(asked.SetAccessEnd(order=order, product=product, at=desk.school.now + _DAY * 30))
        version = desk.order(order).version
        code = desk.refused(asked.ExtendAccess(order=order, by=Period(days=5)))
        met(any(has_ends) and not all(has_ends))

        assert code == (None if all(has_ends) else "access.no_end")
        assert desk.order(order).version == version + all(has_ends)


def telling(model: PlainAccess, at: datetime) -> Iterator[datetime]:
    """Give the instants worth checking: at and just before every change, and one more."""
    for change in model.changes:
        yield change - MOMENT
        yield change
    yield at
