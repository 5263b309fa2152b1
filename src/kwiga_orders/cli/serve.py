"""Serve orders over HTTP until a signal comes, and make the tokens of those who may come in."""

import json
from pathlib import Path

import attrs

from kwiga_orders.errors import AdapterFailed
from kwiga_orders.extras import extra
from kwiga_orders.wire import read_json

# before the router is: what is missing is named as the extra that has all of it
with extra("serve"):
    import uvicorn

    from kwiga_orders.contrib.fastapi.serving import Served, new_token, serving

__all__ = ["run_serve", "run_token"]


def run_serve(url: str, *, file: str, site: str | None, address: tuple[str, int], works: bool) -> int:
    """Serve; give the exit code.

    Raises:
        InvalidInput: if the file is not what it should be.
        AdapterFailed: if it cannot be read.
    """
    try:
        served = Served.read(read_json(Path(file).read_bytes()))
    except OSError as problem:
        raise AdapterFailed("file.unreadable", path=file) from problem
    # uvicorn ends the lifespan at SIGTERM and SIGINT, and the workers with it
    app = serving(url, served, works=works, site=None if site is None else Path(site))
    host, port = address
    uvicorn.run(app, host=host, port=port, log_level="warning")
    return 0


def run_token(*, project: str, role: str, as_host: bool, id: str) -> int:
    """Print a new token, once, and what the file is given of it."""
    secret, token = new_token(project=project, role=role, kind="host" if as_host else "staff", id=id)
    print(f"token: {secret}")
    print(json.dumps(attrs.asdict(token)))
    return 0
