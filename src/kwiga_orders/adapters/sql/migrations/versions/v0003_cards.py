"""Store the card of each order beside its document."""

import sqlalchemy as sa
from alembic import op

revision = "kwiga0003"
"""The name of this step."""

down_revision = "kwiga0002"
"""The one before it."""


def upgrade() -> None:
    """Add columns for cards. The card of an existing order is computed at each read until the order is next written."""
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    known = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("kwiga_orders")}
    for column in (sa.Column("card_schema", sa.SmallInteger), sa.Column("card", text)):
        if column.name not in known:
            op.add_column("kwiga_orders", column)


def downgrade() -> None:
    """Drop the columns."""
    for name in ("card", "card_schema"):
        op.drop_column("kwiga_orders", name)
