"""Who may use `kwiga-orders serve`: owners of tokens, and contacts by the links to their own pages.

The laws are those of the package.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from secrets import token_urlsafe
from typing import Literal, cast

import attrs

from kwiga_orders.adapters.customer_links import Links
from kwiga_orders.errors import Refused
from kwiga_orders.extras import extra
from kwiga_orders.policy import POLICY, Visitor
from kwiga_orders.project import Actor, Project

with extra("fastapi"):
    from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request
    from fastapi.responses import JSONResponse

__all__ = ["Door", "Token", "add_door", "new_token", "visitor_of"]

_REFUSED = HTTPException(401, "no such token", {"WWW-Authenticate": "Bearer"})
_paths = APIRouter()


@attrs.frozen(kw_only=True)
class Token:
    """An access token: its hash, project and role, and the actor of its commands."""

    sha256: str
    project: str
    role: str
    kind: Literal["staff", "host"] = "staff"
    id: str = ""

    def visitor(self, contact: str | None) -> Visitor:
        """Give the visitor who sends a request with this token."""
        if contact is not None and self.kind == "host":
            return Visitor(actor=Actor(kind="customer", id=contact), role="customer")
        return Visitor(actor=Actor(kind=self.kind, id=self.id), role=self.role)


def new_token(*, project: str, role: str, kind: Literal["staff", "host"], id: str) -> tuple[str, Token]:
    """Make a token; give the secret that its owner sends, and the entry for the file."""
    secret = token_urlsafe(32)
    return secret, Token(sha256=_hash(secret), project=project, role=role, kind=kind, id=id)


def _hash(secret: str) -> str:
    # a secret of 32 random bytes cannot be guessed, so a slow hash would only cost time
    return sha256(secret.encode()).hexdigest()


@attrs.frozen(kw_only=True)
class Door:
    """Who may come in: the owners of these tokens, and contacts by their links, if the service makes links."""

    tokens: tuple[Token, ...]
    projects: Mapping[str, Project]
    people: Mapping[str, str]
    links: Links | None

    def let_in(self, secret: str, contact: str | None) -> tuple[str, Visitor]:
        """Give the project of a secret, and the visitor who sends it.

        Raises:
            HTTPException: 401 if nobody has this secret.
        """
        given, found = _hash(secret), None
        # All tokens are compared, so the time reveals nothing.
        for token in self.tokens:
            if hmac.compare_digest(token.sha256, given):
                found = token
        if found is not None:
            return found.project, found.visitor(contact)
        link = None if self.links is None else self.links.find(secret)
        if link is None:
            raise _REFUSED
        return link.project, Visitor(actor=Actor(kind="customer", id=link.contact), role="customer")


def add_door(app: FastAPI, door: Door) -> None:
    """Add the session and link endpoints, and the answer for a visitor who is not let in."""
    app.state.door = door
    app.include_router(_paths)
    app.add_exception_handler(HTTPException, _answer_refused)


def _door_of(request: Request) -> Door:
    return cast(Door, request.app.state.door)


def signed_in(
    request: Request, authorization: str = Header(""), x_contact: str | None = Header(None)
) -> tuple[str, Visitor]:
    """Give the project of a request's token, and who sends it."""
    return _door_of(request).let_in(authorization.removeprefix("Bearer "), x_contact)


def visitor_of(project: str, who: tuple[str, Visitor] = Depends(signed_in)) -> Visitor:
    """Give who sends a request about a project, for the router."""
    # K6: a token of another project is refused like an unknown one
    if who[0] != project:
        raise _REFUSED
    return who[1]


@_paths.get("/session")
def session(request: Request, who: tuple[str, Visitor] = Depends(signed_in)) -> dict[str, str | None]:
    """Tell whose token it is, and how the school writes times and money, so that a front end knows what to show."""
    (id, visitor), door = who, _door_of(request)
    project = door.projects[id]
    return {
        "project": project.id,
        "timezone": project.timezone,
        "currency": project.currency,
        "locale": project.locale,
        "kind": visitor.actor.kind,
        "id": visitor.actor.id,
        "role": visitor.role,
        "name": door.people.get(visitor.actor.id),
    }


@_paths.post("/{project}/links/{contact}")
def link(request: Request, project: str, contact: str, visitor: Visitor = Depends(visitor_of)) -> dict[str, str]:
    """Make the secret for a link to a contact's own page (law 4)."""
    links, role = _door_of(request).links, POLICY.roles[visitor.role or "owner"]
    if links is None or not role.has_command("save_contact"):
        raise Refused("actor.not_allowed", kind=visitor.role or "", command="link")
    secret, made = links.make(project=project, contact=contact)
    return {"secret": secret, "until": made.until.isoformat()}


async def _answer_refused(_: Request, error: Exception) -> JSONResponse:
    """Answer a missing token or an unknown project with a problem, too."""
    refused = cast(HTTPException, error)
    code = "token.unknown" if refused.status_code == 401 else "not_found"
    problem = {
        "type": f"urn:kwiga-orders:{code}",
        "title": refused.detail,
        "status": refused.status_code,
        "code": code,
        "details": {},
    }
    return JSONResponse(problem, refused.status_code, refused.headers, "application/problem+json")
