"""The talk of the demo shop brought about: kept as a worker keeps what is said, and sent to nobody."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.activity import timeline
from loyalty.channels.models import ChannelAccount
from loyalty.customers import identities
from loyalty.customers.models import ChannelIdentity
from loyalty.demo.ground import CHANNELS
from loyalty.demo.people import CUSTOMERS
from loyalty.demo.stage import Stage
from loyalty.demo.talk import BOT, CUSTOMER, Talk
from loyalty.messaging import conversations
from loyalty.messaging.conversations import WAITING
from loyalty.messaging.models import Conversation
from loyalty.staff import accounts

BETWEEN = timedelta(minutes=1)  # one line and the next


def done(session: Session) -> set[str]:
    """Keys of the talks that have been: in those chats there is something to read."""
    query = (
        select(ChannelIdentity.user_id)
        .join(Conversation, Conversation.identity_id == ChannelIdentity.id)
        .join(ChannelAccount, ChannelAccount.id == ChannelIdentity.channel_account_id)
        .where(ChannelAccount.external_id.in_([account for account, _ in CHANNELS.values()]))
    )
    users = set(session.scalars(query))
    people = {user_id: person.key for person in CUSTOMERS for user_id in (person.zalo, person.psid)}
    return {f"demo:{people[user_id]}:talk" for user_id in users if user_id in people}


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
        timeline.record(session, identity.customer_id, kind, at=at, data=data, text=words)
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
