"""Letters by mail: each kind as text and HTML, in the contact's language, by a real mail server.

    sender = Sender(address="school@example.com", name="Школа", domain="school.example")
    mail = MailNotifier(server=MailServer(host="smtp.example"), sender=sender, people=people)
    orders.relay_once(LinkedNotifier(mail, links=links))

The standard library sends (`smtplib`, `email`), Jinja2 writes HTML (extra `mail`). Laws:

1. A letter's Message-ID is made of its dedupe key (N2), so a letter that is sent twice bears the same one: mail systems
   that know it show it once. All letters about one order are one thread.
2. What the server refuses for good, an address that does not exist, is `mail.refused`: it is parked at once (N1). What
   it cannot take now, and a server that cannot be reached, is `mail.deferred`: the relay tries again (N1).
3. A letter is never lost: it counts as sent when the server has taken it. It may be sent twice, if the process dies, or
   the line breaks, after the server took it and before that was noted.
4. A letter that a contact may switch off says how (List-Unsubscribe, RFC 8058); one about money cannot be switched off.
5. Neither an address nor a word of a letter stands in an error.
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
"""How the line to the mail server is secured; `none` is for servers on the same machine."""


@attrs.frozen(kw_only=True)
class MailServer:
    """A mail server that takes letters for delivery; the password is never shown. `timeout` is in seconds."""

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
            AdapterFailed: `mail.deferred` if the server cannot be reached, or does not let this user in.
        """
        # One `try` around login and sending: whatever breaks the line, the letter was not taken.
        try:
            with self._opened() as connection:
                if self.user is not None:
                    connection.login(self.user, self.password or "")
                yield connection
        except (OSError, smtplib.SMTPException) as problem:
            # law 5: of what the server said only the number goes on
            code = getattr(problem, "smtp_code", None)
            raise AdapterFailed("mail.deferred", **({} if code is None else {"reply": int(code)})) from problem

    def _opened(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=ssl.create_default_context())
        connection = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        # Without STARTTLS the password would cross the network in the clear.
        if self.security == "starttls":
            connection.starttls(context=ssl.create_default_context())
        return connection


@attrs.frozen(kw_only=True)
class MailNotifier:
    """`Notifier` that sends letters by mail; a letter without an address counts as sent, events are ignored."""

    server: MailServer
    sender: Sender
    people: People
    templates: Templates = attrs.field(factory=Templates, repr=False)

    def notify(self, project: str, row: OutboxRow, /) -> None:
        """Send the letter of a row.

        Raises:
            PermanentFailure: `mail.refused` if the server refuses it for good.
            AdapterFailed: `mail.deferred` if the server refuses it now.
        """
        if row.kind != "letter":
            return
        message = Letterbox(sender=self.sender, people=self.people, templates=self.templates).message(project, row)
        # A contact without an address is no failure: trying again would not help.
        if message is None:
            return
        with self.server.connected() as connection, refusals():
            connection.send_message(message)


@attrs.frozen(kw_only=True)
class AsyncMailNotifier:
    """`AsyncNotifier` that sends letters by mail: people are awaited, the mail server is talked to in a thread."""

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
    """Raise what a refusal of a mail server means, in place of what `smtplib` raises.

    Raises:
        PermanentFailure: `mail.refused` if the server refuses a letter for good.
        AdapterFailed: `mail.deferred` if it refuses it now.
    """
    try:
        yield
    except smtplib.SMTPRecipientsRefused as refused:
        # Of several recipients the mildest reply decides: what may still work is tried again.
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
