"""Serve the CRM for a new school: fill it, make tokens, and print the URLs.

python -m tools.crm --port 8000
"""

import argparse
import json
import os
import shlex
import shutil
import sys
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_hex, token_urlsafe

import attrs

from kwiga_orders.adapters.sql import SqlOrderStore
from kwiga_orders.cli import main as run
from kwiga_orders.contrib.serve import Token
from tools.crm.courses import COURSES, PEOPLE, PROJECT
from tools.crm.school import SeededSchool, progress_of_learners

ROOT = Path(__file__).parent.parent.parent
SITE = ROOT / "frontend" / "crm" / "dist"
# the people who sign in: an owner, a manager who sees only her orders, and a viewer
PEOPLE_OF_ROLES = {"owner": "iryna", "own_orders": "maksym", "viewer": "andrii"}


def main() -> None:
    """Fill the school, print the URLs, and serve until a signal."""
    parser = argparse.ArgumentParser(prog="python -m tools.crm", description="A CRM over a school of 300 orders.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--folder", type=Path, default=ROOT / ".crm", help="where the school is kept; made anew")
    parser.add_argument("--site", type=Path, default=SITE, help="the built pages")
    arguments = parser.parse_args()
    address = f"http://127.0.0.1:{arguments.port}"

    began = time.monotonic()
    shutil.rmtree(arguments.folder, ignore_errors=True)
    arguments.folder.mkdir(parents=True)
    url = f"sqlite:///{arguments.folder}/school.db"
    with SqlOrderStore.from_url(url) as store:
        SeededSchool(store, now=datetime.now(UTC)).fill()
    print(f"a school of 300 orders in {time.monotonic() - began:.1f} s, kept in {arguments.folder}", flush=True)

    # tests choose the secrets; otherwise they are new each time
    secrets = {role: os.environ.get(f"CRM_TOKEN_{role.upper()}") or token_urlsafe(32) for role in PEOPLE_OF_ROLES}
    tokens = [
        Token(sha256=sha256(secrets[role].encode()).hexdigest(), project="school", role=role, id=id)
        for role, id in PEOPLE_OF_ROLES.items()
    ]
    settings = {
        "url": address,
        "projects": [PROJECT],
        "tokens": [attrs.asdict(token) for token in tokens],
        "gateways": [{"kind": "sandbox", "name": "wayforpay", "project": "school"}],
        "courses": COURSES,
        "progress": progress_of_learners(),
        "people": PEOPLE,
        "links_key": token_hex(32),
    }
    file = arguments.folder / "serve.json"
    file.write_text(json.dumps(settings, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"\n  {address}/\n")
    for role, secret in secrets.items():
        print(f"  {PEOPLE[PEOPLE_OF_ROLES[role]]} ({role}): {address}/#/sign-in/{secret}")
    command = ["serve", url, "--settings", str(file), "--site", str(arguments.site), "--port", str(arguments.port)]
    print(f"\nkwiga-orders {shlex.join(command)}", flush=True)
    sys.exit(run(command))


if __name__ == "__main__":
    main()
