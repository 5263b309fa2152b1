"""Frozen values, changed."""

from datetime import timedelta

import attrs
import pytest

from kwiga_orders.errors import Refused
from kwiga_orders.orders.state import Order
from kwiga_orders.periods import Period
from kwiga_orders.values import changed
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

    @pytest.mark.parametrize("order", [one for one in ORDERS if one.totals], ids=lambda order: order.id)
    def test_what_was_computed(self, order: Order) -> None:
        """Law 3: what was computed of a value and kept with it is computed anew."""
        assert order.tallies

        unpaid = changed(order, payments=())

        assert unpaid.tallies == attrs.evolve(order, payments=()).tallies

    def test_a_class_that_converts(self) -> None:
        """Law 2: it converts."""
        assert changed(Shouted(text="a"), text="b") == Shouted(text="B")

    def test_a_class_that_checks(self) -> None:
        """Law 2: it checks."""
        with pytest.raises(Refused):
            changed(Period(days=1), days=0)

    def test_a_field_that_is_none(self) -> None:
        """A name that is no field is an error, as it is of `attrs.evolve`."""
        with pytest.raises((AttributeError, TypeError)):
            changed(Shouted(text="a"), quiet=True)  # type: ignore[call-arg]
        with pytest.raises((AttributeError, TypeError)):
            changed(_PLAIN, nothing=True)  # type: ignore[call-arg]


@attrs.frozen
class _Plain:
    one: int = 1


_PLAIN = _Plain()
