"""Offers and their versions: what is sold, for how much, on which access terms.

Laws:

1. Whatever changes an offer makes its next version; old versions stay readable (O8).
2. A line that follows its offer has the newest version, unless a version pinned it: one for new orders only pins all
   lines that followed until then, one that takes a product out pins those of the product. Which version that is, is
   looked up and never stored in orders, so an edit costs the same however many orders follow (O6, O8).
3. An offer is not sold unless published, within its sales window, and with a window of access that is not empty (O9).
4. An offer is loaded with its newest version alone, so it costs the same however many it had (decision 0046).
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
"""What a partial refund that names a line does to it: nothing, or closes it (P9)."""


FULL_ONLY: tuple[PaymentOption, ...] = (Full(id="full"),)
"""What an offer has without payment options (O1)."""


class OfferState(StrEnum):
    """Whether an offer can be sold; an archived one never again, yet its orders go on (O9)."""

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
"""What comes off the sum of the prices (M4)."""


# decision 0017: a discount above the price is the price
def discounted(price: Money, discount: Discount | None) -> Money:
    """Compute how much comes off `price`: rounded half up, once (M4), and never more than the price (M5)."""
    if discount is None:
        return Money.zero(price.currency)
    if isinstance(discount, PercentOff):
        off = price.percent(discount.percent)
    else:
        off = Money.of(discount.amount, price.currency)
    # decision 0017 again: an amount meant for a dear course may be used for a cheap one.
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
    """What an offer said from one edit to the next, and who made it.

    `pinned` names the products whose lines keep the version before this one, if they followed it (O8).
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
        """Tell whether `now` lies in the sales window (O9); of dates, both are in it (T5)."""
        # Dates and instants mix: each bound is turned into an instant by its own kind (T5).
        too_early = self.sells_from is not None and now < begins(self.sells_from, zone=zone)
        too_late = self.sells_until is not None and now >= ends(self.sells_until, zone=zone)
        return not too_early and not too_late

    def option(self, id: str | None) -> PaymentOption:
        """Give the payment option of that id; of none, the first (O1).

        Raises:
            NotFound: if the offer has no such option.
        """
        for option in self.payment_options:
            # O1: without a choice the first option is taken, so the order of the list matters.
            if id is None or option.id == id:
                return option
        raise NotFound("payment_option", id or "")


@attrs.frozen(kw_only=True)
class Pin:
    """What a line has that followed since version `since`, and was pinned: the item of version `number` (O8)."""

    product: str
    since: int
    number: int
    item: Item


@attrs.frozen(kw_only=True)
class Offer:
    """An offer: its code (unique in the project), its currency, and its newest version (O1).

    `pinned_at` gives for a product the newest version that pinned lines of it. `pins` are those of the orders that it
    was loaded for; they are never stored with it.
    """

    code: str
    currency: str
    current: OfferVersion
    pinned_at: Mapping[str, int] = attrs.field(factory=dict)
    pins: tuple[Pin, ...] = ()

    @property
    def version(self) -> int:
        """The number of its newest version, one more with each change (K2)."""
        return self.current.number

    @property
    def state(self) -> OfferState:
        """Whether it can be sold now (O9)."""
        return self.current.state

    def is_pinned(self, since: int, product: str) -> bool:
        """Tell whether later versions pass by a line that followed since version `since` (O8)."""
        # A product that was taken out of the offer counts as pinned: its lines keep the last version that had it.
        return since < self.pinned_at.get(product, 0) or self.current.find_item(product) is None

    def reached(self, since: int, product: str) -> tuple[int, Item]:
        """Give the version, and its item, that a line following since version `since` has now. Home of O8.

        Raises:
            Corrupt: `line.without_pin` if the line is pinned and its pin was not loaded.
        """
        item = self.current.find_item(product)
        if item is not None and not self.is_pinned(since, product):
            return self.version, item
        for pin in self.pins:
            if (pin.product, pin.since) == (product, since):
                return pin.number, pin.item
        # Our bug, not the caller's: whoever loads an order loads the pins of its lines with it (decision 0046).
        raise Corrupt("line.without_pin", offer=self.code, product=product, since=since)

    def followed_by(self, version: OfferVersion) -> "Offer":
        """Give the offer with its next version, which pins what it says."""
        # The newest pin wins; older ones stay readable through the versions themselves.
        pinned_at = {**self.pinned_at, **dict.fromkeys(version.pinned, version.number)}
        return attrs.evolve(self, current=version, pinned_at=pinned_at)

    def refuse_unless_on_sale(self, now: datetime, *, zone: ZoneInfo) -> None:
        """Refuse to sell what cannot be sold. Home of O9.

        Raises:
            Refused: `offer.not_on_sale`, or `offer.window_empty` if access would end before it starts.
        """
        if self.state is not OfferState.PUBLISHED or not self.current.sells_at(now, zone=zone):
            # O9: one code for a draft, an archived offer and one out of its dates; `state` says which it is.
            raise Refused("offer.not_on_sale", offer=self.code, state=self.state.value)
        self.refuse_empty_windows(now, zone=zone)

    def refuse_empty_windows(self, now: datetime, *, zone: ZoneInfo) -> None:
        """Refuse to sell access that would end before it starts, paid now (O9).

        Raises:
            Refused: `offer.window_empty`.
        """
        for item in self.current.items:
            # As if paid this instant: no later buyer could have a window that starts earlier.
            if window_of(item.terms, paid_at=now, zone=zone).is_empty():
                raise Refused("offer.window_empty", offer=self.code, product=item.product)


@attrs.frozen(kw_only=True)
class ItemAsked(Checked):
    """A product of an offer, as a command names it; what `terms` does not name is the default."""

    product: str
    price: Decimal
    terms: TermsChange = TermsChange()
    curators: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ItemChange(Checked):
    """What changes of a product of an offer: only the fields that are named, of its terms, too (O8).

    A product that is not there yet is added, and needs a price.
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
    """Change an offer: a new version, for all that follow it or for new orders only (O8).

    `items` changes or adds these, and `remove_items` takes products out; an item that neither names stays.
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
    """Take an offer off sale for good; its orders go on (O9)."""

    name: ClassVar[str] = "archive_offer"
    offer: str
