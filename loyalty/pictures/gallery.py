"""The shop's pictures: kept once each, found by their names, forgotten when nothing shows them any more."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.db import new_public_id
from loyalty.errors import NotFound
from loyalty.pictures.making import Made
from loyalty.pictures.models import Picture, PictureUpload

UNUSED_FOR = timedelta(days=30)  # since the last upload: whoever took one away may put it back meanwhile


class PictureNotFound(NotFound):
    """No picture has this id."""

    code = "picture_not_found"


def keep(session: Session, made: Made, *, now: datetime) -> Picture:
    """What was made of an upload, so that it can be shown; the same one again is the first."""
    values = made._asdict() | {
        "public_id": new_public_id(),
        "digest": digest(made.content),
        "kept_at": now,
    }
    insert = upsert.insert(session, Picture).values(values)
    again = insert.on_conflict_do_update(index_elements=["digest"], set_={"kept_at": now})
    session.execute(again)
    return session.scalars(
        sa.select(Picture).filter_by(digest=values["digest"]), execution_options={"populate_existing": True}
    ).one()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def get_public(session: Session, public_id: str) -> Picture:
    """Raises PictureNotFound."""
    if (found := find_public(session, public_id)) is None:
        raise PictureNotFound(public_id)
    return found


def find_public(session: Session, public_id: str) -> Picture | None:
    return session.scalar(sa.select(Picture).filter_by(public_id=public_id))


def name_of(session: Session, picture_id: int | None) -> str:
    """Its public id; "" for none."""
    return "" if picture_id is None else session.get_one(Picture, picture_id).public_id


def is_unused(now: datetime) -> sa.ColumnElement[bool]:
    """Uploaded long ago and shown by nothing."""
    return sa.and_(Picture.kept_at < now - UNUSED_FOR, is_unshown())


def is_unshown() -> sa.ColumnElement[bool]:
    """No row of any table shows it."""
    return sa.and_(*(~sa.exists().where(column == Picture.id) for column in _showing()))


def _showing() -> Iterator[sa.Column[int]]:
    """Every column that refers to a picture; uploads only remember it."""
    for table in Picture.metadata.tables.values():
        if table.name != PictureUpload.__tablename__:
            yield from (key.parent for key in table.foreign_keys if key.column.table.name == Picture.__tablename__)
