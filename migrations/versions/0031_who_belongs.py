"""Who belongs to a segment and since when, the five ready ones and their thresholds, RFM, lists."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole
from migrations import guards

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

SCORES = ("rfm_r", "rfm_f", "rfm_m")
OF_SEGMENT = ("kind", "code", "spent_12m", "due", "due_after")
TABLES = (  # who refers comes first
    *("segment_list_change_person", "segment_list_change", "segment_list_member"),
    *("segment_threshold_change", "segment_threshold", "rfm_bound", "customer_habit"),
    *("segment_watch", "segment_change", "segment_member"),
)


def upgrade() -> None:
    for name in SCORES:
        op.add_column("customer_stats", sa.Column(name, sa.SmallInteger(), nullable=True))
    op.add_column("segment", sa.Column("kind", sa.Text(), server_default="rules", nullable=False))
    op.add_column("segment", sa.Column("code", sa.Text(), nullable=True))
    op.add_column("segment", sa.Column("spent_12m", Whole, nullable=True))
    op.add_column("segment", sa.Column("due", sa.Text(), server_default="start", nullable=True))
    op.add_column("segment", sa.Column("due_after", Whole, server_default="0", nullable=False))
    _log()
    _learning()
    _lists()
    guards.add("segment_change")


def downgrade() -> None:
    guards.remove("segment_change")
    for name in TABLES:
        op.drop_table(name)
    op.execute("UPDATE segment SET removed_at = created_at WHERE kind <> 'rules' AND removed_at IS NULL")
    for name in OF_SEGMENT:
        op.drop_column("segment", name)
    for name in SCORES:
        op.drop_column("customer_stats", name)


def _log() -> None:
    op.create_table(
        "segment_member",
        sa.Column("segment_id", Whole, nullable=False),
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("since_at", Instant(), nullable=False),
        _key("segment_member", "segment_id", "segment", cascade=True),
        _key("segment_member", "customer_id", "customer"),
        sa.PrimaryKeyConstraint("segment_id", "customer_id", name=op.f("pk_segment_member")),
    )
    op.create_index(op.f("ix_segment_member_customer_id"), "segment_member", ["customer_id"])
    op.create_table(
        "segment_change",
        sa.Column("id", Whole, nullable=False),
        sa.Column("segment_id", Whole, nullable=False),
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("entered", sa.Boolean(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        _key("segment_change", "segment_id", "segment"),
        _key("segment_change", "customer_id", "customer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_change")),
    )
    op.create_index("ix_segment_change_segment_id_id", "segment_change", ["segment_id", "id"])
    op.create_index("ix_segment_change_customer_id_id", "segment_change", ["customer_id", "id"])
    op.create_table(
        "segment_watch",
        sa.Column("id", Whole, autoincrement=False, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("refreshed_at", Instant(), nullable=True),
        *(sa.Column(name, Whole, server_default="0", nullable=False) for name in ("entered", "left", "repaired")),
        sa.Column("spent_12m", Whole, nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_segment_watch_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_watch")),
    )


def _learning() -> None:
    op.create_table(
        "customer_habit",
        sa.Column("customer_id", Whole, autoincrement=False, nullable=False),
        sa.Column("orders", Whole, nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("last_day", Whole, nullable=False),
        sa.Column("gap", Whole, nullable=True),
        sa.Column("stretch", Whole, nullable=True),
        sa.Column("promo_orders", Whole, nullable=False),
        sa.Column("promo_low", Whole, nullable=False),
        _key("customer_habit", "customer_id", "customer"),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_habit")),
    )
    op.create_table(
        "rfm_bound",
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("score", Whole, autoincrement=False, nullable=False),
        sa.Column("value", Whole, nullable=False),
        sa.Column("people", Whole, nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("measure", "score", name=op.f("pk_rfm_bound")),
    )
    op.create_table(
        "segment_threshold",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("learned", Whole, nullable=False),
        sa.Column("people", Whole, nullable=False),
        sa.Column("learned_at", Instant(), nullable=False),
        sa.Column("chosen", Whole, nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_segment_threshold")),
    )
    op.create_table(
        "segment_threshold_change",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("before", Document, nullable=False),
        sa.Column("after", Document, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_threshold_change")),
        sa.UniqueConstraint("public_id", name=op.f("uq_segment_threshold_change_public_id")),
    )


def _lists() -> None:
    op.create_table(
        "segment_list_member",
        sa.Column("segment_id", Whole, nullable=False),
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        _key("segment_list_member", "segment_id", "segment", cascade=True),
        _key("segment_list_member", "customer_id", "customer"),
        sa.PrimaryKeyConstraint("segment_id", "customer_id", name=op.f("pk_segment_list_member")),
    )
    op.create_index(op.f("ix_segment_list_member_customer_id"), "segment_list_member", ["customer_id"])
    op.create_table(
        "segment_list_change",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("segment_id", Whole, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("adds", sa.Boolean(), nullable=False),
        sa.Column("rows", Whole, nullable=False),
        sa.Column("missed", Document, nullable=False),
        sa.Column("missing", Whole, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("state IN ('preview', 'applied', 'undone')", name=op.f("ck_segment_list_change_state")),
        _key("segment_list_change", "segment_id", "segment", cascade=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_list_change")),
        sa.UniqueConstraint("public_id", name=op.f("uq_segment_list_change_public_id")),
    )
    op.create_index(op.f("ix_segment_list_change_segment_id"), "segment_list_change", ["segment_id"])
    op.create_table(
        "segment_list_change_person",
        sa.Column("change_id", Whole, nullable=False),
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("moved", sa.Boolean(), server_default=sa.false(), nullable=False),
        _key("segment_list_change_person", "change_id", "segment_list_change", cascade=True),
        _key("segment_list_change_person", "customer_id", "customer"),
        sa.PrimaryKeyConstraint("change_id", "customer_id", name=op.f("pk_segment_list_change_person")),
    )
    op.create_index(op.f("ix_segment_list_change_person_customer_id"), "segment_list_change_person", ["customer_id"])


def _key(table: str, column: str, of: str, *, cascade: bool = False) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{of}")
    return sa.ForeignKeyConstraint([column], [f"{of}.id"], name=name, ondelete="CASCADE" if cascade else None)
