"""Secret links to customers' own pages: whoever has the link counts as that customer.

    links = Links(key="…", clock=SystemClock())
    secret, link = links.make(project="school", contact="olena")
    links.find(secret)

A link cannot be guessed, names one contact of one project, and expires (K8). It is signed, not stored: a new key makes
all old links void.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NoBase64
from datetime import datetime, timedelta

import attrs

from kwiga_orders.ports import Clock

__all__ = ["CustomerLink", "Links"]


@attrs.frozen(kw_only=True)
class CustomerLink:
    """Whose page a link opens, and until when."""

    project: str
    contact: str
    until: datetime


@attrs.frozen(kw_only=True)
class Links:
    """Makes and reads the secrets of customers' links; without a key no secret is valid."""

    key: str = attrs.field(repr=False)
    clock: Clock
    lasts: timedelta = timedelta(days=180)

    def make(self, *, project: str, contact: str) -> tuple[str, CustomerLink]:
        """Make the secret of a link to a contact's own page."""
        # whole seconds, because the secret holds the instant in seconds
        until = (self.clock.now() + self.lasts).replace(microsecond=0)
        said = json.dumps([project, contact, int(until.timestamp())]).encode()
        secret = f"{_text(said)}.{_text(self._signature(said))}"
        return secret, CustomerLink(project=project, contact=contact, until=until)

    def find(self, secret: str) -> CustomerLink | None:
        """Give whose page a secret opens; None if it was not made with this key, or has expired."""
        try:
            said, signature = (urlsafe_b64decode(part + "==") for part in secret.split("."))
        except (ValueError, NoBase64):
            return None
        # no field is read before the signature is verified
        if not self.key or not hmac.compare_digest(signature, self._signature(said)):
            return None
        project, contact, until = json.loads(said)
        now = self.clock.now()
        link = CustomerLink(project=project, contact=contact, until=datetime.fromtimestamp(until, now.tzinfo))
        return link if now < link.until else None

    def _signature(self, said: bytes) -> bytes:
        return hmac.new(self.key.encode(), said, "sha256").digest()


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
