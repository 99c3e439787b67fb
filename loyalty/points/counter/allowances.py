"""How much one member of staff may give in a day: asked before an award, where the rules limit their role."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.errors import RuleViolation
from loyalty.points.ledger import LEDGER
from loyalty.points.lots import LOTS
from loyalty.points.models import EntryKind
from loyalty.programme.document import Programme, RoleLimits
from loyalty.purchases.stats import PURCHASES, STANDING
from loyalty.staff.models import StaffMember


class LimitReached(RuleViolation):
    """A limit of the day: `given` of the `limit` are gone."""


class DayLimitReached(LimitReached):
    """`given` of the `limit` points of today are gone, and `points` more are too many; who has more left may do it."""

    code = "day_limit_reached"


class CustomerLimitReached(LimitReached):
    """This customer had `given` awards of the member's today, and `limit` is the most; a colleague may make another."""

    code = "customer_limit_reached"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a role may give in a shop day; None: as much as they like."""

    points: int | None = None  # whole points, by one member to everybody
    customer_awards: int | None = None  # awards by one member to one customer

    @property
    def is_unlimited(self) -> bool:
        return self.points is None and self.customer_awards is None


@dataclass(frozen=True, slots=True)
class Given:
    """What a member has given today, bills that were undone left out."""

    points: int = 0
    customer_awards: int = 0


def of_role(rules: Programme, role: str) -> Allowance:
    """What the rules let one member of a role give."""
    said = rules.limits.get(role, RoleLimits())
    return Allowance(said.points_per_day, said.customer_awards_per_day)


def hold(session: Session, member: StaffMember) -> None:
    """Let the awards of one member wait for each other until the transaction ends.

    Taken before the customer's lock; whoever records a bill of theirs elsewhere is not held up.
    """
    session.execute(select(StaffMember.id).where(StaffMember.id == member.id).with_for_update(key_share=True))


def require(
    session: Session, member: StaffMember, allowance: Allowance, customer_id: int | None, points: int, *, now: datetime
) -> None:
    """Let this member award `points` to a customer (None: one nobody knows yet), or say why not.

    Without a limit nothing is asked of the database. With one, the awards of one member wait for each other until the
    transaction ends: two at once cannot both be the last. Raises DayLimitReached, CustomerLimitReached.
    """
    if allowance.is_unlimited:
        return
    hold(session, member)
    check(allowance, given(session, member.id, customer_id, now=now), points)


def check(allowance: Allowance, given: Given, points: int) -> None:
    """Whether `points` more fit into the day. A bill that gives none always does, but for the number of awards.

    Raises CustomerLimitReached, DayLimitReached.
    """
    most = allowance.customer_awards
    if most is not None and given.customer_awards >= most:
        raise CustomerLimitReached(given=given.customer_awards, limit=most)
    limit = allowance.points
    if limit is not None and points > 0 and given.points + points > limit:
        raise DayLimitReached(given=given.points, limit=limit, points=points, left=max(0, limit - given.points))


def given(session: Session, staff_id: int, customer_id: int | None, *, now: datetime) -> Given:
    """From the member's own bills of today, found by member and time. What a bill promised is given too."""
    here = shop.of(session)
    midnight = here.midnight(here.day(now))
    to_customer = func.count().filter(PURCHASES.c.customer_id == customer_id)
    query = (
        select(func.coalesce(func.sum(_GIVEN), 0), to_customer)
        .select_from(PURCHASES)
        .join(LEDGER, and_(LEDGER.c.purchase_id == PURCHASES.c.id, LEDGER.c.kind == EntryKind.EARN.value))
        .outerjoin(LOTS, LOTS.c.entry_id == LEDGER.c.id)
        .where(PURCHASES.c.staff_id == staff_id, PURCHASES.c.recorded_at >= midnight, STANDING)
    )
    return Given(*map(int, session.execute(query).one()))


_GIVEN = case((LOTS.c.promised, LOTS.c.points), else_=LEDGER.c.points)
