"""Who enters by what just happened to them, as the timeline tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from loyalty.activity.models import Activity
from loyalty.customers.consents import Purpose
from loyalty.customers.models import ConsentEvent, CustomerStats
from loyalty.journeys.triggers import TierUp, Trigger, Welcome
from loyalty.programme import versions
from loyalty.programme.document import Programme

BATCH = 500  # rows of the timeline read at a time
FRESH = timedelta(days=2)  # what is told of later than this, such as what an import brings along, is no news
NEWLY = timedelta(days=7)  # so long after joining a yes to offers still belongs to it


@dataclass(frozen=True, slots=True)
class Happened:
    """Somebody who may enter, and for what."""

    customer_id: int
    occasion: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a stretch of the timeline brought, and the row it ended with."""

    happened: Sequence[Happened]
    cursor: int


def kinds(trigger: Trigger) -> Sequence[str]:
    """The kinds of rows of the timeline it looks at."""
    match trigger:
        case Welcome("joined"):
            return ("joined", "consent")
        case Welcome():
            return ("consent",)
        case TierUp():
            return ("tier",)
    return ()


def read(session: Session, trigger: Trigger, cursor: int, end: int, *, now: datetime) -> Told:
    """The next rows after `cursor` up to `end`, before which no row can appear any more."""
    query = select(Activity).where(Activity.id > cursor, Activity.id <= end, Activity.kind.in_(kinds(trigger)))
    rows = session.scalars(query.order_by(Activity.id).limit(BATCH)).all()
    fresh = [row for row in rows if row.at >= now - FRESH]
    found = [happened for row in fresh if (happened := _happened(session, trigger, row))]
    return Told(found, rows[-1].id if len(rows) == BATCH else end)


def _happened(session: Session, trigger: Trigger, row: Activity) -> Happened | None:
    match trigger:
        case Welcome(on):
            is_one = _just_joined(session, row) if on == "joined" else _agreed_first(session, row)
            return Happened(row.customer_id, "welcome") if is_one else None
        case TierUp(tier):
            rose = _rose(versions.at(session, row.on), row.data, tier)
            return Happened(row.customer_id, f"tier:{row.data['to']}:{row.on}") if rose else None
    return None


def _just_joined(session: Session, row: Activity) -> bool:
    stats = session.get(CustomerStats, row.customer_id)
    return stats is not None and stats.joined_at is not None and stats.joined_at >= row.at - NEWLY


def _agreed_first(session: Session, row: Activity) -> bool:
    if row.data.get("purpose") != Purpose.PROMOTION or not row.data.get("granted"):
        return False
    earlier = exists().where(
        ConsentEvent.customer_id == row.customer_id,
        ConsentEvent.purpose == Purpose.PROMOTION,
        ConsentEvent.granted,
        ConsentEvent.at < row.at,
    )
    return not session.scalar(select(earlier))


def _rose(rules: Programme, told: dict[str, Any], wanted: str | None) -> bool:
    order = [tier.code for tier in rules.tiers]
    before, after = told.get("from"), told.get("to")
    if before not in order or after not in order or order.index(after) <= order.index(before):
        return False
    return wanted is None or wanted == after
