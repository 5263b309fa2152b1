"""Funnels: ordered statuses, and the rules by which events move orders between them.

Laws:

1. A funnel always has a status that is not archived; the ids of its statuses are unique (F2, F6).
2. A rule names a status of its own funnel (F1), and leads to none that is archived (F6).
3. An event without a rule does not change the status (F3).
4. A rule may name the statuses from which it fires, and whether it fires every time (F4).
"""

from collections.abc import Mapping
from typing import ClassVar

import attrs

from kwiga_orders.born import FUNNEL_NAMES, STATUS_NAMES
from kwiga_orders.checked import Checked
from kwiga_orders.commands import UNSET, Command, Unset, given
from kwiga_orders.errors import NotFound, Refused
from kwiga_orders.payments import PaymentStatus
from kwiga_orders.project import Locale
from kwiga_orders.values import changed_by

__all__ = [
    "COURSE_EVENTS",
    "EVENT_OF_STATUS",
    "HOST_EVENTS",
    "AddStatus",
    "CreateFunnel",
    "EditFunnel",
    "EditStatus",
    "Funnel",
    "FunnelCommand",
    "FunnelStatus",
    "RemoveFunnel",
    "RemoveStatus",
    "ReorderStatuses",
    "Rule",
    "born_with",
    "created",
    "edited",
    "named_as_born",
    "reordered",
    "with_status",
    "with_status_edited",
    "without_status",
]

EVENT_OF_STATUS = {
    PaymentStatus.PARTIALLY_PAID: "order.partially_paid",
    PaymentStatus.PAID: "order.paid",
    PaymentStatus.PARTIALLY_REFUNDED: "order.partially_refunded",
    PaymentStatus.REFUNDED: "order.refunded",
}
"""The event of money for each new payment status (F1, F4)."""

COURSE_EVENTS = frozenset({"course.started", "course.completed", "certificate.issued"})
"""Events about a course: they name its product, and reach only orders that have it (F4)."""

HOST_EVENTS = frozenset(
    {
        "contact.registered",
        "contact.logged_in",
        "course.started",
        "course.completed",
        "access.started",
        "access.expired",
        "payment.overdue",
    }
)
"""Events that the host or the due work reports; the host may also report any event named `x.…` (F3)."""


@attrs.frozen(kw_only=True)
class FunnelStatus(Checked):
    """A step of a funnel; an archived one keeps its orders but accepts no others (F6)."""

    id: str
    name: str
    colour: str | None = None
    archived: bool = False


@attrs.frozen(kw_only=True)
class Rule(Checked):
    """When `event` happens, an order moves to `status`, if its status is in `only_from` (empty: any)."""

    event: str
    status: str
    only_from: tuple[str, ...] = ()
    every_time: bool = False

    def may_fire_from(self, status: str) -> bool:
        """Tell whether an order in `status` may be moved by this rule (F4)."""
        return not self.only_from or status in self.only_from


@attrs.frozen(kw_only=True)
class Funnel:
    """A named, ordered list of statuses with rules event → status (F1). `version` counts its changes."""

    id: str
    name: str
    statuses: tuple[FunnelStatus, ...]
    rules: tuple[Rule, ...] = ()
    default: bool = False
    version: int = 1

    def __attrs_post_init__(self) -> None:
        if not self.statuses:
            raise Refused("status.last", funnel=self.id)
        ids = [status.id for status in self.statuses]
        # All duplicates at once, sorted, so that the message is always the same.
        if twice := sorted({id for id in ids if ids.count(id) > 1}):
            raise Refused("status.duplicate", funnel=self.id, statuses=twice)
        # F1: all statuses of a rule must be in its own funnel.
        for rule in self.rules:
            for id in (rule.status, *rule.only_from):
                if id not in ids:
                    raise NotFound("status", id)

    def status(self, id: str) -> FunnelStatus:
        """Give the status of that id.

        Raises:
            NotFound: if the funnel has none.
        """
        for status in self.statuses:
            if status.id == id:
                return status
        raise NotFound("status", id)

    def open_status(self, id: str) -> FunnelStatus:
        """Give the status to which an order is to move. Home of F6.

        Raises:
            NotFound: if the funnel has none.
            Refused: `status.archived`.
        """
        status = self.status(id)
        if status.archived:
            raise Refused("status.archived", funnel=self.id, status=id)
        return status

    def rules_for(self, event: str) -> tuple[Rule, ...]:
        """Give the rules for `event`, in their order."""
        # F6: in the first edition a rule could lead to an archived status; such a rule never fires
        return tuple([one for one in self.rules if one.event == event and not self.status(one.status).archived])

    def initial(self, *, subscribed: bool = False) -> str:
        """Give the first status of an order: that of the rule for its creation, else the funnel's first. Home of F2."""
        # F2: for a subscription the rule for `order.subscribed` comes before that for `order.created`.
        for event in ("order.subscribed", "order.created") if subscribed else ("order.created",):
            for rule in self.rules_for(event):
                return rule.status
        # By law 1 there is an open status, but a stored funnel might break that law.
        return next((status.id for status in self.statuses if not status.archived), self.statuses[0].id)

    def status_for(self, payment_status: PaymentStatus, *, subscribed: bool) -> str:
        """Give the status for a payment status, by the rules, else the initial one (F5)."""
        # `UNPAID` has no event and so no rule.
        for rule in self.rules_for(EVENT_OF_STATUS.get(payment_status, "")):
            return rule.status
        return self.initial(subscribed=subscribed)


# The rules of a new project; the ids are those of `STATUS_NAMES`.
_BORN_RULES = {
    "order.created": "new",
    "order.paid": "paid",
    "order.subscribed": "subscription",
    "order.partially_paid": "partially_paid",
    "order.partially_refunded": "refund",
    "order.refunded": "full_refund",
}


def born_with(locale: Locale) -> Funnel:
    """Give the default funnel of a new project, named in its locale (F1, F8). Home of F1."""
    return Funnel(
        id="default",
        name=FUNNEL_NAMES[locale],
        statuses=tuple(FunnelStatus(id=id, name=names[locale]) for id, names in STATUS_NAMES.items()),
        rules=tuple(Rule(event=event, status=status) for event, status in _BORN_RULES.items()),
        default=True,
    )


def named_as_born(funnel: Funnel, locale: Locale) -> Funnel:
    """Give the default funnel of the first edition, which had English names, with the names of the locale."""
    statuses = tuple(attrs.evolve(one, name=_born_name(one, locale)) for one in funnel.statuses)
    name = FUNNEL_NAMES[locale] if funnel.name == FUNNEL_NAMES["en"] else funnel.name
    return attrs.evolve(funnel, name=name, statuses=statuses)


def _born_name(status: FunnelStatus, locale: Locale) -> str:
    names = STATUS_NAMES.get(status.id)
    # A name that is not the first edition's was chosen by the school, and stays.
    return status.name if names is None or status.name != names["en"] else names[locale]


@attrs.frozen(kw_only=True)
class CreateFunnel(Command):
    """Make a funnel (F1); without statuses it gets one, New in the project's locale (F6)."""

    name: ClassVar[str] = "create_funnel"
    id: str
    title: str
    statuses: tuple[FunnelStatus, ...] = ()
    rules: tuple[Rule, ...] = ()
    default: bool = False


@attrs.frozen(kw_only=True)
class FunnelCommand(Command):
    """A command to an existing funnel."""

    funnel: str


@attrs.frozen(kw_only=True)
class EditFunnel(FunnelCommand):
    """Rename a funnel, change its rules, or make it the default one (F6, F7)."""

    name: ClassVar[str] = "edit_funnel"
    title: str | Unset = UNSET
    rules: tuple[Rule, ...] | Unset = UNSET
    default: bool | Unset = UNSET


@attrs.frozen(kw_only=True)
class RemoveFunnel(FunnelCommand):
    """Remove a funnel; `move_to` gives, status by status, the funnel and status where its orders go (F6)."""

    name: ClassVar[str] = "remove_funnel"
    move_to: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class AddStatus(FunnelCommand):
    """Add a status at the end, or before another one (F6)."""

    name: ClassVar[str] = "add_status"
    id: str
    title: str
    colour: str | None = None
    before: str | None = None


@attrs.frozen(kw_only=True)
class EditStatus(FunnelCommand):
    """Rename, recolour or archive a status (F6)."""

    name: ClassVar[str] = "edit_status"
    id: str
    title: str | Unset = UNSET
    colour: str | None | Unset = UNSET
    archived: bool | Unset = UNSET


@attrs.frozen(kw_only=True)
class ReorderStatuses(FunnelCommand):
    """Put the statuses of a funnel in another order; all of them are named (F6)."""

    name: ClassVar[str] = "reorder_statuses"
    statuses: tuple[str, ...]


@attrs.frozen(kw_only=True)
class RemoveStatus(FunnelCommand):
    """Remove a status; `move_to` says where its orders and rules go (F6)."""

    name: ClassVar[str] = "remove_status"
    status: str
    move_to: str | None = None


def created(command: CreateFunnel, *, locale: Locale) -> Funnel:
    """Make a funnel (F1, F6).

    Raises:
        Refused: `status.duplicate`, `not_found` if a rule names an unknown status, `status.archived` if it names an
            archived one, `status.last` if all are archived.
    """
    funnel = Funnel(
        id=command.id,
        name=command.title,
        statuses=command.statuses or (FunnelStatus(id="new", name=STATUS_NAMES["new"][locale]),),
        rules=command.rules,
        default=command.default,
    )
    for rule in funnel.rules:
        funnel.open_status(rule.status)
    if all(status.archived for status in funnel.statuses):
        raise Refused("status.last", funnel=funnel.id)
    return funnel


def edited(funnel: Funnel, command: EditFunnel) -> Funnel:
    """Rename a funnel, change its rules, or make it the default one (F6, F7).

    Raises:
        Refused: `funnel.is_default` if it would leave the project without a default one, `not_found`,
            `status.archived` if a rule leads to a status that is.
    """
    # F7: the default funnel is changed by making another funnel the default.
    if command.default is False and funnel.default:
        raise Refused("funnel.is_default", funnel=funnel.id)
    for rule in given(command.rules, ()):
        funnel.open_status(rule.status)
    return _next(
        funnel,
        name=given(command.title, funnel.name),
        rules=given(command.rules, funnel.rules),
        default=given(command.default, funnel.default),
    )


def with_status(funnel: Funnel, command: AddStatus) -> Funnel:
    """Add a status at the end, or before another one (F6).

    Raises:
        Refused: `status.duplicate`, `not_found`.
    """
    ids = [status.id for status in funnel.statuses]
    at = len(ids) if command.before is None else ids.index(funnel.status(command.before).id)
    status = FunnelStatus(id=command.id, name=command.title, colour=command.colour)
    return _next(funnel, statuses=(*funnel.statuses[:at], status, *funnel.statuses[at:]))


def with_status_edited(funnel: Funnel, command: EditStatus) -> Funnel:
    """Rename, recolour or archive a status (F6).

    Raises:
        Refused: when archiving, `status.in_use` if a rule names it, `status.last` if no other is left; `not_found`.
    """
    there = funnel.status(command.id)
    # Checked only when it becomes archived: an archived status may still be renamed.
    if given(command.archived, there.archived) and not there.archived:
        _refuse_to_archive(funnel, there)
    status = attrs.evolve(
        there,
        name=given(command.title, there.name),
        colour=given(command.colour, there.colour),
        archived=given(command.archived, there.archived),
    )
    return _next(funnel, statuses=tuple(status if one == there else one for one in funnel.statuses))


def _refuse_to_archive(funnel: Funnel, status: FunnelStatus) -> None:
    # F6: orders may stay in an archived status, so only rules prevent archiving.
    if rules := _rules_naming(funnel, status.id):
        raise Refused("status.in_use", funnel=funnel.id, status=status.id, orders=[], rules=rules)
    if all(one.archived for one in funnel.statuses if one != status):
        raise Refused("status.last", funnel=funnel.id, status=status.id)


def _rules_naming(funnel: Funnel, status: str) -> list[str]:
    """Give the events of the rules that name a status."""
    return [rule.event for rule in funnel.rules if status in (rule.status, *rule.only_from)]


def reordered(funnel: Funnel, command: ReorderStatuses) -> Funnel:
    """Put the statuses in another order (F6).

    Raises:
        Refused: `input.invalid` unless every status is named once, `not_found` for an unknown status.
    """
    statuses = tuple(funnel.status(id) for id in command.statuses)
    # No id twice, and none left out.
    if len(set(command.statuses)) != len(statuses) or len(statuses) != len(funnel.statuses):
        raise Refused("input.invalid", field="statuses", funnel=funnel.id)
    return _next(funnel, statuses=statuses)


def without_status(funnel: Funnel, command: RemoveStatus, *, holds: tuple[int, ...]) -> Funnel:
    """Remove a status; its rules, like its orders, go to `move_to` (F6). `holds` has the numbers of its orders.

    Raises:
        Refused: `status.last`; `status.in_use` with its orders and rules, if `move_to` is missing; `status.archived` if
            `move_to` is archived.
    """
    gone = funnel.status(command.status).id
    if all(status.archived for status in funnel.statuses if status.id != gone):
        raise Refused("status.last", funnel=funnel.id, status=gone)
    rules = _rules_naming(funnel, gone)
    # Looked up first, so that an unknown target is `not_found` whatever else is wrong.
    there = None if command.move_to is None else funnel.status(command.move_to).id
    if there == gone or (there is None and (holds or rules)):
        # Twenty orders are enough for the message.
        raise Refused("status.in_use", funnel=funnel.id, status=gone, orders=list(holds[:20]), rules=rules)
    if there is not None:
        funnel.open_status(there)
    return _next(
        funnel,
        statuses=tuple(status for status in funnel.statuses if status.id != gone),
        rules=tuple(_renamed(rule, gone, there or "") for rule in funnel.rules),
    )


def _renamed(rule: Rule, gone: str, there: str) -> Rule:
    """Replace the status `gone` by `there` in a rule."""
    status = there if rule.status == gone else rule.status
    # `there` may already be in `only_from`; the dict drops the duplicate and keeps the order.
    only_from = tuple(dict.fromkeys(there if one == gone else one for one in rule.only_from))
    return attrs.evolve(rule, status=status, only_from=only_from)


def _next(funnel: Funnel, **changes: object) -> Funnel:
    """Give the changed funnel with the next version; the same one if nothing changes (K2)."""
    changed = changed_by(funnel, changes)
    # K2: a command that changes nothing does not raise the version.
    return funnel if changed == funnel else attrs.evolve(changed, version=funnel.version + 1)
