"""Each claim of an outgoing message has a number of its own; and whom to ring up, because no message reaches them."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Instant, Whole

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbound_message", sa.Column("fence", Whole, server_default="0", nullable=False))
    op.create_table(
        "phone_call",
        sa.Column("id", Whole, primary_key=True),
        sa.Column("public_id", sa.Text(), unique=True, nullable=False),
        sa.Column("customer_id", Whole, sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=True),
    )
    op.create_index("ix_phone_call_customer_id", "phone_call", ["customer_id", "kind"])
    op.create_index(
        "uq_phone_call_open",
        "phone_call",
        ["customer_id", "kind"],
        unique=True,
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )


def downgrade() -> None:
    """Whom somebody still wanted to ring up is forgotten; nothing of theirs is lost by it."""
    op.drop_table("phone_call")
    op.drop_column("outbound_message", "fence")
