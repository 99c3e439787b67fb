"""Rewards for points: the catalogue, who redeemed what, unique codes, who waits for what is out of stock."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OPEN = sa.text("state = 'held'")
FREE = sa.text("redemption_id IS NULL")
STATES = "'requested', 'held', 'fulfilled', 'cancelled', 'expired'"


def upgrade() -> None:
    _create_rewards()
    _create_redemptions()
    _create_vouchers()
    op.create_table(
        "reward_wish",
        sa.Column("reward_id", Whole, nullable=False),
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_reward_wish_customer_id")),
        sa.ForeignKeyConstraint(["reward_id"], ["reward.id"], name=op.f("fk_reward_wish_reward_id")),
        sa.PrimaryKeyConstraint("reward_id", "customer_id", name=op.f("pk_reward_wish")),
    )
    op.create_index(op.f("ix_reward_wish_customer_id"), "reward_wish", ["customer_id"])
    op.create_table(
        "redemption_miss",
        sa.Column("id", Whole, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption_miss")),
    )
    op.create_index("ix_redemption_miss_actor_at", "redemption_miss", ["actor", "at"])


def downgrade() -> None:
    for table in ("redemption_miss", "reward_wish", "voucher_code", "redemption", "reward"):
        op.drop_table(table)


def _create_rewards() -> None:
    op.create_table(
        "reward",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("number", Whole, nullable=False),
        sa.Column("name", Document, nullable=False),
        sa.Column("about", Document, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("price", Whole, nullable=False),
        sa.Column("value", Whole, nullable=False),
        sa.Column("cost", Whole, nullable=False),
        sa.Column("stock", Whole, nullable=True),
        sa.Column("held", Whole, nullable=False),
        sa.Column("budget", Whole, nullable=True),
        sa.Column("spent", Whole, nullable=False),
        sa.Column("per_person", Whole, nullable=True),
        sa.Column("per_month", Whole, nullable=True),
        sa.Column("minimum_balance", Whole, nullable=False),
        sa.Column("tiers", Document, nullable=False),
        sa.Column("stores", Document, nullable=False),
        sa.Column("segment_id", Whole, nullable=True),
        sa.Column("visible_from", Instant(), nullable=True),
        sa.Column("visible_until", Instant(), nullable=True),
        sa.Column("weekdays", Document, nullable=False),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("valid_days", Whole, nullable=False),
        sa.Column("returns_points", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("archived_at", Instant(), nullable=True),
        sa.CheckConstraint("kind IN ('product', 'amount', 'percent', 'code')", name=op.f("ck_reward_kind")),
        sa.CheckConstraint("price > 0", name=op.f("ck_reward_price")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_reward_stock")),
        sa.CheckConstraint("held >= 0", name=op.f("ck_reward_held")),
        sa.CheckConstraint("cost >= 0 AND value >= 0", name=op.f("ck_reward_money")),
        sa.CheckConstraint("kind <> 'percent' OR value BETWEEN 1 AND 100", name=op.f("ck_reward_percent")),
        sa.CheckConstraint("spent >= 0 AND (budget IS NULL OR spent <= budget)", name=op.f("ck_reward_budget")),
        sa.CheckConstraint("valid_days BETWEEN 0 AND 1000", name=op.f("ck_reward_valid_days")),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_reward_segment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward")),
        sa.UniqueConstraint("number", name=op.f("uq_reward_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reward_public_id")),
    )


def _create_redemptions() -> None:
    op.create_table(
        "redemption",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("reward_id", Whole, nullable=False),
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("entry_id", Whole, nullable=True),
        sa.Column("returned_id", Whole, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("price", Whole, nullable=False),
        sa.Column("cost", Whole, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("valid_on", sa.Date(), nullable=False),
        sa.Column("fulfilled_at", Instant(), nullable=True),
        sa.Column("fulfilled_by", sa.Text(), nullable=True),
        sa.Column("fulfilled_key", sa.Text(), nullable=True),
        sa.Column("store_id", Whole, nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_key", sa.Text(), nullable=True),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_redemption_state")),
        sa.CheckConstraint("(state = 'requested') = (entry_id IS NULL)", name=op.f("ck_redemption_burned")),
        sa.CheckConstraint("state <> 'fulfilled' OR fulfilled_at IS NOT NULL", name=op.f("ck_redemption_fulfilled_at")),
        sa.CheckConstraint(
            "(state IN ('cancelled', 'expired')) = (ended_at IS NOT NULL)", name=op.f("ck_redemption_ended_at")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_redemption_customer_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name=op.f("fk_redemption_entry_id")),
        sa.ForeignKeyConstraint(["returned_id"], ["ledger_entry.id"], name=op.f("fk_redemption_returned_id")),
        sa.ForeignKeyConstraint(["reward_id"], ["reward.id"], name=op.f("fk_redemption_reward_id")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_redemption_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_redemption_code_hash")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_redemption_entry_id")),
        sa.UniqueConstraint("key", name=op.f("uq_redemption_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_redemption_public_id")),
        sa.UniqueConstraint("returned_id", name=op.f("uq_redemption_returned_id")),
    )
    op.create_index("ix_redemption_customer_id_id", "redemption", ["customer_id", "id"])
    op.create_index("ix_redemption_reward_id_id", "redemption", ["reward_id", "id"])
    op.create_index("ix_redemption_fulfilled_at", "redemption", ["fulfilled_at"])
    op.create_index("ix_redemption_open", "redemption", ["valid_on", "id"], postgresql_where=OPEN, sqlite_where=OPEN)


def _create_vouchers() -> None:
    op.create_table(
        "voucher_code",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("reward_id", Whole, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("redemption_id", Whole, nullable=True),
        sa.Column("added_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["redemption_id"], ["redemption.id"], name=op.f("fk_voucher_code_redemption_id")),
        sa.ForeignKeyConstraint(["reward_id"], ["reward.id"], name=op.f("fk_voucher_code_reward_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_voucher_code_public_id")),
        sa.UniqueConstraint("redemption_id", name=op.f("uq_voucher_code_redemption_id")),
        sa.UniqueConstraint("reward_id", "code_hash", name=op.f("uq_voucher_code_reward_id_code_hash")),
    )
    op.create_index(
        "ix_voucher_code_free", "voucher_code", ["reward_id", "id"], postgresql_where=FREE, sqlite_where=FREE
    )
