"""Print the JSON Schema of the wire, for front ends."""

import json
import sys

from kwiga_orders.wire.schema import contract_schema, openapi, schema, schema_text
from kwiga_orders.wire.typescript import typescript

__all__ = ["run_contract", "run_forms", "run_schema", "run_typescript"]

_UNKNOWN = 2


def run_schema(name: str | None) -> int:
    """Print the whole JSON Schema, or one definition by its name; give the exit code."""
    if name is None:
        print(schema_text(), end="")
        return 0
    whole = schema()
    known = whole["$defs"]
    assert isinstance(known, dict), "a schema of the wire is a document with definitions"
    if name not in known:
        print(f"no schema of that name; there are {', '.join(sorted(known))}", file=sys.stderr)
        return _UNKNOWN
    # definitions refer to one another, so all of them are printed
    print(json.dumps({"$ref": f"#/$defs/{name}", **whole}, ensure_ascii=False, indent=2))
    return 0


def run_contract(*, as_openapi: bool) -> int:
    """Print the schema for code generators, or as OpenAPI 3.1; give the exit code."""
    print(json.dumps(openapi() if as_openapi else contract_schema(), ensure_ascii=False, indent=2))
    return 0


def run_typescript() -> int:
    """Print the schema as TypeScript types; give the exit code."""
    print(typescript(), end="")
    return 0


def run_forms() -> int:
    """Print every command as a form; give the exit code."""
    print(json.dumps(contract_schema()["x-forms"], ensure_ascii=False, indent=2))
    return 0
