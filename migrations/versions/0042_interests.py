"""What people are interested in: told, or counted from their bills. Those of older bills are counted in the night."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Instant, Whole

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer_interest",
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("times", Whole, nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("told_at", Instant(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("refused_at", Instant(), nullable=True),
        sa.CheckConstraint("kind IN ('category', 'product', 'told')", name=op.f("ck_customer_interest_kind")),
        sa.CheckConstraint("times >= 0", name=op.f("ck_customer_interest_times")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_interest_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("customer_id", "word", name=op.f("pk_customer_interest")),
    )
    wanted = sa.text("refused_at IS NULL")
    op.create_index(
        "ix_customer_interest_word",
        "customer_interest",
        ["word", "customer_id"],
        sqlite_where=wanted,
        postgresql_where=wanted,
    )


def downgrade() -> None:
    op.drop_table("customer_interest")
