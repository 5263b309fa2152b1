"""Write the mail message of an outbox row: text, HTML and headers.

A host replaces a template by a file with the same name in its own folder; the others stay. The first that exists is
used: `<kind>.<locale>.html`, `<kind>.html`, `letter.html`. A template gets `subject`, `paragraphs` (of lines), `blocks`
(the same lines, each as `text`, `list`, or `action` with its `url`), `kind`, `locale`, `school`, and `row`, the data of
the letter.
"""

import hashlib
from collections.abc import Iterable, Iterator
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

import attrs

from kwiga_orders.changes import OutboxRow
from kwiga_orders.extras import extra
from kwiga_orders.letter_kinds import LETTERS_ABOUT_MONEY
from kwiga_orders.locale import LetterFacts, LetterText, Texts
from kwiga_orders.project import Contact, Project

if TYPE_CHECKING:
    import jinja2

__all__ = ["AsyncPeople", "Letterbox", "People", "Sender", "Templates"]

_BULLET = "• "


class People(Protocol):
    """The values that a letter needs besides its row: the school, the recipient, and the names of products."""

    def find_contact(self, project: str, contact: str, /) -> Contact | None:
        """Give a contact, with its current address and language."""
        ...

    def get_project(self, project: str, /) -> Project:
        """Give the school's settings: its zone and its language."""
        ...

    def facts_of(self, project: str, row: OutboxRow, /) -> LetterFacts:
        """Give the school's name, the titles of products, and the links of the letter."""
        ...


class AsyncPeople(Protocol):
    """`People`, awaited; the same conditions."""

    async def find_contact(self, project: str, contact: str, /) -> Contact | None:
        """Give a contact."""
        ...

    async def get_project(self, project: str, /) -> Project:
        """Give the school's settings."""
        ...

    async def facts_of(self, project: str, row: OutboxRow, /) -> LetterFacts:
        """Give the facts about the school for a letter."""
        ...


@attrs.frozen(kw_only=True)
class Sender:
    """The sender. `domain` is used in Message-IDs; contact, project and kind are added to the URL `unsubscribe`."""

    address: str
    domain: str
    name: str = ""
    reply_to: str | None = None
    unsubscribe: str | None = None


class Templates:
    """HTML templates: those in `folder`, if given, replace those of the library."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    @cached_property
    def _environment(self) -> "jinja2.Environment":
        with extra("mail"):
            import jinja2
        own = [] if self._folder is None else [jinja2.FileSystemLoader(self._folder)]
        # The host's folder comes first, so that its template replaces ours with the same name.
        loader = jinja2.ChoiceLoader([*own, jinja2.FileSystemLoader(Path(__file__).parent / "templates")])
        # Strict, so that a misspelt field in a host's template raises an error instead of writing nothing.
        return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)

    def html(self, row: OutboxRow, text: LetterText, *, locale: str, facts: LetterFacts) -> str:
        """Write a letter as HTML."""
        kind = row.name
        template = self._environment.select_template([f"{kind}.{locale}.html", f"{kind}.html", "letter.html"])
        return template.render(
            subject=text.subject,
            paragraphs=(paragraphs := [part.splitlines() for part in text.body.strip().split("\n\n")]),
            blocks=[block for paragraph in paragraphs for block in _blocks(paragraph)],
            kind=kind,
            locale=locale,
            school=facts.school,
            row=row.data,
        )


@attrs.frozen(kw_only=True)
class _Block:
    """Lines of a letter that belong together: `text`, a `list`, or an `action` with its URL."""

    kind: str
    lines: list[str]
    url: str = ""


def _blocks(paragraph: Iterable[str]) -> Iterator[_Block]:
    """Split the lines of a paragraph: a line that ends with a link becomes an action, one with a bullet a list item."""
    for kind, lines in groupby(paragraph, key=_kind_of):
        if kind == "action":
            for line in lines:
                words, _, url = line.rpartition(" ")
                yield _Block(kind=kind, lines=[words.strip().removesuffix(":") or url], url=url)
        else:
            yield _Block(kind=kind, lines=[line.removeprefix(_BULLET) for line in lines])


def _kind_of(line: str) -> str:
    if line.rpartition(" ")[2].startswith(("https://", "http://")):
        return "action"
    return "list" if line.startswith(_BULLET) else "text"


@attrs.frozen(kw_only=True)
class Letterbox:
    """Writes the messages of letters, ready to be sent."""

    sender: Sender
    people: People
    templates: Templates

    def message(self, project: str, row: OutboxRow) -> EmailMessage | None:
        """Give the message of a row; None if the contact is gone, or has no address."""
        contact = self.people.find_contact(project, row.contact)
        # V9: the contact may have been erased after the letter was written.
        if contact is None or not contact.email:
            return None
        school = self.people.get_project(project)
        facts = self.people.facts_of(project, row)
        texts = Texts.of(school, contact)
        text = texts.letter(row, facts)
        message = EmailMessage()
        for name, value in self._headers(project, row, contact, facts):
            message[name] = value
        message["Subject"] = text.subject
        # Text first, HTML second: mail programs show the last part that they support.
        message.set_content(text.body)
        message.add_alternative(self.templates.html(row, text, locale=texts.locale, facts=facts), subtype="html")
        return message

    def _headers(
        self, project: str, row: OutboxRow, contact: Contact, facts: LetterFacts
    ) -> Iterator[tuple[str, str | Address]]:
        sender, email = self.sender, contact.email or ""
        yield "From", Address(sender.name or facts.school, addr_spec=sender.address)
        yield "To", Address(contact.name or "", addr_spec=email)
        if sender.reply_to:
            yield "Reply-To", sender.reply_to
        # The instant of the event, not of sending, so that a letter sent late does not look new.
        yield "Date", format_datetime(row.at)
        thread = self._id(project, row.order)
        yield "Message-ID", self._id(project, row.key)
        # All letters of an order reply to the same invented message, so that they form one thread.
        yield "In-Reply-To", thread
        yield "References", thread
        yield "Auto-Submitted", "auto-generated"
        # N2: letters about money cannot be switched off.
        if sender.unsubscribe and row.name not in LETTERS_ABOUT_MONEY:
            of = {"project": project, "contact": row.contact, "kind": row.name}
            yield "List-Unsubscribe", f"<{sender.unsubscribe}?{urlencode(of)}>"
            yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"

    def _id(self, project: str, key: str) -> str:
        """Give an id made from a key, which does not reveal the key."""
        # A key contains the id of an order, which would get into logs of mail servers.
        digest = hashlib.sha256(f"{project}\0{key}".encode()).hexdigest()[:32]
        return f"<{digest}@{self.sender.domain}>"
