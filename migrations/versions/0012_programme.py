"""Who activated rules and why, versions withdrawn before their day, what each rule gave and how much in all."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole
from migrations import guards

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ADDED = ("author", "note")


def upgrade() -> None:
    for name in ADDED:
        op.add_column("programme_version", sa.Column(name, sa.Text(), nullable=True))
    op.create_table(
        "withdrawn_version",
        sa.Column("version", Whole, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", Instant(), nullable=False),
        sa.Column("withdrawn_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_withdrawn_version")),
    )
    _create_draft()
    _create_awards()
    guards.add("rule_award")


def downgrade() -> None:
    guards.remove("rule_award")
    op.drop_table("rule_total")
    op.drop_table("rule_award")
    op.drop_table("programme_draft")
    op.drop_table("withdrawn_version")
    for name in ADDED:
        op.drop_column("programme_version", name)


def _create_draft() -> None:
    op.create_table(
        "programme_draft",
        sa.Column("id", Whole, autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.Column("step", Whole, nullable=False),
        sa.Column("tally", Document, nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_programme_draft_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_draft")),
    )


def _create_awards() -> None:
    op.create_table(
        "rule_award",
        sa.Column("entry_id", Whole, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("store_id", Whole, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("amount", Whole, nullable=False),
        sa.Column("points", Whole, nullable=False),
        sa.Column("capped", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_rule_award_customer_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name=op.f("fk_rule_award_entry_id")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_rule_award_store_id")),
        sa.PrimaryKeyConstraint("entry_id", "code", name=op.f("pk_rule_award")),
    )
    op.create_index("ix_rule_award_customer_id_code", "rule_award", ["customer_id", "code"])
    op.create_table(
        "rule_total",
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("given", Whole, nullable=False),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_rule_total")),
    )
