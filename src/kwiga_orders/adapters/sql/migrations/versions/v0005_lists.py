"""Lists as in the second edition: more filters, and sums of what is paid and owed (V1, V2, P7)."""

import sqlalchemy as sa
from alembic import op

from kwiga_orders.adapters.sql.rederiving import rederive_orders

revision = "kwiga0005"
"""The name of this step."""

down_revision = "kwiga0004"
"""The one before it."""

_COLUMNS = (
    ("kwiga_orders", "paid", "0"),
    ("kwiga_orders", "owed", "0"),
    ("kwiga_orders", "activated_at", None),
    ("kwiga_counters", "paid", "0"),
    ("kwiga_counters", "owed", "0"),
)


def upgrade() -> None:
    """Add the columns, and compute them and all that orders are filtered by from the documents."""
    connection = op.get_bind()
    for table, name, default in _COLUMNS:
        if name not in {column["name"] for column in sa.inspect(connection).get_columns(table)}:
            column = sa.Column(name, sa.BigInteger, nullable=default is None, server_default=default)
            op.add_column(table, column)
    rederive_orders(connection)


def downgrade() -> None:
    """Take the columns away; what is filtered by more than before does no harm."""
    for table, name, _ in reversed(_COLUMNS):
        op.drop_column(table, name)
