"""What platforms tell of an account, receipts that came before their message was settled, consents under way."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_figure",
        sa.Column("channel_account_id", Whole, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", Document, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        _account("channel_figure"),
        sa.PrimaryKeyConstraint("channel_account_id", "name", name=op.f("pk_channel_figure")),
    )
    op.create_table(
        "early_receipt",
        sa.Column("channel_account_id", Whole, nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("delivered_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=True),
        sa.Column("received_at", Instant(), nullable=False),
        _account("early_receipt"),
        sa.PrimaryKeyConstraint("channel_account_id", "provider_id", name=op.f("pk_early_receipt")),
    )
    op.create_index(op.f("ix_early_receipt_received_at"), "early_receipt", ["received_at"])
    op.create_table(
        "grant_request",
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=True),
        sa.Column("verifier", sa.LargeBinary(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("taken_at", Instant(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_grant_request")),
    )
    op.create_index(op.f("ix_grant_request_asked_at"), "grant_request", ["asked_at"])


def downgrade() -> None:
    op.drop_table("grant_request")
    op.drop_table("early_receipt")
    op.drop_table("channel_figure")


def _account(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_channel_account_id")
    return sa.ForeignKeyConstraint(["channel_account_id"], ["channel_account.id"], name=name)
