"""What staff do about a case: take it, answer it, close it, open it again; each once, each written down as a step."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.activity import timeline
from loyalty.alerts import raising
from loyalty.customers import cases, withdrawals
from loyalty.customers.cases import CaseKind, CaseState
from loyalty.customers.models import Case
from loyalty.errors import Conflict, Forbidden
from loyalty.staff import accounts
from loyalty.staff.models import StaffMember

AT_ONCE = 200  # cases handed over in one transaction


class CaseIsClosed(Conflict):
    """It must be opened again first; closed `at`."""

    code = "case_closed"


class CaseNotYours(Forbidden):
    """Only its owner and those who talk with customers see to it."""

    code = "case_not_yours"


@dataclass(frozen=True, slots=True)
class Worker:
    """Who does something about a case. `key` names the occasion; `member` None: whoever asks may (an API key)."""

    actor: str
    key: str
    now: datetime
    member: StaffMember | None = None


def assign(session: Session, case: Case, owner: StaffMember | None, by: Worker) -> None:
    """Somebody who works here sees to it from now on, or nobody. The same owner again changes nothing.

    Raises CaseNotYours, CaseIsClosed; StaffNotFound for somebody who left.
    """
    if owner is not None:
        accounts.lock(session, owner.id)  # nobody leaves between this look and the commit
    _hold(session, case, by)
    if case.owner_id != (owner.id if owner else None):
        before = accounts.get(session, case.owner_id).public_id if case.owner_id else None
        case.owner_id = owner.id if owner else None
        _step(session, case, "assigned", by, {"from": before, "to": owner.public_id if owner else None})


def move(session: Session, case: Case, due_on: date, by: Worker) -> None:
    """Another day by whose end it should be answered. Raises CaseNotYours, CaseIsClosed, DueTooEarly."""
    _hold(session, case, by)
    cases.check_due(due_on, shop.of(session).day(by.now))
    if case.due_on != due_on:
        data = {"from": case.due_on.isoformat(), "to": due_on.isoformat()}
        case.due_on = due_on
        _step(session, case, "moved", by, data)


def reclassify(session: Session, case: Case, kind: CaseKind, by: Worker) -> None:
    """It is of another kind than was thought; only a complaint holds promotions. Raises CaseNotYours, CaseIsClosed."""
    _hold(session, case, by)
    if case.kind != kind.value:
        data = {"from": case.kind, "to": kind.value}
        case.kind = kind.value
        _step(session, case, "kind", by, data)


def answer(session: Session, case: Case, words: str, by: Worker) -> None:
    """What the customer was told. The same key again changes nothing. Raises CaseNotYours, CaseIsClosed, CaseEmpty."""
    said = cases.clean(words)
    _hold(session, case, by)
    if _is_answered(session, case, by):
        return
    case.state = CaseState.ANSWERED.value
    _step(session, case, "answered", by, words=said)
    _tell(session, case, "case_answered", by)
    raising.close(session, cases.ALERT, f"case:{case.public_id}", now=by.now)
    withdrawals.settled(session, case, now=by.now)


def close(session: Session, case: Case, by: Worker, words: str | None = None) -> bool:
    """It is over; False when it was before. `words`: how it ended. Raises CaseNotYours."""
    _hold(session, case, by, closed=True)
    if case.state == CaseState.CLOSED:
        return False
    case.state, case.closed_at = CaseState.CLOSED.value, by.now
    _step(session, case, "closed", by, words=cases.clean(words) if words else None)
    _tell(session, case, "case_closed", by)
    raising.close(session, cases.ALERT, f"case:{case.public_id}", now=by.now)
    withdrawals.settled(session, case, now=by.now)
    return True


def reopen(session: Session, case: Case, by: Worker) -> bool:
    """It was not over; False when it is open. What is due by now is due anew. Raises CaseNotYours."""
    _hold(session, case, by, closed=True)
    if case.state == CaseState.OPEN:
        return False
    today = shop.of(session).day(by.now)
    case.state, case.closed_at = CaseState.OPEN.value, None
    case.due_on = max(case.due_on, cases.due_day(today))
    _step(session, case, "reopened", by)
    _tell(session, case, "case_reopened", by)
    return True


def hand_over(session: Session, leaver: StaffMember, to: StaffMember | None, by: Worker) -> int:
    """What one person had not closed is another's from now on, `AT_ONCE` of them; returns how many were moved.

    Repeat it until it returns 0. Raises StaffNotFound for a taker who left.
    """
    unfinished = [CaseState.OPEN.value, CaseState.ANSWERED.value]
    query = select(Case).where(Case.owner_id == leaver.id, Case.state.in_(unfinished)).order_by(Case.id).limit(AT_ONCE)
    found = session.scalars(query).all()
    for case in found:
        assign(session, case, to, Worker(by.actor, f"{by.key}:{case.id}", by.now))
    return len(found)


def _hold(session: Session, case: Case, by: Worker, *, closed: bool = False) -> None:
    """Lock the case and read it again. `closed`: a closed one will do as well."""
    session.refresh(case, with_for_update=True)
    if by.member is not None and not cases.may_handle(case, by.member):
        raise CaseNotYours
    if case.state == CaseState.CLOSED and not closed:
        raise CaseIsClosed(at=case.closed_at)


def _is_answered(session: Session, case: Case, by: Worker) -> bool:
    known = cases.find_by_key(session, f"{by.key}:answered")
    return known is not None and known.id == case.id


def _step(
    session: Session, case: Case, kind: str, by: Worker, data: Mapping[str, Any] | None = None, words: str | None = None
) -> None:
    cases.step(session, case, kind, key=f"{by.key}:{kind}", actor=by.actor, now=by.now, data=data, words=words)


def _tell(session: Session, case: Case, kind: str, by: Worker) -> None:
    data = {"case": case.public_id, "number": case.id, "kind": case.kind}
    timeline.record(session, case.customer_id, kind, at=by.now, data=data)
