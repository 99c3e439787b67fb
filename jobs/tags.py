"""Customers' tags put on them at the platforms too, where the shop wished for it."""

from collections.abc import Sequence
from datetime import datetime

from structlog import get_logger

from bots.channel import Action, Channel, MirrorsTags, SendError
from jobs.metering import granted
from jobs.registry import Context, job
from jobs.tokens import every_account
from loyalty.channels import accounts
from loyalty.customers import mirroring
from loyalty.customers.mirroring import Change

log = get_logger()
BATCH = 20  # calls between two looks
MOST = 600  # of one account in one run
THEIRS = (Action.WINDOW, Action.PERSON, Action.CONTENT)  # refusals of this one person and tag


@job(cron="* * * * *")
def mirror_tags(context: Context, due_at: datetime) -> None:
    """Put there what is missing, take away what is no longer wanted; an account that refuses is left for a minute.

    What is done is kept call by call, so that a run that breaks off goes on where it stopped; a call whose answer was
    lost is made again, which changes nothing.
    """
    for channel in every_account(context):
        if isinstance(channel, MirrorsTags):
            _mirror(context, channel)


def _mirror(context: Context, channel: Channel) -> None:
    for _ in range(MOST // BATCH):
        account_id, changes = _due(context, channel)
        for change in changes:
            if context.stopping.is_set() or not _carry_out(context, channel, account_id, change):
                return
        if not changes:
            return


def _due(context: Context, channel: Channel) -> tuple[int, Sequence[Change]]:
    """The next changes, as many as the platform's limit has calls for."""
    with context.transaction() as session:
        account = accounts.find(session, channel.kind, channel.account)
        if account is None or account.stopped_at is not None:
            return 0, ()
        found = mirroring.due(session, account, now=context.clock(), limit=BATCH)
        return account.id, found[: granted(context, session, account.id, len(found), channel.limit, now=now)]


def _carry_out(context: Context, channel: Channel, account_id: int, change: Change) -> bool:
    """One call, nothing locked, and what came of it; False when the account had better be left alone."""
    try:
        _call(channel, change)
    except SendError as error:
        log.warning("tag_not_mirrored", channel=channel.kind, action=error.action.value, code=error.code)
        if error.action not in THEIRS:
            return False
        with context.transaction() as session:
            mirroring.refuse(session, account_id, change, error.code, now=context.clock())
        return True
    with context.transaction() as session:
        mirroring.settle(session, account_id, change, now=context.clock())
    return True


def _call(channel: Channel, change: Change) -> None:
    """A refused token is replaced once. Raises SendError."""
    assert isinstance(channel, MirrorsTags)
    call = channel.put_tag if change.is_wanted else channel.take_tag
    try:
        call(change.user_id, change.tag)
    except SendError as error:
        if error.action is not Action.REFRESH:
            raise
        channel.renew()
        call(change.user_id, change.tag)
