"""What is left of somebody's messages once they are erased: nothing more goes out, and no row names their account."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.messaging import conversations, phoning
from loyalty.messaging.models import Conversation, OutboundMessage

ERASED = "erased"  # the reason of what was dropped


def forget(session: Session, customer_ids: Sequence[int], *, now: datetime) -> int:
    """Drop what waits for these customers, and the platform's ids beside what was said; returns how many were dropped.

    A message under way at this moment is settled by its worker. Hold the customers' locks. Once more changes nothing.
    """
    theirs = OutboundMessage.customer_id.in_(customer_ids)
    waiting = sa.update(OutboundMessage).where(theirs, OutboundMessage.state == "waiting")
    ended = {"state": "skipped", "reason": ERASED, "settled_at": now}
    plainly = {"synchronize_session": False}
    ended_ids = waiting.values(**ended).returning(OutboundMessage.id)
    dropped = session.scalars(ended_ids, execution_options=plainly).all()
    settled = sa.update(OutboundMessage).where(theirs, OutboundMessage.state != "sending")
    session.execute(settled.values(body=None, user_id=ERASED, thread=ERASED), execution_options=plainly)
    phoning.forget(session, customer_ids)
    for thread in session.scalars(sa.select(Conversation).where(Conversation.customer_id.in_(customer_ids))):
        thread.state, thread.taken_by, thread.unanswered = conversations.BOT, None, 0
        raising.close(session, conversations.WANTED, conversations.subject(thread), now=now)
    session.flush()
    session.expire_all()
    return len(dropped)
