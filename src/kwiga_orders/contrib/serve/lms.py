"""An LMS that is asked over HTTP for outlines and progress, in the JSON of the wire, for hosts in any language.

    courses = HttpLms(url="https://lms.example/orders", token="…")

It asks `GET {url}/courses/{project}/{product}` and `GET {url}/progress/{project}/{contact}/{product}`. Laws:

1. 404 means that the project does not have the product, or that the contact has no progress in it.
2. Any other answer that is not the expected document is `lms.failed`; an LMS that cannot be reached is
   `lms.unreachable`. Nothing is written then, and the command can be sent again.
"""

import json
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

import attrs

from kwiga_orders.adapters.http import AsyncHttp, AsyncHttpx, Request
from kwiga_orders.codec import Json
from kwiga_orders.course import Course, Progress
from kwiga_orders.errors import AdapterFailed, InvalidInput
from kwiga_orders.ports import AsyncCourses, AsyncProgressSource
from kwiga_orders.wire import read_course, read_progress

__all__ = ["HttpLms"]

_OK, _NOT_FOUND = 200, 404


@attrs.frozen(kw_only=True)
class HttpLms:
    """`AsyncCourses` and `AsyncProgressSource` over HTTP. The `token` is sent as a bearer token and never shown."""

    url: str
    token: str = attrs.field(default="", repr=False)
    http: AsyncHttp = attrs.field(factory=AsyncHttpx, repr=False)

    async def find_course(self, project: str, product: str, /) -> Course | None:
        """Give the outline of a product.

        Raises:
            AdapterFailed: `lms.unreachable`, `lms.failed`.
        """
        document = await self._asked("courses", project, product)
        try:
            return None if document is None else read_course(document)
        except InvalidInput as wrong:
            raise AdapterFailed("lms.failed", status=_OK) from wrong

    async def get_progress(self, project: str, contact: str, product: str, /) -> Progress:
        """Give the learning progress of a contact in a product.

        Raises:
            AdapterFailed: `lms.unreachable`, `lms.failed`.
        """
        document = await self._asked("progress", project, contact, product)
        try:
            return Progress(contact=contact, product=product) if document is None else read_progress(document)
        except InvalidInput as wrong:
            raise AdapterFailed("lms.failed", status=_OK) from wrong

    async def _asked(self, *path: str) -> Json | None:
        # an id may hold any character, and must not change the path
        url = "/".join((self.url.rstrip("/"), *(quote(part, safe="") for part in path)))
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            answer = await self.http.send(Request(url=url, method="GET", headers=headers))
        except AdapterFailed as failed:
            raise AdapterFailed("lms.unreachable") from failed
        if answer.status == _NOT_FOUND:
            return None
        if answer.status != _OK:
            raise AdapterFailed("lms.failed", status=answer.status)
        try:
            return cast(Json, json.loads(answer.body))
        except ValueError as wrong:
            raise AdapterFailed("lms.failed", status=answer.status) from wrong


if TYPE_CHECKING:

    def _fits(lms: HttpLms) -> tuple[AsyncCourses, AsyncProgressSource]:
        return lms, lms
