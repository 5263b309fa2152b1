"""Check the contract of the wire with datamodel-code-generator, which a host's Python program might use.

    python tools/contract_models.py

It makes pydantic models from the contract and reports faults: classes with numbered names, or models that accept what
the wire refuses. It takes about ten seconds, so `make check` runs it, and the tests do not.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

from kwiga_orders.wire.schema import contract_schema

RENEW = {"command": "renew", "order": "o1"}
WRONG: tuple[dict[str, Any], ...] = (
    {**RENEW, "ordr": "o1"},
    {"command": "renw", "order": "o1"},
    {"command": "add_payment", "order": "o1", "amount": "1.00", "kind": "reglar"},
    {"command": "freeze_access", "order": "o1", "for": {"days": 7, "months": 1}},
)


def models(folder: Path) -> tuple[str, ModuleType]:
    """Make models from the contract in a folder; give their source and the imported module."""
    schema, target = folder / "contract.json", folder / "contract_models.py"
    schema.write_text(json.dumps(contract_schema()), encoding="utf-8")
    options = ["--input-file-type", "jsonschema", "--output-model-type", "pydantic_v2.BaseModel"]
    generator = [sys.executable, "-W", "ignore", "-m", "datamodel_code_generator", *options]
    subprocess.run([*generator, "--input", schema, "--output", target], check=True)
    spec = spec_from_file_location("contract_models", target)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    # pydantic resolves annotations through the module's entry in `sys.modules`.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return target.read_text(encoding="utf-8"), module


def complaints(source: str, module: ModuleType) -> Iterator[str]:
    """Report what is wrong with the generated models."""
    classes = re.findall(r"^class (\w+)", source, re.MULTILINE)
    yield from (f"{name} has a number instead of a name" for name in classes if name[-1].isdigit())
    if missing := {"AddPayment", "OrderView", "OrderPaidEvent", "PaymentStatus", "Problem"} - {*classes}:
        yield f"there is no {', '.join(sorted(missing))}"
    module.Command.model_validate(RENEW)
    for document in WRONG:
        try:
            module.Command.model_validate(document)
        except ValueError:
            continue
        yield f"the models take {document}"


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        found = list(complaints(*models(Path(folder))))
    print("\n".join(found) or "datamodel-code-generator takes the contract")
    sys.exit(bool(found))
