"""What rewards did: how many were taken and fetched, what they cost, what came of each."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from loyalty.points.models import LedgerEntry
from loyalty.rewards.models import Redemption, Reward, State

GONE = (State.CANCELLED, State.EXPIRED)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Redemptions by what became of them, whole points and whole ₫."""

    held: int
    fulfilled: int
    cancelled: int
    expired: int
    points: int  # burned and not given back
    cost: int  # ₫ of what was handed over

    @property
    def fetched(self) -> int | None:
        """Percent of the codes that are over which were fetched, cancelled ones left out; None before the first."""
        over = self.fulfilled + self.expired
        return round(100 * self.fulfilled / over) if over else None


@dataclass(frozen=True, slots=True)
class Totals:
    """Of all rewards. `rate`: percent of all points ever given that were exchanged; None before the first."""

    numbers: Numbers
    rate: int | None


def totals(session: Session) -> Totals:
    """All rewards together."""
    numbers = _count(session)
    given = session.scalar(select(func.coalesce(func.sum(LedgerEntry.points), 0)).where(LedgerEntry.points > 0)) or 0
    returned = session.scalar(
        select(func.coalesce(func.sum(LedgerEntry.points), 0)).where(
            LedgerEntry.id.in_(select(Redemption.returned_id).where(Redemption.returned_id.is_not(None)))
        )
    )
    earned = given - (returned or 0)
    return Totals(numbers, round(100 * numbers.points / earned) if earned > 0 else None)


def of_reward(session: Session, reward: Reward) -> Numbers:
    """One reward."""
    return _count(session, Redemption.reward_id == reward.id)


def _count(session: Session, *where: ColumnElement[bool]) -> Numbers:
    cost = func.coalesce(func.sum(Redemption.cost), 0)
    kept = func.coalesce(func.sum(Redemption.price).filter(Redemption.returned_id.is_(None)), 0)
    rows = session.execute(
        select(Redemption.state, func.count(), kept, cost).where(*where).group_by(Redemption.state)
    ).all()
    count = {state: number for state, number, _, _ in rows}
    return Numbers(
        held=count.get(State.HELD, 0),
        fulfilled=count.get(State.FULFILLED, 0),
        cancelled=count.get(State.CANCELLED, 0),
        expired=count.get(State.EXPIRED, 0),
        points=sum(int(points) for _, _, points, _ in rows),
        cost=sum(int(spent) for state, _, _, spent in rows if state == State.FULFILLED),
    )
