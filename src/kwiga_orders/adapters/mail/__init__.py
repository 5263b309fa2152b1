"""Letters by mail: as text and HTML, in the contact's language, sent by a mail server.

    sender = Sender(address="school@example.com", name="Школа", domain="school.example")
    mail = MailNotifier(server=MailServer(host="smtp.example"), sender=sender, people=people)
    orders.relay_once(LinkedNotifier(mail, links=links))

The standard library sends (`smtplib`, `email`), Jinja2 writes HTML (extra `mail`). Laws:

1. A letter's Message-ID is a hash of its dedupe key (N2). A letter that is sent twice has the same Message-ID, so many
   mail systems show it once. All letters about one order form one thread.
2. A final refusal of the server, for example of an address that does not exist, is `mail.refused`: the letter is parked
   at once (N1). A temporary refusal, or a server that cannot be reached, is `mail.deferred`: the relay tries again.
3. A letter is never lost: it counts as sent only after the server has accepted it. It may be sent twice if the process
   or the connection breaks before that is stored.
4. A letter that a contact may switch off contains a link for it (List-Unsubscribe, RFC 8058). Letters about money
   cannot be switched off.
5. Errors contain no address and no text of a letter.
"""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import attrs

from kwiga_orders.adapters.mail.people import AsyncStoredPeople, KnownPeople, StoredPeople
from kwiga_orders.adapters.mail.writing import AsyncPeople, Letterbox, People, Sender, Templates
from kwiga_orders.adapters.threaded import ThreadedNotifier
from kwiga_orders.changes import OutboxRow
from kwiga_orders.errors import AdapterFailed, PermanentFailure
from kwiga_orders.ports import AsyncNotifier, Notifier

__all__ = [
    "AsyncMailNotifier",
    "AsyncPeople",
    "AsyncStoredPeople",
    "Letterbox",
    "MailNotifier",
    "MailServer",
    "People",
    "Sender",
    "StoredPeople",
    "Templates",
    "refusals",
]

_FOR_GOOD = 500
"""SMTP replies from here on are final (RFC 5321, 4.2.1)."""

Security = Literal["starttls", "tls", "none"]
"""How the connection to the mail server is encrypted; `none` is for servers on the same machine."""


@attrs.frozen(kw_only=True)
class MailServer:
    """A mail server that accepts letters for delivery; `repr` leaves the password out. `timeout` is in seconds."""

    host: str
    port: int = 587
    security: Security = "starttls"
    user: str | None = None
    password: str | None = attrs.field(default=None, repr=False)
    timeout: float = 20.0

    @contextmanager
    def connected(self) -> Iterator[smtplib.SMTP]:
        """Give a connection that is logged in.

        Raises:
            AdapterFailed: `mail.deferred` if the server cannot be reached or refuses the login.
        """
        # The `try` includes the caller's sending: if the connection breaks, the letter was not accepted.
        try:
            with self._opened() as connection:
                if self.user is not None:
                    connection.login(self.user, self.password or "")
                yield connection
        except (OSError, smtplib.SMTPException) as problem:
            # law 5: only the number of the server's reply is passed on
            code = getattr(problem, "smtp_code", None)
            raise AdapterFailed("mail.deferred", **({} if code is None else {"reply": int(code)})) from problem

    def _opened(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=ssl.create_default_context())
        connection = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        # Without STARTTLS the password would be sent unencrypted.
        if self.security == "starttls":
            connection.starttls(context=ssl.create_default_context())
        return connection


@attrs.frozen(kw_only=True)
class MailNotifier:
    """`Notifier` that sends letters by mail and ignores events. Without an address it counts as sent."""

    server: MailServer
    sender: Sender
    people: People
    templates: Templates = attrs.field(factory=Templates, repr=False)

    def notify(self, project: str, row: OutboxRow, /) -> None:
        """Send the letter of a row.

        Raises:
            PermanentFailure: `mail.refused` if the server refuses the letter finally.
            AdapterFailed: `mail.deferred` if the server refuses it for now.
        """
        if row.kind != "letter":
            return
        message = Letterbox(sender=self.sender, people=self.people, templates=self.templates).message(project, row)
        # A contact without an address is not a failure, because trying again would not help.
        if message is None:
            return
        with self.server.connected() as connection, refusals():
            connection.send_message(message)


@attrs.frozen(kw_only=True)
class AsyncMailNotifier:
    """`AsyncNotifier` that sends letters by mail; it awaits people, and calls the mail server in a thread."""

    server: MailServer
    sender: Sender
    people: AsyncPeople
    templates: Templates = attrs.field(factory=Templates, repr=False)

    async def notify(self, project: str, row: OutboxRow, /) -> None:
        """Send the letter of a row, as `MailNotifier` does, and fail as it does."""
        if row.kind != "letter":
            return
        contact = await self.people.find_contact(project, row.contact)
        school, facts = await self.people.get_project(project), await self.people.facts_of(project, row)
        people = KnownPeople(contact, school, facts)
        blocking = MailNotifier(server=self.server, sender=self.sender, people=people, templates=self.templates)
        await ThreadedNotifier(blocking).notify(project, row)


@contextmanager
def refusals() -> Iterator[None]:
    """Translate refusals of a mail server from errors of `smtplib`.

    Raises:
        PermanentFailure: `mail.refused` if the server refuses a letter finally.
        AdapterFailed: `mail.deferred` if the server refuses it for now.
    """
    try:
        yield
    except smtplib.SMTPRecipientsRefused as refused:
        # With several recipients the lowest code decides: if one of them may still work, try again.
        raise _refusal(min(reply for reply, _ in refused.recipients.values())) from refused
    except smtplib.SMTPResponseException as refused:
        raise _refusal(refused.smtp_code) from refused


def _refusal(reply: int) -> AdapterFailed:
    if reply >= _FOR_GOOD:
        return PermanentFailure("mail.refused", reply=reply)
    return AdapterFailed("mail.deferred", reply=reply)


if TYPE_CHECKING:

    def _fits(notifier: MailNotifier, awaited: AsyncMailNotifier) -> tuple[Notifier, AsyncNotifier]:
        return notifier, awaited
