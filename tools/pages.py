"""Generate the parts of the docs that the code defines: diagrams, tables of commands and queries, tables of names.

    python tools/pages.py

A page marks such a part by `<!-- made: NAME -->` and `<!-- /made -->`; the text between them is replaced. A test fails
if the pages are outdated.
"""

import ast
import inspect
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin

import attrs

import kwiga_orders
from kwiga_orders import bounds
from kwiga_orders.adapters.embedded import open_orders
from kwiga_orders.commands import Command
from kwiga_orders.funnel import EVENT_OF_STATUS, born_with
from kwiga_orders.locale import Texts
from kwiga_orders.money import Money
from kwiga_orders.orders.lifecycle import TRANSITIONS, WHILE_CANCELLED
from kwiga_orders.payments import Mark, Payment, PaymentState, Refund
from kwiga_orders.wire.commands import AnyCommand
from kwiga_orders.wire.queries import AnyQuery
from kwiga_orders.wire.schema import ANSWERS

sys.path.append(str(Path(__file__).parent.parent))  # a script has only its own folder on the path

from tools.rules_index import RULES, index_rows

ROOT = Path(__file__).parent.parent
PLACE = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- /made -->)", re.DOTALL)
RULES_NAMED = re.compile(r"\(([A-Z]\d+(?:[-, ]+[A-Z]\d+)*)\)")

# The modules for hosts, besides the front door. All other modules are internal.
FOR_HOSTS = (
    "access",
    "adapters.by_kind",
    "adapters.calendar",
    "adapters.customer_links",
    "adapters.embedded",
    "adapters.filtering",
    "adapters.gateways.keyless",
    "adapters.gateways.liqpay",
    "adapters.gateways.stripe",
    "adapters.gateways.wayforpay",
    "adapters.http",
    "adapters.links",
    "adapters.mail",
    "adapters.memory",
    "adapters.settings_file",
    "adapters.sql",
    "adapters.sql.engines",
    "adapters.sql.migrating",
    "adapters.sql.row_security",
    "adapters.sql.settings",
    "adapters.system",
    "adapters.threaded",
    "adapters.webhooks",
    "asking",
    "bounds",
    "catalogue",
    "changes",
    "codec",
    "commands",
    "contrib.django",
    "contrib.django.answers",
    "contrib.django.mail",
    "contrib.django.operations",
    "contrib.fastapi",
    "contrib.fastapi.front_end",
    "contrib.serve",
    "contrib.serve.lms",
    "contrib.serve.sandbox",
    "course",
    "delivery",
    "due",
    "errors",
    "export",
    "extras",
    "funnel",
    "gateways",
    "importing",
    "listing",
    "locale",
    "lookups",
    "money",
    "offers",
    "orders.commands",
    "orders.erasing",
    "orders.events",
    "orders.rows",
    "orders.state",
    "orders.status_history",
    "orders.takings",
    "outbox",
    "payments",
    "periods",
    "pictures",
    "plans",
    "policy",
    "ports",
    "project",
    "queries",
    "terms",
    "testing.blocking",
    "testing.case_files",
    "testing.case_writing",
    "testing.documents",
    "testing.gateway_contract",
    "testing.gateways",
    "testing.laws",
    "testing.liqpay_server",
    "testing.likely",
    "testing.local_server",
    "testing.machine",
    "testing.mailbox",
    "testing.port_contracts",
    "testing.pytest_plugin",
    "testing.requirements",
    "testing.school",
    "testing.scripts",
    "testing.stage",
    "testing.store_hosted",
    "testing.stores",
    "testing.strategies",
    "testing.stripe_server",
    "testing.wayforpay_server",
    "unsettled",
    "views.cards",
    "views.list_shapes",
    "views.school_shapes",
    "views.shapes",
    "wire",
    "wire.case_runner",
    "wire.cases",
    "wire.csv_files",
    "wire.imports",
    "wire.schema",
    "wire.writing",
    "worker",
)


# --- diagrams ---


def life_of_an_order() -> Iterator[str]:
    """Draw the transitions of an order's life."""
    return _states([(str(source), event, str(target)) for source, event, target in TRANSITIONS])


def while_cancelled() -> Iterator[str]:
    """List the commands that work on a cancelled order."""
    kinds: Iterable[type[Command]] = WHILE_CANCELLED
    yield ", ".join(sorted(f"`{kind.name}`" for kind in kinds))


def states_of_a_payment() -> Iterator[str]:
    """Apply every event to payments, and draw the changes of their states."""
    return _states(sorted(_payment_steps(), key=_by_life))


_AT = datetime(2026, 1, 1, tzinfo=UTC)
_HAPPENS: Mapping[str, Mapping[str, object]] = {
    "is voided": {"voided_at": _AT},
    "is paid": {"mark": Mark(at=_AT, version=1, amount=Money(100, "UAH"))},
    "part goes back": {"refunds": (Refund(id="r", amount=Money(40, "UAH"), at=_AT),)},
    "all goes back": {"refunds": (Refund(id="r", amount=Money(100, "UAH"), at=_AT),)},
}


def _payment_steps() -> set[tuple[str, str, str]]:
    found: set[tuple[str, str, str]] = set()
    waiting = [Payment(id="p", amount=Money(100, "UAH"), created_at=_AT, due_at=_AT)]
    seen: list[Payment] = []
    while waiting:
        payment = waiting.pop()
        seen.append(payment)
        for what, change in _HAPPENS.items():
            if "back" in what and (payment.paid is None or (payment.refunds and what.startswith("part"))):
                continue  # only paid money can be refunded, and a refund is final
            after = attrs.evolve(payment, **change)  # type: ignore[arg-type]
            if after.state is not payment.state:
                found.add((payment.state.value, what, after.state.value))
            if after not in seen and after not in waiting:
                waiting.append(after)
    return found


def _by_life(step: tuple[str, str, str]) -> tuple[int, int]:
    life = [state.value for state in PaymentState]
    return life.index(step[0]), life.index(step[2])


def _states(steps: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    yield from ("```mermaid", "stateDiagram-v2")
    for number, (source, event, target) in enumerate(steps):
        if number == 0:
            yield f"    [*] --> {source}"
        yield f"    {source} --> {target}: {event}"
    yield "```"


def money_moves() -> Iterator[str]:
    """Draw which payment status moves an order to which status of the default funnel."""
    funnel = born_with("en")
    yield from ("```mermaid", "flowchart LR")
    for status, event in EVENT_OF_STATUS.items():
        for rule in funnel.rules_for(event):
            yield f'    {status.value} -- {event} --> to_{rule.status}["{funnel.status(rule.status).name}"]'
    yield "```"


def import_lines() -> Iterator[str]:
    """Draw the layers of imports that the architecture test checks."""
    tree = ast.parse((ROOT / "tests" / "test_architecture.py").read_text(encoding="utf-8"))
    assigned = (node for node in tree.body if isinstance(node, ast.Assign))
    listed = next(node.value for node in assigned if ast.unparse(node.targets[0]) == "LINES")
    lines = [[name for name in line if not name.startswith("_")] for line in ast.literal_eval(listed)]
    yield from ("```mermaid", "flowchart BT")
    for number, line in enumerate(lines):
        yield f'    line{number}["{" · ".join(line)}"]'
    for number in range(1, len(lines)):
        yield f"    line{number} --> line{number - 1}"
    yield "```"


# --- commands and queries ---

_COMMON = {"actor", "idempotency_key", "expected_version"}


def commands() -> Iterator[str]:
    """List the commands of the wire with their fields."""
    yield from ("| command | class | what it does | fields |", "|---|---|---|---|")
    for model in _members(AnyCommand):
        yield _row(model, "command", left_out=_COMMON)


def queries() -> Iterator[str]:
    """List the queries of the wire with their fields and answers."""
    yield from ("| query | class | what it answers | fields | answer |", "|---|---|---|---|---|")
    for model in _members(AnyQuery):
        yield f"{_row(model, 'query', left_out=set())} {_answer(model)} |"


def _members(union: Any) -> tuple[Any, ...]:
    return get_args(get_args(union)[0])


def _row(model: Any, tag: str, *, left_out: set[str]) -> str:
    name = get_args(model.model_fields[tag].annotation)[0]
    fields = [
        f"`{field.alias or name}{'' if field.is_required() else '?'}`"
        for name, field in sorted(model.model_fields.items(), key=lambda item: not item[1].is_required())
        if name != tag and name not in left_out
    ]
    return f"| `{name}` | `{model.__name__}` | {_says(model)} | {', '.join(fields)} |"


def _answer(model: Any) -> str:
    shape: Any = ANSWERS[model.__name__.replace("Query", "Answer")]
    return _told(shape)


def _told(shape: Any) -> str:
    """Write the type of an answer: a view, a list of views, or a map to views."""
    origin, inner = get_origin(shape), get_args(shape)
    if origin is list:
        # for any JSON there is nothing to name
        return f"list of {_told(inner[0])}" if get_origin(inner[0]) is None else "list of answers"
    if origin is dict:
        return f"map to {_told(inner[1])}"
    return " or ".join(map(_told, inner)) if inner else f"`{'null' if shape is NoneType else shape.__name__}`"


def bounds_listed() -> Iterator[str]:
    """List the bounds of input: each number with its docstring."""
    yield from ("| bound | at most | of |", "|---|---|---|")
    body = ast.parse(inspect.getsource(bounds)).body
    for node, says in pairwise(body):
        if isinstance(node, ast.Assign) and isinstance(says, ast.Expr) and isinstance(says.value, ast.Constant):
            name = ast.unparse(node.targets[0])
            yield f"| `{name}` | {getattr(bounds, name):,} | {str(says.value.value).rstrip('.')} |"


# --- the names of Python ---


def front_door() -> Iterator[str]:
    """List the names of the package itself."""
    yield from ("| name | what it is |", "|---|---|")
    for name in sorted(kwiga_orders.__all__):
        yield f"| `{name}` | {_says(getattr(kwiga_orders, name))} |"


def opening() -> Iterator[str]:
    """Describe how to open the orders of a project."""
    yield from ("| function | what it gives |", "|---|---|")
    yield f"| `open_orders{_signature(open_orders)}` | {_says(open_orders)} |"


def methods_of(kind: type) -> Callable[[], Iterator[str]]:
    """Give a function that lists the methods of a class."""

    def listed() -> Iterator[str]:
        yield from ("| method | what it does |", "|---|---|")
        for name, method in vars(kind).items():
            function = method.__func__ if isinstance(method, classmethod) else method
            if inspect.isfunction(function) and not name.startswith("_"):
                yield f"| `{name}{_signature(function)}` | {_says(function)} |"

    return listed


def modules() -> Iterator[str]:
    """List the modules for hosts with their names."""
    yield from ("| module | what it is for | names |", "|---|---|---|")
    for name in FOR_HOSTS:
        module = import_module(f"kwiga_orders.{name}")
        yield f"| `{name}` | {_says(module)} | {', '.join(f'`{one}`' for one in module.__all__)} |"


def _signature(function: Callable[..., object]) -> str:
    """Give the names of the parameters without types, which are in the code."""
    shown: list[str] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if name in ("self", "cls"):
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in shown:
            shown.append("*")
        shown.append(name if parameter.default is parameter.empty else f"{name}=…")
    return f"({', '.join(shown)})"


# --- replacing ---

SECTIONS: Mapping[str, Callable[[], Iterator[str]]] = {
    "life_of_an_order": life_of_an_order,
    "while_cancelled": while_cancelled,
    "states_of_a_payment": states_of_a_payment,
    "money_moves": money_moves,
    "import_lines": import_lines,
    "bounds": bounds_listed,
    "commands": commands,
    "queries": queries,
    "front_door": front_door,
    "opening": opening,
    "orders": methods_of(kwiga_orders.Orders),
    "plan": methods_of(kwiga_orders.Plan),
    "texts": methods_of(Texts),
    "modules": modules,
    "rules_index": index_rows,
}
"""The parts that can be generated, by name."""


def filled(page: Path) -> str:
    """Give the text of a page with all its generated parts replaced."""

    def made(place: re.Match[str]) -> str:
        lines = "\n".join(SECTIONS[place[2]]())
        return f"{place[1]}\n{_linked(lines, page)}\n\n{place[3]}"

    return PLACE.sub(made, page.read_text(encoding="utf-8"))


def _says(thing: object) -> str:
    """Give the first sentence of a docstring in one line that fits into a cell of a table."""
    text = " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
    return re.split(r"(?<=\.)\s(?=[A-Z`])", text)[0].rstrip(".:").replace("|", "\\|") + "."


def _linked(text: str, page: Path) -> str:
    """Turn rule numbers in parentheses into links from `page`."""
    to = os.path.relpath(RULES, page.parent)
    anchors = _anchors()

    def links(found: re.Match[str]) -> str:
        numbers = re.sub(r"[A-Z]\d+", lambda one: f"[{one[0]}]({to}#{anchors[one[0]]})", found[1])
        return f"({numbers})"

    return RULES_NAMED.sub(links, text)


def _anchors() -> dict[str, str]:
    headings = re.findall(r"^### (([A-Z]\d+)\. .+)$", RULES.read_text(encoding="utf-8"), re.MULTILINE)
    return {number: re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading, number in headings}


def pages() -> Iterator[Path]:
    """Give the pages with generated parts."""
    for page in sorted((ROOT / "docs").rglob("*.md")):
        if PLACE.search(page.read_text(encoding="utf-8")):
            yield page


if __name__ == "__main__":
    for page in pages():
        page.write_text(filled(page), encoding="utf-8")
        print(page)
