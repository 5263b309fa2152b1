"""The rules as cases: the case files that ship with the library, run on a store of the host."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from kwiga_orders.adapters.memory import MemoryOrderStore
from kwiga_orders.ports import OrderStore
from kwiga_orders.testing.case_files import chapters, read_case_file
from kwiga_orders.testing.laws.desk import Desk
from kwiga_orders.testing.laws.law import Draw, Law, Laws, Met, law
from kwiga_orders.testing.stage import SchoolStage
from kwiga_orders.wire.case_runner import run_case

__all__ = ["CaseLaws"]


class CaseLaws(Laws):
    """All chapters as cases: one test for each folder. `store` makes an empty store for each case."""

    store: ClassVar[Callable[[], OrderStore]] = MemoryOrderStore

    def __init_subclass__(cls) -> None:
        if not isinstance(cls.__dict__.get("store"), type | staticmethod | None):
            cls.store = staticmethod(cls.__dict__["store"])
        super().__init_subclass__()


def _stories(chapter: str, files: Sequence[Path]) -> Law:
    def test(self: CaseLaws, _: Desk, __: Draw, met: Met) -> None:
        failed: list[str] = []
        for path in files:
            failures = run_case(read_case_file(path), SchoolStage(store=type(self).store()))
            failed += [f"{path.stem}: {failure}" for failure in failures]
            met()
        assert not failed, "\n".join(["stories went another way:", *failed])

    test.__name__ = f"test_stories_of_{chapter}"
    test.__qualname__, test.__doc__ = f"CaseLaws.{test.__name__}", f"All stories of {chapter} go as they are told."
    return law(chapter, once=True)(test)


for _chapter, _files in chapters().items():
    setattr(CaseLaws, f"test_stories_of_{_chapter}", _stories(_chapter, _files))
