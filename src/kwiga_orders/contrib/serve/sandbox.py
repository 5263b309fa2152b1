"""A payment system to try a service with: on its page a click pays or declines, and no money moves.

    {"url": "http://localhost:8000", "gateways": [{"kind": "sandbox", "project": "school"}]}

Laws:

1. A click makes a signed callback, and the orders receive it as they receive those of every gateway (P11).
2. Its state ends with the process. A link of an earlier run pays nothing, and nobody else can sign a callback.
"""

import re
from collections.abc import Callable, Mapping
from html import escape
from secrets import token_bytes
from urllib.parse import parse_qs

import attrs

from kwiga_orders.adapters.system import SystemClock
from kwiga_orders.aio import AsyncOrders
from kwiga_orders.extras import extra
from kwiga_orders.money import Money
from kwiga_orders.testing.gateways import AsyncFakeGateway, FakeGateway

with extra("fastapi"):
    from fastapi import FastAPI, HTTPException, Request
    from fastapi.responses import HTMLResponse

__all__ = ["Sandbox", "add_sandboxes", "opened"]

_PATH = "/{project}/sandbox/{name}/{link:path}"
# the form of the page posts to the page itself, which the pages of a front end may not do
_HEADERS = {"Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'"}
_PAGE = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>{title}</title>
<main><h1>{title}</h1>{content}<p>This is a sandbox: no money moves.</p></main></html>"""
_FORM = """<form method="post"><button name="outcome" value="paid">Pay</button>
<button name="outcome" value="declined">Decline</button></form>"""


@attrs.frozen(kw_only=True)
class Sandbox:
    """The settings of a sandbox: the URL of its pages, by default below that of the project."""

    page: str


def opened(settings: Sandbox) -> AsyncFakeGateway:
    """Give the gateway of a sandbox."""
    return AsyncFakeGateway(FakeGateway(SystemClock(), name="sandbox", page=settings.page, secret=token_bytes(32)))


def add_sandboxes(
    app: FastAPI, sandboxes: Mapping[tuple[str, str], FakeGateway], orders_of: Callable[[str], AsyncOrders]
) -> None:
    """Add the pages of sandboxes, which are named by project and gateway."""

    def sandbox_of(project: str, name: str) -> FakeGateway:
        if (project, name) not in sandboxes:
            raise HTTPException(404, "there is no such sandbox")
        return sandboxes[project, name]

    @app.get(_PATH, include_in_schema=False)
    def page(project: str, name: str, link: str) -> HTMLResponse:
        """Show what is to be paid, with a way to pay and to decline."""
        sandbox_of(project, name)
        return _answer(f"Pay {_amount(link)}", _FORM)

    @app.post(_PATH, include_in_schema=False)
    async def pay(project: str, name: str, link: str, request: Request) -> HTMLResponse:
        """Pay or decline (law 1)."""
        gateway = sandbox_of(project, name)
        is_paid = parse_qs((await request.body()).decode()).get("outcome") == ["paid"]
        try:
            gateway.pays(f"{gateway.page}/{link}", succeeds=is_paid)
        except KeyError:
            # law 2
            raise HTTPException(404, "there is no such link: make a new one") from None
        orders = orders_of(project)
        for received in gateway.delivers(lambda body, headers: orders.receive(name, body, headers)):
            await received
        return _answer("Paid" if is_paid else "Declined", '<a href="/">Back to the school</a>')


def _amount(link: str) -> Money:
    # after the payment comes its amount, in minor units with the currency: o1.1/780000UAH
    found = re.fullmatch(r"[^/]+/(\d+)([A-Z]{3})(/.*)?", link)
    if found is None:
        raise HTTPException(404, "there is no such link")
    return Money(int(found[1]), found[2])


def _answer(title: str, content: str) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(title=escape(title), content=content), headers=_HEADERS)
