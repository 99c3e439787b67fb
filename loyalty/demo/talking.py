"""The talk of the demo shop brought about: kept as a worker keeps what is said, and sent to nobody."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.activity import timeline
from loyalty.activity.models import Activity
from loyalty.customers import identities
from loyalty.customers.models import ChannelIdentity
from loyalty.demo.ground import KEYS
from loyalty.demo.stage import Stage
from loyalty.demo.talk import BOT, CUSTOMER, Talk
from loyalty.messaging import conversations
from loyalty.messaging.conversations import WAITING
from loyalty.messaging.models import Conversation
from loyalty.staff import accounts

BETWEEN = timedelta(minutes=1)  # one line and the next


def done(session: Session) -> set[str]:
    """Keys of the talks that have been, as their first lines keep them."""
    key = Activity.data["talk"].as_string()
    return set(session.scalars(select(key).where(Activity.kind == "message_in", key.like(KEYS))))


def perform(session: Session, talk: Talk, stage: Stage) -> None:
    """Let it be said, if its person is still there."""
    identity = identities.find(session, stage.channels[talk.channel], talk.user_id)
    if identity is None:
        return
    identities.hold(session, identity)
    at, data = talk.at, dict[str, str]()
    for number, (who, words) in enumerate(talk.lines):
        at = talk.at + number * BETWEEN
        thread = conversations.arrive(session, identity, waits=False, now=at)
        data = {"channel": talk.channel, "chat": thread.public_id} | _speaker(session, stage, who)
        kind = "message_out" if who else "message_in"
        named = {} if number else {"talk": talk.key}
        timeline.record(session, identity.customer_id, kind, at=at, data=data | named, text=words)
        if not who:
            identities.touch(session, identity, now=at)
    if talk.wants:
        _wait(session, identity, data, at)


def _wait(session: Session, identity: ChannelIdentity, data: dict[str, str], at: datetime) -> None:
    """As `conversations.want`, but that nobody is told: whoever comes to the demo finds it."""
    thread = session.get_one(Conversation, identity.id, populate_existing=True)
    thread.state, thread.since, thread.unanswered = WAITING, at, 1
    session.flush()
    where = {name: data[name] for name in ("channel", "chat")}
    timeline.record(session, identity.customer_id, "conversation_waiting", at=at, data=where)


def _speaker(session: Session, stage: Stage, who: str) -> dict[str, str]:
    if who == CUSTOMER:
        return {"event": "message"}
    return {} if who == BOT else {"by": f"staff:{accounts.get(session, stage.staff[who]).public_id}"}
