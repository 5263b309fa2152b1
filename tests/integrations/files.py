"""A database in a file, as others than the store see it."""

import sqlite3
from pathlib import Path

__all__ = ["said"]


def said(file: Path, *statements: str) -> list[tuple[object, ...]]:
    """Say statements to the database itself, and give the rows of the last one."""
    connection = sqlite3.connect(file, isolation_level=None)
    rows: list[tuple[object, ...]] = []
    for statement in statements:
        rows = connection.execute(statement).fetchall()
    connection.close()
    return rows
