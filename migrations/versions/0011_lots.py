"""Where every point went: what movements took from lots, promises, and the day something falls due."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Whole
from migrations import guards

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None

UNDONE = """
INSERT INTO lot_spend (entry_id, lot_id, customer_id, points)
SELECT back.id, lot.entry_id, lot.customer_id, lot.points
FROM lot JOIN ledger_entry AS back ON back.reverses_id = lot.entry_id
WHERE lot.closed_at IS NOT NULL
"""  # a lot whose earning was undone was emptied by the undoing
NEXT = """
UPDATE customer_stats SET next_change_on =
(SELECT MIN(expires_on) FROM lot WHERE lot.customer_id = customer_stats.customer_id AND lot.remaining > 0)
"""  # a day early: the first look after it puts it right


def upgrade() -> None:
    op.add_column("lot", sa.Column("promised", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("lot", sa.Column("available_on", sa.Date(), nullable=True))
    with op.batch_alter_table("lot") as lot:
        lot.add_column(sa.Column("release_id", Whole, nullable=True))
        lot.create_foreign_key(op.f("fk_lot_release_id"), "ledger_entry", ["release_id"], ["id"])
    with op.batch_alter_table("customer_stats") as stats:
        stats.add_column(sa.Column("points_pending", Whole, server_default="0", nullable=False))
        stats.add_column(sa.Column("next_change_on", sa.Date(), nullable=True))
        stats.create_check_constraint(op.f("ck_customer_stats_points_pending_floor"), "points_pending >= 0")
    op.create_index("ix_customer_stats_next_change_on", "customer_stats", ["next_change_on", "customer_id"])
    _create_spends()
    op.execute(UNDONE)
    op.execute(NEXT)
    guards.add("lot_spend")


def downgrade() -> None:
    guards.remove("lot_spend")
    op.drop_table("lot_spend")
    op.drop_index("ix_customer_stats_next_change_on", "customer_stats")
    with op.batch_alter_table("customer_stats") as stats:
        stats.drop_constraint(op.f("ck_customer_stats_points_pending_floor"), type_="check")
        stats.drop_column("next_change_on")
        stats.drop_column("points_pending")
    with op.batch_alter_table("lot") as lot:
        lot.drop_constraint(op.f("fk_lot_release_id"), type_="foreignkey")
        for name in ("release_id", "available_on", "promised"):
            lot.drop_column(name)


def _create_spends() -> None:
    op.create_table(
        "lot_spend",
        sa.Column("entry_id", Whole, nullable=False),
        sa.Column("lot_id", Whole, nullable=False),
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("points", Whole, nullable=False),
        sa.CheckConstraint("points <> 0", name=op.f("ck_lot_spend_nonzero")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_lot_spend_customer_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name=op.f("fk_lot_spend_entry_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.entry_id"], name=op.f("fk_lot_spend_lot_id")),
        sa.PrimaryKeyConstraint("entry_id", "lot_id", name=op.f("pk_lot_spend")),
    )
    op.create_index("ix_lot_spend_lot_id", "lot_spend", ["lot_id"])
    op.create_index("ix_lot_spend_customer_id", "lot_spend", ["customer_id"])
