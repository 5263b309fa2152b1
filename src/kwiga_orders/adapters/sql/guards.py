"""Locks and checks that make sure, at the commit, that what a transaction read is unchanged (decision 0048).

Laws:

1. A writing transaction checks in its last message all it has read of the project, its contacts, offers, funnels and
   orders. If anything changed, nothing is written and the conflict makes the command be decided again. So any two
   commands have the same effect as one after the other, whichever rules they use (F2, F6, O3, O8, C3).
2. Locks keep others from changing these data between check and commit. A writer takes:
   - the lock of the project: exclusive if it changes settings, funnels or offers (which `revision` counts) or has read
     all orders of an offer, a funnel or a status; otherwise shared;
   - the lock of each contact: exclusive if it changes the contact, or has read its list of orders or an order that it
     does not write; shared if it writes one of the contact's orders or has read the contact;
   - the lock of each gateway reference that it looked up: exclusive, since a reference belongs to one payment (P4).
   So commands on orders of different contacts commit in parallel, and so do most commands on orders of one contact.
3. Versions guard the orders that are written (`commits`), unique indexes guard numbers and idempotency keys (O5, K1).
4. Locks are taken in the order of their keys, the project's first, so there are no deadlocks.
5. Lists, lookups, counts, sent letters and due work are not checked: no decision may depend on them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

import attrs
import sqlalchemy as sa

from kwiga_orders.adapters.sql.steps import Locks, Step
from kwiga_orders.adapters.sql.tables import contacts, labels, orders, products, projects
from kwiga_orders.changes import Changes
from kwiga_orders.orders.state import Order

__all__ = ["NO_NUMBER", "OrderSet", "ReadSet", "key_of", "number_if"]

NO_NUMBER = 2**62
"""A number above all order numbers."""

_MOST_LOCKS = 64
"""A writer that would need more locks takes the project's exclusive lock instead: a server has room for thousands."""
_MOST_CHECKS = 16
"""The most checks in one statement."""


def key_of(kind: str, *ids: str) -> int:
    """Give the key of a lock: 64 bits of a hash. If two keys collide, a writer waits unnecessarily."""
    # A hash, because PostgreSQL's advisory locks are numbers and ids are texts.
    digest = blake2b("\0".join((kind, *ids)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def number_if(
    condition: sa.ColumnElement[bool], number: sa.ColumnElement[Any], problem: sa.ColumnElement[str]
) -> sa.Cast[int]:
    """Give a number if a condition holds; else PostgreSQL fails to cast `problem`, a text, and names it in the error.

    So one message can check and write, without waiting for the result of the check.
    """
    return sa.cast(sa.case((condition, sa.cast(number, sa.Text)), else_=problem), sa.Integer)


class OrderSet(NamedTuple):
    """Orders that one query found, with a signature that changes when they do.

    The signature holds the count of the orders, the sum of their versions, the sum of their numbers, and the sum of
    version times number. Numbers are unique and versions only grow.
    """

    kind: str
    values: tuple[str | int, ...]
    signature: str

    @classmethod
    def of(cls, kind: str, *values: str | int, found: Iterable[Order]) -> "OrderSet":
        """Make the set of the orders that a query found."""
        # The products tell apart sets whose versions and numbers have equal sums.
        both = [(order.version, order.number) for order in found]
        sums = (len(both), sum(v for v, _ in both), sum(n for _, n in both), sum(v * n for v, n in both))
        return cls(kind, values, ":".join(map(str, sums)))


class _Check(NamedTuple):
    kind: str
    values: tuple[str | int, ...]
    expected: str | int


@attrs.define
class ReadSet:
    """Everything that one transaction has read, grouped by how the commit checks it."""

    revision: int = 0
    contacts: dict[str, str] = attrs.field(factory=dict)
    """The documents of contacts; empty for a contact that does not exist."""
    orders: dict[str, Order | None] = attrs.field(factory=dict)
    sets: list[OrderSet] = attrs.field(factory=list)
    references: dict[str, int] = attrs.field(factory=dict)
    """How many orders have the label of each gateway reference that was looked up (P4)."""

    def locks_for(self, project: str, changes: Changes, replaced: Iterable[Order]) -> Locks:
        """Give the locks for writing `changes`; `replaced` are the stored orders that they replace (law 2)."""
        shared = {order.contact for order in (*changes.orders, *replaced)} | self.contacts.keys()
        exclusive = {contact.id for contact in changes.contacts}
        exclusive |= {one.contact for id, one in self.orders.items() if one is not None and id not in changes.based_on}
        exclusive |= {str(one.values[0]) for one in self.sets if one.kind in _OF_CONTACT}
        of_project = key_of("project", project)
        is_structural = changes.offers or changes.funnels or changes.removed_funnels
        rests_on_many = any(one.kind not in _OF_CONTACT for one in self.sets)
        # Law 2, or too many locks: then nobody else writes to the project.
        if is_structural or rests_on_many or len(shared | exclusive) > _MOST_LOCKS:
            return ((of_project, True),)
        others = {key_of("contact", project, id): id in exclusive for id in shared | exclusive}
        others |= {key_of("reference", project, label): True for label in self.references}
        return ((of_project, False), *sorted(others.items()))

    def checks_for(self, project: str, changes: Changes, *, counting: int | None) -> list[Step]:
        """Give the statements that check that all this is unchanged.

        `counting` is only given for PostgreSQL: the key of the lock for sequences (`commits`, law 2). A statement then
        fails if a check does not hold; else it takes that lock, which COMMIT releases before it is on the disk.
        """
        checks = [_Check("project", (), self.revision)]
        checks += [_Check("contact", (id,), document) for id, document in self.contacts.items()]
        checks += [
            _Check("order", (id,), 0 if order is None else order.version)
            for id, order in self.orders.items()
            if id not in changes.based_on
        ]
        checks += [_Check(one.kind, one.values, one.signature) for one in self.sets]
        checks += [_Check("reference", (label,), count) for label, count in self.references.items()]
        return [
            # Several checks in each statement, to save round trips.
            _step(project, checks[first : first + _MOST_CHECKS], counting)
            for first in range(0, len(checks), _MOST_CHECKS)
        ]


# Checks as SQL

_PROJECT: sa.BindParameter[str] = sa.bindparam("project")
_Value = sa.BindParameter[Any]
_Found = sa.ColumnElement[Any]


def _step(project: str, checks: Sequence[_Check], counting: int | None) -> Step:
    parameters: dict[str, object] = {"project": project, "counting": counting}
    for n, check in enumerate(checks):
        parameters[f"expected_{n}"] = check.expected
        parameters |= {f"value_{n}_{m}": value for m, value in enumerate(check.values)}
    return Step(
        _statement(tuple((check.kind, len(check.values)) for check in checks), counts=counting is not None),
        (parameters,),
    )


@lru_cache(maxsize=512)
def _statement(kinds: tuple[tuple[str, int], ...], *, counts: bool) -> sa.Select[Any]:
    all_hold = sa.and_(*(_condition(kind, n, count) for n, (kind, count) in enumerate(kinds)))
    one: _Found = sa.literal_column("1")
    if not counts:
        return sa.select(sa.case((all_hold, one), else_=0).label("same"))
    # in one statement, because a statement takes longer to send than to execute
    return sa.select(
        number_if(all_hold, one, sa.literal_column("'changed'")),
        sa.func.pg_advisory_xact_lock(sa.bindparam("counting", type_=sa.BigInteger)),
        sa.func.set_config(*map(sa.literal_column, ("'synchronous_commit'", "'off'", "true"))),
    )


def _condition(kind: str, n: int, count: int) -> sa.ColumnElement[bool]:
    values: list[_Value] = [sa.bindparam(f"value_{n}_{m}") for m in range(count)]
    return _FOUND[kind](*values) == sa.bindparam(f"expected_{n}")


def _revision() -> _Found:
    return sa.select(projects.c.revision).where(projects.c.project == _PROJECT).scalar_subquery()


def _contact(id: _Value) -> _Found:
    document = sa.select(contacts.c.document).where(contacts.c.project == _PROJECT, contacts.c.id == id)
    return sa.func.coalesce(document.scalar_subquery(), sa.literal_column("''"))


def _order(id: _Value) -> _Found:
    version = sa.select(orders.c.version).where(orders.c.project == _PROJECT, orders.c.id == id)
    return sa.func.coalesce(version.scalar_subquery(), sa.literal_column("0"))


def _signature(*conditions: sa.ColumnElement[bool]) -> _Found:
    sums = (orders.c.version, orders.c.number, orders.c.version * orders.c.number)
    found: sa.ColumnElement[str] = sa.cast(sa.func.count(), sa.Text)
    for one in sums:
        found = found + ":" + sa.cast(sa.func.coalesce(sa.func.sum(one), sa.literal_column("0")), sa.Text)
    return sa.select(found).where(orders.c.project == _PROJECT, *conditions).scalar_subquery()


def _of_contact(contact: _Value) -> _Found:
    return _signature(orders.c.contact == contact)


def _of_contact_with(contact: _Value, product: _Value) -> _Found:
    has = sa.select(products.c.order_id).where(
        products.c.project == _PROJECT, products.c.contact == contact, products.c.product == product
    )
    return _signature(orders.c.id.in_(has))


def _of_contact_from(contact: _Value, offer: _Value) -> _Found:
    # `coalesce` hides the index: SQLite would read all orders of the offer instead of those of the contact
    is_from = sa.func.coalesce(orders.c.offer, sa.literal_column("''")) == offer
    return _signature(orders.c.contact == contact, is_from)


def _waiting(contact: _Value, offer: _Value) -> _Found:
    return _signature(orders.c.contact == contact, orders.c.waiting_for == offer)


def _unpaid(contact: _Value, offer: _Value, before: _Value) -> _Found:
    return _signature(orders.c.contact == contact, orders.c.unpaid_for == offer, orders.c.number < before)


def _subscriptions(contact: _Value, offer: _Value) -> _Found:
    # a literal, because a partial index is used only if the statement contains its condition
    is_subscription = orders.c.type == sa.literal_column("'subscription'")
    return _signature(orders.c.contact == contact, orders.c.offer == offer, is_subscription)


def _from_offer(offer: _Value, after: _Value, last: _Value) -> _Found:
    return _signature(orders.c.offer == offer, orders.c.number > after, orders.c.number <= last)


def _reference(label: _Value) -> _Found:
    found = sa.select(sa.func.count()).where(labels.c.project == _PROJECT, labels.c.value == label)
    return found.where(labels.c.kind == sa.literal_column("'reference'")).scalar_subquery()


def _in_funnel(funnel: _Value) -> _Found:
    return _signature(orders.c.funnel == funnel)


def _in_status(funnel: _Value, status: _Value) -> _Found:
    return _signature(orders.c.funnel == funnel, orders.c.status == status)


_OF_CONTACT: Mapping[str, Callable[..., _Found]] = {
    "contact's orders": _of_contact,
    "contact's orders with a product": _of_contact_with,
    "contact's orders from an offer": _of_contact_from,
    "contact's waiting orders": _waiting,
    "contact's unpaid orders": _unpaid,
    "contact's subscriptions": _subscriptions,
}
_FOUND: Mapping[str, Callable[..., _Found]] = {
    "project": _revision,
    "contact": _contact,
    "order": _order,
    "orders from an offer": _from_offer,
    "orders in a funnel": _in_funnel,
    "orders in a status": _in_status,
    "reference": _reference,
    **_OF_CONTACT,
}
