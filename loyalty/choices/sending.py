"""The stop button: while it is pressed, no worker begins to send anything to anybody."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from loyalty import prepared
from loyalty.choices.models import ShopChoice
from loyalty.typed import fold

LONGEST_REASON = 200  # characters
ASKED = "sending_allowed"  # in a session's info: what this transaction was told


@dataclass(frozen=True, slots=True)
class Stop:
    """Since when nothing leaves, who said so (as the audit names people), and why, if they told."""

    at: datetime
    by: str
    reason: str


def stop(session: Session, reason: str, *, by: str, now: datetime) -> bool:
    """Press the button. Once this is committed nothing more is begun; False when it was pressed already.

    Waits for what other workers are beginning at this moment.
    """
    kept = _lock(session)
    if kept.stopped_at is not None:
        return False
    kept.stopped_at, kept.stopped_by = now, by
    kept.stopped_reason = fold.quote(reason, LONGEST_REASON)
    _forget(session)
    return True


def resume(session: Session) -> Stop | None:
    """Let everything leave again; returns the stop that ends, None when there was none."""
    kept = _lock(session)
    ended = _of(kept)
    kept.stopped_at = kept.stopped_by = kept.stopped_reason = None
    _forget(session)
    return ended


def find_stop(session: Session) -> Stop | None:
    """The stop in force, None while messages leave."""
    return _of(session.scalars(select(ShopChoice).execution_options(populate_existing=True)).one())


def may_begin(session: Session) -> bool:
    """Whether this transaction may begin to send. It holds a press of the button up until it ends; asked once."""
    if ASKED not in session.info:
        session.flush()
        session.info[ASKED] = prepared.one(session.connection(), _LIGHTEST, {}).stopped_at is None
    return bool(session.info[ASKED])


def is_allowed() -> ColumnElement[bool]:
    """The same for a statement that only chooses rows."""
    return ~exists().where(ShopChoice.stopped_at.is_not(None))


def _lock(session: Session) -> ShopChoice:
    return session.scalars(select(ShopChoice).with_for_update().execution_options(populate_existing=True)).one()


def _of(kept: ShopChoice) -> Stop | None:
    if kept.stopped_at is None or kept.stopped_by is None:
        return None
    return Stop(kept.stopped_at, kept.stopped_by, kept.stopped_reason or "")


def _forget(session: Session) -> None:
    session.flush()
    session.info.pop(ASKED, None)


_CHOICES = ShopChoice.metadata.tables[ShopChoice.__tablename__]
_LIGHTEST = select(_CHOICES.c.stopped_at).with_for_update(read=True, key_share=True)
