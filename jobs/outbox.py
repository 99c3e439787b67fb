"""Working through the outbox: claim, begin, call the platform with nothing locked, settle."""

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session
from structlog import get_logger

from bots.channel import (
    SLOWED,
    Action,
    Button,
    Card,
    Channel,
    Outbound,
    Route,
    SendError,
    TellsOfBills,
    Template,
    serving,
)
from jobs import pictures
from jobs.registry import Context, pump
from loyalty.activity import timeline
from loyalty.alerts import raising
from loyalty.campaigns import delivery, queue
from loyalty.channels import accounts, calls, outages
from loyalty.channels.outages import Outages
from loyalty.channels.route import TEMPLATES
from loyalty.customers import identities, profiles
from loyalty.messaging import budget, contents, eligibility, outbox, phoning, purses, routes
from loyalty.messaging.contents import Content, MessageButton
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import BY_PHONE, Claimed, Lane
from loyalty.messaging.ways import Way, next_day
from loyalty.pictures import uploads

log = get_logger()
BATCH = 64
AT_ONCE = 8  # calls under way in one process; as many are begun in one commit
TRIES = 5
OUTAGE_WAIT = timedelta(seconds=10)  # after a call that found no platform
RENEW_EVERY = 4.0  # seconds
NOT_THIS_WAY = (Action.WINDOW, Action.PERSON, Action.CONTENT)  # certainly not sent, and not to be by the same way
_callers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="platform")


@dataclass(frozen=True, slots=True)
class Ready:
    """A message committed as `sending`."""

    claimed: Claimed
    channel: Channel
    outbound: Outbound


@dataclass(frozen=True, slots=True)
class Outcome:
    claimed: Claimed
    provider_id: str = ""
    error: SendError | None = None
    attachment: str = ""  # the platform's name of the picture that went with it
    is_billed: bool | None = None  # by the platform's answer, of a way whose price it alone knows


@pump()
def send_outbox(context: Context) -> int:
    """Send one batch of due messages; returns how many were tried. Safe on many workers."""
    try:
        return _send_in_turn(context) if context.database.is_sqlite else _send_batch(context)
    except Exception:
        context.meter.forget()
        raise


def _send_in_turn(context: Context) -> int:
    """On SQLite, where one alone may write and every commit holds all others up: one for each round of calls.

    What was sent is settled, and what goes next claimed and begun, together.
    """
    tried, outcomes = 0, list[Outcome]()
    while tried < BATCH or outcomes:
        with context.transaction() as session:
            now, down = context.clock(), outages.lock(session)
            _note_outages(session, down, outcomes, now)
            _settle(session, outcomes, now)
            session.flush()
            recovered = outbox.recover(session, now=now)
            batch = outbox.claim(session, limit=AT_ONCE, now=now) if tried < BATCH else []
            ready = _begin(session, context, _allowed(context, session, batch))
        tried += len(batch) + recovered
        outcomes = _call(context, ready)
        if not batch:
            break
    return tried


def _send_batch(context: Context) -> int:
    with context.transaction() as session:
        recovered = outbox.recover(session, now=context.clock())
        batch = outbox.claim(session, limit=BATCH, now=context.clock())
        allowed = _allowed(context, session, batch)
    outcomes: Sequence[Outcome] = ()
    for chunk in [*_chunks(allowed), ()] if allowed else ():
        with context.transaction() as session:  # what was sent is settled with what goes next
            down = outages.lock(session)
            if _may_cost(session, chunk, outcomes):
                budget.lock(session, now=context.clock())
            _note_outages(session, down, outcomes, context.clock())
            _settle(session, outcomes, context.clock())
            ready = _begin(session, context, chunk)
        outcomes = _call(context, ready)
    return len(batch) + recovered


def _allowed(context: Context, session: Session, batch: Sequence[Claimed]) -> Sequence[Claimed]:
    """Those of a batch the platforms' limits leave room for; the others fall due again when the next window opens."""
    allowed: list[Claimed] = []
    for account_id in sorted({claimed.account_id for claimed in batch}):
        mine = [claimed for claimed in batch if claimed.account_id == account_id]
        if (channel := context.channels.get(accounts.get(session, account_id).kind)) is None:
            allowed += mine
            continue
        room = granted(context, session, account_id, len(mine), channel.limit)
        allowed += mine[:room]
        if room < len(mine):
            outbox.put_back(session, mine[room:], calls.opens_next(channel.limit, context.clock()))
    return sorted(allowed, key=lambda claimed: (claimed.lane, claimed.id))


def granted(context: Context, session: Session, account_id: int, wanted: int, limit: calls.Limit) -> int:
    """How many calls may be made now: out of this process's share of the window, and of another share if need be.

    Whoever rolls the session back forgets the meter: its shares are not this process's then.
    """
    number = calls.window(limit, context.clock())
    got = context.meter.spend(account_id, wanted, number)
    while got < wanted:
        share = calls.take_share(session, account_id, number, limit)
        if not share:
            break
        context.meter.add(account_id, number, share)
        got += context.meter.spend(account_id, wanted - got, number)
    return got


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


def _begin(session: Session, context: Context, chunk: Sequence[Claimed]) -> list[Ready]:
    """Commit the intent to send, customer by customer in one order, so that two workers never wait for each other."""
    now, silent = context.clock(), outages.counted(session)
    _held = [accounts.get(session, id_) for id_ in {claimed.account_id for claimed in chunk}]  # read once for them all
    delivery.gather(session, [claimed.id for claimed in chunk if claimed.lane == Lane.PROMOTION], now=now)
    ordered = sorted(chunk, key=lambda claimed: (claimed.customer_id or 0, claimed.id))
    begun = (_begin_one(session, context, claimed, now, silent) for claimed in ordered)
    return [ready for ready in begun if ready is not None]


def _begin_one(
    session: Session, context: Context, claimed: Claimed, now: datetime, silent: Collection[int]
) -> Ready | None:
    message = outbox.begin(session, claimed, now=now)
    if message is None:
        return None
    try:
        with session.begin_nested():
            return _make_ready(session, context, claimed, message, now, silent)
    except Exception:
        log.exception("begin_failed", message_id=message.public_id)
        session.refresh(message)
        outbox.close(message, "failed", now=now, reason="internal")
        return None


def _make_ready(
    session: Session,
    context: Context,
    claimed: Claimed,
    message: OutboundMessage,
    now: datetime,
    silent: Collection[int],
) -> Ready | None:
    """`silent`: the accounts calls of which went without an answer."""
    ready = _content(session, message, now)
    if ready is None:
        return None
    content, way = ready
    account = accounts.get(session, message.channel_account_id)
    channel = serving(context.channels, account.kind, account.external_id)
    if channel is None:
        outbox.hold(message, now + timedelta(minutes=5))  # the channel has no credentials here
        return None
    if account.stopped_at is not None:
        outbox.hold(message, now)  # it was stopped since the claim
        return None
    is_chat = way is None or way.choice is None  # a template shows what was approved
    shown = pictures.place(session, channel, message, content, now=now) if is_chat else pictures.NONE
    if shown is None:
        outbox.hold(message, now + pictures.UPLOAD_WAIT)
        return None
    if account.id in silent and not _may_try(session, message, now):
        outbox.hold(message, now + outages.FIRST_WAIT)
        return None
    if way is not None and not routes.settle_on(session, message, way, now=now):
        outbox.hold(message, next_day(now))  # the day's templates ran out this very moment
        return None
    if not _is_paid(session, message, now):
        return None
    outbox.commit_to(message, now=now)
    outbound = shown.on(_outbound(account.external_id, message, content))
    outbound = outbound if way is None else _by(session, outbound, message, way)
    return Ready(replace(claimed, price=message.price), channel, outbound)


def _is_paid(session: Session, message: OutboundMessage, now: datetime) -> bool:
    """Whether its price was taken; one there is no money for waits or is skipped."""
    if budget.take(session, message, now=now):
        return True
    if purses.wait(session, message, now=now):
        outbox.hold(message, queue.NEVER)  # the campaign pauses: a person decides whether there is more
    else:
        outbox.close(message, "skipped", now=now, reason="budget")
    return False


def _may_try(session: Session, message: OutboundMessage, now: datetime) -> bool:
    """Whether this message may find out if the platform is back; one that may have arrived does so only alone."""
    account_id = message.channel_account_id
    is_down = outages.find(session, account_id) is not None
    if is_down and outbox.is_in_doubt(message) and outbox.has_surer(session, account_id, now=now):
        return False
    return outages.may_begin(session, account_id, now=now)


def _by(session: Session, outbound: Outbound, message: OutboundMessage, way: Way) -> Outbound:
    """The message as it goes this way: a template with its blanks filled in, to the chat or to the phone."""
    outbound = replace(outbound, route=Route(way.route))
    if (choice := way.choice) is not None:
        outbound = replace(outbound, template=Template(choice.name, choice.values, choice.locale))
    if way.route is Route.TEMPLATE_PHONE and message.customer_id is not None:
        phone = profiles.phone_of(session, profiles.get(session, message.customer_id))
        user = "" if outbound.user.startswith(BY_PHONE) else outbound.user
        outbound = replace(outbound, phone=phone or "", user=user)
    return outbound


def _content(session: Session, message: OutboundMessage, now: datetime) -> tuple[Content, Way | None] | None:
    """What goes out and by which way; None when it is held or skipped, and that is written down."""
    if message.recipient_id is not None:
        decision: object = delivery.prepare(session, message, now=now)
        prepared = decision if isinstance(decision, delivery.Prepared) else None
        content = _of_campaign(prepared) if prepared else None
    else:
        content = contents.read(session, message)
    if content is not None:
        decision = eligibility.decide(session, message, content.facts, now=now)
    match decision:
        case eligibility.Hold(until):
            outbox.hold(message, until)
            return None
        case eligibility.Skip(reason):
            _give_up(session, message, reason, now)
            return None
    assert content is not None and isinstance(decision, eligibility.Go)
    return content, decision.way


def _of_campaign(prepared: delivery.Prepared) -> Content:
    picture = prepared.picture
    return Content(prepared.text, prepared.buttons, prepared.image_url, prepared.facts, picture=picture)


def _give_up(session: Session, message: OutboundMessage, reason: str, now: datetime) -> None:
    """Nothing is sent; where a way was tried before, what the platform said of it is the reason."""
    _ring_up(session, message, reason, now)
    if message.tried:
        outbox.close(message, "failed", now=now, reason="ways", error=message.error)
    else:
        outbox.close(message, "skipped", now=now, reason=reason)


def _ring_up(session: Session, message: OutboundMessage, reason: str, now: datetime) -> None:
    """No way is left: staff are asked to ring, where it is worth it. Call it while the message still has its words."""
    if message.customer_id is not None and message.purpose in phoning.KINDS:
        words = contents.read(session, message).text
        phoning.want(session, message.customer_id, message.purpose, reason, words, now=now)


def _outbound(account: str, message: OutboundMessage, content: Content) -> Outbound:
    cards = [Card(card.title, card.subtitle, card.image_url, _taps(card.buttons)) for card in content.cards]
    return Outbound(
        account,
        message.user_id,
        content.text,
        _taps(content.buttons),
        content.image_url,
        message.public_id,
        Lane(message.lane).name.lower(),
        cards=cards,
    )


def _taps(buttons: Iterable[MessageButton]) -> list[Button]:
    return [Button(button.title, button.payload, button.contact) for button in buttons]


def _note_outages(session: Session, down: Outages, outcomes: Iterable[Outcome], now: datetime) -> None:
    """Count calls without an answer, and end the outage of whoever answered: before any customer is locked."""
    spoke = set()
    for outcome in outcomes:
        account_id = outcome.claimed.account_id
        if outcome.error is None or not outcome.error.is_outage:
            spoke.add(account_id)
        elif outages.failed(session, account_id, now=now):
            raising.raise_alert(session, "channel_down", _subject(session, account_id), outcome.error.code, now=now)
    for account_id in outages.answered(session, down, spoke):
        raising.close(session, "channel_down", _subject(session, account_id), now=now)


def _subject(session: Session, account_id: int) -> str:
    account = accounts.get(session, account_id)
    return f"{account.kind}:{account.external_id}"


def _settle(session: Session, outcomes: Iterable[Outcome], now: datetime) -> None:
    for outcome in outcomes:
        message = outbox.lock(session, outcome.claimed)
        if message is None or message.state != "sending" or message.fence != outcome.claimed.fence:
            continue  # too late: it was put in doubt meanwhile
        if outcome.error is None:
            routes.was_billed(session, message, is_billed=outcome.is_billed, now=now)
            _sent(session, message, outcome.provider_id, now)
        else:
            if outcome.error.no_attachment:
                uploads.forget(session, outcome.claimed.account_id, outcome.attachment, now=now)
            _refused(session, message, outcome.error, now)
            if outcome.error.action is not Action.UNKNOWN:
                budget.give_back(session, message)


def _sent(session: Session, message: OutboundMessage, provider_id: str, now: datetime) -> None:
    message.provider_id = provider_id or None
    outbox.close(message, "sent", now=now)
    if message.lane == Lane.PROMOTION and message.customer_id is not None:
        timeline.record(session, message.customer_id, "offer_sent", at=now, data={"message": message.public_id})


def _refused(session: Session, message: OutboundMessage, error: SendError, now: datetime) -> None:
    """What the platform's answer asks of us."""
    log.warning("send_refused", message_id=message.public_id, action=error.action.value, code=error.code)
    if error.is_unknown:
        _alert(session, message, "code_unknown", error, now)
    if error.action in NOT_THIS_WAY and _try_another(session, message, error, now):
        return
    match error.action:
        case Action.UNKNOWN:
            outbox.put_in_doubt(message, now=now, error=error.code)
        case Action.WINDOW:
            _ring_up(session, message, "window", now)
            outbox.close(message, "skipped", now=now, reason="window", error=error.code)
        case Action.PERSON:
            _ring_up(session, message, "person", now)
            outbox.close(message, "failed", now=now, reason="person", error=error.code)
            _mark_person(session, message, error.code, now)
        case Action.CONTENT:
            outbox.close(message, "failed", now=now, reason="content", error=error.code)
        case Action.STOP if error.only_templates:
            _alert(session, message, "templates_refused", error, now)
            _retry(message, error, now)
        case Action.STOP:
            _stop(session, message, error, now)
        case Action.RETRY | Action.REFRESH:
            _retry(message, error, now)


def _mark_person(session: Session, message: OutboundMessage, code: str, now: datetime) -> None:
    """Nobody writes to them this way again; by a template the refusal is of templates only."""
    if message.route in TEMPLATES:
        routes.refuse(session, message, code, now=now)
    elif identity := identities.find(session, message.channel_account_id, message.user_id):
        identities.mark_unreachable(session, identity, now=now)


def _try_another(session: Session, message: OutboundMessage, error: SendError, now: datetime) -> bool:
    """Whether a message that certainly did not go may go by its next way; each is tried once."""
    if message.route is None:
        return False
    budget.give_back(session, message)
    message.tried = ",".join([*routes.tried_of(message), message.route])
    if error.action is Action.PERSON:
        _mark_person(session, message, error.code, now)
    if not eligibility.has_another(session, message, now=now):
        return False
    message.state, message.error = "waiting", error.code
    outbox.hold(message, now)
    return True


def _stop(session: Session, message: OutboundMessage, error: SendError, now: datetime) -> None:
    """The whole channel is refused: nothing more leaves through it, and this message waits with the others."""
    account = accounts.get(session, message.channel_account_id)
    accounts.stop(session, account.id, error.code, now=now)
    raising.raise_alert(session, "channel_stopped", f"{account.kind}:{account.external_id}", error.code, now=now)
    message.state, message.error = "waiting", error.code
    outbox.hold(message, now)


def _alert(session: Session, message: OutboundMessage, kind: str, error: SendError, now: datetime) -> None:
    """Told once while it is open, one for each code."""
    account = accounts.get(session, message.channel_account_id)
    raising.raise_alert(session, kind, f"{account.kind}:{account.external_id}:{error.code}", error.code, now=now)


def _retry(message: OutboundMessage, error: SendError, now: datetime) -> None:
    if error.is_outage:  # nothing is wrong with the message: it goes as long as it has a point
        message.state, message.error = "waiting", error.code
        outbox.hold(message, now + (error.retry_after or OUTAGE_WAIT))
        return
    if error.code == SLOWED and error.retry_after is not None:  # held back, not refused: no try is spent
        message.state, message.error = "waiting", error.code
        outbox.hold(message, now + error.retry_after)
        return
    if message.attempts >= TRIES:
        outbox.close(message, "failed", now=now, reason="retries", error=error.code)
        return
    message.state, message.error = "waiting", error.code
    message.due_at = now + (error.retry_after or timedelta(seconds=2**message.attempts))
