"""A standalone service for schools in any language. A settings file has the projects, tokens and LMS.

    {"projects": [{"id": "school", "timezone": "Europe/Kyiv", "currency": "UAH"}],
     "tokens": [{"sha256": "…", "project": "school", "role": "owner", "kind": "host", "id": "lms"}],
     "lms": {"url": "https://lms.example/orders", "token": "…"},
     "webhooks": [{"project": "school", "url": "https://lms.example/hook", "secrets": ["whsec_…"]}],
     "courses": [], "progress": [], "people": {"ira": "Iryna"}, "links_key": "…"}

Laws:

1. The file has only the hash of a token, so a reader of the file cannot use it. A token is for one project and role
   (K6, K8).
2. A token of kind `host` may act for a customer: with `X-Contact: 42` it acts as customer 42, with a customer's rights.
3. Without `lms`, outlines and progress come from the file; any other product exists and has no lessons. Without a
   sender of letters, the LMS sends them: it gets events about what happened.
4. With a `links_key`, a visitor who may save contacts may make a link to a contact's own page. The owner of the link
   acts as that customer.
"""

import hmac
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, Literal, cast

import attrs

from kwiga_orders.adapters.by_kind import AsyncByKind
from kwiga_orders.adapters.customer_links import Links
from kwiga_orders.adapters.memory import AsyncMemoryProgress
from kwiga_orders.adapters.settings_file import fault_at, read_settings
from kwiga_orders.adapters.sql import AsyncSqlOrderStore
from kwiga_orders.adapters.system import RandomIds, SystemClock
from kwiga_orders.adapters.webhooks import AsyncWebhookNotifier, Endpoint
from kwiga_orders.aio import AsyncOrders
from kwiga_orders.contrib.fastapi import install, router, working
from kwiga_orders.contrib.fastapi.front_end import add_site, protect
from kwiga_orders.contrib.fastapi.lms import HttpLms
from kwiga_orders.course import Course, Progress
from kwiga_orders.errors import InvalidInput, Refused
from kwiga_orders.extras import extra
from kwiga_orders.policy import POLICY, Visitor
from kwiga_orders.ports import AsyncNotifier, AsyncPaymentGateway
from kwiga_orders.project import Actor, Project
from kwiga_orders.wire import read_course, read_progress, read_project

with extra("fastapi"):
    from fastapi import Depends, FastAPI, Header, HTTPException, Request
    from fastapi.responses import JSONResponse

__all__ = ["Lms", "Outside", "Served", "Token", "Webhook", "new_token", "serving"]


@attrs.frozen(kw_only=True)
class Token:
    """An access token: its hash, project and role, and the actor of its commands."""

    sha256: str
    project: str
    role: str
    kind: Literal["staff", "host"] = "staff"
    id: str = ""

    def visitor(self, contact: str | None) -> Visitor:
        """Give the visitor who sends a request with this token."""
        if contact is not None and self.kind == "host":
            return Visitor(actor=Actor(kind="customer", id=contact), role="customer")
        return Visitor(actor=Actor(kind=self.kind, id=self.id), role=self.role)


def new_token(*, project: str, role: str, kind: Literal["staff", "host"], id: str) -> tuple[str, Token]:
    """Make a token; give the secret that its owner sends, and the entry for the file."""
    secret = token_urlsafe(32)
    return secret, Token(sha256=_hash(secret), project=project, role=role, kind=kind, id=id)


def _hash(secret: str) -> str:
    # a secret of 32 random bytes cannot be guessed, so a slow hash would only cost time
    return sha256(secret.encode()).hexdigest()


@attrs.frozen(kw_only=True)
class Lms:
    """The URL of an LMS, and the token it expects."""

    url: str
    token: str = attrs.field(default="", repr=False)


@attrs.frozen(kw_only=True)
class Webhook:
    """The URL for events of a project, or of all projects."""

    url: str
    secrets: tuple[str, ...] = attrs.field(repr=False)
    project: str | None = None


_LISTS = ("projects", "tokens", "webhooks", "courses", "progress")
_HASHED = 64


@attrs.frozen(kw_only=True)
class Served:
    """The contents of the file."""

    projects: tuple[Project, ...]
    tokens: tuple[Token, ...]
    lms: Lms | None = None
    webhooks: tuple[Webhook, ...] = ()
    courses: tuple[Course, ...] = ()
    progress: tuple[Progress, ...] = ()
    people: Mapping[str, str] = attrs.field(factory=dict)
    links_key: str = attrs.field(default="", repr=False)

    @classmethod
    def read(cls, document: object) -> "Served":
        """Read the settings of a file.

        Raises:
            InvalidInput: with the faults of the file.
        """
        said: dict[str, Any] = document if isinstance(document, dict) else {}
        faults = [fault_at(name, "a list") for name in _LISTS if not isinstance(said.get(name, []), list)]
        faults += [fault_at(name, "is required") for name in ("projects", "tokens") if name not in said]
        if faults:
            raise InvalidInput(faults)
        served = cls(
            projects=tuple(read_project(one) for one in said["projects"]),
            tokens=tuple(read_settings(Token, one, f"tokens.{n}") for n, one in enumerate(said["tokens"])),
            lms=None if said.get("lms") is None else read_settings(Lms, said["lms"], "lms"),
            webhooks=tuple(
                read_settings(Webhook, one, f"webhooks.{n}") for n, one in enumerate(said.get("webhooks", ()))
            ),
            courses=tuple(read_course(one) for one in said.get("courses", ())),
            progress=tuple(read_progress(one) for one in said.get("progress", ())),
            people=said.get("people", {}),
            links_key=said.get("links_key", ""),
        )
        projects = {one.id for one in served.projects}
        for n, token in enumerate(served.tokens):
            # checked here, because otherwise only a refused request would show these faults
            if token.role not in POLICY.roles or token.project not in projects or len(token.sha256) != _HASHED:
                hint = f"a sha256, a project of the file, and a role: {', '.join(sorted(POLICY.roles))}"
                faults.append(fault_at(f"tokens.{n}", hint))
        if faults:
            raise InvalidInput(faults)
        return served

    def find_token(self, secret: str) -> Token | None:
        """Give the token with a secret. All tokens are compared, so the time reveals nothing."""
        given, found = _hash(secret), None
        for token in self.tokens:
            if hmac.compare_digest(token.sha256, given):
                found = token
        return found

    def endpoints(self, project: str) -> list[Endpoint]:
        """Give the webhook endpoints of a project."""
        return [Endpoint(url=one.url, secrets=one.secrets) for one in self.webhooks if one.project in (None, project)]


class _File:
    """Outlines, progress and names from the file; every product exists (law 3)."""

    def __init__(self, served: Served) -> None:
        self._courses = {course.product: course for course in served.courses}
        self._people = served.people
        self._tokens = served.tokens
        self._progress = AsyncMemoryProgress()
        for project in served.projects:
            for one in served.progress:
                self._progress.put(project.id, one)

    async def find_course(self, _: str, product: str, /) -> Course | None:
        return self._courses.get(product) or Course(product=product, title=product)

    async def get_progress(self, project: str, contact: str, product: str, /) -> Progress:
        return await self._progress.get_progress(project, contact, product)

    async def find_names(self, _: str, ids: Sequence[str], /) -> Mapping[str, str]:
        return {id: self._people[id] for id in ids if id in self._people}

    async def list_staff(self, project: str, /) -> Mapping[str, str]:
        # K6: a person whose tokens are all for other projects does not belong to this project
        of_projects = {(token.id, token.project) for token in self._tokens}
        strangers = {id for id, _ in of_projects if (id, project) not in of_projects}
        return {id: name for id, name in self._people.items() if id not in strangers}


@attrs.frozen(kw_only=True)
class Outside:
    """The outside systems of a service: the gateways of a project, and the sender of its letters."""

    gateways: Callable[[str], Mapping[str, AsyncPaymentGateway]] = lambda _: {}
    letters: Callable[[AsyncOrders], AsyncNotifier | None] = lambda _: None


def serving(
    url: str,
    served: Served,
    *,
    works: bool = True,
    site: Path | None = None,
    outside: Outside = Outside(),
) -> FastAPI:
    """Give the application: a router for each project under its id, and with `works` a worker for each project.

    `site` is a folder with the pages of a front end.
    """
    file = _File(served)
    lms = file if served.lms is None else HttpLms(url=served.lms.url, token=served.lms.token)
    open_for: dict[str, AsyncOrders] = {}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(await AsyncSqlOrderStore.from_url(url))
            for project in served.projects:
                await store.save_project(project)
                made = AsyncOrders(
                    project=project.id,
                    store=store,
                    courses=lms,
                    progress=lms,
                    clock=SystemClock(),
                    ids=RandomIds(),
                    gateways=outside.gateways(project.id),
                    # without people the file cannot list the staff
                    people=file if served.people else None,
                )
                open_for[project.id] = made
                if works:
                    notifier = AsyncByKind(
                        events=AsyncWebhookNotifier(endpoints=served.endpoints), letters=outside.letters(made)
                    )
                    await stack.enter_async_context(working(made, notifier))
            yield

    def orders_of(project: str) -> AsyncOrders:
        if project not in open_for:
            raise HTTPException(404, "there is no such project")
        return open_for[project]

    app = FastAPI(title="kwiga_orders", lifespan=lifespan)
    install(app)
    protect(app)
    app.add_exception_handler(HTTPException, _answer_refused)
    app.add_api_route("/health", lambda: {"status": "ok"}, methods=["GET"], name="health")
    app.include_router(router(orders_of, actor=_add_door(app, served)), prefix="/{project}")
    if site is not None:
        add_site(app, site)
    return app


def _add_door(app: FastAPI, served: Served) -> Callable[..., Visitor]:
    """Add the session and link endpoints; give the dependency that tells who sends a request."""
    links = Links(key=served.links_key, clock=SystemClock())

    def signed_in(authorization: str = Header(""), x_contact: str | None = Header(None)) -> tuple[str, Visitor]:
        secret = authorization.removeprefix("Bearer ")
        if (token := served.find_token(secret)) is not None:
            return token.project, token.visitor(x_contact)
        if (link := links.find(secret)) is not None:
            return link.project, Visitor(actor=Actor(kind="customer", id=link.contact), role="customer")
        raise _REFUSED

    def visitor_of(project: str, who: tuple[str, Visitor] = Depends(signed_in)) -> Visitor:
        # K6: a token of another project is refused like an unknown one
        if who[0] != project:
            raise _REFUSED
        return who[1]

    @app.get("/session")
    def session(who: tuple[str, Visitor] = Depends(signed_in)) -> dict[str, str | None]:
        """Tell whose token it is, and how the school writes times and money, so that a front end knows what to show."""
        id, visitor = who
        project = next(one for one in served.projects if one.id == id)
        return {
            "project": project.id,
            "timezone": project.timezone,
            "currency": project.currency,
            "locale": project.locale,
            "kind": visitor.actor.kind,
            "id": visitor.actor.id,
            "role": visitor.role,
            "name": served.people.get(visitor.actor.id),
        }

    @app.post("/{project}/links/{contact}")
    def link(project: str, contact: str, visitor: Visitor = Depends(visitor_of)) -> dict[str, str]:
        """Make the secret for a link to a contact's own page (law 4)."""
        role = POLICY.roles[visitor.role or "owner"]
        if not served.links_key or not role.has_command("save_contact"):
            raise Refused("actor.not_allowed", kind=visitor.role or "", command="link")
        secret, made = links.make(project=project, contact=contact)
        return {"secret": secret, "until": made.until.isoformat()}

    return visitor_of


_REFUSED = HTTPException(401, "no such token", {"WWW-Authenticate": "Bearer"})


async def _answer_refused(_: Request, error: Exception) -> JSONResponse:
    """Answer a missing token or an unknown project with a problem, too."""
    refused = cast(HTTPException, error)
    code = "token.unknown" if refused.status_code == 401 else "not_found"
    problem = {
        "type": f"urn:kwiga-orders:{code}",
        "title": refused.detail,
        "status": refused.status_code,
        "code": code,
        "details": {},
    }
    return JSONResponse(problem, refused.status_code, refused.headers, "application/problem+json")
