"""What is known beside an order: by a decision (`Context`), and by a view or what falls due (`ViewContext`)."""

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
    """What an order is looked at with: the time, the school's settings, the offers its lines follow, its outlines.

    `gateways` names those that are connected, as in `Context`. `contact`, `funnel` and `people`, who are named by their
    ids, are there if an answer shows their names (V8). `newest_opening` is the id of the newest twin of a superseded
    order (O3).
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
    """Everything a decision may look at, loaded before it is made, so that the decision is a pure function.

    Home of T6: `now` is given, and no rule reads a clock.

    `fresh_id` and `number` are for an order that is made; without `notifies` nothing goes to the outbox. `offers`,
    `funnels` and `courses` hold what the command and its order refer to; what is not there does not exist in the
    project. `gateways` names those that are connected; a host that connects none carries payments out by itself, and
    may name any (decision 0037). `is_reused` says that the reference which a gateway reports belongs to a payment of
    another order (P4). `had_trial` says that the contact has had the trial of the offer that is opened (P13).
    `newer_twins` are the later openings of the same offer, of an order that is reopened (O12); `newest_opening` is the
    newest one, of a superseded order that is cancelled.
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
        """The same time, school, offers and outlines, for looking at an order."""
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
        """Refuse a gateway that is named and not connected (P3).

        Raises:
            Refused: `gateway.unavailable`, with those that are connected.
        """
        # With no gateway connected any name may be used: the host carries payments out itself (decision 0037).
        if gateway is not None and self.gateways and gateway not in self.gateways:
            raise Refused("gateway.unavailable", gateway=gateway, connected=sorted(self.gateways))

    def gateway_for(self, *named: str | None) -> str | None:
        """Give the gateway that a payment takes where several places may name one. Home of P3.

        The first that is named counts, else the project's default, else the only one that is connected.
        """
        for gateway in (*named, self.project.gateway):
            if gateway is not None:
                return gateway
        # The only one there is needs no setting; with two, somebody has to say which.
        return next(iter(self.gateways)) if len(self.gateways) == 1 else None

    def get_funnel(self, id: str | None) -> Funnel:
        """Give a funnel; of None, the project's default one (F7).

        Raises:
            NotFound: if there is none.
        """
        for funnel in self.funnels.values():
            # F7: "no funnel named" means the default one, wherever a funnel may be named.
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
        """Give `terms` as a command sets them, of an order activated at `paid_at`, or as if activated now (A4, L2).

        Raises:
            Refused: `terms.window_empty`, `course.unknown_lesson`, `course.unknown_practice`, `course.unknown_test`.
        """
        # The identity test is the usual case, and spares comparing eight fields.
        if change is UNCHANGED or change == UNCHANGED:
            return terms
        # Before the change is applied: only ids that this command names are judged (L2).
        refuse_unknown(change, self.get_course(product))
        changed = change.applied_to(terms)
        # The window is judged as of activation; of an order that waits, as if it were paid now (A4).
        refuse_empty(changed, before=terms, paid_at=paid_at or self.now, product=product, zone=zone)
        return changed

    def scope_set_at(self, change: TermsChange, otherwise: datetime | None) -> datetime | None:
        """Give when the scope was last named: now, if `change` names it (L2)."""
        # L2: naming the scope sets it anew even with the same value, because "new lessons" count from then.
        return otherwise if isinstance(change.scope, Unset) else self.now
