"""The kinds of letters (N2)."""

from typing import Final, Literal, get_args

__all__ = ["LETTERS_ABOUT_MONEY", "LETTERS_ABOUT_WHAT_IS_OWED", "LETTER_KINDS", "LetterKind"]

# Commands accept only these, because a misspelt kind would switch nothing off without anybody noticing.
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
"""All kinds of letters (N2)."""

LETTERS_ABOUT_WHAT_IS_OWED: Final = ("payment_added", "payment_upcoming", "payment_reminder")
"""The kinds about a payment that asks for money (P15)."""

LETTERS_ABOUT_MONEY: Final = (*LETTERS_ABOUT_WHAT_IS_OWED, "payment_succeeded", "payment_failed", "refund_made")
"""The kinds that every contact gets; a contact may switch off the others (N2)."""
