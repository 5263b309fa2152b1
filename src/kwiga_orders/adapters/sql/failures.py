"""What the failures of databases mean to the host."""

from sqlalchemy import exc

from kwiga_orders.adapters.sql.steps import Step
from kwiga_orders.errors import AdapterFailed, Conflict, Corrupt, KwigaOrdersError

__all__ = ["failure"]

_ERROR, _BUSY, _LOCKED, _FULL = 1, 5, 6, 13
_OF_SQLITE = {_BUSY: "store.locked", _LOCKED: "store.locked", _FULL: "store.full"}
"""By result code. https://www.sqlite.org/rescode.html"""

_OF_POSTGRES: dict[str | None, str] = {
    "55P03": "store.locked",
    "53100": "store.full",
    "42P01": "store.not_migrated",
    "42703": "store.not_migrated",
    "42501": "store.forbidden",
}
"""By SQLSTATE. https://www.postgresql.org/docs/current/errcodes-appendix.html"""

_LACKING = ("no such table", "no such column")
"""How SQLite begins to say that something was not made yet; it has no code of its own for it."""

_OVERTAKEN = {"40001", "40P01"}
"""A transaction that could not be put in order with others, or waited in a circle."""


def failure(problem: Exception, step: Step | None = None, *, committing: bool = False) -> KwigaOrdersError:
    """Say what a failure of the database means to the host.

    A key that is taken is the conflict that `step` tells. Else it is `AdapterFailed`: `store.locked` if another writer
    took longer than the timeout, `store.full` if the disk is full, `store.not_migrated` if tables or columns are
    missing, `store.forbidden` if the role may not do it, `store.unreachable` if the database is; when that happens
    while `committing`, nobody knows whether the change was written, and the error says so.
    """
    cause = problem.orig if isinstance(problem, exc.DBAPIError) else problem
    # every driver has errors of its own, by the names that PEP 249 gives them
    if any(kind.__name__ == "IntegrityError" for kind in type(cause).__mro__):
        if step is not None and step.conflict is not None:
            return Conflict("order.conflict", **step.conflict)
        return Corrupt("store.inconsistent", cause=type(problem).__name__)
    state = getattr(cause, "sqlstate", None)
    if state in _OVERTAKEN:
        return Conflict("order.conflict")
    code = (getattr(cause, "sqlite_errorcode", None) or 0) & 0xFF
    if code in _OF_SQLITE:
        return AdapterFailed(_OF_SQLITE[code])
    if state in _OF_POSTGRES:
        return AdapterFailed(_OF_POSTGRES[state])
    if code == _ERROR and str(cause).startswith(_LACKING):
        return AdapterFailed("store.not_migrated")
    if isinstance(problem, exc.TimeoutError):
        # all connections were in use for longer than the timeout
        return AdapterFailed("store.locked")
    return AdapterFailed("store.unreachable", outcome="unknown") if committing else AdapterFailed("store.unreachable")
