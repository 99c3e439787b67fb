"""Every step of a customer's tiers and why; what a review remembers; tiers set by hand."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole, new_public_id
from migrations import guards

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

FIRST_TIER = "member"
FALLS = sa.text("falls_on IS NOT NULL")
CHUNK = 2000  # customers
REASONS = "'rise', 'review', 'undo', 'return', 'return_undone', 'manual', 'manual_end', 'kept'"
ADDED: Sequence[tuple[str, Any]] = (
    ("short_since", sa.Date()),
    ("stepped_at", Instant()),
    ("hand_tier", sa.Text()),
    ("hand_until", sa.Date()),
    ("hand_over", sa.Text()),
    ("falls_on", sa.Date()),
    ("warned_for", sa.Date()),
)
STATS = sa.table(
    "customer_stats",
    sa.column("customer_id", Whole),
    sa.column("tier", sa.Text()),
    sa.column("tier_since", Instant()),
)
PURCHASES = sa.table(
    "purchase",
    sa.column("id", Whole),
    sa.column("public_id", sa.Text()),
    sa.column("tier_before", sa.Text()),
    sa.column("tier_after", sa.Text()),
)
TIMELINE = sa.table(
    "activity",
    sa.column("id", Whole),
    sa.column("customer_id", Whole),
    sa.column("kind", sa.Text()),
    sa.column("at", Instant()),
    sa.column("data", Document),
)


def upgrade() -> None:
    for name, kind in ADDED:
        op.add_column("customer_stats", sa.Column(name, kind, nullable=True))
    op.create_index(
        "ix_customer_stats_falls_on",
        "customer_stats",
        ["falls_on", "customer_id"],
        postgresql_where=FALLS,
        sqlite_where=FALLS,
    )
    history = _create_history()
    op.create_index("ix_tier_history_customer_id_id", "tier_history", ["customer_id", "id"])
    op.create_index("ix_tier_history_at", "tier_history", ["at", "id"])
    _remember(history)
    guards.add("tier_history")


def downgrade() -> None:
    held = sa.text("SELECT COUNT(*) FROM customer_stats WHERE hand_tier IS NOT NULL")
    if op.get_bind().scalar(held):
        raise RuntimeError("tiers are held by hand: without this version nothing would end them; take them back first")
    guards.remove("tier_history")
    op.drop_table("tier_history")
    op.drop_index("ix_customer_stats_falls_on", "customer_stats")
    for name, _kind in ADDED:
        op.drop_column("customer_stats", name)


def _create_history() -> sa.Table:
    return op.create_table(
        "tier_history",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("from_tier", sa.Text(), nullable=False),
        sa.Column("to_tier", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("programme", Whole, nullable=True),
        sa.Column("purchase_id", Whole, nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint(f"reason IN ({REASONS})", name=op.f("ck_tier_history_reason")),
        sa.CheckConstraint(
            "from_tier <> to_tier OR reason IN ('manual', 'manual_end')", name=op.f("ck_tier_history_moves")
        ),
        sa.CheckConstraint("(reason = 'manual') = (until IS NOT NULL)", name=op.f("ck_tier_history_until")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_tier_history_customer_id")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_tier_history_purchase_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_history")),
        sa.UniqueConstraint("key", name=op.f("uq_tier_history_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_tier_history_public_id")),
    )


def _remember(history: sa.Table) -> None:
    """What the timeline tells of tiers; where it does not lead to the tier held, one row that says so."""
    bind, after = op.get_bind(), 0
    query = sa.select(STATS).order_by(STATS.c.customer_id).limit(CHUNK)
    while people := bind.execute(query.where(STATS.c.customer_id > after)).all():
        span = (people[0].customer_id, people[-1].customer_id)
        told = _told(bind, span)
        rows = [row for person in people for row in _rows(person, told.get(person.customer_id, []))]
        if rows:
            op.bulk_insert(history, rows)
        after = span[1]


def _told(bind: sa.Connection, span: tuple[int, int]) -> dict[int, list[dict[str, Any]]]:
    query = sa.select(TIMELINE).where(TIMELINE.c.customer_id.between(*span), TIMELINE.c.kind == "tier")
    found = bind.execute(query.order_by(TIMELINE.c.customer_id, TIMELINE.c.id)).all()
    found = [row for row in found if "purchase" in row.data]  # others are there where this version was left before
    names = {row.data["purchase"] for row in found}
    bought = {row.public_id: row for part in _parts(sorted(names)) for row in bind.execute(_named(part))}
    rows = (_row(row, bought[row.data["purchase"]]) for row in found if row.data["purchase"] in bought)
    return {customer_id: list(group) for customer_id, group in groupby(rows, key=lambda row: row["customer_id"])}


def _parts(names: Sequence[str]) -> list[Sequence[str]]:
    return [names[start : start + 500] for start in range(0, len(names), 500)]


def _named(names: Sequence[str]) -> sa.Select[Any]:
    return sa.select(PURCHASES).where(PURCHASES.c.public_id.in_(names))


def _row(told: Any, purchase: Any) -> dict[str, Any]:
    step = (told.data["from"], told.data["to"])
    reason = "rise" if step == (purchase.tier_before, purchase.tier_after) else "undo"
    return _step(told.customer_id, step, reason, told.at, purchase.id)


def _rows(person: Any, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps told, as long as they follow each other to the tier held."""
    tiers = [FIRST_TIER, *(row["to_tier"] for row in told)]
    if [row["from_tier"] for row in told] == tiers[:-1] and tiers[-1] == person.tier:
        return told
    if person.tier == FIRST_TIER:
        return []
    return [_step(person.customer_id, (FIRST_TIER, person.tier), "kept", person.tier_since, None)]


def _step(customer_id: int, step: tuple[str, str], reason: str, at: Any, purchase_id: int | None) -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "customer_id": customer_id,
        "from_tier": step[0],
        "to_tier": step[1],
        "reason": reason,
        "programme": None,
        "purchase_id": purchase_id,
        "actor": "migration",
        "key": None,
        "until": None,
        "words": None,
        "at": at,
    }
