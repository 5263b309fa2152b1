"""Long walks through a school: the laws of the machine where they matter, and proof that the walks come there."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from random import Random

from kwiga_orders.access import EntryKind
from kwiga_orders.orders.asked import asked_of
from kwiga_orders.orders.commands import OpenOffer
from kwiga_orders.orders.events import AttentionResolved
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import PaymentState, PaymentStatus
from kwiga_orders.testing.scripts import Step
from tests.effort import times
from tests.stateful.sensible import SENSIBLE, months_pass, odd_things_are_looked_at
from tests.stateful.test_machine import OnMemory, PaperMachine

WAITS = [timedelta(minutes=1), timedelta(hours=5), timedelta(days=1), timedelta(days=9), timedelta(days=25)]
KINDS = (*SENSIBLE, months_pass, months_pass, odd_things_are_looked_at, odd_things_are_looked_at)
STEPS = 40
OFFERS = ("monthly", "parts", "basic", "trial", "bundle")


def walked(offer: str, seed: int) -> Iterator[PaperMachine]:
    """Give the machine after each step of a walk, whose laws were asked for; each kind of step is drawn as often."""
    random, machine = Random(f"{offer}:{seed}"), OnMemory()
    try:
        machine.begins(step=Step(command=OpenOffer(offer=offer, contact="olena"), wait=WAITS[0]), again=False)
        for _ in range(STEPS):
            for law in machine.invariants:
                law.function(machine)
            yield machine
            if likely := list(random.choice(KINDS)(machine.paper)):
                machine.carry_out(random.choice(WAITS), random.choice(likely))
    finally:
        machine.teardown()


def met(machine: PaperMachine, order: Order) -> Iterator[str]:
    """Name what makes a law say something about an order."""
    asks, unpaid = asked_of(order), [one for one in order.payments if one.state is PaymentState.UNPAID]
    if any(not one.by_hand and asks.get(one.id) != one.amount for one in unpaid):
        yield "an option asks for less than its amount"
    yield from ["a cancelled order"] * (order.cancelled_at is not None and bool(order.payments))
    yield from ["a superseded order"] * (order.superseded_by is not None)
    yield from ["a refunded order"] * (order.payment_status is PaymentStatus.REFUNDED)
    yield from ["a second period"] * (sum(one.period is not None for one in order.payments) > 1)
    history = machine.school.history(order.id)
    resolved = [one.version for one in history if isinstance(one.event, AttentionResolved) and not one.event.by_itself]
    if resolved and any(one.version > resolved[0] and one.command.startswith("report_") for one in history):
        yield "a report after attention was resolved"
    for line in order.lines:
        plan = machine.school.orders.plan(contact=order.contact, product=line.product)
        kinds = {entry.what for entry in plan.schedule(machine.school.now, at=machine.school.now)}
        yield from ["a lesson to come"] * (EntryKind.LESSON_OPENS in kinds)


def test_laws_hold_on_long_walks() -> None:
    """P15, P13, P16, A8, L12: whatever is done, one after another, the laws of the machine hold; and each meets what it
    is about, so that none holds for want of cases.
    """
    seen = Counter[str]()
    for offer in OFFERS:
        for seed in range(times(2, 40)):
            for machine in walked(offer, seed):
                seen.update(name for order in machine.changed for name in met(machine, order))

    assert set(seen) == {
        "a cancelled order",
        "a lesson to come",
        "a refunded order",
        "a report after attention was resolved",
        "a second period",
        "a superseded order",
        "an option asks for less than its amount",
    }, seen
