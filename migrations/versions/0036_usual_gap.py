"""Whose usual gap is over on a day is found by an index; how many are in a journey is kept with it."""

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

JOURNEY = sa.table("journey", sa.column("id"), sa.column("look", Document), sa.column("counts", Document))
ENTRY = sa.table("journey_entry", sa.column("journey_id"), sa.column("state"), sa.column("reason"))


def upgrade() -> None:
    """A look that was under way begins again: it counted gaps in seconds."""
    op.create_index("ix_customer_habit_gap", "customer_habit", ["gap", "last_day"])
    op.add_column("journey", sa.Column("counts", Document, nullable=True))
    op.execute(JOURNEY.update().values(look=sa.null()))
    _count()


def downgrade() -> None:
    op.execute(JOURNEY.update().values(look=sa.null()))
    op.drop_column("journey", "counts")
    op.drop_index("ix_customer_habit_gap", "customer_habit")


def _count() -> None:
    why = sa.case((ENTRY.c.state == "left", ENTRY.c.reason), else_="")
    by = (ENTRY.c.journey_id, ENTRY.c.state, why)
    rows = op.get_bind().execute(sa.select(*by, sa.func.count()).group_by(*by).order_by(*by)).all()
    found: dict[int, list[list[object]]] = defaultdict(list)
    for journey_id, state, reason, number in rows:
        found[journey_id].append([state, reason or "", number])
    for journey_id, counts in found.items():
        op.execute(JOURNEY.update().where(JOURNEY.c.id == journey_id).values(counts=counts))
