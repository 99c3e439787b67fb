"""Instants grouped in SQL, which knows no time zone, so that few are left for the shop's calendar."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, func, literal_column, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from loyalty import shop
from loyalty.db import is_sqlite
from loyalty.insights.periods import Period

HOUR = timedelta(hours=1)
LENGTHS = {"hour": len("2026-11-22 05"), "minute": len("2026-11-22 05:00")}  # as SQLite keeps an instant


def slot(session: Session, at: InstrumentedAttribute[Any], period: Period) -> ColumnElement[Any]:
    """The hour an instant lies in, or its minute where the shop's clock is not whole hours from UTC. See `read`."""
    whole = all(_is_whole(session, day) for day in period.days)
    step = "hour" if whole else "minute"
    if is_sqlite(session):
        return func.substr(type_coerce(at, Text), 1, LENGTHS[step])
    return func.date_trunc(literal_column(f"'{step}'"), at, type_=at.type)  # a parameter would not group


def read(found: str | datetime) -> datetime:
    """What `slot` gave, as an instant."""
    if isinstance(found, datetime):
        return found
    return datetime.fromisoformat(found if ":" in found else f"{found}:00").replace(tzinfo=UTC)


def _is_whole(session: Session, day: date) -> bool:
    here = shop.of(session)
    offset = here.midnight(day).utcoffset()
    return offset is None or not offset % HOUR
