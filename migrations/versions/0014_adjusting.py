"""API keys may ask for what a second person decides; the lots that end on a day are found by it."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Whole

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ASKED_BY = """
UPDATE approval SET asked_by =
(SELECT 'staff:' || public_id FROM staff_member WHERE staff_member.id = approval.asked_by_id)
"""


def upgrade() -> None:
    op.add_column("approval", sa.Column("asked_by", sa.Text(), nullable=True))
    op.execute(ASKED_BY)
    with op.batch_alter_table("approval") as approval:
        approval.alter_column("asked_by", existing_type=sa.Text(), nullable=False)
        approval.alter_column("asked_by_id", existing_type=Whole, nullable=True)
    op.create_index("ix_lot_expires_on_customer_id", "lot", ["expires_on", "customer_id"])


def downgrade() -> None:
    op.drop_index("ix_lot_expires_on_customer_id", "lot")
    op.execute("DELETE FROM approval WHERE asked_by_id IS NULL")
    with op.batch_alter_table("approval") as approval:
        approval.alter_column("asked_by_id", existing_type=Whole, nullable=False)
        approval.drop_column("asked_by")
