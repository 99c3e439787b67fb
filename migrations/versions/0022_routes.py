"""The way each message goes, the templates a shop configured, who refused which way, what the day has had of them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

MESSAGE: dict[str, Any] = {"purpose": sa.Text(), "route": sa.Text(), "template_id": Whole}
ACCOUNT = ("bills_package", "has_human_agent")


def upgrade() -> None:
    for name in ACCOUNT:
        op.add_column("channel_account", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    _make_templates()
    op.create_table(
        "route_refusal",
        sa.Column("customer_id", Whole, sa.ForeignKey("customer.id"), primary_key=True),
        sa.Column("channel_account_id", Whole, sa.ForeignKey("channel_account.id"), primary_key=True),
        sa.Column("route", sa.Text(), primary_key=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
    )
    op.create_table(
        "template_day",
        sa.Column("channel_account_id", Whole, sa.ForeignKey("channel_account.id"), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("used", Whole, nullable=False),
        sa.CheckConstraint("used >= 0", name="used"),
    )
    for name, kind in MESSAGE.items():
        op.add_column("outbound_message", sa.Column(name, kind, nullable=True))
    op.add_column("outbound_message", sa.Column("tried", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """What was sent by a template stays sent; which one, the older schema cannot say."""
    for name in ("tried", *reversed(MESSAGE)):
        op.drop_column("outbound_message", name)
    for table in ("template_day", "route_refusal", "template_use", "message_template"):
        op.drop_table(table)
    for name in reversed(ACCOUNT):
        op.drop_column("channel_account", name)


def _make_templates() -> None:
    op.create_table(
        "message_template",
        sa.Column("id", Whole, primary_key=True),
        sa.Column("public_id", sa.Text(), nullable=False, unique=True),
        sa.Column("channel_account_id", Whole, sa.ForeignKey("channel_account.id"), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "title", "locale", "status", "tag")),
        sa.Column("parameters", Document, nullable=False),
        sa.Column("price_user", Whole, nullable=True),
        sa.Column("price_phone", Whole, nullable=True),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.Column("synced_at", Instant(), nullable=False),
        sa.UniqueConstraint("channel_account_id", "name", "locale"),
        sa.CheckConstraint("price_user >= 0 AND price_phone >= 0", name="prices"),
    )
    op.create_table(
        "template_use",
        sa.Column("id", Whole, primary_key=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel_account_id", Whole, sa.ForeignKey("channel_account.id"), nullable=False),
        sa.Column("template_id", Whole, sa.ForeignKey("message_template.id"), nullable=False),
        sa.Column("mapping", Document, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.UniqueConstraint("purpose", "channel_account_id"),
    )
