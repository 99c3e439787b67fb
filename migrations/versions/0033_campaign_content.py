"""What a campaign says and gives besides its text, and what came of it; vouchers that cost no points."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

CHECKS = {  # by table and name: before, after
    ("reward", "price"): ("price > 0", "price >= 0"),
    ("redemption", "burned"): (
        "(state = 'requested') = (entry_id IS NULL)",
        "CASE WHEN price = 0 THEN entry_id IS NULL ELSE (state = 'requested') = (entry_id IS NULL) END",
    ),
}


def upgrade() -> None:
    for table in ("reward", "redemption"):
        _check(table, new=1)
    op.create_table(
        "campaign_content",
        sa.Column("campaign_id", Whole, autoincrement=False, nullable=False),
        sa.Column("texts", Document, nullable=False),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("window_days", Whole, nullable=False),
        sa.CheckConstraint("window_days BETWEEN 1 AND 30", name=op.f("ck_campaign_content_window_days")),
        _key("campaign_content", "campaign_id", "campaign"),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaign_content")),
    )
    op.create_table(
        "campaign_offer",
        sa.Column("campaign_id", Whole, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", Whole, nullable=False),
        sa.Column("minimum_bill", Whole, nullable=False),
        sa.Column("valid_days", Whole, nullable=False),
        sa.Column("reward_id", Whole, nullable=False),
        sa.CheckConstraint("kind IN ('reward', 'amount', 'percent')", name=op.f("ck_campaign_offer_kind")),
        sa.CheckConstraint("minimum_bill >= 0 AND value >= 0", name=op.f("ck_campaign_offer_money")),
        sa.CheckConstraint("valid_days BETWEEN 1 AND 365", name=op.f("ck_campaign_offer_valid_days")),
        _key("campaign_offer", "campaign_id", "campaign"),
        _key("campaign_offer", "reward_id", "reward"),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaign_offer")),
    )
    op.create_table(
        "campaign_gift",
        sa.Column("recipient_id", Whole, autoincrement=False, nullable=False),
        sa.Column("run_id", Whole, nullable=False),
        sa.Column("redemption_id", Whole, nullable=False),
        _key("campaign_gift", "recipient_id", "campaign_recipient"),
        _key("campaign_gift", "run_id", "campaign_run"),
        _key("campaign_gift", "redemption_id", "redemption"),
        sa.PrimaryKeyConstraint("recipient_id", name=op.f("pk_campaign_gift")),
        sa.UniqueConstraint("redemption_id", name=op.f("uq_campaign_gift_redemption_id")),
    )
    op.create_index("ix_campaign_gift_run_id", "campaign_gift", ["run_id"])
    op.create_table(
        "campaign_result",
        sa.Column("run_id", Whole, autoincrement=False, nullable=False),
        sa.Column("numbers", Document, nullable=False),
        sa.Column("kept_at", Instant(), nullable=False),
        _key("campaign_result", "run_id", "campaign_run"),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_campaign_result")),
    )
    op.create_table(
        "campaign_picture",
        sa.Column("id", Whole, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("campaign_id", Whole, nullable=False),
        sa.Column("staff_id", Whole, nullable=True),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        _key("campaign_picture", "campaign_id", "campaign"),
        _key("campaign_picture", "staff_id", "staff_member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_picture")),
        sa.UniqueConstraint("key", name=op.f("uq_campaign_picture_key")),
    )
    op.create_index(
        "ix_campaign_picture_due",
        "campaign_picture",
        ["id"],
        postgresql_where=sa.text("NOT done"),
        sqlite_where=sa.text("done = 0"),
    )


def downgrade() -> None:
    """The older schema knows no voucher without points: a database that holds one is refused."""
    if op.get_bind().scalar(sa.text("SELECT COUNT(*) FROM redemption WHERE price = 0")):
        raise RuntimeError("vouchers were given with campaigns: restore a backup from before instead")
    for table in ("campaign_picture", "campaign_result", "campaign_gift", "campaign_offer", "campaign_content"):
        op.drop_table(table)
    op.execute("DELETE FROM reward WHERE price = 0")
    for table in ("redemption", "reward"):
        _check(table, new=0)


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _check(table: str, *, new: int) -> None:
    """Put the checks of one table in their form before (0) or after (1)."""
    with op.batch_alter_table(table) as changed:
        for (of, name), forms in CHECKS.items():
            if of == table:
                changed.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
                changed.create_check_constraint(op.f(f"ck_{table}_{name}"), forms[new])
