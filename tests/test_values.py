"""Frozen values: made, changed, and with what was computed of them."""

import linecache
import pickle
import traceback
from copy import copy
from datetime import timedelta
from typing import Any

import attrs
import pytest

from kwiga_orders.errors import InvalidInput
from kwiga_orders.gateways import GatewayFact
from kwiga_orders.money import Money
from kwiga_orders.orders.state import Order
from kwiga_orders.payments import Outcome
from kwiga_orders.periods import Period
from kwiga_orders.terms import All
from kwiga_orders.testing.school import local
from kwiga_orders.values import changed, compiled, kept, maker
from tests.goldens import WRITTEN

ORDERS = [value for value in WRITTEN["order"].values() if isinstance(value, Order)]


def _shouted(text: str) -> str:
    return text.upper()


@attrs.frozen(kw_only=True)
class Shouted:
    """Converts what it is given."""

    text: str = attrs.field(converter=_shouted)
    loud: bool = True


class TestChanged:
    """Law 1: what `changed` gives equals what `attrs.evolve` gives."""

    @pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.id)
    def test_some_fields(self, order: Order) -> None:
        """The fields that are named have the new values, all others the old ones."""
        later = order.updated_at + timedelta(days=1)

        found = changed(order, updated_at=later, version=order.version + 1)

        assert found == attrs.evolve(order, updated_at=later, version=order.version + 1)
        assert type(found) is Order

    @pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.id)
    def test_the_old_one_stays(self, order: Order) -> None:
        """A value is never changed itself, and what is made of it is frozen, too."""
        before = attrs.evolve(order)

        found = changed(order, comment="new")

        assert order == before
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            found.comment = "newer"  # type: ignore[misc]

    @pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.id)
    def test_nothing(self, order: Order) -> None:
        """Of no fields, it is an equal value."""
        assert changed(order) == order

    def test_a_class_that_converts(self) -> None:
        """Law 2: it converts."""
        assert changed(Shouted(text="a"), text="b") == Shouted(text="B")

    def test_a_class_that_checks(self) -> None:
        """Law 2: it checks."""
        with pytest.raises(InvalidInput):
            changed(Period(days=1), days=0)

    def test_a_field_that_is_none(self) -> None:
        """A name that is no field is an error, as it is of `attrs.evolve`."""
        with pytest.raises((AttributeError, TypeError)):
            changed(Shouted(text="a"), quiet=True)  # type: ignore[call-arg]
        with pytest.raises((AttributeError, TypeError)):
            changed(_PLAIN, nothing=True)  # type: ignore[call-arg]


class TestMaker:
    """Law 1: what `maker` makes equals what the class makes."""

    def test_all_fields(self) -> None:
        """By position or by name, as the class takes them; and it is frozen, too."""
        money = maker(Money)(1050, currency="UAH")

        assert (money, type(money)) == (Money(1050, "UAH"), Money)
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            money.minor = 1  # type: ignore[misc]

    def test_defaults(self) -> None:
        """What is not given is as the class has it, a new one each time if the class makes it."""
        make = maker(_Plain)

        assert make(one=2) == _Plain(one=2)
        assert make(one=2).several is not make(one=2).several
        assert make(one=2, several={}, other=3) == _Plain(one=2, several={}, other=3)

    def test_no_fields(self) -> None:
        """A class that says all by being there takes nothing."""
        assert maker(All)() == All()

    def test_names_are_named(self) -> None:
        """What the class takes by name only is not taken by position, and what it must be given must be given."""
        make: Any = maker(_Plain)

        with pytest.raises(TypeError):
            make(2)
        with pytest.raises(TypeError):
            make()

    def test_a_class_that_converts_or_checks(self) -> None:
        """Law 2: it does so."""
        assert maker(Shouted)(text="a") == Shouted(text="A")
        with pytest.raises(InvalidInput):
            maker(Period)(days=0)

    def test_what_was_checked_already(self) -> None:
        """Law 2: what its converters and checks would leave as it is is taken as it is."""
        make = maker(GatewayFact, is_checked=True)
        at = local("2026-11-01 10:00")
        given: Any = {"payment": "o1.1", "reference": "w-1", "outcome": Outcome.FAILED, "occurred_at": at}

        assert make(**given) == GatewayFact(**given)


class TestCompiled:
    """What is compiled can be debugged: tracebacks and debuggers find its source."""

    def test_a_traceback_shows_the_line(self) -> None:
        """An error inside a compiled function shows the line that failed."""
        divide = compiled("divide(one, other)", ["found = one / other", "return found"], {})

        with pytest.raises(ZeroDivisionError) as caught:
            divide(1, 0)

        assert "    found = one / other\n" in "".join(traceback.format_exception(caught.value))

    def test_functions_of_one_name_keep_their_own_lines(self) -> None:
        """Two functions of one name have two files; the same function compiled again has the same one."""
        files = [
            compiled("twice(one)", [f"return {text}"], {}).__code__.co_filename
            for text in ("one * 2", "one + one", "one * 2")
        ]

        assert files[0] == files[2] != files[1]
        assert [linecache.getline(file, 2) for file in files[:2]] == [" return one * 2\n", " return one + one\n"]


class TestKept:
    """Law 3: what is kept with a value is computed when it is asked for first."""

    def test_once(self) -> None:
        """It is computed of a value once."""
        pair = _Pair(one=1, other=2)

        assert pair.doubled is pair.doubled
        assert pair.doubled == [2]

    def test_what_it_is_computed_of_changed(self) -> None:
        """It is computed anew."""
        pair = _Pair(one=1, other=2)
        assert pair.doubled == [2]

        assert changed(pair, one=5).doubled == [10]
        assert attrs.evolve(pair, one=6).doubled == [12]

    def test_something_else_changed(self) -> None:
        """The changed value has it, too, if it was computed."""
        pair = _Pair(one=1, other=2)
        assert changed(pair, other=3).doubled == [2]

        found = pair.doubled

        assert changed(pair, other=3).doubled is found

    def test_it_is_no_part_of_the_value(self) -> None:
        """A value is equal to one of which nothing was asked, and is copied and pickled like it."""
        pair = _Pair(one=1, other=2)
        assert pair.doubled

        assert pair == _Pair(one=1, other=2)
        assert pickle.loads(pickle.dumps(pair)).doubled == copy(pair).doubled == [2]

    @pytest.mark.parametrize("field", [one.name for one in attrs.fields(Order)])
    @pytest.mark.parametrize("order", [one for one in ORDERS if one.totals], ids=lambda order: order.id)
    def test_of_an_order(self, order: Order, field: str) -> None:
        """Whatever changes of an order, what is kept with it is as if it was computed then."""
        before = (order.tallies, order.activated_at)
        assert changed(order) == order
        assert (changed(order).tallies, changed(order).activated_at) == before
        others: list[Any] = [getattr(one, field) for one in ORDERS if field != "totals" or one.totals]

        for value in others:
            found, anew = changed(order, **{field: value}), attrs.evolve(order, **{field: value})
            assert (found.tallies, found.activated_at) == (anew.tallies, anew.activated_at)


class _Room:
    __slots__ = ("_doubled",)


@attrs.frozen(kw_only=True)
class _Pair(_Room):
    one: int
    other: int

    @kept("one")
    def doubled(self) -> list[int]:
        """A new list each time it is computed."""
        return [2 * self.one]


@attrs.frozen(kw_only=True)
class _Plain:
    one: int
    several: dict[str, int] = attrs.field(factory=dict)
    other: int = 1


_PLAIN = _Plain(one=1)
