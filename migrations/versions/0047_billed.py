"""What messages cost lately, found without walking those that were free."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

BILLED = sa.text("billed_in IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_outbound_message_billed",
        "outbound_message",
        ["began_at"],
        unique=False,
        postgresql_where=BILLED,
        sqlite_where=BILLED,
    )


def downgrade() -> None:
    op.drop_index("ix_outbound_message_billed", table_name="outbound_message")
