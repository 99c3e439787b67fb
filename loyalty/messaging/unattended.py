"""Conversations whose person left the shop, or fell silent in them: no customer waits for somebody who is gone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.messaging import conversations
from loyalty.messaging.conversations import BOT, TAKEN, WAITING
from loyalty.messaging.models import Conversation, is_with_people
from loyalty.staff.models import StaffMember
from loyalty.words import Both

QUIET_MOST = timedelta(hours=4)  # a person who did nothing in a chat for so long has left it
SORRY = Both(
    "Xin lỗi bạn, chưa ai kịp trả lời tin trước. Mình đã báo lại cho người của {shop}; trong lúc chờ, "
    "điểm và quà bạn cứ hỏi mình nhé.",
    "Sorry, nobody has got round to your last message yet. I have told the people of {shop} again; meanwhile you can "
    "ask me about points and rewards.",
)


def list_left(session: Session, *, now: datetime, limit: int = 200) -> Sequence[str]:
    """Conversations whose person left the shop, or did nothing in them for `QUIET_MOST`."""
    who = sa.func.substr(Conversation.taken_by, len("staff:") + 1)
    is_gone = sa.exists().where(StaffMember.public_id == who, StaffMember.removed_at.is_not(None))
    query = sa.select(Conversation.public_id).where(
        is_with_people(Conversation),
        Conversation.state == TAKEN,
        sa.or_(Conversation.staff_at <= now - QUIET_MOST, is_gone),
    )
    return session.scalars(query.order_by(Conversation.last_at).limit(limit)).all()


def lapse(session: Session, public_id: str, *, now: datetime) -> str | None:
    """Give back a conversation of `list_left`: to the bot when all is answered, else its customer waits again.

    Returns the new state, None when somebody came back meanwhile. Raises ConversationNotFound.
    """
    thread, identity = conversations.hold(session, public_id)
    is_gone = _is_gone(session, thread)
    if thread.state != TAKEN or not (is_gone or _is_quiet(thread, now)):
        return None
    was_since = thread.since
    if is_gone or thread.unanswered:
        _wait_again(session, thread, now=now)
    else:
        conversations.pass_to(thread, BOT, now=now)
        session.flush()
        conversations.record(session, thread, "conversation_returned", now=now)
    if thread.unanswered:
        conversations.announce(session, thread, identity, SORRY, was_since, now=now)
    return thread.state


def _wait_again(session: Session, thread: Conversation, *, now: datetime) -> None:
    conversations.pass_to(thread, WAITING, now=now)
    session.flush()
    conversations.record(session, thread, "conversation_waiting", now=now)
    conversations.alert_staff(session, thread, now=now)


def _is_gone(session: Session, thread: Conversation) -> bool:
    kind, _, public_id = (thread.taken_by or "").partition(":")
    left = sa.select(StaffMember.id).where(StaffMember.public_id == public_id, StaffMember.removed_at.is_not(None))
    return kind == "staff" and session.scalar(left) is not None


def _is_quiet(thread: Conversation, now: datetime) -> bool:
    return thread.staff_at is not None and thread.staff_at <= now - QUIET_MOST
