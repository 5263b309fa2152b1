"""Amounts of currencies with zero, two and three decimals, sorted and summed (M1, V1, V2). Part of the suites."""

from datetime import timedelta

import attrs

from kwiga_orders.extras import extra
from kwiga_orders.listing import OrderSearch, SumsOfContacts, TakingsSearch
from kwiga_orders.ports import OrderStore
from kwiga_orders.testing.order_histories import START, Story
from kwiga_orders.testing.requirements import Requiring
from kwiga_orders.testing.store_fixtures import commit, found, read, searching
from kwiga_orders.testing.store_lookups import looked_up

with extra("testing"):
    import pytest

__all__ = ["MoneyContract"]

# ascending by amount; neither their texts nor their minor units are in this order
_AMOUNTS = (("9.5", "UAH"), ("9.999", "KWD"), ("10", "JPY"), ("10.001", "KWD"), ("10.01", "UAH"), ("200", "JPY"))


def _sold(store: OrderStore, *, paid: bool = False) -> list[Story]:
    """Write an order for each amount, the largest first."""
    stories = [
        Story.begins(f"o{n}", number=len(_AMOUNTS) - n, owes=amount, currency=currency)
        for n, (amount, currency) in enumerate(_AMOUNTS)
    ]
    stories = [story.pays() if paid else story for story in stories]
    for story in reversed(stories):
        commit(store, story.changes(since=0))
    return stories


class MoneyContract(Requiring):
    """Amounts are compared as amounts, and summed in minor units for each currency."""

    @pytest.mark.parametrize("descending", [False, True])
    @pytest.mark.parametrize("size", [1, 2, 6])
    def test_amounts_of_any_decimals_are_sorted(self, store: OrderStore, *, descending: bool, size: int) -> None:
        """V1: sorted by amount (9.999 KWD before 10 JPY), and not by minor units; on every page."""
        _sold(store)
        search = OrderSearch(sort="total", descending=descending, limit=size)

        shown: list[str] = []
        after: str | None = None
        for _ in range(len(_AMOUNTS)):
            page = read(store, searching(attrs.evolve(search, after=after)))
            shown += [order.id for order in page.orders]
            after = page.next
            if after is None:
                break

        expected = [f"o{n}" for n in range(len(_AMOUNTS))]
        assert shown == (expected[::-1] if descending else expected)

    def test_sums_of_any_decimals(self, store: OrderStore) -> None:
        """V2: each currency has its own sum, in its minor units."""
        _sold(store)

        (count,) = read(store, lambda records: records.count_by_status(OrderSearch()))

        assert count.sums == count.owed == {"UAH": 1951, "KWD": 20_000, "JPY": 210}
        assert count.paid == {"UAH": 0, "KWD": 0, "JPY": 0}
        assert found(store, OrderSearch(currency=("KWD",), sort="number")) == ["o1", "o3"]

    def test_what_came_in_any_currency(self, store: OrderStore) -> None:
        """V8: takings and the sums of a contact are separate for each currency, too."""
        _sold(store, paid=True)

        takings = looked_up(store, TakingsSearch(instants=(START, START + timedelta(days=1))))
        (sums,) = looked_up(store, SumsOfContacts(ids=("olena",))).values()

        assert {one.currency: one.paid for one in takings} == {"UAH": 1951, "KWD": 20_000, "JPY": 210}
        assert sums.paid == {"UAH": 1951, "KWD": 20_000, "JPY": 210}

    def test_the_largest_amounts(self, store: OrderStore) -> None:
        """K5: sums beyond 32 and 53 bits are exact."""
        stories = [Story.begins(f"o{n}", number=n, owes="99999999999.99") for n in (1, 2, 3)]
        for story in stories:
            commit(store, story.changes())

        (count,) = read(store, lambda records: records.count_by_status(OrderSearch()))

        assert read(store, lambda records: records.find_order("o1")) == stories[0].order
        assert count.sums == {"UAH": 29_999_999_999_997}
