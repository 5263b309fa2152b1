"""No modules import each other in a circle: each can be read, and taken away, without what is built on it."""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from tests.source_trees import PACKAGE, SOURCE, imports, source_files, tree_of


def circles(source: Path) -> list[str]:
    """List modules that import each other, within a package as well: none of them can be read without the others."""
    modules = {_dotted(path.relative_to(source)): tree for path, _, tree in source_files(source)}
    needs = {
        module: {one for _, name in imports(tree) if (one := _module_of(name, modules)) not in (None, module)}
        for module, tree in modules.items()
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as problem:
        return [f"a circle: {' <- '.join(problem.args[1])}"]
    return []


def _dotted(path: Path) -> str:
    """Give the full name of the module in a file; that of a package, if it is one's `__init__`."""
    parts = path.with_suffix("").parts
    return ".".join((PACKAGE, *(parts[:-1] if parts[-1] == "__init__" else parts)))


def _module_of(name: str, modules: Mapping[str, object]) -> str | None:
    """Give the module that a name is imported from: the name itself, or what stands before its last dot."""
    return next((one for one in (name, name.rpartition(".")[0]) if one in modules), None)


class TestCircles:
    """Modules that import each other are found, however long the way around is."""

    def test_the_project(self) -> None:
        """There are none, among imports for types and within functions either."""
        assert circles(SOURCE) == []

    def test_complains(self, tmp_path: Path) -> None:
        """Three modules of one package, the last import for types only; the package itself is among them."""
        sources = {
            "orders/state": "from kwiga_orders.orders.rows import Row",
            "orders/rows": "from kwiga_orders.orders import __all__",
            "orders/__init__": "if TYPE_CHECKING:\n    from kwiga_orders.orders.state import Order",
        }
        (complaint,) = circles(tree_of(tmp_path, sources))
        assert all(f"orders.{name}" in complaint for name in ("state", "rows"))

    def test_lets_pass(self, tmp_path: Path) -> None:
        """Two ways to one module are no circle."""
        sources = {
            "orders/state": "from kwiga_orders.orders import rows\nfrom kwiga_orders.money import Money",
            "orders/rows": "import kwiga_orders.money",
            "money": "",
        }
        assert circles(tree_of(tmp_path, sources)) == []
