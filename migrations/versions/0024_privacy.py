"""Consent by purpose, requests about one's data, and what is asked and shown at most so often."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Instant, Whole
from migrations import guards

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None

BEFORE = "purpose IN ('programme', 'promotion')"
AFTER = "purpose IN ('programme', 'promotion', 'care', 'evaluation', 'personalisation')"
REFUSING, OPEN = sa.text("refused <> ''"), sa.text("state = 'open'")


def upgrade() -> None:
    op.add_column("customer_stats", sa.Column("refused", sa.Text(), server_default="", nullable=False))
    op.add_column("customer_stats", sa.Column("birthday_asked_on", sa.Date()))
    op.add_column("customer_stats", sa.Column("offer_shown_on", sa.Date()))
    op.create_index(
        "ix_customer_stats_refusing",
        "customer_stats",
        ["customer_id"],
        postgresql_where=REFUSING,
        sqlite_where=REFUSING,
    )
    op.add_column("shop_choice", sa.Column("offers_in_replies", sa.Boolean()))
    _purposes(AFTER)
    op.create_table(
        "privacy_request",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary()),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("settled_at", Instant()),
        sa.Column("settled_by", sa.Text()),
        sa.Column("reason", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_request")),
        sa.UniqueConstraint("public_id", name=op.f("uq_privacy_request_public_id")),
        sa.UniqueConstraint("key", name=op.f("uq_privacy_request_key")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_privacy_request_customer_id")),
        sa.CheckConstraint("kind IN ('copy', 'correct', 'erase')", name=op.f("ck_privacy_request_kind")),
        sa.CheckConstraint("state IN ('open', 'done', 'refused', 'withdrawn')", name=op.f("ck_privacy_request_state")),
        sa.CheckConstraint("(state = 'open') = (settled_at IS NULL)", name=op.f("ck_privacy_request_settled_at")),
        sa.CheckConstraint("(settled_at IS NULL) = (settled_by IS NULL)", name=op.f("ck_privacy_request_settled_by")),
    )
    op.create_index("ix_privacy_request_customer_id", "privacy_request", ["customer_id", "id"])
    op.create_index(
        "ix_privacy_request_open", "privacy_request", ["due_on", "id"], postgresql_where=OPEN, sqlite_where=OPEN
    )


def downgrade() -> None:
    """The older schema knows two purposes: where people answered about others, their answers may not be lost."""
    others = "SELECT COUNT(*) FROM consent_event WHERE purpose NOT IN ('programme', 'promotion')"
    if op.get_bind().scalar(sa.text(others)):
        raise RuntimeError("people answered about purposes the older version does not know: restore a backup instead")
    op.drop_table("privacy_request")
    _purposes(BEFORE)
    op.drop_index("ix_customer_stats_refusing", table_name="customer_stats")
    for table, columns in {
        "shop_choice": ("offers_in_replies",),
        "customer_stats": ("offer_shown_on", "birthday_asked_on", "refused"),
    }.items():
        with op.batch_alter_table(table) as changed:
            for name in columns:
                changed.drop_column(name)


def _purposes(rule: str) -> None:
    with op.batch_alter_table("consent_event") as changed:
        changed.drop_constraint(op.f("ck_consent_event_purpose"), type_="check")
        changed.create_check_constraint(op.f("ck_consent_event_purpose"), rule)
    guards.add("consent_event")
