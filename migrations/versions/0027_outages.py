"""Platforms that do not answer, and how many calls were made of those a platform allows."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Instant, Whole

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_outage",
        sa.Column("channel_account_id", Whole, autoincrement=False, nullable=False),
        sa.Column("failures", Whole, nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("probes", Whole, nullable=False),
        sa.Column("probe_at", Instant(), nullable=True),
        sa.CheckConstraint("failures > 0", name=op.f("ck_channel_outage_failures")),
        sa.CheckConstraint("probes >= 0", name=op.f("ck_channel_outage_probes")),
        *_of_account("channel_outage"),
    )
    op.create_table(
        "channel_calls",
        sa.Column("channel_account_id", Whole, autoincrement=False, nullable=False),
        sa.Column("number", Whole, nullable=False),
        sa.Column("taken", Whole, nullable=False),
        sa.CheckConstraint("taken >= 0", name=op.f("ck_channel_calls_taken")),
        *_of_account("channel_calls"),
    )


def downgrade() -> None:
    op.drop_table("channel_calls")
    op.drop_table("channel_outage")


def _of_account(table: str) -> tuple[sa.Constraint, ...]:
    account = op.f(f"fk_{table}_channel_account_id_channel_account")
    return (
        sa.ForeignKeyConstraint(["channel_account_id"], ["channel_account.id"], name=account),
        sa.PrimaryKeyConstraint("channel_account_id", name=op.f(f"pk_{table}")),
    )
