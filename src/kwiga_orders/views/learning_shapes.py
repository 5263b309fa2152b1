"""The JSON shapes of answers about when lessons open, and about certificates."""

from typing import TypedDict

__all__ = ["CertificateNumberView", "CertificateView", "EntryView", "UnmetView"]


class EntryView(TypedDict):
    """One entry of a schedule. `after_checkpoint` is the lesson whose checkpoint must be passed first (L12).

    `number` is the number of `order`.
    """

    at: str
    what: str
    lesson: str | None
    lesson_title: str | None
    after_checkpoint: str | None
    after_checkpoint_title: str | None
    order: str | None
    number: int | None
    payment: str | None


class CertificateNumberView(TypedDict):
    """A certificate: its number, and when it was issued or revoked (C3, C4)."""

    number: int
    at: str


class UnmetView(TypedDict):
    """A condition that is not met, and the progress so far (C2)."""

    code: str
    have: int | str | None
    need: int | str | None
    test: str | None


class CertificateView(TypedDict):
    """Whether a certificate can be issued, and which conditions are not met (C2)."""

    eligible: bool
    issued: CertificateNumberView | None
    revoked: CertificateNumberView | None
    unmet: list[UnmetView]
