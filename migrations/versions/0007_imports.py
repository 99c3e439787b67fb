"""Spreadsheets brought in, their rows and what became of them; lists taken out."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KINDS = "kind IN ('customers', 'balances')"
STATES = (
    "state IN ('receiving', 'columns', 'checking', 'checked', 'writing', 'stopped', 'done', 'undoing', 'undone', "
    "'cancelled')"
)
OUTCOMES = "outcome IN ('new', 'known', 'duplicate', 'refused')"
FATES = "fate IN ('planned', 'written', 'undone', 'kept')"
STANDS = sa.text("state NOT IN ('cancelled', 'undone')")


def upgrade() -> None:
    _create_batch()
    _create_chunk()
    _create_row()
    _create_export_log()


def downgrade() -> None:
    for table in ("export_log", "import_row", "import_chunk", "import_batch"):
        op.drop_table(table)


def _create_batch() -> None:
    op.create_table(
        "import_batch",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("title", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("options", Document, nullable=False),
        sa.Column("rows", Whole, nullable=False),
        sa.Column("cursor", Whole, nullable=False),
        sa.Column("counts", Document, nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("leased_until", Instant()),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("confirmed_at", Instant()),
        sa.Column("finished_at", Instant()),
        sa.Column("file_gone_at", Instant()),
        sa.CheckConstraint(KINDS, name=op.f("ck_import_batch_kind")),
        sa.CheckConstraint(STATES, name=op.f("ck_import_batch_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
        sa.UniqueConstraint("public_id", name=op.f("uq_import_batch_public_id")),
    )
    op.create_index(
        "uq_import_batch_digest", "import_batch", ["digest"], unique=True, postgresql_where=STANDS, sqlite_where=STANDS
    )


def _create_chunk() -> None:
    op.create_table(
        "import_chunk",
        sa.Column("batch_id", Whole, nullable=False),
        sa.Column("number", Whole, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_import_chunk_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_import_chunk")),
    )


def _create_row() -> None:
    op.create_table(
        "import_row",
        sa.Column("batch_id", Whole, nullable=False),
        sa.Column("number", Whole, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("fate", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("detail", Document, nullable=False),
        sa.Column("customer_id", Whole),
        sa.Column("entry_id", Whole),
        sa.CheckConstraint(OUTCOMES, name=op.f("ck_import_row_outcome")),
        sa.CheckConstraint(FATES, name=op.f("ck_import_row_fate")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_import_row_batch_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_import_row_customer_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name=op.f("fk_import_row_entry_id")),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_import_row")),
    )
    op.create_index("ix_import_row_batch_id_outcome_number", "import_row", ["batch_id", "outcome", "number"])
    for column in ("customer_id", "entry_id"):
        op.create_index(f"ix_import_row_{column}", "import_row", [column])


def _create_export_log() -> None:
    op.create_table(
        "export_log",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("revealed", sa.Boolean(), nullable=False),
        sa.Column("rows", Whole, nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_log")),
        sa.UniqueConstraint("public_id", name=op.f("uq_export_log_public_id")),
    )
    op.create_index("ix_export_log_actor_on", "export_log", ["actor", "on"])
