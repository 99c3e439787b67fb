"""Everything stored about rewards, worked out again from the redemptions."""

from collections.abc import Iterator

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from loyalty.points.models import LedgerEntry
from loyalty.rewards.models import Kind, Redemption, Reward, State, VoucherCode


def problems(session: Session) -> Iterator[str]:
    """A line for everything that does not add up. Give it one snapshot (`read_only()`)."""
    yield from _counts(session)
    yield from _burns(session)
    yield from _returns(session)
    yield from _lists(session)


def _counts(session: Session) -> Iterator[str]:
    """What is kept aside and spent is the sum of the redemptions; a code once shown stays paid for."""
    held = func.coalesce(func.sum(case((Redemption.state == State.HELD, 1), else_=0)), 0)
    shown = and_(Reward.kind == Kind.CODE, Redemption.fulfilled_at.is_not(None))
    counts = Redemption.state.in_((State.HELD, State.FULFILLED)) | shown
    spent = func.coalesce(func.sum(case((counts, Redemption.cost), else_=0)), 0)
    query = select(Reward, held, spent).outerjoin(Redemption, Redemption.reward_id == Reward.id).group_by(Reward.id)
    for reward, is_held, is_spent in session.execute(query):
        if (reward.held, reward.spent) != (is_held, is_spent):
            kept, right = f"{reward.held} held, {reward.spent} spent", f"{is_held} and {is_spent}"
            yield f"reward {reward.number}: {kept}; by its redemptions {right}"


def _burns(session: Session) -> Iterator[str]:
    """Each redemption burned exactly its price, of its own customer."""
    wrong = (LedgerEntry.points != -Redemption.price) | (LedgerEntry.customer_id != Redemption.customer_id)
    query = select(Redemption.public_id).join(LedgerEntry, LedgerEntry.id == Redemption.entry_id).where(wrong)
    for public_id in session.scalars(query):
        yield f"redemption {public_id}: its movement is not its price"
    stuck = select(Redemption.public_id).where(Redemption.state == State.REQUESTED)
    for public_id in session.scalars(stuck):
        yield f"redemption {public_id}: requested and never held"


def _returns(session: Session) -> Iterator[str]:
    """What came back reverses what was burned, and nothing came back of what is still held or was handed over."""
    query = select(Redemption.public_id).join(LedgerEntry, LedgerEntry.id == Redemption.returned_id)
    for public_id in session.scalars(query.where(LedgerEntry.reverses_id != Redemption.entry_id)):
        yield f"redemption {public_id}: what came back reverses another movement"
    standing = Redemption.state.in_((State.HELD, State.FULFILLED)) & Redemption.returned_id.is_not(None)
    for public_id in session.scalars(select(Redemption.public_id).where(standing)):
        yield f"redemption {public_id}: its points came back, and it stands"


def _lists(session: Session) -> Iterator[str]:
    """A reward of codes has as many in stock as there are free codes."""
    free = func.count(VoucherCode.id)
    joined = and_(VoucherCode.reward_id == Reward.id, VoucherCode.redemption_id.is_(None))
    query = select(Reward, free).outerjoin(VoucherCode, joined).where(Reward.kind == Kind.CODE).group_by(Reward.id)
    for reward, count in session.execute(query):
        if reward.stock != count:
            yield f"reward {reward.number}: {reward.stock} in stock, {count} free codes"
