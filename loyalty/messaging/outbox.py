"""Messages stored before sending: claimed with a lease, begun, sent with nothing locked, settled.

A claim that runs out before `begin` falls due again. After `begin`, a promotion whose process died becomes `unknown`
and waits for a person; a notice is sent once more, an answer three times more at most, then they are unknown as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from loyalty import entities, prepared, upsert
from loyalty.channels.models import ChannelAccount, ChannelOutage
from loyalty.choices import sending
from loyalty.db import Instant, new_public_id
from loyalty.errors import NotFound
from loyalty.messaging import budget, contents
from loyalty.messaging.contents import Content, MessageButton, MessageCard
from loyalty.messaging.models import OutboundMessage, is_open_out, is_under_way

CLAIM_LEASE = timedelta(seconds=10)
OPEN = ("waiting", "sending")
SEND_LEASE = timedelta(seconds=14)  # a call may take 10 s; a dead worker's messages are looked at within 15
DOUBTS = 4  # sends of an answer nobody knows the fate of: who wrote minds two copies less than none
IN_DOUBT = "once more"  # the reason of what waits although it may have arrived
STALE = timedelta(hours=24)  # an answer or a notice held up for longer would only puzzle
BY_HAND = "by hand"
BY_PHONE = "phone:"  # begins the user id of a message to somebody who never wrote there


class Lane(IntEnum):
    """Who goes first."""

    REPLY = 0
    NOTICE = 1
    PROMOTION = 2


LANES = tuple(Lane)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message this worker holds until its lease ends; `fence` tells its claim from every other, earlier or later."""

    id: int
    fence: int
    lane: Lane
    customer_id: int | None
    price: int = 0  # whole ₫
    account_id: int = 0


def enqueue(
    session: Session,
    *,
    dedupe_key: str,
    lane: Lane,
    channel_account_id: int,
    user_id: str,
    customer_id: int | None,
    text: str,
    buttons: Sequence[MessageButton] = (),
    image_url: str = "",
    cards: Sequence[MessageCard] = (),
    picture: str = "",
    public_id: str | None = None,
    price: int = 0,
    purpose: str | None = None,
    facts: Mapping[str, str] | None = None,
    now: datetime,
) -> int | None:
    """Store one message to be sent; returns its id, or None when `dedupe_key` was used before (nothing happens).

    `price` is what the platform asks for it, whole ₫: taken from the month's budget when sending begins.
    `public_id`: a name drawn before, for whoever notes it elsewhere too. `purpose` (`ways.KINDS`): the way it goes is
    decided when sending begins; `facts` may then stand in a template.
    """
    public_id = public_id or new_public_id()
    content = Content(text, tuple(buttons), image_url, dict(facts or {}), tuple(cards), picture)
    values = {
        "public_id": public_id,
        "dedupe_key": dedupe_key,
        "lane": int(lane),
        "channel_account_id": channel_account_id,
        "user_id": user_id,
        "thread": thread_of(lane, channel_account_id, user_id),
        "customer_id": customer_id,
        "body": contents.seal(session, customer_id, public_id, content),
        "state": "waiting",
        "due_at": now,
        "attempts": 0,
        "created_at": now,
        "price": price,
        "purpose": purpose,
        "tried": "",
        "fence": 0,
    }
    session.flush()
    connection = session.connection()
    stored = prepared.one(connection, _INSERT[connection.dialect.name], values)
    return None if stored is None else int(stored.id)


_INSERT = upsert.once(OutboundMessage, "dedupe_key")
_LOCK = sa.select(OutboundMessage).where(OutboundMessage.id == sa.bindparam("message")).with_for_update()


def thread_of(lane: Lane, channel_account_id: int, user_id: str) -> str:
    """Messages of one thread leave in the order they were written; a held promotion holds up nothing else."""
    return f"{'promotion' if lane is Lane.PROMOTION else 'talk'}:{channel_account_id}:{user_id}"


def _claim_statement() -> sa.Executable:
    older = aliased(OutboundMessage)
    first_of_thread = ~sa.exists().where(
        older.thread == OutboundMessage.thread, is_open_out(older), older.id < OutboundMessage.id
    )
    stopped = sa.select(ChannelAccount.id).where(ChannelAccount.stopped_at.is_not(None))
    down = sa.select(ChannelOutage.channel_account_id).where(
        ChannelOutage.probe_at > sa.bindparam("now", type_=Instant())
    )
    due = (
        sa.select(OutboundMessage.id)
        .where(
            is_open_out(OutboundMessage),
            OutboundMessage.state == "waiting",
            OutboundMessage.due_at <= sa.bindparam("now", type_=Instant()),
            OutboundMessage.channel_account_id.not_in(stopped),
            OutboundMessage.channel_account_id.not_in(down),
            sending.is_allowed(),
            first_of_thread,
        )
        .order_by(OutboundMessage.lane, OutboundMessage.due_at, OutboundMessage.id)
        .limit(sa.bindparam("most"))
        .with_for_update(skip_locked=True, of=OutboundMessage)
        .cte("due")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    return (
        sa.update(OutboundMessage)
        .where(OutboundMessage.id.in_(sa.select(due.c.id)))
        .values(
            attempts=OutboundMessage.attempts + 1,
            fence=OutboundMessage.fence + 1,
            due_at=sa.bindparam("until", type_=Instant()),
        )
        .returning(
            OutboundMessage.id,
            OutboundMessage.fence,
            OutboundMessage.lane,
            OutboundMessage.customer_id,
            OutboundMessage.price,
            OutboundMessage.channel_account_id,
        )
    )


def is_any_due(session: Session, *, now: datetime) -> bool:
    """Whether anything waits to be claimed or was lost, as far as a look that locks nothing can tell."""
    return prepared.one(session.connection(), _ANY_DUE, {"now": now}) is not None


_ANY_DUE = (
    sa.select(OutboundMessage.id)
    .where(
        is_open_out(OutboundMessage),
        OutboundMessage.lane.in_(
            [sa.literal_column(str(lane.value)) for lane in Lane]
        ),  # each begins anew in the index
        OutboundMessage.due_at <= sa.bindparam("now", type_=Instant()),
    )
    .limit(1)
)
CLAIM = _claim_statement()  # made once: building it costs more than running it


def claim(session: Session, *, limit: int, now: datetime, lease: timedelta = CLAIM_LEASE) -> list[Claimed]:
    """Take due messages, lane by lane, each the oldest open one of its thread, of accounts that may send.

    While the shop has stopped all sending there are none.
    """
    taken = session.connection().execute(CLAIM, {"now": now, "most": limit, "until": now + lease})
    claimed = (
        Claimed(id_, fence, LANES[lane], customer, price, account)
        for id_, fence, lane, customer, price, account in taken
    )
    return sorted(claimed, key=lambda message: (message.lane, message.id))


def put_back(session: Session, claimed: Sequence[Claimed], until: datetime) -> None:
    """What was claimed and not begun is due again at `until`, as if it had never been claimed."""
    session.execute(
        sa.update(OutboundMessage)
        .where(_are(claimed), OutboundMessage.state == "waiting")
        .values(due_at=until, attempts=OutboundMessage.attempts - 1)
        .execution_options(synchronize_session=False)
    )


def recover(session: Session, *, now: datetime, limit: int = 200) -> int:
    """Look after messages whose sender died between `begin` and `settle`; returns how many."""
    lost = session.scalars(_LOST, {"now": now, "most": limit}).all()
    for message in lost:
        put_in_doubt(message, now=now, error="process died")
    session.flush()
    return len(lost)


_LOST = (
    sa.select(OutboundMessage)
    .where(is_under_way(OutboundMessage), OutboundMessage.due_at <= sa.bindparam("now", type_=Instant()))
    .order_by(OutboundMessage.due_at)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)


def put_in_doubt(message: OutboundMessage, *, now: datetime, error: str) -> None:
    """Nobody knows whether it arrived: a promotion waits for a person, anything else that is free goes once more.

    An answer goes again after ever longer waits, until it was sent `DOUBTS` times; then a person is asked, as for a
    notice that was sent twice. What is paid for waits as well: a second copy would be billed a second time.
    """
    message.error = error
    may_again = message.attempts < DOUBTS if message.lane == Lane.REPLY else not is_in_doubt(message)
    if message.lane == Lane.PROMOTION or message.billed_in is not None or not may_again:
        message.state, message.settled_at, message.reason = "unknown", now, "unknown"
        return
    wait = timedelta(seconds=2**message.attempts) if is_in_doubt(message) else timedelta()
    message.state, message.due_at, message.reason = "waiting", now + wait, IN_DOUBT


def is_in_doubt(message: OutboundMessage) -> bool:
    """Whether it waits although it may have arrived."""
    return message.reason == IN_DOUBT


def has_surer(session: Session, account_id: int, *, now: datetime) -> bool:
    """Whether a message that certainly did not arrive yet waits to leave through the account."""
    sure = sa.or_(OutboundMessage.reason.is_(None), OutboundMessage.reason != IN_DOUBT)
    waits = sa.select(OutboundMessage.id).where(
        is_open_out(OutboundMessage),
        OutboundMessage.state == "waiting",
        OutboundMessage.channel_account_id == account_id,
        OutboundMessage.due_at <= now + CLAIM_LEASE,
        sure,
    )
    return session.scalar(waits.limit(1)) is not None


def begin(session: Session, claimed: Claimed, *, now: datetime) -> OutboundMessage | None:
    """Lock a claimed message that is still this worker's; the caller commits it as `sending` or gives it back.

    None as well while the shop has stopped all sending: the message falls due again at once. A reply or notice over a
    day old (the shop or its channel was stopped meanwhile) is skipped as `stale`, unless a person had it sent again.
    """
    may_begin = sending.may_begin(session)
    message = lock(session, claimed)
    if message is None or message.state != "waiting" or message.fence != claimed.fence:
        return None
    if not may_begin:
        hold(message, now)
        return None
    if message.lane != Lane.PROMOTION and message.reason != BY_HAND and now - message.created_at > STALE:
        close(message, "skipped", now=now, reason="stale")
        return None
    return message


def lock(session: Session, claimed: Claimed) -> OutboundMessage | None:
    """The message as it is now, nobody else changing it."""
    return entities.first(session, _LOCK, {"message": claimed.id}, fresh=True)


def commit_to(message: OutboundMessage, *, now: datetime) -> None:
    """The intent, written before the call."""
    message.state, message.began_at, message.due_at = "sending", now, now + SEND_LEASE


def prolong(session: Session, claimed: Sequence[Claimed], *, now: datetime) -> None:
    """The calls of these messages are still under way."""
    session.execute(
        sa.update(OutboundMessage)
        .where(_are(claimed), is_under_way(OutboundMessage))
        .values(due_at=now + SEND_LEASE)
        .execution_options(synchronize_session=False)
    )


def _are(claimed: Sequence[Claimed]) -> sa.ColumnElement[bool]:
    """The rows of these claims, as long as nobody claimed them again."""
    return sa.tuple_(OutboundMessage.id, OutboundMessage.fence).in_([(one.id, one.fence) for one in claimed])


def hold(message: OutboundMessage, until: datetime) -> None:
    """Not yet: due again at `until`; holding is no failed attempt, and forgives none."""
    message.due_at, message.attempts = until, max(message.attempts - 1, 0)


def close(
    message: OutboundMessage, state: str, *, now: datetime, reason: str | None = None, error: str | None = None
) -> None:
    """The end of a message. What was sent, skipped or failed needs no text any more."""
    message.state, message.settled_at, message.reason, message.error = state, now, reason, error
    if state != "unknown":
        message.body = None


def list_newest(session: Session, *, state: str | None = None, limit: int = 50) -> Sequence[OutboundMessage]:
    query = sa.select(OutboundMessage).order_by(OutboundMessage.id.desc()).limit(limit)
    return session.scalars(query.where(OutboundMessage.state == state) if state else query).all()


def settle_by_hand(session: Session, public_id: str, verdict: str, *, now: datetime) -> OutboundMessage:
    """A person decides about an unknown message: `sent`, `failed` or `resend`.

    Raises NotFound when it is not unknown.
    """
    message = session.scalar(sa.select(OutboundMessage).filter_by(public_id=public_id).with_for_update())
    if message is None or message.state != "unknown":
        raise NotFound(public_id)
    if verdict == "resend":
        message.state, message.due_at, message.attempts = "waiting", now, 0
        message.reason, message.error, message.settled_at = BY_HAND, None, None
    else:  # the text stays with it, for whoever changes their mind
        message.state, message.settled_at, message.reason = verdict, now, BY_HAND
    if verdict == "failed":
        budget.give_back(session, message)
    session.flush()
    return message


def doubt_again(session: Session, public_id: str, *, now: datetime) -> OutboundMessage:
    """Take a person's `sent` or `failed` back: the message is of unknown fate as before.

    Its campaign may have counted it meanwhile: see `campaigns.outcomes`. Raises NotFound when no person settled it;
    OverBudget when its price was given back and is spent on others.
    """
    message = session.scalar(sa.select(OutboundMessage).filter_by(public_id=public_id).with_for_update())
    if message is None or message.state not in ("sent", "failed") or message.reason != BY_HAND:
        raise NotFound(public_id)
    if not budget.take(session, message, now=now):
        raise budget.OverBudget(public_id)
    message.state, message.settled_at, message.reason = "unknown", now, "unknown"
    session.flush()
    return message


def values_of(message: OutboundMessage) -> dict[str, Any]:
    """What an operator may see of a message: no text, no name."""
    return {
        "id": message.public_id,
        "lane": Lane(message.lane).name.lower(),
        "state": message.state,
        "reason": message.reason,
        "error": message.error,
        "attempts": message.attempts,
        "created_at": message.created_at,
        "due_at": message.due_at,
        "settled_at": message.settled_at,
    }
