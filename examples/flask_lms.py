"""An LMS on Flask and SQLAlchemy: a purchase and a row of the host are written in one transaction.

    flask --app "examples.flask_lms:create_app('sqlite:///lms.db')" run
    curl -X POST -H "x-user: olena" localhost:5000/buy/basic

Each request has one session. The orders use it, and are committed or rolled back with it.
"""

from collections.abc import Callable
from decimal import Decimal

import sqlalchemy as sa
from flask import Flask, Response, jsonify, request
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from kwiga_orders import Contact, Course, KwigaOrdersError, Lesson, Module, Orders, Project
from kwiga_orders.adapters.memory import MemoryCourses, MemoryProgress
from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.adapters.sql.migrating import migrate
from kwiga_orders.adapters.system import RandomIds, SystemClock
from kwiga_orders.locale import problem_of
from kwiga_orders.offers import CreateOffer, ItemAsked, OfferState
from kwiga_orders.orders.commands import OpenOffer
from kwiga_orders.queries import LessonsQuery

SCHOOL = Project(id="school", timezone="Europe/Kyiv", currency="UAH", locale="uk")
PYTHON = Course(product="python", title="Python", modules=(Module(id="m1", lessons=(Lesson(id="hello"),)),))
COURSES = MemoryCourses()
COURSES.put(SCHOOL.id, PYTHON)

BASIC = CreateOffer(
    code="basic",
    title="Basic",
    state=OfferState.PUBLISHED,
    items=(ItemAsked(product="python", price=Decimal("1000.00")),),
    idempotency_key="first offer",
)


class Base(DeclarativeBase):
    """The host's tables."""


class Visit(Base):
    """A row of the host: who came to buy what."""

    __tablename__ = "visits"
    id: Mapped[int] = mapped_column(primary_key=True)
    pupil: Mapped[str]
    offer: Mapped[str]


def orders_in(session: Session, wake: Callable[[], object] = lambda: None) -> Orders:
    """Give the orders within a session; `wake` is called after its commit."""
    return Orders(
        project=SCHOOL.id,
        store=SqlOrderStore.within(session, after_commit=wake),
        courses=COURSES,
        progress=MemoryProgress(),
        clock=SystemClock(),
        ids=RandomIds(),
    )


def create_app(url: str) -> Flask:
    """Make the application, and all tables."""
    app, engine = Flask(__name__), sa.create_engine(url)
    with Session(engine) as session, session.begin():
        Base.metadata.create_all(session.connection())
        migrate(session)
        store = orders_in(session).store
        store.save_project(SCHOOL)
        store.save_contact(SCHOOL.id, Contact(id="olena", name="Олена Коваль"))
        # K1: after a restart the same key finds the existing offer
        orders_in(session).execute(BASIC)
    app.extensions["engine"] = engine

    @app.post("/buy/<offer>")
    def buy(offer: str) -> Response:
        pupil = request.headers["x-user"]
        with Session(engine) as session, session.begin():
            session.add(Visit(pupil=pupil, offer=offer))
            order = orders_in(session).execute(OpenOffer(offer=offer, contact=pupil)).order
        return jsonify(order=order)

    @app.get("/lessons/<product>/<lesson>")
    def lesson(product: str, lesson: str) -> tuple[Response, int]:
        with Session(engine) as session:
            answer = orders_in(session).ask(LessonsQuery(contact=request.headers["x-user"], product=product))
        return jsonify(answer["closed"].get(lesson)), 200 if lesson in answer["open"] else 403

    @app.errorhandler(KwigaOrdersError)
    def refused(error: KwigaOrdersError) -> tuple[Response, int, dict[str, str]]:
        problem = problem_of(error, accepts=request.headers.get("accept-language", ""))
        return jsonify(problem.body), problem.status, {**problem.headers, "content-type": problem.media_type}

    return app
