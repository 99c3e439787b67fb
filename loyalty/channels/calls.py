"""A platform's limit on calls, kept by all processes together: each takes a share of the window from the database."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.channels.models import ChannelCalls

SHARES = 20  # of a window: few enough to cost nothing, small enough that an idle process keeps little


class Limit(NamedTuple):
    """So many calls in so long."""

    calls: int
    per: timedelta


@dataclass(slots=True)
class Meter:
    """What one process may still call, by account: the window's number and what is left of its shares.

    All threads of the process that call spend of it.
    """

    held: dict[int, tuple[int, int]] = field(default_factory=dict)
    _turn: Lock = field(default_factory=Lock)

    def spend(self, account_id: int, wanted: int, number: int) -> int:
        """How many of the `wanted` calls its shares of this window allow; those are spent."""
        with self._turn:
            held, left = self.held.get(account_id, (number, 0))
            if held != number:
                return 0
            granted = min(wanted, left)
            self.held[account_id] = (number, left - granted)
            return granted

    def give_back(self, account_id: int, unused: int, number: int) -> None:
        """Calls spent of this window that were not made; of an older one they are gone."""
        with self._turn:
            held, left = self.held.get(account_id, (number, 0))
            if held == number:
                self.held[account_id] = (number, left + unused)

    def add(self, account_id: int, number: int, calls: int) -> None:
        """A share of a window; what was left of an older one is gone."""
        with self._turn:
            held, left = self.held.get(account_id, (number, 0))
            self.held[account_id] = (number, calls + (left if held == number else 0))


def window(limit: Limit, now: datetime) -> int:
    """The number of the window an instant lies in."""
    return int(now.timestamp() // limit.per.total_seconds())


def opens_next(limit: Limit, now: datetime) -> datetime:
    """When the next window begins."""
    seconds = limit.per.total_seconds()
    return now + timedelta(seconds=seconds - now.timestamp() % seconds)


def take_share(session: Session, account_id: int, number: int, limit: Limit) -> int:
    """Take a share of the window's calls; 0 when they are all taken. One row, one statement."""
    size = max(1, limit.calls // SHARES)
    row = ChannelCalls
    is_newer = row.number < number
    taken = upsert.insert(session, row).values(channel_account_id=account_id, number=number, taken=size)
    statement = taken.on_conflict_do_update(
        index_elements=["channel_account_id"],
        set_={"number": number, "taken": sa.case((is_newer, size), else_=row.taken + size)},
        where=is_newer | ((row.number == number) & (row.taken + size <= limit.calls)),
    ).returning(row.taken)
    return size if session.scalar(statement) is not None else 0
