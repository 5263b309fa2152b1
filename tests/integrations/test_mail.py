"""Letters by mail, to a real mail server on loopback that takes them, refuses them, defers them, or breaks off."""

import re
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kwiga_orders.adapters.mail import MailNotifier, MailServer, Sender, Templates
from kwiga_orders.changes import OutboxRow
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.letter_kinds import LETTER_KINDS, LETTERS_ABOUT_MONEY
from kwiga_orders.locale import LOCALES, LetterFacts, Texts
from kwiga_orders.project import Contact, Project
from kwiga_orders.testing.mailbox import LocalMailbox

SENDER = Sender(address="school@example.com", domain="school.example", unsubscribe="https://school.example/off")
AT = datetime(2026, 11, 1, 8, tzinfo=UTC)


@pytest.fixture
def postbox() -> Iterator[LocalMailbox]:
    with LocalMailbox() as opened:
        yield opened


@pytest.fixture
def server(postbox: LocalMailbox) -> MailServer:
    return postbox.server


class School:
    """The people of a school, as a host knows them."""

    def __init__(self, locale: str = "uk", email: str = "olena@example.com") -> None:
        self.contact = Contact(id="olena", name="Олена Коваль", email=email, locale=locale)  # type: ignore[arg-type]

    def find_contact(self, project: str, contact: str, /) -> Contact | None:
        return self.contact if contact == "olena" else None

    def get_project(self, project: str, /) -> Project:
        return Project(id=project, timezone="Europe/Kyiv", currency="UAH")

    def facts_of(self, project: str, row: OutboxRow, /) -> LetterFacts:
        return LetterFacts(
            school="Школа «Ранок»", titles={"python": "Python <3"}, link="https://school.example/go?a=1&b=2"
        )


def row(kind: str = "access_granted", *, contact: str = "olena", key: str = "o1:access_granted:2") -> OutboxRow:
    window = {"product": "python", "starts_at": "2026-11-01T08:00:00+00:00", "ends_at": "2026-12-01T08:00:00+00:00"}
    data = {
        "number": 1042, "amount": "1000.00", "currency": "UAH", "payment": "o1.1", "certificate": 7,
        "due_at": "2026-11-05T22:00:00+00:00", "paid_at": "2026-11-01T08:00:00+00:00", "products": [window],
        "starts_at": "2026-11-02T08:00:00+00:00", "ends_at": "2026-11-09T08:00:00+00:00",
    }  # fmt: skip
    return OutboxRow(
        id="o1:00000002:0003", kind="letter", name=kind, order="o1", contact=contact, at=AT, key=key, data=data
    )


def mail(server: MailServer, school: School | None = None, **more: object) -> MailNotifier:
    return MailNotifier(server=server, sender=SENDER, people=school or School(), **more)  # type: ignore[arg-type]


class TestLetters:
    """N2, N3: every kind of letter, in three languages, as text and as HTML."""

    @pytest.mark.parametrize("locale", LOCALES)
    @pytest.mark.parametrize("kind", LETTER_KINDS)
    def test_each_kind(self, server: MailServer, postbox: LocalMailbox, kind: str, locale: str) -> None:
        """It arrives with a subject, a text, and the same words in HTML, nothing of which is markup."""
        mail(server, School(locale)).notify("school", row(kind))

        (letter,) = postbox.letters
        text, html = (letter.get_body((part,)) for part in ("plain", "html"))
        assert text is not None
        assert html is not None
        assert letter["Subject"]
        assert "{" not in letter["Subject"] + text.get_content()
        shown = html.get_content()
        assert f'<html lang="{locale}">' in shown
        assert "Python <3" not in shown
        if "https://" in text.get_content():
            assert 'href="https://school.example/go?a=1&amp;b=2"' in shown

    def test_to_whom_and_from_whom(self, server: MailServer, postbox: LocalMailbox) -> None:
        """Names in any script arrive as they were written."""
        mail(server).notify("school", row())

        (letter,) = postbox.letters
        assert [(one.display_name, one.addr_spec) for one in (*letter["To"].addresses, *letter["From"].addresses)] == [
            ("Олена Коваль", "olena@example.com"),
            ("Школа «Ранок»", "school@example.com"),
        ]
        assert letter["Auto-Submitted"] == "auto-generated"

    def test_a_letter_sent_twice_has_one_id(self, server: MailServer, postbox: LocalMailbox) -> None:
        """N2: the Message-ID is made of the dedupe key, and does not tell it; an order's letters are one thread."""
        notifier = mail(server)
        for one in (row(), row(), row(key="o1:access_granted:9")):
            notifier.notify("school", one)

        first, again, other = postbox.letters
        assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]
        assert first["References"] == other["References"] == other["In-Reply-To"]
        assert re.fullmatch(r"<[0-9a-f]{32}@school\.example>", first["Message-ID"])

    @pytest.mark.parametrize("kind", LETTER_KINDS)
    def test_what_may_be_switched_off_says_how(self, server: MailServer, postbox: LocalMailbox, kind: str) -> None:
        """N2: letters about money go out all the same, so only the others can be switched off, by one click."""
        mail(server).notify("school", row(kind))

        (letter,) = postbox.letters
        link = "<https://school.example/off?project=school&contact=olena&kind=" + kind + ">"
        given = letter["List-Unsubscribe"]
        assert (given and given.strip()) == (None if kind in LETTERS_ABOUT_MONEY else link)

    def test_a_host_replaces_one_template(self, server: MailServer, postbox: LocalMailbox, tmp_path: Path) -> None:
        """A template of one kind and language is the host's, all others stay."""
        (tmp_path / "access_granted.uk.html").write_text("<b>{{ subject }}</b> {{ row.number }}", encoding="utf-8")
        notifier = mail(server, templates=Templates(tmp_path))
        for kind in ("access_granted", "refund_made"):
            notifier.notify("school", row(kind))

        own, other = (letter.get_body(("html",)) for letter in postbox.letters)
        assert own is not None
        assert other is not None
        assert own.get_content().startswith("<b>")
        assert "1042" in own.get_content()
        assert "<!doctype html>" in other.get_content()

    def test_a_list_and_a_button(self) -> None:
        """What a text writes as lines is shown as what it is: what leads somewhere as a button, products as a list."""
        granted = row()
        facts = School().facts_of("school", granted)
        text = Texts("en", timezone="Europe/Kyiv").letter(granted, facts)

        shown = Templates().html(granted, text, locale="en", facts=facts)

        assert '<a class="button" href="https://school.example/go?a=1&amp;b=2">Go to your course</a>' in shown
        assert "<li>“Python &lt;3” — until 1 December 2026, 10:00</li>" in shown
        assert shown.index("<ul>") < shown.index('class="button"') < shown.index('<p class="school">')

    @pytest.mark.parametrize(("contact", "email"), [("olena", ""), ("nobody", "x@example.com")])
    def test_nobody_to_write_to(self, server: MailServer, postbox: LocalMailbox, contact: str, email: str) -> None:
        """A contact that is gone, or has no address, gets no letter, and holds nothing up."""
        mail(server, School(email=email)).notify("school", row(contact=contact))

        assert postbox.letters == []


class TestRefusals:
    """N1: what is refused for good is told apart from what is to be tried again."""

    @pytest.mark.parametrize(
        ("reply", "code"),
        [("550 no such user olena@example.com", "mail.refused"), ("450 mailbox busy", "mail.deferred")],
    )
    @pytest.mark.parametrize("at", ["at_recipient", "at_data"])
    def test_replies(self, server: MailServer, postbox: LocalMailbox, at: str, reply: str, code: str) -> None:
        """The reply's number decides; neither the address nor the server's words go on."""
        getattr(postbox, at).append(reply)

        with pytest.raises(AdapterFailed) as failed:
            mail(server).notify("school", row())
        assert (failed.value.code, failed.value.details["reply"]) == (code, int(reply[:3]))
        assert "olena" not in str(failed.value)

    def test_nobody_there(self) -> None:
        """A server that cannot be reached is tried again."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound, and never listening: nobody else gets this port meanwhile
            server = MailServer(host="127.0.0.1", port=taken.getsockname()[1], security="none", timeout=1)
            with pytest.raises(AdapterFailed) as failed:
                mail(server).notify("school", row())

        assert failed.value.code == "mail.deferred"

    @pytest.mark.parametrize("talk", [b"", b"220 hello\r\n", b"220 hello\r\n250 a\r\n250 b\r\n250 c\r\n354 go\r\n"])
    def test_a_line_that_breaks(self, talk: bytes) -> None:
        """Cut before the greeting, within the talk, or after the letter: it is tried again, as the same letter."""
        with socket.create_server(("127.0.0.1", 0)) as listening:

            def cut() -> None:
                connection, _ = listening.accept()
                with connection:
                    connection.sendall(talk)
                    connection.settimeout(1)
                    if talk:
                        connection.recv(65_536)

            thread = threading.Thread(target=cut)
            thread.start()
            server = MailServer(host="127.0.0.1", port=listening.getsockname()[1], security="none", timeout=2)
            with pytest.raises(AdapterFailed) as failed:
                mail(server).notify("school", row())
            thread.join()

        assert failed.value.code == "mail.deferred"

    def test_a_slow_server(self) -> None:
        """A server that says nothing costs the timeout, and no more."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            server = MailServer(host="127.0.0.1", port=listening.getsockname()[1], security="none", timeout=0.2)
            with pytest.raises(AdapterFailed) as failed:
                mail(server).notify("school", row())

        assert failed.value.code == "mail.deferred"

    def test_the_password_is_never_shown(self) -> None:
        """Nothing shown of the server tells it."""
        assert "planted" not in repr(MailServer(host="h", user="u", password="planted"))
