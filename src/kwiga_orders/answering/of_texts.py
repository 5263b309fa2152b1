"""The question what things are called, so that a front end has no texts of its own (V8)."""

from datetime import datetime

from kwiga_orders import queries
from kwiga_orders.asking import Asking, get_project
from kwiga_orders.locale.catalogue import catalogue_of, locale_of
from kwiga_orders.views.school_shapes import TextsView

__all__ = ["answer_texts"]

_OTHERS = ("hint.", "letter.", "scene.")
"""What texts that are no labels begin with: hints of faults, whole letters, and those of the demo."""


def answer_texts(query: queries.TextsQuery, _: datetime) -> Asking[TextsView]:
    """Give every label, in the language that is asked for, else in that of the project."""
    project = yield from get_project()
    locale = query.locale or locale_of(project.locale)
    catalogue = catalogue_of(locale)
    # Whole letters are no labels, and would make the answer a book.
    labels = {key: text for key, text in catalogue.labels() if not key.startswith(_OTHERS)}
    return TextsView(locale=locale, labels=labels, forms={key: dict(forms) for key, forms in catalogue.forms()})
