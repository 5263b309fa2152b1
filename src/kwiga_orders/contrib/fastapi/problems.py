"""Errors as problems (RFC 9457), in the language of who reads them."""

from collections.abc import Mapping

from kwiga_orders.errors import InvalidInput, KwigaOrdersError
from kwiga_orders.extras import extra
from kwiga_orders.locale import Texts
from kwiga_orders.project import Locale

with extra("fastapi"):
    from fastapi import Request
    from fastapi.responses import JSONResponse

__all__ = ["PROBLEM_SCHEMA", "answer_problem"]

_LOCALES: tuple[Locale, ...] = ("uk", "ru", "en")
_SOON = "1"
"""Seconds after which what failed outside may be tried again."""

PROBLEM_SCHEMA: Mapping[str, object] = {
    "title": "HttpProblem",
    "description": "An error (RFC 9457): its code, a sentence for people, and of a document every fault with its path.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": "The code as a URN."},
        "title": {"type": "string", "description": "A sentence in the language that was asked for."},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "details": {"type": "object", "description": "The values that matter, without personal data."},
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("path", "code", "hint")},
                "required": ["path", "code", "hint"],
            },
        },
    },
    "required": ["type", "title", "status", "code", "details"],
}
"""What an error is in OpenAPI."""


async def answer_problem(request: Request, error: Exception) -> JSONResponse:
    """Answer an error of the library; an application has it as the handler of `KwigaOrdersError`."""
    assert isinstance(error, KwigaOrdersError)
    texts = Texts(_locale(request.headers.get("accept-language", "")), timezone="UTC")
    problem: dict[str, object] = {
        "type": f"urn:kwiga-orders:{error.code}",
        "title": texts.error(error),
        "status": error.http_status,
        "code": error.code,
        "details": error.details,
    }
    if isinstance(error, InvalidInput):
        problem["faults"] = error.details["faults"]
    retry = {"Retry-After": _SOON} if error.http_status == 503 else {}
    return JSONResponse(problem, error.http_status, headers=retry, media_type="application/problem+json")


def _locale(accepted: str) -> Locale:
    """Give the first language of an Accept-Language header that there are texts in; English if there is none."""
    wanted = [one.partition(";")[0].strip().partition("-")[0].lower() for one in accepted.split(",")]
    return next((locale for name in wanted for locale in _LOCALES if locale == name), "en")
