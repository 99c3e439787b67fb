"""Segments that are lists of people: put on and taken off by phone or id, looked at first, with a way back.

What was typed or uploaded is matched at once and forgotten: a change keeps the customers it is about and, of rows that
named nobody, only their number and why. A phone is never stored here.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.db import new_public_id, public_id_of
from loyalty.errors import Conflict, NotFound, RuleViolation
from loyalty.segments import saved, settling, whose
from loyalty.segments.models import (
    CustomerHabit,
    ListChange,
    ListChangePerson,
    ListMember,
    Segment,
)
from loyalty.segments.rules import Frame
from loyalty.typed import phones
from loyalty.typed.phones import PhoneUnclear

MOST_ROWS = 20_000
SHOWN = 100  # rows that named nobody, of which the number is kept
TOGETHER = 500
FORGOTTEN_AFTER = timedelta(days=1)  # a preview nobody applied
NINE = 9  # digits of a mobile number whose zero a spreadsheet took away


class NotAList(RuleViolation):
    """The people of this segment are chosen by its rules."""

    code = "segment_not_list"


class ListTooLong(RuleViolation):
    """More rows than one change takes."""

    code = "segment_list_long"

    def __init__(self) -> None:
        super().__init__(most=MOST_ROWS)


class ListChangeNotFound(NotFound):
    """There is no such change of this list."""

    code = "segment_list_change_not_found"


class ListChangeDone(Conflict):
    """It was applied, or undone, already."""

    code = "segment_list_change_done"


@dataclass(frozen=True, slots=True)
class Matched:
    """The customers found, once each, and the rows that found none: [number of the row from 1, unclear | nobody]."""

    customer_ids: Sequence[int]
    missed: Sequence[tuple[int, str]]
    rows: int


def create(session: Session, name: str, *, key: str | None = None, now: datetime) -> Segment:
    """An empty list under a name; the same `key` again returns what it made first."""
    public_id = public_id_of(key) if key else new_public_id()
    rules = {"field": "list", "op": "=", "value": public_id}
    values = {"public_id": public_id, "name": name, "rules": rules, "created_at": now, "kind": "list", "due": None}
    made = upsert.new(session, Segment, values) or saved.get_public(session, public_id, removed=True)
    if made.counted_at is None:
        saved.recount(session, made, now=now)
    return made


def match(session: Session, rows: Iterable[Sequence[str]]) -> Matched:
    """Who is meant by rows of cells: the first cell of each that is a phone or a customer's id. A head, a first row
    without any digit, is passed over. Raises ListTooLong."""
    found: dict[int, int] = {}
    missed: list[tuple[int, str]] = []
    asked: list[tuple[int, str | bytes]] = []
    count = 0
    for number, cells in enumerate(rows, 1):
        if not any(cell.strip() for cell in cells) or (number == 1 and not any(map(_has_digit, cells))):
            continue
        count += 1
        if count > MOST_ROWS:
            raise ListTooLong
        key = next((key for cell in cells if (key := _key(session, cell)) is not None), None)
        missed += [(number, "unclear")] if key is None else []
        asked += [] if key is None else [(number, key)]
    for begin in range(0, len(asked), TOGETHER):
        part = asked[begin : begin + TOGETHER]
        known = _look_up(session, {key for _, key in part})
        missed += [(number, "nobody") for number, key in part if key not in known]
        found |= {known[key]: number for number, key in part if key in known}
    return Matched(list(found), sorted(missed), count)


def propose(session: Session, segment: Segment, matched: Matched, *, adds: bool, by: str, now: datetime) -> ListChange:
    """A change to be looked at first; nobody is moved yet. Raises NotAList."""
    _check(segment)
    change = ListChange(
        public_id=new_public_id(),
        segment_id=segment.id,
        state="preview",
        adds=adds,
        rows=matched.rows,
        missed=[list(each) for each in matched.missed[:SHOWN]],
        missing=len(matched.missed),
        by=by,
        at=now,
    )
    session.add(change)
    session.flush()
    people = [{"change_id": change.id, "customer_id": each, "moved": False} for each in matched.customer_ids]
    if people:
        session.execute(sa.insert(ListChangePerson), people)
    return change


def apply(session: Session, segment: Segment, change: ListChange, *, now: datetime) -> int:
    """Put its people on the list, or take them off; how many were moved. Raises ListChangeDone."""
    settling.hold(session, segment)
    session.refresh(change, with_for_update=True)
    if change.state != "preview":
        raise ListChangeDone
    about = select(ListChangePerson.customer_id).where(ListChangePerson.change_id == change.id)
    listed = select(ListMember.customer_id).where(ListMember.segment_id == segment.id)
    place = about.where(ListChangePerson.customer_id.not_in(listed) if change.adds else about_in(listed))
    moved = session.scalars(place).all()
    _mark(session, change, moved)
    _move(session, segment, moved, adds=change.adds, now=now)
    change.state = "applied"
    session.flush()
    return len(moved)


def undo(session: Session, segment: Segment, change: ListChange, *, now: datetime) -> int:
    """Move back whom it moved and who was not moved since; how many. Raises ListChangeDone."""
    settling.hold(session, segment)
    session.refresh(change, with_for_update=True)
    if change.state != "applied":
        raise ListChangeDone
    moved = select(ListChangePerson.customer_id).where(ListChangePerson.change_id == change.id, ListChangePerson.moved)
    listed = select(ListMember.customer_id).where(ListMember.segment_id == segment.id)
    still = about_in(listed) if change.adds else ListChangePerson.customer_id.not_in(listed)
    back = session.scalars(moved.where(still)).all()
    _move(session, segment, back, adds=not change.adds, now=now)
    change.state = "undone"
    session.flush()
    return len(back)


def put(
    session: Session, segment: Segment, customer_ids: Collection[int], *, adds: bool, by: str, now: datetime
) -> ListChange:
    """Propose and apply at once."""
    matched = Matched(sorted(set(customer_ids)), (), len(customer_ids))
    change = propose(session, segment, matched, adds=adds, by=by, now=now)
    apply(session, segment, change, now=now)
    return change


def get_change(session: Session, segment: Segment, public_id: str) -> ListChange:
    """Raises ListChangeNotFound."""
    found = session.scalar(select(ListChange).filter_by(public_id=public_id, segment_id=segment.id))
    if found is None:
        raise ListChangeNotFound
    return found


def list_changes(session: Session, segment: Segment, *, limit: int = 10) -> Sequence[ListChange]:
    """What was applied or undone, newest first."""
    query = select(ListChange).where(ListChange.segment_id == segment.id, ListChange.state != "preview")
    return session.scalars(query.order_by(ListChange.id.desc()).limit(limit)).all()


def people_of(session: Session, change: ListChange, *, limit: int = 8) -> Sequence[Customer]:
    """Some of those a change is about."""
    query = select(Customer).join(ListChangePerson, ListChangePerson.customer_id == Customer.id)
    return session.scalars(
        query.where(ListChangePerson.change_id == change.id).order_by(Customer.id).limit(limit)
    ).all()


def count_people(session: Session, change: ListChange) -> int:
    query = select(sa.func.count()).select_from(ListChangePerson).where(ListChangePerson.change_id == change.id)
    return session.scalar(query) or 0


def list_all(session: Session, *, limit: int = 100) -> Sequence[Segment]:
    """The lists there are, newest first."""
    query = select(Segment).where(Segment.kind == "list", Segment.removed_at.is_(None)).order_by(Segment.id.desc())
    return session.scalars(query.limit(limit)).all()


def of_customer(session: Session, customer_id: int) -> set[int]:
    """The ids of the lists somebody is on."""
    return set(session.scalars(select(ListMember.segment_id).where(ListMember.customer_id == customer_id)))


def forget(session: Session, customer_id: int) -> None:
    """An erased person is on no list and has no habits; that they once entered or left stays, without a name."""
    for model in (ListMember, ListChangePerson, CustomerHabit):
        session.execute(sa.delete(model).where(model.customer_id == customer_id))


def forget_previews(session: Session, *, now: datetime) -> None:
    """Previews nobody applied within a day."""
    old = (ListChange.state == "preview", ListChange.at < now - FORGOTTEN_AFTER)
    session.execute(
        sa.delete(ListChangePerson).where(ListChangePerson.change_id.in_(select(ListChange.id).where(*old)))
    )
    session.execute(sa.delete(ListChange).where(*old))


def about_in(listed: sa.Select[Any]) -> sa.ColumnElement[bool]:
    return ListChangePerson.customer_id.in_(listed)


def _check(segment: Segment) -> None:
    if segment.kind != "list":
        raise NotAList


def _has_digit(cell: str) -> bool:
    return any(char.isdigit() for char in cell)


def _key(session: Session, cell: str) -> str | bytes | None:
    """What a cell is looked up by: the keyed form of a phone, or an id."""
    text = cell.strip().strip("'\"")
    if profiles.is_public_id(text) and not text.isdigit():
        return text
    digits = "".join(char for char in text if char.isdigit())
    try:
        return profiles.phone_key(session, phones.parse_phone(f"0{digits}" if len(digits) == NINE else text))
    except PhoneUnclear:
        return None


def _look_up(session: Session, keys: Collection[str | bytes]) -> dict[str | bytes, int]:
    """Living customers by id or by the keyed form of their phone."""
    ids = [key for key in keys if isinstance(key, str)]
    hidden = [key for key in keys if isinstance(key, bytes)]
    either = sa.or_(Customer.public_id.in_(ids), Customer.phone_key.in_(hidden))
    query = select(Customer.id, Customer.public_id, Customer.phone_key).where(either, Customer.erased_at.is_(None))
    found: dict[str | bytes, int] = {}
    for row in session.execute(query):
        found[row.public_id] = row.id
        if row.phone_key is not None:
            found[row.phone_key] = row.id
    return found


def _mark(session: Session, change: ListChange, moved: Sequence[int]) -> None:
    for begin in range(0, len(moved), TOGETHER):
        part = moved[begin : begin + TOGETHER]
        theirs = (ListChangePerson.change_id == change.id, ListChangePerson.customer_id.in_(part))
        session.execute(
            sa.update(ListChangePerson).where(*theirs).values(moved=True).execution_options(synchronize_session=False)
        )


def _move(session: Session, segment: Segment, customer_ids: Sequence[int], *, adds: bool, now: datetime) -> None:
    """On the list or off it, with the log of members, and counted."""
    frame = Frame.at(session, now)
    for begin in range(0, len(customer_ids), TOGETHER):
        part = list(customer_ids[begin : begin + TOGETHER])
        if adds:
            _put(session, segment, part, now)
        else:
            _take(session, segment, part)
        moves = settling.look(session, segment, frame, whose.among(part))
        settling.write(session, segment.id, moves, "list", now=now)
    saved.recount(session, segment, now=now)


def _put(session: Session, segment: Segment, customer_ids: Sequence[int], now: datetime) -> None:
    rows = [{"segment_id": segment.id, "customer_id": each, "added_at": now} for each in customer_ids]
    session.execute(sa.insert(ListMember), rows)


def _take(session: Session, segment: Segment, customer_ids: Sequence[int]) -> None:
    theirs = (ListMember.segment_id == segment.id, ListMember.customer_id.in_(customer_ids))
    session.execute(sa.delete(ListMember).where(*theirs).execution_options(synchronize_session=False))
