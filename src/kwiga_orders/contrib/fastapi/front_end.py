"""What a front end in a browser needs beside the router: its files, and the headers of its pages.

Laws:

1. A page runs no script but that of its own files, and is framed by nobody: the headers of every answer say so.
2. A token goes in a header, never in a cookie: a page of somebody else's cannot send it along, so no request is forged.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from kwiga_orders.extras import extra

with extra("fastapi"):
    from fastapi import FastAPI, Request, Response
    from fastapi.staticfiles import StaticFiles

__all__ = ["add_site", "protect"]

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
