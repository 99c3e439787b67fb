"""Days of movements and of customers, and what waits for approval, found without reading everything."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

DAYS = {
    "ix_ledger_entry_posted_on": ("ledger_entry", "posted_on"),
    "ix_customer_created_at": ("customer", "created_at"),
    "ix_customer_joined_at": ("customer", "joined_at"),
}
WAITING = sa.text("state = 'waiting'")  # a partial index holds only what waits


def upgrade() -> None:
    for name, (table, column) in DAYS.items():
        op.create_index(name, table, [column])
    op.create_index("ix_approval_waiting", "approval", ["id"], postgresql_where=WAITING, sqlite_where=WAITING)


def downgrade() -> None:
    op.drop_index("ix_approval_waiting", "approval")
    for name, (table, _column) in DAYS.items():
        op.drop_index(name, table)
