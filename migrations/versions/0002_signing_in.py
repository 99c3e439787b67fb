"""Signing in at the console: passwords, second factors, links, sessions, tries; reading the audit by filter."""

import sqlalchemy as sa
from alembic import op

from loyalty.db import Instant, Whole

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

AUDIT = {"ix_audit_entry_at": [], "ix_audit_entry_actor_at": ["actor"], "ix_audit_entry_action_at": ["action"]}
TABLES = ("staff_credential", "recovery_code", "invitation", "staff_session", "sign_in_try")


def upgrade() -> None:
    op.create_table(
        "staff_credential",
        sa.Column("staff_id", Whole, autoincrement=False, nullable=False),
        sa.Column("password", sa.LargeBinary()),
        sa.Column("password_set_at", Instant()),
        sa.Column("totp_secret", sa.LargeBinary()),
        sa.Column("totp_since", Instant()),
        sa.Column("totp_step", Whole),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_staff_credential_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_credential")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", Whole, nullable=False),
        sa.Column("staff_id", Whole, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", Instant()),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_recovery_code_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_code_code_hash")),
    )
    op.create_index("ix_recovery_code_staff_id", "recovery_code", ["staff_id"])
    op.create_table(
        "invitation",
        sa.Column("id", Whole, nullable=False),
        sa.Column("staff_id", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.CheckConstraint("kind IN ('password', 'second_factor', 'sign_in')", name=op.f("ck_invitation_kind")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_invitation_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("staff_id", "kind", name=op.f("uq_invitation_staff_id_kind")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_table(
        "staff_session",
        sa.Column("id", Whole, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("staff_id", Whole, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_seen_at", Instant(), nullable=False),
        sa.Column("proved_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant()),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_staff_session_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("public_id", name=op.f("uq_staff_session_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_session_token_hash")),
    )
    op.create_index("ix_staff_session_staff_id", "staff_session", ["staff_id"])
    op.create_table(
        "sign_in_try",
        sa.Column("id", Whole, nullable=False),
        sa.Column("account", sa.LargeBinary()),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_try")),
    )
    op.create_index("ix_sign_in_try_account", "sign_in_try", ["account", "at"])
    op.create_index("ix_sign_in_try_address", "sign_in_try", ["address", "at"])
    op.create_index("ix_sign_in_try_at", "sign_in_try", ["at"])
    for name, filters in AUDIT.items():
        op.create_index(name, "audit_entry", [*filters, "at", "id"])


def downgrade() -> None:
    for name in AUDIT:
        op.drop_index(name, table_name="audit_entry")
    for table in reversed(TABLES):
        op.drop_table(table)
