"""Who may do what: a table of roles, and the question whether a request fits it. Home of K8.

    POLICY.refuse_unless_allowed(command, Person(id="ira", role="own_orders"), orders=[order])

Laws:

1. The table names what a role may use: commands and questions by their names.
2. `own_orders` acts only on orders of which it is manager or responsible, and lists only those.
3. A customer acts and asks only about themselves: by the contact that a request names, or by that of its order.
4. What holds another request is judged by it, too: a preview, a batch, a job for many orders.
5. What a role may not use is refused with `actor.not_allowed`, whether what it is about exists or not.

A host asks before it hands a request on, since only the host knows who is signed in. A host without roles does not ask,
and everything is allowed to its staff.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import attrs

from kwiga_orders.checked import Checked
from kwiga_orders.commands import Command
from kwiga_orders.errors import Refused
from kwiga_orders.jobs import EACH, ForEach
from kwiga_orders.listing import OrderFilters
from kwiga_orders.orders.state import Order
from kwiga_orders.queries import BatchQuery, OfferImpactQuery, PreviewQuery, Query, TasksQuery

__all__ = ["POLICY", "Person", "Policy", "Request", "Role", "orders_named"]

Role = Literal["owner", "manager", "own_orders", "viewer", "customer"]
"""What somebody is to a school (K8)."""

Request = Command | Query[object]
"""A command or a question."""


@attrs.frozen(kw_only=True)
class Person(Checked):
    """Who asks: a member of the staff by its id, or a customer by the id of the contact."""

    id: str
    role: Role


# What a front end needs to draw anything at all; it tells nothing about an order or a contact
_OF_THE_SCHOOL = frozenset(
    ("batch", "course", "funnel", "funnels", "gateways", "offer", "offers", "project", "tags", "texts")
)
# Each is about one order; `own_orders` may ask about its own
_ABOUT_AN_ORDER = frozenset(
    ("actions", "customer_order", "history", "letters", "order", "payment_link", "stays", "time_in_status")
)
_LISTS = frozenset(("board", "conversion", "count", "orders", "totals"))
_ABOUT_A_CONTACT = frozenset(
    ("access", "certificate", "contact", "contacts", "lessons", "participants", "products", "quote", "schedule")
)
_ABOUT_ALL = frozenset(("changes", "due", "offer_impact", "preview", "takings", "tasks"))
_VIEWING = _OF_THE_SCHOOL | _ABOUT_AN_ORDER | _LISTS | _ABOUT_A_CONTACT | _ABOUT_ALL

_WORK_ON_AN_ORDER = frozenset(
    (
        *("accept_anomaly", "add_line", "add_note", "add_payment", "add_task", "cancel_order", "complete_task"),
        *("edit_line", "edit_order", "edit_payment", "edit_refund", "edit_task", "extend_access", "follow_offer"),
        *("freeze_access", "issue_certificate", "mark_paid", "mark_unpaid", "move_order", "refund_payment", "remind"),
        *("remove_line", "remove_task", "renew", "reopen_order", "reopen_task", "resolve_attention"),
        *("resume_renewal", "revoke_certificate", "send_letter", "set_access_end", "start_attempt", "stop_renewal"),
        *("unfreeze_access", "void_payment"),
    )
)
_WORK = _WORK_ON_AN_ORDER | {"create_order", "for_each", "merge_contacts", "open_offer", "report_event", "save_contact"}
_OF_A_CUSTOMER = frozenset(
    (
        *("open_offer", "start_attempt", "stop_renewal"),
        *("access", "certificate", "customer_order", "lessons", "payment_link", "products", "quote", "schedule"),
        *("batch", "texts"),
    )
)


@attrs.frozen(kw_only=True)
class Policy:
    """What each role may use; a host may bring a table of its own. None for a role: everything."""

    allowed: Mapping[Role, frozenset[str] | None]

    def refuse_unless_allowed(self, request: Request, person: Person, *, orders: Iterable[Order] = ()) -> None:
        """Refuse a request that a person may not make; `orders` are those of `orders_named` that there are.

        Raises:
            Refused: `actor.not_allowed`, with the role and the name of the request.
        """
        found = {order.id: order for order in orders}
        for one in _requests_in(request):
            names = self.allowed.get(person.role, frozenset())
            if (names is not None and one.name not in names) or not _is_about_own(one, person, found):
                raise Refused("actor.not_allowed", kind=person.role, command=one.name)


POLICY = Policy(
    allowed={
        "owner": None,
        "manager": _VIEWING | _WORK,
        # no question about all orders, all contacts or all money at once
        "own_orders": _OF_THE_SCHOOL | _ABOUT_AN_ORDER | _LISTS | _WORK_ON_AN_ORDER | {"for_each", "preview", "tasks"},
        "viewer": _VIEWING,
        "customer": _OF_A_CUSTOMER,
    }
)
"""The table that holds unless a host brings its own."""


def orders_named(request: Request) -> tuple[str, ...]:
    """Give the ids of the orders that a request names: a host loads them before it asks a policy."""
    named = (getattr(one, "order", None) for one in _requests_in(request))
    return tuple(dict.fromkeys(id for id in named if isinstance(id, str) and id != EACH))


def _requests_in(request: Request) -> Iterator[Request]:
    """Give a request and all that it holds (law 4)."""
    yield request
    inner: tuple[Request, ...] = ()
    if isinstance(request, BatchQuery):
        inner = tuple(request.queries)
    elif isinstance(request, PreviewQuery | OfferImpactQuery):
        inner = (request.command,)
    elif isinstance(request, ForEach):
        inner = (request.each,)
    for one in inner:
        yield from _requests_in(one)


def _is_about_own(request: Request, person: Person, orders: Mapping[str, Order]) -> bool:
    if person.role == "customer":
        return _is_about_contact(request, person.id, orders)
    return person.role != "own_orders" or _is_about_own_orders(request, person.id, orders)


def _is_about_contact(request: Request, contact: str, orders: Mapping[str, Order]) -> bool:
    """Tell whether a request is about nobody but a contact (law 3)."""
    named = getattr(request, "order", None)
    if named is not None:
        return named in orders and orders[named].contact == contact
    # a quote without a contact says what anybody would pay
    return getattr(request, "contact", None) in (contact, None)


def _is_about_own_orders(request: Request, staff: str, orders: Mapping[str, Order]) -> bool:
    """Tell whether a request is about nothing but orders of which somebody is manager or responsible (law 2)."""
    filters = getattr(request, "filters", None)
    if isinstance(filters, OrderFilters):
        return (staff,) in (filters.manager, filters.responsible)
    if isinstance(request, TasksQuery):
        return request.assignee == staff
    named = getattr(request, "order", None)
    # the command of a job goes to the orders that its filter finds, and the filter was judged with the job
    if named == EACH or (named is None and request.name not in _ABOUT_AN_ORDER):
        return True
    order = orders.get(str(named))
    return order is not None and staff in (order.manager, *order.responsibles)
