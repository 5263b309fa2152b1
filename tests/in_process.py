"""A client of an application that runs in this process, and a school to put behind one."""

import asyncio
from typing import Any

import attrs
from httpx import ASGITransport, AsyncClient, Response

from kwiga_orders import AsyncOrders
from kwiga_orders.testing.school import School


def orders_of_a_school() -> AsyncOrders:
    """Give the orders of a school that teaches two lessons and sells them."""
    school = School().at("2026-11-01 10:00")
    school.teaches("hello", "loops")
    school.sells()
    return school.awaited()


@attrs.frozen
class InProcessClient:
    """It waits for each answer; `headers` are sent with every request that has none of its own."""

    runner: asyncio.Runner
    app: Any
    headers: dict[str, str] = attrs.field(factory=dict)

    def asks(self, method: str, path: str, **request: Any) -> Response:
        """Send a request."""
        return self.runner.run(self._asked(method, path, {"headers": self.headers, **request}))

    async def _asked(self, method: str, path: str, request: dict[str, Any]) -> Response:
        async with AsyncClient(transport=ASGITransport(self.app), base_url="http://school.test") as client:
            return await client.request(method, path, **request)
