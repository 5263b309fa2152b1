"""Offers and their versions: what is sold, for how much, on which access terms.

Laws:

1. An edit makes a new version; old versions stay readable (O8).
2. A line that follows its offer has the newest version that reached it; an edit for new orders only pins the
   lines that followed until then. Which version that is, is computed and never stored, so an edit costs the same
   however many orders follow (O6, O8).
3. An offer is not sold unless published, within its sales window, and with a window of access that is not empty (O9).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.commands import UNSET, Command, Unset, day_or_utc_if_given
from kwiga_orders.commands import given as named
from kwiga_orders.course import Course
from kwiga_orders.errors import NotFound, Refused
from kwiga_orders.money import Money
from kwiga_orders.payments import Activation, Full, PaymentOption, Schedule, Subscribe, cost_of
from kwiga_orders.periods import begins, day_or_utc, ends, zone_named
from kwiga_orders.project import Project
from kwiga_orders.terms import AccessTerms, TermsChange, refuse_unknown, window_of

__all__ = [
    "AmountOff",
    "ArchiveOffer",
    "CreateOffer",
    "Discount",
    "EditOffer",
    "Item",
    "ItemAsked",
    "Offer",
    "OfferState",
    "OfferVersion",
    "PercentOff",
    "RefundPolicy",
    "Selling",
    "archived",
    "created",
    "discounted",
    "edited",
    "selling_into",
]

RefundPolicy = Literal["keep", "close_line"]
"""What a partial refund that names a line does to it: nothing, or closes it (P9)."""


_FULL: tuple[PaymentOption, ...] = (Full(id="full"),)
"""What an offer has without payment options (O1)."""


class OfferState(StrEnum):
    """Whether an offer can be sold; an archived one never again, yet its orders go on (O9)."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


@attrs.frozen(kw_only=True)
class PercentOff:
    """A percentage off the sum of the prices (M4)."""

    kind: ClassVar[str] = "percent"
    percent: Decimal


@attrs.frozen(kw_only=True)
class AmountOff:
    """An amount off the sum of the prices."""

    kind: ClassVar[str] = "amount"
    amount: Decimal


Discount = PercentOff | AmountOff
"""What comes off the sum of the prices (M4)."""


def discounted(price: Money, discount: Discount | None) -> Money:
    """Compute how much comes off `price`: rounded half up, once (M4), and never more than the price (M5)."""
    if discount is None:
        return Money.zero(price.currency)
    if isinstance(discount, PercentOff):
        off = price.percent(discount.percent)
    else:
        off = Money.of(discount.amount, price.currency)
    return off if off <= price else price


@attrs.frozen(kw_only=True)
class Item:
    """A product in an offer; `scope_set_at` is when its scope was last named (L2)."""

    product: str
    price: Money
    terms: AccessTerms = AccessTerms()
    curators: tuple[str, ...] = ()
    scope_set_at: datetime | None = None


@attrs.frozen(kw_only=True)
class OfferVersion:
    """What an offer said from one edit to the next; an edit for new orders only reaches no followers (O8)."""

    number: int
    made_at: datetime
    reaches_followers: bool = True
    title: str
    items: tuple[Item, ...]
    discount: Discount | None = None
    payment_options: tuple[PaymentOption, ...] = _FULL
    funnel: str | None = None
    sells_from: date | datetime | None = None
    sells_until: date | datetime | None = None
    opens_on: Activation = "first_payment"
    refund_policy: RefundPolicy = "keep"
    quiet: frozenset[str] = frozenset()

    def find_item(self, product: str) -> Item | None:
        """Give the item of that product, if there is one."""
        for item in self.items:
            if item.product == product:
                return item
        return None

    def sells_at(self, now: datetime, *, zone: ZoneInfo) -> bool:
        """Tell whether `now` lies in the sales window (O9); of dates, both are in it (T5)."""
        too_early = self.sells_from is not None and now < begins(self.sells_from, zone=zone)
        too_late = self.sells_until is not None and now >= ends(self.sells_until, zone=zone)
        return not too_early and not too_late

    def option(self, id: str | None) -> PaymentOption:
        """Give the payment option of that id; of none, the first (O1).

        Raises:
            NotFound: if the offer has no such option.
        """
        for option in self.payment_options:
            if id is None or option.id == id:
                return option
        raise NotFound("payment_option", id or "")


@attrs.frozen(kw_only=True)
class Offer:
    """An offer: its code (unique in the project), its state, its currency, and all its versions (O1)."""

    code: str
    state: OfferState = OfferState.DRAFT
    currency: str
    versions: tuple[OfferVersion, ...]
    revision: int = 1

    @property
    def current(self) -> OfferVersion:
        """The newest version, which new orders take."""
        return self.versions[-1]

    def reached(self, since: int, product: str) -> tuple[OfferVersion, Item]:
        """Give the version, and its item, that a line following since version `since` has now (O8).

        It is the newest before the first edit for new orders only, and before the product left the offer.
        """
        found = self.versions[since - 1]
        for version in self.versions[since:]:
            if not version.reaches_followers or version.find_item(product) is None:
                break
            found = version
        item = found.find_item(product)
        assert item is not None, "a line follows a version that has its product"
        return found, item

    def is_pinned(self, since: int, product: str) -> bool:
        """Tell whether later edits passed by a line that followed since version `since` (O8)."""
        return self.reached(since, product)[0].number < self.current.number

    def refuse_unless_on_sale(self, now: datetime, *, zone: ZoneInfo) -> None:
        """Refuse to sell what cannot be sold (O9).

        Raises:
            Refused: `offer.not_on_sale`, or `offer.window_empty` if access would end before it starts.
        """
        version = self.current
        if self.state is not OfferState.PUBLISHED or not version.sells_at(now, zone=zone):
            raise Refused("offer.not_on_sale", offer=self.code, state=self.state.value)
        for item in version.items:
            if window_of(item.terms, paid_at=now, zone=zone).is_empty():
                raise Refused("offer.window_empty", offer=self.code, product=item.product)


@attrs.frozen(kw_only=True)
class ItemAsked:
    """A product of an offer, as a command names it; what `terms` does not name is the default."""

    product: str
    price: Decimal
    terms: TermsChange = TermsChange()
    curators: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class CreateOffer(Command):
    """Make an offer (O1); without a currency it takes the project's, without a funnel the default one."""

    name: ClassVar[str] = "create_offer"
    code: str
    title: str
    items: tuple[ItemAsked, ...]
    state: OfferState = OfferState.DRAFT
    currency: str | None = None
    discount: Discount | None = None
    payment_options: tuple[PaymentOption, ...] = _FULL
    funnel: str | None = None
    sells_from: date | datetime | None = attrs.field(default=None, converter=attrs.converters.optional(day_or_utc))
    sells_until: date | datetime | None = attrs.field(default=None, converter=attrs.converters.optional(day_or_utc))
    opens_on: Activation = "first_payment"
    refund_policy: RefundPolicy = "keep"
    quiet: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True)
class EditOffer(Command):
    """Change an offer: a new version, for all that follow it or for new orders only (O8)."""

    name: ClassVar[str] = "edit_offer"
    offer: str
    apply_to: Literal["following_orders", "new_orders"] = "following_orders"
    title: str | Unset = UNSET
    items: tuple[ItemAsked, ...] | Unset = UNSET
    state: OfferState | Unset = UNSET
    discount: Discount | None | Unset = UNSET
    payment_options: tuple[PaymentOption, ...] | Unset = UNSET
    funnel: str | None | Unset = UNSET
    sells_from: date | datetime | None | Unset = attrs.field(default=UNSET, converter=day_or_utc_if_given)
    sells_until: date | datetime | None | Unset = attrs.field(default=UNSET, converter=day_or_utc_if_given)
    opens_on: Activation | Unset = UNSET
    refund_policy: RefundPolicy | Unset = UNSET
    quiet: frozenset[str] | Unset = UNSET


@attrs.frozen(kw_only=True)
class ArchiveOffer(Command):
    """Take an offer off sale for good; its orders go on (O9)."""

    name: ClassVar[str] = "archive_offer"
    offer: str


@attrs.frozen(kw_only=True)
class Selling:
    """What a decision about an offer knows beside it: the time, the school, its funnels, the courses it sells."""

    now: datetime
    project: Project
    default_funnel: str
    funnels: frozenset[str]
    courses: Mapping[str, Course]

    def get_funnel(self, id: str | None) -> str:
        """Give the id of a funnel that exists; of None, the default one of this moment (O1).

        Raises:
            NotFound: if there is none of that id.
        """
        if id is not None and id not in self.funnels:
            raise NotFound("funnel", id)
        return self.default_funnel if id is None else id

    def items(self, asked: Sequence[ItemAsked], currency: str, before: Sequence[Item]) -> tuple[Item, ...]:
        """Give the items that a command asks for; a scope that is not named keeps its instant (L2)."""
        products = [item.product for item in asked]
        for product in products:
            if products.count(product) > 1:
                raise Refused("order.duplicate_product", product=product)
        known = {item.product: item for item in before}
        return tuple(self._item(item, currency, known.get(item.product)) for item in asked)

    def _item(self, asked: ItemAsked, currency: str, before: Item | None) -> Item:
        if asked.product not in self.courses:
            raise NotFound("product", asked.product)
        refuse_unknown(asked.terms, self.courses[asked.product])
        terms = asked.terms.applied_to(AccessTerms())
        zone = zone_named(self.project.timezone)
        unchanged = before is not None and terms.has_window_of(before.terms)
        if not unchanged and window_of(terms, paid_at=self.now, zone=zone).is_empty():
            raise Refused("terms.window_empty", product=asked.product)
        named_now = not isinstance(asked.terms.scope, Unset)
        return Item(
            product=asked.product,
            price=Money.of(asked.price, currency),
            terms=terms,
            curators=asked.curators,
            scope_set_at=self.now if named_now or before is None else before.scope_set_at,
        )


def created(command: CreateOffer, given: Selling) -> Offer:
    """Make an offer (O1).

    Raises:
        Refused: `money.too_precise`, `terms.window_empty`, `course.unknown_lesson`, `course.unknown_practice`,
            `order.duplicate_product`, `not_found`, `input.invalid` for a subscription that costs nothing, or a
            schedule that names another total than its sum.
    """
    currency = command.currency or given.project.currency
    version = OfferVersion(
        number=1,
        made_at=given.now,
        title=command.title,
        items=given.items(command.items, currency, ()),
        discount=command.discount,
        payment_options=command.payment_options or _FULL,
        funnel=given.get_funnel(command.funnel),
        sells_from=command.sells_from,
        sells_until=command.sells_until,
        opens_on=command.opens_on,
        refund_policy=command.refund_policy,
        quiet=command.quiet,
    )
    _refuse_odd_amounts(version, currency)
    return Offer(code=command.code, state=command.state, currency=currency, versions=(version,))


def edited(offer: Offer, command: EditOffer, given: Selling) -> Offer:
    """Make the next version of an offer, unless nothing changes (O8, K2).

    Raises:
        Refused: as `created`.
    """
    now_has = offer.current
    items = now_has.items
    if not isinstance(command.items, Unset):
        items = given.items(command.items, offer.currency, now_has.items)
    state, funnel = named(command.state, offer.state), named(command.funnel, now_has.funnel)
    # an archived offer may name a funnel that is gone; to be sold again it has to name one that is there
    if state is not OfferState.ARCHIVED or not isinstance(command.funnel, Unset):
        funnel = given.get_funnel(funnel)
    version = attrs.evolve(
        now_has,
        title=named(command.title, now_has.title),
        items=items,
        discount=named(command.discount, now_has.discount),
        payment_options=named(command.payment_options, now_has.payment_options) or _FULL,
        funnel=funnel,
        sells_from=named(command.sells_from, now_has.sells_from),
        sells_until=named(command.sells_until, now_has.sells_until),
        opens_on=named(command.opens_on, now_has.opens_on),
        refund_policy=named(command.refund_policy, now_has.refund_policy),
        quiet=named(command.quiet, now_has.quiet),
    )
    if version == now_has and state is offer.state:
        return offer
    _refuse_odd_amounts(version, offer.currency)
    version = attrs.evolve(
        version,
        number=now_has.number + 1,
        made_at=given.now,
        reaches_followers=command.apply_to == "following_orders",
    )
    return attrs.evolve(offer, state=state, versions=(*offer.versions, version), revision=offer.revision + 1)


def archived(offer: Offer) -> Offer:
    """Take an offer off sale for good (O9)."""
    if offer.state is OfferState.ARCHIVED:
        return offer
    return attrs.evolve(offer, state=OfferState.ARCHIVED, revision=offer.revision + 1)


def selling_into(offer: Offer, funnel: str) -> Offer:
    """Let an offer send new orders into another funnel, as the one it names is removed; no version tells of it (F6)."""
    current = attrs.evolve(offer.current, funnel=funnel)
    return attrs.evolve(offer, versions=(*offer.versions[:-1], current), revision=offer.revision + 1)


def _refuse_odd_amounts(version: OfferVersion, currency: str) -> None:
    """Refuse amounts finer than the currency (M1), periods that cost nothing (P1), and a schedule that does not sum to
    the total it names (P12), before anything is sold.
    """
    price = Money.total((item.price for item in version.items), currency=currency)
    discounted(price, version.discount)
    for option in version.payment_options:
        cost = cost_of(option, price=price)
        if isinstance(option, Subscribe) and cost.minor <= 0:
            raise Refused("input.invalid", field="payment_options", option=option.id, least="more than 0")
        if isinstance(option, Schedule) and option.total is not None and option.total != cost.decimal:
            raise Refused("input.invalid", field="payment_options", option=option.id, total=cost.amount)
