"""Pictures of messages: sent up to the platforms ahead of them, by an upload of their own.

A message waits until its picture is up, before it is begun: should a process die during an upload, no message is in
doubt for it. What is up is good for days and serves every message.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session
from structlog import get_logger

from bots.channel import SLOWED, Action, Channel, Outbound, SendError, TakesPictures, serving
from jobs import metering, settling
from jobs.registry import Context, pump
from loyalty.channels import accounts, calls, outages
from loyalty.messaging.contents import Content
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.pictures import addresses, gallery, uploads
from loyalty.pictures.models import PictureUpload
from loyalty.pictures.uploads import Claimed

log = get_logger()
AT_ONCE = 4  # uploads of one round
UPLOAD_WAIT = timedelta(seconds=1)  # of a message, before it looks whether its picture is up
NOBODY_WAIT = timedelta(minutes=5)  # the channel has no credentials here
NOT_WANTED = (Action.CONTENT, Action.WINDOW, Action.PERSON)


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a message's picture comes from: the platform's name of it, else an address."""

    attachment: str = ""
    image_url: str = ""

    def on(self, outbound: Outbound) -> Outbound:
        """The message with it; one that has an address of its own keeps that."""
        return replace(outbound, attachment=self.attachment, image_url=self.image_url or outbound.image_url)


NONE = Shown()
Settle = Callable[[Session, Claimed, datetime], None]


def place(
    session: Session, channel: Channel, message: OutboundMessage, content: Content, *, now: datetime
) -> Shown | datetime:
    """The picture of a message about to go; while it is not up, when to look again.

    Who wrote does not wait where the platform can fetch it from its address; nor does anybody for a picture refused.
    """
    picture = gallery.find_public(session, content.picture) if content.picture else None
    if picture is None:
        return NONE
    by_address = Shown(image_url=addresses.public(session, picture))
    if not isinstance(channel, TakesPictures):
        return by_address
    found = uploads.find(session, picture.id, message.channel_account_id, now=now)
    if found is not None:
        return Shown(found.name, by_address.image_url) if found.name else by_address
    if message.lane == Lane.REPLY and by_address.image_url:
        return by_address
    tried_at = uploads.want(session, picture.id, message.channel_account_id, now=now)
    return max(tried_at, now + UPLOAD_WAIT)


@pump(rest=0.2)
def upload_pictures(context: Context) -> int:
    """Send wanted pictures up, each once for its account; returns how many were tried. Safe on many workers."""
    with context.read_only() as session:
        if not uploads.is_any_due(session, now=context.clock()):
            return 0
    with context.transaction() as session:
        outages.lock(session)
        now = context.clock()
        due = uploads.hold_due(session, limit=AT_ONCE, now=now)
        batch = [claimed for row in due if (claimed := _claim(context, session, row, now)) is not None]
    for claimed in batch:
        channel = serving(context.channels, claimed.kind, claimed.external_id)
        settle = _tried(channel, claimed) if isinstance(channel, TakesPictures) else _nobody
        with context.transaction() as session:
            settle(session, claimed, context.clock())
    return len(batch)


def _claim(context: Context, session: Session, row: PictureUpload, now: datetime) -> Claimed | None:
    """Take it, if the platform's limit leaves room for the call; else that is made when the next window opens.

    The call is asked for first: an outage's one try is not for who makes none.
    """
    account = accounts.get(session, row.channel_account_id)
    channel = serving(context.channels, account.kind, account.external_id)
    if channel is None:
        return uploads.claim(session, row, now=now)
    if not metering.granted(context, session, account.id, 1, channel.limit, now=now):
        uploads.rest(session, row, SLOWED, until=calls.opens_next(channel.limit, now))
        return None
    claimed = uploads.claim(session, row, now=now)
    if claimed is None:
        metering.give_back(context, session, account.id, 1, channel.limit, now=now)
    return claimed


def _tried(channel: TakesPictures, claimed: Claimed) -> Settle:
    """Send it up; how to write down what came of it."""
    try:
        name = _upload(channel, claimed)
    except SendError as error:
        return partial(_told, error, partial(_failed, error))
    except Exception:
        log.exception("upload_failed", channel=claimed.kind)
        return partial(_failed, SendError(Action.RETRY, "internal"))
    return partial(_told, None, partial(_done, name, channel.picture_life))


def _told(error: SendError | None, settle: Settle, session: Session, claimed: Claimed, now: datetime) -> None:
    """A call without an answer counts as one of a message does; any answer ends the outage."""
    settling.note_outages(session, outages.lock(session), [(claimed.account_id, error)], now)
    settle(session, claimed, now)


def _upload(channel: TakesPictures, claimed: Claimed) -> str:
    """The platform's name of it; a refused token is replaced once. Raises SendError."""
    try:
        return channel.upload(claimed.content, claimed.mime)
    except SendError as error:
        if error.action is not Action.REFRESH:
            raise
    channel.renew()
    return channel.upload(claimed.content, claimed.mime)


def _done(name: str, life: timedelta, session: Session, claimed: Claimed, now: datetime) -> None:
    uploads.ready(session, claimed, name, until=now + life)


def _nobody(session: Session, claimed: Claimed, now: datetime) -> None:
    uploads.later(session, claimed, "no_channel", until=now + NOBODY_WAIT, is_counted=False)


def _failed(error: SendError, session: Session, claimed: Claimed, now: datetime) -> None:
    """Classed as a failed send is; what may have gone up all the same is sent up once more."""
    log.warning("upload_refused", channel=claimed.kind, action=error.action.value, code=error.code)
    if error.action is Action.STOP:
        settling.stop(session, claimed.account_id, error.code, now=now)
    is_ours = not error.is_outage and error.action is not Action.STOP and error.code != SLOWED
    if is_ours and (error.action in NOT_WANTED or claimed.attempts >= uploads.TRIES):
        uploads.refused(session, claimed, error.code, now=now)
        return
    wait = error.retry_after or (timedelta(seconds=2**claimed.attempts) if is_ours else settling.OUTAGE_WAIT)
    uploads.later(session, claimed, error.code, until=now + wait, is_counted=is_ours)
