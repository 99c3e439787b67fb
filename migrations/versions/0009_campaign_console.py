"""Segments that change, are counted and removed; campaigns put away; runs that keep what they began with."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ADDED = {
    "segment": (("size", Whole), ("counted_at", Instant()), ("removed_at", Instant())),
    "campaign": (("archived_at", Instant()),),
    "campaign_run": (("rules", Document), ("text", sa.Text()), ("tally", Document)),
}


def upgrade() -> None:
    for table, columns in ADDED.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind, nullable=True))
    op.create_index("ix_campaign_segment_id", "campaign", ["segment_id"], unique=False)
    op.create_table(
        "segment_edition",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("segment_id", Whole, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rules", Document, nullable=False),
        sa.Column("size", Whole, nullable=True),
        sa.Column("replaced_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segment.id"], name=op.f("fk_segment_edition_segment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_edition")),
        sa.UniqueConstraint("public_id", name=op.f("uq_segment_edition_public_id")),
    )
    op.create_index(op.f("ix_segment_edition_segment_id"), "segment_edition", ["segment_id"], unique=False)


def downgrade() -> None:
    op.drop_table("segment_edition")
    op.drop_index("ix_campaign_segment_id", "campaign")
    for table, columns in ADDED.items():
        for name, _kind in columns:
            op.drop_column(table, name)
