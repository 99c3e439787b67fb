"""Fields of customers a shop defines for itself, and what stands in them."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

ONE_OF_FOUR = " + ".join(f"(CASE WHEN {name} IS NULL THEN 0 ELSE 1 END)" for name in ("number", "word", "day", "cell"))


def upgrade() -> None:
    op.create_table(
        "custom_field",
        sa.Column("id", Whole, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("key", "name_vi", "name_en", "kind", "purpose")),
        sa.Column("months", Whole, nullable=False),
        sa.Column("personal", sa.Boolean(), nullable=False),
        sa.Column("choices", Document, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("archived_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('text', 'number', 'money', 'date', 'flag', 'choice')", name=op.f("ck_custom_field_kind")
        ),
        sa.CheckConstraint(
            "purpose IN ('promotion', 'care', 'evaluation', 'personalisation')", name=op.f("ck_custom_field_purpose")
        ),
        sa.CheckConstraint("months BETWEEN 1 AND 240", name=op.f("ck_custom_field_months")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_field")),
        sa.UniqueConstraint("key", name=op.f("uq_custom_field_key")),
    )
    op.create_table(
        "custom_value",
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("field_id", Whole, nullable=False),
        sa.Column("number", Whole, nullable=True),
        sa.Column("word", sa.Text(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("cell", sa.LargeBinary(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint(f"{ONE_OF_FOUR} = 1", name=op.f("ck_custom_value_one")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_custom_value_customer_id_customer")),
        sa.ForeignKeyConstraint(["field_id"], ["custom_field.id"], name=op.f("fk_custom_value_field_id_custom_field")),
        sa.PrimaryKeyConstraint("customer_id", "field_id", name=op.f("pk_custom_value")),
    )
    for name in ("number", "word", "day"):
        has = sa.text(f"{name} IS NOT NULL")
        columns = ["field_id", name, "customer_id"]
        op.create_index(f"ix_custom_value_{name}", "custom_value", columns, sqlite_where=has, postgresql_where=has)
    op.create_index("ix_custom_value_at", "custom_value", ["field_id", "at"])


def downgrade() -> None:
    op.drop_table("custom_value")
    op.drop_table("custom_field")
