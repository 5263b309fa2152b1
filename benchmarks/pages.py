"""How long the service takes for the queries of the CRM's pages, over a school with many orders.

python -m benchmarks.pages --orders 100000 --keep FOLDER
python -m benchmarks.pages --orders 100000 --on postgresql

Requests are passed to the application that `kwiga-orders serve` runs, so the time is the server's: checking the token,
the query, the store, and the answer as JSON, without network and browser. Exit code 1: a median is above the goal.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import httpx

from benchmarks.patterns import SCHOOL
from benchmarks.scale import Scale
from kwiga_orders.codec import Json
from kwiga_orders.contrib.serve import Served, Token, serving

_GOAL_MS, _ROUNDS, _SECRET = 50.0, 60, "secret"
_ASIDE: Mapping[str, Json] = {"cancelled": False, "superseded": False}


def questions() -> dict[str, dict[str, Json]]:
    """Give the queries of the pages, by what a person does."""
    month_ago = (datetime.now(UTC) - timedelta(days=30)).date().isoformat()
    board: dict[str, Json] = {"query": "board", "funnel": "default", "cards": 30, **_ASIDE}
    orders: dict[str, Json] = {"query": "orders", "limit": 50, **_ASIDE}
    return {
        "board": board,
        "board, of a manager": {**board, "unassigned": False, "created_from": month_ago},
        "board, search by name": {**board, "search": "олена"},
        "list, newest": {**orders, "sort": "-created"},
        "list, by total": {**orders, "sort": "-total"},
        "list, by due": {**orders, "sort": "due"},
        "list, unpaid of a month": {**orders, "payment_status": "unpaid", "created_from": month_ago},
        "list, search by name": {**orders, "search": "олена коваль"},
        "list, search by phone": {**orders, "search": "067 123 45"},
        "count": {"query": "count", **_ASIDE},
        "totals": {"query": "totals", **_ASIDE},
    }


async def measure(url: str) -> dict[str, tuple[float, float, float]]:
    """Give the median, the 95th percentile and the slowest of the rounds in milliseconds, by query."""
    token = Token(sha256=sha256(_SECRET.encode()).hexdigest(), project=SCHOOL.id, role="owner", id="anna")
    served = Served(projects=(SCHOOL,), tokens=(token,))
    # without a worker: what waits in the copied orders would be worked off meanwhile, in the same process
    app = serving(url, served, works=False)
    found = {}
    headers = {"Authorization": f"Bearer {_SECRET}"}
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://school", headers=headers) as client,
    ):
        for name, question in questions().items():
            times = []
            for _ in range(_ROUNDS + 1):
                began = perf_counter()
                answer = await client.post(f"/{SCHOOL.id}/queries", json=question)
                times.append((perf_counter() - began) * 1000)
                assert answer.status_code == httpx.codes.OK, answer.text
            # the first round opens connections and compiles statements
            found[name] = (median(times[1:]), quantiles(times[1:], n=20)[-1], max(times[1:]))
    return found


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=(__doc__ or "").partition(",")[0])
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--on", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--keep", type=Path, help="a folder in which the database of SQLite stays for later runs")
    given = parser.parse_args()
    scale = Scale(orders=given.orders, keep=given.keep)
    try:
        # the server is the one of the tests
        url = f"sqlite:///{scale.school(given.orders)}" if given.on == "sqlite" else scale.postgres(given.orders)
        found = asyncio.run(measure(url))
    finally:
        scale.close()
    print(f"{given.orders} orders on {given.on}; milliseconds of the server: median, p95, slowest of {_ROUNDS}")
    for name, (usual, most, slowest) in found.items():
        print(f"{name:<28}{usual:>8.1f}{most:>8.1f}{slowest:>8.1f}")
    sys.exit(any(usual > _GOAL_MS for usual, _, _ in found.values()))


if __name__ == "__main__":
    main()
