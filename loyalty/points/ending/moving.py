"""Ends of lots that move with what their customer does: a purchase, an earning, another tier.

The rules in force decide how far; under rules whose ends are known on the day of earning nothing moves, and what moved
before stays where it is. Only lots that have something left are touched.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session

from loyalty import many, shop
from loyalty.points import lots
from loyalty.points.accounts import Account
from loyalty.points.lots import LEDGER, LOTS
from loyalty.points.models import EntryKind
from loyalty.programme import expiry
from loyalty.programme.document import Policy, Programme
from loyalty.programme.expiry import FIXED, Facts
from loyalty.purchases.months import add_months
from loyalty.purchases.stats import PURCHASES, STANDING, STATS

YEAR_MONTHS = 12


def is_moving(rules: Programme) -> bool:
    """Whether lots earned under these rules have ends that move."""
    return rules.expiry.policy not in FIXED


def expires_on(session: Session, rules: Programme, account: Account, earned_on: date, today: date) -> date:
    """The last day points earned on a shop day can be used, as far as it is known today; `date.max`: they do not end.

    `account` is as it is with what earned them.
    """
    if not is_moving(rules):
        return lots.expiry(rules, earned_on)
    last = account.totals.last_purchase_at
    bought_on = None if last is None else shop.of(session).day(last)
    facts = Facts(earned_on, bought_on, _tier_until(session, rules, account, today))
    if rules.expiry.policy is not Policy.TIER_WINDOW and bought_on is not None and bought_on > earned_on:
        facts = replace(facts, bought_last_on=earned_on)  # what was bought since is looked at by `refresh`
    return expiry.last_day(rules.expiry, earned_on, facts) or date.max


def mark(session: Session, entry_id: int) -> None:
    """The lot of an earning moves from now on."""
    session.connection().execute(_MARK, {"of_lot": entry_id})


def follow(
    session: Session, before: Account, after: Account, rules: Programme, bought_on: date, *, gave: bool, now: datetime
) -> None:
    """Move the ends with a bill of a shop day just written: it gave points (`gave`), and the account is `after` it.

    `rules` are those in force today. One statement, unless the bill comes late and others have to be looked at.
    """
    if not is_moving(rules):
        return
    today, policy = shop.of(session).day(now), rules.expiry
    if policy.policy is Policy.TIER_WINDOW:
        if before.tier_since != after.tier_since:
            with_tier(session, after, rules, now=now)
        return
    if policy.policy is Policy.INACTIVITY and policy.activity == "earning" and not gave:
        return
    if bought_on < today:
        refresh(session, after, rules, now=now, only_longer=True)  # what its own day's rules gave it stays
        return
    until = expires_on(session, rules, after, today, today)
    session.connection().execute(_ONWARDS, {"customer": after.customer_id, "until": until})


def refresh(
    session: Session, account: Account, rules: Programme, *, now: datetime, only_longer: bool = False
) -> Account:
    """Work the ends of a locked customer's lots out anew, from what stands; the account after it, for whoever saves it.

    After a bill was undone or came back, after points were given back, after another tier. Once more changes nothing.
    `only_longer` moves no end back: under other rules than those it was earned by, a lot might live shorter.
    """
    if not is_moving(rules):
        return account
    rows = session.connection().execute(_OPEN, {"customer": account.customer_id}).all()
    if not rows:
        return account
    days = _days(session, account.customer_id, rules, min(row.earned_on for row in rows))
    until = _tier_until(session, rules, account, shop.of(session).day(now)) or date.max
    ends = [(row, _end(session, rules, account, row, days, until)) for row in rows]
    moved = [
        {"of_lot": row.entry_id, "until": end}
        for row, end in ends
        if end > row.expires_on or (end < row.expires_on and not only_longer)
    ]
    many.execute(session.connection(), _MOVE, moved)
    return replace(account, next_change_on=lots.next_change(session, account.customer_id))


def with_tier(session: Session, account: Account, rules: Programme, *, now: datetime) -> None:
    """Move the ends with another tier, which a locked account has got and which is written already."""
    if rules.expiry.policy is Policy.TIER_WINDOW:
        again = refresh(session, account, rules, now=now)
        session.connection().execute(
            _LOOK_AGAIN, {"customer": account.customer_id, "next_change_on": again.next_change_on}
        )


def allow_grace(session: Session, lot_ids: Sequence[int], rules: Programme, today: date) -> None:
    """What came back to lots that have ended can be used for the days of grace; without any it is lost."""
    if not rules.expiry.grace_days or not lot_ids:
        return
    rows = session.connection().execute(_ENDED, {"ids": list(lot_ids), "today": today}).all()
    again = [
        {"of_lot": row.entry_id, "until": expiry.usable_again(rules.expiry, row.expires_on, today), "moves": False}
        for row in rows
    ]
    many.execute(session.connection(), _GRACE, again)


def _end(session: Session, rules: Programme, account: Account, row: Any, days: Sequence[date], until: date) -> date:
    """Where the end of one lot is now."""
    if rules.expiry.policy is not Policy.TIER_WINDOW:
        return expiry.kept_alive(rules.expiry, row.earned_on, days)
    had_ended: bool = row.expires_on < shop.of(session).day(account.tier_since)
    end: date = row.expires_on if had_ended else max(until, row.earned_on)
    return end


def _tier_until(session: Session, rules: Programme, account: Account, today: date) -> date | None:
    """The last day of the window of the tier: so many months from the day it was reached, again and again.

    None: the lowest tier is held for good.
    """
    if rules.rank(account.tier) == 0:
        return None
    months = rules.qualification.months if rules.qualification.window == "rolling" else YEAR_MONTHS
    since = shop.of(session).day(account.tier_since)
    rounds = 1
    while (end := add_months(since, months * rounds)) < today:
        rounds += 1
    return end


def _days(session: Session, customer_id: int, rules: Programme, first: date) -> Sequence[date]:
    """The shop days with what keeps points alive, from the year of the oldest lot on, ascending."""
    is_earning = rules.expiry.activity == "earning" and rules.expiry.policy is Policy.INACTIVITY
    asked = {"customer": customer_id, "first": date(first.year, 1, 1)}
    return session.connection().scalars(_EARNED if is_earning else _BOUGHT, asked).all()


_EARNED_ON = case(  # what an undone return gives anew is of the day it came, not of its bill's
    (LEDGER.c.kind == EntryKind.EARN.value, func.coalesce(PURCHASES.c.purchased_on, LEDGER.c.posted_on)),
    else_=LEDGER.c.posted_on,
).label("earned_on")
_OPEN = (
    select(LOTS.c.entry_id, LOTS.c.expires_on, _EARNED_ON)
    .join_from(LOTS, LEDGER, LEDGER.c.id == LOTS.c.entry_id)
    .outerjoin(PURCHASES, PURCHASES.c.id == LEDGER.c.purchase_id)
    .where(LOTS.c.customer_id == bindparam("customer"), LOTS.c.remaining > 0, LOTS.c.moves)
)
_BOUGHT = (
    select(PURCHASES.c.purchased_on)
    .distinct()
    .where(PURCHASES.c.customer_id == bindparam("customer"), STANDING, PURCHASES.c.purchased_on >= bindparam("first"))
    .order_by(PURCHASES.c.purchased_on)
)
_EARNED = _BOUGHT.join_from(
    PURCHASES, LEDGER, (LEDGER.c.purchase_id == PURCHASES.c.id) & (LEDGER.c.kind == EntryKind.EARN.value)
).join(LOTS, LOTS.c.entry_id == LEDGER.c.id)
_MARK = LOTS.update().where(LOTS.c.entry_id == bindparam("of_lot")).values(moves=True)
_MOVE = LOTS.update().where(LOTS.c.entry_id == bindparam("of_lot")).values(expires_on=bindparam("until"))
_GRACE = _MOVE.values(moves=bindparam("moves"))
_ONWARDS = (
    LOTS.update()
    .where(LOTS.c.customer_id == bindparam("customer"), LOTS.c.remaining > 0, LOTS.c.moves)
    .where(LOTS.c.expires_on < bindparam("until"))
    .values(expires_on=bindparam("until"))
)
_LOOK_AGAIN = (
    STATS.update()
    .where(STATS.c.customer_id == bindparam("customer"))
    .values(next_change_on=bindparam("next_change_on"))
)
_ENDED = select(LOTS.c.entry_id, LOTS.c.expires_on).where(
    LOTS.c.entry_id.in_(bindparam("ids", expanding=True)),
    LOTS.c.remaining > 0,
    LOTS.c.expires_on < bindparam("today"),
)
