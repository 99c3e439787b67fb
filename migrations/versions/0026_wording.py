"""The shop's own words for sentences, every change of them, and how customers are addressed."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Instant, Whole

revision = "0026"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(  # a column's own check needs no new table on SQLite
        "ALTER TABLE shop_choice ADD COLUMN address TEXT "
        "CONSTRAINT ck_shop_choice_address CHECK (address IN ('ban', 'anh_chi'))"
    )
    op.create_table(
        "text_override",
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("locale", sa.String(2), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("locale IN ('vi', 'en')", name=op.f("ck_text_override_locale")),
        sa.CheckConstraint("length(wording) BETWEEN 1 AND 2000", name=op.f("ck_text_override_wording")),
        sa.PrimaryKeyConstraint("key", "locale", name=op.f("pk_text_override")),
    )
    op.create_table(
        "text_change",
        sa.Column("id", Whole, nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("locale", sa.String(2), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("locale IN ('vi', 'en')", name=op.f("ck_text_change_locale")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_change")),
    )
    op.create_index("ix_text_change_key", "text_change", ["key"])


def downgrade() -> None:
    op.drop_index("ix_text_change_key", table_name="text_change")
    op.drop_table("text_change")
    op.drop_table("text_override")
    op.execute("ALTER TABLE shop_choice DROP COLUMN address")
