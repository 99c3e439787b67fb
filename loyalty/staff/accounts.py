"""The people of the shop: who they are, the code that binds a chat to one, and the chats bound."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from loyalty import crypto, prepared, upsert
from loyalty.alerts import raising
from loyalty.channels.models import ChannelAccount
from loyalty.db import keyring, new_public_id
from loyalty.errors import Conflict, NotFound, RuleViolation, Unreadable
from loyalty.staff import access, audit, guessing, sessions, stores
from loyalty.staff.audit import Author
from loyalty.staff.guessing import Chat
from loyalty.staff.models import Role, StaffCode, StaffIdentity, StaffMember, Store
from loyalty.typed import fold
from loyalty.typed.codes import CODE_ALPHABET, normalise_code

CODE_LENGTH = 8
CODE_LIVES = timedelta(minutes=10)
LONGEST_NAME = 80


class StaffNotFound(NotFound):
    """Nobody who works here is meant by `typed`."""

    code = "staff_not_found"

    def __init__(self, typed: str) -> None:
        super().__init__("no such member of staff", typed=fold.quote(typed))


class StaffNameTaken(Conflict):
    """Somebody here is called so already, accents and case aside."""

    code = "staff_name_taken"

    def __init__(self, name: str) -> None:
        super().__init__("the name is taken", name=name)


class StaffNameUnclear(Unreadable):
    """A name without a letter or digit, or longer than `limit` characters."""

    code = "staff_name_unclear"

    def __init__(self, typed: str) -> None:
        super().__init__(typed=fold.quote(typed), example="Nguyễn Thu", limit=LONGEST_NAME)


class LastOwner(RuleViolation):
    """Nobody else could run the shop."""

    code = "last_owner"


class StaffChat(NamedTuple):
    """A chat one of us writes from; the last interaction opens the platform's window."""

    account: ChannelAccount
    user_id: str
    last_interaction_at: datetime
    member: StaffMember


def add(
    session: Session,
    name: str,
    role: Role | str,
    *,
    store_code: str | None = None,
    by: Author = audit.CLI,
    now: datetime,
) -> StaffMember:
    """Somebody begins to work here, at the first store unless told.

    Raises StaffNameTaken, StaffNameUnclear, StoreNotFound.
    """
    shown, public_id = _readable(name), new_public_id()
    store = stores.default(session) if store_code is None else stores.get_by_code(session, store_code)
    statement = (
        upsert.insert(session, StaffMember)
        .values(
            public_id=public_id,
            name=keyring(session).seal(shown.encode(), _place(public_id)),
            name_key=name_key(session, shown),
            role=Role(role).value,
            store_id=store.id,
            demo=False,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["name_key"], index_where=text("removed_at IS NULL"))
        .returning(StaffMember)
    )
    member = session.scalar(statement)
    if member is None:
        raise StaffNameTaken(shown)
    detail = {"role": member.role, "store": store.code}
    audit.record_by(session, by, "staff_added", _subject(member), detail=detail, now=now)
    _tell_of_owner(session, member, now)
    return member


def get(session: Session, staff_id: int) -> StaffMember:
    """Anybody who works or worked here. Raises StaffNotFound."""
    member = session.get(StaffMember, staff_id)
    if member is None:
        raise StaffNotFound(str(staff_id))
    return member


def get_public(session: Session, public_id: str) -> StaffMember:
    """Anybody who works or worked here. Raises StaffNotFound."""
    member = session.scalar(select(StaffMember).where(StaffMember.public_id == public_id))
    if member is None:
        raise StaffNotFound(public_id)
    return member


def find_by_name(session: Session, name: str) -> StaffMember | None:
    """Who works here under this name, accents and case aside."""
    return session.scalar(select(StaffMember).where(_is_here(), StaffMember.name_key == name_key(session, name)))


def get_by_name(session: Session, name: str) -> StaffMember:
    """Raises StaffNotFound."""
    member = find_by_name(session, name)
    if member is None:
        raise StaffNotFound(name)
    return member


def lock(session: Session, staff_id: int) -> StaffMember:
    """Somebody who works here, with nobody else changing them until the transaction ends. Raises StaffNotFound."""
    member = _find_locked(session, staff_id)
    if member is None:
        raise StaffNotFound(str(staff_id))
    return member


def lock_leaver(session: Session, staff_id: int) -> StaffMember:
    """`lock`, for somebody who may stop being an owner. All owners are locked, in one order: of two, one stays.

    Raises StaffNotFound, LastOwner.
    """
    query = select(StaffMember.id).where(_is_here(), StaffMember.role == Role.OWNER).order_by(StaffMember.id)
    owners = session.scalars(query.with_for_update()).all()
    member = lock(session, staff_id)
    if member.role == Role.OWNER and not set(owners) - {staff_id}:
        raise LastOwner
    return member


def list_all(session: Session) -> Sequence[StaffMember]:
    """Everybody who works here, in the order they came."""
    return session.scalars(select(StaffMember).where(_is_here()).order_by(StaffMember.id)).all()


def list_newest(session: Session, *, before: int | None = None, limit: int) -> Sequence[StaffMember]:
    """Those who work here and came before the one with this id, newest first."""
    query = select(StaffMember).where(_is_here()).order_by(StaffMember.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(StaffMember.id < before)).all()


def name_key(session: Session, name: str) -> bytes:
    """The keyed look-up of a name, accents and case aside; of any text."""
    return keyring(session).look_up("staff name", " ".join(fold.tokens(name)))


def name_of(session: Session, staff: StaffMember) -> str:
    return keyring(session).open(staff.name, _place(staff.public_id)).decode()


def remove(
    session: Session,
    staff_id: int,
    *,
    by: Author = audit.CLI,
    now: datetime,
    even_last_owner: bool = False,
    left: Mapping[str, int] | None = None,
) -> StaffMember:
    """Somebody stops working here: chats, codes, password and sessions end with this transaction, what they did stays.

    `left` is kept beside it: how much of their work is somebody else's now (`messaging.colleagues.dismiss`).
    Raises StaffNotFound, also for somebody who left before; LastOwner.
    """
    member = lock(session, staff_id) if even_last_owner else lock_leaver(session, staff_id)
    member.removed_at = now
    session.flush()
    session.execute(delete(StaffCode).where(StaffCode.staff_id == staff_id))
    detail = {"chats": len(_unbind(session, StaffIdentity.staff_id == staff_id, now=now))}
    detail["sessions"] = access.revoke(session, staff_id, now=now)
    audit.record_by(session, by, "staff_removed", _subject(member), detail=detail | dict(left or {}), now=now)
    return member


def take_back(session: Session, staff_id: int, *, by: Author, now: datetime) -> StaffMember:
    """Somebody who left works here again; chats and password they need anew. Once more changes nothing.

    Raises StaffNotFound; StaffNameTaken when somebody else is called so by now.
    """
    member = get(session, staff_id)
    if member.removed_at is None:
        return member
    try:
        with session.begin_nested():
            member.removed_at = None
    except IntegrityError:
        raise StaffNameTaken(name_of(session, get(session, staff_id))) from None
    access.revoke(session, staff_id, now=now)  # whatever a slow request may have left behind
    audit.record_by(session, by, "staff_taken_back", _subject(member), now=now)
    return member


def change_role(session: Session, staff_id: int, role: Role | str, *, by: Author, now: datetime) -> StaffMember:
    """Another role from now on; who gets one signs in anew. Raises StaffNotFound, LastOwner."""
    after = Role(role).value
    member = lock(session, staff_id) if after == Role.OWNER else lock_leaver(session, staff_id)
    before = member.role
    if before == after:
        return member
    member.role = after
    session.flush()
    sessions.end_all(session, staff_id, now=now)
    detail = {"before": before, "after": after}
    audit.record_by(session, by, "staff_role_changed", _subject(member), detail=detail, now=now)
    _tell_of_owner(session, member, now)
    return member


def _tell_of_owner(session: Session, member: StaffMember, now: datetime) -> None:
    """The other owners hear of somebody who may do everything from now on; the first of a shop is nobody's news."""
    others = select(StaffMember.id).where(_is_here(), StaffMember.role == Role.OWNER, StaffMember.id != member.id)
    if member.role == Role.OWNER and session.scalar(others.limit(1)) is not None:
        raising.raise_alert(session, "owner_made", _subject(member), "", now=now)


def move(session: Session, staff_id: int, store_code: str, *, by: Author, now: datetime) -> StaffMember:
    """Another store from now on. Raises StaffNotFound, StoreNotFound."""
    member, store = lock(session, staff_id), stores.get_by_code(session, store_code)
    if member.store_id == store.id:
        return member
    detail = {"before": session.get_one(Store, member.store_id).code, "after": store.code}
    member.store_id = store.id
    session.flush()
    audit.record_by(session, by, "staff_moved", _subject(member), detail=detail, now=now)
    return member


def issue_code(session: Session, staff_id: int, *, by: Author = audit.CLI, now: datetime) -> str:
    """A new one-time code for `/nv`, valid for `CODE_LIVES`; earlier ones of this person end. Raises StaffNotFound."""
    member = lock(session, staff_id)
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    session.execute(delete(StaffCode).where(StaffCode.staff_id == staff_id))
    session.add(StaffCode(staff_id=staff_id, code_hash=_code_hash(session, code), expires_at=now + CODE_LIVES))
    session.flush()
    audit.record_by(session, by, "staff_code_issued", _subject(member), now=now)
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
    member = _find_locked(session, found.staff_id) if found is not None else None
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
    ended = _unbind(session, _is_chat(Chat(channel_account_id, user_id)), now=now)
    if not ended:
        return None
    member = session.get_one(StaffMember, ended[0].staff_id)
    source = session.get_one(ChannelAccount, channel_account_id).kind
    audit.record_by(session, Author.of(member, source), "staff_unbound", _subject(member), now=now)
    return member


def bound_to(session: Session, channel_account_id: int, user_id: str) -> StaffMember | None:
    """Who of the shop writes from this chat account."""
    session.flush()
    bound = prepared.one(session.connection(), _BOUND, {"account": channel_account_id, "user": user_id})
    return None if bound is None else session.get_one(StaffMember, bound.id)


def touch(session: Session, channel_account_id: int, user_id: str, *, now: datetime) -> None:
    """One of us wrote: the answering window of this chat begins again."""
    session.execute(
        update(StaffIdentity)
        .where(_is_chat(Chat(channel_account_id, user_id)), StaffIdentity.unbound_at.is_(None))
        .where(StaffIdentity.last_interaction_at < now)
        .values(last_interaction_at=now)
    )


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


def _seat(session: Session, member: StaffMember, chat: Chat, source: str, *, now: datetime) -> None:
    same_place = StaffIdentity.channel_account_id == chat.channel_account_id
    ended = _unbind(session, or_(_is_chat(chat), and_(same_place, StaffIdentity.staff_id == member.id)), now=now)
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
    raising.raise_alert(session, "staff_bound", _subject(member), f"{member.role} {source}", now=now)
    detail = {"channel_account": chat.channel_account_id, "unbound": len(ended)}
    audit.record_by(session, Author.of(member, source), "staff_bound", _subject(member), detail=detail, now=now)


def _unbind(session: Session, whose: ColumnElement[bool], *, now: datetime) -> Sequence[StaffIdentity]:
    """End bindings, locked in one order so that two people swapping chats do not wait for each other."""
    query = select(StaffIdentity).where(whose, StaffIdentity.unbound_at.is_(None)).order_by(StaffIdentity.id)
    ended = session.scalars(query.with_for_update(), execution_options={"populate_existing": True}).all()
    for identity in ended:
        identity.unbound_at = now
    session.flush()
    return ended


def _spend(session: Session, code: StaffCode, *, now: datetime) -> bool:
    """Whether the code was still open; of any number at once, one is told so."""
    open_code = (StaffCode.id == code.id, StaffCode.used_at.is_(None), StaffCode.expires_at > now)
    return session.scalar(update(StaffCode).where(*open_code).values(used_at=now).returning(StaffCode.id)) is not None


def _find_locked(session: Session, staff_id: int) -> StaffMember | None:
    """Somebody who works here, with nobody else changing their codes, chats or leaving."""
    query = select(StaffMember).where(StaffMember.id == staff_id, _is_here()).with_for_update()
    return session.scalar(query, execution_options={"populate_existing": True})


def _chats_query() -> Select[ChannelAccount, str, datetime, StaffMember]:
    return (
        select(ChannelAccount, StaffIdentity.user_id, StaffIdentity.last_interaction_at, StaffMember)
        .join(StaffIdentity, StaffIdentity.channel_account_id == ChannelAccount.id)
        .join(StaffMember, StaffMember.id == StaffIdentity.staff_id)
        .where(StaffIdentity.unbound_at.is_(None), _is_here())
        .order_by(StaffIdentity.last_interaction_at.desc(), StaffIdentity.id.desc())
    )


def _chats(session: Session, query: Select[ChannelAccount, str, datetime, StaffMember]) -> list[StaffChat]:
    return [StaffChat(*row) for row in session.execute(query)]


def _is_here() -> ColumnElement[bool]:
    return StaffMember.removed_at.is_(None)


def _is_chat(chat: Chat) -> ColumnElement[bool]:
    return and_(StaffIdentity.channel_account_id == chat.channel_account_id, StaffIdentity.user_id == chat.user_id)


def _readable(name: str) -> str:
    shown = fold.quote(name, LONGEST_NAME + 1)
    if not fold.tokens(shown) or len(shown) > LONGEST_NAME:
        raise StaffNameUnclear(name)
    return shown


def _code_hash(session: Session, code: str) -> bytes:
    return keyring(session).code_hash("staff", code)


def _place(public_id: str) -> bytes:
    return crypto.aad("staff_member", "name", public_id)


def _subject(member: StaffMember) -> str:
    return f"staff:{member.public_id}"


_BOUND = (
    select(StaffMember.metadata.tables["staff_member"].c.id)
    .join(StaffIdentity, StaffIdentity.staff_id == StaffMember.id)
    .where(
        StaffIdentity.channel_account_id == bindparam("account"),
        StaffIdentity.user_id == bindparam("user"),
        StaffIdentity.unbound_at.is_(None),
        _is_here(),
    )
)
