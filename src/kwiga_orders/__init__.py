"""Orders for online schools: what a learner bought, what it opens, and when.

The everyday names are here; each module's docstring says what it decides and by which rules.
"""

from kwiga_orders.access import Access, LessonDecision, Lessons, Plan, Reason, ReasonCode
from kwiga_orders.aio import AsyncOrders
from kwiga_orders.course import Course, Lesson, Module, Progress
from kwiga_orders.errors import (
    AdapterFailed,
    Conflict,
    Corrupt,
    InvalidInput,
    KwigaOrdersError,
    NotFound,
    Refused,
)
from kwiga_orders.facts import Receipt
from kwiga_orders.money import Money
from kwiga_orders.offers import Offer
from kwiga_orders.orders.state import Order
from kwiga_orders.periods import Period
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
    "Plan",
    "Progress",
    "Project",
    "Reason",
    "ReasonCode",
    "Receipt",
    "Refused",
]
