"""Orders over HTTP: a FastAPI router with one endpoint for each command and each query (extra `fastapi`).

    app = FastAPI()
    install(app)
    app.include_router(router(orders, actor=signed_in), prefix="/orders")

`signed_in` is a dependency of the host that gives the `Visitor`, or raises. Every path refuses what the visitor's role
may not do (K8). The library reads the bodies itself, so an answer lists all faults of a document, each with its path.

`webhooks/{gateway}` is for gateways, which sign their requests, so it needs no visitor.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

import attrs

from kwiga_orders.aio import AsyncOrders
from kwiga_orders.bounds import DOCUMENT
from kwiga_orders.contrib.fastapi.openapi import asked_and_answered, bodies, describe, problems, streamed, wire
from kwiga_orders.contrib.fastapi.problems import answer_problem
from kwiga_orders.errors import AdapterFailed, Fault, InvalidInput, KwigaOrdersError
from kwiga_orders.export import csv_header, csv_line, json_line
from kwiga_orders.extras import extra
from kwiga_orders.policy import POLICY, Policy, Visitor
from kwiga_orders.ports import AsyncNotifier
from kwiga_orders.queries import ChangesQuery, OrdersQuery
from kwiga_orders.wire import read_command, read_json, read_query
from kwiga_orders.worker import WorkerSettings, run_worker_async

with extra("fastapi"):
    from fastapi import APIRouter, Depends, FastAPI, Request, Response
    from fastapi.responses import JSONResponse, RedirectResponse, StreamingResponse
    from starlette.requests import ClientDisconnect

__all__ = ["Limits", "Visitor", "install", "router", "working"]

T = TypeVar("T")
_GONE = 499
"""The status if the client disconnects before its request is complete; no standard defines one."""


@attrs.frozen(kw_only=True)
class Limits:
    """The most bytes of a body, the most seconds of a request, and the seconds between two polls for changes."""

    body: int = DOCUMENT
    seconds: float = 30.0
    pause: float = 1.0


def install(app: FastAPI) -> None:
    """Register the problem handler for errors of the library, and add the schemas of the router to OpenAPI."""
    app.add_exception_handler(KwigaOrdersError, answer_problem)
    # the client is gone and nothing failed; without this handler the log would have a traceback
    app.add_exception_handler(ClientDisconnect, lambda *_: Response(status_code=_GONE))
    describe(app)


def router(
    orders: AsyncOrders | Callable[..., AsyncOrders | Awaitable[AsyncOrders]],
    *,
    actor: Callable[..., Visitor | Awaitable[Visitor]],
    policy: Policy = POLICY,
    limits: Limits = Limits(),
) -> APIRouter:
    """Give a router over the orders of one project. If `orders` is a dependency, it chooses the project of a request.

    `actor` is a dependency that gives the visitor who sends a request.
    """
    made = APIRouter()
    of_request = (lambda: orders) if isinstance(orders, AsyncOrders) else orders

    # made for each request, because one process serves visitors with different roles
    def signed_in(visitor: Visitor = Depends(actor), of: AsyncOrders = Depends(of_request)) -> AsyncOrders:
        return of.acting(visitor.actor, role=visitor.role, policy=policy)

    desk = _Desk(limits=limits, signed_in=signed_in)
    # one endpoint per command, so that the generated documentation shows its fields
    receipt, answers = wire()["x-commands"], wire()["x-queries"]
    for name, body in bodies("command").items():
        said = asked_and_answered(body, receipt)
        desk.add(made, f"/commands/{name}", desk.executing(name), name=name, openapi=said)
    for name, body in bodies("query").items():
        said = asked_and_answered(body, answers[name])
        desk.add(made, f"/queries/{name}", desk.asking(name), name=f"ask_{name}", openapi=said)
    # these two endpoints take a body that names its command, for clients that store commands and send them later
    for path, handle, kind, answer in (
        ("/commands", desk.executing(None), "Command", receipt),
        ("/queries", desk.asking(None), "Query", {"anyOf": list(answers.values())}),
    ):
        said = asked_and_answered({"$ref": f"#/components/schemas/{kind}"}, answer)
        desk.add(made, path, handle, name=kind.lower(), openapi=said)
    _add_streams(made, desk)
    _add_gateways(made, desk, of_request)
    return made


@asynccontextmanager
async def working(
    orders: AsyncOrders, notifier: AsyncNotifier, *, settings: WorkerSettings | None = None
) -> AsyncIterator[None]:
    """Run a worker while an application runs: enter it in the application's lifespan."""
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker_async(orders, notifier, stop=stop, settings=settings or WorkerSettings()))
    try:
        yield
    finally:
        # the worker finishes its turn and releases the rows it did not send
        stop.set()
        await worker


_Handler = Callable[[Request, AsyncOrders], Awaitable[Response]]


@attrs.frozen(kw_only=True)
class _Desk:
    """What all endpoints share: the limits of a request, and its visitor."""

    limits: Limits
    signed_in: Callable[..., AsyncOrders]

    def add(self, made: APIRouter, path: str, handle: _Handler, *, name: str, openapi: dict[str, Any]) -> None:
        """Add an endpoint that accepts a JSON body."""

        async def endpoint(request: Request, acting: AsyncOrders = Depends(self.signed_in)) -> Response:
            return await self.within(handle(request, acting))

        made.add_api_route(
            path, endpoint, methods=["POST"], name=name, operation_id=name, openapi_extra=openapi, response_model=None
        )

    def executing(self, name: str | None) -> _Handler:
        """Give a handler that executes a command: the one named `name`, or the one that the body names."""

        # the command in the path overrides one in the body
        async def handle(request: Request, acting: AsyncOrders) -> Response:
            receipt = await acting.execute(read_command(await self.document(request, command=name)))
            return JSONResponse(attrs.asdict(receipt))

        return handle

    def asking(self, name: str | None) -> _Handler:
        """Give a handler that answers a query."""

        async def handle(request: Request, acting: AsyncOrders) -> Response:
            return JSONResponse(await acting.ask(read_query(await self.document(request, query=name))))

        return handle

    async def document(self, request: Request, **chosen: str | None) -> object:
        """Read the JSON body of a request, and set the fields that its path decides.

        Raises:
            InvalidInput: if the body is too large or is not JSON.
        """
        # the whole document is read first, so that the answer can list all its faults
        document = read_json(await self.body(request))
        named = {key: name for key, name in chosen.items() if name is not None}
        # a document that is not an object goes to the reader as it is, which refuses it with a path
        return {**document, **named} if isinstance(document, dict) else document

    async def body(self, request: Request) -> bytes:
        """Read the body of a request up to the limit.

        Raises:
            InvalidInput: `input.too_large`.
        """
        # the Content-Length header is not trusted; the received bytes are counted
        read = bytearray()
        async for part in request.stream():
            read += part
            if len(read) > self.limits.body:
                hint = f"at most {self.limits.body} bytes"
                raise InvalidInput([Fault(path="", code="input.too_large", hint=hint)])
        return bytes(read)

    async def within(self, work: Awaitable[T]) -> T:
        """Wait for an answer up to the time limit. Work that is cut off is done completely or not at all (K4).

        Raises:
            AdapterFailed: `store.timed_out`.
        """
        # a slow request must not hold a connection of the pool for ever
        try:
            async with asyncio.timeout(self.limits.seconds):
                return await work
        except TimeoutError as late:
            raise AdapterFailed("store.timed_out") from late


def _add_streams(made: APIRouter, desk: _Desk) -> None:
    """Add the export and the stream of changes; both are exempt from the time limit."""
    taken = asked_and_answered(bodies("query")["orders"], {})["requestBody"]

    @made.post(
        "/export",
        response_class=StreamingResponse,
        responses=streamed("application/x-ndjson", "text/csv"),
        openapi_extra={"requestBody": taken},
    )
    async def export(
        request: Request,
        form: str = "jsonl",
        acting: AsyncOrders = Depends(desk.signed_in),
    ) -> StreamingResponse:
        """Export all orders of a list as JSON lines or CSV (V7)."""
        if form not in ("jsonl", "csv"):
            raise InvalidInput([Fault(path="form", code="input.invalid", hint="jsonl or csv")])
        query = cast(OrdersQuery, read_query(await desk.document(request, query="orders")))
        # the first line is read before the response starts, so that a refusal can be answered as a problem
        lines = _lines(acting, query, form)
        first = await anext(lines, "")
        kind = "text/csv" if form == "csv" else "application/x-ndjson"
        return StreamingResponse(_after(first, lines), media_type=kind)

    @made.get("/changes", response_class=StreamingResponse, responses=streamed("text/event-stream"))
    async def changes(
        request: Request,
        after: str | None = None,
        limit: int | None = None,
        acting: AsyncOrders = Depends(desk.signed_in),
    ) -> StreamingResponse:
        """Stream changes of orders as server-sent events, starting after a cursor; `limit` ends the stream (V8)."""
        # a browser that reconnects sends this header by itself, and it is newer than the URL
        start = request.headers.get("last-event-id") or after
        page = await acting.ask(ChangesQuery(after=start))
        return StreamingResponse(_events(acting, page, limit, desk.limits.pause), media_type="text/event-stream")


async def _lines(acting: AsyncOrders, query: OrdersQuery, form: str) -> AsyncIterator[str]:
    header = csv_header() if form == "csv" else ""
    async for order in acting.export(query, history=form == "jsonl"):
        yield header + (csv_line(order) if form == "csv" else json_line(order))
        # the CSV header goes before the first line
        header = ""
    if header:
        # an empty list still gets the CSV header
        yield header


async def _after(first: str, lines: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for line in lines:
        yield line


async def _events(acting: AsyncOrders, page: Any, limit: int | None, pause: float) -> AsyncIterator[str]:
    left = limit
    while True:
        cursor = page["next"]
        for row in page["rows"] if left is None else page["rows"][:left]:
            yield f"event: {row['event']}\ndata: {json.dumps(row)}\n\n"
        # a page may hold more rows than were left to send
        left = None if left is None else left - len(page["rows"])
        # the id lets a browser that lost the connection continue from here
        yield f"id: {cursor}\ndata:\n\n" if cursor else ": waiting\n\n"
        if left is not None and left <= 0:
            return
        if not page["rows"]:
            # after a full page more rows may wait, so only an empty page is followed by a pause
            await asyncio.sleep(pause)
        page = await acting.ask(ChangesQuery(after=cursor))


def _add_gateways(made: APIRouter, desk: _Desk, of_request: Callable[..., Any]) -> None:
    """Add the payment redirect and the webhooks."""

    @made.get("/pay/{order}/{payment}", status_code=303, response_class=RedirectResponse, responses=problems())
    async def pay(
        order: str,
        payment: str,
        acting: AsyncOrders = Depends(desk.signed_in),
    ) -> RedirectResponse:
        """Redirect to the page where a payment is paid (P3)."""
        link = await desk.within(acting.payment_link(order=order, payment=payment))
        return RedirectResponse(link.url, status_code=303)

    @made.post("/webhooks/{gateway}", response_class=Response, responses=problems())
    async def webhook(gateway: str, request: Request, of: AsyncOrders = Depends(of_request)) -> Response:
        """Accept a callback of a gateway (P11)."""
        # a gateway is no visitor: its signature proves who it is, and is checked on the raw bytes
        said = await desk.within(of.receive(gateway, await desk.body(request), dict(request.headers)))
        return Response(said.body, said.status, media_type=said.content_type)
