"""The hour of day each person is best written to, and campaigns that keep to it."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Instant, Whole

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

TIMED = "outcome IS NULL AND {} AND not_before IS NOT NULL"


def upgrade() -> None:
    op.create_table(
        "customer_hour",
        sa.Column("customer_id", Whole, autoincrement=False, nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("events", Whole, nullable=False),
        sa.CheckConstraint("hour BETWEEN 0 AND 23 AND events > 0", name=op.f("ck_customer_hour_hour")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_hour_customer_id_customer")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_hour")),
    )
    op.create_table(
        "shop_hour",
        sa.Column("hour", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("events", Whole, nullable=False),
        sa.PrimaryKeyConstraint("hour", name=op.f("pk_shop_hour")),
    )
    op.add_column("campaign", sa.Column("best_hour", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("campaign_recipient", sa.Column("not_before", Instant(), nullable=True))
    op.create_index(
        "ix_campaign_recipient_timed",
        "campaign_recipient",
        ["run_id", "not_before"],
        unique=False,
        postgresql_where=sa.text(TIMED.format("NOT queued")),
        sqlite_where=sa.text(TIMED.format("queued = 0")),
    )


def downgrade() -> None:
    op.drop_index("ix_campaign_recipient_timed", table_name="campaign_recipient")
    op.drop_column("campaign_recipient", "not_before")
    op.drop_column("campaign", "best_hour")
    op.drop_table("shop_hour")
    op.drop_table("customer_hour")
