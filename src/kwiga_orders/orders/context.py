"""Data that rules need besides the order: `Context` for decisions, `ViewContext` for views and due work."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.commands import Unset
from kwiga_orders.course import Course
from kwiga_orders.errors import NotFound, Refused
from kwiga_orders.funnel import Funnel
from kwiga_orders.offers import Offer
from kwiga_orders.orders.state import Order
from kwiga_orders.periods import zone_named
from kwiga_orders.project import Actor, Contact, Project
from kwiga_orders.terms import UNCHANGED, AccessTerms, TermsChange, refuse_empty, refuse_unknown

__all__ = ["Context", "ViewContext"]


@attrs.frozen(kw_only=True)
class ViewContext:
    """Data for views of an order: the time, the project's settings, the offers that its lines follow, its outlines.

    `gateways` names the connected ones, as in `Context`. `contact`, `funnel` and `people` (by id) are given if the view
    shows their names (V8). `newest_opening` is the id of the newest twin of a superseded order (O3).
    """

    now: datetime
    project: Project
    offers: Mapping[str, Offer] = attrs.field(factory=dict)
    courses: Mapping[str, Course] = attrs.field(factory=dict)
    gateways: frozenset[str] = frozenset()
    contact: Contact | None = None
    funnel: Funnel | None = None
    people: Mapping[str, str] = attrs.field(factory=dict)
    newest_opening: str | None = None


@attrs.frozen(kw_only=True)
class Context:
    """All data of a decision, loaded before it, so that the decision is a pure function.

    Home of T6: `now` is given, and no rule reads a clock.

    `fresh_id` and `number` are for a new order. Without `notifies` nothing is added to the outbox. `offers`, `funnels`
    and `courses` hold everything that the command and its order refer to; one that is missing here does not exist.
    `gateways` names the connected gateways; a host that connects none carries payments out itself and may use any name
    (decision 0037). `is_reused` says that a reported reference belongs to a payment of another order (P4). `had_trial`
    says that the contact has already had the trial of the offer (P13). `newer_twins` are later openings of the same
    offer, loaded when an order is reopened (O12); `newest_opening` is the newest one, loaded when a superseded order is
    cancelled.
    """

    now: datetime
    actor: Actor = Actor()
    project: Project
    fresh_id: str = ""
    notifies: bool = True
    number: int = 0
    offers: Mapping[str, Offer] = attrs.field(factory=dict)
    funnels: Mapping[str, Funnel] = attrs.field(factory=dict)
    courses: Mapping[str, Course] = attrs.field(factory=dict)
    gateways: frozenset[str] = frozenset()
    is_reused: bool = False
    had_trial: bool = False
    newer_twins: tuple[Order, ...] = ()
    newest_opening: str | None = None

    @property
    def view(self) -> ViewContext:
        """The same time, project, offers and outlines for a view."""
        return ViewContext(
            now=self.now,
            project=self.project,
            offers=self.offers,
            courses=self.courses,
            gateways=self.gateways,
        )

    @property
    def zone(self) -> ZoneInfo:
        """The project's zone (T2)."""
        return zone_named(self.project.timezone)

    def refuse_unconnected(self, gateway: str | None) -> None:
        """Refuse a gateway that is not connected (P3).

        Raises:
            Refused: `gateway.unavailable`, with the names of the connected ones.
        """
        # decision 0037: with no gateway connected the host carries payments out itself, and may use any name
        if gateway is not None and self.gateways and gateway not in self.gateways:
            raise Refused("gateway.unavailable", gateway=gateway, connected=sorted(self.gateways))

    def gateway_for(self, *named: str | None) -> str | None:
        """Give the gateway of a payment: the first that is named. Home of P3.

        If none is named, it is the project's default, else the only connected gateway.
        """
        for gateway in (*named, self.project.gateway):
            if gateway is not None:
                return gateway
        # A single gateway needs no setting; of two, somebody has to choose.
        return next(iter(self.gateways)) if len(self.gateways) == 1 else None

    def get_funnel(self, id: str | None) -> Funnel:
        """Give a funnel; for None, the project's default one (F7).

        Raises:
            NotFound: if there is no such funnel.
        """
        for funnel in self.funnels.values():
            # F7: everywhere, no named funnel means the default one.
            if funnel.default if id is None else funnel.id == id:
                return funnel
        raise NotFound("funnel", id or "")

    def get_offer(self, code: str) -> Offer:
        """Give an offer.

        Raises:
            NotFound: if there is none.
        """
        if code not in self.offers:
            raise NotFound("offer", code)
        return self.offers[code]

    def get_course(self, product: str) -> Course:
        """Give the outline of a product.

        Raises:
            NotFound: if the host has no such product.
        """
        if product not in self.courses:
            raise NotFound("product", product)
        return self.courses[product]

    def changed_terms(
        self,
        change: TermsChange,
        terms: AccessTerms,
        *,
        product: str,
        zone: ZoneInfo,
        paid_at: datetime | None = None,
    ) -> AccessTerms:
        """Give `terms` with a command's changes, for an order activated at `paid_at`, or as if activated now (A4, L2).

        Raises:
            Refused: `terms.window_empty`, `course.unknown_lesson`, `course.unknown_practice`, `course.unknown_test`.
        """
        # Usually it is the same object, which saves comparing eight fields.
        if change is UNCHANGED or change == UNCHANGED:
            return terms
        # L2: checked before the change is applied, because only ids that this command names are checked.
        refuse_unknown(change, self.get_course(product))
        changed = change.applied_to(terms)
        # A4: the window is checked as of activation; for a waiting order, as if it were paid now.
        refuse_empty(changed, before=terms, paid_at=paid_at or self.now, product=product, zone=zone)
        return changed

    def scope_set_at(self, change: TermsChange, otherwise: datetime | None) -> datetime | None:
        """Give when the scope was last set: now, if `change` names it (L2)."""
        # L2: naming the scope sets it again even with the same value, because new lessons count from then.
        return otherwise if isinstance(change.scope, Unset) else self.now
