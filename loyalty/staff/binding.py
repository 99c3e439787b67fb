"""The chats staff write from: the one-time code that makes a chat somebody's, and the chats that are."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from loyalty import entities, prepared
from loyalty.alerts import raising
from loyalty.channels.models import ChannelAccount
from loyalty.db import keyring
from loyalty.staff import accounts, audit, guessing
from loyalty.staff.audit import Author
from loyalty.staff.guessing import Chat
from loyalty.staff.models import Role, StaffCode, StaffIdentity, StaffMember
from loyalty.typed.codes import CODE_ALPHABET, normalise_code

CODE_LENGTH = 8
CODE_LIVES = timedelta(minutes=10)


class StaffChat(NamedTuple):
    """A chat one of us writes from; the last interaction opens the platform's window."""

    account: ChannelAccount
    user_id: str
    last_interaction_at: datetime
    member: StaffMember


def issue_code(session: Session, staff_id: int, *, by: Author = audit.CLI, now: datetime) -> str:
    """A new one-time code for `/nv`, valid for `CODE_LIVES`; earlier ones of this person end. Raises StaffNotFound."""
    member = accounts.lock(session, staff_id)
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    session.execute(delete(StaffCode).where(StaffCode.staff_id == staff_id))
    session.add(StaffCode(staff_id=staff_id, code_hash=_code_hash(session, code), expires_at=now + CODE_LIVES))
    session.flush()
    audit.record_by(session, by, "staff_code_issued", accounts.subject(member), now=now)
    return code


def bind(session: Session, code: str, *, channel_account_id: int, user_id: str, now: datetime) -> StaffMember:
    """The chat account becomes the code's owner's; whoever used it, and that person's other chat here, are unbound.

    The same code again from the chat it bound changes nothing. Raises CodesExhausted, and WrongCode, which leaves its
    miss, an audit row and perhaps an alert behind: commit them, do not roll back to a savepoint.
    """
    chat = Chat(channel_account_id, user_id)
    source = session.get_one(ChannelAccount, channel_account_id).kind
    guessing.take_turn(session, chat)
    guessing.refuse_waiting(session, chat, now=now)
    found = session.scalar(select(StaffCode).where(StaffCode.code_hash == _code_hash(session, normalise_code(code))))
    member = accounts.find_locked(session, found.staff_id) if found is not None else None
    if found is None or member is None:
        raise guessing.count_miss(session, chat, source, now=now)
    if not _spend(session, found, now=now):
        if bound_to(session, *chat) is member:
            return member
        raise guessing.count_miss(session, chat, source, now=now)
    _seat(session, member, chat, source, now=now)
    return member


def unbind(session: Session, channel_account_id: int, user_id: str, *, now: datetime) -> StaffMember | None:
    """The chat account is nobody's of the shop any more; who it was, None when it was nobody's."""
    ended = end(session, _is_chat(Chat(channel_account_id, user_id)), now=now)
    if not ended:
        return None
    member = session.get_one(StaffMember, ended[0].staff_id)
    source = session.get_one(ChannelAccount, channel_account_id).kind
    audit.record_by(session, Author.of(member, source), "staff_unbound", accounts.subject(member), now=now)
    return member


def bound_to(session: Session, channel_account_id: int, user_id: str) -> StaffMember | None:
    """Who of the shop writes from this chat account."""
    return entities.first(session, _BOUND, {"account": channel_account_id, "user": user_id})


def touch(session: Session, channel_account_id: int, user_id: str, *, now: datetime) -> None:
    """One of us wrote: the answering window of this chat begins again."""
    session.flush()
    chat = {"account": channel_account_id, "user": user_id, "at": now}
    prepared.run(session.connection(), _TOUCH, chat)


def chats_of(session: Session, roles: Collection[Role | str]) -> list[StaffChat]:
    """The chats bound to people with one of these roles, newest interaction first."""
    return _chats(session, _chats_query().where(StaffMember.role.in_([Role(role).value for role in roles])))


def chats_of_member(session: Session, staff_id: int) -> list[StaffChat]:
    """The chats bound to one person, newest interaction first."""
    return _chats(session, _chats_query().where(StaffMember.id == staff_id))


def chats_ended(session: Session, staff_id: int, *, at: datetime) -> list[StaffChat]:
    """The chats of one person that stopped being theirs at this instant: whoever writes there did not ask for it."""
    query = (
        select(ChannelAccount, StaffIdentity.user_id, StaffIdentity.last_interaction_at, StaffMember)
        .join(StaffIdentity, StaffIdentity.channel_account_id == ChannelAccount.id)
        .join(StaffMember, StaffMember.id == StaffIdentity.staff_id)
        .where(StaffIdentity.staff_id == staff_id, StaffIdentity.unbound_at == at)
    )
    return _chats(session, query)


def end(session: Session, whose: ColumnElement[bool], *, now: datetime) -> Sequence[StaffIdentity]:
    """End bindings, locked in one order so that two people swapping chats do not wait for each other."""
    query = select(StaffIdentity).where(whose, StaffIdentity.unbound_at.is_(None)).order_by(StaffIdentity.id)
    ended = session.scalars(query.with_for_update(), execution_options={"populate_existing": True}).all()
    for identity in ended:
        identity.unbound_at = now
    session.flush()
    return ended


def _seat(session: Session, member: StaffMember, chat: Chat, source: str, *, now: datetime) -> None:
    same_place = StaffIdentity.channel_account_id == chat.channel_account_id
    ended = end(session, or_(_is_chat(chat), and_(same_place, StaffIdentity.staff_id == member.id)), now=now)
    session.add(
        StaffIdentity(
            staff_id=member.id,
            channel_account_id=chat.channel_account_id,
            user_id=chat.user_id,
            bound_at=now,
            last_interaction_at=now,
        )
    )
    session.flush()
    raising.raise_alert(session, "staff_bound", accounts.subject(member), f"{member.role} {source}", now=now)
    detail = {"channel_account": chat.channel_account_id, "unbound": len(ended)}
    audit.record_by(session, Author.of(member, source), "staff_bound", accounts.subject(member), detail=detail, now=now)


def _spend(session: Session, code: StaffCode, *, now: datetime) -> bool:
    """Whether the code was still open; of any number at once, one is told so."""
    open_code = (StaffCode.id == code.id, StaffCode.used_at.is_(None), StaffCode.expires_at > now)
    return session.scalar(update(StaffCode).where(*open_code).values(used_at=now).returning(StaffCode.id)) is not None


def _chats_query() -> Select[ChannelAccount, str, datetime, StaffMember]:
    return (
        select(ChannelAccount, StaffIdentity.user_id, StaffIdentity.last_interaction_at, StaffMember)
        .join(StaffIdentity, StaffIdentity.channel_account_id == ChannelAccount.id)
        .join(StaffMember, StaffMember.id == StaffIdentity.staff_id)
        .where(StaffIdentity.unbound_at.is_(None), accounts.is_here())
        .order_by(StaffIdentity.last_interaction_at.desc(), StaffIdentity.id.desc())
    )


def _chats(session: Session, query: Select[ChannelAccount, str, datetime, StaffMember]) -> list[StaffChat]:
    return [StaffChat(*row) for row in session.execute(query)]


def _is_chat(chat: Chat) -> ColumnElement[bool]:
    return and_(StaffIdentity.channel_account_id == chat.channel_account_id, StaffIdentity.user_id == chat.user_id)


def _code_hash(session: Session, code: str) -> bytes:
    return keyring(session).code_hash("staff", code)


_BOUND = (
    select(StaffMember)
    .join(StaffIdentity, StaffIdentity.staff_id == StaffMember.id)
    .where(
        StaffIdentity.channel_account_id == bindparam("account"),
        StaffIdentity.user_id == bindparam("user"),
        StaffIdentity.unbound_at.is_(None),
        accounts.is_here(),
    )
)
_CHATS = StaffIdentity.metadata.tables[StaffIdentity.__tablename__]
_TOUCH = (
    update(_CHATS)
    .where(
        _CHATS.c.channel_account_id == bindparam("account"),
        _CHATS.c.user_id == bindparam("user"),
        _CHATS.c.unbound_at.is_(None),
        _CHATS.c.last_interaction_at < bindparam("at"),
    )
    .values(last_interaction_at=bindparam("at"))
)
