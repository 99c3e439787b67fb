"""Whether somebody is at the shop, and when somebody is again."""

from datetime import datetime

from sqlalchemy.orm import Session

from loyalty import shop


def is_open(session: Session, now: datetime) -> bool:
    """True as well while the shop has told no opening hours."""
    return shop.of(session).is_open(now)


def opens_at(session: Session, now: datetime) -> datetime | None:
    """The next instant the shop opens; None when it told no hours, or stays closed for over a year."""
    return shop.of(session).opens_at(now)
