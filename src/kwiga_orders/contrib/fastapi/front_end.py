"""Serving a front end beside the router: its files, and the security headers of all answers.

Laws:

1. A page runs only scripts from its own files, and no other page can frame it. Headers on every answer enforce this.
2. A token is sent in a header and never in a cookie, so another site's page cannot send it and forge a request.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from kwiga_orders.extras import extra

with extra("fastapi"):
    from fastapi import FastAPI, Request, Response
    from fastapi.staticfiles import StaticFiles

__all__ = ["add_site", "protect"]

_HEADERS = {
    # scripts set styles through the DOM, which the policy allows
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # the URL of a customer's page must not reach the payment system that the customer goes to next
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# the interactive documentation loads its script from another host; it has no token until a person enters one
_OPEN_PAGES = ("/docs", "/redoc")


def protect(app: FastAPI) -> None:
    """Add the headers of law 1 to every answer."""

    @app.middleware("http")
    async def headers(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await answer(request)
        if not request.url.path.startswith(_OPEN_PAGES):
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
        return response


def add_site(app: FastAPI, folder: Path) -> None:
    """Serve the files of a folder at the root path. Call it last, because it would hide the paths added after it."""
    app.mount("/", StaticFiles(directory=folder, html=True), name="site")
