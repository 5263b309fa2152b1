"""What a transaction read and needs unchanged when it commits: locks, and checks under them (decision 0048).

Laws:

1. Whatever a transaction that writes has read of the project, its contacts, offers, funnels and orders is checked in
   its last message. If anything of it changed, nothing is written: a conflict, and the command is decided again. So
   any two commands have the effect of one after the other, whichever rules they rest on (F2, F6, O3, O8, C3).
2. From check to commit locks keep others from changing it. Everybody who commits holds these:
   - of the project: exclusive to change its settings, funnels and offers, which its `revision` counts, or to rest on
     all orders of an offer, a funnel or a status; else shared;
   - of each contact: exclusive to change the contact, or to rest on its orders or on an order that is not written;
     shared to write one of its orders, or to rest on the contact;
   - of each reference of a gateway that they looked for, exclusive: it belongs to one payment (P4).
   So two commands on orders of different contacts commit side by side, and so do most on orders of one.
3. Versions guard the orders that are written (`commits`), unique indexes guard numbers and idempotency keys (O5, K1).
4. Locks are taken in the order of their keys, that of the project first, so nobody waits in a circle.
5. Lists, lookups, counts, letters that were sent and what is due are not checked: no decision may rest on them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
"""No order has such a number: all come before."""

_MOST_LOCKS = 64
"""With more locks than that the one of the project does for all: a server has room for some thousands."""
_MOST_CHECKS = 16
"""So many checks are one statement."""


def key_of(kind: str, *ids: str) -> int:
    """Give the key of a lock: 64 bits of a hash. Two keys may collide: then a writer waits that need not."""
    # A hash, because advisory locks are numbers and ids are texts.
    digest = blake2b("\0".join((kind, *ids)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def number_if(
    condition: sa.ColumnElement[bool], number: sa.ColumnElement[Any], problem: sa.ColumnElement[str]
) -> sa.Cast[int]:
    """Give a number if a condition holds; else PostgreSQL fails, and tells `problem`, which is no number.

    So a message that checks and writes needs nobody to look at the result of the check.
    """
    return sa.cast(sa.case((condition, sa.cast(number, sa.Text)), else_=problem), sa.Integer)


class OrderSet(NamedTuple):
    """Orders that were read together, and what tells whether they are the same.

    The signature is their count, and the sums of their versions, of their numbers, and of both multiplied. Numbers are
    unique and versions only grow.
    """

    kind: str
    values: tuple[str | int, ...]
    signature: str

    @classmethod
    def of(cls, kind: str, *values: str | int, found: Iterable[Order]) -> "OrderSet":
        """Note what was found."""
        # Versions and numbers together: two sets with equal sums but other orders differ in the product.
        both = [(order.version, order.number) for order in found]
        sums = (len(both), sum(v for v, _ in both), sum(n for _, n in both), sum(v * n for v, n in both))
        return cls(kind, values, ":".join(map(str, sums)))


class _Check(NamedTuple):
    kind: str
    values: tuple[str | int, ...]
    expected: str | int


@attrs.define
class ReadSet:
    """Everything that one transaction has read, grouped by how it is checked at the commit."""

    revision: int = 0
    contacts: dict[str, str] = attrs.field(factory=dict)
    """The documents of contacts; empty of one that is not there."""
    orders: dict[str, Order | None] = attrs.field(factory=dict)
    sets: list[OrderSet] = attrs.field(factory=list)
    references: dict[str, int] = attrs.field(factory=dict)
    """How many orders have a label of a gateway's reference (P4)."""

    def locks_for(self, project: str, changes: Changes, replaced: Iterable[Order]) -> Locks:
        """Give the locks under which `changes` are written, which replace these orders."""
        shared = {order.contact for order in (*changes.orders, *replaced)} | self.contacts.keys()
        exclusive = {contact.id for contact in changes.contacts}
        exclusive |= {order.contact for order in self._unwritten(changes) if order is not None}
        exclusive |= {str(one.values[0]) for one in self.sets if one.kind in _OF_CONTACT}
        of_project = key_of("project", project)
        is_structural = changes.offers or changes.funnels or changes.removed_funnels
        rests_on_many = any(one.kind not in _OF_CONTACT for one in self.sets)
        # Too many locks, or a question about all orders: then nobody else writes to the project.
        if is_structural or rests_on_many or len(shared | exclusive) > _MOST_LOCKS:
            return ((of_project, True),)
        others = {key_of("contact", project, id): id in exclusive for id in shared | exclusive}
        others |= {key_of("reference", project, label): True for label in self.references}
        return ((of_project, False), *sorted(others.items()))

    def _unwritten(self, changes: Changes) -> Iterator[Order | None]:
        written = changes.based_on
        return (order for id, order in self.orders.items() if id not in written)

    def checks_for(self, project: str, changes: Changes, *, counting: int | None) -> list[Step]:
        """Give the statements that check all this.

        With `counting`, the key of the lock of what counts on, they are for PostgreSQL: they fail where a check does
        not hold, else they take that lock, and let COMMIT release it before it is on the disk.
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
            # In portions: one statement for each check would be as many round trips.
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
    # in one statement, since each takes longer to send than to execute
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
    # not by the plain column: SQLite would rather read all orders of the offer than those of the contact
    is_from = sa.func.coalesce(orders.c.offer, sa.literal_column("''")) == offer
    return _signature(orders.c.contact == contact, is_from)


def _waiting(contact: _Value, offer: _Value) -> _Found:
    return _signature(orders.c.contact == contact, orders.c.waiting_for == offer)


def _unpaid(contact: _Value, offer: _Value, before: _Value) -> _Found:
    return _signature(orders.c.contact == contact, orders.c.unpaid_for == offer, orders.c.number < before)


def _subscriptions(contact: _Value, offer: _Value) -> _Found:
    # a literal, since a partial index is used only where its condition stands in the statement
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
