"""N: texts for people, in three languages, and that nothing internal is ever among them."""

import ast
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwiga_orders.access import Reason, ReasonCode
from kwiga_orders.changes import OutboxRow
from kwiga_orders.commands import Command
from kwiga_orders.course import CertificateConditions, Course
from kwiga_orders.letter_kinds import LETTER_KINDS
from kwiga_orders.locale import LOCALES, LetterFacts, Texts
from kwiga_orders.orders import commands as asked
from kwiga_orders.payments import Outcome, Subscribe
from kwiga_orders.periods import Period
from kwiga_orders.project import Contact, Locale
from kwiga_orders.terms import For, TermsChange
from kwiga_orders.testing.school import School, local
from tests.laws.calendars import instants

SOURCE = Path(__file__).parent.parent.parent / "src" / "kwiga_orders"
TEXTS = [Texts(locale, timezone="Europe/Kyiv") for locale in LOCALES]
WORD = re.compile("[\u0400-\u04ff]{2}")
SECRET = "Хитра"
"""Stands in every internal field of the story below."""

BY_DUE_WORK = {"payment_upcoming", "access_expiring", "access_expired"}
"""Letters that no command makes: they come when time passes."""


class TestN3:
    """Texts of reasons, statuses and letters exist in Ukrainian, Russian and English as message catalogues keyed by
    code; the rules themselves contain no text.
    """

    @given(code=st.sampled_from(ReasonCode), until=st.none() | instants())
    def test_reasons(self, code: ReasonCode, until: datetime | None) -> None:
        """Every reason is one sentence of its own in each language; ids of orders and payments are in none."""
        said = [texts.reason(Reason(code, "ord-7f3a", until, "pay-7f3a")) for texts in TEXTS]

        assert len(set(said)) == len(LOCALES)
        assert all(text.isprintable() or "\u00a0" in text for text in said)
        assert not any("7f3a" in text or "{" in text or "\n" in text for text in said)

    @pytest.mark.parametrize("locale", LOCALES)
    def test_letters(self, locale: Locale) -> None:
        """Every kind of letter that a story makes can be written from its row alone."""
        rows = the_story().letters()
        written = {row.name: Texts(locale, timezone="Europe/Kyiv").letter(row) for row in rows}

        assert set(written) == set(LETTER_KINDS) - BY_DUE_WORK
        assert len({letter.subject for letter in written.values()}) == len(written)

    def test_rules_hold_no_text(self) -> None:
        """No module of the rules has a word in another alphabet; what people read is in the catalogues."""
        # what people type and the library only reads is no text of its own; nor are names that are stored as data
        outside = {"cli", "testing", "locale", "phones.py", "born.py"}
        # a table of how wide letters are
        outside |= {"pictures/widths.py"}
        files = [(path, path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py")]
        files = [(path, one) for path, one in files if outside.isdisjoint({one.parts[0], one.as_posix()})]
        texts = {path.name: list(_literals(path)) for path, _ in files}

        assert {name: found for name, found in texts.items() if any(map(WORD.search, found))} == {}


def _literals(path: Path) -> list[str]:
    """Give the texts in a file that are not docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    notes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in notes)
    return [node.value for node in constants if isinstance(node.value, str)]


class Story:
    """A school where everything is done that makes letters, with a secret in every field that is internal."""

    def __init__(self) -> None:
        self.school = School()
        self.school.knows(Contact(id="olena", name=SECRET, email=f"{SECRET}@example.com", phone="+380671234567"))

    def letters(self) -> list[OutboxRow]:
        """Give the letters handed to the notifier."""
        return [row for row in self.school.notifier.rows if row.kind == "letter"]

    def does(self, *commands: Command) -> None:
        """Carry out commands, one after another."""
        for command in commands:
            self.school.does(command)


def the_story() -> Story:
    """Tell it: a paid order with everything done to it, a free one, and a subscription that is renewed."""
    story = Story()
    school = story.school
    school.has(Course(product="python", certificate=CertificateConditions()))
    school.sells(product="python", terms=TermsChange(duration=For(period=Period(months=2))))
    order = school.opens()
    payment = f"{order}.1"
    story.does(
        asked.EditOrder(order=order, manager=SECRET, responsibles=(SECRET,), tags=(SECRET,), comment=SECRET),
        asked.AddTask(order=order, title=SECRET, assignee=SECRET),
        asked.EditPayment(order=order, payment=payment, comment=SECRET, gateway="stripe"),
        asked.Remind(order=order, payment=payment),
        asked.ReportAttempt(order=order, payment=payment, reference=SECRET, outcome=Outcome.FAILED, reason=SECRET),
        asked.MarkPaid(order=order, payment=payment, comment=SECRET),
        asked.AddPayment(order=order, amount=Decimal(5), comment=SECRET, notify=True),
        asked.FreezeAccess(order=order, period=Period(days=7)),
        asked.UnfreezeAccess(order=order),
        asked.ExtendAccess(order=order, by=Period(days=7)),
        asked.IssueCertificate(order=order, product="python"),
        asked.RefundPayment(order=order, payment=payment, amount=Decimal(5), reason=SECRET),
        asked.ReportEvent(order=order, event="x.called", data={"note": SECRET}),
    )
    school.sells("free", price="0")
    school.opens("free")
    _subscribes(story)
    return story


def _subscribes(story: Story) -> None:
    school = story.school
    school.sells("club", product="club", options=(Subscribe(id="sub", amount=Decimal(300), every=Period(months=1)),))
    club = school.opens("club")
    school.pays(club)
    school.at("2026-12-01 10:00").does(asked.Renew(order=club))
    school.pays(club, 2)
    story.does(asked.CancelOrder(order=club, reason=SECRET))


class TestN3NothingInternal:
    """Letters are filled from ids and values only: internal text is unreachable from them (V5)."""

    @pytest.mark.parametrize("locale", LOCALES)
    def test_letters(self, locale: Locale) -> None:
        """What was put into internal fields is in no letter, nor in the row it is made of; neither is the contact."""
        texts = Texts(locale, timezone="Europe/Kyiv")
        for row in the_story().letters():
            letter = texts.letter(row, LetterFacts(school="Школа", link="https://school.example"))

            assert SECRET not in letter.subject + letter.body + repr(row)
            assert "380671234567" not in letter.body

    def test_ids(self) -> None:
        """A letter names an order by its number; ids of orders, payments and contacts are for machines (O5)."""
        for row in the_story().letters():
            letter = Texts("en", timezone="Europe/Kyiv").letter(row)

            assert row.order not in letter.subject + letter.body
            assert row.contact not in letter.subject + letter.body


class TestN3OneFactOneLetter:
    """A letter tells the whole of its fact (N2)."""

    def test_one_letter_for_all_products(self) -> None:
        """What one command does to several products is told once, with the window of each."""
        school = School()
        for product in ("python", "sql"):
            school.teaches(product=product)
        lines = tuple(asked.LineAsked(product=product, price=Decimal(500)) for product in ("python", "sql"))
        order = school.does(asked.CreateOrder(contact="olena", lines=lines)).order
        assert order is not None
        school.does(asked.AddPayment(order=order, amount=Decimal(1000), paid=True))
        school.does(asked.SetAccessEnd(order=order, product="sql", at=local("2026-12-01 10:00")))
        school.does(asked.SetAccessEnd(order=order, product="python", at=local("2026-12-31 10:00")))
        school.does(asked.ExtendAccess(order=order, by=Period(days=7)))
        (row,) = [row for row in school.notifier.rows if row.name == "access_extended"]

        assert Texts("en", timezone="Europe/Kyiv").letter(row).body == (
            "Hello,\n\nYour access is extended:\n"
            "• “python” — until 7 January 2027, 10:00\n"
            "• “sql” — until 8 December 2026, 10:00\n"
        )
