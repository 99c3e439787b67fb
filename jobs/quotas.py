"""What every account may still send, asked of the platforms and kept for people to see."""

from datetime import datetime

from structlog import get_logger

from bots.channel import HasQuotas, Quota, SendError
from jobs.registry import Context, job
from jobs.tokens import every_account
from loyalty.channels import accounts, figures

log = get_logger()


@job(cron="25 * * * *")
def read_quotas(context: Context, due_at: datetime) -> None:
    """One look at each account; one that does not tell now is asked again in an hour."""
    for channel in every_account(context):
        if not isinstance(channel, HasQuotas):
            continue
        try:
            found = channel.quotas()
        except SendError as error:
            log.warning("quotas_unread", channel=channel.kind, code=error.code)
            continue
        with context.transaction() as session:
            account = accounts.find(session, channel.kind, channel.account)
            for quota in found if account is not None else ():
                assert account is not None
                figures.put(session, account.id, f"{figures.QUOTA}{quota.name}", _plain(quota), at=context.clock())


def _plain(quota: Quota) -> dict[str, object]:
    until = quota.until.isoformat() if quota.until is not None else None
    return {"left": quota.left, "total": quota.total, "until": until, "note": quota.note}
