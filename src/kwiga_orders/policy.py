"""Permissions: a table of roles. Home of K8.

    mine = orders.acting(Actor(kind="staff", id="ira"), role="own_orders")
    mine.ask(OrdersQuery())          # only the orders of which ira is manager or responsible
    mine.execute(CancelOrder(...))   # Refused: actor.not_allowed, if it is not one of hers

Laws:

1. A role has only the commands and queries that its row names, also in a batch, a preview, a job or an export.
2. A role with `own` orders reaches orders with the actor in their team. A role with `self` reaches the actor's own
   contact and its orders. Lists are narrowed to these. Anything else is refused, except queries about no order and no
   person.
3. An order of somebody else and an order that does not exist give the same answer (K6).
4. The permit's actor becomes the actor of every command.

The table is data: a host may replace it, and show it.
"""

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

import attrs

from kwiga_orders import queries
from kwiga_orders.asking import Asking, find_order, orders_of
from kwiga_orders.commands import Command
from kwiga_orders.errors import Fault, InvalidInput, Refused
from kwiga_orders.jobs import ForEach
from kwiga_orders.listing import OrderFilters
from kwiga_orders.orders.commands import CreateOrder
from kwiga_orders.orders.state import Order
from kwiga_orders.project import Actor
from kwiga_orders.queries import Query
from kwiga_orders.values import changed

__all__ = ["ALL", "POLICY", "ROLES", "Permit", "Policy", "Reach", "Role", "Visitor"]

Q = TypeVar("Q", bound=Query[Any])

Reach = Literal["all", "own", "self"]
"""What a role reaches: everything, orders with the actor in their team, or only the actor's own contact."""

ALL = frozenset({"*"})
"""Every command, or every query."""


@attrs.frozen(kw_only=True)
class Role:
    """A row of the table: commands and queries by the names of the wire, and the orders they may reach."""

    commands: frozenset[str] = frozenset()
    queries: frozenset[str] = frozenset()
    of: Reach = "all"

    def has_command(self, name: str) -> bool:
        """Tell whether the row names a command."""
        return name in self.commands or "*" in self.commands

    def has_query(self, name: str) -> bool:
        """Tell whether the row names a query."""
        return name in self.queries or "*" in self.queries


_ON_ORDERS = frozenset({
    "edit_order", "edit_line", "add_line", "remove_line", "follow_offer", "move_order", "cancel_order", "reopen_order",
    "add_note", "add_task", "edit_task", "complete_task", "reopen_task", "remove_task", "add_payment", "edit_payment",
    "void_payment", "mark_paid", "mark_unpaid", "accept_anomaly", "refund_payment", "edit_refund", "remind",
    "resolve_attention", "send_letter", "start_attempt", "renew", "stop_renewal", "resume_renewal", "extend_access",
    "set_access_end", "freeze_access", "unfreeze_access", "issue_certificate", "revoke_certificate", "create_order",
    "for_each",
})  # fmt: skip
_OF_ORDERS = frozenset({
    "order", "customer_order", "history", "stays", "time_in_status", "actions", "payment_link", "letters", "preview",
    "orders", "board", "count", "totals", "conversion", "tasks",
})  # fmt: skip
# queries about no order and no person, which are allowed whatever the role reaches
_OF_NOBODY = frozenset(
    {"project", "gateways", "tags", "funnels", "funnel", "offers", "offer", "quote", "course", "staff", "texts"}
)
_OF_LEARNERS = frozenset({"access", "lessons", "schedule", "certificate"})

ROLES: Mapping[str, Role] = {
    "owner": Role(commands=ALL, queries=ALL),
    "manager": Role(
        commands=_ON_ORDERS | {"open_offer", "save_contact", "merge_contacts", "report_event"}, queries=ALL
    ),
    "own_orders": Role(commands=_ON_ORDERS, queries=_OF_ORDERS | _OF_NOBODY | _OF_LEARNERS | {"batch"}, of="own"),
    "viewer": Role(queries=ALL),
    "customer": Role(
        commands=frozenset({"open_offer", "start_attempt", "stop_renewal"}),
        queries=_OF_LEARNERS
        | {"customer_order", "customer_orders", "products", "payment_link", "quote", "course", "texts", "batch"},
        of="self",
    ),
}
"""The table of roles."""


@attrs.frozen(kw_only=True)
class Policy:
    """A table of roles by name, and the default role of each kind of actor."""

    roles: Mapping[str, Role] = attrs.field(factory=lambda: ROLES)
    usual: Mapping[str, str] = attrs.field(factory=lambda: {"staff": "owner", "customer": "customer", "host": "owner"})

    def permit(self, actor: Actor, *, role: str | None = None) -> "Permit":
        """Give the permit of an actor with a role.

        Raises:
            InvalidInput: if there is no such role.
        """
        name = self.usual.get(actor.kind, "") if role is None else role
        if name not in self.roles:
            hint = f"one of {', '.join(sorted(self.roles))}"
            raise InvalidInput([Fault(path="role", code="input.invalid", hint=hint)])
        return Permit(actor=actor, role=self.roles[name], name=name)


POLICY = Policy()
"""The default policy."""


@attrs.frozen(kw_only=True)
class Visitor:
    """The sender of a request and its role; None means the default role of that kind of actor (K8)."""

    actor: Actor
    role: str | None = None


@attrs.frozen(kw_only=True)
class Permit:
    """The permit of one actor: it narrows a command or query to what the actor reaches, or refuses it."""

    actor: Actor
    role: Role
    name: str = ""

    def refusal(self, of: str) -> Refused:
        """Give the refusal of a command, a query or other work, by its name."""
        return Refused("actor.not_allowed", kind=self.name, command=of)

    def command(self, command: Command) -> Asking[Command]:
        """Give a command with the permit's actor, if it is allowed.

        Raises:
            Refused: `actor.not_allowed`.
        """
        self._require(command.name, allowed=self.role.has_command(command.name))
        # Law 4: the permit's actor counts.
        given = changed(command, actor=self.actor)
        if isinstance(given, ForEach):
            return (yield from self.job(given))
        if self.role.of == "own" and isinstance(given, CreateOrder):
            # A new order has no team yet, so the command must name the actor in it.
            self._require(command.name, allowed=self.actor.id in (given.manager, *given.responsibles))
        elif self.role.of != "all":
            self._require(command.name, allowed=(yield from self._reaches(given)))
        return given

    def job(self, command: ForEach) -> Asking[ForEach]:
        """Give a job, narrowed to the orders that the actor reaches, if the role has its command.

        Raises:
            Refused: `actor.not_allowed`.
        """
        self._require(
            command.name, allowed=self.role.has_command(command.name) and self.role.has_command(command.each.name)
        )
        # `yield from ()` only makes this a generator; nothing has to be loaded.
        yield from ()
        return changed(command, actor=self.actor, filters=self._narrowed(command.filters))

    def query(self, query: Q) -> Asking[Q]:
        """Give a query, narrowed to what the actor reaches, if it is allowed; queries of a batch are checked one by
        one.

        Raises:
            Refused: `actor.not_allowed`.
        """
        self._require(query.name, allowed=self.role.has_query(query.name))
        asked: Any = query
        if isinstance(asked, queries.PreviewQuery):
            # A preview needs the same permission as the command.
            asked = changed(asked, command=(yield from self.command(asked.command)))
        elif isinstance(asked, queries.TasksQuery) and self.role.of == "own":
            # Own tasks are those assigned to the actor.
            asked = changed(asked, assignee=self.actor.id)
        elif isinstance(getattr(asked, "filters", None), OrderFilters):
            asked = changed(asked, filters=self._narrowed(asked.filters))
        elif self.role.of != "all" and not isinstance(asked, queries.BatchQuery):
            # a quote for a contact is about a person, because it depends on their earlier orders
            is_of_nobody = asked.name in _OF_NOBODY and getattr(asked, "contact", None) is None
            self._require(query.name, allowed=is_of_nobody or (yield from self._reaches(asked)))
        return cast(Q, asked)

    def actions(self, codes: Mapping[str, str | None]) -> dict[str, str | None]:
        """Mark in the answer of `actions` each command that the role lacks (V8)."""
        # If the role has the command, the code of the rule stays.
        return {name: code if self.role.has_command(name) else "actor.not_allowed" for name, code in codes.items()}

    def _require(self, of: str, *, allowed: bool) -> None:
        if not allowed:
            raise self.refusal(of)

    def _narrowed(self, filters: OrderFilters) -> OrderFilters:
        """Narrow the filters of a list to the actor."""
        match self.role.of:
            case "own":
                return changed(filters, team=(self.actor.id,))
            case "self":
                return changed(filters, contact=(self.actor.id,))
            case _:
                return filters

    def _reaches(self, asked: Any) -> Asking[bool]:
        """Tell whether the actor reaches the order or contact of a command or query; False if it names neither."""
        order, contact = getattr(asked, "order", None), getattr(asked, "contact", None)
        if order is not None:
            found = yield from find_order(order)
            # Law 3: an order that does not exist gives the same answer as one of somebody else.
            return found is not None and self._is_mine(found)
        if self.role.of == "self":
            # A customer reaches only their own contact.
            return bool(contact == self.actor.id)
        if contact is not None and asked.name in _OF_LEARNERS:
            # The actor reaches a contact with an order of the actor's team.
            return any(map(self._is_mine, (yield from orders_of(contact))))
        return False

    def _is_mine(self, order: Order) -> bool:
        return self.actor.id in (order.team if self.role.of == "own" else (order.contact,))
