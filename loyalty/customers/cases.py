"""Complaints, feedback and requests: opened by customers or for them, listed by what is due, read with their steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from loyalty import entities, shop
from loyalty.activity import timeline
from loyalty.alerts import raising
from loyalty.customers import profiles
from loyalty.customers.models import Case, CaseStep, ChannelIdentity, is_unclosed
from loyalty.db import new_public_id
from loyalty.errors import NotFound, RuleViolation
from loyalty.staff import accounts, permissions
from loyalty.staff.models import StaffMember
from loyalty.staff.permissions import Right
from loyalty.typed import fold
from loyalty.vault import people

LONGEST = 2000  # characters of what somebody says
ANSWER_WITHIN = 2  # working days
SATURDAY = 5
TOGETHER = timedelta(hours=24)  # what one person adds within that time belongs to the case they opened
CUSTOMER = "customer"  # who opened it, when nobody of the shop did
ALERT = "complaint"  # raised for the owner while a customer's own complaint is unanswered
HIGHEST_ID = 2**63 - 1


class CaseKind(StrEnum):
    COMPLAINT = "complaint"  # while one is not closed, its customer gets no promotions
    FEEDBACK = "feedback"
    REQUEST = "request"


class CaseState(StrEnum):
    OPEN = "open"  # waits for an answer
    ANSWERED = "answered"
    CLOSED = "closed"


class CaseNotFound(NotFound):
    """No such case, or none that the one who asks may see."""

    code = "case_not_found"


class DueTooEarly(RuleViolation):
    """It cannot be due before today."""

    code = "case_due_too_early"


class CaseEmpty(RuleViolation):
    """A case needs the words it is about."""

    code = "case_empty"


@dataclass(frozen=True, slots=True)
class Opening:
    """What is said and how it arrived. `by` is `customer` or an actor; `due_on` None: in two working days."""

    kind: CaseKind
    words: str
    source: str
    by: str = CUSTOMER
    owner: StaffMember | None = None
    chat: ChannelIdentity | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases of one state to list; `overdue_on`: due before that shop day."""

    state: CaseState = CaseState.OPEN
    owner_id: int | None = None
    is_nobodys: bool = False
    is_of_leavers: bool = False
    overdue_on: date | None = None


def open_case(session: Session, customer_id: int, said: Opening, *, key: str, now: datetime) -> Case:
    """Begin a case; the same `key` returns the first one. Promotions begin for its customer after this is committed.

    Raises CustomerNotFound, CaseEmpty, DueTooEarly; StaffNotFound for an owner who left; Erased when nothing personal
    of the customer is kept any more.
    """
    words, today = clean(said.words), shop.of(session).day(now)
    due_on = check_due(said.due_on, today) or due_day(today)
    profiles.hold_living(session, customer_id)
    if (earlier := find_by_key(session, key)) is not None:
        return earlier
    if said.owner is not None:
        accounts.lock(session, said.owner.id)
    public_id = new_public_id()
    case = Case(
        public_id=public_id,
        customer_id=customer_id,
        identity_id=said.chat.id if said.chat else None,
        kind=said.kind.value,
        state=CaseState.OPEN.value,
        words=people.seal(session, customer_id, words, "customer_case", "words", public_id),
        source=said.source,
        opened_by=said.by,
        opened_at=now,
        owner_id=said.owner.id if said.owner else None,
        due_on=due_on,
    )
    session.add(case)
    session.flush()
    step(session, case, "opened", key=key, actor=said.by, now=now)
    told = {"case": public_id, "number": case.id, "kind": case.kind}
    timeline.record(session, customer_id, "case_opened", at=now, data=told)
    if said.by == CUSTOMER and said.kind is CaseKind.COMPLAINT:
        raising.raise_alert(session, ALERT, f"case:{public_id}", f"#{case.id}", now=now)
    return case


def hear(session: Session, chat: ChannelIdentity, said: Opening, *, key: str, now: datetime) -> tuple[Case, bool]:
    """What a customer says in a chat: a new case, or more words to the one they opened a short while ago.

    Says whether it is new. The same `key` again changes nothing. Raises CaseEmpty.
    """
    words = clean(said.words)
    profiles.lock(session, chat.customer_id)
    if (known := find_by_key(session, key)) is not None:
        return known, False
    query = select(Case).where(Case.customer_id == chat.customer_id, is_unclosed(Case), Case.kind == said.kind.value)
    recent = query.where(Case.opened_by == CUSTOMER, Case.opened_at > now - TOGETHER).order_by(Case.id.desc()).limit(1)
    if (case := session.scalar(recent)) is None:
        return open_case(session, chat.customer_id, said, key=key, now=now), True
    step(session, case, "added", key=key, actor=CUSTOMER, words=words, now=now)
    return case, False


def get_public(session: Session, public_id: str, *, for_: StaffMember | None = None) -> Case:
    """The case known outside by this id, where `for_` may see it. Raises CaseNotFound."""
    case = None
    if profiles.is_public_id(public_id):
        case = session.scalar(select(Case).filter_by(public_id=public_id))
    if case is None or (for_ is not None and not may_see(case, for_)):
        raise CaseNotFound
    return case


def find_by_key(session: Session, key: str) -> Case | None:
    """The case a step with that key belongs to."""
    query = select(Case).join(CaseStep, CaseStep.case_id == Case.id).where(CaseStep.key == key)
    return session.scalar(query)


def may_see(case: Case, by: StaffMember) -> bool:
    """Who talks with customers sees every case; anybody the ones they opened or own."""
    return may_handle(case, by) or case.opened_by == f"staff:{by.public_id}"


def may_handle(case: Case, by: StaffMember) -> bool:
    return permissions.may(by.role, Right.CONVERSE) or case.owner_id == by.id


def list_due(
    session: Session, wanted: Wanted, *, seen_by: StaffMember | None = None, after: Case | None = None, limit: int = 50
) -> Sequence[Case]:
    """A page of cases: what is due first comes first, closed ones latest due first; `after` ends the page before.

    `seen_by` who may not see every case gets their own.
    """
    place = (Case.due_on, Case.id)
    is_back = wanted.state is CaseState.CLOSED
    query = select(Case).where(Case.state == wanted.state.value, *_narrow(wanted))
    if seen_by is not None and not permissions.may(seen_by.role, Right.CONVERSE):
        query = query.where(Case.owner_id == seen_by.id)
    if after is not None:
        here = tuple_(*place)
        query = query.where(here < (after.due_on, after.id) if is_back else here > (after.due_on, after.id))
    order = [column.desc() if is_back else column for column in place]
    return session.scalars(query.order_by(*order).limit(limit)).all()


def count_due(session: Session, wanted: Wanted, *, most: int = 100) -> int:
    """How many such cases there are, counted up to `most`."""
    some = select(Case.id).where(Case.state == wanted.state.value, *_narrow(wanted)).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def of_customer(session: Session, customer_id: int, *, before: int | None = None, limit: int = 20) -> Sequence[Case]:
    """A page of one customer's cases, newest first; `before` is the id of the last one of the page before."""
    query = select(Case).where(Case.customer_id == customer_id)
    if before is not None:
        query = query.where(Case.id < before)
    return session.scalars(query.order_by(Case.id.desc()).limit(limit)).all()


def has_open_complaint(customer_id: InstrumentedAttribute[int] | int) -> ColumnElement[bool]:
    """Whether a complaint of this customer is not closed yet, as a condition."""
    complaint = select(Case.id).where(Case.customer_id == customer_id, is_unclosed(Case), Case.kind == "complaint")
    return complaint.exists()


def open_complaint(session: Session, customer_id: int) -> Case | None:
    """The complaint of this customer that is due first, among those not closed."""
    return entities.first(session, _COMPLAINT, {"customer": customer_id})


def words_of(session: Session, case: Case) -> str:
    """What it is about, as it was first said. Raises Erased."""
    return people.read(session, case.customer_id, case.words, "customer_case", "words", case.public_id)


def steps_of(session: Session, case: Case) -> Sequence[CaseStep]:
    """What was done about it, oldest first."""
    return session.scalars(select(CaseStep).filter_by(case_id=case.id).order_by(CaseStep.id)).all()


def said_in(session: Session, case: Case, done: CaseStep) -> str | None:
    """The words of a step, if it has any. Raises Erased."""
    if done.words is None:
        return None
    return people.read(session, case.customer_id, done.words, "case_step", "words", done.public_id)


def due_day(today: date, working_days: int = ANSWER_WITHIN) -> date:
    """The shop day so many working days (Monday to Friday) after `today`."""
    day = today
    while working_days:
        day += timedelta(days=1)
        working_days -= day.weekday() < SATURDAY
    return day


def check_due(due_on: date | None, today: date) -> date | None:
    """The day as it is. Raises DueTooEarly for one that is over."""
    if due_on is not None and due_on < today:
        raise DueTooEarly(field="due_on")
    return due_on


def clean(words: str) -> str:
    """One line, nothing invisible, at most `LONGEST` characters. Raises CaseEmpty."""
    shown = fold.quote(words, LONGEST)
    if not fold.fold(shown):
        raise CaseEmpty
    return shown


def step(
    session: Session,
    case: Case,
    kind: str,
    *,
    key: str,
    actor: str,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    words: str | None = None,
) -> CaseStep:
    """Write down what was done about a case. `data` holds nothing personal; `words` are sealed."""
    public_id = new_public_id()
    cell = None if words is None else people.seal(session, case.customer_id, words, "case_step", "words", public_id)
    row = CaseStep(
        public_id=public_id,
        key=key,
        case_id=case.id,
        kind=kind,
        actor=actor,
        at=now,
        data=dict(data or {}),
        words=cell,
    )
    session.add(row)
    session.flush()
    return row


def follow(session: Session, giver_id: int, taker_id: int, *, chat_id: int | None = None) -> None:
    """The cases of a record that proved to be another customer's go there, under that customer's key.

    With `chat_id` only those that chat opened.
    """
    query = select(Case).where(Case.customer_id == giver_id)
    for case in session.scalars(query if chat_id is None else query.where(Case.identity_id == chat_id)).all():
        words = words_of(session, case)
        said = [(done, text) for done in steps_of(session, case) if (text := said_in(session, case, done)) is not None]
        case.customer_id = taker_id
        case.words = people.seal(session, taker_id, words, "customer_case", "words", case.public_id)
        for done, text in said:
            done.words = people.seal(session, taker_id, text, "case_step", "words", done.public_id)
    session.flush()


def _narrow(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.owner_id is not None:
        conditions.append(Case.owner_id == wanted.owner_id)
    if wanted.is_nobodys:
        conditions.append(Case.owner_id.is_(None))
    if wanted.is_of_leavers:
        gone = select(StaffMember.id).where(StaffMember.removed_at.is_not(None))
        conditions.append(Case.owner_id.in_(gone))
    if wanted.overdue_on is not None:
        conditions.append(Case.due_on < wanted.overdue_on)
    return conditions


_COMPLAINT = (
    select(Case)
    .where(Case.customer_id == bindparam("customer"), is_unclosed(Case), Case.kind == "complaint")
    .order_by(Case.due_on, Case.id)
    .limit(1)
)
