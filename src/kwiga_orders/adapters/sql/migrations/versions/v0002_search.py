"""Let SQLite find parts of names and e-mails by their trigrams."""

from alembic import op

revision = "kwiga0002"
"""The name of this step."""

down_revision = "kwiga0001"
"""The one before it."""


def upgrade() -> None:
    """Do nothing: the fourth step creates this index, on newer columns."""


def downgrade() -> None:
    """Drop the index; on PostgreSQL it is dropped with its table."""
    if op.get_bind().dialect.name != "sqlite":
        return
    for trigger in ("added", "changed", "gone"):
        op.execute(f"DROP TRIGGER IF EXISTS kwiga_contacts_{trigger}")
    for table in ("kwiga_contact_texts", "kwiga_contact_rows"):
        op.execute(f"DROP TABLE IF EXISTS {table}")
