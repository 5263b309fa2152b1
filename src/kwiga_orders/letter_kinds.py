"""The kinds of letters there are (N2)."""

from typing import Final, Literal, get_args

__all__ = ["LETTERS_ABOUT_MONEY", "LETTERS_ABOUT_WHAT_IS_OWED", "LETTER_KINDS", "LetterKind"]

# A misspelt kind would switch nothing off, and nobody would notice: so commands take these only.
LetterKind = Literal[
    "payment_added",
    "payment_upcoming",
    "payment_reminder",
    "payment_succeeded",
    "payment_failed",
    "refund_made",
    "subscription_renewed",
    "free_offer_accepted",
    "access_granted",
    "access_frozen",
    "access_unfrozen",
    "access_extended",
    "access_expiring",
    "access_expired",
    "certificate_issued",
]
"""A kind of letter."""

LETTER_KINDS: Final[tuple[LetterKind, ...]] = get_args(LetterKind)
"""Every kind of letter there is (N2)."""

LETTERS_ABOUT_WHAT_IS_OWED: Final = ("payment_added", "payment_upcoming", "payment_reminder")
"""The kinds that need a payment which asks for something (P15)."""

LETTERS_ABOUT_MONEY: Final = (*LETTERS_ABOUT_WHAT_IS_OWED, "payment_succeeded", "payment_failed", "refund_made")
"""The kinds that a contact gets in any case; all others a contact may switch off (N2)."""
