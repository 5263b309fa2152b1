"""A host on FastAPI: commands and queries as JSON, access by URL, and errors as problems.

The library reads the bodies itself, so a front end gets all faults of a document at once, each with its path. Replace
`authenticated` by your own authentication, which should also decide who may ask about whom.
"""

from datetime import datetime
from typing import Annotated, cast

import attrs
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse

from kwiga_orders import Actor, AsyncOrders, KwigaOrdersError
from kwiga_orders.queries import AccessQuery, LessonsQuery
from kwiga_orders.wire import read_command, read_json, read_query
from kwiga_orders.wire.schema import schema


def authenticated(x_staff: Annotated[str | None, Header()] = None) -> Actor:
    """Give the actor of a request. This is a placeholder: a real host checks a session or a token."""
    if x_staff is None:
        raise HTTPException(401)
    return Actor(kind="staff", id=x_staff)


Staff = Annotated[Actor, Depends(authenticated)]


def create_app(orders: AsyncOrders) -> FastAPI:
    """Make the application over the orders of one project."""
    app = FastAPI(title="Orders of a school")
    app.add_exception_handler(KwigaOrdersError, _refusal)

    @app.post("/commands")
    async def command(request: Request, staff: Staff) -> JSONResponse:
        asked = read_command(read_json(await request.body()))
        receipt = await orders.execute(attrs.evolve(asked, actor=staff))
        return JSONResponse(attrs.asdict(receipt))

    @app.post("/queries")
    async def query(request: Request, _: Staff) -> JSONResponse:
        return JSONResponse(await orders.ask(read_query(read_json(await request.body()))))

    @app.get("/access/{contact}/{product}")
    async def access(contact: str, product: str, _: Staff, at: datetime | None = None) -> JSONResponse:
        product_open = await orders.ask(AccessQuery(contact=contact, product=product, at=at))
        lessons = await orders.ask(LessonsQuery(contact=contact, product=product, at=at))
        return JSONResponse({"access": product_open, "lessons": lessons})

    @app.get("/schema")
    async def wire_schema() -> JSONResponse:
        return JSONResponse(schema())

    return app


async def _refusal(_: Request, error: Exception) -> JSONResponse:
    refused = cast(KwigaOrdersError, error)
    return JSONResponse(refused.problem(), refused.http_status)
