"""Offers and their versions: what is sold, at which price, with which access terms.

Laws:

1. Each change of an offer makes a new version; old versions stay readable (O8).
2. A line that follows its offer has the newest version, unless a version pinned it. A version for new orders only pins
   all lines that followed until then; a version without a product pins the lines of that product. The version of a line
   is looked up and never stored in orders, so an edit costs the same however many orders follow (O6, O8).
3. An offer is sold only if it is published, within its sales window, and if the window of access is not empty (O9).
4. Only the newest version of an offer is loaded, so old versions cost nothing (decision 0046).
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

import attrs

from kwiga_orders.checked import Checked
from kwiga_orders.commands import UNSET, Command, Unset, chosen_if_given
from kwiga_orders.errors import Corrupt, NotFound, Refused
from kwiga_orders.letter_kinds import LetterKind
from kwiga_orders.money import Money
from kwiga_orders.payments import Activation, Full, PaymentOption
from kwiga_orders.periods import begins, chosen, ends
from kwiga_orders.project import Actor
from kwiga_orders.terms import AccessTerms, TermsChange, window_of

__all__ = [
    "FULL_ONLY",
    "AmountOff",
    "ArchiveOffer",
    "CreateOffer",
    "Discount",
    "EditOffer",
    "Item",
    "ItemAsked",
    "ItemChange",
    "Offer",
    "OfferState",
    "OfferVersion",
    "PercentOff",
    "Pin",
    "RefundPolicy",
    "discounted",
]

RefundPolicy = Literal["keep", "close_line"]
"""Whether a partial refund that names a line closes that line (P9)."""


FULL_ONLY: tuple[PaymentOption, ...] = (Full(id="full"),)
"""The payment options of an offer that names none (O1)."""


class OfferState(StrEnum):
    """Whether an offer can be sold; an archived one cannot be sold again, but its orders stay valid (O9)."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


@attrs.frozen(kw_only=True)
class PercentOff(Checked):
    """A percentage off the sum of the prices (M4)."""

    kind: ClassVar[str] = "percent"
    percent: Decimal


@attrs.frozen(kw_only=True)
class AmountOff(Checked):
    """An amount off the sum of the prices."""

    kind: ClassVar[str] = "amount"
    amount: Decimal


Discount = PercentOff | AmountOff
"""A discount on the sum of the prices (M4)."""


# decision 0017: a discount above the price takes off just the price
def discounted(price: Money, discount: Discount | None) -> Money:
    """Give the amount that a discount takes off `price`: rounded half up once (M4), and at most the price (M5)."""
    if discount is None:
        return Money.zero(price.currency)
    if isinstance(discount, PercentOff):
        off = price.percent(discount.percent)
    else:
        off = Money.of(discount.amount, price.currency)
    # decision 0017: the discount may be larger than the price of a cheap course.
    return off if off <= price else price


@attrs.frozen(kw_only=True)
class Item:
    """A product in an offer; `scope_set_at` is when its scope was last set (L2)."""

    product: str
    price: Money
    terms: AccessTerms = AccessTerms()
    curators: tuple[str, ...] = ()
    scope_set_at: datetime | None = None


@attrs.frozen(kw_only=True)
class OfferVersion:
    """A version of an offer, valid from one edit to the next, and who made it.

    `pinned` names products: lines of these that followed an earlier version keep the version before this one (O8).
    """

    number: int
    made_at: datetime
    made_by: Actor = Actor()
    pinned: tuple[str, ...] = ()
    state: OfferState = OfferState.DRAFT
    title: str
    items: tuple[Item, ...]
    discount: Discount | None = None
    payment_options: tuple[PaymentOption, ...] = FULL_ONLY
    funnel: str | None = None
    sells_from: date | datetime | None = None
    sells_until: date | datetime | None = None
    opens_on: Activation = "first_payment"
    refund_policy: RefundPolicy = "keep"
    quiet: frozenset[str] = frozenset()
    gateway: str | None = None

    def find_item(self, product: str) -> Item | None:
        """Give the item of that product, if there is one."""
        for item in self.items:
            if item.product == product:
                return item
        return None

    def sells_at(self, now: datetime, *, zone: ZoneInfo) -> bool:
        """Tell whether `now` is in the sales window (O9); dates are inclusive (T5)."""
        # T5: each bound may be a date or an instant.
        too_early = self.sells_from is not None and now < begins(self.sells_from, zone=zone)
        too_late = self.sells_until is not None and now >= ends(self.sells_until, zone=zone)
        return not too_early and not too_late

    def option(self, id: str | None) -> PaymentOption:
        """Give the payment option with that id; for None, the first one (O1).

        Raises:
            NotFound: if the offer has no such option.
        """
        for option in self.payment_options:
            if id is None or option.id == id:
                return option
        raise NotFound("payment_option", id or "")


@attrs.frozen(kw_only=True)
class Pin:
    """The pinned item of lines that followed since version `since`: that of version `number` (O8)."""

    product: str
    since: int
    number: int
    item: Item


@attrs.frozen(kw_only=True)
class Offer:
    """An offer: its code (unique in the project), its currency, and its newest version (O1).

    `pinned_at` gives for a product the newest version that pinned its lines. `pins` are those that the loaded orders
    need; they are not stored with the offer.
    """

    code: str
    currency: str
    current: OfferVersion
    pinned_at: Mapping[str, int] = attrs.field(factory=dict)
    pins: tuple[Pin, ...] = ()

    @property
    def version(self) -> int:
        """The number of the newest version, one more with each change (K2)."""
        return self.current.number

    @property
    def state(self) -> OfferState:
        """Whether it can be sold now (O9)."""
        return self.current.state

    def is_pinned(self, since: int, product: str) -> bool:
        """Tell whether a line that followed since version `since` is pinned, so that it gets no newer version (O8)."""
        # A product that was removed from the offer counts as pinned: its lines keep the last version with it.
        return since < self.pinned_at.get(product, 0) or self.current.find_item(product) is None

    def reached(self, since: int, product: str) -> tuple[int, Item]:
        """Give the current version and item of a line that follows since version `since`. Home of O8.

        Raises:
            Corrupt: `line.without_pin` if the line is pinned and its pin was not loaded.
        """
        item = self.current.find_item(product)
        if item is not None and not self.is_pinned(since, product):
            return self.version, item
        for pin in self.pins:
            if (pin.product, pin.since) == (product, since):
                return pin.number, pin.item
        # decision 0046: loading an order must load the pins of its lines, so this is a bug.
        raise Corrupt("line.without_pin", offer=self.code, product=product, since=since)

    def followed_by(self, version: OfferVersion) -> "Offer":
        """Give the offer with a new version and its pins."""
        # The newest pin wins; older pins can be found in the versions.
        pinned_at = {**self.pinned_at, **dict.fromkeys(version.pinned, version.number)}
        return attrs.evolve(self, current=version, pinned_at=pinned_at)

    def refuse_unless_on_sale(self, now: datetime, *, zone: ZoneInfo) -> None:
        """Refuse an offer that is not on sale. Home of O9.

        Raises:
            Refused: `offer.not_on_sale`, or `offer.window_empty` if access would end before it starts.
        """
        if self.state is not OfferState.PUBLISHED or not self.current.sells_at(now, zone=zone):
            # O9: one code for a draft, an archived offer and one outside of its sales window; `state` tells them apart.
            raise Refused("offer.not_on_sale", offer=self.code, state=self.state.value)
        self.refuse_empty_windows(now, zone=zone)

    def refuse_empty_windows(self, now: datetime, *, zone: ZoneInfo) -> None:
        """Refuse an offer with access that would end before it starts, if it were paid now (O9).

        Raises:
            Refused: `offer.window_empty`.
        """
        for item in self.current.items:
            if window_of(item.terms, paid_at=now, zone=zone).is_empty():
                raise Refused("offer.window_empty", offer=self.code, product=item.product)


@attrs.frozen(kw_only=True)
class ItemAsked(Checked):
    """A product of a new offer; fields that `terms` does not name have their defaults."""

    product: str
    price: Decimal
    terms: TermsChange = TermsChange()
    curators: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ItemChange(Checked):
    """A change of a product of an offer: only the named fields, also of its terms (O8).

    A product that is not in the offer is added, and needs a price.
    """

    product: str
    price: Decimal | Unset = UNSET
    terms: TermsChange = TermsChange()
    curators: tuple[str, ...] | Unset = UNSET


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
    payment_options: tuple[PaymentOption, ...] = FULL_ONLY
    funnel: str | None = None
    sells_from: date | datetime | None = attrs.field(default=None, converter=attrs.converters.optional(chosen))
    sells_until: date | datetime | None = attrs.field(default=None, converter=attrs.converters.optional(chosen))
    opens_on: Activation = "first_payment"
    refund_policy: RefundPolicy = "keep"
    quiet: frozenset[LetterKind] = frozenset()
    gateway: str | None = None


@attrs.frozen(kw_only=True)
class EditOffer(Command):
    """Change an offer by a new version, for all orders that follow it or for new orders only (O8).

    `items` are changed or added, products in `remove_items` are removed, and all other items stay.
    """

    name: ClassVar[str] = "edit_offer"
    offer: str
    apply_to: Literal["following_orders", "new_orders"] = "following_orders"
    title: str | Unset = UNSET
    items: tuple[ItemChange, ...] = ()
    remove_items: tuple[str, ...] = ()
    state: OfferState | Unset = UNSET
    discount: Discount | None | Unset = UNSET
    payment_options: tuple[PaymentOption, ...] | Unset = UNSET
    funnel: str | None | Unset = UNSET
    sells_from: date | datetime | None | Unset = attrs.field(default=UNSET, converter=chosen_if_given)
    sells_until: date | datetime | None | Unset = attrs.field(default=UNSET, converter=chosen_if_given)
    opens_on: Activation | Unset = UNSET
    refund_policy: RefundPolicy | Unset = UNSET
    quiet: frozenset[LetterKind] | Unset = UNSET
    gateway: str | None | Unset = UNSET


@attrs.frozen(kw_only=True)
class ArchiveOffer(Command):
    """Archive an offer: it is no longer sold, but its orders stay valid (O9)."""

    name: ClassVar[str] = "archive_offer"
    offer: str
