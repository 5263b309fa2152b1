"""Draw the pictures of the docs.

    python tools/pictures.py

A test fails if the pictures are outdated.
"""

from collections.abc import Mapping
from datetime import UTC
from pathlib import Path

from kwiga_orders import Lesson, Period
from kwiga_orders.course import After
from kwiga_orders.locale import Texts
from kwiga_orders.orders.commands import FreezeAccess, MarkPaid, OpenOffer
from kwiga_orders.payments import Parts
from kwiga_orders.pictures import Picture, conversion, timeline
from kwiga_orders.queries import OrderQuery, ScheduleQuery
from kwiga_orders.terms import For, TermsChange
from kwiga_orders.testing.school import School
from kwiga_orders.views.status_shapes import ConversionView, PassageView

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"

TITLES = {"hello": "Hello", "loops": "Loops", "functions": "Functions"}
PASSED = (
    ("New", 240, 180, "75.00"),
    ("Partially paid", 90, 72, "80.00"),
    ("Paid", 150, 12, "8.00"),
    ("Refund", 12, 0, "0.00"),
)


def pictures() -> Mapping[str, Picture]:
    """Give each picture by the name of its file."""
    return {"timeline.svg": _order(), "conversion.svg": _funnel()}


def _order() -> Picture:
    """Draw an order with instalments: the first is paid, the second overdue, and access was frozen in between."""
    school = School().at("2026-11-01 10:00")
    delays = {"hello": 0, "loops": 14, "functions": 45}
    lessons = [
        Lesson(id=id, title=TITLES[id], delay=After(period=Period(days=days)) if days else None)
        for id, days in delays.items()
    ]
    school.teaches(*lessons)
    parts = Parts(id="parts", count=4, every=Period(months=1))
    school.sells("basic", price="12000.00", terms=TermsChange(duration=For(period=Period(months=4))), options=(parts,))
    order = str(school.does(OpenOffer(offer="basic", contact="olena")).order)
    school.does(MarkPaid(order=order, payment=f"{order}.1"))
    school.at("2026-11-10 10:00").does(FreezeAccess(order=order, period=Period(days=12)))
    school.at("2026-12-09 10:00")
    return timeline(
        school.orders.ask(OrderQuery(order=order)),
        texts=Texts("en", timezone="Europe/Kyiv"),
        now=school.now.astimezone(UTC),
        schedules={"python": school.orders.ask(ScheduleQuery(contact="olena", product="python"))},
        titles=TITLES,
    )


def _funnel() -> Picture:
    statuses = [
        PassageView(status=status, name=status, entered=entered, moved_on=moved_on, rate=rate)
        for status, entered, moved_on, rate in PASSED
    ]
    return conversion(ConversionView(statuses=statuses), name="Sales")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, picture in pictures().items():
        (FOLDER / name).write_text(picture.svg, encoding="utf-8")
        print(FOLDER / name)
