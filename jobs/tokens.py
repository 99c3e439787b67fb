"""Keeping every account of every channel connected."""

from collections.abc import Iterator
from datetime import datetime

from structlog import get_logger

from bots.channel import Channel, SendError, SeveralAccounts
from jobs.registry import Context, job
from loyalty.alerts import raising
from loyalty.channels import accounts
from loyalty.messaging import inbox
from loyalty.staff import audit
from loyalty.staff.audit import Author

log = get_logger()
BY_ITSELF = Author("system", "worker")


def every_account(context: Context) -> Iterator[Channel]:
    """A channel for each account the shop speaks through, those that came by a consent included."""
    for channel in context.channels.values():
        yield channel
        if isinstance(channel, SeveralAccounts):
            yield from filter(None, map(channel.of, channel.others()))


@job(cron="*/5 * * * *")
def keep_channels(context: Context, due_at: datetime) -> None:
    """Let each account refresh what grows old; a refused one tries again, and stops anew if nothing was mended."""
    for channel in every_account(context):
        try:
            mended = channel.upkeep()
        except SendError as error:
            log.warning("upkeep_failed", channel=channel.kind, code=error.code)
        else:
            _resume(context, channel)
            if mended is not None:
                _tell(context, channel, mended)


def _resume(context: Context, channel: Channel) -> None:
    now = context.clock()
    with context.transaction() as session:
        account = accounts.find(session, channel.kind, channel.account)
        if account is not None and account.stopped_at is not None and account.stopped_reason not in accounts.LASTING:
            accounts.resume(session, account.id)
            raising.close(session, "channel_stopped", f"{channel.kind}:{channel.account}", now=now)


def _tell(context: Context, channel: Channel, mended: str) -> None:
    """Write down what had been lost and tell the owner, unless nothing ever came: then it was the first time."""
    now = context.clock()
    with context.transaction() as session:
        if inbox.last_received(session, channel.kind, channel.account) is not None:
            log.warning("channel_mended", channel=channel.kind, what=mended)
            raising.raise_alert(session, f"{mended}_lost", f"{channel.kind}:{channel.account}", "", now=now)
            audit.record_by(session, BY_ITSELF, "channel_mended", f"channel:{channel.kind}", now=now)
