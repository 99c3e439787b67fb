"""Journeys that wait for a second person, and money of a journey's own."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Whole

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

OLD = "state IN ('draft', 'active', 'paused', 'ended')"
NEW = "state IN ('draft', 'waiting_approval', 'active', 'paused', 'ended')"
KINDS = "('campaign', 'journey')"


def upgrade() -> None:
    op.add_column("journey", sa.Column("purse_id", Whole, nullable=True))
    op.add_column("journey", sa.Column("approval", Document, nullable=True))
    _states(NEW)


def downgrade() -> None:
    """What waited is a draft again, or paused where it ran before; requests the older schema cannot read go.

    A campaign that waits goes on waiting: it is decided on its page there.
    """
    op.execute("UPDATE journey SET state = 'draft' WHERE state = 'waiting_approval' AND activated_at IS NULL")
    op.execute("UPDATE journey SET state = 'paused' WHERE state = 'waiting_approval'")
    op.execute(f"DELETE FROM approval WHERE kind IN {KINDS}")
    _states(OLD)
    op.drop_column("journey", "approval")
    op.drop_column("journey", "purse_id")


def _states(allowed: str) -> None:
    with op.batch_alter_table("journey") as journey:
        journey.drop_constraint(op.f("ck_journey_state"), type_="check")
        journey.create_check_constraint(op.f("ck_journey_state"), allowed)
