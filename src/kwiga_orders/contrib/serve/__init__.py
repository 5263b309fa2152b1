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

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import attrs

from kwiga_orders.adapters.by_kind import AsyncByKind
from kwiga_orders.adapters.customer_links import Links
from kwiga_orders.adapters.memory import AsyncMemoryProgress
from kwiga_orders.adapters.sql import AsyncSqlOrderStore
from kwiga_orders.adapters.system import RandomIds, SystemClock
from kwiga_orders.adapters.webhooks import AsyncWebhookNotifier
from kwiga_orders.aio import AsyncOrders
from kwiga_orders.contrib.fastapi import install, router, working
from kwiga_orders.contrib.fastapi.front_end import add_site, protect
from kwiga_orders.contrib.serve.door import Door, Token, add_door, new_token, visitor_of
from kwiga_orders.contrib.serve.file import Lms, Served, Webhook
from kwiga_orders.contrib.serve.lms import HttpLms
from kwiga_orders.contrib.serve.sandbox import add_sandboxes
from kwiga_orders.course import Course, Progress
from kwiga_orders.extras import extra
from kwiga_orders.ports import AsyncNotifier, AsyncPaymentGateway
from kwiga_orders.project import Project
from kwiga_orders.testing.gateways import FakeGateway

with extra("fastapi"):
    from fastapi import FastAPI, HTTPException

__all__ = ["Lms", "Outside", "Served", "Token", "Webhook", "new_token", "serving"]


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
    """The outside systems of a service: the gateways of a project, and the sender of its letters.

    `sandboxes` are those of the gateways whose pages the service has itself.
    """

    gateways: Callable[[str], Mapping[str, AsyncPaymentGateway]] = lambda _: {}
    letters: Callable[[AsyncOrders], AsyncNotifier | None] = lambda _: None
    sandboxes: Mapping[tuple[str, str], FakeGateway] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class _Schools:
    """The projects of a service, with their orders while it runs."""

    url: str
    served: Served
    works: bool
    outside: Outside
    orders: dict[str, AsyncOrders] = attrs.field(factory=dict)

    def orders_of(self, project: str) -> AsyncOrders:
        """Give the orders of a project: the dependency of the router."""
        if project not in self.orders:
            raise HTTPException(404, "there is no such project")
        return self.orders[project]

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        """Open the store, save each project's settings, and start the workers."""
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(await AsyncSqlOrderStore.from_url(self.url))
            for project in self.served.projects:
                await store.save_project(project)
                made = self.orders[project.id] = self._opened(project, store)
                if self.works:
                    notifier = AsyncByKind(
                        events=AsyncWebhookNotifier(endpoints=self.served.endpoints), letters=self.outside.letters(made)
                    )
                    await stack.enter_async_context(working(made, notifier))
            yield

    def _opened(self, project: Project, store: AsyncSqlOrderStore) -> AsyncOrders:
        file, lms = _File(self.served), self.served.lms
        learning = file if lms is None else HttpLms(url=lms.url, token=lms.token)
        return AsyncOrders(
            project=project.id,
            store=store,
            courses=learning,
            progress=learning,
            clock=SystemClock(),
            ids=RandomIds(),
            gateways=self.outside.gateways(project.id),
            # without people the file cannot list the staff
            people=file if self.served.people else None,
        )


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
    schools = _Schools(url=url, served=served, works=works, outside=outside)
    app = FastAPI(title="kwiga_orders", lifespan=schools.lifespan)
    install(app)
    protect(app)
    app.add_api_route("/health", lambda: {"status": "ok"}, methods=["GET"], name="health")
    add_door(
        app,
        Door(
            tokens=served.tokens,
            projects={project.id: project for project in served.projects},
            people=served.people,
            links=Links(key=served.links_key, clock=SystemClock()) if served.links_key else None,
        ),
    )
    app.include_router(router(schools.orders_of, actor=visitor_of), prefix="/{project}")
    add_sandboxes(app, outside.sandboxes, schools.orders_of)
    if site is not None:
        add_site(app, site)
    return app
