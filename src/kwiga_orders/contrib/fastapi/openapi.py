"""The OpenAPI descriptions of the endpoints, with the schemas of the wire under their own names."""

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
    "description": "The cursor to continue from, the name of the event, and a `ChangeView` as JSON.",
    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
}
_STATUSES = (401, 403, 404, 409, 412, 413, _UNPROCESSABLE, 503)


@cache
def wire() -> Mapping[str, Any]:
    """Give the schema of the wire with its references changed to OpenAPI's components; it is built once."""
    moved: dict[str, Any] = _moved(schema())
    return moved


def describe(app: FastAPI) -> None:
    """Add every schema of the wire to the OpenAPI document of an application."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        document = made()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update({**wire()["$defs"], "HttpProblem": PROBLEM_SCHEMA})
        return document

    # FastAPI documents replacing this method as the way to extend the document
    setattr(app, "openapi", openapi)  # noqa: B010 - mypy refuses to assign to a method


def bodies(kind: str) -> Mapping[str, Mapping[str, Any]]:
    """Give the body schema of each command, or of each query, by name: all fields but the name itself and the actor."""
    found = {}
    for one in wire()["$defs"].values():
        named = one.get("properties", {}).get(kind, {}).get("const")
        if named is not None:
            fields = {name: value for name, value in one["properties"].items() if name not in (kind, "actor")}
            required = [name for name in one.get("required", ()) if name in fields]
            found[named] = {**one, "properties": fields, "required": required}
    return found


def asked_and_answered(body: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """Describe an endpoint that takes a JSON body: the body, the answer, and the problems."""
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {"description": "The answer.", "content": {"application/json": {"schema": answer}}},
            **{str(status): said for status, said in problems().items()},
        },
    }


def streamed(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """Describe a streamed answer in these media types, and the problems."""
    content = {kind: {"schema": _EVENT if kind == "text/event-stream" else {"type": "string"}} for kind in kinds}
    return {200: {"description": "The answer, line by line.", "content": content}, **problems()}


def problems() -> dict[int | str, dict[str, Any]]:
    """Describe the problems that every endpoint may answer with."""
    ours = {"application/problem+json": {"schema": {"$ref": f"{_COMPONENTS}HttpProblem"}}}
    # FastAPI refuses a parameter of a wrong type in its own format
    both = {**ours, "application/json": {"schema": {"$ref": f"{_COMPONENTS}HTTPValidationError"}}}
    return {
        status: {
            "description": "An error (RFC 9457).",
            "content": both if status == _UNPROCESSABLE else ours,
        }
        for status in _STATUSES
    }


def _moved(value: Any) -> Any:
    """Change the references of the wire's schema to OpenAPI's components."""
    if isinstance(value, str):
        return value.replace("#/$defs/", _COMPONENTS) if value.startswith("#/$defs/") else value
    if isinstance(value, Mapping):
        return {name: _moved(inner) for name, inner in value.items()}
    return [_moved(inner) for inner in value] if isinstance(value, list) else value
