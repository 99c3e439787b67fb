"""Campaigns with variants, holdouts, a second approver, a budget and stops of their own; runs with a certificate."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole, new_public_id

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

STATES = "'scheduled', 'running', 'paused', 'finished', 'cancelled'"
OLD, NEW = f"state IN ('draft', {STATES})", f"state IN ('draft', 'waiting_approval', {STATES})"
COUNTED = {"salt": "0", "holdout": "0", "priority": "0", "late_hours": "6"}
ADDED = {
    "campaign": {"variants": Document, "purse_id": Whole, "stops": Document, "stopped": Document, "approval": Document},
    "campaign_run": {
        "public_id": sa.Text(),
        "variants": Document,
        "kept": Document,
        "baseline": Document,
        "certificate": Document,
    },
    "campaign_recipient": {"variant": Whole},
    "outbound_message": {"purse_id": Whole},
    "shop_choice": {"approval_people": Whole, "approval_cost": Whole, "shop_holdout": Whole},
}
UNCERTIFIED = sa.text("finished_at IS NOT NULL AND certificate IS NULL")


def upgrade() -> None:
    op.create_table(
        "message_purse",
        sa.Column("id", Whole, nullable=False),
        sa.Column("ceiling", Whole, nullable=False),
        sa.Column("spent", Whole, nullable=False),
        sa.Column("refused_at", Instant(), nullable=True),
        sa.CheckConstraint("ceiling >= 0 AND spent >= 0", name=op.f("ck_message_purse_amounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_purse")),
    )
    for table, columns in ADDED.items():
        for name, kind in columns.items():
            op.add_column(table, sa.Column(name, kind, nullable=True))
    for name, value in COUNTED.items():
        op.add_column("campaign", sa.Column(name, Whole, server_default=value, nullable=False))
    op.add_column("campaign_run", sa.Column("shop_holdout", Whole, server_default="0", nullable=False))
    _name_runs()
    op.create_index("ix_campaign_run_public_id", "campaign_run", ["public_id"], unique=True)
    op.create_index(
        "ix_campaign_run_uncertified", "campaign_run", ["id"], postgresql_where=UNCERTIFIED, sqlite_where=UNCERTIFIED
    )
    _states(NEW)


def downgrade() -> None:
    """What waited for an approval is a draft again; which variant somebody got, the older schema cannot say."""
    op.execute("UPDATE campaign SET state = 'draft', next_at = NULL WHERE state = 'waiting_approval'")
    _states(OLD)
    op.drop_index("ix_campaign_run_uncertified", "campaign_run")
    op.drop_index("ix_campaign_run_public_id", "campaign_run")
    op.drop_column("campaign_run", "shop_holdout")
    for name in reversed(COUNTED):
        op.drop_column("campaign", name)
    for table, columns in reversed(ADDED.items()):
        for name in reversed(columns):
            op.drop_column(table, name)
    op.drop_table("message_purse")


def _states(rule: str) -> None:
    with op.batch_alter_table("campaign") as campaign:
        campaign.drop_constraint(op.f("ck_campaign_state"), type_="check")
        campaign.create_check_constraint(op.f("ck_campaign_state"), rule)


def _name_runs() -> None:
    runs = sa.table("campaign_run", sa.column("id"), sa.column("public_id"))
    for id_ in op.get_bind().scalars(sa.select(runs.c.id)).all():
        op.execute(sa.update(runs).where(runs.c.id == id_).values(public_id=new_public_id()))
