"""What the failures of databases mean to the host: each has its code, and `docs/reference/errors.md` says what to do.

Laws:

1. `outcome: unknown` is reported only where it is unknown: the connection was lost, or the disk failed, while COMMIT
   was on its way. Whatever the database itself refuses was not written.
2. Codes are taken from the result codes of the driver, and from texts only where it passes on none: SQLite for what was
   not made yet, PostgreSQL for a connection that the server refused.
3. A message that the server sends unasked was sent before it read our next statement: so nothing of that statement was
   written.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from kwiga_orders.adapters.sql.steps import Step
from kwiga_orders.errors import AdapterFailed, Conflict, Corrupt, KwigaOrdersError

__all__ = ["failure", "failures_of", "listen"]

_ERROR = 1
_OF_SQLITE: Mapping[int, str] = {
    3: "store.forbidden",
    5: "store.locked",
    6: "store.locked",
    8: "store.read_only",
    9: "store.timed_out",
    10: "store.disk_failed",
    11: "store.damaged",
    13: "store.full",
    14: "store.not_opened",
    23: "store.forbidden",
    26: "store.not_a_database",
}
"""By primary result code. https://www.sqlite.org/rescode.html"""

_OF_POSTGRES: Mapping[str, str] = {
    # a standby lets no transaction begin that writes
    "0A000": "store.read_only",
    "25001": "store.isolation",
    "25006": "store.read_only",
    "25P02": "store.lost",
    "25P03": "store.timed_out",
    "25P04": "store.timed_out",
    "28": "store.forbidden",
    "3D000": "store.not_opened",
    "42501": "store.forbidden",
    "42703": "store.not_migrated",
    "42P01": "store.not_migrated",
    "53100": "store.full",
    "53": "store.overloaded",
    "55P03": "store.locked",
    "57014": "store.timed_out",
    "57P03": "store.unreachable",
    "57P": "store.lost",
    "58030": "store.disk_failed",
    "08": "store.lost",
    "XX001": "store.damaged",
    "XX002": "store.damaged",
}
"""By SQLSTATE, or what it begins with. https://www.postgresql.org/docs/current/errcodes-appendix.html"""

_REFUSALS: Mapping[str, re.Pattern[str]] = {
    "store.not_opened": re.compile(r'FATAL: +database ".*" does not exist'),
    "store.overloaded": re.compile(r"FATAL: +(sorry, )?too many (clients|connections)|connection slots are reserved"),
    "store.forbidden": re.compile(
        r'FATAL: +(role ".*" (does not exist|is not permitted to log in)|permission denied|no pg_hba.conf entry'
        r"|\w+ authentication failed)|no password supplied"
    ),
}
"""How a server says, in English, that it lets nobody connect; in another language it is `store.unreachable`."""

_LACKING = ("no such table", "no such column")
"""How SQLite begins to say that something was not made yet; it has no code of its own for it."""

_OVERTAKEN = {"40001", "40P01", "22P02"}
"""A transaction that could not be serialized with others, or waited in a circle, or a check that failed (`guards`)."""

_VERSIONS = re.compile(r'"order:(\d+):(\d+):(\d+)"')

_FAREWELL = "kwiga_orders_farewell"
"""The attribute of a connection of psycopg that has the codes with which the server ended it."""

_WHILE_COMMITTING = {"store.lost", "store.disk_failed"}
"""After these nobody knows what became of a COMMIT."""


def listen(driver: Any) -> None:
    """Note what the server says of the end of a connection while nothing is asked: psycopg passes it on as a notice."""
    if hasattr(driver, "add_notice_handler"):
        said: list[str] = []
        driver.add_notice_handler(_noting(said))
        setattr(driver, _FAREWELL, said)


def _noting(said: list[str]) -> Callable[[Any], None]:
    def note(notice: Any) -> None:
        if notice.severity_nonlocalized == "FATAL":
            said.append(notice.sqlstate)

    return note


def failures_of(dialect: sa.Dialect) -> tuple[type[Exception], ...]:
    """Give the errors that a database of that kind may raise: SQLAlchemy's, and its driver's own."""
    return exc.SQLAlchemyError, dialect.loaded_dbapi.Error


def failure(
    problem: Exception,
    step: Step | None = None,
    *,
    committing: bool = False,
    connecting: bool = False,
    driver: object = None,
) -> KwigaOrdersError:
    """Say what a failure of the database means to the host; `driver` is the connection, if one was made.

    A unique key that is taken is the conflict that `step` tells, and so is a transaction that others overtook; anything
    else is `AdapterFailed` with one of the codes above.
    """
    # SQLAlchemy wraps the driver's error; its code is on the inner one.
    cause = problem.orig if isinstance(problem, exc.DBAPIError) and problem.orig is not None else problem
    # each driver has its own errors, by the names that PEP 249 gives them
    if any(kind.__name__ == "IntegrityError" for kind in type(cause).__mro__):
        if step is not None and step.conflict is not None:
            what = next((name for name in ("offer", "funnel") if name in step.conflict), "order")
            return Conflict(f"{what}.conflict", **step.conflict)
        # A key that no step expected to be taken: the store contradicts itself.
        return Corrupt("store.inconsistent", cause=type(problem).__name__)
    if getattr(cause, "sqlstate", None) in _OVERTAKEN:
        return Conflict("order.conflict", **_overtaken(str(cause)))
    if connecting:
        text = str(cause)
        refused = (code for code, says in _REFUSALS.items() if says.search(text))
        return AdapterFailed(_code_of(cause) or next(refused, "store.unreachable"))
    farewell: list[str] = getattr(driver, _FAREWELL, [])
    if farewell:
        return AdapterFailed(_of_state(farewell[-1]) or "store.lost")
    code = _code_of(cause) or _other(cause)
    unknown = {"outcome": "unknown"} if committing and code in _WHILE_COMMITTING else {}
    return AdapterFailed(code, **unknown)


def _other(cause: BaseException) -> str:
    """Tell a connection that broke, of which the database said nothing, from a statement that it refused."""
    has_said_why = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorcode", None)
    return "store.failed" if has_said_why else "store.lost"


def _overtaken(text: str) -> Mapping[str, int]:
    """Give number and versions of the order that another writer changed, as the check of its version says."""
    told = _VERSIONS.search(text)
    return {} if told is None else dict(zip(("order", "expected", "found"), map(int, told.groups()), strict=True))


def _code_of(cause: BaseException) -> str | None:
    state = getattr(cause, "sqlstate", None) or ""
    # From the full state to its class: a class says what to do where the state is not known.
    for known in (state, state[:3], state[:2]):
        if known in _OF_POSTGRES:
            return _OF_POSTGRES[known]
    # The low byte is the primary result code; the rest says more than the host needs.
    code = (getattr(cause, "sqlite_errorcode", None) or 0) & 0xFF
    if code == _ERROR and str(cause).startswith(_LACKING):
        return "store.not_migrated"
    return _OF_SQLITE.get(code)


def _of_state(state: str) -> str | None:
    return next((_OF_POSTGRES[known] for known in (state, state[:3], state[:2]) if known in _OF_POSTGRES), None)
