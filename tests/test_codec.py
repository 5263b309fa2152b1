"""Values come back from JSON as they were, and what is not JSON of ours is never guessed at."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.changes import OutboxRow
from kwiga_orders.codec import Json, decode, encode
from kwiga_orders.errors import Corrupt
from kwiga_orders.funnel import Funnel
from kwiga_orders.money import Money
from kwiga_orders.offers import Discount, Offer, PercentOff
from kwiga_orders.orders.events import OrderFields, Recorded
from kwiga_orders.orders.state import EndSet, Line, Order
from kwiga_orders.payments import Attempt, DatedPart, Payment
from kwiga_orders.periods import Period
from kwiga_orders.project import Actor
from kwiga_orders.terms import AccessTerms, Only, Until
from tests.goldens import WRITTEN

ORDERS = [value for value in WRITTEN["order"].values() if isinstance(value, Order)]
INSTANTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(9000, 1, 1), timezones=st.just(UTC))
HOURS = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))


def plain(value: object, kind: object) -> dict[str, Json]:
    """Give the document of a value of a class."""
    document = encode(value, kind)
    assert isinstance(document, dict)
    return document


def complaint(document: Json, kind: type) -> Mapping[str, object]:
    """Give what is said of a document that cannot be read."""
    with pytest.raises(Corrupt) as problem:
        decode(document, kind)
    assert problem.value.code == "document.unreadable"
    return problem.value.details


class TestRoundTrip:
    """Law 1: what was written is read back equal."""

    @pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.id)
    def test_values_are_of_their_classes_and_frozen(self, order: Order) -> None:
        """What is read is as if it was made the usual way: of the very classes, and nobody can change it."""
        found = decode(encode(order, Order), Order)

        assert found == order
        assert type(found) is Order
        assert {type(line) for line in found.lines} == {Line}
        assert found.total == order.total
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            found.number = 7  # type: ignore[misc]
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            del found.number

    @given(at=INSTANTS)
    def test_instants(self, at: datetime) -> None:
        """Instants are exact to the microsecond and have no offset: UTC is understood (T1)."""
        text = encode(at, datetime)

        assert text == at.replace(tzinfo=None).isoformat()
        assert decode(text, datetime) == at

    @given(at=INSTANTS, zone=HOURS)
    def test_instants_of_elsewhere(self, at: datetime, zone: timezone) -> None:
        """The same instant is written alike wherever it was told."""
        assert encode(at.astimezone(zone), datetime) == encode(at, datetime)

    @given(text=st.text(), minor=st.integers())
    def test_any_text_and_number(self, text: str, minor: int) -> None:
        """Whatever people type comes back, quotes, line ends and all."""
        fields = OrderFields(comment=text, tags=(text,), discount=PercentOff(percent=Decimal(abs(minor) % 101)))

        assert decode(encode(fields, OrderFields), OrderFields) == fields
        assert decode(encode(Money(minor, text), Money), Money) == Money(minor, text)

    @pytest.mark.parametrize("kind", [Order, Recorded, Offer, Funnel], ids=lambda kind: kind.__name__)
    def test_what_is_encoded_is_plain(self, kind: type) -> None:
        """Nothing but what JSON has: a sequence is a list, a member of an enumeration is its value."""
        for value in (value for values in WRITTEN.values() for value in values.values() if isinstance(value, kind)):
            document = encode(value, kind)

            assert repr(json.loads(json.dumps(document))) == repr(document)


class TestDefaults:
    """Law 2: a field that has its default is left out, and read as that default."""

    @pytest.mark.parametrize("value", [AccessTerms(), Only(), OrderFields(), Actor()])
    def test_left_out(self, value: object) -> None:
        """Nothing but defaults is nothing at all."""
        assert encode(value, type(value)) == {}
        assert decode({}, type(value)) == value

    def test_none_is_not_unnamed(self) -> None:
        """K2: a field that an edit sets to None is told from one that it does not name."""
        assert encode(OrderFields(comment=None), OrderFields) == {"comment": None}
        assert decode({"comment": None}, OrderFields) == OrderFields(comment=None)

    def test_each_value_gets_its_own(self) -> None:
        """A default that could be changed is made anew."""
        row = {"id": "n1", "kind": "event", "name": "x", "order": "o1", "contact": "c", "at": "2026-01-01T00:00:00"}
        one, other = (decode({**row, "key": "k"}, OutboxRow) for _ in range(2))

        assert one.data == other.data == {}
        assert one.data is not other.data


class TestTags:
    """Law 3: a union of classes is told apart by `kind` or `name`."""

    def test_only_in_a_union(self) -> None:
        """A class that stands alone needs no tag."""
        discount = PercentOff(percent=Decimal("12.5"))

        assert encode(discount, Discount) == {"kind": "percent", "percent": "12.5"}
        assert encode(discount, PercentOff) == {"percent": "12.5"}

    def test_of_events(self) -> None:
        """Events are told by their names."""
        recorded = WRITTEN["recorded"]["order.moved"]
        event = plain(recorded, Recorded)["event"]

        assert isinstance(event, dict)
        assert event["name"] == "order.moved"


class TestCorrupt:
    """Law 4: what cannot be read is told with its class and field, and nothing is guessed."""

    ORDER = plain(ORDERS[0], Order)
    MONEY: Mapping[str, Json] = {"minor": 1, "currency": "UAH"}

    @pytest.mark.parametrize("field", ["id", "number", "created_at", "lines", "plan_difference", "updated_at"])
    def test_missing(self, field: str) -> None:
        """A field without a default must be there."""
        document = {name: value for name, value in self.ORDER.items() if name != field}

        assert complaint(document, Order) == {"kind": "Order", "field": field}

    def test_unknown(self) -> None:
        """A field that nobody knows may be one that a newer version writes: leaving it out would lose it."""
        assert complaint({**self.ORDER, "manager": None, "priority": 1}, Order) == {
            "kind": "Order",
            "field": "priority",
        }
        assert complaint({**self.MONEY, "kind": "money"}, Money) == {"kind": "Money", "field": "kind"}
        assert complaint({"x": 1}, AccessTerms) == {"kind": "AccessTerms", "field": "x"}

    @pytest.mark.parametrize(
        ("field", "value", "expected"),
        [
            ("created_at", "yesterday", ("Order", "created_at")),
            ("created_at", "2026-11-01", ("Order", "created_at")),
            ("created_at", "2026-11-01T08:00:00+02:00", ("Order", "created_at")),
            ("created_at", None, ("Order", "created_at")),
            ("cancelled_at", 1, ("Order", "cancelled_at")),
            ("tags", "hot", ("Order", "tags")),
            ("lines", {}, ("Order", "lines")),
            ("lines", [{}], ("Line", "product")),
            ("discount", {"kind": "whim", "percent": "1"}, ("Order", "discount")),
            ("discount", {"percent": "1"}, ("Order", "discount")),
            ("discount", {"kind": "percent", "percent": 1.5}, ("PercentOff", "percent")),
            ("discount", {"kind": "percent", "percent": "much"}, ("PercentOff", "percent")),
            ("number", 1.0, ("Order", "number")),
            ("number", "1", ("Order", "number")),
            ("plan_difference", [1, "UAH"], ("Money", None)),
            ("plan_difference", {"minor": 1e20, "currency": "UAH"}, ("Money", "minor")),
            ("plan_difference", "1.00", ("Money", None)),
            ("origin", [], ("Origin", None)),
        ],
    )
    def test_of_another_kind(self, field: str, value: Json, expected: tuple[str, str | None]) -> None:
        """The innermost class and field that is not what it should be is told."""
        kind, inner = expected

        assert complaint({**self.ORDER, field: value}, Order) == {"kind": kind, "field": inner}

    @pytest.mark.parametrize("document", [None, [], "", "{}", 0, [["minor", 1]]])
    def test_no_object_at_all(self, document: Json) -> None:
        """A class is read from an object, also if it needs no field."""
        assert complaint(document, Money) == {"kind": "Money", "field": None}
        assert complaint(document, AccessTerms) == {"kind": "AccessTerms", "field": None}

    def test_outcome_that_does_not_exist(self) -> None:
        """A name that is none of an enumeration is not read as any."""
        attempt: Json = {
            "id": "a1",
            "started_at": "2026-01-01T00:00:00",
            "at": "2026-01-01T00:00:00",
            "outcome": "maybe",
        }

        assert complaint(attempt, Attempt) == {"kind": "Attempt", "field": "outcome"}

    def test_null_is_none_where_none_may_be(self) -> None:
        """What may be None is also read from null."""
        assert decode({"made_at": "2026-01-01T00:00:00", "at": None}, EndSet).at is None
        assert decode({**plain(ORDERS[0].payments[0], Payment), "mark": None}, Payment).mark is None


class TestChecks:
    """Law 5: a class that checks or converts its values does so when it is read."""

    @pytest.mark.parametrize("document", [{}, {"days": 0}, {"days": 1, "months": 1}, {"days": -1}, {"months": 121}])
    def test_periods(self, document: dict[str, Json]) -> None:
        """A period out of range was never written."""
        assert complaint(document, Period) == {"kind": "Period", "field": None}

    def test_dates(self) -> None:
        """Dates and instants are told apart, and out of range they are refused."""
        assert decode({"at": "2026-12-24"}, Until) == Until(at=date(2026, 12, 24))
        assert decode({"at": "2026-12-24T08:00:00"}, Until) == Until(at=datetime(2026, 12, 24, 8, tzinfo=UTC))
        assert complaint({"at": "0001-01-01"}, Until) == {"kind": "Until", "field": None}
        assert decode({"amount": "1.00"}, DatedPart) == DatedPart(amount=Decimal("1.00"))
