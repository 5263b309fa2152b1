"""Errors as HTTP problems (RFC 9457), in the reader's language."""

from collections.abc import Mapping

from kwiga_orders.errors import KwigaOrdersError
from kwiga_orders.extras import extra
from kwiga_orders.locale import problem_of

with extra("fastapi"):
    from fastapi import Request
    from fastapi.responses import JSONResponse

__all__ = ["PROBLEM_SCHEMA", "answer_problem"]

PROBLEM_SCHEMA: Mapping[str, object] = {
    "title": "HttpProblem",
    "description": "An error (RFC 9457): its code, a sentence for people, and every fault of a document.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": "The code as a URN."},
        "title": {"type": "string", "description": "A sentence in the requested language."},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "details": {"type": "object", "description": "The values that explain the error, without personal data."},
        "faults": {
            "type": "array",
            "description": "The faults: the path, the code, and a hint in the requested language.",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("path", "code", "hint")},
                "required": ["path", "code", "hint"],
            },
        },
    },
    "required": ["type", "title", "status", "code", "details"],
}
"""The OpenAPI schema of a problem."""


async def answer_problem(request: Request, error: Exception) -> JSONResponse:
    """Answer with an error of the library; register it as the application's handler of `KwigaOrdersError`."""
    assert isinstance(error, KwigaOrdersError)
    problem = problem_of(error, accepts=request.headers.get("accept-language", ""))
    return JSONResponse(problem.body, problem.status, headers=dict(problem.headers), media_type=problem.media_type)
