"""What people ask about their data: kept with both its days, done or refused with a reason, and never forgotten.

Law 91/2025 with Decree 356/2025, Art. 5 (as law firms report them, Jan 2026): an answer within 2 working days, a copy
or a correction within 10 days, an erasure within 20; the person is told why when it is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty import crypto, shop
from loyalty.activity import timeline
from loyalty.alerts import raising
from loyalty.customers import cases, profiles
from loyalty.db import keyring, new_public_id
from loyalty.errors import Conflict, NotFound, RuleViolation
from loyalty.privacy import erasing
from loyalty.privacy.models import PrivacyRequest, is_open
from loyalty.typed import fold
from loyalty.vault import people

CUSTOMER = "customer"
LONGEST = 500  # characters of what is to be corrected, and of a reason
ALERT = "privacy_request"


class Wish(StrEnum):
    COPY = "copy"
    CORRECT = "correct"
    ERASE = "erase"


DONE_WITHIN = {Wish.COPY: 10, Wish.CORRECT: 10, Wish.ERASE: 20}  # calendar days, the stricter reading


class RequestNotFound(NotFound):
    """There is no such request."""

    code = "privacy_request_not_found"


class RequestSettled(Conflict):
    """It was done, refused or withdrawn before."""

    code = "privacy_request_settled"


class ReasonMissing(RuleViolation):
    """Whoever is refused must be told why; whoever is erased by staff, too."""

    code = "privacy_reason_missing"


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked, by whom (`customer` or an actor) and where (zalo, messenger, console, api)."""

    wish: Wish
    source: str
    by: str = CUSTOMER
    words: str | None = None


def ask(session: Session, customer_id: int, asked: Asking, *, key: str, now: datetime) -> PrivacyRequest:
    """Write a request down; while one of the same kind without words is open, it is that one. The same key: the first.

    Raises CustomerNotFound, Erased.
    """
    profiles.hold_living(session, customer_id)
    if (known := session.scalar(select(PrivacyRequest).filter_by(key=key))) is not None:
        return known
    mine = select(PrivacyRequest).where(PrivacyRequest.customer_id == customer_id, is_open(PrivacyRequest))
    if not asked.words and (waiting := session.scalar(mine.filter_by(kind=asked.wish.value, words=None).limit(1))):
        return waiting
    request = _write(session, customer_id, asked, key, now)
    told = {"request": request.public_id, "kind": request.kind}
    timeline.record(session, customer_id, "privacy_requested", at=now, data=told)
    return request


def call(session: Session, request: PrivacyRequest, *, now: datetime) -> None:
    """A person of the shop has to see to it: the owner is told."""
    raising.raise_alert(session, ALERT, _subject(request), request.kind, now=now)


def carry_out(session: Session, request: PrivacyRequest, *, by: str, reason: str = "", now: datetime) -> None:
    """It is done; an erasure is done by this. Raises RequestSettled."""
    _hold(session, request)
    _settle(session, request, "done", by, reason, now)
    if request.kind == Wish.ERASE:
        erase(session, request.customer_id, by=by, now=now)


def erase(session: Session, customer_id: int, *, by: str, now: datetime) -> bool:
    """Erase a customer; whatever they had asked comes to its end with it. False when they are erased already."""
    done = erasing.erase(session, customer_id, by=by, now=now)
    mine = select(PrivacyRequest).where(PrivacyRequest.customer_id == customer_id, is_open(PrivacyRequest))
    for request in session.scalars(mine).all():
        _settle(session, request, "done", by, "", now)
    return done


def refuse(session: Session, request: PrivacyRequest, reason: str, *, by: str, now: datetime) -> None:
    """It will not be done, and why, for the person to read. Raises ReasonMissing, RequestSettled."""
    if not fold.tokens(reason):
        raise ReasonMissing(field="reason")
    _hold(session, request)
    _settle(session, request, "refused", by, reason, now)
    told = {"request": request.public_id, "kind": request.kind}
    timeline.record(session, request.customer_id, "privacy_refused", at=now, data=told)


def get_public(session: Session, public_id: str) -> PrivacyRequest:
    """Any text may be asked for. Raises RequestNotFound."""
    found = None
    if profiles.is_public_id(public_id):
        found = session.scalar(select(PrivacyRequest).filter_by(public_id=public_id))
    if found is None:
        raise RequestNotFound
    return found


def list_open(session: Session, *, limit: int = 200) -> Sequence[PrivacyRequest]:
    """What waits, due first."""
    query = select(PrivacyRequest).where(is_open(PrivacyRequest))
    return session.scalars(query.order_by(PrivacyRequest.due_on, PrivacyRequest.id).limit(limit)).all()


def count_open(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(PrivacyRequest).where(is_open(PrivacyRequest))) or 0


def list_settled(session: Session, *, before: int | None = None, limit: int = 50) -> Sequence[PrivacyRequest]:
    """A page of what is over, newest first; `before` is the id of the last one of the page before."""
    query = select(PrivacyRequest).where(PrivacyRequest.state != "open").order_by(PrivacyRequest.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(PrivacyRequest.id < before)).all()


def of_customer(session: Session, customer_id: int) -> Sequence[PrivacyRequest]:
    """Everything one customer asked, oldest first."""
    query = select(PrivacyRequest).filter_by(customer_id=customer_id).order_by(PrivacyRequest.id)
    return session.scalars(query).all()


def words_of(session: Session, request: PrivacyRequest) -> str:
    """What they want corrected; "" where nothing was said or nobody can read it any more."""
    if request.words is None:
        return ""
    try:
        return people.read(session, request.customer_id, request.words, "privacy_request", "words", request.public_id)
    except people.Erased:
        return ""


def reason_of(session: Session, request: PrivacyRequest) -> str:
    return keyring(session).open(request.reason, _place(request)).decode() if request.reason else ""


def _write(session: Session, customer_id: int, asked: Asking, key: str, now: datetime) -> PrivacyRequest:
    public_id, today = new_public_id(), shop.of(session).day(now)
    words = fold.quote(asked.words, LONGEST) if asked.words else None
    sealed = people.seal(session, customer_id, words, "privacy_request", "words", public_id) if words else None
    request = PrivacyRequest(
        public_id=public_id,
        key=key,
        customer_id=customer_id,
        kind=asked.wish.value,
        state="open",
        words=sealed,
        source=asked.source,
        asked_by=asked.by,
        asked_at=now,
        answer_by=cases.due_day(today),
        due_on=_due(today, asked.wish),
    )
    session.add(request)
    session.flush()
    return request


def _due(today: date, wish: Wish) -> date:
    return today + timedelta(days=DONE_WITHIN[wish])


def _hold(session: Session, request: PrivacyRequest) -> None:
    """The customer first, as everywhere. Raises RequestSettled."""
    profiles.lock(session, request.customer_id)
    session.refresh(request, with_for_update=True)
    if request.state != "open":
        raise RequestSettled


def _settle(session: Session, request: PrivacyRequest, state: str, by: str, reason: str, now: datetime) -> None:
    request.state, request.settled_at, request.settled_by = state, now, by
    if reason:
        request.reason = keyring(session).seal(fold.quote(reason, LONGEST).encode(), _place(request))
    session.flush()
    raising.close(session, ALERT, _subject(request), now=now)


def _subject(request: PrivacyRequest) -> str:
    return f"privacy_request:{request.public_id}"


def _place(request: PrivacyRequest) -> bytes:
    return crypto.aad("privacy_request", "reason", request.public_id)
