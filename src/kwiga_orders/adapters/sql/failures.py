"""Translate failures of databases into codes for the host; `docs/reference/errors.md` says what to do for each.

Laws:

1. `outcome: unknown` is reported only if the connection was lost or the disk failed during COMMIT. Anything that the
   database refused was not written.
2. A failure is recognised by the driver's result code. Its text is read only where there is no code: for tables that
   SQLite lacks, and for connections that PostgreSQL refuses.
3. If the server has announced the end of a connection, it did not execute the statement that was sent afterwards.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from kwiga_orders.adapters.sql.steps import RawConnection, Step
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
    # a standby server refuses to begin a writing transaction
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
"""English texts with which a server refuses connections; a text in another language becomes `store.unreachable`."""

_LACKING = ("no such table", "no such column")
"""How SQLite's message begins if a table or column is missing; it has no code for that."""

_OVERTAKEN = {"40001", "40P01", "22P02"}
"""Codes of a serialization failure, of a deadlock, and of a failed check (`guards`)."""

_VERSIONS = re.compile(r'"order:(\d+):(\d+):(\d+)"')

_FAREWELL = "kwiga_orders_farewell"
"""The attribute that we add to psycopg connections: the codes with which the server announced their end."""

_WHILE_COMMITTING = {"store.lost", "store.disk_failed"}
"""Codes after which the outcome of a COMMIT is unknown."""


def listen(driver: RawConnection) -> None:
    """Note when the server announces the end of an idle connection: psycopg passes that on as a notice."""
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
    """Give the classes of errors of a database: SQLAlchemy's, and those of the driver."""
    return exc.SQLAlchemyError, dialect.loaded_dbapi.Error


def failure(
    problem: Exception,
    step: Step | None = None,
    *,
    committing: bool = False,
    connecting: bool = False,
    driver: object = None,
) -> KwigaOrdersError:
    """Translate a failure of the database into an error for the host; `driver` is the connection, if there was one.

    A violated unique key becomes the conflict that `step` names, and a transaction that lost against another writer a
    `Conflict`, too. Anything else becomes `AdapterFailed` with one of the codes above.
    """
    # SQLAlchemy wraps the driver's error, which has the code.
    cause = problem.orig if isinstance(problem, exc.DBAPIError) and problem.orig is not None else problem
    # each driver has its own classes of errors, with the names of PEP 249
    if any(kind.__name__ == "IntegrityError" for kind in type(cause).__mro__):
        if step is not None and step.conflict is not None:
            what = next((name for name in ("offer", "funnel") if name in step.conflict), "order")
            return Conflict(f"{what}.conflict", **step.conflict)
        # No step expected a violated key here, so the stored data are inconsistent.
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
    # An error without any result code means that the connection broke; the database refused all others.
    has_code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorcode", None)
    code = _code_of(cause) or ("store.failed" if has_code else "store.lost")
    unknown = {"outcome": "unknown"} if committing and code in _WHILE_COMMITTING else {}
    return AdapterFailed(code, **unknown)


def _overtaken(text: str) -> Mapping[str, int]:
    """Read the order number and versions from the text of a failed version check."""
    told = _VERSIONS.search(text)
    return {} if told is None else dict(zip(("order", "expected", "found"), map(int, told.groups()), strict=True))


def _code_of(cause: BaseException) -> str | None:
    state = getattr(cause, "sqlstate", None) or ""
    # The full SQLSTATE is looked up first, then its class.
    for known in (state, state[:3], state[:2]):
        if known in _OF_POSTGRES:
            return _OF_POSTGRES[known]
    # The low byte is the primary result code; the extended code is not needed.
    code = (getattr(cause, "sqlite_errorcode", None) or 0) & 0xFF
    if code == _ERROR and str(cause).startswith(_LACKING):
        return "store.not_migrated"
    return _OF_SQLITE.get(code)


def _of_state(state: str) -> str | None:
    return next((_OF_POSTGRES[known] for known in (state, state[:3], state[:2]) if known in _OF_POSTGRES), None)
