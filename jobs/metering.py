"""The platforms' limits on calls, asked before each: of a message, of a picture sent up, of a tag."""

from datetime import datetime

from sqlalchemy.orm import Session

from jobs.registry import Context
from loyalty.channels import calls
from loyalty.channels.calls import Limit


def granted(context: Context, session: Session, account_id: int, wanted: int, limit: Limit, *, now: datetime) -> int:
    """How many calls may be made now: out of this process's share of the window, and of another share if need be.

    Whoever rolls the session back forgets the meter: its shares are not this process's then.
    """
    number = calls.window(limit, now)
    got = context.meter.spend(account_id, wanted, number)
    while got < wanted:
        share = calls.take_share(session, account_id, number, limit)
        if not share:
            break
        context.meter.add(account_id, number, share)
        got += context.meter.spend(account_id, wanted - got, number)
    return got


def give_back(context: Context, account_id: int, unused: int, limit: Limit, *, now: datetime) -> None:
    """Calls granted at `now` that were not made; others may make them in the same window."""
    context.meter.give_back(account_id, unused, calls.window(limit, now))
