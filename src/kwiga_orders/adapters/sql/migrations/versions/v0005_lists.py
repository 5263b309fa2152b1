"""Lists as in the second edition: more filters and sums, labels counted, tasks, changes by number (V1, V2, V8, O14)."""

import sqlalchemy as sa
from alembic import op

from kwiga_orders.adapters.sql.rederiving import number_history, rederive_orders

revision = "kwiga0005"
"""The name of this step."""

down_revision = "kwiga0004"
"""The one before it."""

_COLUMNS = (
    ("kwiga_contacts", "is_gone", "0"),
    ("kwiga_orders", "paid", "0"),
    ("kwiga_orders", "owed", "0"),
    ("kwiga_orders", "activated_at", None),
    ("kwiga_counters", "paid", "0"),
    ("kwiga_counters", "owed", "0"),
    *(("kwiga_counters", f"aside_{name}", "0") for name in ("count", "total", "paid", "owed")),
    ("kwiga_history", "seq", None),
)
_INDEXES = (
    ("ix_kwiga_history_project_seq", "kwiga_history", ["project", "seq"]),
    ("ix_kwiga_contacts_project_name_id", "kwiga_contacts", ["project", "name", "id"]),
)
_TABLES = ("kwiga_label_counts", "kwiga_order_tasks", "kwiga_order_takings")
_TWINS = (
    ("waiting_for", "ix_kwiga_orders_waiting"),
    ("unpaid_for", "ix_kwiga_orders_unpaid_twins"),
    ("opened_from", "ix_kwiga_orders_openings"),
)
_SUBSCRIPTIONS_INDEX = "ix_kwiga_orders_subscriptions"
_TEXT: sa.types.TypeEngine[str] = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add columns, tables and indexes, and fill them from the documents."""
    connection = op.get_bind()
    inspected = sa.inspect(connection)
    for table, name, default in _COLUMNS:
        if name not in {column["name"] for column in inspected.get_columns(table)}:
            kind = sa.SmallInteger if name == "is_gone" else sa.BigInteger
            column = sa.Column(name, kind, nullable=default is None, server_default=default)
            op.add_column(table, column)
    for name, table, columns in _INDEXES:
        if name not in {index["name"] for index in inspected.get_indexes(table)}:
            op.create_index(name, table, columns, unique=False)
    if not inspected.has_table(_TABLES[0]):
        _make_tables()
    if _TWINS[0][0] not in {column["name"] for column in inspected.get_columns("kwiga_orders")}:
        _add_twins()
    if _SUBSCRIPTIONS_INDEX not in {index["name"] for index in inspected.get_indexes("kwiga_orders")}:
        # P13: a contact gets a trial of an offer only once
        is_subscription = sa.column("type") == "subscription"
        op.create_index(
            _SUBSCRIPTIONS_INDEX,
            "kwiga_orders",
            ["project", "contact", "offer", "number"],
            unique=False,
            sqlite_where=is_subscription,
            postgresql_where=is_subscription,
        )
    number_history(connection)
    rederive_orders(connection)


def _add_twins() -> None:
    """Add columns and indexes that find twins: those to supersede, those with payments to void, the newest (O3)."""
    for name, index in _TWINS:
        op.add_column("kwiga_orders", sa.Column(name, _TEXT))
        is_twin = sa.column(name).is_not(None)
        op.create_index(
            index,
            "kwiga_orders",
            ["project", "contact", name, "number"],
            unique=False,
            sqlite_where=is_twin,
            postgresql_where=is_twin,
        )


def _make_tables() -> None:
    op.create_table(
        "kwiga_label_counts",
        *(sa.Column(name, _TEXT, nullable=False) for name in ("project", "kind", "value")),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project"], ["kwiga_projects.project"], name=op.f("fk_kwiga_label_counts_kwiga_projects")
        ),
        sa.PrimaryKeyConstraint("project", "kind", "value", name=op.f("pk_kwiga_label_counts")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "kwiga_order_tasks",
        *(sa.Column(name, _TEXT, nullable=False) for name in ("project", "order_id", "task", "title")),
        sa.Column("assignee", _TEXT),
        *(sa.Column(name, sa.BigInteger()) for name in ("due_at", "done_at")),
        sa.ForeignKeyConstraint(
            ["project", "order_id"],
            ["kwiga_orders.project", "kwiga_orders.id"],
            name=op.f("fk_kwiga_order_tasks_kwiga_orders"),
        ),
        sa.PrimaryKeyConstraint("project", "order_id", "task", name=op.f("pk_kwiga_order_tasks")),
        sqlite_with_rowid=False,
    )
    for columns in (["project", "assignee", "due_at"], ["project", "due_at"]):
        op.create_index(f"ix_kwiga_order_tasks_{'_'.join(columns)}", "kwiga_order_tasks", columns, unique=False)
    _make_takings()


def _make_takings() -> None:
    op.create_table(
        "kwiga_order_takings",
        *(sa.Column(name, _TEXT, nullable=False) for name in ("project", "order_id", "fact")),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, _TEXT, nullable=False) for name in ("product", "currency", "kind")),
        *(sa.Column(name, _TEXT) for name in ("gateway", "offer", "manager")),
        sa.Column("came", sa.SmallInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("paid", "refunded")),
        sa.ForeignKeyConstraint(
            ["project", "order_id"],
            ["kwiga_orders.project", "kwiga_orders.id"],
            name=op.f("fk_kwiga_order_takings_kwiga_orders"),
        ),
        sa.PrimaryKeyConstraint("project", "order_id", "fact", name=op.f("pk_kwiga_order_takings")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_kwiga_order_takings_project_at", "kwiga_order_takings", ["project", "at"], unique=False)


def downgrade() -> None:
    """Drop tables, indexes and columns. The older library can ignore the new values of filter columns."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    for name, table, _ in _INDEXES:
        op.drop_index(name, table)
    op.drop_index(_SUBSCRIPTIONS_INDEX, "kwiga_orders")
    for name, index in reversed(_TWINS):
        op.drop_index(index, "kwiga_orders")
        op.drop_column("kwiga_orders", name)
    for table, name, _ in reversed(_COLUMNS):
        op.drop_column(table, name)
