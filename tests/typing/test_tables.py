"""What type checkers see of the tables of commands: a rule stands beside the command that it decides, and no other."""

from pathlib import Path

from tests.typing.test_asking import complaints

BEGINNING = """
from kwiga_orders.decisions.deciding import decider
from kwiga_orders.decisions import on_offers, on_orders
from kwiga_orders.offers import ArchiveOffer, CreateOffer
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders import paying
from kwiga_orders.orders.decide import rule

"""
FITS = ("rule(asked.MarkPaid, paying.mark_paid)", "decider(CreateOffer, on_offers.create_offer)",
        "decider(asked.EditLine, on_orders.to_order)")  # fmt: skip
WRONG = (
    "rule(asked.MarkPaid, paying.start_attempt)",
    "rule(asked.OrderCommand, paying.start_attempt)",
    "decider(ArchiveOffer, on_offers.create_offer)",
    "decider(CreateOffer, paying.start_attempt)",
)


def test_only_what_fits_is_taken(tmp_path: Path) -> None:
    """A rule for the class itself or for a class above it fits; one for another command is an error before it runs."""
    # one program for all, since a run of the checker takes seconds
    program = "\n".join([BEGINNING, *FITS, *WRONG, ""])
    found = complaints(program, tmp_path)
    assert all("arg-type" in complaint for complaint in found)
    lines = program.splitlines()
    assert [lines[int(complaint.split(":")[1]) - 1] for complaint in found] == [*WRONG]
