"""Terms of points: debts of returned goods, ends that move with the customer, bills paid with points."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from loyalty.db import Whole
from migrations import guards

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

CHECKS = {  # by table and name: before, after
    ("ledger_entry", "balance_floor"): (
        "balance_after >= 0",
        "balance_after >= 0 OR points >= 0 OR kind = 'return'",
    ),
    ("ledger_entry", "return_takes"): ("kind <> 'return' OR points <= 0", ""),
    ("customer_stats", "points_floor"): ("points >= 0", ""),
    ("purchase", "paid"): ("", "paid_amount BETWEEN 0 AND total AND (paid_amount = 0) = (paid_points = 0)"),
    ("purchase_return", "amounts"): (
        "amount > 0 AND points >= 0 AND shortfall >= 0",
        "amount > 0 AND points >= 0 AND shortfall >= 0 AND paid_back >= 0",
    ),
}
ADDED: dict[str, dict[str, tuple[Any, Any]]] = {
    "lot": {"moves": (sa.Boolean(), sa.false())},
    "purchase": {"paid_amount": (Whole, "0"), "paid_points": (Whole, "0")},
    "purchase_return": {"paid_back": (Whole, "0")},
}
TABLES = ("purchase", "purchase_return", "ledger_entry", "customer_stats")


def upgrade() -> None:
    for table, columns in ADDED.items():
        for name, (kind, value) in columns.items():
            op.add_column(table, sa.Column(name, kind, server_default=value, nullable=False))
    for table in TABLES:
        _check(table, new=1)
    guards.add("ledger_entry")


def downgrade() -> None:
    """The older schema knows neither debts nor bills paid with points: a database with either is refused."""
    told = {
        "points are owed": "SELECT COUNT(*) FROM ledger_entry WHERE balance_after < 0",
        "bills were paid with points": "SELECT COUNT(*) FROM purchase WHERE paid_points > 0",
    }
    for said, query in told.items():
        if op.get_bind().scalar(sa.text(query)):
            raise RuntimeError(f"{said}: restore a backup from before instead")
    for table in reversed(TABLES):
        _check(table, new=0)
    guards.add("ledger_entry")
    for table, columns in ADDED.items():
        with op.batch_alter_table(table) as changed:
            for name in columns:
                changed.drop_column(name)


def _check(table: str, *, new: int) -> None:
    """Put the checks of one table in their form before (0) or after (1)."""
    with op.batch_alter_table(table) as changed:
        for (of, name), forms in CHECKS.items():
            if of == table and forms[1 - new]:
                changed.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
            if of == table and forms[new]:
                changed.create_check_constraint(op.f(f"ck_{table}_{name}"), forms[new])
