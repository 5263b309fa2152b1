"""Names of the first edition that have moved are still answered, with a warning that says where they are now."""

from importlib import import_module

import pytest

from kwiga_orders import asking, changes

MOVED = {
    "kwiga_orders.facts": "NOTHING Asking Card CardPage Changes Courses Look OrderSearch OutboxRow Page ProgressSource"
    " Receipt Records Repeated Sources StatusCount TrackPage ask",
    "kwiga_orders.contrib.fastapi.lms": "HttpLms",
    "kwiga_orders.contrib.fastapi.serving": "Lms Outside Served Token Webhook new_token serving",
    "kwiga_orders.cli.stage": "SchoolStage StageGateway",
}


@pytest.mark.parametrize(("module", "name"), [(one, name) for one, names in MOVED.items() for name in names.split()])
def test_a_name_that_moved(module: str, name: str) -> None:
    """It is what the new home has, and the warning names that home."""
    with pytest.warns(DeprecationWarning, match=f"{module}.{name} is now kwiga_orders"):
        found = getattr(import_module(module), name)
    assert found is not None


def test_a_name_that_was_renamed() -> None:
    """A look is now a question."""
    with pytest.warns(DeprecationWarning, match="is now"):
        assert import_module("kwiga_orders.facts").Look is asking.Question
    with pytest.warns(DeprecationWarning, match="is now"):
        assert import_module("kwiga_orders.facts").Receipt is changes.Receipt


def test_a_name_that_never_was() -> None:
    """It is an error as of any module."""
    with pytest.raises(AttributeError, match="has no attribute 'Dragon'"):
        _ = import_module("kwiga_orders.facts").Dragon
