"""Store the card of each order beside its document."""

import sqlalchemy as sa
from alembic import op

revision = "kwiga0003"
"""The name of this step."""

down_revision = "kwiga0002"
"""The one before it."""


def upgrade() -> None:
    """Make room for cards; those of orders that are there are drawn when they are read, until they are written next."""
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    known = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("kwiga_orders")}
    for column in (sa.Column("card_schema", sa.SmallInteger), sa.Column("card", text)):
        if column.name not in known:
            op.add_column("kwiga_orders", column)


def downgrade() -> None:
    """Throw them away."""
    for name in ("card", "card_schema"):
        op.drop_column("kwiga_orders", name)
