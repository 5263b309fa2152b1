"""Commands for offers (O1, O8, O9)."""

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
    """Change an offer; this makes a new version of it (O8)."""

    command: Literal["edit_offer"]
    offer: Id = Field(description="The offer, by code.")
    apply_to: Literal["following_orders", "new_orders"] = Field(
        "following_orders", description="Whether orders that follow the offer take the new version."
    )
    title: Title = optional()
    items: Many[ItemChange] = Field(
        (), description="Items to change or add. Only their named fields change, and other items stay."
    )
    remove_items: Many[Id] = Field(
        (), description="Products to remove; lines that follow the offer keep the terms they have."
    )
    state: OfferState = optional()
    discount: Discount | None = optional()
    payment_options: Many[PaymentOption] = optional()
    funnel: Id | None = optional()
    sells_from: DateOrTime | None = optional()
    sells_until: DateOrTime | None = optional("The end of the sale; a day is included (T5).")
    opens_on: Activation = optional()
    refund_policy: RefundPolicy = optional()
    quiet: Letters = optional()
    gateway: Id | None = optional("The gateway for payments of the offer (P3).")

    @classmethod
    def complaints(cls, document: Mapping[str, object]) -> Iterator[Complaint]:
        """Report products and payment options that are listed twice, and products that are both changed and removed."""
        yield from repeated(document, "items", key="product")
        yield from repeated(document, "payment_options", key="id")
        changed, removed = document.get("items"), document.get("remove_items")
        products = (
            [one.get("product") for one in changed if isinstance(one, Mapping)] if isinstance(changed, list) else []
        )
        for number, product in enumerate(removed if isinstance(removed, list) else ()):
            # A product cannot be changed and removed in one command.
            if product in products:
                yield Complaint(("remove_items", number), INVALID, "is not among the items")


class ArchiveOffer(Asked[offers.ArchiveOffer]):
    """Take an offer off sale for good; its orders stay as they are (O9)."""

    command: Literal["archive_offer"]
    offer: Id = Field(description="The offer, by code.")
