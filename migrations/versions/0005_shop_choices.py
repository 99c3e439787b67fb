"""What the owner decides while the program runs, what billed messages cost, and the way from the demo to real use."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

LOST = sa.text("state IN ('failed', 'skipped', 'unknown')")
PARKED = sa.text("state = 'parked'")


def upgrade() -> None:
    _create_choices()
    _create_budget()
    _create_farewell()
    op.create_index(
        "ix_outbound_message_lost",
        "outbound_message",
        ["state", "settled_at", "id"],
        postgresql_where=LOST,
        sqlite_where=LOST,
    )
    op.create_index("ix_inbound_event_parked", "inbound_event", ["id"], postgresql_where=PARKED, sqlite_where=PARKED)


def downgrade() -> None:
    op.drop_index("ix_inbound_event_parked", table_name="inbound_event")
    op.drop_index("ix_outbound_message_lost", table_name="outbound_message")
    op.drop_table("demo_farewell")
    op.drop_table("budget_share")
    op.drop_table("budget_month")
    op.drop_column("outbound_message", "billed_in")
    op.execute("ALTER TABLE outbound_message DROP COLUMN price")
    op.drop_table("choice_change")
    op.drop_table("shop_choice")


def _create_choices() -> None:
    op.create_table(
        "shop_choice",
        sa.Column("id", Whole, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("quiet_hours", sa.Text(), nullable=True),
        sa.Column("monthly_budget", Whole, nullable=True),
        sa.Column("opening", Document, nullable=True),
        sa.Column("closed_days", Document, nullable=True),
        sa.Column("closed_text", sa.Text(), nullable=True),
        sa.Column("stopped_at", Instant(), nullable=True),
        sa.Column("stopped_by", sa.Text(), nullable=True),
        sa.Column("stopped_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_shop_choice_only_one")),
        sa.CheckConstraint("locale IN ('vi', 'en')", name=op.f("ck_shop_choice_locale")),
        sa.CheckConstraint("monthly_budget >= 0", name=op.f("ck_shop_choice_monthly_budget")),
        sa.CheckConstraint(
            "(stopped_at IS NULL) = (stopped_by IS NULL)", name=op.f("ck_shop_choice_stopped_by_somebody")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_choice")),
    )
    op.execute(sa.table("shop_choice", sa.column("id", Whole)).insert().values(id=1))
    op.create_table(
        "choice_change",
        sa.Column("id", Whole, nullable=False),
        sa.Column("before", Document, nullable=False),
        sa.Column("after", Document, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_choice_change")),
    )


def _create_budget() -> None:
    whole = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(  # a column's own check needs no new table on SQLite, a table's would
        f"ALTER TABLE outbound_message ADD COLUMN price {whole} DEFAULT '0' NOT NULL "
        "CONSTRAINT ck_outbound_message_price CHECK (price >= 0)"
    )
    op.add_column("outbound_message", sa.Column("billed_in", sa.Text(), nullable=True))
    op.create_table(
        "budget_month",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("ceiling", Whole, nullable=False),
        sa.Column("spent", Whole, nullable=False),
        sa.CheckConstraint("spent BETWEEN 0 AND ceiling", name=op.f("ck_budget_month_within_ceiling")),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_budget_month")),
    )
    op.create_table(
        "budget_share",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("channel_account_id", Whole, nullable=False),
        sa.Column("spent", Whole, nullable=False),
        sa.Column("messages", Whole, nullable=False),
        sa.CheckConstraint("spent >= 0", name=op.f("ck_budget_share_spent")),
        sa.CheckConstraint("messages >= 0", name=op.f("ck_budget_share_messages")),
        sa.ForeignKeyConstraint(
            ["channel_account_id"], ["channel_account.id"], name=op.f("fk_budget_share_channel_account_id")
        ),
        sa.ForeignKeyConstraint(["month"], ["budget_month.month"], name=op.f("fk_budget_share_month")),
        sa.PrimaryKeyConstraint("month", "channel_account_id", name=op.f("pk_budget_share")),
    )


def _create_farewell() -> None:
    op.create_table(
        "demo_farewell",
        sa.Column("id", Whole, autoincrement=False, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("rows_found", Whole, nullable=False),
        sa.Column("rows_gone", Whole, nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_demo_farewell_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demo_farewell")),
    )
