"""What money set aside paid lately, found without walking what other messages cost."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

SET_ASIDE = sa.text("billed_in IS NOT NULL AND purse_id IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_outbound_message_purse",
        "outbound_message",
        ["purse_id", "began_at"],
        unique=False,
        postgresql_where=SET_ASIDE,
        sqlite_where=SET_ASIDE,
    )


def downgrade() -> None:
    op.drop_index("ix_outbound_message_purse", table_name="outbound_message")
