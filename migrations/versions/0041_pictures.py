"""Uploaded pictures, what the platforms call them, and the rewards and campaigns that show them."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Instant, Whole

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

WANTED = sa.text("state = 'wanted'")
SHOWING = ("reward", "campaign_content")
ONE = "ck_campaign_content_one_picture"


def upgrade() -> None:
    op.create_table(
        "picture",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("width", Whole, nullable=False),
        sa.Column("height", Whole, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", Instant(), nullable=False),
        sa.CheckConstraint("mime IN ('image/png', 'image/jpeg')", name=op.f("ck_picture_mime")),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_picture_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture")),
        sa.UniqueConstraint("public_id", name=op.f("uq_picture_public_id")),
        sa.UniqueConstraint("digest", name=op.f("uq_picture_digest")),
    )
    _create_uploads()
    for table in SHOWING:
        with op.batch_alter_table(table) as changed:
            changed.add_column(sa.Column("picture_id", Whole, nullable=True))
            changed.create_foreign_key(op.f(f"fk_{table}_picture_id"), "picture", ["picture_id"], ["id"])
            if table == "campaign_content":
                changed.create_check_constraint(op.f(ONE), "image_url IS NULL OR picture_id IS NULL")


def downgrade() -> None:
    for table in SHOWING:
        with op.batch_alter_table(table) as changed:
            if table == "campaign_content":
                changed.drop_constraint(op.f(ONE), type_="check")
            changed.drop_constraint(op.f(f"fk_{table}_picture_id"), type_="foreignkey")
            changed.drop_column("picture_id")
    op.drop_table("picture_upload")
    op.drop_table("picture")


def _create_uploads() -> None:
    op.create_table(
        "picture_upload",
        sa.Column("picture_id", Whole, autoincrement=False, nullable=False),
        sa.Column("channel_account_id", Whole, autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("attempts", Whole, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('wanted', 'ready', 'refused')", name=op.f("ck_picture_upload_state")),
        sa.CheckConstraint("(state = 'ready') = (name IS NOT NULL)", name=op.f("ck_picture_upload_name")),
        sa.ForeignKeyConstraint(
            ["picture_id"], ["picture.id"], name=op.f("fk_picture_upload_picture_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["channel_account_id"], ["channel_account.id"], name=op.f("fk_picture_upload_channel_account_id")
        ),
        sa.PrimaryKeyConstraint("picture_id", "channel_account_id", name=op.f("pk_picture_upload")),
    )
    op.create_index(
        "ix_picture_upload_wanted",
        "picture_upload",
        ["due_at"],
        unique=False,
        postgresql_where=WANTED,
        sqlite_where=WANTED,
    )
