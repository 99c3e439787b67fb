"""What a bill would be awarded: asked, never written."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers import profiles
from loyalty.errors import RuleViolation
from loyalty.points import paying, promises
from loyalty.points.lots import Promised
from loyalty.points.paying import Paid, Wanted
from loyalty.points.rating import caps, earning, looking
from loyalty.points.rating.caps import Occasion
from loyalty.points.rating.earning import Credit, Facts, Outcome
from loyalty.programme import versions
from loyalty.programme.document import Programme, Tier
from loyalty.purchases import bills, stats
from loyalty.purchases.bills import Bill


class UnknownTier(RuleViolation):
    """The rules of that day have no `tier` of this code; those there are: `known`."""

    code = "unknown_tier"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a bill would be awarded now, and by which rules."""

    credit: Credit
    tier: Tier
    programme: Programme
    outcome: Outcome
    promised: Promised | None = None  # from when on its points could be used; None: at once
    paid: Paid = paying.NOTHING  # what of it points would pay
    most: int = 0  # whole points that could pay of it


def of_total(
    session: Session,
    customer_id: int | None,
    total: int,
    *,
    now: datetime,
    store_id: int | None = None,
    pay_points: Wanted = None,
) -> Estimate:
    """What a bill of `total` ₫ would give a customer (None: a new one) now; nothing is written or locked.

    Raises CustomerNotFound, NoProgramme; PointsPayNothing, TooManyPoints, InsufficientPoints for `pay_points`.
    """
    return of_bill(session, customer_id, Bill(total, store_id or 0, pay_points=pay_points), now=now)


def of_bill(
    session: Session, customer_id: int | None, bill: Bill, *, now: datetime, tier: str | None = None
) -> Estimate:
    """The same of a whole bill, by the rules of the shop day it was, or will be, bought; perhaps in another tier.

    All else of the customer is as of now: carry, points, segments. Raises BadBill, PurchaseTooEarly, UnknownTier, too.
    """
    at = bill.purchased_at or now
    bill, day = bills.check(bill, now=max(at, now)), shop.of(session).day(at)
    rules = versions.at(session, day)
    known, balance = _known(session, rules, customer_id, tier)
    paid = paying.of_bill(rules, bill.total, balance, bill.pay_points)
    basket = looking.basket(session, rules, bill, day, at, paid.amount)
    facts = looking.facts(session, rules, customer_id, known, day, now=now)
    asked = earning.applying(rules, basket, facts)
    occasion = Occasion(customer_id or 0, day, bill.store_id)
    left = caps.left(session, asked, occasion, rules.earning.per_amount(bill.total), locked=False)
    outcome = earning.evaluate(rules, basket, replace(facts, left=left), asked)
    promised = promises.of_bill(rules, outcome.points, day, shop.of(session).day(now))
    credit, most = Credit(outcome.credit, outcome.points, outcome.carry), paying.most(rules, bill.total, balance)
    return Estimate(credit, rules.tier(known.tier), rules, outcome, promised, paid, most)


def _known(session: Session, rules: Programme, customer_id: int | None, tier: str | None) -> tuple[Facts, int]:
    """What a bill of theirs would meet, and their balance. Raises CustomerNotFound, UnknownTier."""
    if tier is not None and tier not in (codes := [each.code for each in rules.tiers]):
        raise UnknownTier(tier=tier, known=codes)
    if customer_id is None:
        return Facts(tier or rules.tiers[0].code, 0, is_first=True), 0
    row = session.execute(_HELD, {"customer_id": customer_id}).one_or_none()
    if row is None:
        raise profiles.CustomerNotFound(str(customer_id))
    return Facts(tier or rules.tier(row.tier).code, row.carry, is_first=row.orders == 0), row.points


_HELD = select(stats.STATS.c.carry, stats.STATS.c.tier, stats.STATS.c.orders, stats.STATS.c.points).where(
    stats.STATS.c.customer_id == bindparam("customer_id")
)
