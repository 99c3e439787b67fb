"""Portraits of segments and of the shop, kept by a worker."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

ASKED = sa.text("asked_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "segment_portrait",
        sa.Column("segment_id", Whole, autoincrement=False, nullable=False),
        sa.Column("facts", Document, nullable=True),
        sa.Column("taken_at", Instant(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segment.id"], name=op.f("fk_segment_portrait_segment_id_segment"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("segment_id", name=op.f("pk_segment_portrait")),
    )
    op.create_index(
        "ix_segment_portrait_asked",
        "segment_portrait",
        ["segment_id"],
        unique=False,
        postgresql_where=ASKED,
        sqlite_where=ASKED,
    )
    op.create_table(
        "shop_portrait",
        sa.Column("id", Whole, autoincrement=False, nullable=False),
        sa.Column("facts", Document, nullable=False),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_shop_portrait_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_portrait")),
    )


def downgrade() -> None:
    op.drop_table("shop_portrait")
    op.drop_table("segment_portrait")
