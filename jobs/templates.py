"""The approved templates of every account, read again from time to time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from structlog import get_logger

from bots.channel import PlatformTemplate, SendError
from jobs.registry import Context, job
from loyalty.channels import accounts
from loyalty.messaging import templates

log = get_logger()


@runtime_checkable
class HasTemplates(Protocol):
    """A channel whose platform approves templates."""

    def templates(self) -> Sequence[PlatformTemplate]:
        """All of the account, as the platform tells now. Raises SendError."""


@job(cron="17 * * * *")
def sync_templates(context: Context, due_at: datetime) -> None:
    """Keep what each platform tells of its templates: names, blanks, prices, status. A refused one keeps the old."""
    for channel in context.channels.values():
        if not isinstance(channel, HasTemplates):
            continue
        try:
            told = channel.templates()
        except SendError as error:
            log.warning("templates_not_read", channel=channel.kind, code=error.code)
            continue
        with context.transaction() as session:
            account = accounts.find(session, channel.kind, channel.account)
            if account is not None:
                templates.sync(session, account.id, told, now=context.clock())
                templates.look_after(session, account.id, now=context.clock())
