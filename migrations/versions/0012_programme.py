"""Who activated a version of the rules and why; versions withdrawn before their day."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Instant, Whole

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ADDED = ("author", "note")


def upgrade() -> None:
    for name in ADDED:
        op.add_column("programme_version", sa.Column(name, sa.Text(), nullable=True))
    op.create_table(
        "withdrawn_version",
        sa.Column("version", Whole, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", Instant(), nullable=False),
        sa.Column("withdrawn_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_withdrawn_version")),
    )


def downgrade() -> None:
    op.drop_table("withdrawn_version")
    for name in ADDED:
        op.drop_column("programme_version", name)
