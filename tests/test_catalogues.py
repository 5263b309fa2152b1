"""The catalogues are complete, compiled, agree with each other, and keep to one hand (N3)."""

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, cast, get_args

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from kwiga_orders.access import EntryKind, ReasonCode
from kwiga_orders.catalogue import CatalogueEvent
from kwiga_orders.certificate import UnmetCode
from kwiga_orders.cli.demo import SCENES
from kwiga_orders.cli.money_demo import MONEY_SCENES
from kwiga_orders.errors import Corrupt
from kwiga_orders.funnel import HOST_EVENTS, born_with
from kwiga_orders.letter_kinds import LETTER_KINDS
from kwiga_orders.locale import LOCALES
from kwiga_orders.locale.catalogue import catalogue_of, placeholders
from kwiga_orders.locale.hints import HINTS
from kwiga_orders.locale.refusals import VARIANTS
from kwiga_orders.offers import OfferState
from kwiga_orders.orders.events import DueKind, Event
from kwiga_orders.orders.reports import AttentionCode
from kwiga_orders.orders.state import OrderType
from kwiga_orders.payments import Method, Outcome, PaymentKind, PaymentState, PaymentStatus
from kwiga_orders.project import Locale
from kwiga_orders.reconciliation import DIFFERENCES
from kwiga_orders.sentences import SENTENCES
from kwiga_orders.wire.outbox_schema import OUTBOX_EVENTS
from kwiga_orders.wire.schema import contract_schema, schema

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "kwiga_orders"


def catalogue(locale: Locale, kind: str) -> Catalog:
    """Read a catalogue as Babel does: what translators edit (po), or what is read at run time (mo)."""
    path = files("kwiga_orders.locale") / locale / "LC_MESSAGES" / f"kwiga_orders.{kind}"
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True) if kind == "po" else read_mo(file)


def messages(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """Give the texts by key, each as the tuple of its plural forms."""
    return {_key(message): _forms(message) for message in catalog if message.id}


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _forms(message: Message) -> tuple[str, ...]:
    return (message.string or "",) if not isinstance(message.string, list | tuple) else tuple(message.string)


SAID = {locale: messages(catalogue(locale, "po")) for locale in LOCALES}


# --- which keys there must be ---


# what breaks outside, or in what is stored, has a text for its family
_OF_FAMILIES = ("store.", "lms.", "mail.", "webhook.", "file.", "document.", "line.", "letter.", "text.")


def error_codes() -> set[str]:
    """Give the error codes that people of a school meet: all that have a sentence, but those of hosts and operators."""
    return {code for code in SENTENCES if not code.startswith(_OF_FAMILIES)}


def raised() -> Iterator[tuple[str, str]]:
    """Give the refusals that the source makes: the name of the error, and its first argument."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                first = node.args[0]
                if node.func.id in ("Refused", "NotFound", "Conflict") and isinstance(first, ast.Constant):
                    yield node.func.id, str(first.value)
                second = node.args[1] if len(node.args) > 1 else None
                if node.func.id == "_known" and isinstance(second, ast.Constant):
                    yield "NotFound", str(second.value)  # `asking` raises it of what is not found


def required() -> Iterator[str]:
    """Give the keys that the codes in the code need."""
    yield from (f"reason.{code.value}" for code in ReasonCode)
    yield from (f"error.{code}" for code in error_codes())
    yield from (f"error.not_found.{what}" for name, what in raised() if name == "NotFound")
    # `asking` raises these by the name of the question
    yield from ("error.not_found.contact", "error.not_found.order")
    yield from (f"status.{status.id}" for status in born_with("en").statuses)
    yield from (f"payment_status.{status.value}" for status in PaymentStatus)
    yield from (f"payment_state.{state.value}" for state in PaymentState)
    yield from (f"event.{event.name}" for event in (*get_args(Event), *get_args(CatalogueEvent)))
    yield from (f"event.{event.name}" for event in OUTBOX_EVENTS)
    yield from (f"event.{name}" for name in HOST_EVENTS)
    yield from (f"event.{rule.event}" for rule in born_with("en").rules)
    yield from (f"certificate.{code.value}" for code in UnmetCode)
    yield from (f"schedule.{kind.value}" for kind in EntryKind)
    yield from ("schedule.after_checkpoint", "reason.payment_due.asked", "reason.checkpoint.lessons")
    yield from (f"letter_kind.{kind}" for kind in LETTER_KINDS)
    yield from (f"letter.{kind}.{part}" for kind in LETTER_KINDS for part in ("subject", "body"))
    yield from (f"scene.{scene.name}" for scene in SCENES)
    yield from (f"scene.{caption}" for _, caption, _ in MONEY_SCENES)
    yield from (f"reconciled.{one}" for one in (*DIFFERENCES, "attempt", "refund", "chargeback", "day"))
    yield from (f"{name}.{month}" for month in range(1, 13) for name in ("month", "month_short"))
    yield from (f"picture.{name}" for name in PICTURES)
    yield from (
        "period.days",
        "period.months",
        "format.instant",
        "format.day",
        "format.group",
        "format.decimal",
        "format.quoted",
    )
    yield from (f"type.{type}" for type in get_args(OrderType))
    yield from (f"payment_kind.{kind}" for kind in get_args(PaymentKind))
    yield from (f"method.{method}" for method in get_args(Method))
    yield from (f"outcome.{outcome.value}" for outcome in Outcome)
    yield from (f"offer_state.{state.value}" for state in OfferState)
    yield from (f"terms_source.{source}" for source in ("follows", "pinned", "custom"))
    yield from (f"adjustment.{kind}" for kind in ("extend", "set_end", "freeze"))
    yield from (f"attention.{code.value}" for code in AttentionCode)
    yield from (f"due.{kind.value}" for kind in DueKind)
    yield from (f"actor.{kind}" for kind in ("staff", "customer", "gateway", "host"))
    yield from (f"flag.{name}" for name in ("cancelled", "superseded", "overpaid", "needs_attention", "unassigned"))
    yield from (f"field.{name}" for name in fields_of_answers())
    yield from (f"hint.{name}" for name in HINTS)
    yield from (f"command.{command}" for command in commands())
    yield from texts_of_forms(cast(dict[str, Any], contract_schema()["x-forms"]))
    yield from (f"failure.{kind}" for kind in ("refused", "conflict", "adapter", "corrupt"))


# Which text stands where in a picture is drawn by name, so the names are listed here.
PICTURES = (
    "cancelled", "closed", "conversion", "conversion.help", "due", "forever", "frozen", "frozen.dates", "further",
    "lesson", "lessons", "now", "of", "open", "order", "overdue", "owed", "paid", "payments", "refund", "shut",
    "window",
)  # fmt: skip


def texts_of_forms(node: Any) -> Iterator[str]:
    """Give the keys of the titles, labels and help lines of all forms."""
    if isinstance(node, dict):
        yield from (node[key] for key in ("label", "title", "help") if isinstance(node.get(key), str))
    if isinstance(node, dict | list):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from texts_of_forms(inner)


def fields_of_answers() -> set[str]:
    """Name the fields of all answers."""
    definitions: Any = schema()["$defs"]
    views = (one for name, one in definitions.items() if name.endswith("View"))
    return {field for view in views for field in view.get("properties", {})}


def commands() -> set[str]:
    """Name the commands of the wire."""
    definitions: Any = schema()["$defs"]
    found: set[str] = {
        one["properties"]["command"]["const"]
        for one in definitions.values()
        if "const" in one.get("properties", {}).get("command", {})
    }
    return found


# Once for all languages: the whole source is read for it.
NEEDED = frozenset(required())


def optional(key: str) -> bool:
    """Tell whether a key may be there beside the needed ones: a fuller sentence, or a part of all letters."""
    base, _, last = key.rpartition(".")
    fuller = last in (*VARIANTS, "until", "lesson") and base in NEEDED
    return fuller or key.startswith(("currency.", "letter.all."))


class TestCatalogues:
    """Three files that say the same, in three languages."""

    def test_languages(self) -> None:
        """There is a catalogue for each language of the project, and no other."""
        there = {path.name for path in (SOURCE / "locale").iterdir() if (path / "LC_MESSAGES").is_dir()}

        assert there == set(get_args(Locale)) == set(LOCALES)

    @pytest.mark.parametrize("locale", LOCALES)
    def test_every_code_has_its_text(self, locale: Locale) -> None:
        """Each code that the rules can answer with has a text."""
        assert sorted(NEEDED - SAID[locale].keys()) == []

    @pytest.mark.parametrize("locale", LOCALES)
    def test_every_text_has_its_code(self, locale: Locale) -> None:
        """A text whose code is gone goes, too."""
        assert [key for key in SAID[locale] if key not in NEEDED and not optional(key)] == []

    @pytest.mark.parametrize("locale", LOCALES)
    def test_nothing_is_empty_or_unsure(self, locale: Locale) -> None:
        """No text is empty, marked as fuzzy, or kept as obsolete."""
        catalog = catalogue(locale, "po")

        assert [key for key, forms in SAID[locale].items() if not all(forms)] == []
        assert [message.id for message in catalog if message.id and message.fuzzy] == []
        assert not catalog.obsolete

    @pytest.mark.parametrize("locale", LOCALES)
    def test_all_have_the_same_keys(self, locale: Locale) -> None:
        """What one language can say, all can."""
        assert list(SAID[locale]) == list(SAID["en"])

    def test_places_for_values_agree(self) -> None:
        """The values in a text are the same in all languages and in all plural forms, and are plain names."""
        for key in SAID["en"]:
            found = {placeholders(form) for locale in LOCALES for form in SAID[locale][key]}

            assert (key, len(found)) == (key, 1)
            assert all(name.isidentifier() for name in next(iter(found)))

    def test_plain_sentences_need_no_values(self) -> None:
        """An error known by its code alone still has a sentence."""
        assert [code for code in error_codes() if placeholders(SAID["uk"][f"error.{code}"][0])] == []

    @pytest.mark.parametrize("locale", LOCALES)
    def test_compiled_is_what_was_edited(self, locale: Locale) -> None:
        """The compiled file is up to date: else run `python tools/catalogues.py`."""
        edited, compiled = catalogue(locale, "po"), catalogue(locale, "mo")

        assert messages(compiled) == messages(edited)
        assert compiled.plural_forms == edited.plural_forms


class TestWriting:
    """Texts keep to one hand."""

    TEXTS = [(locale, key, form) for locale in LOCALES for key, forms in SAID[locale].items() for form in forms]
    SENTENCES = [(key, form) for _, key, form in TEXTS if key.startswith(("reason.", "error.", "failure.", "event."))]

    def test_no_exclamations(self) -> None:
        """Nothing is shouted."""
        assert [text for _, _, text in self.TEXTS if "!" in text] == []

    def test_typography(self) -> None:
        """Quotation marks are the language's own, № holds on to its number, no space is doubled or left over."""
        odd = re.compile(r"[\"'`]|№ |  |\s$|^\s")

        assert [text for _, key, text in self.TEXTS if key != "format.group" and odd.search(text)] == []

    @pytest.mark.parametrize(
        ("locale", "foreign"), [("uk", "[ыэъёЫЭЪЁ]"), ("ru", "[іїєґІЇЄҐёЁ’]"), ("en", "[а-яА-ЯіїєґІЇЄҐ]")]
    )
    def test_alphabets(self, locale: Locale, foreign: str) -> None:
        """No letter of another language slipped in; ё is written as е, as in the product."""
        assert [text for one, _, text in self.TEXTS if one == locale and re.search(foreign, text)] == []

    def test_sentences(self) -> None:
        """Sentences begin with a capital letter, or the value they are about, and have no full stop."""
        assert [text for _, text in self.SENTENCES if not (text[0].isupper() or text[0] == "{")] == []
        assert [text for _, text in self.SENTENCES if text.endswith((".", ":", ";", ","))] == []

    def test_subjects(self) -> None:
        """A subject is one line without a full stop."""
        subjects = [text for _, key, text in self.TEXTS if key.endswith(".subject")]

        assert [text for text in subjects if "\n" in text or text.endswith(".")] == []


class TestMissing:
    """A text that is not there is a bug, not a silence."""

    @pytest.mark.parametrize("locale", LOCALES)
    def test_is_an_error(self, locale: Locale) -> None:
        """Asking for it raises, and names key and language."""
        with pytest.raises(Corrupt) as caught:
            catalogue_of(locale).get("reason.bad_mood")

        assert caught.value == Corrupt("text.missing", key="reason.bad_mood", locale=locale)
