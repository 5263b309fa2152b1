"""Commands to offers (O1, O8, O9)."""

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from kwiga_orders import offers
from kwiga_orders.wire.commands.about import Asked
from kwiga_orders.wire.faults import INVALID, Complaint, repeated
from kwiga_orders.wire.objects import (
    Activation,
    Discount,
    ItemChange,
    Letters,
    Offer,
    OfferState,
    PaymentOption,
    RefundPolicy,
)
from kwiga_orders.wire.parts import LinkedPart, optional
from kwiga_orders.wire.scalars import DateOrTime, Id, Many, Title

__all__ = ["ArchiveOffer", "CreateOffer", "EditOffer"]


class CreateOffer(Asked[offers.CreateOffer], Offer):
    """Make an offer (O1)."""

    command: Literal["create_offer"]


class EditOffer(Asked[offers.EditOffer], LinkedPart[offers.EditOffer]):
    """Change an offer: makes a new version of it (O8)."""

    command: Literal["edit_offer"]
    offer: Id = Field(description="The offer, by its code.")
    apply_to: Literal["following_orders", "new_orders"] = Field(
        "following_orders", description="Whether orders that follow the offer take the new version."
    )
    title: Title = optional()
    items: Many[ItemChange] = Field(
        (), description="Changes these fields of these items, and adds products that are not there yet; others stay."
    )
    remove_items: Many[Id] = Field((), description="Products to take out; lines that follow them keep what they have.")
    state: OfferState = optional()
    discount: Discount | None = optional()
    payment_options: Many[PaymentOption] = optional()
    funnel: Id | None = optional()
    sells_from: DateOrTime | None = optional()
    sells_until: DateOrTime | None = optional("A day is included whole (T5).")
    opens_on: Activation = optional()
    refund_policy: RefundPolicy = optional()
    quiet: Letters = optional()
    gateway: Id | None = optional("The gateway that payments of the offer take (P3).")

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Report products and payment options that are there twice, and products both changed and taken out."""
        yield from repeated(document, "items", key="product")
        yield from repeated(document, "payment_options", key="id")
        changed, removed = document.get("items"), document.get("remove_items")
        products = (
            [one.get("product") for one in changed if isinstance(one, Mapping)] if isinstance(changed, list) else []
        )
        for number, product in enumerate(removed if isinstance(removed, list) else ()):
            # Changed and taken out at once contradict each other, whichever would win.
            if product in products:
                yield Complaint(("remove_items", number), INVALID, "is not among the items")


class ArchiveOffer(Asked[offers.ArchiveOffer]):
    """Take an offer off sale for good; its orders go on (O9)."""

    command: Literal["archive_offer"]
    offer: Id = Field(description="The offer, by its code.")
