"""What the owner must be told: raised where it is noticed, told once, closed when it is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.alerts.models import Alert

# Kinds that happened rather than last: such an alert is over once it is told, and the next one is told again.
MOMENTS = frozenset(
    {
        *("staff_bound", "code_guessing", "reward_code_guessing", "signin_guessing", "password_link"),
        *("owner_made", "api_key_made"),
        *("sending_resumed", "customers_exported"),
        *("channel_unblocked", "channel_warned", "template_judged", "subscription_lost", "grant_withdrawn"),
    }
)
OPEN = text("closed_at IS NULL")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OpenKind:
    """The open alerts of one kind: how many, since when, and what the newest of them is about."""

    kind: str
    count: int
    since: datetime
    subject: str
    detail: str


def raise_alert(session: Session, kind: str, subject: str, detail: str, *, now: datetime) -> Alert:
    """Open an alert, or count once more the open one of this kind and subject, which takes the newer detail.

    Neither `subject` nor `detail` may hold personal data. However many workers raise it at once, one is open.
    """
    statement = (
        upsert.insert(session, Alert)
        .values(kind=kind, subject=subject, detail=detail, times=1, opened_at=now, last_at=now)
        .on_conflict_do_update(
            index_elements=["kind", "subject"],
            index_where=OPEN,
            set_={"times": Alert.times + 1, "detail": detail, "last_at": now},
        )
        .returning(Alert)
    )
    alert = session.scalars(statement, execution_options={"populate_existing": True}).one()
    if alert.times == 1:
        log.warning("alert_raised", alert=kind, subject=subject)
    return alert


def close(session: Session, kind: str, subject: str, *, now: datetime) -> bool:
    """What it was about is over; says whether one was open."""
    statement = (
        update(Alert)
        .where(Alert.kind == kind, Alert.subject == subject, Alert.closed_at.is_(None))
        .values(closed_at=now)
        .returning(Alert.id)
    )
    return session.scalar(statement) is not None


def close_kind(session: Session, kind: str, *, now: datetime) -> int:
    """Somebody says that all of this kind is dealt with; returns how many were open. What lasts is raised anew."""
    statement = update(Alert).where(Alert.kind == kind, Alert.closed_at.is_(None)).values(closed_at=now)
    return len(session.scalars(statement.returning(Alert.id)).all())


def reopen_kind(session: Session, kind: str, *, closed_at: datetime) -> int:
    """What was closed of this kind at that instant is open again, but where a newer one of its subject is; how many."""
    newer = select(Alert.subject).where(Alert.kind == kind, Alert.closed_at.is_(None))
    statement = (
        update(Alert)
        .where(Alert.kind == kind, Alert.closed_at == closed_at, Alert.subject.not_in(newer))
        .values(closed_at=None)
        .returning(Alert.id)
        .execution_options(synchronize_session=False)
    )
    return len(session.scalars(statement).all())


def list_kinds(session: Session) -> Sequence[OpenKind]:
    """Every kind something is open of, the newest first, with its newest subject and detail."""
    newest = func.max(Alert.id)
    kinds = (
        select(Alert.kind, func.count().label("count"), func.min(Alert.opened_at).label("since"), newest.label("id"))
        .where(Alert.closed_at.is_(None))
        .group_by(Alert.kind)
        .subquery()
    )
    query = (
        select(kinds.c.kind, kinds.c["count"], kinds.c.since, Alert.subject, Alert.detail)
        .join(Alert, Alert.id == kinds.c.id)
        .order_by(kinds.c.id.desc())
    )
    return [OpenKind(*row) for row in session.execute(query)]


def list_open(session: Session) -> Sequence[Alert]:
    """Every open alert, newest first."""
    return session.scalars(select(Alert).where(Alert.closed_at.is_(None)).order_by(Alert.id.desc())).all()


def untold(session: Session) -> Sequence[Alert]:
    """Open alerts no owner was written to about, oldest first."""
    query = select(Alert).where(Alert.closed_at.is_(None), Alert.told_at.is_(None)).order_by(Alert.id)
    return session.scalars(query).all()


def mark_told(session: Session, alert_id: int, *, now: datetime) -> bool:
    """A message about it is on its way. False when somebody else was first; one about a moment is over with it."""
    statement = (
        update(Alert)
        .where(Alert.id == alert_id, Alert.told_at.is_(None), Alert.closed_at.is_(None))
        .values(told_at=now)
        .returning(Alert.kind)
    )
    kind = session.scalar(statement)
    if kind in MOMENTS:
        session.execute(update(Alert).where(Alert.id == alert_id).values(closed_at=now))
    return kind is not None
