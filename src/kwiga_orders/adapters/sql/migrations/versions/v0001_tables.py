"""Make all tables."""

import sqlalchemy as sa
from alembic import op

revision = "kwiga0001"
"""The name of this step, with the library's name, because it may stand among a host's own steps."""

down_revision = None
"""It is the first step."""

branch_labels = ("kwiga_orders",)
"""The label under which a host's migrations can refer to all steps of this library."""

_TEXT: sa.types.TypeEngine[str] = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables; the fourth step creates the search index."""
    op.create_table(
        "kwiga_projects",
        sa.Column("project", _TEXT, nullable=False),
        sa.Column("schema", sa.SmallInteger(), nullable=False),
        sa.Column("document", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("project", name=op.f("pk_kwiga_projects")),
    )
    op.create_table(
        "kwiga_contacts",
        sa.Column("project", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("email", _TEXT, nullable=False),
        sa.Column("phone_reversed", _TEXT, nullable=False),
        sa.Column("schema", sa.SmallInteger(), nullable=False),
        sa.Column("document", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(["project"], ["kwiga_projects.project"], name=op.f("fk_kwiga_contacts_kwiga_projects")),
        sa.PrimaryKeyConstraint("project", "id", name=op.f("pk_kwiga_contacts")),
    )
    op.create_index(
        op.f("ix_kwiga_contacts_project_phone_reversed"), "kwiga_contacts", ["project", "phone_reversed"], unique=False
    )
    op.create_table(
        "kwiga_counters",
        sa.Column("project", _TEXT, nullable=False),
        sa.Column("funnel", _TEXT, nullable=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("currency", _TEXT, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["kwiga_projects.project"], name=op.f("fk_kwiga_counters_kwiga_projects")),
        sa.PrimaryKeyConstraint("project", "funnel", "status", "currency", name=op.f("pk_kwiga_counters")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "kwiga_funnels",
        sa.Column("project", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("schema", sa.SmallInteger(), nullable=False),
        sa.Column("document", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(["project"], ["kwiga_projects.project"], name=op.f("fk_kwiga_funnels_kwiga_projects")),
        sa.PrimaryKeyConstraint("project", "id", name=op.f("pk_kwiga_funnels")),
    )
    op.create_table(
        "kwiga_idempotency_keys",
        sa.Column("project", _TEXT, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("schema", sa.SmallInteger(), nullable=False),
        sa.Column("document", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["project"], ["kwiga_projects.project"], name=op.f("fk_kwiga_idempotency_keys_kwiga_projects")
        ),
        sa.PrimaryKeyConstraint("project", "key", name=op.f("pk_kwiga_idempotency_keys")),
    )
    op.create_table(
        "kwiga_offers",
        sa.Column("project", _TEXT, nullable=False),
        sa.Column("code", _TEXT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("funnel", _TEXT, nullable=True),
        sa.Column("schema", sa.SmallInteger(), nullable=False),
        sa.Column("document", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(["project"], ["kwiga_projects.project"], name=op.f("fk_kwiga_offers_kwiga_projects")),
        sa.PrimaryKeyConstraint("project", "code", name=op.f("pk_kwiga_offers")),
    )
    op.create_index(op.f("ix_kwiga_offers_project_funnel"), "kwiga_offers", ["project", "funnel"], unique=False)
    op.create_table(
        "kwiga_orders",
        sa.Column("project", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contact", _TEXT, nullable=False),
        sa.Column("offer", _TEXT, nullable=True),
        sa.Column("funnel", _TEXT, nullable=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("payment_status", _TEXT, nullable=False),
        sa.Column("type", _TEXT, nullable=False),
        sa.Column("manager", _TEXT, nullable=True),
        sa.Column("currency", _TEXT, nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("amount_rank", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("next_due_at", sa.BigInteger(), nullable=True),
        sa.Column("schema", sa.SmallInteger(), nullable=False),
        sa.Column("document", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(["project"], ["kwiga_projects.project"], name=op.f("fk_kwiga_orders_kwiga_projects")),
        sa.PrimaryKeyConstraint("project", "id", name=op.f("pk_kwiga_orders")),
        sa.UniqueConstraint("project", "number", name=op.f("uq_kwiga_orders_project_number")),
    )
    op.create_index(
        op.f("ix_kwiga_orders_project_amount_rank_number"),
        "kwiga_orders",
        ["project", "amount_rank", "number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_kwiga_orders_project_contact_number"), "kwiga_orders", ["project", "contact", "number"], unique=False
    )
    op.create_index(
        op.f("ix_kwiga_orders_project_created_at_number"),
        "kwiga_orders",
        ["project", "created_at", "number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_kwiga_orders_project_due_at_number"), "kwiga_orders", ["project", "due_at", "number"], unique=False
    )
    op.create_index(
        op.f("ix_kwiga_orders_project_next_due_at_id"), "kwiga_orders", ["project", "next_due_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_kwiga_orders_project_funnel_status_created_at_number"),
        "kwiga_orders",
        ["project", "funnel", "status", "created_at", "number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_kwiga_orders_project_manager_created_at_number"),
        "kwiga_orders",
        ["project", "manager", "created_at", "number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_kwiga_orders_project_offer_number"), "kwiga_orders", ["project", "offer", "number"], unique=False
    )
    op.create_index(
        op.f("ix_kwiga_orders_project_payment_status_created_at_number"),
        "kwiga_orders",
        ["project", "payment_status", "created_at", "number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_kwiga_orders_project_updated_at_number"),
        "kwiga_orders",
        ["project", "updated_at", "number"],
        unique=False,
    )
    op.create_table(
        "kwiga_outbox",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("project", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("contact", _TEXT, nullable=False),
        sa.Column("letter_key", _TEXT, nullable=True),
        sa.Column("gateway", _TEXT, nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("schema", sa.SmallInteger(), nullable=False),
        sa.Column("document", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(["project"], ["kwiga_projects.project"], name=op.f("fk_kwiga_outbox_kwiga_projects")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_kwiga_outbox")),
        sa.UniqueConstraint("project", "id", name=op.f("uq_kwiga_outbox_project_id")),
        sa.UniqueConstraint("project", "letter_key", name=op.f("uq_kwiga_outbox_project_letter_key")),
    )
    op.create_index("ix_kwiga_outbox_contact", "kwiga_outbox", ["project", "contact", "seq"], unique=False)
    op.create_index(
        "ix_kwiga_outbox_unsent",
        "kwiga_outbox",
        ["project", "gateway", "seq"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "kwiga_certificates",
        sa.Column("project", _TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", _TEXT, nullable=False),
        sa.Column("product", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["project", "order_id"],
            ["kwiga_orders.project", "kwiga_orders.id"],
            name=op.f("fk_kwiga_certificates_kwiga_orders"),
        ),
        sa.PrimaryKeyConstraint("project", "number", name=op.f("pk_kwiga_certificates")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "kwiga_history",
        sa.Column("project", _TEXT, nullable=False),
        sa.Column("order_id", _TEXT, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event", _TEXT, nullable=False),
        sa.Column("schema", sa.SmallInteger(), nullable=False),
        sa.Column("document", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["project", "order_id"],
            ["kwiga_orders.project", "kwiga_orders.id"],
            name=op.f("fk_kwiga_history_kwiga_orders"),
        ),
        sa.PrimaryKeyConstraint("project", "order_id", "version", "position", name=op.f("pk_kwiga_history")),
    )
    op.create_table(
        "kwiga_order_labels",
        sa.Column("project", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("value", _TEXT, nullable=False),
        sa.Column("order_id", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["project", "order_id"],
            ["kwiga_orders.project", "kwiga_orders.id"],
            name=op.f("fk_kwiga_order_labels_kwiga_orders"),
        ),
        sa.PrimaryKeyConstraint("project", "kind", "value", "order_id", name=op.f("pk_kwiga_order_labels")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "kwiga_order_payments",
        sa.Column("project", _TEXT, nullable=False),
        sa.Column("order_id", _TEXT, nullable=False),
        sa.Column("payment", _TEXT, nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("paid_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project", "order_id"],
            ["kwiga_orders.project", "kwiga_orders.id"],
            name=op.f("fk_kwiga_order_payments_kwiga_orders"),
        ),
        sa.PrimaryKeyConstraint("project", "order_id", "payment", name=op.f("pk_kwiga_order_payments")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_kwiga_order_payments_project_due_at"), "kwiga_order_payments", ["project", "due_at"], unique=False
    )
    op.create_index(
        op.f("ix_kwiga_order_payments_project_paid_at"), "kwiga_order_payments", ["project", "paid_at"], unique=False
    )
    op.create_table(
        "kwiga_order_products",
        sa.Column("project", _TEXT, nullable=False),
        sa.Column("contact", _TEXT, nullable=False),
        sa.Column("product", _TEXT, nullable=False),
        sa.Column("order_id", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["project", "order_id"],
            ["kwiga_orders.project", "kwiga_orders.id"],
            name=op.f("fk_kwiga_order_products_kwiga_orders"),
        ),
        sa.PrimaryKeyConstraint("project", "contact", "product", "order_id", name=op.f("pk_kwiga_order_products")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_kwiga_order_products_project_product_order_id"),
        "kwiga_order_products",
        ["project", "product", "order_id"],
        unique=False,
    )


def downgrade() -> None:
    """Drop the tables with all their rows."""
    op.drop_table("kwiga_order_products")
    op.drop_table("kwiga_order_payments")
    op.drop_table("kwiga_order_labels")
    op.drop_table("kwiga_history")
    op.drop_table("kwiga_certificates")
    op.drop_table("kwiga_outbox")
    op.drop_table("kwiga_orders")
    op.drop_table("kwiga_offers")
    op.drop_table("kwiga_idempotency_keys")
    op.drop_table("kwiga_funnels")
    op.drop_table("kwiga_counters")
    op.drop_table("kwiga_contacts")
    op.drop_table("kwiga_projects")
