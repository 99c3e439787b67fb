"""Segments are read by their number when their portraits are looked for: an index on those asked for served nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

ASKED = sa.text("asked_at IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_segment_portrait_asked", table_name="segment_portrait")


def downgrade() -> None:
    op.create_index(
        "ix_segment_portrait_asked",
        "segment_portrait",
        ["segment_id"],
        unique=False,
        postgresql_where=ASKED,
        sqlite_where=ASKED,
    )
