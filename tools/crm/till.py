"""A payment system for demonstrations: local pages where a payment is paid or declined, and signed callbacks.

It is `FakeGateway` with pages. A click calls the school's webhook over HTTP, as a real gateway does.
"""

from html import escape
from urllib.parse import parse_qs

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from kwiga_orders.testing.gateways import FakeGateway

__all__ = ["add_till"]

# the form of this page posts to itself, which the school's pages may not do
_HEADERS = {"Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'"}
_PAGE = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>{title}</title>
<main><h1>{title}</h1>{content}</main></html>"""


def add_till(app: FastAPI, gateway: FakeGateway, *, webhook: str) -> None:
    """Serve the gateway's payment pages under `/till`, where its links lead."""

    def answer(title: str, content: str) -> HTMLResponse:
        return HTMLResponse(_PAGE.format(title=escape(title), content=content), headers=_HEADERS)

    def url_of(path: str) -> str:
        return f"{gateway.page}/{path}"

    @app.get("/till/{path:path}")
    def page(path: str) -> HTMLResponse:
        buttons = "".join(
            f'<button name="outcome" value="{value}">{text}</button> '
            for value, text in (("paid", "Pay"), ("declined", "Decline"))
        )
        amount = path.split("/")[1]
        return answer(f"Pay {amount[:-5]}.{amount[-5:-3]} {amount[-3:]}", f'<form method="post">{buttons}</form>')

    @app.post("/till/{path:path}")
    async def pay(path: str, request: Request) -> HTMLResponse:
        is_paid = parse_qs((await request.body()).decode())["outcome"] == ["paid"]
        gateway.pays(url_of(path), succeeds=is_paid)
        async with httpx.AsyncClient() as client:
            for call in gateway.delivers(lambda body, headers: client.post(webhook, content=body, headers=headers)):
                await call
        return answer("Paid" if is_paid else "Declined", '<a href="/">Back to the school</a>')
