"""Errors as HTTP problems (RFC 9457), in the reader's language."""

from collections.abc import Mapping

import attrs

from kwiga_orders.errors import InvalidInput, KwigaOrdersError
from kwiga_orders.locale.texts import Texts
from kwiga_orders.project import Locale

__all__ = ["Problem", "problem_of"]

_LOCALES: tuple[Locale, ...] = ("uk", "ru", "en")
_SOON = "1"
"""How many seconds a client should wait before it tries again after an outside failure."""
_UNAVAILABLE = 503


@attrs.frozen(kw_only=True)
class Problem:
    """The HTTP answer for an error."""

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str]
    media_type: str = "application/problem+json"


def problem_of(error: KwigaOrdersError, *, accepts: str) -> Problem:
    """Give the HTTP answer for an error, in the first language of an Accept-Language header that has texts.

    The body has the code, a sentence, the details, and for a document all faults with their paths and hints (K5). Only
    the sentence and the hints of `faults` are in that language.
    """
    wanted = [one.partition(";")[0].strip().partition("-")[0].lower() for one in accepts.split(",")]
    locale: Locale = next((known for name in wanted for known in _LOCALES if known == name), "en")
    texts = Texts(locale, timezone="UTC")
    body: dict[str, object] = {
        "type": f"urn:kwiga-orders:{error.code}",
        "title": texts.error(error),
        "status": error.http_status,
        "code": error.code,
        "details": error.details,
    }
    if isinstance(error, InvalidInput):
        body["faults"] = [{"path": one.path, "code": one.code, "hint": texts.hint(one)} for one in error.faults]
    headers = {"Retry-After": _SOON} if error.http_status == _UNAVAILABLE else {}
    return Problem(status=error.http_status, body=body, headers=headers)
