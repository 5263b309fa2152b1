"""Search as in the second edition (V3): fold texts again, and find phones by any of their digits."""

import sqlalchemy as sa
from alembic import op

from kwiga_orders.adapters.sql import trigrams
from kwiga_orders.adapters.sql.rederiving import refold_contacts
from kwiga_orders.adapters.sql.schema import SEARCH_INDEX, make_search_index

revision = "kwiga0004"
"""The name of this step."""

down_revision = "kwiga0003"
"""The one before it."""

_TABLE = "kwiga_contacts"
_OLD, _NEW = "phone_reversed", "phone"


def upgrade() -> None:
    """Rename the phone column, compute the searchable texts of all contacts again, and create the search index."""
    _rename(_OLD, _NEW)
    connection = op.get_bind()
    refold_contacts(connection)
    make_search_index(connection)


def downgrade() -> None:
    """Rename the column back; the older library computes its values and the index when it opens the database."""
    _rename(_NEW, _OLD)


def _rename(old: str, new: str) -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        trigrams.unmake(connection)
    op.execute(f"DROP INDEX IF EXISTS {SEARCH_INDEX}")
    if new not in {column["name"] for column in sa.inspect(connection).get_columns(_TABLE)}:
        op.execute(f"DROP INDEX IF EXISTS ix_{_TABLE}_project_{old}")
        op.execute(f"ALTER TABLE {_TABLE} RENAME COLUMN {old} TO {new}")
        if connection.dialect.name == "postgresql":
            # since PostgreSQL 18 a NOT NULL constraint has a name, which contains the column's
            op.execute(f"ALTER TABLE {_TABLE} ALTER COLUMN {new} DROP NOT NULL")
            op.execute(f"ALTER TABLE {_TABLE} ALTER COLUMN {new} SET NOT NULL")
        op.create_index(f"ix_{_TABLE}_project_{new}", _TABLE, ["project", new], unique=False)
