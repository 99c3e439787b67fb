"""Working through the inbox: each stored event becomes its effects, its timeline rows and its answer, or is parked."""

import json
from datetime import datetime

from sqlalchemy.orm import Session
from structlog import get_logger

from bots import dispatch
from bots.channel import Channel, InboundKind
from jobs.registry import Context, pump
from loyalty.alerts import raising
from loyalty.channels import accounts
from loyalty.messaging import inbox
from loyalty.messaging.inbox import Claimed

log = get_logger()
BATCH = 20
RENEW_AFTER = inbox.LEASE / 3


@pump()
def process_inbox(context: Context) -> int:
    """Take one batch of due events; returns how many. Safe on many workers: claims and fences make it so."""
    held_since = context.clock()
    with context.transaction() as session:
        batch = inbox.claim(session, limit=BATCH, now=held_since)
    for position, event in enumerate(batch):
        if context.clock() - held_since > RENEW_AFTER:
            held_since = context.clock()
            with context.transaction() as session:
                inbox.renew(session, batch[position:], now=held_since)
        process(context, event)
    return len(batch)


def process(context: Context, event: Claimed) -> None:
    """One event in one transaction; a failure gives it back or parks it."""
    try:
        with context.transaction() as session:
            now = context.clock()
            state = handle(session, context.channels[event.channel], event, now)
            if not inbox.settle(session, event, state, now=now):
                session.rollback()  # another worker has it by now
    except Exception as error:
        log.exception("event_failed", event_id=event.public_id, channel=event.channel, attempt=event.attempt)
        _give_back(context, event, error)


def handle(session: Session, channel: Channel, event: Claimed, now: datetime) -> str:
    """The effect of one event; returns the state it ends in."""
    account = accounts.ensure(session, channel.kind, event.account, window=channel.window, now=now)
    found = channel.parse(json.loads(inbox.read(session, event)))
    wanted = [inbound for inbound in found if inbound.kind is not InboundKind.OTHER or inbound.interaction]
    for inbound in wanted:
        dispatch.handle(session, account, inbound, now=now, text_limit=channel.text_limit)
    return "processed" if wanted else "ignored"


def _give_back(context: Context, event: Claimed, error: Exception) -> None:
    now = context.clock()
    with context.transaction() as session:
        if inbox.fail(session, event, type(error).__name__, now=now):
            raising.raise_alert(session, "event_parked", event.public_id, type(error).__name__, now=now)
