"""What the settings file of `kwiga-orders serve` says; the package shows one."""

from collections.abc import Mapping
from typing import Any

import attrs

from kwiga_orders.adapters.settings_file import fault_at, read_settings
from kwiga_orders.adapters.webhooks import Endpoint
from kwiga_orders.contrib.serve.door import Token
from kwiga_orders.course import Course, Progress
from kwiga_orders.errors import Fault, InvalidInput
from kwiga_orders.policy import POLICY
from kwiga_orders.project import Project
from kwiga_orders.wire import read_course, read_progress, read_project

__all__ = ["Lms", "Served", "Webhook"]


@attrs.frozen(kw_only=True)
class Lms:
    """The URL of an LMS, and the token it expects."""

    url: str
    token: str = attrs.field(default="", repr=False)


@attrs.frozen(kw_only=True)
class Webhook:
    """The URL for events of a project, or of all projects."""

    url: str
    secrets: tuple[str, ...] = attrs.field(repr=False)
    project: str | None = None


_LISTS = ("projects", "tokens", "webhooks", "courses", "progress")
_HASHED = 64


@attrs.frozen(kw_only=True)
class Served:
    """The contents of the file."""

    projects: tuple[Project, ...]
    tokens: tuple[Token, ...]
    lms: Lms | None = None
    webhooks: tuple[Webhook, ...] = ()
    courses: tuple[Course, ...] = ()
    progress: tuple[Progress, ...] = ()
    people: Mapping[str, str] = attrs.field(factory=dict)
    links_key: str = attrs.field(default="", repr=False)

    @classmethod
    def read(cls, document: object) -> "Served":
        """Read the settings of a file.

        Raises:
            InvalidInput: with the faults of the file.
        """
        said: dict[str, Any] = document if isinstance(document, dict) else {}
        faults = [fault_at(name, "a list") for name in _LISTS if not isinstance(said.get(name, []), list)]
        faults += [fault_at(name, "is required") for name in ("projects", "tokens") if name not in said]
        if faults:
            raise InvalidInput(faults)
        served = cls(
            projects=tuple(read_project(one) for one in said["projects"]),
            tokens=tuple(read_settings(Token, one, f"tokens.{n}") for n, one in enumerate(said["tokens"])),
            lms=None if said.get("lms") is None else read_settings(Lms, said["lms"], "lms"),
            webhooks=tuple(
                read_settings(Webhook, one, f"webhooks.{n}") for n, one in enumerate(said.get("webhooks", ()))
            ),
            courses=tuple(read_course(one) for one in said.get("courses", ())),
            progress=tuple(read_progress(one) for one in said.get("progress", ())),
            people=said.get("people", {}),
            links_key=said.get("links_key", ""),
        )
        if faults := served._faults_of_tokens():
            raise InvalidInput(faults)
        return served

    def _faults_of_tokens(self) -> list[Fault]:
        projects = {one.id for one in self.projects}
        hint = f"a sha256, a project of the file, and a role: {', '.join(sorted(POLICY.roles))}"
        # checked here, because otherwise only a refused request would show these faults
        return [
            fault_at(f"tokens.{n}", hint)
            for n, token in enumerate(self.tokens)
            if token.role not in POLICY.roles or token.project not in projects or len(token.sha256) != _HASHED
        ]

    def endpoints(self, project: str) -> list[Endpoint]:
        """Give the webhook endpoints of a project."""
        return [Endpoint(url=one.url, secrets=one.secrets) for one in self.webhooks if one.project in (None, project)]
