"""The data of a letter's outbox row, for each kind of letter: the facts for its text (N4)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NotRequired, TypedDict

__all__ = ["LETTER_DATA", "LetterLinks", "ProductWindow"]


class LetterLinks(TypedDict):
    """The links of a letter. The host makes them when the letter is handed to the notifier."""

    payment: NotRequired[str]
    certificate: NotRequired[str]
    products: NotRequired[dict[str, str]]


class ProductWindow(TypedDict):
    """A product and its window of access (`ends_at` null: for ever); without instants before the order is activated."""

    product: str
    starts_at: NotRequired[str]
    ends_at: NotRequired[str | None]


class _Letter(TypedDict):
    number: int
    links: NotRequired[LetterLinks]


class UnpaidLetter(_Letter):
    """A letter about an owed payment: the amount it asks for, its currency, and when it is due.

    `whole_day` means that it is due on a day and can be paid until the end of that day.
    """

    payment: str
    amount: str
    currency: str
    due_at: str
    whole_day: NotRequired[bool]


class PaidLetter(UnpaidLetter):
    """A letter about a paid payment: the received amount, and when it was paid."""

    paid_at: str


class RenewedLetter(PaidLetter):
    """A letter about a paid period of a subscription, with the new end of access."""

    products: list[ProductWindow]


class RefundLetter(_Letter):
    """A letter about a refund: its amount, and the payment it belongs to."""

    payment: str
    amount: str
    currency: str


class AccessLetter(_Letter):
    """A letter about access to products."""

    products: list[ProductWindow]


class FreezeLetter(AccessLetter):
    """A letter about a freeze: its start and its end."""

    starts_at: str
    ends_at: str


class CertificateLetter(AccessLetter):
    """A letter about a certificate, with its number."""

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
