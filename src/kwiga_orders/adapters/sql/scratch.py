"""Temporary stores in a database, emptied on demand.

On SQLite each is a new file beside the given one, on PostgreSQL a new schema, so existing data is not touched.
"""

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from kwiga_orders.adapters.sql.engines import begun, engine_for
from kwiga_orders.adapters.sql.failures import failure, failures_of
from kwiga_orders.adapters.sql.settings import SqliteSettings
from kwiga_orders.adapters.sql.store import SqlOrderStore
from kwiga_orders.adapters.sql.tables import METADATA
from kwiga_orders.ports import OrderStore

__all__ = ["scratch_stores"]

Fresh = Callable[[], OrderStore]
"""Empties the store and gives it."""


@contextmanager
def scratch_stores(name: str) -> Iterator[Fresh]:
    """Give a temporary store in the database of a URL; `sqlite` is a file in the system's temporary folder.

    Raises:
        InvalidInput: if `name` is neither a file of SQLite nor a PostgreSQL.
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
    """Give a database file that is replaced by a copy with empty tables at each call."""
    file, empty = folder / "school.db", folder / "empty.db"
    # NORMAL is faster, and temporary data need not survive a power failure
    with SqlOrderStore.from_url(f"sqlite:///{file}", SqliteSettings(synchronous="NORMAL")) as store:
        store.close()
        shutil.copyfile(file, empty)

        def restored() -> OrderStore:
            store.close()
            for left in folder.glob("school.db-*"):
                left.unlink()
            shutil.copyfile(empty, file)
            return store

        yield restored


@contextmanager
def _schema(engine: sa.Engine) -> Iterator[Fresh]:
    """Give a schema whose tables are emptied at each call, and which is dropped at the end."""
    name = f"kwiga_check_{secrets.token_hex(8)}"
    options = f"{engine.url.query.get('options', '')} -csearch_path={name}".strip()
    url = engine.url.update_query_dict({"options": options}).render_as_string(hide_password=False)
    _execute(engine, f"CREATE SCHEMA {name}")
    try:
        with SqlOrderStore.from_url(url) as store:
            # faster than TRUNCATE, which makes new files for every table and index
            emptying = [f"DELETE FROM {name}.{table.name}" for table in reversed(METADATA.sorted_tables)]

            def emptied() -> OrderStore:
                _execute(engine, *emptying)
                return store

            yield emptied
    finally:
        _execute(engine, f"DROP SCHEMA {name} CASCADE")
        engine.dispose()


def _execute(engine: sa.Engine, *statements: str) -> None:
    try:
        with begun(engine) as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
            connection.commit()
    except failures_of(engine.dialect) as problem:
        raise failure(problem) from problem
