"""JSON Schema of the wire, for those who build a frontend."""

import json

from kwiga_orders.wire.schema import schemas

__all__ = ["run_schema"]

_UNKNOWN = 2


def run_schema(name: str | None) -> int:
    """Print the JSON Schema of everything, or of one thing by its name; give the exit code."""
    known = schemas()
    if name is None:
        print(json.dumps(known, ensure_ascii=False, indent=2))
        return 0
    if name not in known:
        print(f"no schema of that name; there are {', '.join(sorted(known))}")
        return _UNKNOWN
    print(json.dumps(known[name], ensure_ascii=False, indent=2))
    return 0
