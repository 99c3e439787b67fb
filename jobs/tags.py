"""Customers' tags put on them at the platforms too, where the shop wished for it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from structlog import get_logger

from bots.channel import Action, Channel, MirrorsTags, SendError
from jobs.metering import granted
from jobs.registry import Context, job
from jobs.tokens import every_account
from loyalty.channels import accounts
from loyalty.customers import mirroring
from loyalty.customers.mirroring import Change, Seen
from loyalty.hooks import feed

log = get_logger()
BATCH = 20  # calls between two looks
MOST = 600  # of one account in one run
SETUP_REST = timedelta(hours=1)  # of an account whose platform does not let it tag at all
THEIRS = (Action.WINDOW, Action.PERSON, Action.CONTENT)  # refusals of this one person and tag


@job(cron="* * * * *")
def mirror_tags(context: Context, due_at: datetime) -> None:
    """Put there what is missing, take away what is no longer wanted; an account that refuses is left for a while.

    What is done is kept call by call, so that a run that breaks off goes on where it stopped; a call whose answer was
    lost is made again. While nothing changes, a run reads the end of the timeline, and once an hour everybody's tags.
    """
    for channel in every_account(context):
        if isinstance(channel, MirrorsTags):
            _mirror(context, channel)


def _mirror(context: Context, channel: Channel) -> None:
    end = feed.mark(context.database)
    is_final = feed.is_final(context.database, end)  # nothing can appear before it that was not seen
    for _ in range(MOST // BATCH):
        account_id, found = _due(context, channel, end.position if is_final else None)
        changes = _granted(context, channel, account_id, found)
        for change in changes:
            if context.stopping.is_set() or not _carry_out(context, channel, account_id, change):
                return
        if not changes:
            return


def _due(context: Context, channel: Channel, position: int | None) -> tuple[int, Sequence[Change]]:
    """The next changes; where there are none, up to which `position` of the timeline this is so is remembered."""
    now = context.clock()
    with context.read_only() as session:
        account = accounts.find(session, channel.kind, channel.account)
        if account is None or account.stopped_at is not None or now < context.tags_rest.get(account.id, now):
            return 0, ()
        seen = context.tags_seen.get(account.id)
        is_quiet = seen is not None and mirroring.is_quiet(session, account, seen, now=now)
        found = () if is_quiet else mirroring.due(session, account, now=now, limit=BATCH)
        wished = account.mirrors_tags
    if found:
        context.tags_seen.pop(account.id, None)
    elif position is not None:
        looked_at = seen.at if seen is not None and is_quiet else now
        context.tags_seen[account.id] = Seen(wished, looked_at, position)
    return account.id, found


def _granted(context: Context, channel: Channel, account_id: int, found: Sequence[Change]) -> Sequence[Change]:
    """As many as the platform's limit has calls for."""
    if not found:
        return ()
    now = context.clock()
    with context.transaction() as session:
        return found[: granted(context, session, account_id, len(found), channel.limit, now=now)]


def _carry_out(context: Context, channel: Channel, account_id: int, change: Change) -> bool:
    """One call, nothing locked, and what came of it; False when the account had better be left alone."""
    try:
        _call(channel, change)
    except SendError as error:
        log.warning("tag_not_mirrored", channel=channel.kind, action=error.action.value, code=error.code)
        return _refused(context, account_id, change, error)
    with context.transaction() as session:
        mirroring.settle(session, account_id, change, now=context.clock())
    return True


def _refused(context: Context, account_id: int, change: Change, error: SendError) -> bool:
    """Let the account rest for as long as the platform wants; whether others may be tried now."""
    now = context.clock()
    wait = SETUP_REST if error.action is Action.STOP else error.retry_after
    if wait is not None:
        context.tags_rest[account_id] = now + wait
    if _is_of_the_call(error):
        with context.transaction() as session:
            is_theirs = error.action in THEIRS
            mirroring.refuse(session, account_id, change, error.code, is_theirs=is_theirs, now=now)
    return error.action in THEIRS


def _is_of_the_call(error: SendError) -> bool:
    """Whether the platform refused it, and it is not only the moment that is wrong: no answer, a limit, a token."""
    is_again = error.action is Action.RETRY and error.retry_after is None and not error.is_outage
    return error.action in (*THEIRS, Action.STOP) or is_again


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
