"""An LMS on FastAPI and PostgreSQL: the complete router, a check of access before lessons, and a worker in the process.

    LMS_DATABASE=postgresql://host/lms uvicorn --factory examples.fastapi_lms:create_app

Replace `signed_in` by your own authentication.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException

from kwiga_orders import Actor, AsyncOrders, Contact, Course, Lesson, Module, Period, Project
from kwiga_orders.adapters.memory import AsyncMemoryCourses, AsyncMemoryProgress, MemoryCourses
from kwiga_orders.adapters.sql import AsyncSqlOrderStore
from kwiga_orders.adapters.system import RandomIds, SystemClock
from kwiga_orders.changes import OutboxRow
from kwiga_orders.contrib.fastapi import Visitor, install, router, working
from kwiga_orders.course import After
from kwiga_orders.queries import LessonsQuery

SCHOOL = Project(id="school", timezone="Europe/Kyiv", currency="UAH", locale="uk")
LESSONS = (Lesson(id="hello", title="Hello"), Lesson(id="loops", title="Loops", delay=After(period=Period(days=7))))
PYTHON = Course(product="python", title="Python", modules=(Module(id="m1", lessons=LESSONS),))


def signed_in(x_user: Annotated[str, Header()], x_staff: Annotated[bool, Header()] = False) -> Visitor:  # noqa: FBT002
    """Give the visitor of a request. This is a placeholder: a real host checks a session or a token."""
    return Visitor(actor=Actor(kind="staff" if x_staff else "customer", id=x_user))


class Printed:
    """Prints letters and events; in production, use mail or webhooks."""

    async def notify(self, project: str, row: OutboxRow, /) -> None:
        """Print a row."""
        print(project, row.kind, row.name)


def create_app(url: str | None = None) -> FastAPI:
    """Make the application; it makes its tables when it starts."""
    courses = MemoryCourses()
    courses.put(SCHOOL.id, PYTHON)
    opened: list[AsyncOrders] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with await AsyncSqlOrderStore.from_url(url or os.environ["LMS_DATABASE"]) as store:
            await store.save_project(SCHOOL)
            await store.save_contact(SCHOOL.id, Contact(id="olena", name="Олена Коваль"))
            orders = AsyncOrders(
                project=SCHOOL.id,
                store=store,
                courses=AsyncMemoryCourses(courses),
                progress=AsyncMemoryProgress(),
                clock=SystemClock(),
                ids=RandomIds(),
            )
            opened.append(orders)
            async with working(orders, Printed()):
                yield

    app = FastAPI(title="An LMS", lifespan=lifespan)
    install(app)
    app.include_router(router(lambda: opened[0], actor=signed_in), prefix="/orders")

    @app.get("/lessons/{product}/{lesson}")
    async def lesson(product: str, lesson: str, x_user: Annotated[str, Header()]) -> dict[str, str]:
        answer = await opened[0].ask(LessonsQuery(contact=x_user, product=product))
        if lesson not in answer["open"]:
            closed = answer["closed"].get(lesson)
            raise HTTPException(403, closed["reasons"] if closed else "there is no such lesson")
        return {"lesson": lesson}

    return app
