"""Deletion requests that come through a platform; whether people answer on Messenger after a day."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Instant, Whole

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

OPEN = sa.text("state = 'received'")


def upgrade() -> None:
    op.create_table(
        "platform_request",
        sa.Column("id", Whole, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name_there", sa.LargeBinary(), nullable=False),
        sa.Column("customer_id", Whole, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('received', 'erased', 'nobody')", name=op.f("ck_platform_request_state")),
        sa.CheckConstraint("(state = 'received') = (settled_at IS NULL)", name=op.f("ck_platform_request_settled")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_platform_request_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_request")),
        sa.UniqueConstraint("code", name=op.f("uq_platform_request_code")),
    )
    op.create_index(
        "uq_platform_request_open",
        "platform_request",
        ["channel", "person"],
        unique=True,
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )


def downgrade() -> None:
    """A person's request is not forgotten: a database with an open one is refused."""
    if op.get_bind().scalar(sa.text("SELECT COUNT(*) FROM platform_request WHERE state = 'received'")):
        raise RuntimeError("somebody waits for their data to be deleted: see to it first")
    op.drop_table("platform_request")
