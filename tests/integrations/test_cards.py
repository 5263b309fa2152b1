"""Cards, which the SQL store keeps beside orders: drawn when an order is written, and read by lists and the board."""

import json
from pathlib import Path

import pytest

from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.adapters.sql.columns import CARD_SCHEMA
from kwiga_orders.listing import OrderSearch
from kwiga_orders.testing.order_histories import Story
from kwiga_orders.testing.store_fixtures import commit, read
from kwiga_orders.views.cards import card_of
from kwiga_orders.views.shapes import CardView
from tests.integrations.files import said

NAMES = (
    "id number funnel status payment_status type contact manager responsibles tags products offer price discount"
    " plan_difference on_top total paid owed balance overpaid currency created_at updated_at due_at superseded_by"
    " needs_attention cancelled"
)


class TestCards:
    """V2: cards are kept beside orders, and are never trusted further than they go."""

    @pytest.mark.parametrize("missing", ["card = NULL, card_schema = NULL", "card = 'old', card_schema = 0"])
    def test_none_that_would_be_drawn_now(self, store: SqlOrderStore, file: Path, missing: str) -> None:
        """Where there is no card, or one of another schema, it is drawn of the order; the next change keeps it."""
        stories = [Story.begins(f"o{number}", number=number) for number in (1, 2, 3)]
        commit(store, *(story.changes() for story in stories))
        kept = read(store, lambda records: records.cards(OrderSearch()))
        said(file, f"UPDATE kwiga_orders SET {missing} WHERE id <> 'o2'")

        assert read(store, lambda records: records.cards(OrderSearch())) == kept
        newest = read(store, lambda records: records.cards_by_status(OrderSearch(status=("new",))))
        assert newest == {"new": list(kept.cards)}

        commit(store, stories[0].pays().changes())
        ((card, schema),) = said(file, "SELECT card, card_schema FROM kwiga_orders WHERE id = 'o1'")
        assert isinstance(card, str)
        assert (json.loads(card)[4], schema) == ("paid", CARD_SCHEMA)

    def test_what_is_on_a_card(self) -> None:
        """Whoever puts something else on cards counts `CARD_SCHEMA` on, so that those that are kept are drawn anew."""
        assert (CARD_SCHEMA, list(card_of(Story.begins("o1", number=1).order))) == (4, NAMES.split())

    def test_in_which_order(self) -> None:
        """Of a card the values are kept, in the order in which a card is drawn and its shape is told."""
        assert list(CardView.__annotations__) == NAMES.split()
