"""A local mail server that keeps the letters it accepts, and refuses or defers letters on request.

    with LocalMailbox() as mailbox:
        MailNotifier(server=mailbox.server, sender=sender, people=people).notify("school", row)
        print(mailbox.letters[0]["Subject"])

It is a real SMTP server (aiosmtpd) in its own thread.
"""

import socket
from email import message_from_bytes, policy
from email.message import EmailMessage

from kwiga_orders.adapters.mail import MailServer
from kwiga_orders.extras import extra

with extra("testing"):
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, Envelope, Session

__all__ = ["LocalMailbox"]


class LocalMailbox:
    """Keeps accepted letters in `letters`, in order; a context manager.

    `at_recipient` and `at_data` are replies for the next recipients or letters instead of `250 OK`.
    """

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.at_recipient: list[str] = []
        self.at_data: list[str] = []
        self._controller: Controller | None = None
        self.server = MailServer(host="127.0.0.1", port=0, security="none")

    def __enter__(self) -> "LocalMailbox":
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._controller = Controller(_Handler(self), hostname="127.0.0.1", port=port)
        self._controller.start()
        self.server = MailServer(host="127.0.0.1", port=port, security="none", timeout=2)
        return self

    def __exit__(self, *_: object) -> None:
        if self._controller is not None:
            self._controller.stop()


class _Handler:
    def __init__(self, mailbox: LocalMailbox) -> None:
        self._mailbox = mailbox

    async def handle_RCPT(  # noqa: N802 - the name is fixed by the server
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if self._mailbox.at_recipient:
            return self._mailbox.at_recipient.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        if self._mailbox.at_data:
            return self._mailbox.at_data.pop(0)
        content = envelope.content
        assert isinstance(content, bytes), "the server gives bytes unless it is told otherwise"
        self._mailbox.letters.append(message_from_bytes(content, policy=policy.default))
        return "250 OK"
