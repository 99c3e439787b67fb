"""The nightly backup of this installation, on the machine whose worker takes the run."""

from datetime import datetime

from sqlalchemy.orm import Session
from structlog import get_logger

from jobs.registry import Context, job
from loyalty.alerts import raising
from loyalty.errors import LoyaltyError
from loyalty.installation.backups import making, shelf

log = get_logger()
ALERT, SUBJECT = "backup_failed", "nightly"


@job(cron="30 2 * * *")
def back_up(context: Context, due_at: datetime) -> None:
    """Make and prove tonight's backup, then drop the oldest beyond a fortnight. A failed one is tried a few times."""
    assert context.database.keyring is not None
    folder = shelf.nightly(context.settings, context.database.keyring)
    try:
        made = making.make(context.database, context.settings, folder, now=context.clock(), say=_quiet)
    except Exception as error:
        with context.transaction() as session:
            _complain(session, error, context.clock())
        raise
    log.info("backup_made", bytes=made.size, rows=sum(made.data.rows.values()))
    shelf.prune(folder)
    with context.transaction() as session:
        raising.close(session, ALERT, SUBJECT, now=context.clock())


def _complain(session: Session, error: Exception, now: datetime) -> None:
    reason = error.code if isinstance(error, LoyaltyError) else type(error).__name__
    raising.raise_alert(session, ALERT, SUBJECT, reason, now=now)


def _quiet(_line: str) -> None:
    """Nobody watches at night."""
