"""The places one buys at."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.db import new_public_id
from loyalty.errors import Conflict, NotFound, Unreadable
from loyalty.staff import audit
from loyalty.staff.audit import Author
from loyalty.staff.models import Store
from loyalty.typed import fold

LONGEST_CODE = 16
LONGEST_NAME = 80

_CODE = re.compile(rf"[A-Z0-9]([A-Z0-9-]{{0,{LONGEST_CODE - 2}}}[A-Z0-9])?", re.ASCII)


class StoreNotFound(NotFound):
    """No store is called that; `known` are the codes there are."""

    code = "store_not_found"

    def __init__(self, typed: str, known: Sequence[str]) -> None:
        super().__init__(f"no store {typed!r}", typed=fold.quote(typed), known=list(known))


class StoreCodeTaken(Conflict):
    """Another store has this code."""

    code = "store_code_taken"

    def __init__(self, code: str) -> None:
        super().__init__(f"a store {code!r} exists", taken=code)


class StoreCodeUnclear(Unreadable):
    """A code that is not 1 to `limit` plain letters and digits, with dashes between them."""

    code = "store_code_unclear"

    def __init__(self, typed: str) -> None:
        super().__init__(typed=fold.quote(typed), example="LELOI", limit=LONGEST_CODE, field="code")


class StoreNameUnclear(Unreadable):
    """A name that shows nothing, or is longer than `limit` characters."""

    code = "store_name_unclear"

    def __init__(self, typed: str) -> None:
        super().__init__(typed=fold.quote(typed), example="Mây Lê Lợi", limit=LONGEST_NAME, field="name")


def add(session: Session, code: str, name: str, *, by: Author = audit.CLI, now: datetime) -> Store:
    """One more place. Its code, what tills and commands call it, never changes.

    Raises StoreCodeUnclear, StoreNameUnclear, StoreCodeTaken.
    """
    values = {"public_id": new_public_id(), "code": _code(code), "name": _name(name)}
    statement = upsert.insert(session, Store).values(**values).on_conflict_do_nothing(index_elements=["code"])
    store: Store | None = session.scalar(statement.returning(Store))
    if store is None:
        raise StoreCodeTaken(values["code"])
    audit.record_by(session, by, "store_added", _subject(store), detail={"code": store.code}, now=now)
    return store


def rename(session: Session, store_id: int, name: str, *, by: Author = audit.CLI, now: datetime) -> Store:
    """Another name from now on; the same one changes nothing. Raises StoreNameUnclear."""
    shown = _name(name)
    store = session.scalars(select(Store).where(Store.id == store_id).with_for_update()).one()
    if store.name != shown:
        detail = {"before": store.name, "after": shown}
        store.name = shown
        session.flush()
        audit.record_by(session, by, "store_renamed", _subject(store), detail=detail, now=now)
    return store


def get_public(session: Session, public_id: str) -> Store:
    """Raises StoreNotFound."""
    store = session.scalar(select(Store).where(Store.public_id == public_id))
    if store is None:
        raise StoreNotFound(public_id, [known.code for known in list_all(session)])
    return store


def default(session: Session) -> Store:
    """The first store, there from the beginning."""
    return session.scalars(select(Store).order_by(Store.id).limit(1)).one()


def get_by_code(session: Session, code: str) -> Store:
    """A store by its code in any case. Raises StoreNotFound."""
    store = session.scalar(select(Store).where(Store.code == fold.plain(code).upper()))
    if store is None:
        raise StoreNotFound(code, [known.code for known in list_all(session)])
    return store


def list_all(session: Session) -> Sequence[Store]:
    return session.scalars(select(Store).order_by(Store.code)).all()


def list_newest(session: Session, *, before: int | None = None, limit: int) -> Sequence[Store]:
    """Stores made before the one with this id, newest first."""
    query = select(Store).order_by(Store.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(Store.id < before)).all()


def _code(typed: str) -> str:
    code = fold.plain(typed).upper()
    if not _CODE.fullmatch(code):
        raise StoreCodeUnclear(typed)
    return code


def _name(typed: str) -> str:
    shown = fold.quote(typed, LONGEST_NAME + 1)
    if not fold.tokens(shown) or len(shown) > LONGEST_NAME:
        raise StoreNameUnclear(typed)
    return shown


def _subject(store: Store) -> str:
    return f"store:{store.public_id}"
