"""The people who work here, their chat accounts, what they did, and what waits for a second person."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base

WAITING = text("state = 'waiting'")


def is_waiting(row: type["Approval"]) -> ColumnElement[bool]:
    """`WAITING` of one row, its value written out: SQLite uses a partial index only where the words are the same."""
    return row.state == literal_column("'waiting'")


class Role(StrEnum):
    CASHIER = "cashier"
    MANAGER = "manager"
    MARKETER = "marketer"
    OWNER = "owner"


class Store(Base):
    __tablename__ = "store"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    code: Mapped[str] = mapped_column(unique=True)  # what staff and tills call it: MAIN
    name: Mapped[str]


class StaffMember(Base):
    """Someone of the shop. Removed, never deleted: what they did keeps their name."""

    __tablename__ = "staff_member"
    __table_args__ = (
        CheckConstraint("role IN ('cashier', 'manager', 'marketer', 'owner')", name="role"),
        Index(
            "uq_staff_member_name_key",
            "name_key",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
            sqlite_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[bytes]  # cell under the installation's key
    name_key: Mapped[bytes]  # keyed look-up of the folded name, unique among those who are here
    role: Mapped[str]
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id"))
    demo: Mapped[bool]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class StaffCode(Base):
    """A one-time chat code, `/nv CODE`. Only its keyed hash is kept."""

    __tablename__ = "staff_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class StaffIdentity(Base):
    """A chat account of a member of staff, until unbound: one person per chat, one chat per person and account."""

    __tablename__ = "staff_identity"
    __table_args__ = (
        Index(
            "uq_staff_identity_bound",
            "channel_account_id",
            "user_id",
            unique=True,
            postgresql_where=text("unbound_at IS NULL"),
            sqlite_where=text("unbound_at IS NULL"),
        ),
        Index(
            "uq_staff_identity_person",
            "staff_id",
            "channel_account_id",
            unique=True,
            postgresql_where=text("unbound_at IS NULL"),
            sqlite_where=text("unbound_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), index=True)
    channel_account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))
    user_id: Mapped[str]
    bound_at: Mapped[datetime]
    unbound_at: Mapped[datetime | None]
    last_interaction_at: Mapped[datetime]  # the answering window of this chat


class CodeMiss(Base):
    """A wrong code from a chat account; five within an hour make it wait."""

    __tablename__ = "code_miss"
    __table_args__ = (Index("ix_code_miss_account", "channel_account_id", "user_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))
    user_id: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)


class HeldLine(Base):
    """A staff line that was asked back («once more?»): the same line again within its time is the yes."""

    __tablename__ = "held_line"
    __table_args__ = (UniqueConstraint("staff_id", "line_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    line_hash: Mapped[bytes]
    asked_at: Mapped[datetime]


class StaffCredential(Base):
    """How a member of staff proves who they are at the console. No row: never signed in there yet."""

    __tablename__ = "staff_credential"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), primary_key=True, autoincrement=False)
    password: Mapped[bytes | None]  # cell: the argon2id hash; none until one is chosen
    password_set_at: Mapped[datetime | None]
    totp_secret: Mapped[bytes | None]  # cell: the base32 secret of the authenticator
    totp_since: Mapped[datetime | None]  # none: being set up, not asked for yet
    totp_step: Mapped[int | None]  # the last 30-second step a code of which was taken


class RecoveryCode(Base):
    """A way in without the authenticator, once. Only its keyed hash is kept."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    used_at: Mapped[datetime | None]


class Invitation(Base):
    """A one-time link into the console; only the keyed hash of its token is kept. One of each kind per person."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("kind IN ('password', 'second_factor', 'sign_in')", name="kind"),
        UniqueConstraint("staff_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    kind: Mapped[str]  # choose a password, set up the authenticator, come in at once
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime]


class StaffSession(Base):
    """A browser somebody is signed in with. Only the keyed hash of its cookie is kept, and no address."""

    __tablename__ = "staff_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    device: Mapped[str]  # a word or two: Chrome · Android
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]  # written at most once a minute
    proved_at: Mapped[datetime]  # the password, or another proof, was given last
    ended_at: Mapped[datetime | None]


class SignInTry(Base):
    """A sign-in that missed, or is being looked at. Names and addresses are keyed hashes, known here or not."""

    __tablename__ = "sign_in_try"
    __table_args__ = (
        Index("ix_sign_in_try_account", "account", "at"),
        Index("ix_sign_in_try_address", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[bytes | None]  # none: forgiven when its person came in
    address: Mapped[bytes]
    at: Mapped[datetime] = mapped_column(index=True)


class StaffExercise(Base):
    """How far a member of staff is with one exercise of the handbook."""

    __tablename__ = "staff_exercise"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), primary_key=True)
    exercise: Mapped[str] = mapped_column(primary_key=True)  # the chapter's name
    began_at: Mapped[datetime | None]  # none: not under way
    done_at: Mapped[datetime | None]  # first
    seconds: Mapped[int | None]  # the last time took so long


class Approval(Base):
    """Something a second person decides. Its id is the number in `/duyet 88`."""

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'approved', 'rejected')", name="state"),
        Index("ix_approval_waiting", "id", postgresql_where=WAITING, sqlite_where=WAITING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # award, adjust; campaign, journey
    key: Mapped[str] = mapped_column(unique=True)  # idempotency: the event that asked
    payload: Mapped[dict[str, Any]]  # what to do when approved; no personal data, customers by id
    state: Mapped[str]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))  # none: an API key
    asked_by: Mapped[str]  # the actor: staff:<public id>, key:<public id>
    asked_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    decided_at: Mapped[datetime | None]


class AuditHead(Base):
    """The end of one actor's audit chain; locked while a row is added."""

    __tablename__ = "audit_head"

    actor: Mapped[str] = mapped_column(primary_key=True)
    length: Mapped[int]
    chain: Mapped[bytes]


class AuditEntry(Base):
    """Who did what, when, where and why. Only ever added; one hash chain per actor."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        UniqueConstraint("actor", "seq"),
        Index("ix_audit_entry_at", "at", "id"),
        Index("ix_audit_entry_actor_at", "actor", "at", "id"),
        Index("ix_audit_entry_action_at", "action", "at", "id"),
        Index("ix_audit_entry_subject_id", "subject", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    actor: Mapped[str]  # staff:<public id>, key:<public id>, cli, stranger
    seq: Mapped[int]
    action: Mapped[str]  # award, undo, bind, approve, staff_added …
    subject: Mapped[str]  # what it was done to: customer:<public id>, entry:1042 …
    source: Mapped[str]  # zalo, messenger, api, cli, console
    detail: Mapped[dict[str, Any]]  # before, after, reason codes; no personal data
    at: Mapped[datetime]
    chain: Mapped[bytes]


class ApiKey(Base):
    """A key of the REST API: only its hash is kept."""

    __tablename__ = "api_key"
    __table_args__ = (
        Index(
            "uq_api_key_name",
            "name",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
            sqlite_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    key_hash: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]  # to the hour
