"""Serve orders over HTTP until a signal, and make access tokens."""

import json
from pathlib import Path

import attrs

from kwiga_orders.adapters.settings_file import with_secrets
from kwiga_orders.errors import AdapterFailed
from kwiga_orders.extras import extra
from kwiga_orders.wire import read_json

# checked before the router is imported, so that the error names the extra `serve`, which has all packages
with extra("serve"):
    import uvicorn

    from kwiga_orders.adapters.sql import SqlOrderStore
    from kwiga_orders.cli.outside import outside_of
    from kwiga_orders.contrib.serve import Served, new_token, serving

__all__ = ["run_serve", "run_token"]


def run_serve(url: str, *, file: str, site: str | None, address: tuple[str, int], works: bool) -> int:
    """Serve; give the exit code.

    Raises:
        InvalidInput: with the faults of the settings file.
        AdapterFailed: if the file cannot be read or the database cannot be opened.
    """
    try:
        text = Path(file).read_bytes()
    except OSError as problem:
        raise AdapterFailed("file.unreadable", path=file) from problem
    document = with_secrets(read_json(text))
    served, outside = Served.read(document), outside_of(document)
    # opened once here: a wrong database is then one line of output instead of a traceback from the server
    with SqlOrderStore.from_url(url):
        pass
    app = serving(url, served, works=works, site=None if site is None else Path(site), outside=outside)
    host, port = address
    print(
        f"serving {', '.join(one.id for one in served.projects)} on http://{host}:{port}, described at /docs",
        flush=True,
    )
    for project, name in outside.sandboxes:
        print(f"{name} of {project} is a sandbox: no money moves", flush=True)
    # at SIGTERM and SIGINT uvicorn ends the app's lifespan, which stops the workers
    uvicorn.run(app, host=host, port=port, log_level="warning")
    return 0


def run_token(*, project: str, role: str, as_host: bool, id: str) -> int:
    """Print a new token, which is shown only once, and the entry for the settings file; give the exit code."""
    secret, token = new_token(project=project, role=role, kind="host" if as_host else "staff", id=id)
    print(f"token: {secret}")
    print(json.dumps(attrs.asdict(token)))
    return 0
