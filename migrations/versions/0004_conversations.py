"""Conversations: who answers in a chat, and how far each member of staff is in the handbook."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Document, Instant, Whole, new_public_id

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CHUNK = 5_000
WITH_PEOPLE = sa.text("state <> 'bot'")
CHATS = sa.text(
    "SELECT id, customer_id, last_interaction_at AS at FROM channel_identity"
    " WHERE id > :after AND last_interaction_at IS NOT NULL ORDER BY id LIMIT :most"
)
THREAD = sa.text(
    "INSERT INTO conversation (identity_id, public_id, customer_id, earlier, state, since, last_at, unanswered)"
    " VALUES (:id, :public_id, :customer_id, '[]', 'bot', :at, :at, 0)"
)


def upgrade() -> None:
    _create_conversation()
    _create_exercise()
    _fill()


def downgrade() -> None:
    op.drop_table("staff_exercise")
    op.drop_table("conversation")


def _create_conversation() -> None:
    op.create_table(
        "conversation",
        sa.Column("identity_id", Whole, autoincrement=False, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("customer_id", Whole, nullable=False),
        sa.Column("earlier", Document, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("taken_by", sa.Text()),
        sa.Column("staff_at", Instant()),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("unanswered", Whole, nullable=False),
        sa.PrimaryKeyConstraint("identity_id", name="pk_conversation"),
        sa.UniqueConstraint("public_id", name="uq_conversation_public_id"),
        sa.ForeignKeyConstraint(["identity_id"], ["channel_identity.id"], name="fk_conversation_identity_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_conversation_customer_id"),
        sa.CheckConstraint("state IN ('bot', 'waiting', 'taken')", name="ck_conversation_state"),
        sa.CheckConstraint("(taken_by IS NULL) = (state <> 'taken')", name="ck_conversation_taken_by_somebody"),
        sa.CheckConstraint("unanswered >= 0", name="ck_conversation_unanswered"),
    )
    op.create_index("ix_conversation_customer_id", "conversation", ["customer_id"])
    op.create_index("ix_conversation_newest", "conversation", ["last_at", "identity_id"])
    op.create_index(
        "ix_conversation_with_people",
        "conversation",
        ["state", "last_at", "identity_id"],
        postgresql_where=WITH_PEOPLE,
        sqlite_where=WITH_PEOPLE,
    )


def _create_exercise() -> None:
    op.create_table(
        "staff_exercise",
        sa.Column("staff_id", Whole, nullable=False),
        sa.Column("exercise", sa.Text(), nullable=False),
        sa.Column("began_at", Instant()),
        sa.Column("done_at", Instant()),
        sa.Column("seconds", Whole),
        sa.PrimaryKeyConstraint("staff_id", "exercise", name="pk_staff_exercise"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name="fk_staff_exercise_staff_id"),
    )


def _fill() -> None:
    """A thread for every chat in which somebody has written before."""
    connection, last = op.get_bind(), 0
    while chunk := connection.execute(CHATS, {"after": last, "most": CHUNK}).mappings().all():
        last = chunk[-1]["id"]
        connection.execute(THREAD, [{**chat, "public_id": new_public_id()} for chat in chunk])
