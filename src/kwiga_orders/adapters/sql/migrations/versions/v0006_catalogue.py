"""Store versions and pins of offers in tables of their own, and the history of offers and funnels."""

import sqlalchemy as sa
from alembic import op

from kwiga_orders.adapters.sql.catalogue_migration import name_born_statuses, split_offers

revision = "kwiga0006"
"""The name of this step."""

down_revision = "kwiga0005"
"""The one before it."""

_TABLES = ("kwiga_offer_versions", "kwiga_offer_pins", "kwiga_catalogue_history")
_TEXT: sa.types.TypeEngine[str] = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create tables, move old versions out of offers, and name default statuses in the project's locale (F8)."""
    connection = op.get_bind()
    if not sa.inspect(connection).has_table(_TABLES[0]):
        _make_tables()
    split_offers(connection)
    name_born_statuses(connection)


def _make_tables() -> None:
    op.create_table(
        "kwiga_offer_versions",
        *_texts("project", "code"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        *_texts("actor_kind", "actor_id"),
        *_document(),
        _of_project("kwiga_offer_versions"),
        sa.PrimaryKeyConstraint("project", "code", "number", name=op.f("pk_kwiga_offer_versions")),
    )
    op.create_table(
        "kwiga_offer_pins",
        *_texts("project", "code", "product"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        _of_project("kwiga_offer_pins"),
        sa.PrimaryKeyConstraint("project", "code", "product", "number", name=op.f("pk_kwiga_offer_pins")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "kwiga_catalogue_history",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), nullable=False),
        *_texts("project", "kind", "subject"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *_texts("event"),
        *_document(),
        _of_project("kwiga_catalogue_history"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_kwiga_catalogue_history")),
    )
    op.create_index(
        "ix_kwiga_catalogue_history_project_kind_subject_seq",
        "kwiga_catalogue_history",
        ["project", "kind", "subject", "seq"],
        unique=False,
    )


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, _TEXT, nullable=False) for name in names]


def _document() -> tuple[sa.Column[int], sa.Column[str]]:
    return sa.Column("schema", sa.SmallInteger(), nullable=False), sa.Column("document", _TEXT, nullable=False)


def _of_project(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["project"], ["kwiga_projects.project"], name=op.f(f"fk_{table}_kwiga_projects"))


def downgrade() -> None:
    """Drop the tables. The older library cannot read the offers of this one, and reports that."""
    for table in reversed(_TABLES):
        op.drop_table(table)
