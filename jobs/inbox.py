"""Working through the inbox: each stored event becomes its effects, its timeline rows and its answer, or is parked."""

import json
import time
from collections.abc import Sequence
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
TOGETHER = 0.025  # seconds of events in one commit on SQLite, where a commit costs half an event


@pump()
def process_inbox(context: Context) -> int:
    """Take one batch of due events; returns how many. Safe on many workers: claims and fences make it so."""
    held_since = context.clock()
    with context.transaction() as session:
        batch = inbox.claim(session, limit=BATCH, now=held_since)
    position = 0
    while position < len(batch):
        if context.clock() - held_since > RENEW_AFTER:
            held_since = context.clock()
            with context.transaction() as session:
                inbox.renew(session, batch[position:], now=held_since)
        position += _process_some(context, batch[position:])
    return len(batch)


def _process_some(context: Context, events: Sequence[Claimed]) -> int:
    """Work through the first of these events, and on SQLite through what comes soon after it; returns how many."""
    done = 0
    if context.database.is_sqlite and len(events) > 1:
        done, is_whole = _together(context, events)
        if is_whole:
            return done
    for event in events[: done + 1]:
        process(context, event)
    return done + 1


def _together(context: Context, events: Sequence[Claimed]) -> tuple[int, bool]:
    """Several events in one commit, each as if alone: how many, and whether they are done.

    Only where one alone may write: elsewhere the locks of several people would be held at once. When one fails, nothing
    of any has happened, and they are to be worked through one by one up to that one.
    """
    until, done = time.monotonic() + TOGETHER, 0
    try:
        with context.transaction() as session:
            fresh = dict(session.info)
            for event in events:
                _settle(context, session, event)
                session.expunge_all()
                session.info.clear()
                session.info.update(fresh)
                done += 1
                if time.monotonic() >= until:
                    break
    except Exception:  # told, and counted, when the event is worked through alone
        return done, False
    return done, True


def process(context: Context, event: Claimed) -> None:
    """One event in one transaction; a failure gives it back or parks it."""
    try:
        with context.transaction() as session:
            _settle(context, session, event)
    except _Taken:
        return
    except Exception as error:
        log.exception("event_failed", event_id=event.public_id, channel=event.channel, attempt=event.attempt)
        _give_back(context, event, error)


class _Taken(Exception):
    """Another worker has the event by now: whatever was done here is its to do."""


def _settle(context: Context, session: Session, event: Claimed) -> None:
    """Raises _Taken, whatever goes wrong with the event, and whatever the database refuses."""
    now = context.clock()
    state = handle(session, context.channels[event.channel], event, now)
    if not inbox.settle(session, event, state, now=now):
        raise _Taken


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
