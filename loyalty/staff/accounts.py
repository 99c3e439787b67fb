"""The people of the shop: who they are and what they may do."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.orm import Session

from loyalty import crypto, upsert
from loyalty.alerts import raising
from loyalty.db import keyring, new_public_id
from loyalty.errors import Conflict, NotFound, RuleViolation, Unreadable
from loyalty.staff import audit, sessions, stores
from loyalty.staff.audit import Author
from loyalty.staff.models import Role, StaffMember, Store
from loyalty.typed import fold

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
    audit.record_by(session, by, "staff_added", subject(member), detail=detail, now=now)
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
    return session.scalar(select(StaffMember).where(is_here(), StaffMember.name_key == name_key(session, name)))


def get_by_name(session: Session, name: str) -> StaffMember:
    """Raises StaffNotFound."""
    member = find_by_name(session, name)
    if member is None:
        raise StaffNotFound(name)
    return member


def lock(session: Session, staff_id: int) -> StaffMember:
    """Somebody who works here, with nobody else changing them until the transaction ends. Raises StaffNotFound."""
    member = find_locked(session, staff_id)
    if member is None:
        raise StaffNotFound(str(staff_id))
    return member


def lock_leaver(session: Session, staff_id: int) -> StaffMember:
    """`lock`, for somebody who may stop being an owner. All owners are locked, in one order: of two, one stays.

    Raises StaffNotFound, LastOwner.
    """
    query = select(StaffMember.id).where(is_here(), StaffMember.role == Role.OWNER).order_by(StaffMember.id)
    owners = session.scalars(query.with_for_update()).all()
    member = lock(session, staff_id)
    if member.role == Role.OWNER and not set(owners) - {staff_id}:
        raise LastOwner
    return member


def list_all(session: Session) -> Sequence[StaffMember]:
    """Everybody who works here, in the order they came."""
    return session.scalars(select(StaffMember).where(is_here()).order_by(StaffMember.id)).all()


def list_newest(session: Session, *, before: int | None = None, limit: int) -> Sequence[StaffMember]:
    """Those who work here and came before the one with this id, newest first."""
    query = select(StaffMember).where(is_here()).order_by(StaffMember.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(StaffMember.id < before)).all()


def name_key(session: Session, name: str) -> bytes:
    """The keyed look-up of a name, accents and case aside; of any text."""
    return keyring(session).look_up("staff name", " ".join(fold.tokens(name)))


def name_of(session: Session, staff: StaffMember) -> str:
    return keyring(session).open(staff.name, _place(staff.public_id)).decode()


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
    audit.record_by(session, by, "staff_role_changed", subject(member), detail=detail, now=now)
    _tell_of_owner(session, member, now)
    return member


def _tell_of_owner(session: Session, member: StaffMember, now: datetime) -> None:
    """The other owners hear of somebody who may do everything from now on; the first of a shop is nobody's news."""
    others = select(StaffMember.id).where(is_here(), StaffMember.role == Role.OWNER, StaffMember.id != member.id)
    if member.role == Role.OWNER and session.scalar(others.limit(1)) is not None:
        raising.raise_alert(session, "owner_made", subject(member), "", now=now)


def move(session: Session, staff_id: int, store_code: str, *, by: Author, now: datetime) -> StaffMember:
    """Another store from now on. Raises StaffNotFound, StoreNotFound."""
    member, store = lock(session, staff_id), stores.get_by_code(session, store_code)
    if member.store_id == store.id:
        return member
    detail = {"before": session.get_one(Store, member.store_id).code, "after": store.code}
    member.store_id = store.id
    session.flush()
    audit.record_by(session, by, "staff_moved", subject(member), detail=detail, now=now)
    return member


def find_locked(session: Session, staff_id: int) -> StaffMember | None:
    """Somebody who works here, with nobody else changing their codes, chats or leaving."""
    query = select(StaffMember).where(StaffMember.id == staff_id, is_here()).with_for_update()
    return session.scalar(query, execution_options={"populate_existing": True})


def is_here() -> ColumnElement[bool]:
    """Only who works here at present."""
    return StaffMember.removed_at.is_(None)


def _readable(name: str) -> str:
    shown = fold.quote(name, LONGEST_NAME + 1)
    if not fold.tokens(shown) or len(shown) > LONGEST_NAME:
        raise StaffNameUnclear(name)
    return shown


def _place(public_id: str) -> bytes:
    return crypto.aad("staff_member", "name", public_id)


def subject(member: StaffMember) -> str:
    """What alert and audit call them."""
    return f"staff:{member.public_id}"
