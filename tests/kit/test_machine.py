"""The state machine that ships: a host inherits it with a school of its own, and most of its commands are accepted."""

from decimal import Decimal
from typing import ClassVar

import pytest
from hypothesis import Phase, given, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, run_state_machine_as_test

from kwiga_orders.errors import Conflict, Refused
from kwiga_orders.payments import Full, Parts, Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.policy import Visitor
from kwiga_orders.project import Actor, Project
from kwiga_orders.terms import For, TermsChange
from kwiga_orders.testing.likely import likely_scripts
from kwiga_orders.testing.machine import SchoolMachine
from kwiga_orders.testing.school import School
from kwiga_orders.testing.scripts import Names, Step
from tests.effort import times

MONTH = Period(months=1)


def riga() -> School:
    """A school with a course of its own, sold in every way."""
    school = School(project=Project(id="riga", timezone="Europe/Riga", currency="EUR", grace=Period(days=3)))
    school.teaches("l1", "l2")
    options = (
        Full(id="full"),
        Parts(id="parts", count=3, every=MONTH),
        Subscribe(id="club", amount=Decimal(10), every=MONTH),
    )
    school.sells(terms=TermsChange(duration=For(period=Period(days=90))), options=options)
    return school


def tried(machine: type[RuleBasedStateMachine], *, few: int) -> None:
    """Run a machine."""
    run_state_machine_as_test(
        machine,
        # none is made smaller: what matters is whether a law fails, not how
        settings=settings(
            max_examples=times(few, 300), stateful_step_count=times(20, 50), phases=[Phase.generate], database=None
        ),
    )


def test_most_commands_are_accepted() -> None:
    """Four of five at least; its laws hold, and so does one of the host's own."""

    class Riga(SchoolMachine):
        school = riga
        looked: ClassVar[int] = 0

        @invariant()
        def who_paid_all_and_gave_nothing_back_is_active(self) -> None:
            for order in self.changed:
                if order.sums.net.minor and order.cancelled_at is None:
                    type(self).looked += 1
                    assert order.activated_at is not None

    tried(Riga, few=12)

    assert Riga.looked
    assert Riga.given >= 100
    assert Riga.accepted / Riga.given >= 0.8, f"{Riga.accepted} of {Riga.given}"


def test_commands_go_through_the_policy() -> None:
    """K8: by whom each is given; what a role lacks is refused, and changes nothing."""

    class Visited(SchoolMachine):
        visitors: ClassVar = (Visitor(actor=Actor(kind="staff", id="ira"), role="viewer"),)

    tried(Visited, few=3)

    assert Visited.given
    assert Visited.accepted == 0


def test_it_finds_a_fault() -> None:
    """A law of the host's that does not hold is told with the steps that break it."""

    class Wrong(SchoolMachine):
        @invariant()
        def nobody_ever_pays(self) -> None:
            assert all(order.sums.paid.minor == 0 for order in self.changed)

    with pytest.raises(AssertionError):
        tried(Wrong, few=30)


def test_most_of_a_script_is_accepted() -> None:
    """Drawn on one school it is played on another one like it; four of five commands are accepted at least."""
    said: list[bool] = []

    @settings(max_examples=times(25, 500), phases=[Phase.generate], database=None)
    @given(script=likely_scripts(riga))
    def plays(script: list[Step]) -> None:
        school, names = riga(), Names()
        for step in script:
            school.clock.set(school.now + step.wait)
            command = names.resolved(step.command)
            try:
                names.note(command, school.does(command))
            except (Refused, Conflict):
                said.append(False)
            else:
                said.append(True)

    plays()

    assert len(said) >= 100
    assert sum(said) / len(said) >= 0.8
