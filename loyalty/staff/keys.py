"""Keys of the REST API: shown once, kept as a hash."""

import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select, text, update
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.alerts import raising
from loyalty.db import keyring, new_public_id
from loyalty.errors import Conflict, NotFound, RuleViolation, Unreadable
from loyalty.staff import audit
from loyalty.staff.audit import Author
from loyalty.staff.models import ApiKey
from loyalty.typed import fold

LONGEST_NAME = 80
KNOWN_TO = timedelta(hours=1)  # how exactly the last use of a key is kept

_SHAPE = re.compile(r"kq_[A-Za-z0-9_-]{43}")
_SCOPE = re.compile(r"[a-z]+(_[a-z]+)*:(read|write|reveal)")


class KeyNotFound(NotFound):
    """No key in force has this name or id."""

    code = "api_key_not_found"

    def __init__(self, typed: str) -> None:
        super().__init__(f"no key {typed!r}", typed=fold.quote(typed))


class KeyNameTaken(Conflict):
    """A key in force is called that already."""

    code = "api_key_name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"a key {name!r} exists", name=name)


class KeyNameUnclear(Unreadable):
    """A name that shows nothing, or is longer than `limit` characters."""

    code = "api_key_name_unclear"

    def __init__(self, typed: str) -> None:
        super().__init__(typed=fold.quote(typed), example="pos-le-loi", limit=LONGEST_NAME)


class UnknownScope(RuleViolation):
    """Scopes there are none of (`unknown`, empty when none was given); `known` are those there are, where asked."""

    code = "unknown_scope"

    def __init__(self, unknown: Sequence[str], known: Sequence[str] = ()) -> None:
        super().__init__(f"unknown scopes: {', '.join(unknown)}", unknown=list(unknown), known=list(known))


def create(
    session: Session, name: str, scopes: Iterable[str], *, by: Author = audit.CLI, now: datetime
) -> tuple[ApiKey, str]:
    """A new key and its plain text, which cannot be had again. Raises UnknownScope, KeyNameTaken, KeyNameUnclear.

    A scope is `<resource>:read`, `:write` or `:reveal`; which resources there are is for the caller to know.
    """
    shown, granted = _name(name), _scopes(scopes)
    plain = "kq_" + secrets.token_urlsafe(32)
    statement = (
        upsert.insert(session, ApiKey)
        .values(public_id=new_public_id(), name=shown, key_hash=_hash(session, plain), scopes=granted, created_at=now)
        .on_conflict_do_nothing(index_elements=["name"], index_where=text("revoked_at IS NULL"))
        .returning(ApiKey)
    )
    key = session.scalar(statement)
    if key is None:
        raise KeyNameTaken(shown)
    audit.record_by(session, by, "api_key_created", f"key:{key.public_id}", detail={"scopes": granted}, now=now)
    raising.raise_alert(session, "api_key_made", f"key:{key.public_id}", ", ".join(granted), now=now)
    return key, plain


def find(session: Session, plain: str) -> ApiKey | None:
    """The key in force with this plain text; any text may be asked for."""
    if not _SHAPE.fullmatch(plain):
        return None
    return session.scalar(select(ApiKey).where(ApiKey.key_hash == _hash(session, plain), ApiKey.revoked_at.is_(None)))


def is_fresh(key: ApiKey, now: datetime) -> bool:
    """Whether its last use is known to the hour already."""
    return key.last_used_at is not None and now - key.last_used_at < KNOWN_TO


def touch(session: Session, key_id: int, *, now: datetime) -> None:
    """It was used now."""
    session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=now))


def revoke(session: Session, public_id_or_name: str, *, by: Author = audit.CLI, now: datetime) -> ApiKey:
    """Refuse a key from now on. Raises KeyNotFound, also for one revoked before."""
    typed = fold.quote(public_id_or_name, LONGEST_NAME)
    query = (
        select(ApiKey)
        .where(or_(ApiKey.public_id == typed, ApiKey.name == typed), ApiKey.revoked_at.is_(None))
        .order_by((ApiKey.public_id == typed).desc())  # a name may look like another key's id
        .limit(1)
    )
    key = session.scalar(query.with_for_update())
    if key is None:
        raise KeyNotFound(public_id_or_name)
    key.revoked_at = now
    session.flush()
    audit.record_by(session, by, "api_key_revoked", f"key:{key.public_id}", now=now)
    return key


def list_all(session: Session) -> Sequence[ApiKey]:
    """Every key there ever was, newest first."""
    return session.scalars(select(ApiKey).order_by(ApiKey.id.desc())).all()


def _hash(session: Session, plain: str) -> bytes:
    return keyring(session).code_hash("api key", plain)


def _name(typed: str) -> str:
    shown = fold.quote(typed, LONGEST_NAME + 1)
    if not fold.tokens(shown) or len(shown) > LONGEST_NAME:
        raise KeyNameUnclear(typed)
    return shown


def _scopes(asked: Iterable[str]) -> list[str]:
    wanted = set(asked)
    unknown = sorted(scope for scope in wanted if not _SCOPE.fullmatch(scope))
    if unknown or not wanted:
        raise UnknownScope(unknown)
    return sorted(wanted)
