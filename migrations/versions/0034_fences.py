"""A number each claim of an outgoing message takes, apart from its tries: a late worker settles no later attempt."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Whole

revision = "0034"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbound_message", sa.Column("fence", Whole, server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("outbound_message", "fence")
