"""K5: every input is bounded, and beyond a bound comes a clear refusal, in no more time than the document is long."""

import time

import pytest

from kwiga_orders import bounds, wire
from kwiga_orders.codec import Json
from kwiga_orders.errors import InvalidInput
from tests.wire.documents import COMMANDS
from tests.wire.test_refusals import DOCUMENTS, READERS, faults, many, refusal, replaced, steps

LARGE, MONEY = "input.too_large", "money.too_large"


class TestLists:
    """Each list has its bound, and is refused as it is before what is in it is looked at."""

    @pytest.mark.parametrize(
        ("name", "path", "value", "fault"),
        [
            ("report_event", "data", {"deep": many(25)}, ("data", LARGE)),
            ("report_event", "data", {"many": list(range(1001))}, ("data", LARGE)),
            ("report_event", "data", {"long": ["x" * 10_001]}, ("data", LARGE)),
            ("report_event", "data", {"x" * 10_001: 1}, ("data", LARGE)),
            ("edit_order", "tags", ["t"] * 201, ("tags", LARGE)),
            ("create_order", "lines", [{"product": "p"}] * 201, ("lines", LARGE)),
            ("create_offer", "items", [1] * 201, ("items", LARGE)),
            ("create_offer", "payment_options", [1] * 201, ("payment_options", LARGE)),
            ("create_funnel", "statuses", [1] * 201, ("statuses", LARGE)),
            ("orders", "tag", ["t"] * 201, ("tag", LARGE)),
            ("orders", "search", "a" * 321, ("search", LARGE)),
            ("orders", "after", "a" * 2001, ("after", LARGE)),
            ("Course", "modules", [1] * 10_001, ("modules", LARGE)),
            ("Course", "modules.0.lessons", [1] * 10_001, ("modules.0.lessons", LARGE)),
            ("Progress", "completed", ["l"] * 10_001, ("completed", LARGE)),
            ("Progress", "tests", {f"t{n}": 1 for n in range(10_001)}, ("", LARGE)),
        ],
    )
    def test_beyond_the_bound(self, name: str, path: str, value: Json, fault: tuple[str, str]) -> None:
        """The list, or the text, is at fault."""
        assert fault in faults(READERS[name], replaced(DOCUMENTS[name], steps(path), value))


class TestTexts:
    """Each kind of text has its bound, and so has an amount."""

    @pytest.mark.parametrize(
        ("field", "length"), [("order", bounds.ID), ("comment", bounds.NOTE), ("manager", bounds.ID)]
    )
    def test_texts_have_an_end(self, field: str, length: int) -> None:
        """K5: each kind of text has its bound; a text of that length is read."""
        document = COMMANDS["edit_order"]
        assert faults(wire.read_command, {**document, field: "a" * (length + 1)}) == [(field, LARGE)]
        assert refusal(wire.read_command, {**document, field: "a" * length}) is None

    @pytest.mark.parametrize("value", ["1234567890123", "1000000000000.00", "9" * 100_000])
    def test_too_much_money(self, value: str) -> None:
        """K5: an amount stays below its bound."""
        assert faults(wire.read_command, {**COMMANDS["add_payment"], "amount": value}) == [("amount", MONEY)]


class TestFaults:
    """At most a hundred faults are told, with how many there are."""

    def test_at_most_a_hundred(self) -> None:
        """K5: at most a hundred faults are told, with how many there are; and it takes no longer than that."""
        document = {**COMMANDS["edit_order"], **{f"x{n}": 1 for n in range(5000)}}
        began = time.process_time()
        with pytest.raises(InvalidInput) as refused:
            wire.read_command(document)
        assert (len(refused.value.faults), refused.value.count) == (100, 5000)
        assert refused.value.details["count"] == 5000
        assert time.process_time() - began < 5

    @pytest.mark.parametrize(
        "document",
        [
            {"command": "edit_order", "order": "o1", "tags": [[0] * bounds.VALUES]},
            {"command": "edit_order", "order": "o1", "tags": many(200)},
            [0] * bounds.VALUES,
            {f"x{n}": 1 for n in range(bounds.CONTENT + 1)},
        ],
        ids=["values", "depth", "list", "names"],
    )
    def test_more_than_any_document_has(self, document: Json) -> None:
        """K5: what has more values, or is deeper, than any document is refused before it is looked into."""
        assert faults(wire.read_command, document) == [("", LARGE)]
