"""Keeping every channel connected."""

from datetime import datetime

from structlog import get_logger

from bots.channel import Channel, SendError
from jobs.registry import Context, job
from loyalty.alerts import raising
from loyalty.channels import accounts

log = get_logger()


@job(cron="*/5 * * * *")
def keep_channels(context: Context, due_at: datetime) -> None:
    """Let each channel refresh what grows old; a refused one tries again, and stops anew if nothing was mended."""
    for channel in context.channels.values():
        try:
            channel.upkeep()
        except SendError as error:
            log.warning("upkeep_failed", channel=channel.kind, code=error.code)
        else:
            _resume(context, channel)


def _resume(context: Context, channel: Channel) -> None:
    now = context.clock()
    with context.transaction() as session:
        account = accounts.find(session, channel.kind, channel.account)
        if account is not None and account.stopped_at is not None and account.stopped_reason not in accounts.LASTING:
            accounts.resume(session, account.id)
            raising.close(session, "channel_stopped", f"{channel.kind}:{channel.account}", now=now)
