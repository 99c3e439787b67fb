"""The INSERT that knows ON CONFLICT, for whichever engine a session works on."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

from loyalty.db import is_sqlite


def insert(session: Session, model: type[DeclarativeBase]) -> postgresql.Insert | sqlite.Insert:
    """Both engines spell `on_conflict_do_nothing`, `on_conflict_do_update` and `returning` alike from here on."""
    return sqlite.insert(model) if is_sqlite(session) else postgresql.insert(model)
