"""Letters through Django's mail: texts and headers as in `adapters.mail`, sent by the site's `EMAIL_BACKEND`."""

import attrs
from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from kwiga_orders.adapters.mail import Letterbox, People, Sender, Templates, refusals
from kwiga_orders.changes import OutboxRow
from kwiga_orders.errors import AdapterFailed

__all__ = ["DjangoMailNotifier"]

_OF_DJANGO = ("From", "To", "Subject", "MIME-Version", "Content-Type", "Content-Transfer-Encoding")


@attrs.frozen(kw_only=True)
class DjangoMailNotifier:
    """A `Notifier` that sends letters, by default from `DEFAULT_FROM_EMAIL`; it ignores events."""

    people: People
    sender: Sender | None = None
    templates: Templates = attrs.field(factory=Templates)

    def notify(self, project: str, row: OutboxRow, /) -> None:
        """Send the letter of a row.

        Raises:
            PermanentFailure: `mail.refused` if the server refuses it for good.
            AdapterFailed: `mail.deferred` if it cannot be sent now.
        """
        address = settings.DEFAULT_FROM_EMAIL
        sender = self.sender or Sender(address=address, domain=address.rpartition("@")[2].rstrip(">"))
        letterbox = Letterbox(sender=sender, people=self.people, templates=self.templates)
        message = letterbox.message(project, row) if row.kind == "letter" else None
        if message is None:
            return
        # Django sets the headers in `_OF_DJANGO` itself
        headers = {name: str(value) for name, value in message.items() if name not in _OF_DJANGO}
        plain, html = (part.get_content() for part in message.iter_parts())
        letter = EmailMultiAlternatives(message["Subject"], plain, message["From"], [message["To"]], headers=headers)
        letter.attach_alternative(html, "text/html")
        try:
            with refusals():
                letter.send()
        except OSError as problem:
            raise AdapterFailed("mail.deferred") from problem
