"""The contract as TypeScript holds every type and every name of the wire; that it compiles is tested with Node."""

import re
from typing import Any

from kwiga_orders.queries import KINDS
from kwiga_orders.wire.contract import DECIMAL
from kwiga_orders.wire.schema import contract_schema
from kwiga_orders.wire.typescript import typescript

TEXT = typescript()
TYPES = re.findall(r"^export (?:type|interface) (\w+)", TEXT, re.MULTILINE)


class TestTypescript:
    """`kwiga-orders schema --typescript`."""

    def test_is_the_same_every_time(self) -> None:
        """It can be kept and compared."""
        assert typescript() == TEXT

    def test_every_type_is_there_once(self) -> None:
        """Under its own name, and none has a number that tells it from another."""
        definitions: Any = contract_schema()["$defs"]
        assert {*definitions} <= {*TYPES}
        assert len({*TYPES}) == len(TYPES)
        assert [name for name in TYPES if name[-1].isdigit()] == []

    def test_nothing_refers_to_what_is_not_there(self) -> None:
        """Every name that stands for a type is that of one, or TypeScript's own."""
        own = {"Extract", "Q", "N"}
        code = re.sub(r"/\*\*.*?\*/|\"[^\"]*\"|^//.*$", "", TEXT, flags=re.MULTILINE)
        assert {*re.findall(r"\b[A-Z]\w*", code)} <= {*TYPES} | own

    def test_maps(self) -> None:
        """Every query has an entry with its type, and one with that of its answer."""
        for kind in KINDS:
            assert f"  {kind.name}: {kind.__name__};\n" in TEXT
            assert f"  {kind.name}: {kind.__name__.replace('Query', 'Answer')};\n" in TEXT

    def test_texts_with_a_form_are_named(self) -> None:
        """Amounts, instants and dates say what they are; a shape of two fields is one of two shapes."""
        assert re.search(r"^  total: Amount;$", TEXT, re.MULTILINE), DECIMAL
        assert re.search(r"^  due_at\?: ChosenTime \| null;$", TEXT, re.MULTILINE)
        assert re.search(r"^  activated_at: Instant \| null;$", TEXT, re.MULTILINE)
        assert "  months?: never;\n" in TEXT

    def test_enums_can_be_listed(self) -> None:
        """A filter offers what there is to choose."""
        assert (
            'export const paymentKindValues: readonly PaymentKind[] = ["regular", "prepayment", "surcharge"];' in TEXT
        )
