"""Places in databases that are there only for a while, and are emptied as often as somebody asks.

A file of SQLite has its place beside it, a PostgreSQL in a schema of its own: what is in them already is left alone.
"""

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from kwiga_orders.adapters.sql.engines import begun, engine_for
from kwiga_orders.adapters.sql.execution import failures_of
from kwiga_orders.adapters.sql.failures import failure
from kwiga_orders.adapters.sql.settings import SqliteSettings
from kwiga_orders.adapters.sql.store import SqlOrderStore
from kwiga_orders.adapters.sql.tables import METADATA
from kwiga_orders.ports import OrderStore

__all__ = ["emptied_places"]

Fresh = Callable[[], OrderStore]
"""Empties the place and gives the store in it."""


@contextmanager
def emptied_places(name: str) -> Iterator[Fresh]:
    """Give a place in the database of a URL, or for `sqlite` a file in the system's folder for such.

    Raises:
        InvalidInput: if it is neither a file of SQLite nor a PostgreSQL.
        AdapterFailed: if the database cannot be opened.
    """
    engine = None if name == "sqlite" else engine_for(name)
    if engine is not None and engine.dialect.name == "postgresql":
        with _schema(engine) as fresh:
            yield fresh
        return
    beside = None if engine is None else Path(str(engine.url.database)).absolute().parent
    with TemporaryDirectory(prefix="kwiga-orders-", dir=beside) as folder, _file(Path(folder)) as fresh:
        yield fresh


@contextmanager
def _file(folder: Path) -> Iterator[Fresh]:
    """Give a database whose file is put back to what it was when its tables were made, again and again."""
    file, empty = folder / "school.db", folder / "empty.db"
    # what is thrown away need not survive a power cut
    with SqlOrderStore.from_url(f"sqlite:///{file}", SqliteSettings(synchronous="NORMAL")) as store:
        store.close()
        shutil.copyfile(file, empty)

        def put_back() -> OrderStore:
            store.close()
            for left in folder.glob("school.db-*"):
                left.unlink()
            shutil.copyfile(empty, file)
            return store

        yield put_back


@contextmanager
def _schema(engine: sa.Engine) -> Iterator[Fresh]:
    """Give a schema of its own, whose tables are emptied again and again, and which is dropped in the end."""
    name = f"kwiga_check_{secrets.token_hex(8)}"
    options = f"{engine.url.query.get('options', '')} -csearch_path={name}".strip()
    url = engine.url.update_query_dict({"options": options}).render_as_string(hide_password=False)
    _said(engine, f"CREATE SCHEMA {name}")
    try:
        with SqlOrderStore.from_url(url) as store:
            # faster than TRUNCATE, which makes every file of every index anew
            emptying = [f"DELETE FROM {name}.{table.name}" for table in reversed(METADATA.sorted_tables)]

            def emptied() -> OrderStore:
                _said(engine, *emptying)
                return store

            yield emptied
    finally:
        _said(engine, f"DROP SCHEMA {name} CASCADE")
        engine.dispose()


def _said(engine: sa.Engine, *statements: str) -> None:
    try:
        with begun(engine) as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
            connection.commit()
    except failures_of(engine.dialect) as problem:
        raise failure(problem) from problem
