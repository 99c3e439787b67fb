"""What must always hold of referrals, asked of the stored rows."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.points.models import LedgerEntry, OccasionGift
from loyalty.programme.document import Scope
from loyalty.referrals.models import Referral, State


def problems(session: Session) -> Iterator[str]:
    """A line for each referral whose points are not those its movements gave."""
    given = _given(session)
    for referral in session.scalars(select(Referral).order_by(Referral.id)):
        points, count = given.pop(referral.slot, (0, 0))
        noted = referral.referrer_points + referral.friend_points
        name = f"referral {referral.public_id}"
        if points != noted:
            yield f"{name}: notes {noted} points, its movements gave {points}"
        if (count > 0) != (referral.state in (State.PAID, State.TAKEN_BACK)):
            yield f"{name}: is {referral.state} with {count} movements"
    yield from (f"{slot}: {count} movements of no referral" for slot, (_points, count) in sorted(given.items()))


def _given(session: Session) -> dict[str, tuple[int, int]]:
    """Points and movements by what made them once."""
    query = (
        select(OccasionGift.slot, func.sum(LedgerEntry.points), func.count())
        .join(LedgerEntry, LedgerEntry.id == OccasionGift.entry_id)
        .where(OccasionGift.scope == Scope.REFERRAL.value)
        .group_by(OccasionGift.slot)
    )
    return {row[0]: (int(row[1]), row[2]) for row in session.execute(query)}
