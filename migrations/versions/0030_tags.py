"""Words people are marked with, for rules to ask for."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Instant, Whole

revision = "0030"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer_tag",
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_tag_customer_id_customer")),
        sa.PrimaryKeyConstraint("customer_id", "tag", name=op.f("pk_customer_tag")),
    )
    op.create_index("ix_customer_tag_tag_customer_id", "customer_tag", ["tag", "customer_id"])


def downgrade() -> None:
    op.drop_table("customer_tag")
