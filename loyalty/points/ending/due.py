"""What falls due by itself: promises kept, points nobody used in time.

Whoever locks an account to spend from it, and a nightly job for everybody else, settles first: nothing depends on when
the job ran.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.activity import timeline
from loyalty.points import accounts, debts, ledger, lots
from loyalty.points.accounts import Account
from loyalty.points.ending import moving
from loyalty.points.ledger import Movement
from loyalty.points.lots import IS_PROMISE, LOTS
from loyalty.points.models import EntryKind
from loyalty.programme import versions
from loyalty.purchases.stats import STATS

ACTOR = "clock"


def settle(session: Session, account: Account, *, now: datetime) -> Account:
    """Keep the promises of a locked account that are due, take what has ended, and write the account if it changed.

    Costs nothing when nothing is due. Once more the same day changes nothing.
    """
    today = shop.of(session).day(now)
    if account.next_change_on is None or account.next_change_on > today:
        return account
    for promise in session.connection().execute(_PROMISED, {"customer_id": account.customer_id, "today": today}).all():
        account = keep(session, account, promise, actor=ACTOR, now=now)
    account = _expire(session, account, today, now)
    account = replace(account, next_change_on=lots.next_change(session, account.customer_id))
    accounts.save(session, account)
    return account


def keep(session: Session, account: Account, promise: Any, *, actor: str, now: datetime) -> Account:
    """Make a promised lot (a row of it) part of the balance; the account after it, for the caller to save.

    Where its end had passed by the day it fell due, it lives as long as what was earned on that day; without such a
    day it falls due today.
    """
    today, ends = shop.of(session).day(now), promise.expires_on
    due_on = promise.available_on or today
    if ends < due_on:
        ends = moving.expires_on(session, versions.at(session, due_on), account, due_on, today)
    key = f"release:{promise.entry_id}"
    movement = Movement(EntryKind.RELEASE, promise.remaining, 0, 0, key, actor)
    entry, account = ledger.must_post(session, account, movement, now=now)
    debts.pay(session, entry, promise.entry_id)
    session.connection().execute(_RELEASE, {"of_lot": promise.entry_id, "by": entry.id, "ends": ends})
    told = {"entry": entry.id, "points": entry.points, "earning": promise.entry_id}
    timeline.record(session, account.customer_id, "points_released", at=now, data=told)
    return replace(
        account,
        points_pending=account.points_pending - promise.remaining,
        next_change_on=lots.changes_on(account.next_change_on, ends),
    )


def sweep(session: Session, *, now: datetime, after_id: int = 0, limit: int = 500) -> int | None:
    """Settle the next `limit` customers after `after_id` for whom something is due.

    Returns the id to go on after, None when nobody is left. Repeating it the same day changes nothing.
    """
    today = shop.of(session).day(now)
    due: Sequence[int] = session.connection().scalars(_DUE, {"today": today, "after_id": after_id, "most": limit}).all()
    for account in accounts.lock_many(session, due).values():
        settle(session, account, now=now)
    return due[-1] if len(due) == limit else None


def _expire(session: Session, account: Account, today: date, now: datetime) -> Account:
    """One movement for all that ended before today; the account after it, for the caller to save."""
    if not (gone := lots.ended(session, account.customer_id, today)):
        return account
    points = sum(share.points for share in gone)
    key = f"expire:{account.public_id}:{account.ledger_seq + 1}"
    entry, account = ledger.must_post(session, account, Movement(EntryKind.EXPIRE, -points, 0, 0, key, ACTOR), now=now)
    lots.move(session, entry.id, account.customer_id, gone)
    told = {"entry": entry.id, "points": entry.points}
    timeline.record(session, account.customer_id, "points_expired", at=now, data=told)
    return account


_PROMISED = (
    select(LOTS)
    .where(LOTS.c.customer_id == bindparam("customer_id"), LOTS.c.remaining > 0, IS_PROMISE)
    .where(LOTS.c.available_on <= bindparam("today"))
    .order_by(LOTS.c.entry_id)
)
_RELEASE = (
    LOTS.update()
    .where(LOTS.c.entry_id == bindparam("of_lot"))
    .values(release_id=bindparam("by"), expires_on=bindparam("ends"))
)
_DUE = (
    select(STATS.c.customer_id)
    .where(STATS.c.next_change_on <= bindparam("today"), STATS.c.customer_id > bindparam("after_id"))
    .order_by(STATS.c.customer_id)
    .limit(bindparam("most"))
)
