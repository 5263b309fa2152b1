"""V7: what was exported with its history and is imported again is the same orders."""

import io
import json
from collections.abc import Iterable

import attrs
import pytest
from hypothesis import given

from kwiga_orders.changes import Changes
from kwiga_orders.export import json_line
from kwiga_orders.importing import Entry
from kwiga_orders.orders import commands as asked
from kwiga_orders.orders.evolve import replayed
from kwiga_orders.orders.state import Order
from kwiga_orders.periods import Period
from kwiga_orders.project import Contact
from kwiga_orders.testing.school import CountedIds
from kwiga_orders.wire.imports import Faulty, read_json_lines
from tests.importing import ALL, brought, taught
from tests.laws.office import Office
from tests.schools import schools


def lines(office: Office) -> list[str]:
    """Give the export of a school, a line an order."""
    return list(map(json_line, office.orders.export(ALL)))


def read(texts: Iterable[str]) -> list[Entry | Faulty]:
    """Read lines of a file."""
    return list(read_json_lines(io.BytesIO("".join(texts).encode())))


def emptied(office: Office) -> Office:
    """Give the school as it was before anybody ordered anything."""
    other = taught()
    other.clock.set(office.now)
    codes = {order.origin.offer for order in orders(office) if order.origin is not None}
    with office.store.transaction("school", writes=False) as records:
        offers = [records.find_offer(code) for code in sorted(codes)]
    with other.store.transaction("school", writes=True) as transaction:
        transaction.commit(Changes(offers=tuple(offer for offer in offers if offer is not None)))
    return other


def orders(office: Office) -> list[Order]:
    """Give all orders, by number."""
    return [office.order(row["key"]) for row in office.orders.export(ALL, history=False)]


class TestV7:
    """What was exported and is imported again is the same orders: nobody is reminded or asked for money who was not
    (origin, superseding, attention and adjustments go along).
    """

    @given(schools())
    def test_the_same_orders(self, office: Office) -> None:
        """Equal to the last field, with their histories, numbers and ids; nothing waits to be told."""
        other = emptied(office)

        assert set(brought(other, read(lines(office)))) <= {"imported"}

        assert orders(other) == orders(office)
        for order in orders(office):
            assert other.history(order.id) == office.history(order.id)
            assert replayed(other.history(order.id)) == order
        assert other.store.pending("school", limit=10) == ()
        assert lines(other) == lines(office)

    def test_what_goes_along(self) -> None:
        """Origin, superseding, freezes and extensions with who and why, tasks, and what was noted as due."""
        office = Office().at("2026-11-01 10:00")
        office.sold()
        first = office.opens()
        second = office.opens()
        office.pays(second)
        office.does(asked.FreezeAccess(order=second, period=Period(days=3), reason="ill"))
        office.does(asked.AddTask(order=first, title="Call"))
        office.at("2026-11-20 10:00").orders.run_due()
        other = emptied(office)

        brought(other, read(lines(office)))

        assert orders(other) == orders(office)
        assert other.order(first).superseded_by == second
        assert other.order(second).lines[0].adjustments == office.order(second).lines[0].adjustments
        assert other.orders.run_due() == 0
        assert other.store.pending("school", limit=10) == ()

    def test_once(self) -> None:
        """A file that is imported again makes nothing twice; where the orders still are it refuses them."""
        office = Office()
        office.makes()
        other = emptied(office)
        told = lines(office)

        assert brought(other, read(told)) == ["imported"]
        assert brought(other, read(told)) == ["known"]
        assert brought(office, read(told)) == ["idempotency.conflict"]

    def test_a_number_that_is_taken(self) -> None:
        """O5: it takes the next one; all else is the same."""
        office, other = Office(), taught()
        made = [office.makes() for _ in range(3)]
        other.orders = attrs.evolve(other.orders, ids=CountedIds(prefix="other"))
        other.makes()
        other.makes()

        assert brought(other, read(lines(office)), batch=5) == ["imported"] * 3

        assert [other.order(id).number for id in made] == [3, 4, 5]
        assert [other.order(id).created_at for id in made] == [office.order(id).created_at for id in made]

    def test_what_is_not_there(self) -> None:
        """An offer, a funnel or a contact that the school does not have is told."""
        office, other = Office(), taught()
        office.sold()
        office.builds()
        office.makes(funnel="vip")
        office.knows(Contact(id="ivan", name="Ivan"))
        office.makes(contact="ivan")

        assert brought(other, read(lines(office))) == ["not_found", "not_found", "imported"]
        assert other.order(orders(office)[2].id).contact == "ivan"

    @pytest.mark.parametrize(
        ("change", "hint"),
        [
            ({"comment": "changed"}, "the line was changed since"),
            ({"history": {"schema": 1, "of": "", "rows": []}}, "another version"),
            ({"history": "none"}, "is that of an order"),
            ({"kind": "contact", "id": "c"}, None),
        ],
    )
    def test_a_line_that_was_changed(self, change: dict[str, object], hint: str | None) -> None:
        """Of two truths neither wins silently: without its history it is an order that was made elsewhere."""
        office = Office()
        office.makes()
        (line,) = lines(office)

        (found,) = read([json.dumps(json.loads(line) | change)])

        assert isinstance(found, Faulty)
        assert hint is None or hint in found.faults[0].hint
        if "comment" in change:
            plain = {name: value for name, value in (json.loads(line) | change).items() if name != "history"}
            assert isinstance(read([json.dumps(plain)])[0], Entry)

    @pytest.mark.parametrize("rows", [[], [1], [{}], "x", [None]])
    def test_a_history_that_is_none(self, rows: object) -> None:
        """It is a fault of the line, or refused, and never a crash."""
        office = Office()
        office.makes()
        document = json.loads(lines(office)[0])
        document["history"]["rows"] = rows

        (found,) = read([json.dumps(document)])

        if isinstance(found, Entry):
            assert brought(taught(), [found]) == ["input.invalid"]

    def test_a_history_of_another_order(self) -> None:
        """Rows of another order, with gaps, or from the future are refused."""
        office = Office().at("2026-11-01 10:00")
        first, second = office.makes(), office.makes()
        office.does(asked.AddTask(order=first, title="Call"))
        one, other = (json.loads(line) for line in lines(office))
        one["history"]["rows"], swapped = other["history"]["rows"], one["history"]["rows"]
        gap = one | {"history": {**one["history"], "rows": swapped[:1] + swapped[:1]}}

        assert second
        assert brought(taught(), read([json.dumps(one)])) == ["input.invalid"]
        assert brought(taught(), read([json.dumps(gap)])) == ["input.invalid"]
        assert brought(taught().at("2026-10-01 10:00"), read(lines(office)[1:])) == ["input.invalid"]
