"""Which account a link opens; whether an account's tags follow ours, and which of them this program put there."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Instant, Whole

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

SWITCHES = ("mirrors_tags", "takes_tags")


def upgrade() -> None:
    for name in SWITCHES:
        op.add_column("channel_account", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "mirrored_tag",
        sa.Column("channel_account_id", Whole, sa.ForeignKey("channel_account.id"), primary_key=True),
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("tag", sa.Text(), primary_key=True),
        sa.Column("is_there", sa.Boolean(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
    )
    op.create_table(
        "channel_door",
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("place", sa.Text(), primary_key=True),
        sa.Column("channel_account_id", Whole, sa.ForeignKey("channel_account.id"), nullable=False),
    )


def downgrade() -> None:
    """Links open the account of the settings again; tags put on people at an account stay there."""
    op.drop_table("channel_door")
    op.drop_table("mirrored_tag")
    for name in SWITCHES:
        op.drop_column("channel_account", name)
