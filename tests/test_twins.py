"""The blocking and the awaited half are one text: what is decided or asked is the same, only who waits differs.

Both are parsed and read without `async` and `await`, without the names that only one half has, and without imports and
docstrings of modules. What is left must be equal, but for the few functions that are named here with the reason.
"""

import ast
from collections.abc import Mapping
from pathlib import Path

import attrs
import pytest

import kwiga_orders

PACKAGE = Path(kwiga_orders.__file__).parent


@attrs.frozen(kw_only=True)
class Twins:
    """Two modules that say the same; `aside` names the functions that do not, with the reason."""

    blocking: str
    awaited: str
    aside: Mapping[str, str] = attrs.field(factory=dict)


TWINS = (
    Twins(blocking="service.py", awaited="aio.py"),
    Twins(blocking="relay.py", awaited="aio_relay.py"),
    Twins(blocking="adapters/sql/store.py", awaited="adapters/sql/aio.py"),
)

_WORDS = {
    "AsyncConnection": "Connection",
    "AsyncEngine": "Engine",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "aclosing": "closing",
    "async_engine_for": "engine_for",
    "asynccontextmanager": "contextmanager",
    "run_async": "run",
    "undo_async": "undo",
}


def plain(word: str) -> str:
    """Give the word that the blocking half has for one of the awaited half."""
    return _WORDS.get(word, word.replace("Async", ""))


class Plain(ast.NodeTransformer):
    """Takes away from a module what has to do with waiting."""

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self.visit(ast.FunctionDef(**{name: getattr(node, name) for name in node._fields}))  # type: ignore[no-any-return]

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST:
        return self.visit(ast.With(items=node.items, body=node.body))  # type: ignore[no-any-return]

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        return self.visit(ast.For(target=node.target, iter=node.iter, body=node.body, orelse=node.orelse))  # type: ignore[no-any-return]

    def visit_Await(self, node: ast.Await) -> ast.AST:
        return self.visit(node.value)  # type: ignore[no-any-return]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = plain(node.name)
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name = plain(node.name)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(id=plain(node.id))

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        value = node.value
        for word, other in _WORDS.items():
            value = value.replace(word, other) if isinstance(value, str) else value
        return ast.Constant(value=plain(value) if isinstance(value, str) else value)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == "sa":
            return ast.Name(id=node.attr)
        return ast.Attribute(value=self.visit(node.value), attr=plain(node.attr))

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        match node:
            case ast.Subscript(value=ast.Name(id="Awaitable"), slice=awaited):
                return self.visit(awaited)  # type: ignore[no-any-return]
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        match node:
            # `connection.run_sync(f, x)` is `f(connection, x)`, where waiting is possible
            case ast.Call(func=ast.Attribute(value=connection, attr="run_sync"), args=[function, *rest]):
                node = ast.Call(func=function, args=[connection, *rest], keywords=node.keywords)
        return self.generic_visit(node)


def definitions(path: Path) -> dict[str, str]:
    """Give what a module defines, by its name, methods one by one, in the words of the blocking half."""
    found: dict[str, str] = {}
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        one = Plain().visit(statement)
        match one:
            case ast.Import() | ast.ImportFrom() | ast.Expr() | ast.If():
                continue
            case ast.ClassDef():
                methods = [each for each in one.body if isinstance(each, ast.FunctionDef)]
                found |= {f"{one.name}.{each.name}": ast.dump(each) for each in methods}
                one.body = [each for each in one.body if each not in methods]
                found[one.name] = ast.dump(one)
            case ast.FunctionDef():
                found[one.name] = ast.dump(one)
            case _:
                found[f"line {len(found)}"] = ast.dump(one)
    return found


@pytest.mark.parametrize("twins", TWINS, ids=lambda twins: twins.blocking)
class TestTwins:
    """The same loop, twice."""

    def test_say_the_same(self, twins: Twins) -> None:
        """In the same order, each definition is the same; what is named as different is different."""
        blocking, awaited = definitions(PACKAGE / twins.blocking), definitions(PACKAGE / twins.awaited)

        assert list(awaited) == list(blocking)
        assert {name for name in blocking if awaited[name] != blocking[name]} == set(twins.aside)

    def test_wait_everywhere_or_nowhere(self, twins: Twins) -> None:
        """The blocking half awaits nothing."""
        tree = ast.parse((PACKAGE / twins.blocking).read_text(encoding="utf-8"))

        assert [node for node in ast.walk(tree) if isinstance(node, (ast.Await, ast.AsyncFunctionDef))] == []


class TestDefinitions:
    """What is compared sees a difference."""

    def test_sees_another_word(self, tmp_path: Path) -> None:
        """A single other name is another definition."""
        one, other = tmp_path / "one.py", tmp_path / "other.py"
        one.write_text("class A:\n    def f(self, x): return self.g(x)\n", encoding="utf-8")
        other.write_text("class AsyncA:\n    async def f(self, x): return await self.h(x)\n", encoding="utf-8")

        assert definitions(one).keys() == definitions(other).keys()
        assert definitions(one)["A.f"] != definitions(other)["A.f"]
