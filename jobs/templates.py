"""The approved templates of every account, read again from time to time."""

from datetime import datetime

from structlog import get_logger

from bots.channel import SendError
from jobs.registry import Context, job
from jobs.tokens import every_account
from loyalty.channels import accounts
from loyalty.messaging import templates

log = get_logger()


@job(cron="17 * * * *")
def sync_templates(context: Context, due_at: datetime) -> None:
    """Keep what each platform tells of its templates: names, blanks, prices, status. A refused one keeps the old."""
    for channel in every_account(context):
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
