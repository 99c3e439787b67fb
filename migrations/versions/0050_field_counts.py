"""How many people have each field, kept by a worker."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "field_counts",
        sa.Column("id", Whole, autoincrement=False, nullable=False),
        sa.Column("facts", Document, nullable=True),
        sa.Column("taken_at", Instant(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_field_counts_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_counts")),
    )


def downgrade() -> None:
    op.drop_table("field_counts")
