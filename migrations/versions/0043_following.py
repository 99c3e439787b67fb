"""Each segment knows how far it follows the timeline, and which look at it is the newest."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Whole

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("segment", sa.Column("followed", Whole, nullable=True))
    op.add_column("segment", sa.Column("revision", Whole, server_default="0", nullable=False))
    op.execute("UPDATE segment SET followed = (SELECT position FROM segment_watch)")


def downgrade() -> None:
    """All are followed together again, from where the last of them is: whoever changed since is looked at twice."""
    op.execute(
        "UPDATE segment_watch SET position = (SELECT min(followed) FROM segment WHERE removed_at IS NULL)"
        " WHERE EXISTS (SELECT 1 FROM segment WHERE removed_at IS NULL AND followed IS NOT NULL)"
    )
    op.drop_column("segment", "revision")
    op.drop_column("segment", "followed")
