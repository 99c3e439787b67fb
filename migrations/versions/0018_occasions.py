"""Birthdays; points given without a bill; what rules asked of people when a bill was recorded; who brought whom."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole
from migrations import guards

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOVED = sa.text("moved_to_id IS NOT NULL")
WELCOME = sa.text("welcome_due")


def upgrade() -> None:
    op.add_column("customer", sa.Column("birthday", sa.LargeBinary(), nullable=True))
    op.add_column("customer", sa.Column("birthday_told_at", Instant(), nullable=True))
    op.add_column("customer_stats", sa.Column("birthday", Whole, nullable=True))
    op.add_column("customer_stats", sa.Column("birthday_from", sa.Date(), nullable=True))
    op.add_column("customer_stats", sa.Column("welcome_due", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_customer_moved_to_id", "customer", ["moved_to_id"], postgresql_where=MOVED, sqlite_where=MOVED)
    op.create_index("ix_customer_stats_birthday", "customer_stats", ["birthday", "customer_id"])
    op.create_index(
        "ix_customer_stats_welcome", "customer_stats", ["customer_id"], postgresql_where=WELCOME, sqlite_where=WELCOME
    )
    with op.batch_alter_table("rule_award") as rule_award:
        rule_award.alter_column("store_id", existing_type=Whole, nullable=True)
    guards.add("rule_award")
    _create_facts()
    _create_gifts()
    _create_referrals()


def downgrade() -> None:
    """The older software knows no points without a bill: a database that holds some is refused."""
    if op.get_bind().scalar(sa.text("SELECT COUNT(*) FROM occasion_gift")):
        raise RuntimeError("points were given on occasions: restore a backup from before instead")
    op.drop_table("referral")
    op.drop_table("referral_code")
    op.drop_table("occasion_gift")
    op.drop_table("award_fact")
    with op.batch_alter_table("rule_award") as rule_award:
        rule_award.alter_column("store_id", existing_type=Whole, nullable=False)
    guards.add("rule_award")
    op.drop_index("ix_customer_stats_welcome", "customer_stats")
    op.drop_index("ix_customer_stats_birthday", "customer_stats")
    op.drop_index("ix_customer_moved_to_id", "customer")
    for column in ("welcome_due", "birthday_from", "birthday"):
        op.drop_column("customer_stats", column)
    op.drop_column("customer", "birthday_told_at")
    op.drop_column("customer", "birthday")


def _create_facts() -> None:
    op.create_table(
        "award_fact",
        sa.Column("entry_id", Whole, nullable=False),
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("segments", Document, nullable=False),
        sa.Column("birthday", Document, nullable=False),
        sa.Column("had", Document, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_award_fact_customer_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name=op.f("fk_award_fact_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_award_fact")),
    )
    op.create_index("ix_award_fact_customer_id", "award_fact", ["customer_id"])


def _create_gifts() -> None:
    op.create_table(
        "occasion_gift",
        sa.Column("entry_id", Whole, nullable=False),
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_occasion_gift_customer_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name=op.f("fk_occasion_gift_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_occasion_gift")),
        sa.UniqueConstraint("customer_id", "code", "slot", name=op.f("uq_occasion_gift_customer_id_code_slot")),
    )
    op.create_index("ix_occasion_gift_slot", "occasion_gift", ["slot"])


def _create_referrals() -> None:
    op.create_table(
        "referral_code",
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_referral_code_customer_id")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_referral_code")),
        sa.UniqueConstraint("code", name=op.f("uq_referral_code_code")),
    )
    op.create_table(
        "referral",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("referrer_id", Whole, nullable=False),
        sa.Column("friend_id", Whole, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("brought_at", Instant(), nullable=False),
        sa.Column("purchase_id", Whole, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("paid_at", Instant(), nullable=True),
        sa.Column("referrer_points", Whole, server_default="0", nullable=False),
        sa.Column("friend_points", Whole, server_default="0", nullable=False),
        sa.Column("missing_points", Whole, server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'waiting', 'paid', 'cancelled', 'taken_back')", name=op.f("ck_referral_state")
        ),
        sa.CheckConstraint("referrer_id <> friend_id", name=op.f("ck_referral_two_people")),
        sa.CheckConstraint("(state = 'cancelled') = (reason IS NOT NULL)", name=op.f("ck_referral_reason")),
        sa.CheckConstraint(
            "(paid_at IS NOT NULL) = (state IN ('paid', 'taken_back'))", name=op.f("ck_referral_paid_at")
        ),
        sa.ForeignKeyConstraint(["friend_id"], ["customer.id"], name=op.f("fk_referral_friend_id")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_referral_purchase_id")),
        sa.ForeignKeyConstraint(["referrer_id"], ["customer.id"], name=op.f("fk_referral_referrer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint("friend_id", name=op.f("uq_referral_friend_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_referral_public_id")),
    )
    op.create_index("ix_referral_purchase_id", "referral", ["purchase_id"])
    op.create_index("ix_referral_referrer_id_id", "referral", ["referrer_id", "id"])
    op.create_index("ix_referral_state_id", "referral", ["state", "id"])
