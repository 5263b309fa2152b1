"""V8: texts and labels in a locale are a question."""

from typing import get_args

import pytest

from kwiga_orders.locale import LOCALES
from kwiga_orders.locale.catalogue import placeholders
from kwiga_orders.project import Locale
from kwiga_orders.queries import OrderQuery, TextsQuery
from tests.laws.office import Office


class TestV8:
    """Everything that a front end needs is a question: texts and labels in a locale."""

    @pytest.mark.parametrize("locale", LOCALES)
    def test_what_a_card_shows_has_its_label(self, locale: Locale) -> None:
        """Each field of a card, and what stands in it: type, statuses, kinds, methods."""
        office = Office()
        order = office.sold()
        labels = office.orders.ask(TextsQuery(locale=locale))["labels"]

        card = office.orders.ask(OrderQuery(order=order))

        (payment,) = card["payments"]
        (line,) = card["lines"]
        assert {f"field.{name}" for name in (*card, *payment, *line)} <= labels.keys()
        assert {
            f"type.{card['type']}",
            f"status.{card['status']}",
            f"payment_status.{card['payment_status']}",
            f"payment_state.{payment['state']}",
            f"payment_kind.{payment['kind']}",
            f"method.{payment['method']}",
            f"terms_source.{line['source']}",
            *(f"event.{row['event']}" for row in card["history"]),
        } <= labels.keys()

    def test_in_the_language_of_the_project(self) -> None:
        """It is what is given unless another is asked for; each language has the same labels."""
        office = Office()
        texts = {locale: office.orders.ask(TextsQuery(locale=locale)) for locale in get_args(Locale)}

        assert office.orders.ask(TextsQuery()) == texts[office.project.locale]
        assert len({frozenset(one["labels"]) for one in texts.values()}) == 1
        assert {one["labels"]["field.total"] for one in texts.values()} == {"Усього", "Всего", "Total"}

    def test_units(self) -> None:
        """Periods have a form for one, for a few and for many; the count stands in braces."""
        forms = Office().orders.ask(TextsQuery(locale="uk"))["forms"]

        assert forms["period.days"] == {"one": "{count} день", "few": "{count} дні", "many": "{count} днів"}
        assert all(placeholders(text) == {"count"} for one in forms.values() for text in one.values())

    def test_no_letters(self) -> None:
        """The texts of whole letters are no labels, and neither is what the demo tells."""
        labels = Office().orders.ask(TextsQuery())["labels"]

        assert [key for key in labels if key.startswith(("letter.", "scene."))] == []
        assert labels["letter_kind.payment_added"]
