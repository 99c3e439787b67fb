"""What one person asks and another decides, once."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.errors import Conflict, Forbidden, NotFound
from loyalty.staff import permissions
from loyalty.staff.models import Approval, StaffMember, is_waiting
from loyalty.staff.permissions import Right

HIGHEST_ID = 2**63 - 1


class ApprovalNotFound(NotFound):
    """Nothing that waits has this number."""

    code = "approval_not_found"

    def __init__(self, number: int) -> None:
        super().__init__("no such request", number=number)


class AlreadyDecided(Conflict):
    """Somebody was first; `state` is what they said, `by_id` and `at` who and when."""

    code = "already_decided"

    def __init__(self, found: Approval) -> None:
        facts = {"number": found.id, "state": found.state, "by_id": found.decided_by_id, "at": found.decided_at}
        super().__init__(f"already {found.state}", **facts)
        self.state = found.state


class OwnRequest(Forbidden):
    """Nobody decides what they asked for themselves."""

    code = "own_request"

    def __init__(self, number: int) -> None:
        super().__init__("asked by the same person", number=number)


def ask(
    session: Session, kind: str, payload: Mapping[str, Any], *, key: str, asked_by: StaffMember | str, now: datetime
) -> Approval:
    """Leave something for a second person; the same `key` returns the first request. No personal data in `payload`.

    `asked_by` is a member of staff, or the actor of an API key.
    """
    maker = (asked_by.id, f"staff:{asked_by.public_id}") if isinstance(asked_by, StaffMember) else (None, asked_by)
    statement = (
        upsert.insert(session, Approval)
        .values(kind=kind, key=key, payload=dict(payload), state="waiting", asked_at=now)
        .values(asked_by_id=maker[0], asked_by=maker[1])
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Approval)
    )
    return session.scalar(statement) or session.scalars(select(Approval).where(Approval.key == key)).one()


def get(session: Session, approval_id: int) -> Approval:
    """Raises ApprovalNotFound, for any number."""
    found = find(session, approval_id)
    if found is None:
        raise ApprovalNotFound(approval_id)
    return found


def find(session: Session, approval_id: int) -> Approval | None:
    """Any number may be asked for."""
    return session.get(Approval, approval_id) if 0 < approval_id <= HIGHEST_ID else None


def find_by_key(session: Session, key: str) -> Approval | None:
    return session.scalar(select(Approval).where(Approval.key == key))


def decide(session: Session, approval_id: int, *, approve: bool, by: StaffMember, now: datetime) -> Approval:
    """Say yes or no to a waiting request; of any number at once, one decides.

    Locks the request before whatever the yes sets in motion; the caller audits at the end of it.
    Raises NotAllowed, ApprovalNotFound, OwnRequest, AlreadyDecided.
    """
    permissions.require(by, Right.APPROVE)
    if get(session, approval_id).asked_by_id == by.id:
        raise OwnRequest(approval_id)
    return _settle(session, approval_id, "approved" if approve else "rejected", by, now)


def withdraw(session: Session, approval_id: int, *, by: StaffMember, now: datetime) -> Approval:
    """Whoever asked takes a waiting request back: it ends as rejected, by themselves.

    Raises ApprovalNotFound, also for what somebody else asked; AlreadyDecided.
    """
    if get(session, approval_id).asked_by_id != by.id:
        raise ApprovalNotFound(approval_id)
    return _settle(session, approval_id, "rejected", by, now)


def is_withdrawn(request: Approval) -> bool:
    """Whether whoever asked took it back; what a program asks nobody withdraws."""
    return request.decided_by_id is not None and request.decided_by_id == request.asked_by_id


def list_waiting(
    session: Session,
    *,
    kinds: Collection[str] | None = None,
    asked_by: StaffMember | None = None,
    after: int = 0,
    limit: int = 50,
) -> Sequence[Approval]:
    """A page of requests nobody decided yet, oldest first; `after` is the number of the last one of the page before.

    Only of these kinds, or asked by this person, where that is said.
    """
    query = select(Approval).where(is_waiting(Approval), Approval.id > after)
    if kinds is not None:
        query = query.where(Approval.kind.in_(kinds))
    if asked_by is not None:
        query = query.where(Approval.asked_by_id == asked_by.id)
    return session.scalars(query.order_by(Approval.id).limit(limit)).all()


def each_waiting(session: Session, kinds: Collection[str], *, page: int = 50) -> Iterator[Approval]:
    """All that nobody decided yet of these kinds, oldest first."""
    after = 0
    while found := list_waiting(session, kinds=kinds, after=after, limit=page):
        yield from found
        after = found[-1].id


def close(session: Session, approval_id: int, state: str, *, by: StaffMember | None, now: datetime) -> None:
    """What it was about was decided, or is gone, and whoever had to be asked was; twice: nothing. None: a program."""
    session.execute(
        update(Approval)
        .where(Approval.id == approval_id, Approval.state == "waiting")
        .values(state=state, decided_by_id=by.id if by else None, decided_at=now)
    )


def list_untold(session: Session, kinds: Collection[str], *, since: datetime, limit: int = 50) -> Sequence[Approval]:
    """Requests of these kinds somebody else decided, of which who asked was not told yet, oldest first."""
    query = (
        select(Approval)
        .where(Approval.kind.in_(kinds), Approval.state != "waiting", Approval.decided_at >= since)
        .where(Approval.asked_by_id.is_not(None), Approval.decided_by_id.is_distinct_from(Approval.asked_by_id))
        .where(Approval.payload["told"].as_boolean().is_not(True))
        .order_by(Approval.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def hold(session: Session, approval_id: int) -> Approval:
    """Lock a request and see it as it is now."""
    return session.get_one(Approval, approval_id, populate_existing=True, with_for_update=True)


def list_unapproved(
    session: Session, asked_by: StaffMember, *, kinds: Collection[str], since: datetime, limit: int = 50
) -> Sequence[Approval]:
    """What one person asked of these kinds that waits or came to nothing, newest first."""
    return session.scalars(
        select(Approval)
        .where(Approval.asked_by_id == asked_by.id, Approval.kind.in_(kinds))
        .where(Approval.asked_at >= since, Approval.state != "approved")
        .order_by(Approval.id.desc())
        .limit(limit)
    ).all()


def list_decided(session: Session, *, limit: int = 50) -> Sequence[Approval]:
    """The last requests somebody decided, newest request first."""
    return session.scalars(
        select(Approval).where(Approval.state != "waiting").order_by(Approval.id.desc()).limit(limit)
    ).all()


def _settle(session: Session, approval_id: int, state: str, by: StaffMember, now: datetime) -> Approval:
    statement = (
        update(Approval)
        .where(Approval.id == approval_id, Approval.state == "waiting")
        .values(state=state, decided_by_id=by.id, decided_at=now)
        .returning(Approval)
    )
    decided = session.scalar(statement, execution_options={"populate_existing": True})
    if decided is None:
        raise AlreadyDecided(session.get_one(Approval, approval_id, populate_existing=True))
    return decided
