"""What a front end in a browser needs beside the router: its files, who is signed in, a customer's way in.

Laws:

1. A page runs no script but that of its own files, and is framed by nobody: the headers of every answer say so.
2. A token goes in a header, never in a cookie: a page of somebody else's cannot send it along, so no request is forged.
3. A customer's link cannot be guessed, names one contact of one project, and ends by itself (K8). It is signed, not
   stored: another key makes all links void.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NoBase64
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import attrs

from kwiga_orders.extras import extra
from kwiga_orders.ports import Clock

with extra("fastapi"):
    from fastapi import FastAPI, Request, Response
    from fastapi.staticfiles import StaticFiles

__all__ = ["CustomerLink", "Links", "add_site", "protect"]

_HEADERS = {
    # styles are set by the page's own script through the DOM, which needs no exception
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # the address of a customer's page must not reach the payment system that they go on to
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# the interactive documentation loads its script from elsewhere; it has no token until somebody types one in
_OPEN_PAGES = ("/docs", "/redoc")


def protect(app: FastAPI) -> None:
    """Let every answer have the headers of law 1."""

    @app.middleware("http")
    async def headers(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await answer(request)
        if not request.url.path.startswith(_OPEN_PAGES):
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
        return response


def add_site(app: FastAPI, folder: Path) -> None:
    """Serve the files of a folder at the root; it comes last, after every path of the service."""
    app.mount("/", StaticFiles(directory=folder, html=True), name="site")


@attrs.frozen(kw_only=True)
class CustomerLink:
    """Whose page a link opens, and until when."""

    project: str
    contact: str
    until: datetime


@attrs.frozen(kw_only=True)
class Links:
    """Makes and reads the secrets of customers' links; without a key there are none."""

    key: str = attrs.field(repr=False)
    clock: Clock
    lasts: timedelta = timedelta(days=180)

    def make(self, *, project: str, contact: str) -> tuple[str, CustomerLink]:
        """Make the secret of a link to a contact's own page."""
        # to the second: the instant is written in the secret
        until = (self.clock.now() + self.lasts).replace(microsecond=0)
        said = json.dumps([project, contact, int(until.timestamp())]).encode()
        secret = f"{_text(said)}.{_text(self._signature(said))}"
        return secret, CustomerLink(project=project, contact=contact, until=until)

    def find(self, secret: str) -> CustomerLink | None:
        """Give whose page a secret opens; None if it was not made here, or has ended."""
        try:
            said, signature = (urlsafe_b64decode(part + "==") for part in secret.split("."))
        except (ValueError, NoBase64):
            return None
        # nothing of it is read before the signature is right
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
