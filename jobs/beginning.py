"""What is about to leave: asked once more whether it may, by which way and for what money; committed as `sending`."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session
from structlog import get_logger

from bots.channel import Button, Card, Channel, Outbound, Route, Template, serving
from jobs import pictures, settling
from jobs.registry import Context
from loyalty.campaigns import delivery, queue
from loyalty.channels import accounts, outages
from loyalty.customers import profiles
from loyalty.messaging import budget, contents, eligibility, outbox, purses, routes
from loyalty.messaging.contents import Content, MessageButton
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import BY_PHONE, Claimed, Lane
from loyalty.messaging.ways import Way, next_day

log = get_logger()


@dataclass(frozen=True, slots=True)
class Ready:
    """A message committed as `sending`."""

    claimed: Claimed
    channel: Channel
    outbound: Outbound


def begin(session: Session, context: Context, chunk: Sequence[Claimed]) -> list[Ready]:
    """Commit the intent to send, customer by customer in one order, so that two workers never wait for each other."""
    if not chunk:
        return []
    now, silent = context.clock(), outages.counted(session)
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
    if isinstance(shown, datetime):
        outbox.hold(message, shown)
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
    settling.ring_up(session, message, reason, now)
    if message.tried:
        outbox.close(message, "failed", now=now, reason="ways", error=message.error)
    else:
        outbox.close(message, "skipped", now=now, reason=reason)


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
