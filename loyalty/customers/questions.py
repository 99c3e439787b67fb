"""What the bot asked and waits for, per chat."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from loyalty import entities, prepared
from loyalty.customers.models import ChannelIdentity, Question

LISTED = "rewards_listed"  # the kind of a list that was shown: a number chooses from it, a yes or no does not


def ask(
    session: Session, identity: ChannelIdentity, kind: str, data: Mapping[str, Any] | None = None, *, now: datetime
) -> Question:
    """Open a question; an open one of the same kind in this chat is closed, the new one stands for it.

    `data` holds what the answer will need, and no personal data.
    """
    close_kind(session, identity.id, kind, now=now)
    question = Question(identity_id=identity.id, kind=kind, data=dict(data or {}), asked_at=now)
    session.add(question)
    session.flush()
    return question


def newest_open(session: Session, identity_id: int) -> Question | None:
    """The question a yes or no in this chat answers."""
    return _newest(session, identity_id, is_list=False)


def newest_list(session: Session, identity_id: int) -> Question | None:
    """The list of rewards a number in this chat chooses from."""
    return _newest(session, identity_id, is_list=True)


def close(session: Session, question: Question, *, now: datetime) -> None:
    """It is answered, or not to be answered any more; closing twice keeps the first time."""
    question.closed_at = question.closed_at or now
    session.flush()


def close_all(session: Session, identity_id: int, *, now: datetime) -> None:
    """Nothing that was asked in this chat waits any more."""
    waiting = update(Question).where(Question.identity_id == identity_id, Question.closed_at.is_(None))
    session.execute(waiting.values(closed_at=now))


def close_kind(session: Session, identity_id: int, kind: str, *, now: datetime) -> None:
    """Nothing of one kind that was asked in this chat waits any more."""
    session.flush()
    prepared.run(session.connection(), _CLOSE, {"chat": identity_id, "of_kind": kind, "at": now})


def _newest(session: Session, identity_id: int, *, is_list: bool) -> Question | None:
    """Of what is open in a chat, the newest list or the newest of the rest: mostly there is none, asked three times."""
    session.flush()
    found = prepared.rows(session.connection(), _OPEN, {"chat": identity_id})
    newest = next((row.id for row in found if (row.kind == LISTED) is is_list), None)
    return None if newest is None else entities.get(session, Question, newest)


_QUESTIONS = Question.metadata.tables[Question.__tablename__]
_OPEN = (
    select(_QUESTIONS.c.id, _QUESTIONS.c.kind)
    .where(_QUESTIONS.c.identity_id == bindparam("chat"), _QUESTIONS.c.closed_at.is_(None))
    .order_by(_QUESTIONS.c.id.desc())
)
_CLOSE = (
    update(_QUESTIONS)
    .where(
        _QUESTIONS.c.identity_id == bindparam("chat"),
        _QUESTIONS.c.kind == bindparam("of_kind"),
        _QUESTIONS.c.closed_at.is_(None),
    )
    .values(closed_at=bindparam("at"))
)
