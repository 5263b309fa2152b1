"""Reports over a class: how many lessons are open to each of ten thousand learners.

The floor is a numpy matrix with a row for each learner, if numpy is installed. numpy, polars and the plain loop make
the six comparisons of a decision with prepared instants; they know no checkpoints, second orders or reasons.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.util import find_spec

from benchmarks.learning import PROJECT, START, course_of, grant_of, progress_of
from benchmarks.table import Work, looping
from kwiga_orders.plans import OpenLessons, compile_plan

__all__ = ["works"]

LEARNERS, LESSONS = 10_000, 100
_AT = START + timedelta(days=60, hours=1)
_DAY = 86_400_000_000
_FROZEN = timedelta(days=10)
_MICROSECOND = timedelta(microseconds=1)


def works() -> list[Work]:
    """The report; without numpy there is nothing to compare it with."""
    if not find_spec("numpy"):
        return []
    alike, other = [0] * LEARNERS, list(range(LEARNERS))
    return [
        open_counts(alike, goal=3, least=10),
        open_counts(other, what=", each frozen for another time", goal=None, least=None),
    ]


def open_counts(longer: list[int], *, what: str = "", goal: float | None, least: float | None) -> Work:
    """Count the open lessons of each learner; each started in another minute, and was frozen some seconds longer."""
    course = course_of(LESSONS)
    progress = progress_of(course)
    lives = [(START - timedelta(minutes=n), _FROZEN + timedelta(seconds=more)) for n, more in enumerate(longer)]
    grants = (grant_of(at=at, frozen=frozen) for at, frozen in lives)
    learners = OpenLessons.of(
        compile_plan([grant], project=PROJECT, course=course, progress=progress) for grant in grants
    )
    rows = [_row(_micros(at), frozen // _MICROSECOND) for at, frozen in lives]
    now = _micros(_AT)

    peers: dict[str, tuple[Callable[[], object], float | None]] = {"plain loop": (lambda: by_loop(rows, now), least)}
    if find_spec("polars"):
        peers["polars"] = (by_polars(rows, now), None)
    return Work(
        topic=f"class report, {LEARNERS:_} learners × {LESSONS} lessons{what}",
        ours=looping(lambda: learners.counts(_AT)),
        floor=looping(by_numpy(rows, now)),
        goal=goal,
        peers={name: (looping(do), least) for name, (do, least) in peers.items()},
    )


def _micros(at: datetime) -> int:
    return int(at.timestamp() * 1e6)


Row = tuple[tuple[int, int, int, int, int], list[int]]
"""Start, end, freeze, unfreeze, due payment; and when each lesson opens."""


def _row(at: int, frozen: int) -> Row:
    freezes_at = at + 30 * _DAY
    window = (at, at + 3000 * _DAY + frozen, freezes_at, freezes_at + frozen, at + 183 * _DAY)
    return window, [at + number * _DAY + (frozen if number > 30 else 0) for number in range(1, LESSONS + 1)]


def by_loop(rows: list[Row], now: int) -> list[int]:
    """Count by one decision after another."""
    return [
        sum(
            [
                starts <= now and now < ends and not (frozen <= now < thawed) and now < due and opens <= now
                for opens in lessons
            ]
        )
        for (starts, ends, frozen, thawed, due), lessons in rows
    ]


def by_numpy(rows: list[Row], now: int) -> Callable[[], object]:
    """Count with a matrix of instants."""
    # settings for another machine, if there are any, are removed
    for setting in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(setting, None)
    import numpy

    starts, ends, frozen, thawed, due = numpy.array([window for window, _ in rows]).T
    opens = numpy.array([lessons for _, lessons in rows])

    def count() -> object:
        is_open = (starts <= now) & (now < ends) & ~((frozen <= now) & (now < thawed)) & (now < due)
        return ((opens <= now) & is_open[:, None]).sum(axis=1)

    return count


def by_polars(rows: list[Row], now: int) -> Callable[[], object]:
    """Count with a frame that has a row for each learner and lesson."""
    import polars

    windows = dict(
        zip(("starts", "ends", "frozen", "thawed", "due"), zip(*(one for one, _ in rows), strict=True), strict=True)
    )
    learners = polars.DataFrame({"learner": range(len(rows)), **windows})
    numbers = [number for number, (_, lessons) in enumerate(rows) for _ in lessons]
    lessons = polars.DataFrame({"learner": numbers, "opens": [opens for _, row in rows for opens in row]})
    frame, col = lessons.join(learners, on="learner"), polars.col
    is_frozen = (col("frozen") <= now) & (col("thawed") > now)
    is_open = (col("starts") <= now) & (col("ends") > now) & ~is_frozen & (col("due") > now) & (col("opens") <= now)
    return lambda: frame.group_by("learner").agg(is_open.sum())
