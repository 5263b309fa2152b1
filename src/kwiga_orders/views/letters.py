"""What a letter's row carries: the facts that its text is made of, documented for each kind (N4)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NotRequired, TypedDict

__all__ = ["LETTER_DATA", "LetterLinks", "ProductWindow"]


class LetterLinks(TypedDict):
    """Where a letter leads, as the host makes it when the letter is handed to the notifier."""

    payment: NotRequired[str]
    certificate: NotRequired[str]
    products: NotRequired[dict[str, str]]


class ProductWindow(TypedDict):
    """A product, and when access to it starts and ends (`ends_at` null: for ever); neither before activation."""

    product: str
    starts_at: NotRequired[str]
    ends_at: NotRequired[str | None]


class _Letter(TypedDict):
    number: int
    links: NotRequired[LetterLinks]


class UnpaidLetter(_Letter):
    """About a payment that is owed: what it asks for, in which currency, and when it is due.

    `whole_day` says that it is due on a day, and can be paid until its end.
    """

    payment: str
    amount: str
    currency: str
    due_at: str
    whole_day: NotRequired[bool]


class PaidLetter(UnpaidLetter):
    """About a payment that was paid: how much came, and when."""

    paid_at: str


class RenewedLetter(PaidLetter):
    """About a paid period of a subscription, and until when access goes on."""

    products: list[ProductWindow]


class RefundLetter(_Letter):
    """About money that went back: how much, of which payment."""

    payment: str
    amount: str
    currency: str


class AccessLetter(_Letter):
    """About access to products."""

    products: list[ProductWindow]


class FreezeLetter(AccessLetter):
    """About a freeze: from when until when."""

    starts_at: str
    ends_at: str


class CertificateLetter(AccessLetter):
    """About a certificate, by its number."""

    certificate: int


LETTER_DATA: Mapping[str, type] = MappingProxyType(
    {
        "payment_added": UnpaidLetter,
        "payment_upcoming": UnpaidLetter,
        "payment_reminder": UnpaidLetter,
        "payment_failed": UnpaidLetter,
        "payment_succeeded": PaidLetter,
        "subscription_renewed": RenewedLetter,
        "refund_made": RefundLetter,
        "free_offer_accepted": AccessLetter,
        "access_granted": AccessLetter,
        "access_frozen": FreezeLetter,
        "access_unfrozen": AccessLetter,
        "access_extended": AccessLetter,
        "access_expiring": AccessLetter,
        "access_expired": AccessLetter,
        "certificate_issued": CertificateLetter,
    }
)
"""The shape of the data of each kind of letter."""
