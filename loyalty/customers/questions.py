"""What the bot asked and waits for, per chat."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from loyalty.customers.models import ChannelIdentity, Question

LISTED = "rewards_listed"  # the kind of a list that was shown: a number chooses from it, a yes or no does not


def ask(
    session: Session, identity: ChannelIdentity, kind: str, data: Mapping[str, Any] | None = None, *, now: datetime
) -> Question:
    """Open a question; an open one of the same kind in this chat is closed, the new one stands for it.

    `data` holds what the answer will need, and no personal data.
    """
    session.execute(
        update(Question)
        .where(Question.identity_id == identity.id, Question.kind == kind, Question.closed_at.is_(None))
        .values(closed_at=now)
    )
    question = Question(identity_id=identity.id, kind=kind, data=dict(data or {}), asked_at=now)
    session.add(question)
    session.flush()
    return question


def newest_open(session: Session, identity_id: int) -> Question | None:
    """The question a yes or no in this chat answers."""
    return session.scalar(_open(identity_id).where(Question.kind != LISTED))


def newest_list(session: Session, identity_id: int) -> Question | None:
    """The list of rewards a number in this chat chooses from."""
    return session.scalar(_open(identity_id).where(Question.kind == LISTED))


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
    waiting = update(Question).where(Question.identity_id == identity_id, Question.closed_at.is_(None))
    session.execute(waiting.where(Question.kind == kind).values(closed_at=now))


def _open(identity_id: int) -> Select[Question]:
    """What is open in a chat, the newest of it."""
    query = select(Question).where(Question.identity_id == identity_id, Question.closed_at.is_(None))
    return query.order_by(Question.id.desc()).limit(1)
