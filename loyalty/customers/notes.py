"""What staff wrote down about a customer: added, shown newest first, taken back, put back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm import Session

from loyalty import entities, upsert
from loyalty.activity import timeline
from loyalty.customers import profiles
from loyalty.customers.models import Note
from loyalty.db import new_public_id
from loyalty.errors import Forbidden, NotFound, RuleViolation
from loyalty.staff import permissions
from loyalty.staff.audit import Author
from loyalty.staff.models import StaffMember
from loyalty.staff.permissions import Right
from loyalty.typed import fold
from loyalty.vault import people

LONGEST = 1000  # characters
OWN_WITHIN = timedelta(hours=24)
HIGHEST_ID = 2**63 - 1


class NoteNotFound(NotFound):
    """No such note, or it was taken back."""

    code = "note_not_found"


class NoteEmpty(RuleViolation):
    """A note needs words."""

    code = "note_empty"


class NoteNotYours(Forbidden):
    """Somebody else wrote it; a manager or the owner may take it back."""

    code = "note_not_yours"


class NoteTooOld(Forbidden):
    """One's own can be taken back for 24 hours; this one was written `at`."""

    code = "note_too_old"


def add(session: Session, customer_id: int, words: str, *, key: str, by: Author, now: datetime) -> Note:
    """Write something down, on one line and at most `LONGEST` characters; the same `key` returns the first note.

    Raises CustomerNotFound, NoteEmpty; Erased when nothing personal of the customer is kept any more.
    """
    shown = fold.quote(words, LONGEST)
    if not shown:
        raise NoteEmpty
    profiles.hold_living(session, customer_id)
    public_id = new_public_id()
    values = {
        "public_id": public_id,
        "key": key,
        "customer_id": customer_id,
        "words": people.seal(session, customer_id, shown, "note", "words", public_id),
        "author": by.actor,
        "source": by.source,
        "at": now,
    }
    statement = upsert.insert(session, Note).values(values).on_conflict_do_nothing(index_elements=["key"])
    note: Note | None = session.scalar(statement.returning(Note))
    if note is None:
        return session.scalars(select(Note).filter_by(key=key)).one()
    timeline.record(session, customer_id, "note", at=now, data={"note": public_id})
    return note


def get(session: Session, note_id: int) -> Note:
    """A standing note by its number; any number may be asked for. Raises NoteNotFound."""
    return _standing(session.get(Note, note_id) if 0 < note_id <= HIGHEST_ID else None)


def get_public(session: Session, public_id: str) -> Note:
    """A standing note. Raises NoteNotFound."""
    return _standing(_find(session, public_id))


def list_newest(session: Session, customer_id: int, *, before: int | None = None, limit: int = 20) -> Sequence[Note]:
    """A page of the standing notes of a customer; `before` is the id of the last one of the page before."""
    page = {"customer": customer_id, "before": HIGHEST_ID if before is None else before, "most": limit}
    return entities.every(session, _NEWEST, page)


def words_of(session: Session, note: Note) -> str:
    """Raises Erased."""
    return people.read(session, note.customer_id, note.words, "note", "words", note.public_id)


def may_take_back(note: Note, by: StaffMember, *, now: datetime) -> bool:
    """Whether a member of staff may take this note back now."""
    return permissions.may(by.role, Right.UNDO_ANY) or (_is_own(note, by) and now - note.at <= OWN_WITHIN)


def take_back(session: Session, note: Note, *, by: StaffMember | None, now: datetime) -> bool:
    """Nobody reads it any more; False when it was taken back before. `by` None: whoever asks may.

    Raises NoteNotYours, NoteTooOld.
    """
    if by is not None:
        _check(note, by, now)
    if not _mark(session, note, Note.taken_back_at.is_(None), now):
        return False
    timeline.record(session, note.customer_id, "note_taken_back", at=now, data={"note": note.public_id})
    return True


def put_back(
    session: Session, public_id: str, *, customer_id: int | None = None, by: StaffMember | None, now: datetime
) -> Note:
    """A note that was taken back is read again; `customer_id`: only one about them.

    Raises NoteNotFound, NoteNotYours, NoteTooOld.
    """
    note = _find(session, public_id)
    if note is None or customer_id not in (None, note.customer_id):
        raise NoteNotFound
    if by is not None:
        _check(note, by, now)
    if _mark(session, note, Note.taken_back_at.is_not(None), None):
        timeline.record(session, note.customer_id, "note", at=now, data={"note": note.public_id})
    return note


def follow(session: Session, giver_id: int, taker_id: int) -> None:
    """The notes of a record that proved to be another customer's go there, under that customer's key."""
    for note in session.scalars(select(Note).filter_by(customer_id=giver_id)).all():
        words = words_of(session, note)
        note.customer_id = taker_id
        note.words = people.seal(session, taker_id, words, "note", "words", note.public_id)
    session.flush()


def _find(session: Session, public_id: str) -> Note | None:
    known = profiles.is_public_id(public_id)
    return session.scalar(select(Note).filter_by(public_id=public_id)) if known else None


def _standing(note: Note | None) -> Note:
    if note is None or note.taken_back_at is not None:
        raise NoteNotFound
    return note


def _check(note: Note, by: StaffMember, now: datetime) -> None:
    if may_take_back(note, by, now=now):
        return
    permissions.require(by, Right.NOTE)
    if not _is_own(note, by):
        raise NoteNotYours
    raise NoteTooOld(at=note.at)


def _is_own(note: Note, by: StaffMember) -> bool:
    return note.author == f"staff:{by.public_id}"


def _mark(session: Session, note: Note, condition: ColumnElement[bool], taken_back_at: datetime | None) -> bool:
    """Of any number at once, one is told that it was so."""
    statement = update(Note).where(Note.id == note.id, condition).values(taken_back_at=taken_back_at)
    return session.scalar(statement.returning(Note.id)) is not None


_NEWEST = (
    select(Note)
    .where(Note.customer_id == bindparam("customer"), Note.taken_back_at.is_(None), Note.id < bindparam("before"))
    .order_by(Note.id.desc())
    .limit(bindparam("most"))
)
