"""Working through the outbox: claim, begin, call the platform with nothing locked, settle."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime

from sqlalchemy.orm import Session
from structlog import get_logger

from bots.channel import Action, Route, SendError, TellsOfBills
from jobs import beginning, metering, settling
from jobs.beginning import Ready
from jobs.registry import Context, pump
from jobs.settling import Outcome
from loyalty.channels import accounts, calls, outages
from loyalty.messaging import budget, outbox, routes
from loyalty.messaging.outbox import Claimed, Lane

log = get_logger()
BATCH = 64
AT_ONCE = 8  # calls under way in one process; as many are begun in one commit
RENEW_EVERY = 4.0  # seconds
_callers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="platform")


@pump()
def send_outbox(context: Context) -> int:
    """Send one batch of due messages; returns how many were tried. Safe on many workers."""
    return _send_in_turn(context) if context.database.is_sqlite else _send_batch(context)


def _send_in_turn(context: Context) -> int:
    """On SQLite, where one alone may write and every commit holds all others up: one for each round of calls.

    What was sent is settled, and what goes next claimed and begun, together.
    """
    with context.read_only() as session:
        if not outbox.is_any_due(session, now=context.clock()):
            return 0
    tried, outcomes = 0, list[Outcome]()
    while tried < BATCH or outcomes:
        with context.transaction() as session:
            now, down = context.clock(), outages.lock(session)
            settling.note_outages(session, down, [each.answer for each in outcomes], now)
            settling.settle(session, outcomes, now)
            session.flush()
            recovered = 0 if tried else outbox.recover(session, now=now)
            batch = outbox.claim(session, limit=AT_ONCE, now=now) if tried < BATCH else []
            ready = _begin(context, session, _allowed(context, session, batch, now), now)
        tried += len(batch) + recovered
        outcomes = _call(context, ready)
        if not batch:
            break
    return tried


def _send_batch(context: Context) -> int:
    with context.transaction() as session:
        now = context.clock()
        recovered = outbox.recover(session, now=now)
        batch = outbox.claim(session, limit=BATCH, now=now)
        allowed = _allowed(context, session, batch, now)
    outcomes: Sequence[Outcome] = ()
    for chunk in [*_chunks(allowed), ()] if allowed else ():
        with context.transaction() as session:  # what was sent is settled with what goes next
            down = outages.lock(session)
            if _may_cost(session, chunk, outcomes):
                budget.lock(session, now=context.clock())
            settling.note_outages(session, down, [each.answer for each in outcomes], context.clock())
            settling.settle(session, outcomes, context.clock())
            ready = _begin(context, session, chunk, now)
        outcomes = _call(context, ready)
    return len(batch) + recovered


def _allowed(context: Context, session: Session, batch: Sequence[Claimed], now: datetime) -> Sequence[Claimed]:
    """Those of a batch the platforms' limits leave room for; the others fall due again when the next window opens."""
    allowed: list[Claimed] = []
    for account_id in sorted({claimed.account_id for claimed in batch}):
        mine = [claimed for claimed in batch if claimed.account_id == account_id]
        if (channel := context.channels.get(accounts.get(session, account_id).kind)) is None:
            allowed += mine
            continue
        room = metering.granted(context, session, account_id, len(mine), channel.limit, now=now)
        allowed += mine[:room]
        if room < len(mine):
            outbox.put_back(session, mine[room:], calls.opens_next(channel.limit, now))
    return sorted(allowed, key=lambda claimed: (claimed.lane, claimed.id))


def _begin(context: Context, session: Session, chunk: Sequence[Claimed], allowed_at: datetime) -> Sequence[Ready]:
    """What of it may leave; the calls of what may not, as its picture is not up yet, are others' to make."""
    ready = beginning.begin(session, context, chunk)
    unused = Counter(each.account_id for each in chunk)
    unused.subtract(each.claimed.account_id for each in ready)
    for account_id, number in unused.items():
        if channel := context.channels.get(accounts.get(session, account_id).kind):
            metering.give_back(context, session, account_id, number, channel.limit, now=allowed_at)
    return ready


def _may_cost(session: Session, chunk: Sequence[Claimed], outcomes: Sequence[Outcome]) -> bool:
    """Whether money may be taken or given back: then the month is locked before any customer."""
    if any(outcome.claimed.price or outcome.is_billed for outcome in outcomes) or any(each.price for each in chunk):
        return True
    return any(claimed.lane != Lane.REPLY for claimed in chunk) and routes.may_be_billed(session)


def _chunks(batch: Sequence[Claimed]) -> list[Sequence[Claimed]]:
    return [batch[start : start + AT_ONCE] for start in range(0, len(batch), AT_ONCE)]


def _call(context: Context, ready: Sequence[Ready]) -> list[Outcome]:
    """Make these calls at once, nothing locked; leases of slow ones are renewed, so that only the dead lose theirs."""
    under_way = {_callers.submit(attempt, one): one.claimed for one in ready}
    waiting = set(under_way)
    while waiting:
        _done, waiting = wait(waiting, timeout=RENEW_EVERY)
        if waiting:
            with context.transaction() as session:
                outbox.prolong(session, [under_way[call] for call in waiting], now=context.clock())
    return [call.result() for call in under_way]


def attempt(ready: Ready) -> Outcome:
    """Call the platform; a refused token is replaced once."""
    try:
        try:
            return _sending(ready)
        except SendError as error:
            if error.action is not Action.REFRESH:
                raise
            ready.channel.renew()
            return _sending(ready)
    except SendError as error:
        return Outcome(ready.claimed, error=error, attachment=ready.outbound.attachment)
    except Exception:
        log.exception("send_failed", message_id=ready.outbound.reference)
        return Outcome(ready.claimed, error=SendError(Action.UNKNOWN, "internal"))


def _sending(ready: Ready) -> Outcome:
    channel, sent = ready.channel, ready.channel.send(ready.outbound)
    if ready.outbound.route is Route.PACKAGE and isinstance(channel, TellsOfBills):
        return Outcome(ready.claimed, sent, is_billed=channel.was_billed())
    return Outcome(ready.claimed, sent)
