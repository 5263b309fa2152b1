"""Serve orders over HTTP until a signal comes, and make the tokens of those who may come in."""

import json
from pathlib import Path

import attrs

from kwiga_orders.adapters.settings_file import with_secrets
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.extras import extra
from kwiga_orders.wire import read_json

# before the router is: what is missing is named as the extra that has all of it
with extra("serve"):
    import uvicorn

    from kwiga_orders.adapters.sql import SqlOrderStore
    from kwiga_orders.cli.outside import outside_of
    from kwiga_orders.contrib.fastapi.serving import Served, new_token, serving

__all__ = ["run_serve", "run_token"]


def run_serve(url: str, *, file: str, site: str | None, address: tuple[str, int], works: bool) -> int:
    """Serve; give the exit code.

    Raises:
        InvalidInput: if the file is not what it should be.
        AdapterFailed: if it cannot be read, or the database cannot be opened.
    """
    try:
        text = Path(file).read_bytes()
    except OSError as problem:
        raise AdapterFailed("file.unreadable", path=file) from problem
    document = with_secrets(read_json(text))
    served, outside = Served.read(document), outside_of(document)
    # here what is wrong with the database is one line; within the server it would be a traceback
    with SqlOrderStore.from_url(url):
        pass
    app = serving(url, served, works=works, site=None if site is None else Path(site), outside=outside)
    host, port = address
    print(
        f"serving {', '.join(one.id for one in served.projects)} on http://{host}:{port}, described at /docs",
        flush=True,
    )
    # uvicorn ends the lifespan at SIGTERM and SIGINT, and the workers with it
    uvicorn.run(app, host=host, port=port, log_level="warning")
    return 0


def run_token(*, project: str, role: str, as_host: bool, id: str) -> int:
    """Print a new token, once, and what the file is given of it."""
    secret, token = new_token(project=project, role=role, kind="host" if as_host else "staff", id=id)
    print(f"token: {secret}")
    print(json.dumps(attrs.asdict(token)))
    return 0
