"""Days of movements and of customers, and what waits for approval, found without reading everything."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Partial indexes: they hold only who came by themselves, and only what waits.
NEWCOMER = sa.text("source <> 'import' AND erased_at IS NULL")
WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_index("ix_ledger_entry_posted_on", "ledger_entry", ["posted_on"])
    for column in ("created_at", "joined_at"):
        name = f"ix_customer_{column}"
        op.create_index(name, "customer", [column], postgresql_where=NEWCOMER, sqlite_where=NEWCOMER)
    op.create_index("ix_approval_waiting", "approval", ["id"], postgresql_where=WAITING, sqlite_where=WAITING)


def downgrade() -> None:
    op.drop_index("ix_approval_waiting", "approval")
    for column in ("created_at", "joined_at"):
        op.drop_index(f"ix_customer_{column}", "customer")
    op.drop_index("ix_ledger_entry_posted_on", "ledger_entry")
