"""A bill paid with points, wholly or in part: how many may, and what they cover."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from loyalty.errors import RuleViolation
from loyalty.points.lots import LEDGER, SPENDS, Share
from loyalty.points.models import EntryKind, LedgerEntry
from loyalty.points.spending import InsufficientPoints
from loyalty.programme.document import Programme
from loyalty.purchases.models import Purchase

Wanted = int | Literal["max"] | None  # whole points to pay with, or as many as may


class PointsPayNothing(RuleViolation):
    """The rules say no worth of a point: bills are not paid with them."""

    code = "points_pay_nothing"


class TooManyPoints(RuleViolation):
    """`points` were to pay, and of this bill at most `most` may."""

    code = "too_many_points"


class Paid(NamedTuple):
    """Whole points, and the whole ₫ of the bill they cover."""

    points: int = 0
    amount: int = 0


NOTHING = Paid()


def most(rules: Programme, total: int, balance: int) -> int:
    """Whole points that may pay of a bill of `total` ₫ at a balance: within the share, in whole points."""
    terms = rules.redemption
    if terms.point_value is None or balance < terms.minimum_balance:
        return 0
    return max(0, min(balance, total * terms.max_share // 100 // terms.point_value))


def of_bill(rules: Programme, total: int, balance: int, wanted: Wanted) -> Paid:
    """What points pay of a bill. As many as may (`max`) may be none.

    Raises PointsPayNothing, InsufficientPoints (also below the balance the rules ask for), TooManyPoints.
    """
    if wanted is None:
        return NOTHING
    value = rules.redemption.point_value
    if value is None:
        raise PointsPayNothing
    possible = most(rules, total, balance)
    if wanted == "max":
        return Paid(possible, possible * value)
    if balance < (needed := max(wanted, rules.redemption.minimum_balance)):
        raise InsufficientPoints(balance, needed=needed)
    if wanted > possible:
        raise TooManyPoints(points=wanted, most=possible)
    return Paid(wanted, wanted * value)


def find(session: Session, purchase_id: int) -> LedgerEntry | None:
    """The movement that paid a bill."""
    return session.scalar(select(LedgerEntry).filter_by(purchase_id=purchase_id, kind=EntryKind.BURN))


def due_back(purchase: Purchase, amount: int) -> int:
    """Whole points that come back with `amount` ₫ more of a bill: its returns together give what one would."""
    before, after = purchase.returned, purchase.returned + amount
    return purchase.paid_points * after // purchase.total - purchase.paid_points * before // purchase.total


def shares_back(session: Session, purchase: Purchase, points: int) -> list[Share]:
    """So many points (negative) for the lots a bill was paid from, the last one first."""
    if not points:
        return []
    back, missing = [], points
    for share in reversed(_still_out(session, purchase)):
        if part := min(share.points, missing):
            back.append(Share(share.lot_id, -part))
            missing -= part
    return back


def merged(shares: Iterable[Share]) -> list[Share]:
    """One share for each lot, those that come to nothing left out."""
    found: dict[int, int] = {}
    for share in shares:
        found[share.lot_id] = found.get(share.lot_id, 0) + share.points
    return [Share(lot_id, points) for lot_id, points in found.items() if points]


def _still_out(session: Session, purchase: Purchase) -> list[Share]:
    """What the bill took from each lot and its returns have not given back, as it was taken."""
    burn = find(session, purchase.id)
    assert burn is not None, "points paid it"
    connection = session.connection()
    taken = connection.execute(_TAKEN, {"entry": burn.id}).all()
    rows = connection.execute(_GIVEN, {"purchase": purchase.id, "lots": [row.lot_id for row in taken]})
    given: Mapping[int, int] = {row.lot_id: int(row.points) for row in rows}
    return [Share(row.lot_id, row.points + min(0, given.get(row.lot_id, 0))) for row in taken]


_TAKEN = (
    select(SPENDS.c.lot_id, SPENDS.c.points).where(SPENDS.c.entry_id == bindparam("entry")).order_by(SPENDS.c.lot_id)
)
_GIVEN = (
    select(SPENDS.c.lot_id, func.sum(SPENDS.c.points).label("points"))
    .join_from(SPENDS, LEDGER, LEDGER.c.id == SPENDS.c.entry_id)
    .where(
        LEDGER.c.purchase_id == bindparam("purchase"),
        LEDGER.c.kind != EntryKind.BURN.value,
        SPENDS.c.lot_id.in_(bindparam("lots", expanding=True)),
    )
    .group_by(SPENDS.c.lot_id)
)
