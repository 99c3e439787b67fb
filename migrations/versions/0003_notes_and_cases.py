"""Notes on a profile, complaints and feedback, and the indexes lists of customers are read by."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WIDENED = {"ix_customer_stats_tier": "tier", "ix_customer_stats_last_purchase_at": "last_purchase_at"}


def upgrade() -> None:
    _create_note()
    _create_case()
    _create_step()
    for name, column in WIDENED.items():
        op.drop_index(name, table_name="customer_stats")
        op.create_index(name, "customer_stats", [column, "customer_id"])
    _create_partial("ix_customer_member", "customer", ["id"], "joined_at IS NOT NULL")
    _create_partial("ix_customer_prospect", "customer", ["id"], "joined_at IS NULL")
    op.create_index("ix_channel_identity_account", "channel_identity", ["channel_account_id", "customer_id"])
    _create_partial("ix_channel_identity_promotion", "channel_identity", ["customer_id"], "promotion")
    op.create_index("ix_audit_entry_subject_id", "audit_entry", ["subject", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_entry_subject_id", table_name="audit_entry")
    op.drop_index("ix_channel_identity_promotion", table_name="channel_identity")
    op.drop_index("ix_channel_identity_account", table_name="channel_identity")
    op.drop_index("ix_customer_prospect", table_name="customer")
    op.drop_index("ix_customer_member", table_name="customer")
    for name, column in WIDENED.items():
        op.drop_index(name, table_name="customer_stats")
        op.create_index(name, "customer_stats", [column])
    for table in ("case_step", "customer_case", "note"):
        op.drop_table(table)


def _create_partial(name: str, table: str, columns: list[str], condition: str) -> None:
    op.create_index(name, table, columns, postgresql_where=sa.text(condition), sqlite_where=sa.text(condition))


def _create_note() -> None:
    op.create_table(
        "note",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("taken_back_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_note_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
        sa.UniqueConstraint("key", name=op.f("uq_note_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_note_public_id")),
    )
    _create_partial("ix_note_customer_id_id", "note", ["customer_id", "id"], "taken_back_at IS NULL")


def _create_case() -> None:
    op.create_table(
        "customer_case",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("identity_id", Whole, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("owner_id", Whole, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.CheckConstraint("kind IN ('complaint', 'feedback', 'request')", name=op.f("ck_customer_case_kind")),
        sa.CheckConstraint("state IN ('open', 'answered', 'closed')", name=op.f("ck_customer_case_state")),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_customer_case_closed_at")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_case_customer_id")),
        sa.ForeignKeyConstraint(["identity_id"], ["channel_identity.id"], name=op.f("fk_customer_case_identity_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff_member.id"], name=op.f("fk_customer_case_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_case")),
        sa.UniqueConstraint("public_id", name=op.f("uq_customer_case_public_id")),
    )
    op.create_index("ix_customer_case_customer_id_id", "customer_case", ["customer_id", "id"])
    _create_partial("ix_customer_case_unclosed", "customer_case", ["customer_id", "kind"], "state <> 'closed'")
    op.create_index("ix_customer_case_due", "customer_case", ["state", "due_on", "id"])
    op.create_index("ix_customer_case_owner", "customer_case", ["owner_id", "state", "due_on", "id"])
    op.create_index(op.f("ix_customer_case_identity_id"), "customer_case", ["identity_id"])


def _create_step() -> None:
    op.create_table(
        "case_step",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("case_id", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("data", Document, nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('opened', 'added', 'assigned', 'moved', 'kind', 'answered', 'closed', 'reopened')",
            name=op.f("ck_case_step_kind"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["customer_case.id"], name=op.f("fk_case_step_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
        sa.UniqueConstraint("key", name=op.f("uq_case_step_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_case_step_public_id")),
    )
    op.create_index(op.f("ix_case_step_case_id"), "case_step", ["case_id"])
