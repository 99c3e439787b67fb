"""Signed webhooks out: who is told what, how far they have been told, each attempt; when an API key was last used."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FAILED = sa.text("outcome = 'failed'")
# A timeline row's number is drawn only after its transaction has its own number: receivers are told all rows up to a
# number as soon as every transaction that had one by then is over (loyalty/hooks/feed.py).
ORDERED = "CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('activity_id_seq'::regclass) END"
PLAIN = "nextval('activity_id_seq'::regclass)"
# SQLite gives the numbers of the newest rows out again when those are deleted: nobody may stand beyond the end.
END_MOVES = """
CREATE TRIGGER activity_end_moves AFTER DELETE ON activity
BEGIN
  UPDATE webhook SET position = (SELECT coalesce(max(id), 0) FROM activity)
  WHERE position > (SELECT coalesce(max(id), 0) FROM activity);
END
"""


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.LargeBinary(), nullable=False),
        sa.Column("events", Document, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("old_secret", sa.LargeBinary(), nullable=True),
        sa.Column("old_secret_until", Instant(), nullable=True),
        sa.Column("position", Whole, nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("failures", Whole, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("test_id", sa.Text(), nullable=True),
        sa.Column("fence", Whole, nullable=False),
        sa.Column("leased_until", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("delivered_at", Instant(), nullable=True),
        sa.CheckConstraint("state IN ('active', 'paused', 'stopped', 'removed')", name=op.f("ck_webhook_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sa.UniqueConstraint("public_id", name=op.f("uq_webhook_public_id")),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("webhook_id", Whole, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("activity_id", Whole, nullable=True),
        sa.Column("attempt", Whole, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("status", Whole, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("ms", Whole, nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("outcome IN ('delivered', 'failed')", name=op.f("ck_webhook_delivery_outcome")),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_delivery_webhook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint("public_id", name=op.f("uq_webhook_delivery_public_id")),
    )
    op.create_index(op.f("ix_webhook_delivery_at"), "webhook_delivery", ["at"])
    op.create_index("ix_webhook_delivery_webhook_id_id", "webhook_delivery", ["webhook_id", "id"])
    op.create_index(
        "ix_webhook_delivery_failed",
        "webhook_delivery",
        ["webhook_id", "id"],
        postgresql_where=FAILED,
        sqlite_where=FAILED,
    )
    op.add_column("api_key", sa.Column("last_used_at", Instant(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        op.execute(END_MOVES)
    else:
        op.execute(f"ALTER TABLE activity ALTER COLUMN id SET DEFAULT {ORDERED}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER activity_end_moves")
    else:
        op.execute(f"ALTER TABLE activity ALTER COLUMN id SET DEFAULT {PLAIN}")
    op.drop_column("api_key", "last_used_at")
    op.drop_table("webhook_delivery")
    op.drop_table("webhook")
