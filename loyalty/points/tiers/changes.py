"""The history of tiers: a row for every step, and what the timeline is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.activity import timeline
from loyalty.db import new_public_id
from loyalty.points.models import TierChange, TierReason
from loyalty.programme import versions
from loyalty.vault import people
from loyalty.vault.people import Erased

HISTORY = TierChange.metadata.tables[TierChange.__tablename__]
FALLS = (TierReason.REVIEW, TierReason.MANUAL_END)  # what no purchase had a part in


@dataclass(frozen=True, slots=True)
class Step:
    """From one tier to another, and why. `purchase` is the id and public id of the bill behind it."""

    customer_id: int
    before: str
    after: str
    reason: TierReason
    actor: str
    at: datetime
    purchase: tuple[int, str] | None = None
    until: date | None = None
    words: str | None = None
    key: str | None = None


def record(session: Session, step: Step) -> int:
    """Add a step to the history, and to the timeline where the tier is another one; the id of its row."""
    public_id = new_public_id()
    row = {
        "public_id": public_id,
        "customer_id": step.customer_id,
        "from_tier": step.before,
        "to_tier": step.after,
        "reason": step.reason,
        "programme": versions.at(session, shop.of(session).day(step.at)).version,
        "purchase_id": None if step.purchase is None else step.purchase[0],
        "actor": step.actor,
        "key": step.key,
        "until": step.until,
        "words": _sealed(session, step, public_id),
        "at": step.at,
    }
    row_id: int = session.connection().execute(_INSERT, row).scalar_one()
    if step.before != step.after:
        behind = {"reason": step.reason} if step.purchase is None else {"purchase": step.purchase[1]}
        told = {"from": step.before, "to": step.after, **behind}
        timeline.record(session, step.customer_id, "tier", at=step.at, data=told)
    return row_id


def list_newest(
    session: Session, customer_id: int, *, before: int | None = None, limit: int = 50
) -> Sequence[TierChange]:
    """A page of a customer's steps, newest first; `before` is the id of the last row of the page before."""
    query = select(TierChange).filter_by(customer_id=customer_id).order_by(TierChange.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(TierChange.id < before)).all()


def list_falls(session: Session, since: datetime, *, after: int = 0, limit: int = 200) -> Sequence[TierChange]:
    """The next falls since an instant that no purchase had a part in, after the one of that id."""
    query = select(TierChange).where(TierChange.at >= since, TierChange.id > after, TierChange.reason.in_(FALLS))
    query = query.where(TierChange.from_tier != TierChange.to_tier).order_by(TierChange.id).limit(limit)
    return session.scalars(query).all()


def find_by_key(session: Session, key: str) -> TierChange | None:
    return session.scalar(select(TierChange).filter_by(key=key))


def words_of(session: Session, change: TierChange) -> str:
    """Why it was set by hand; "" where nothing was written, or nobody may read it any more."""
    if change.words is None:
        return ""
    try:
        return people.read(session, change.customer_id, change.words, "tier_history", "words", change.public_id)
    except Erased:
        return ""


def _sealed(session: Session, step: Step, public_id: str) -> bytes | None:
    if step.words is None:
        return None
    return people.seal(session, step.customer_id, step.words, "tier_history", "words", public_id)


_INSERT = insert(HISTORY).returning(HISTORY.c.id)
