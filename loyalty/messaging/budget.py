"""Messages that cost money: never more in a month than the owner allowed, however many workers send at once.

A price is taken once, in the transaction that commits the intent to send; what certainly did not go out is given back.
The month's row is locked before any customer's, so that two workers never wait for each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop, upsert
from loyalty.choices import chosen
from loyalty.errors import RuleViolation
from loyalty.messaging import purses
from loyalty.messaging.models import BudgetMonth, BudgetShare, OutboundMessage


class OverBudget(RuleViolation):
    """The month has not so much left."""

    code = "over_budget"


@dataclass(frozen=True, slots=True)
class Budget:
    """One month in whole ₫. `shares` are (channel account id, spent, messages)."""

    month: str
    ceiling: int
    spent: int
    shares: Sequence[tuple[int, int, int]] = ()

    @property
    def left(self) -> int:
        return max(self.ceiling - self.spent, 0)


def of_month(session: Session, *, now: datetime) -> Budget:
    """What the owner allows for the shop's month, and what is spent of it."""
    month = month_of(session, now)
    spent = session.scalar(sa.select(BudgetMonth.spent).filter_by(month=month)) or 0
    shares = session.execute(
        sa.select(BudgetShare.channel_account_id, BudgetShare.spent, BudgetShare.messages)
        .filter_by(month=month)
        .order_by(BudgetShare.channel_account_id)
    )
    return Budget(month, chosen.of(session).monthly_budget, spent, [(row[0], row[1], row[2]) for row in shares])


def left(session: Session, *, now: datetime) -> int:
    """Whole ₫ that may still be spent this month."""
    return of_month(session, now=now).left


def lock(session: Session, *, now: datetime) -> BudgetMonth:
    """The shop's month, made where it is missing: nobody else spends until the transaction ends.

    Whoever begins several messages calls it first, before it locks a customer.
    """
    return _lock(session, month_of(session, now), chosen.of(session).monthly_budget)


def affords(session: Session, message: OutboundMessage, *, now: datetime) -> bool:
    """Whether its price is paid already, or `take` would pay it. Locks the month."""
    if not message.price or message.billed_in is not None:
        return True
    month = lock(session, now=now)
    return month.spent + message.price <= month.ceiling and purses.holds(session, message)


def take(session: Session, message: OutboundMessage, *, now: datetime) -> bool:
    """Pay for a message that is about to be sent; False, and nothing is taken, when the month or the message's purse
    has not so much left.

    Paying again for the same message takes nothing.
    """
    if not affords(session, message, now=now):
        return False
    if message.price and message.billed_in is None:
        message.billed_in = month_of(session, now)
        _spend(session, message, message.price, 1)
        purses.take(session, message)
    return True


def charge(session: Session, message: OutboundMessage, *, now: datetime) -> None:
    """A message that went as free was billed: the month and its purse bear it, even above what was allowed."""
    month = lock(session, now=now)
    month.ceiling = max(month.ceiling, month.spent + message.price)
    session.flush()
    message.billed_in = month.month
    _spend(session, message, message.price, 1)
    purses.take(session, message)


def give_back(session: Session, message: OutboundMessage) -> None:
    """It certainly did not go out: its price is the month's again. Repeating gives nothing."""
    if message.billed_in is not None:
        _lock(session, message.billed_in, chosen.of(session).monthly_budget)
        _spend(session, message, -message.price, -1)
        purses.give_back(session, message)
        message.billed_in = None
        session.flush()


def month_of(session: Session, now: datetime) -> str:
    """The shop's month of an instant: 2026-11."""
    return f"{shop.of(session).day(now):%Y-%m}"


def _lock(session: Session, month: str, allowed: int) -> BudgetMonth:
    made = upsert.insert(session, BudgetMonth).values(month=month, ceiling=allowed, spent=0)
    session.execute(made.on_conflict_do_nothing())
    found = session.scalars(
        sa.select(BudgetMonth).filter_by(month=month).with_for_update().execution_options(populate_existing=True)
    ).one()
    found.ceiling = max(allowed, found.spent)  # an allowance lowered under what is spent takes nothing back
    session.flush()
    return found


def _spend(session: Session, message: OutboundMessage, amount: int, messages: int) -> None:
    month = session.get_one(BudgetMonth, message.billed_in)
    month.spent += amount
    values = {"month": month.month, "channel_account_id": message.channel_account_id}
    share = upsert.insert(session, BudgetShare).values(**values, spent=0, messages=0)
    session.execute(share.on_conflict_do_nothing())
    mine = sa.update(BudgetShare).filter_by(**values)
    session.execute(
        mine.values(spent=BudgetShare.spent + amount, messages=BudgetShare.messages + messages).execution_options(
            synchronize_session=False
        )
    )
    session.flush()
