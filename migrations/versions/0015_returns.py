"""Goods that come back: how much of a bill and of its lines, and each return with the movement it made."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Instant, Whole
from migrations import guards

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

WHOLLY = "(state = 'returned') = (returned = total)"
CHECKS = {  # by table and name: before, after
    ("purchase", "state"): ("state IN ('recorded', 'undone')", "state IN ('recorded', 'undone', 'returned')"),
    ("purchase", "returned"): ("", f"returned BETWEEN 0 AND total AND {WHOLLY}"),
    ("purchase_line", "returned"): ("", "returned_quantity BETWEEN 0 AND quantity"),
    ("ledger_entry", "points_nonzero"): (
        "points <> 0 OR kind IN ('earn', 'reverse')",
        "points <> 0 OR kind IN ('earn', 'reverse', 'return')",
    ),
    ("ledger_entry", "return_takes"): ("", "kind <> 'return' OR points <= 0"),
}
STANDS = sa.text("state = 'standing'")
NUMBERED = sa.text("reference IS NOT NULL")
ADDED = {"purchase": "returned", "purchase_line": "returned_quantity"}


def upgrade() -> None:
    for table, column in ADDED.items():
        op.add_column(table, sa.Column(column, Whole, server_default="0", nullable=False))
    for table in ("purchase", "purchase_line", "ledger_entry"):
        _check(table, new=1)
    guards.add("ledger_entry")
    op.create_index(
        "ix_purchase_reference", "purchase", ["reference"], postgresql_where=NUMBERED, sqlite_where=NUMBERED
    )
    _create_returns()
    _create_lines()


def downgrade() -> None:
    """The older schema knows no return: a database that holds one is refused, for its ledger would not add up."""
    if op.get_bind().scalar(sa.text("SELECT COUNT(*) FROM purchase_return")):
        raise RuntimeError("goods were returned: restore a backup from before instead")
    op.drop_table("purchase_return_line")
    op.drop_table("purchase_return")
    op.drop_index("ix_purchase_reference", "purchase")
    for table in ("ledger_entry", "purchase_line", "purchase"):
        _check(table, new=0)
    guards.add("ledger_entry")
    for table, column in ADDED.items():
        with op.batch_alter_table(table) as changed:
            changed.drop_column(column)


def _check(table: str, *, new: int) -> None:
    """Put the checks of one table in their form before (0) or after (1)."""
    with op.batch_alter_table(table) as changed:
        for (of, name), forms in CHECKS.items():
            if of == table and forms[1 - new]:
                changed.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
            if of == table and forms[new]:
                changed.create_check_constraint(op.f(f"ck_{table}_{name}"), forms[new])


def _create_returns() -> None:
    op.create_table(
        "purchase_return",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("purchase_id", Whole, nullable=False),
        sa.Column("entry_id", Whole, nullable=False),
        sa.Column("store_id", Whole, nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("amount", Whole, nullable=False),
        sa.Column("points", Whole, nullable=False),
        sa.Column("shortfall", Whole, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("tier_before", sa.Text(), nullable=False),
        sa.Column("tier_after", sa.Text(), nullable=False),
        sa.Column("returned_at", Instant(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=False),
        sa.CheckConstraint("state IN ('standing', 'undone')", name=op.f("ck_purchase_return_state")),
        sa.CheckConstraint("amount > 0 AND points >= 0 AND shortfall >= 0", name=op.f("ck_purchase_return_amounts")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_purchase_return_purchase_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name=op.f("fk_purchase_return_entry_id")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_purchase_return_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_return")),
        sa.UniqueConstraint("public_id", name=op.f("uq_purchase_return_public_id")),
        sa.UniqueConstraint("key", name=op.f("uq_purchase_return_key")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_purchase_return_entry_id")),
    )
    op.create_index("ix_purchase_return_purchase_id", "purchase_return", ["purchase_id"])
    op.create_index("ix_purchase_return_returned_on", "purchase_return", ["returned_on"])
    op.create_index(
        "uq_purchase_return_reference",
        "purchase_return",
        ["purchase_id", "reference"],
        unique=True,
        postgresql_where=STANDS,
        sqlite_where=STANDS,
    )


def _create_lines() -> None:
    op.create_table(
        "purchase_return_line",
        sa.Column("return_id", Whole, nullable=False),
        sa.Column("line_id", Whole, nullable=False),
        sa.Column("quantity", Whole, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_purchase_return_line_quantity")),
        sa.ForeignKeyConstraint(["return_id"], ["purchase_return.id"], name=op.f("fk_purchase_return_line_return_id")),
        sa.ForeignKeyConstraint(["line_id"], ["purchase_line.id"], name=op.f("fk_purchase_return_line_line_id")),
        sa.PrimaryKeyConstraint("return_id", "line_id", name=op.f("pk_purchase_return_line")),
    )
    op.create_index("ix_purchase_return_line_line_id", "purchase_return_line", ["line_id"])
