"""What happened to an order elsewhere, told at once, is what its commands do one after another."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.asking import Sources, run
from kwiga_orders.changes import Changes
from kwiga_orders.decisions import decide
from kwiga_orders.errors import Refused
from kwiga_orders.importing.replay import replay_of
from kwiga_orders.importing.staged import StagedRecords
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome
from kwiga_orders.periods import Period
from kwiga_orders.terms import For, TermsChange
from tests.importing import taught
from tests.laws.office import Office, refund_report, report

START = datetime(2026, 1, 5, 10, tzinfo=UTC)
ID = "o-1"
Told = tuple[asked.OrderCommand, datetime]

terms = st.sampled_from([TermsChange(), TermsChange(duration=For(period=Period(days=40)))])
amounts = st.decimals("0.01", "700", places=2)


@st.composite
def makings(draw: st.DrawFn) -> asked.CreateOrder:
    """An order by hand."""
    products = draw(st.lists(st.sampled_from(["python", "sql"]), min_size=1, unique=True))
    lines = [asked.LineAsked(product=one, price=draw(amounts), terms=draw(terms)) for one in products]
    return asked.CreateOrder(
        contact="olena", lines=tuple(lines), type=draw(st.sampled_from(["regular", "subscription"]))
    )


@st.composite
def tales(draw: st.DrawFn) -> list[Told]:
    """What happened then, some of it at the same instant."""
    at, told = START, []
    for n in range(draw(st.integers(0, 5))):
        at += timedelta(days=draw(st.sampled_from([0, 0, 1, 9])))
        told.append((draw(_happenings(n)), at))
    return told


@st.composite
def _happenings(draw: st.DrawFn, n: int) -> asked.OrderCommand:
    number = draw(st.integers(1, n or 1))
    payment = f"{ID}.{number}"
    happening: st.SearchStrategy[asked.OrderCommand] = st.one_of(
        st.builds(asked.AddPayment, order=st.just(ID), amount=amounts, paid=st.booleans()),
        st.builds(asked.MarkPaid, order=st.just(ID), payment=st.just(payment)),
        st.just(asked.FreezeAccess(order=ID, product="python", period=Period(days=3))),
        st.just(asked.CancelOrder(order=ID)),
        st.just(asked.ReopenOrder(order=ID)),
        st.just(asked.MoveOrder(order=ID, status="new")),
        st.just(report(ID, Outcome.FAILED, number)),
        amounts.map(lambda amount: refund_report(ID, str(amount), number)),
    )
    return draw(happening)


def one_after_another(making: asked.CreateOrder, told: Sequence[Told], sources: Sources, *, notifies: bool) -> Changes:
    """Decide each command by itself."""
    staged = StagedRecords(sources.records)
    seen = Sources(project="school", records=staged, courses=sources.courses, progress=sources.progress)
    for command, at in [(making, START), *told]:
        staged.stage(run(decide(command, now=at, fresh_id=ID, notifies=notifies), seen).changes)
    return staged.changes()


def at_once(making: asked.CreateOrder, told: Sequence[Told], sources: Sources, *, notifies: bool) -> Changes:
    """Tell all of it."""
    replay = run(replay_of(making, now=START, fresh_id=ID, notifies=notifies), sources)
    for command, at in told:
        replay.execute(command, at)
    return replay.decision().changes


def change_or_code(way: Callable[..., Changes], office: Office, *told: object, notifies: bool) -> Changes | str:
    """Give the change that is made, or the code that it is refused with."""
    with office.store.transaction("school", writes=False) as look:
        sources = Sources(project="school", records=look, courses=office.courses, progress=office.progress)
        try:
            return way(*told, sources, notifies=notifies)
        except Refused as refusal:
            return refusal.code


class TestReplay:
    """What is told at once is the change that the commands add up to, or what the first of them is refused with."""

    @given(making=makings(), told=tales(), notifies=st.booleans())
    def test_the_same_change(self, *, making: asked.CreateOrder, told: list[Told], notifies: bool) -> None:
        """Orders, history, letters, and what falls due."""
        office = taught()

        at_once_told = change_or_code(at_once, office, making, told, notifies=notifies)

        assert at_once_told == change_or_code(one_after_another, office, making, told, notifies=notifies)

    def test_a_contact_that_is_not_there(self) -> None:
        """It is refused as by hand."""
        line = asked.LineAsked(product="python", price=Decimal(1))
        making = asked.CreateOrder(contact="nobody", lines=(line,))

        assert change_or_code(at_once, taught(), making, [], notifies=False) == "not_found"
