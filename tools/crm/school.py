"""Half a year of a school, made by commands through the rules: contacts, offers and 300 orders.

It is the same each time except for the dates, which are relative to now, so that the board shows present work.
"""

import random
from datetime import datetime, timedelta
from typing import Any

import attrs

from kwiga_orders.adapters.memory import MemoryCourses, MemoryProgress
from kwiga_orders.changes import Receipt
from kwiga_orders.errors import Conflict, Refused
from kwiga_orders.ports import OrderStore
from kwiga_orders.service import Orders
from kwiga_orders.testing.gateways import FakeGateway
from kwiga_orders.testing.school import FrozenClock
from kwiga_orders.wire import read_command, read_course, read_progress, read_project
from tools.crm.courses import COURSES, FUNNEL, OFFERS, PEOPLE, PROJECT, Document

__all__ = ["SeededSchool", "progress_of_learners"]

_FIRST = (
    "Олена", "Тарас", "Ірина", "Богдан", "Софія", "Дмитро", "Наталія", "Юрій", "Марія", "Олексій", "Катерина", "Сергій",
    "Анна", "Роман", "Вікторія", "Павло", "Дар'я", "Ігор", "Юлія", "Назар",
)  # fmt: skip
_LAST = (
    "Коваль", "Мельник", "Шевчук", "Бондар", "Ткач", "Кравець", "Олійник", "Лисенко", "Поліщук", "Марчук", "Савчук",
    "Гончар", "Руденко", "Мороз", "Кучер", "Левченко",
)  # fmt: skip
_TAGS = ("вебінар", "повторний", "розстрочка", "від друзів")
_CONTACTS, _ORDERS, _DAYS = 140, 300, 180


@attrs.define(kw_only=True)
class SeededIds:
    """Ids that look like those of a real school, but are the same each time."""

    chance: random.Random

    def new(self) -> str:
        """Give the next id."""
        return f"{self.chance.getrandbits(80):020x}"


class SeededSchool:
    """Fills a store with a school; `now` is the end of its history."""

    def __init__(self, store: OrderStore, *, now: datetime) -> None:
        self._chance = random.Random(14)
        self._now = now
        self._clock = FrozenClock(now - timedelta(days=_DAYS + 1))
        courses, progress = MemoryCourses(), MemoryProgress()
        for course in COURSES:
            courses.put("school", read_course(course))
        self._orders = Orders(
            project="school",
            store=store,
            courses=courses,
            progress=progress,
            clock=self._clock,
            ids=SeededIds(chance=random.Random(2026)),
            gateways={"wayforpay": FakeGateway(self._clock, name="wayforpay")},
        )
        store.save_project(read_project(PROJECT))

    def fill(self) -> None:
        """Make the whole school."""
        self._does(command=FUNNEL)
        for offer in OFFERS:
            self._does(command={"command": "create_offer", "state": "published", **offer})
        for n in range(_CONTACTS):
            self._does(command={"command": "save_contact", **self._contact(n)})
        # in order of time, so that the numbers of orders grow with their dates
        starts = sorted(self._chance.uniform(0, _DAYS) for _ in range(_ORDERS))
        for n, day in enumerate(starts):
            self._clock.set(self._now - timedelta(days=_DAYS - day))
            self._order(n, left=_DAYS - day)
        self._clock.set(self._now)

    def _contact(self, n: int) -> Document:
        first, last = _FIRST[n % len(_FIRST)], _LAST[(n * 7 + n // len(_FIRST)) % len(_LAST)]
        return {
            "id": f"c{n + 1}",
            "name": f"{first} {last}",
            "email": f"learner{n + 1}@example.com",
            "phone": f"+38067{1000000 + n * 7919 % 8999999:07d}",
            "locale": "uk",
        }

    def _order(self, n: int, *, left: float) -> None:
        contact = f"c{1 + (n if n < _CONTACTS else self._chance.randrange(_CONTACTS))}"
        offer = self._chance.choices(OFFERS, weights=(30, 14, 22, 22, 12))[0]
        option = self._chance.choice(offer["payment_options"])["id"]
        source = self._chance.choice(("page", "form", "widget"))
        opened = self._does("open_offer", offer=offer["code"], contact=contact, payment_option=option, source=source)
        if opened is None or opened.order is None:
            return
        order = opened.order
        self._team(order)
        if offer.get("funnel") == FUNNEL["id"] and self._chance.random() < 0.6:
            self._does("move_order", order=order, status=self._chance.choice(("call", "agreed")))
        fate = self._chance.random()
        if fate < 0.62:
            self._paid(order, left=left)
        elif fate < 0.68:
            self._does("cancel_order", order=order, reason="Передумали")
        elif fate < 0.76:
            self._clock.set(self._clock.now() + timedelta(hours=3))
            self._does("add_task", order=order, title="Подзвонити клієнту", assignee=self._chance.choice([*PEOPLE]),
                       due_at=self._after(days=self._chance.randrange(1, 9)))  # fmt: skip

    def _team(self, order: str) -> None:
        manager = self._chance.choice([*PEOPLE, None])
        tags = [self._chance.choice(_TAGS)] if self._chance.random() < 0.4 else []
        comment = "Просить рахунок для компанії" if self._chance.random() < 0.15 else None
        self._does("edit_order", order=order, manager=manager, tags=tags, comment=comment)

    def _paid(self, order: str, *, left: float) -> None:
        self._clock.set(self._clock.now() + timedelta(hours=min(self._chance.uniform(0.1, 30), left * 20)))
        paid = self._does("mark_paid", order=order, payment=f"{order}.1", comment="Переказ на рахунок")
        chance = self._chance.random()
        if paid is None or left < 5:
            return
        self._clock.set(self._clock.now() + timedelta(days=2))
        if chance < 0.07:
            self._does("refund_payment", order=order, payment=f"{order}.1", amount="390.00", reason="Домовилися")
        elif chance < 0.14:
            self._does("freeze_access", order=order, **{"for": {"days": self._chance.randrange(7, 21)}})
        elif chance < 0.22:
            self._does("extend_access", order=order, by={"days": 14}, reason="Хворів")
        elif chance < 0.3:
            self._does("add_note", order=order, text="Клієнт просить консультацію щодо другого модуля.")

    def _after(self, *, days: int) -> str:
        return (self._clock.now() + timedelta(days=days)).isoformat()

    def _does(self, name: str = "", *, command: Document | None = None, **fields: Any) -> Receipt | None:
        """Execute a command; if a rule refuses it, as in reality, do without it."""
        said = {**(command or {"command": name, **fields}), "actor": {"kind": "staff", "id": "iryna"}}
        try:
            return self._orders.execute(read_command(said))
        except (Refused, Conflict):
            return None


def progress_of_learners() -> list[Document]:
    """Give the learners' progress for the settings file of `serve`: some far ahead, some at the first practice."""
    done = [
        {"contact": f"c{n}", "product": "python", "completed": ["hello", "types", "loops", "functions"][: n % 5],
         "practices": {"loops-task": ("not_started", "submitted", "accepted", "returned")[n % 4]},
         "tests": {"final": 40 + n % 60}}
        for n in range(1, _CONTACTS, 2)
    ]  # fmt: skip
    for one in done:
        # faults are found here, and not only when the school is served
        read_progress(one)
    return done
