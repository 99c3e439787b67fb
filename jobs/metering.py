"""The platforms' limits on calls, asked before each: of a message, of a picture sent up, of a tag."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import event
from sqlalchemy.orm import Session

from jobs.registry import Context
from loyalty.channels import calls
from loyalty.channels.calls import Limit


def granted(context: Context, session: Session, account_id: int, wanted: int, limit: Limit, *, now: datetime) -> int:
    """How many calls may be made now: out of this process's share of the window, and of another share if need be.

    What is left of a share is this process's once the session committed that it took it.
    """
    number = calls.window(limit, now)
    got = context.meter.spend(account_id, wanted, number)
    while got < wanted:
        share = calls.take_share(session, account_id, number, limit)
        if not share:
            break
        mine = min(share, wanted - got)
        _once_committed(session, partial(context.meter.add, account_id, number, share - mine))
        got += mine
    return got


def give_back(context: Context, session: Session, account_id: int, unused: int, limit: Limit, *, now: datetime) -> None:
    """Calls granted at `now` that are not made, as the session writes down; others may make them in the same window."""
    if unused:
        number = calls.window(limit, now)
        _once_committed(session, partial(context.meter.give_back, account_id, unused, number))


def _once_committed(session: Session, act: Callable[[], None]) -> None:
    """Not at the end of a savepoint. A session of ours commits once."""

    def follow(session: Session) -> None:
        if not session.in_nested_transaction():
            act()

    event.listen(session, "after_commit", follow)
