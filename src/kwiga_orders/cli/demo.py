"""A demonstration of the library on a real store: a school sells a course, step by step.

An offer is opened twice, an order is paid, lessons open one after another, a practice is accepted, access is frozen
and unfrozen, part of the money is refunded, an instalment is overdue, a certificate is refused and then issued. In a
database that is kept, each run makes a new school.
"""

from collections.abc import Callable
from itertools import chain, count

import attrs

from kwiga_orders.access import Lessons
from kwiga_orders.changes import Receipt
from kwiga_orders.cli.drawing import access_line, board, card, lessons_table, letter, timeline
from kwiga_orders.cli.stores import opened
from kwiga_orders.codec import Json
from kwiga_orders.course import Course
from kwiga_orders.errors import NotFound, Refused
from kwiga_orders.extras import extra
from kwiga_orders.locale import LetterFacts, Texts
from kwiga_orders.ports import OrderStore
from kwiga_orders.project import Locale
from kwiga_orders.queries import BoardQuery, OrderQuery
from kwiga_orders.testing.school import local
from kwiga_orders.testing.stage import SchoolStage
from kwiga_orders.wire import read_command, read_contact, read_course, read_progress, read_project

with extra("cli"):
    from rich.console import Console

__all__ = ["SCENES", "run_demo"]

_ZONE = "Europe/Kyiv"
_PAGE = 120
"""The width in characters when the output is not a terminal."""
_COURSE: Json = {
    "product": "python",
    "title": "Python",
    "comments": True,
    "certificate": {"kind": "when", "lessons_percent": 100, "required_practices": True},
    "modules": [
        {
            "id": "m1",
            "title": "Start",
            "lessons": [
                {"id": "l1", "title": "Hello"},
                {
                    "id": "l2",
                    "title": "Loops",
                    "delay": {"kind": "after", "period": {"days": 7}, "at": "09:00"},
                    "checkpoint": {"release_on": "accepted"},
                    "practices": [{"id": "p1", "required": True, "review": "curator"}],
                },
                {"id": "l3", "title": "Functions", "delay": {"kind": "after", "period": {"days": 14}}},
            ],
        }
    ],
}
_OFFER: Json = {
    "command": "create_offer",
    "code": "python",
    "title": "Python",
    "state": "published",
    "currency": "UAH",
    "items": [
        {"product": "python", "price": "1000.00", "terms": {"duration": {"kind": "for", "period": {"days": 90}}}}
    ],
    "payment_options": [
        {"id": "full", "kind": "full"},
        {"id": "three", "kind": "parts", "count": 3, "every": {"months": 1}, "total": "1200.00"},
    ],
}
_KNOWN = LetterFacts(school="KWIGA", titles={"python": "Python"}, link="https://school.example/python")
_FUNNEL: Json = {
    "command": "create_funnel",
    "id": "vip",
    "name": "VIP",
    "statuses": [{"id": "new", "name": "New"}, {"id": "called", "name": "Called"}, {"id": "paid", "name": "Paid"}],
    "rules": [{"event": "x.call_done", "status": "called"}, {"event": "order.paid", "status": "paid"}],
}


def run_demo(*, store: str, locale: Locale) -> int:
    """Play the story on a store and give the exit code."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_PAGE)
    with opened(store) as school_store:
        # A database that is kept has the schools of earlier runs.
        names = chain(["school"], (f"school-{n}" for n in count(2)))
        name = next(name for name in names if not _has(school_store, name))
        demo = _Demo(stage=SchoolStage(store=school_store), console=console, texts=Texts(locale, timezone=_ZONE))
        demo.begin(name, locale)
        for scene in SCENES:
            demo.play(scene)
        demo.end()
    return 0


def _has(store: OrderStore, project: str) -> bool:
    try:
        with store.transaction(project, writes=False) as look:
            look.get_project()
            return True
    except NotFound:
        return False


@attrs.frozen
class _Scene:
    """A scene: its local time, its name, its actions, and the contact whose lessons are shown after it."""

    at: str
    name: str
    act: Callable[["_Demo"], None]
    contact: str = "olena"


@attrs.define
class _Demo:
    stage: SchoolStage
    console: Console
    texts: Texts
    orders: dict[str, str] = attrs.field(factory=dict)
    seen: dict[str, Lessons] = attrs.field(factory=dict)
    letters: int = 0

    def begin(self, school: str, locale: Locale) -> None:
        """Make the school with its course, its contacts, its offer and its own funnel."""
        self.stage.at(local("2026-11-01 09:00"))
        self.stage.project(
            read_project({"id": school, "timezone": _ZONE, "currency": "UAH", "locale": locale, "grace": {"days": 3}})
        )
        self.stage.course(read_course(_COURSE))
        for id, name in (("olena", "Олена Коваль"), ("taras", "Тарас Мельник")):
            self.stage.contact(read_contact({"id": id, "name": name, "email": f"{id}@example.com", "locale": locale}))
        self.do(_FUNNEL)
        self.do(_OFFER)

    def do(self, command: Json, *, made: str | None = None) -> Receipt:
        """Execute a command in its wire form; remember the order that it makes under the name `made`."""
        receipt = self.stage.do(read_command(command))
        if made is not None and receipt.order is not None:
            self.orders[made] = receipt.order
        return receipt

    def play(self, scene: _Scene) -> None:
        """Play a scene and show what changed."""
        self.stage.at(local(scene.at))
        self.console.print(
            f"\n[bold]{self.texts.instant(self.stage.clock.now())} · {self.texts.scene(scene.name)}[/]\n"
        )
        scene.act(self)
        self.show_lessons(scene.contact)
        self.show_letters()

    def show_lessons(self, contact: str) -> None:
        """Show the access and the lessons of a contact, and what changed since the last scene."""
        now = self.stage.clock.now()
        plan = self.stage.orders.plan(contact=contact, product="python")
        lessons = plan.lessons(now)
        course = self.course
        self.console.print(f"{contact}: {access_line(plan.access(now), self.texts)}")
        self.console.print(lessons_table(course, self.seen.get(contact), lessons, self.texts))
        self.seen[contact] = lessons

    @property
    def course(self) -> Course:
        """The course that the school sells."""
        course = self.stage.courses.find_course(self.stage.orders.project, "python")
        assert course is not None, "the story has begun"
        return course

    def show_letters(self) -> None:
        """Show the letters that the scene sent."""
        rows = [row for row in self.stage.notifier.rows if row.kind == "letter"]
        for row in rows[self.letters :]:
            self.console.print(letter(row.contact, self.texts.letter(row, _KNOWN)))
        self.letters = len(rows)

    def show_card(self, name: str) -> None:
        """Show the card of an order."""
        self.console.print(card(self.stage.orders.ask(OrderQuery(order=self.orders[name])), self.texts))

    def show_board(self, funnel: str = "default") -> None:
        """Show the board of a funnel."""
        self.console.print(board(self.stage.orders.ask(BoardQuery(funnel=funnel)), self.texts))

    def show_timeline(self, contact: str) -> None:
        """Show the schedule of a contact."""
        now = self.stage.clock.now()
        entries = self.stage.orders.plan(contact=contact, product="python").schedule(now)
        titles = {lesson.id: lesson.title for _, lesson in self.course.lessons()}
        self.console.print(timeline(entries, titles, self.texts))

    def refused(self, command: Json) -> None:
        """Try a command that a rule refuses, and show the reason."""
        try:
            self.do(command)
        except Refused as why:
            self.console.print(f"[red]✗[/] {self.texts.error(why)}")

    def end(self) -> None:
        """Show the boards and the card at the end."""
        self.console.print()
        self.show_board()
        self.show_board("vip")
        self.show_card("olena")


def opened_twice(demo: _Demo) -> None:
    """Olena opens the offer twice: the first order is superseded (O3)."""
    demo.do({"command": "open_offer", "offer": "python", "contact": "olena"}, made="twin")
    demo.do({"command": "open_offer", "offer": "python", "contact": "olena"}, made="olena")
    demo.show_card("twin")
    demo.show_card("olena")


def paid(demo: _Demo) -> None:
    """Olena pays: the order is activated, and the first lesson opens (P5)."""
    order = demo.orders["olena"]
    demo.do({"command": "mark_paid", "order": order, "payment": f"{order}.1"})
    demo.show_card("twin")
    demo.show_card("olena")
    demo.show_board()
    demo.show_timeline("olena")


def time_passes(demo: _Demo) -> None:
    """Nothing happens: access is right without any job that runs (A8)."""


def practises(demo: _Demo) -> None:
    """A certificate is refused with everything that is missing; then a curator accepts her practice (C2, L6)."""
    demo.refused({"command": "issue_certificate", "order": demo.orders["olena"], "product": "python"})
    demo.stage.progress(
        read_progress(
            {"contact": "olena", "product": "python", "completed": ["l1", "l2"], "practices": {"p1": "accepted"}}
        )
    )


def freezes(demo: _Demo) -> None:
    """Olena travels: her access is frozen, and its end moves (A11)."""
    demo.do({"command": "freeze_access", "order": demo.orders["olena"], "for": {"days": 20}})
    demo.show_timeline("olena")


def thaws(demo: _Demo) -> None:
    """Olena returns early: only the days that were really frozen count (A11)."""
    demo.do({"command": "unfreeze_access", "order": demo.orders["olena"]})


def refunds(demo: _Demo) -> None:
    """Part of the money is refunded (P9)."""
    order = demo.orders["olena"]
    payment = f"{order}.1"
    demo.do({"command": "refund_payment", "order": order, "payment": payment, "amount": "300.00"})
    demo.show_card("olena")
    demo.show_board()


def instalments(demo: _Demo) -> None:
    """Taras buys in three instalments, in a funnel of its own; his manager calls him (P12, F4)."""
    opened: Json = {"command": "open_offer", "offer": "python", "contact": "taras", "payment_option": "three"}
    demo.do(opened, made="taras")
    order = demo.orders["taras"]
    demo.do({"command": "move_order", "order": order, "funnel": "vip"})
    demo.do({"command": "report_event", "event": "x.call_done", "order": order})
    demo.do({"command": "mark_paid", "order": order, "payment": f"{order}.1"})
    demo.show_card("taras")
    demo.show_board("vip")
    demo.show_timeline("taras")


def falls_due(demo: _Demo) -> None:
    """The due work writes events and letters; access was closed on time without it (A8)."""
    demo.stage.run_due()
    demo.stage.relay()


def pays_late(demo: _Demo) -> None:
    """Taras pays the rest: access is open again at once (P8)."""
    order = demo.orders["taras"]
    for number in (2, 3):
        demo.do({"command": "mark_paid", "order": order, "payment": f"{order}.{number}"})
    demo.show_card("taras")
    demo.show_board("vip")


def certified(demo: _Demo) -> None:
    """All conditions are met, so the certificate is issued (C3)."""
    demo.stage.progress(read_progress({"contact": "olena", "product": "python", "completed": ["l3"]}))
    demo.do({"command": "issue_certificate", "order": demo.orders["olena"], "product": "python"})


SCENES = (
    _Scene("2026-11-01 10:00", "opened_twice", opened_twice),
    _Scene("2026-11-01 10:10", "paid", paid),
    _Scene("2026-11-08 09:00", "second_lesson", time_passes),
    _Scene("2026-11-10 18:00", "instalments", instalments, "taras"),
    _Scene("2026-11-15 10:10", "third_waits", time_passes),
    _Scene("2026-11-17 12:00", "practises", practises),
    _Scene("2026-12-01 10:00", "freezes", freezes),
    _Scene("2026-12-11 15:30", "thaws", thaws),
    _Scene("2026-12-13 18:00", "overdue", falls_due, "taras"),
    _Scene("2026-12-14 09:00", "pays_late", pays_late, "taras"),
    _Scene("2026-12-15 12:00", "refunds", refunds),
    _Scene("2026-12-20 12:00", "certified", certified),
)
"""The scenes in order; their names are the keys of their captions in the message catalogues."""
