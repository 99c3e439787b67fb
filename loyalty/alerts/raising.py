"""What the owner must be told: raised where it is noticed, told once, closed when it is over."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.alerts.models import Alert

# Kinds that happened rather than last: such an alert is over once it is told, and the next one is told again.
MOMENTS = frozenset({"staff_bound", "code_guessing"})
OPEN = text("closed_at IS NULL")

log = structlog.get_logger()


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
