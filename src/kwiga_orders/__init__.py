"""Orders for online schools: what a learner bought, what it opens, and when.

The most used names are here; each module's docstring says what it decides and by which rules. A name is loaded at its
first use, so that importing the package is fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kwiga_orders.access import Access, LessonDecision, Lessons, Reason, ReasonCode
    from kwiga_orders.aio import AsyncOrders
    from kwiga_orders.changes import Receipt
    from kwiga_orders.course import Course, Lesson, Module, Progress
    from kwiga_orders.errors import (
        AdapterFailed,
        Conflict,
        Corrupt,
        InvalidInput,
        KwigaOrdersError,
        NotFound,
        PermanentFailure,
        Refused,
    )
    from kwiga_orders.money import Money
    from kwiga_orders.offers import Offer
    from kwiga_orders.orders.state import Order
    from kwiga_orders.periods import Period
    from kwiga_orders.plans import Plan
    from kwiga_orders.project import Actor, Contact, Project
    from kwiga_orders.service import Orders
    from kwiga_orders.terms import AccessTerms

__all__ = [
    "Access",
    "AccessTerms",
    "Actor",
    "AdapterFailed",
    "AsyncOrders",
    "Conflict",
    "Contact",
    "Corrupt",
    "Course",
    "InvalidInput",
    "KwigaOrdersError",
    "Lesson",
    "LessonDecision",
    "Lessons",
    "Module",
    "Money",
    "NotFound",
    "Offer",
    "Order",
    "Orders",
    "Period",
    "PermanentFailure",
    "Plan",
    "Progress",
    "Project",
    "Reason",
    "ReasonCode",
    "Receipt",
    "Refused",
]

_HOMES = {
    "Access": "access",
    "AccessTerms": "terms",
    "Actor": "project",
    "AdapterFailed": "errors",
    "AsyncOrders": "aio",
    "Conflict": "errors",
    "Contact": "project",
    "Corrupt": "errors",
    "Course": "course",
    "InvalidInput": "errors",
    "KwigaOrdersError": "errors",
    "Lesson": "course",
    "LessonDecision": "access",
    "Lessons": "access",
    "Module": "course",
    "Money": "money",
    "NotFound": "errors",
    "PermanentFailure": "errors",
    "Offer": "offers",
    "Order": "orders.state",
    "Orders": "service",
    "Period": "periods",
    "Plan": "plans",
    "Progress": "course",
    "Project": "project",
    "Reason": "access",
    "ReasonCode": "access",
    "Receipt": "changes",
    "Refused": "errors",
}


if not TYPE_CHECKING:  # a type checker would take any name for one of ours

    def __getattr__(name: str) -> object:
        """Load a name from its module, once (PEP 562)."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        # Kept in the module, so that the next use is an ordinary lookup.
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
