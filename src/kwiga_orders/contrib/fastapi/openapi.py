"""What the endpoints say of themselves in OpenAPI: the schemas of the wire, under their own names."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from kwiga_orders.contrib.fastapi.problems import PROBLEM_SCHEMA
from kwiga_orders.extras import extra
from kwiga_orders.wire.schema import schema

with extra("fastapi"):
    from fastapi import FastAPI

__all__ = ["asked_and_answered", "bodies", "describe", "problems", "streamed", "wire"]

_COMPONENTS = "#/components/schemas/"
_UNPROCESSABLE = 422
_EVENT: Mapping[str, object] = {
    "type": "object",
    "description": "The cursor to go on from, the name of the event, and a `ChangeView` as JSON.",
    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
}
_STATUSES = (401, 403, 404, 409, 412, 413, _UNPROCESSABLE, 503)


@cache
def wire() -> Mapping[str, Any]:
    """Give the schema of the wire, whose references point into the components of OpenAPI; it is built once."""
    moved: dict[str, Any] = _moved(schema())
    return moved


def describe(app: FastAPI) -> None:
    """Let the OpenAPI document of an application have every schema of the wire that its endpoints refer to."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        document = made()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update({**wire()["$defs"], "HttpProblem": PROBLEM_SCHEMA})
        return document

    # FastAPI documents that the method is replaced to extend what it gives
    setattr(app, "openapi", openapi)  # noqa: B010


def bodies(kind: str) -> Mapping[str, Mapping[str, Any]]:
    """Give by name the schema of the body of each command, or each query: all fields but the one that names it."""
    found = {}
    for one in wire()["$defs"].values():
        named = one.get("properties", {}).get(kind, {}).get("const")
        if named is not None:
            fields = {name: value for name, value in one["properties"].items() if name not in (kind, "actor")}
            required = [name for name in one.get("required", ()) if name in fields]
            found[named] = {**one, "properties": fields, "required": required}
    return found


def asked_and_answered(body: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """Give what OpenAPI says of an endpoint that takes a JSON body: the body, the answer, and problems."""
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": answer}}},
            **{str(status): said for status, said in problems().items()},
        },
    }


def streamed(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """Give what OpenAPI says of an answer that comes line by line, in one of these media types, and of problems."""
    content = {kind: {"schema": _EVENT if kind == "text/event-stream" else {"type": "string"}} for kind in kinds}
    return {200: {"description": "Line by line.", "content": content}, **problems()}


def problems() -> dict[int | str, dict[str, Any]]:
    """Give what OpenAPI says of the problems that any endpoint may answer with."""
    ours = {"application/problem+json": {"schema": {"$ref": f"{_COMPONENTS}HttpProblem"}}}
    # a parameter of the wrong type is refused by FastAPI, which has a form of its own for it
    both = {**ours, "application/json": {"schema": {"$ref": f"{_COMPONENTS}HTTPValidationError"}}}
    return {
        status: {"description": "A problem.", "content": both if status == _UNPROCESSABLE else ours}
        for status in _STATUSES
    }


def _moved(value: Any) -> Any:
    """Let references of the wire's schema point into the components of OpenAPI."""
    if isinstance(value, str):
        return value.replace("#/$defs/", _COMPONENTS) if value.startswith("#/$defs/") else value
    if isinstance(value, Mapping):
        return {name: _moved(inner) for name, inner in value.items()}
    return [_moved(inner) for inner in value] if isinstance(value, list) else value
