"""Find parts of texts on SQLite without reading every text, by an index of all trigrams (FTS5).

Triggers on `kwiga_contacts` update the index, so code that writes contacts does not mention it. Rows of the index need
a number that never changes. Contacts have none, because VACUUM renumbers the rows of a table without an integer key, so
a second table numbers them.
https://www.sqlite.org/fts5.html#the_trigram_tokenizer
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from functools import cache

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import custom_op

from kwiga_orders.adapters.sql.tables import contacts

__all__ = [
    "STATEMENTS",
    "TABLE",
    "has_part",
    "is_known",
    "make",
    "matching_all",
    "matching_any",
    "may_look_up",
    "unmake",
]

TABLE = "kwiga_contact_texts"
"""The index; `kwiga_contact_rows` numbers its rows."""

_FEWEST = 3
_ROWS = sa.table("kwiga_contact_rows", sa.column("seq"), sa.column("project"), sa.column("id"))
_INDEX = sa.table(TABLE, sa.column("rowid"))
_AS_USED = "tokenize='trigram case_sensitive 1'"
_SEQ_OF = "(SELECT seq FROM kwiga_contact_rows WHERE project = {0}.project AND id = {0}.id)"
STATEMENTS = (
    "CREATE TABLE kwiga_contact_rows (seq INTEGER PRIMARY KEY, project TEXT NOT NULL, id TEXT NOT NULL,"
    " UNIQUE (project, id))",
    f"CREATE VIRTUAL TABLE {TABLE} USING fts5(name, email, phone, {_AS_USED})",
    "INSERT INTO kwiga_contact_rows (project, id) SELECT project, id FROM kwiga_contacts",
    f"INSERT INTO {TABLE} (rowid, name, email, phone) SELECT seq, name, email, phone FROM kwiga_contact_rows"
    " JOIN kwiga_contacts USING (project, id)",
    "CREATE TRIGGER kwiga_contacts_added AFTER INSERT ON kwiga_contacts BEGIN"
    " INSERT INTO kwiga_contact_rows (project, id) VALUES (new.project, new.id);"
    f" INSERT INTO {TABLE} (rowid, name, email, phone)"
    f" VALUES ({_SEQ_OF.format('new')}, new.name, new.email, new.phone);"
    " END",
    "CREATE TRIGGER kwiga_contacts_changed AFTER UPDATE OF name, email, phone ON kwiga_contacts"
    " WHEN old.name <> new.name OR old.email <> new.email OR old.phone <> new.phone BEGIN"
    f" UPDATE {TABLE} SET name = new.name, email = new.email, phone = new.phone WHERE rowid = {_SEQ_OF.format('new')};"
    " END",
    "CREATE TRIGGER kwiga_contacts_gone AFTER DELETE ON kwiga_contacts BEGIN"
    f" DELETE FROM {TABLE} WHERE rowid = {_SEQ_OF.format('old')};"
    " DELETE FROM kwiga_contact_rows WHERE project = old.project AND id = old.id;"
    " END",
)
"""The statements that create the index and fill it with the existing contacts."""


@cache
def is_known() -> bool:
    """Tell whether this SQLite supports the index: it needs FTS5 and version 3.34."""
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute(f"CREATE VIRTUAL TABLE tried USING fts5(text, {_AS_USED})")
        except sqlite3.Error:
            return False
        return True


def make(connection: sa.Connection) -> None:
    """Create the index and fill it with the existing contacts."""
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)


def unmake(connection: sa.Connection) -> None:
    """Drop the index, if it exists."""
    for trigger in ("added", "changed", "gone"):
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS kwiga_contacts_{trigger}")
    for table in (TABLE, _ROWS.name):
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")


def may_look_up(part: str) -> bool:
    """Tell whether a part is long enough to have a trigram."""
    return len(part) >= _FEWEST


def matching_all(columns: str, parts: Iterable[str]) -> str:
    """Write the FTS5 query for rows that have every part in one of the columns."""
    return _matching(columns, parts, "AND")


def matching_any(columns: str, parts: Iterable[str]) -> str:
    """Write the FTS5 query for rows that have any of the parts in one of the columns."""
    return _matching(columns, parts, "OR")


def _matching(columns: str, parts: Iterable[str], operator: str) -> str:
    # quoted, so that FTS5 takes each part as a phrase and not as an operator
    phrases = ('"' + part.replace('"', '""') + '"' for part in parts)
    return f"{{{columns}}} : ({f' {operator} '.join(phrases)})"


class _HasPart(FunctionElement[bool]):
    """One condition in two forms: one for any database, and one that is fast on SQLite."""

    type = sa.Boolean()
    inherit_cache = True
    name = "has_part"

    def self_group(self, against: object = None) -> "_HasPart":
        """Return it unchanged: SQLAlchemy would add `= 1`, and SQLite would not use the index."""
        return self


@compiles(_HasPart)
def _plainly(element: _HasPart, compiler: SQLCompiler, **how: object) -> str:
    return f"({compiler.process(element.clauses.clauses[0], **how)})"


@compiles(_HasPart, "sqlite")
def _by_trigrams(element: _HasPart, compiler: SQLCompiler, **how: object) -> str:
    return f"({compiler.process(element.clauses.clauses[1 if is_known() else 0], **how)})"


def has_part(
    plainly: sa.ColumnElement[bool], phrase: sa.ColumnElement[object], project: sa.ColumnElement[str]
) -> sa.ColumnElement[bool]:
    """Give the condition that a contact matches `phrase`; `plainly` is the same condition for any database."""
    # the plus keeps SQLite from using the index on the project, which has more rows than those that match
    of_project = sa.UnaryExpression(_ROWS.c.project, operator=custom_op("+")) == project
    found = (
        sa.select(_ROWS.c.id)
        .select_from(_INDEX.join(_ROWS, _ROWS.c.seq == _INDEX.c.rowid))
        .where(sa.literal_column(TABLE).op("MATCH")(phrase), of_project)
    )
    return _HasPart(plainly, contacts.c.id.in_(found))
