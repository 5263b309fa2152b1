"""Orders that could really have happened: made, paid, frozen, refunded by commands through the rules, without a store.

    life = Life.by_hand(course, terms, project=project, at=monday)
    life.does(MarkPaid(order=life.id, payment=life.payment(1)), at=tuesday)
    life.grant(course)

A command that a rule refuses does not happen, so every state of a life is possible.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import attrs

from kwiga_orders.access import Grant
from kwiga_orders.changes import Receipt
from kwiga_orders.course import Course, Lesson, Module, Practice
from kwiga_orders.errors import NotFound, Refused
from kwiga_orders.funnel import Funnel, born_with
from kwiga_orders.money import Money
from kwiga_orders.offers import FULL_ONLY, Item, Offer, OfferState, OfferVersion, Pin
from kwiga_orders.orders.commands import CreateOrder, LineAsked, OpenOffer, OrderCommand
from kwiga_orders.orders.context import Context
from kwiga_orders.orders.creating import create_order, open_offer
from kwiga_orders.orders.decide import apply, decide
from kwiga_orders.orders.state import Order
from kwiga_orders.orders.window import resolved
from kwiga_orders.payments import PaymentOption
from kwiga_orders.project import Project
from kwiga_orders.terms import AccessTerms, TermsChange

__all__ = [
    "BESIDE",
    "CONTACT",
    "GONE",
    "Did",
    "Happening",
    "Life",
    "Made",
    "Sold",
    "Superseded",
    "change_to",
    "with_gone",
]

CONTACT, GONE, BESIDE = "olena", "gone", "sql"
"""The contact, the id of content that the course no longer has, and the product of another line."""

_CODE = "basic"


def with_gone(course: Course) -> Course:
    """Give an earlier form of a course, with a lesson, a section and a practice that were removed since (L2)."""
    lesson = Lesson(id=GONE, sections=(GONE,), practices=(Practice(id=GONE),))
    return attrs.evolve(course, modules=(*course.modules, Module(id=GONE, lessons=(lesson,))))


def change_to(terms: AccessTerms) -> TermsChange:
    """Give the change of terms that names all fields."""
    return TermsChange(**{field.name: getattr(terms, field.name) for field in attrs.fields(AccessTerms)})


# What happened in a life, in a form that can be replayed


@attrs.frozen(kw_only=True)
class Made:
    """An order was made: by an option from an offer with these terms, from a given offer, or by hand."""

    at: datetime
    number: int = 1
    terms: AccessTerms = AccessTerms()
    option: PaymentOption | None = None
    offer: Offer | None = None
    price: int = 1000
    close_line: bool = False
    beside: bool = False
    timezone: str | None = None


@attrs.frozen
class Did:
    """A command was executed."""

    at: datetime
    command: OrderCommand


@attrs.frozen(kw_only=True)
class Sold:
    """The terms of the offer were edited."""

    at: datetime
    terms: AccessTerms
    reaches_followers: bool = True


@attrs.frozen
class Superseded:
    """A newer order superseded it."""

    at: datetime
    by: str


Happening = Made | Did | Sold | Superseded
"""Anything that can happen; the first item is how the order was made."""


@attrs.define(kw_only=True)
class Life:
    """An order with everything that decisions about it read: its project, offer and courses.

    `story` is what happened in it: `Life.told` makes an equal life from it.
    """

    project: Project
    courses: Mapping[str, Course]
    order: Order
    offer: Offer | None = None
    funnel: Funnel = attrs.field(factory=lambda: born_with("en"))
    story: list[Happening] = attrs.field(factory=list, eq=False, repr=False)

    @classmethod
    def told(cls, course: Course, project: Project, story: Sequence[Happening]) -> "Life":
        """Replay a story."""
        first, *rest = story
        assert isinstance(first, Made), "a story begins with an order"
        there = project if first.timezone is None else attrs.evolve(project, timezone=first.timezone)
        life = cls._begun(course, there, first)
        life.story[0] = first
        for one in rest:
            match one:
                case Did():
                    life.does(one.command, at=one.at)
                case Sold():
                    life.sells(one.terms, at=one.at, reaches_followers=one.reaches_followers)
                case Superseded():
                    life.is_superseded(by=one.by, at=one.at)
        return life

    @classmethod
    def _begun(cls, course: Course, project: Project, made: Made) -> "Life":
        if made.offer is not None:
            option = None if made.option is None else made.option.id
            return cls.opened(made.offer, course, project=project, at=made.at, number=made.number, option=option)
        if made.option is None:
            return cls.by_hand(course, made.terms, project=project, at=made.at, number=made.number, beside=made.beside)
        return cls.from_offer(
            course,
            made.terms,
            project=project,
            at=made.at,
            number=made.number,
            option=made.option,
            close_line=made.close_line,
            price=made.price,
        )

    @property
    def id(self) -> str:
        """The id of the order."""
        return self.order.id

    def payment(self, number: int) -> str:
        """Give the id of a payment by its number."""
        return f"{self.order.id}.{number}"

    @classmethod
    def by_hand(  # noqa: PLR0913 - the fields of an order made by hand
        cls,
        course: Course,
        terms: AccessTerms,
        *,
        project: Project,
        at: datetime,
        number: int = 1,
        beside: bool = False,
    ) -> "Life":
        """Make an order by hand whose line has its own terms; `beside` adds a line of another product.

        Raises:
            Refused: as the rule refuses, such as `terms.window_empty`.
        """
        lines = [LineAsked(product=course.product, price=Decimal(1000), terms=change_to(terms))]
        if beside:
            lines.append(LineAsked(product=BESIDE, price=Decimal(500)))
        command = CreateOrder(contact=CONTACT, lines=tuple(lines))
        life = cls._made(command, course, project=project, at=at, number=number, offer=None)
        life.story = [Made(at=at, number=number, terms=terms, beside=beside)]
        return life

    @classmethod
    def from_offer(  # noqa: PLR0913 - the fields of an offer
        cls,
        course: Course,
        terms: AccessTerms,
        *,
        project: Project,
        at: datetime,
        number: int = 1,
        option: PaymentOption = FULL_ONLY[0],
        close_line: bool = False,
        price: int = 1000,
    ) -> "Life":
        """Open an offer with these terms.

        Raises:
            Refused: as the rule refuses, such as `offer.window_empty`.
        """
        currency = project.currency
        item = Item(product=course.product, price=Money.of(price, currency), terms=terms, scope_set_at=at)
        version = OfferVersion(
            number=1,
            made_at=at,
            state=OfferState.PUBLISHED,
            title="Basic",
            items=(item,),
            payment_options=(option,),
            refund_policy="close_line" if close_line else "keep",
        )
        offer = Offer(code=_CODE, currency=currency, current=version)
        life = cls.opened(offer, course, project=project, at=at, number=number, option=option.id)
        life.story = [
            Made(at=at, number=number, terms=terms, option=option, close_line=close_line, price=price),
        ]
        return life

    @classmethod
    def opened(  # noqa: PLR0913 - the offer, and when it is opened
        cls,
        offer: Offer,
        course: Course,
        *,
        project: Project,
        at: datetime,
        number: int = 1,
        option: str | None = None,
    ) -> "Life":
        """Open a given offer by one of its payment options, by default the first.

        Raises:
            ValueError: if it does not sell the course.
            Refused: as the rule refuses, such as `offer.not_on_sale`.
        """
        if offer.current.find_item(course.product) is None:
            raise ValueError(f"{offer.code} does not sell {course.product}")
        command = OpenOffer(offer=offer.code, contact=CONTACT, payment_option=option)
        life = cls._made(command, course, project=project, at=at, number=number, offer=offer)
        chosen = next((one for one in offer.current.payment_options if one.id == option), None)
        life.story = [Made(at=at, number=number, offer=offer, option=chosen)]
        return life

    @classmethod
    def _made(  # noqa: PLR0913 - as above
        cls,
        command: CreateOrder | OpenOffer,
        course: Course,
        *,
        project: Project,
        at: datetime,
        number: int,
        offer: Offer | None,
    ) -> "Life":
        courses = {course.product: with_gone(course), BESIDE: Course(product=BESIDE)}
        funnel = born_with("en")
        given = Context(
            now=at,
            project=project,
            fresh_id=f"o{number}",
            number=number,
            offers={} if offer is None else {offer.code: offer},
            funnels={funnel.id: funnel},
            courses=courses,
        )
        events = open_offer(command, given) if isinstance(command, OpenOffer) else create_order(command, given)
        made = apply(None, events, id=given.fresh_id, command=command.name, given=given)
        assert made is not None, "making an order makes one"
        return cls(project=project, courses=courses, order=made.after, offer=offer, funnel=funnel)

    def does(self, command: OrderCommand, *, at: datetime) -> Receipt | None:
        """Execute a command at an instant; if a rule refuses it, change nothing and give None."""
        given = Context(
            now=at,
            project=self.project,
            offers=self._offers(),
            funnels={self.funnel.id: self.funnel},
            courses=self.courses,
        )
        try:
            change = decide(self.order, command, given)
        except (Refused, NotFound):
            return None
        if change is not None:
            self.order = change.after
        self.story.append(Did(at, command))
        return Receipt(order=self.order.id, version=self.order.version)

    def is_superseded(self, *, by: str, at: datetime) -> None:
        """Let a newer order supersede this one, if it is not activated or cancelled (O3)."""
        if self.order.activated_at is None and self.order.cancelled_at is None:
            self.order = attrs.evolve(self.order, superseded_by=by, superseded_at=at)
            self.story.append(Superseded(at, by))

    def sells(self, terms: AccessTerms, *, at: datetime, reaches_followers: bool) -> None:
        """Edit the terms of the offer, for all orders that follow it or only for new ones (O8)."""
        offer = self.offer
        if offer is None:
            return
        self.story.append(Sold(at=at, terms=terms, reaches_followers=reaches_followers))
        before = offer.current
        item = attrs.evolve(before.items[0], terms=terms, scope_set_at=at)
        pinned = () if reaches_followers else (item.product,)
        items = (item, *before.items[1:])
        after = attrs.evolve(before, number=before.number + 1, made_at=at, items=items, pinned=pinned)
        pins = offer.pins
        if not reaches_followers and not pins:
            pins = (Pin(product=item.product, since=1, number=before.number, item=before.items[0]),)
        self.offer = attrs.evolve(offer.followed_by(after), pins=pins)

    def grant(self, course: Course) -> Grant | None:
        """Give the grant of the order for a course; None if it has no line for it."""
        try:
            line = self.order.line(course.product)
        except NotFound:
            return None
        return Grant(order=self.order, line=line, resolved=resolved(self.order, line, self._offers()))

    def _offers(self) -> dict[str, Offer]:
        return {} if self.offer is None else {self.offer.code: self.offer}


def grants_of(lives: Sequence[Life], course: Course) -> tuple[Grant, ...]:
    """Give the grants of several lives for a course."""
    found = (life.grant(course) for life in lives)
    return tuple(grant for grant in found if grant is not None)
