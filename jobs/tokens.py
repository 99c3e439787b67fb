"""Keeping every channel connected."""

from datetime import datetime

from structlog import get_logger

from bots.channel import SendError
from jobs.registry import Context, job

log = get_logger()


@job(cron="*/5 * * * *")
def refresh_tokens(context: Context, due_at: datetime) -> None:
    """Let each channel refresh what grows old, long before a message is refused for it."""
    for channel in context.channels.values():
        try:
            channel.upkeep()
        except SendError as error:
            log.warning("upkeep_failed", channel=channel.kind, code=error.code)
