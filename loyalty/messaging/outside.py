"""Conversations that are held, or given back, where the program only looks on: in the platform's own inbox."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.customers import identities
from loyalty.customers.models import ChannelIdentity
from loyalty.messaging import conversations
from loyalty.messaging.conversations import BOT, OUTSIDE, TAKEN, WAITING, WANTED, Thread
from loyalty.messaging.models import Conversation


def answered_outside(session: Session, identity: ChannelIdentity, *, now: datetime) -> Thread | None:
    """Somebody of the shop wrote in the platform's own inbox: a customer who waited for a person has one.

    Where the bot answers it goes on: the platforms' automatic greetings look the same as people.
    """
    is_bot = Conversation.state == BOT
    written = (
        sa.update(Conversation)
        .where(Conversation.identity_id == identity.id)
        .values(
            state=sa.case((is_bot, BOT), else_=TAKEN),
            taken_by=sa.case((is_bot, None), else_=sa.func.coalesce(Conversation.taken_by, OUTSIDE)),
            since=sa.case((Conversation.state == WAITING, now), else_=Conversation.since),
            staff_at=now,
            last_at=now,
            unanswered=0,
        )
        .returning(Conversation)
    )
    thread = session.scalar(written, execution_options={"populate_existing": True})
    if thread is None:
        return None
    if thread.state == TAKEN:
        raising.close(session, WANTED, conversations.subject(thread), now=now)
    return Thread(thread.public_id, thread.state)


def held_outside(session: Session, identity: ChannelIdentity, *, at: datetime) -> None:
    """The platform gave the thread to another app or its own inbox: the bot keeps quiet. Older news is ignored."""
    _move(session, identity, Conversation.state != TAKEN, TAKEN, OUTSIDE, at=at)


def back_from_outside(session: Session, identity: ChannelIdentity, *, at: datetime) -> None:
    """The thread is the program's again: the bot answers, unless a person of the shop has taken the chat over."""
    _move(session, identity, Conversation.taken_by == OUTSIDE, BOT, None, at=at)


def _move(
    session: Session,
    identity: ChannelIdentity,
    where: sa.ColumnElement[bool],
    state: str,
    taken_by: str | None,
    *,
    at: datetime,
) -> None:
    """What the platform decided at `at`; nothing where the state is newer, for its news may come out of order."""
    identities.hold(session, identity)
    is_news = sa.or_(Conversation.since <= at, Conversation.staff_at.is_(None))  # nobody ever had it: nothing is newer
    mine = sa.update(Conversation).where(Conversation.identity_id == identity.id, where, is_news)
    moved = mine.values(state=state, taken_by=taken_by, since=at, staff_at=at if taken_by else Conversation.staff_at)
    thread = session.scalar(moved.returning(Conversation), execution_options={"populate_existing": True})
    if thread is not None:
        kind = "conversation_taken" if taken_by else "conversation_returned"
        conversations.record(session, thread, kind, by=taken_by or "", now=at)
        raising.close(session, WANTED, conversations.subject(thread), now=at)
