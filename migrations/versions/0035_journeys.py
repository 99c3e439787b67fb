"""Journeys: what they are, who is inside, and the campaigns their steps send by."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.add_column("campaign", sa.Column("kind", sa.Text(), server_default="campaign", nullable=False))
    op.add_column("campaign_run", sa.Column("open_until", Instant(), nullable=True))
    _create_journeys()
    _create_entries()


def downgrade() -> None:
    for table in ("journey_pass", "journey_entry", "journey_send", "journey_edition", "journey"):
        op.drop_table(table)
    op.drop_column("campaign_run", "open_until")
    op.drop_column("campaign", "kind")


def _create_journeys() -> None:
    op.create_table(
        "journey",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("number", Whole, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("activated_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("cursor", Whole, nullable=False),
        sa.Column("looked_on", sa.Date(), nullable=True),
        sa.Column("look", Document, nullable=True),
        sa.CheckConstraint("state IN ('draft', 'active', 'paused', 'ended')", name=op.f("ck_journey_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journey")),
        sa.UniqueConstraint("public_id", name=op.f("uq_journey_public_id")),
    )
    op.create_index("ix_journey_state", "journey", ["state"], unique=False)
    op.create_table(
        "journey_edition",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("journey_id", Whole, nullable=False),
        sa.Column("number", Whole, nullable=False),
        sa.Column("segment_id", Whole, nullable=True),
        sa.Column("plan", Document, nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        _to("journey_edition", "journey_id", "journey"),
        _to("journey_edition", "segment_id", "segment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journey_edition")),
        sa.UniqueConstraint("public_id", name=op.f("uq_journey_edition_public_id")),
        sa.UniqueConstraint("journey_id", "number", name=op.f("uq_journey_edition_journey_id_number")),
    )
    op.create_table(
        "journey_send",
        sa.Column("edition_id", Whole, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("campaign_id", Whole, nullable=False),
        _to("journey_send", "edition_id", "journey_edition"),
        _to("journey_send", "campaign_id", "campaign"),
        sa.PrimaryKeyConstraint("edition_id", "position", name=op.f("pk_journey_send")),
        sa.UniqueConstraint("campaign_id", name=op.f("uq_journey_send_campaign_id")),
    )


def _create_entries() -> None:
    table = "journey_entry"
    op.create_table(
        table,
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("journey_id", Whole, nullable=False),
        sa.Column("edition_id", Whole, nullable=False),
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'done', 'left')", name=op.f("ck_journey_entry_state")),
        sa.CheckConstraint("(state = 'waiting') = (closed_at IS NULL)", name=op.f("ck_journey_entry_closed_at")),
        _to(table, "journey_id", "journey"),
        _to(table, "edition_id", "journey_edition"),
        _to(table, "customer_id", "customer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journey_entry")),
        sa.UniqueConstraint("public_id", name=op.f("uq_journey_entry_public_id")),
        sa.UniqueConstraint(
            "journey_id", "customer_id", "occasion", name=op.f("uq_journey_entry_journey_id_customer_id_occasion")
        ),
    )
    op.create_index(
        "ix_journey_entry_due",
        table,
        ["journey_id", "due_at"],
        unique=False,
        postgresql_where=WAITING,
        sqlite_where=WAITING,
    )
    op.create_index("ix_journey_entry_place", table, ["edition_id", "state", "position"], unique=False)
    op.create_index("ix_journey_entry_customer_id", table, ["customer_id"], unique=False)
    op.create_index("ix_journey_entry_journey_id_id", table, ["journey_id", "id"], unique=False)
    table = "journey_pass"
    op.create_table(
        table,
        sa.Column("entry_id", Whole, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("edition_id", Whole, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("recipient_id", Whole, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        _to(table, "entry_id", "journey_entry"),
        _to(table, "edition_id", "journey_edition"),
        _to(table, "recipient_id", "campaign_recipient"),
        sa.PrimaryKeyConstraint("entry_id", "position", name=op.f("pk_journey_pass")),
    )
    op.create_index("ix_journey_pass_step", table, ["edition_id", "position", "outcome"], unique=False)
    op.create_index("ix_journey_pass_recipient_id", table, ["recipient_id"], unique=False)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
