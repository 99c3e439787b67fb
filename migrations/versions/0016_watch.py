"""What is worth a second look at the counter, and the numbers of each day that later ones are compared with."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    _create_findings()
    op.create_table(
        "watch_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("staff_id", Whole, nullable=False),
        sa.Column("amounts", Document, nullable=False),
        sa.Column("counts", Document, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_watch_day_staff_id")),
        sa.PrimaryKeyConstraint("day", "staff_id", name=op.f("pk_watch_day")),
    )


def downgrade() -> None:
    op.drop_table("watch_day")
    op.drop_table("watch_finding")


def _create_findings() -> None:
    op.create_table(
        "watch_finding",
        sa.Column("id", Whole, nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("staff_id", Whole, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("customer_id", Whole, nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("entries", Document, nullable=False),
        sa.Column("facts", Document, nullable=False),
        sa.Column("score", Whole, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("judged_by_id", Whole, nullable=True),
        sa.Column("judged_at", Instant(), nullable=True),
        sa.Column("found_at", Instant(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'explained', 'confirmed')", name=op.f("ck_watch_finding_state")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_watch_finding_customer_id")),
        sa.ForeignKeyConstraint(["judged_by_id"], ["staff_member.id"], name=op.f("fk_watch_finding_judged_by_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_watch_finding_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_finding")),
        sa.UniqueConstraint(
            "pattern", "staff_id", "subject", "day", name=op.f("uq_watch_finding_pattern_staff_id_subject_day")
        ),
    )
    op.create_index("ix_watch_finding_open", "watch_finding", ["id"], postgresql_where=OPEN, sqlite_where=OPEN)
