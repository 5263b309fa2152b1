"""Everything on the wire is drawn, valid and invalid, and commands are written as they are read."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kwiga_orders.due import RunDue
from kwiga_orders.errors import InvalidInput, Refused
from kwiga_orders.orders.commands import FreezeAccess
from kwiga_orders.testing import documents
from kwiga_orders.wire import read_command
from kwiga_orders.wire.writing import write_command
from tests.effort import times
from tests.wire.documents import COMMANDS

FEW = settings(max_examples=times(40, 4000), suppress_health_check=list(HealthCheck))
COMMAND_NAMES, OBJECT_NAMES = documents.command_names(), documents.object_names()


def test_there_is_one_of_everything() -> None:
    """The names are those of the wire."""
    assert len(COMMAND_NAMES) >= len(COMMANDS) >= 55
    assert {"Course", "Project", "Contact", "Offer", "AccessTerms", "Funnel", "Progress"} <= set(OBJECT_NAMES)


@FEW
@given(data=st.data(), name=st.sampled_from(COMMAND_NAMES))
def test_commands(data: st.DataObject, name: str) -> None:
    """A valid one is read, and written as it was read; an invalid one is refused with its faults."""
    command = read_command(data.draw(documents.documents(name)))
    assert read_command(write_command(command)) == command
    with pytest.raises((InvalidInput, Refused)):
        read_command(data.draw(documents.invalid_documents(name)))


@FEW
@given(data=st.data(), name=st.sampled_from(OBJECT_NAMES))
def test_objects(data: st.DataObject, name: str) -> None:
    """Each object has documents, valid and invalid."""
    valid, wrong = data.draw(documents.documents(name)), data.draw(documents.invalid_documents(name))
    assert valid != wrong


def test_each_field_is_written() -> None:
    """A document with every field is written with every field that is not its default."""
    for document in COMMANDS.values():
        command = read_command(document)
        assert read_command(write_command(command)) == command


def test_what_the_library_tells_itself_is_not_written() -> None:
    """It does not go over the wire."""
    with pytest.raises(TypeError, match="run_due does not go over the wire"):
        write_command(RunDue(order="o1"))


def test_hypothesis_knows_the_commands() -> None:
    """`from_type` draws them, once they are registered."""
    assert FreezeAccess in documents.registered()

    drawn: list[FreezeAccess] = []
    settings(FEW, max_examples=3)(given(command=st.from_type(FreezeAccess))(lambda command: drawn.append(command)))()
    assert {type(one) for one in drawn} == {FreezeAccess}
