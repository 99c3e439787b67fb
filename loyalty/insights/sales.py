"""What was sold in a period: by day, by tier, by hour and weekday. Each is one scan of the period's own bills."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, distinct, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from loyalty import shop
from loyalty.customers import consents
from loyalty.customers.consents import Purpose
from loyalty.customers.models import CustomerStats
from loyalty.insights import moments
from loyalty.insights.periods import Period
from loyalty.purchases.models import Purchase
from loyalty.purchases.stats import HAPPENED, NET, PURCHASES, STANDING
from loyalty.shop import Shop

HOURS, WEEKDAYS = 24, 7
BILLS = func.count().filter(STANDING)
OF_KNOWN = func.count().filter(STANDING, PURCHASES.c.made_customer.is_(False))
SUMS = (  # of bills that happened, in the order of `Sold`
    func.coalesce(func.sum(PURCHASES.c.total), 0),
    BILLS,
    OF_KNOWN,
    func.coalesce(func.sum(PURCHASES.c.returned), 0),
)


@dataclass(frozen=True, slots=True)
class Sold:
    """Whole ₫ paid, bills, those of them whose customer was on the books before, and ₫ of what was paid that went back.

    A bill all of which came back is no order.
    """

    sales: int = 0
    orders: int = 0
    known_orders: int = 0
    returned: int = 0

    @property
    def net(self) -> int:
        """Whole ₫ that stayed."""
        return self.sales - self.returned

    @property
    def average(self) -> int:
        """Whole ₫ a bill, of those that stayed, rounded down; 0 without a bill."""
        return self.net // self.orders if self.orders else 0

    def __add__(self, other: "Sold") -> "Sold":
        return Sold(
            self.sales + other.sales,
            self.orders + other.orders,
            self.known_orders + other.known_orders,
            self.returned + other.returned,
        )


@dataclass(frozen=True, slots=True)
class TierSales:
    """What the people of one tier bought and kept: whole ₫, and how many people."""

    tier: str  # the one held when they bought
    sales: int
    buyers: int

    @property
    def per_buyer(self) -> int:
        """Whole ₫ a person, rounded down."""
        return self.sales // self.buyers


Matrix = Sequence[Sequence[Sold]]  # seven weekdays, Monday first, of 24 hours each


def standing(period: Period) -> ColumnElement[bool]:
    """The bills of a period that count."""
    return period.holds(PURCHASES.c.purchased_on, PURCHASES.c.purchased_at) & STANDING


def happened(period: Period) -> ColumnElement[bool]:
    """The bills of a period that people paid, also those they brought back."""
    return period.holds(PURCHASES.c.purchased_on, PURCHASES.c.purchased_at) & HAPPENED


def counted(customer_id: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether somebody lets themselves be counted as a person; what they paid is in the shop's books either way."""
    return customer_id.not_in(consents.refusers(Purpose.EVALUATION))


def by_day(session: Session, period: Period) -> Mapping[date, Sold]:
    """Every day of the period in order, also those nothing was sold on."""
    on = PURCHASES.c.purchased_on
    query = select(on, *SUMS).where(happened(period)).group_by(on)
    found = {row[0]: Sold(*map(int, row[1:])) for row in session.execute(query)}
    return {day: found.get(day, Sold()) for day in period.days}


def active_members(session: Session, period: Period) -> int:
    """Members with a bill in the period, of those who let themselves be counted."""
    buyers = select(PURCHASES.c.customer_id).where(standing(period))
    members = select(func.count()).where(
        CustomerStats.joined_at.is_not(None), CustomerStats.customer_id.in_(buyers), counted(CustomerStats.customer_id)
    )
    return session.execute(members).scalar_one()


def by_tier(session: Session, period: Period) -> Sequence[TierSales]:
    """Tiers by what one of their people spent, the highest first; only those that bought and may be counted."""
    tier = PURCHASES.c.tier_before
    buyers = func.count(distinct(PURCHASES.c.customer_id))
    of_people = standing(period), counted(PURCHASES.c.customer_id)
    query = select(tier, func.sum(NET), buyers).where(*of_people).group_by(tier)
    found = [TierSales(code, int(sales), buyers) for code, sales, buyers in session.execute(query)]
    return sorted(found, key=lambda each: (-each.per_buyer, each.tier))


def by_hour(session: Session, period: Period) -> Matrix:
    """When people buy, by the shop's clock."""
    here = shop.of(session)
    slot = moments.slot(session, Purchase.purchased_at, period)
    query = select(slot, *SUMS).where(happened(period)).group_by(slot)
    cells: dict[tuple[int, int], Sold] = defaultdict(Sold)
    for at, *sums in session.execute(query):
        local = moments.read(at).astimezone(here.timezone)
        cells[local.weekday(), local.hour] += Sold(*map(int, sums))
    return [[cells[weekday, hour] for hour in range(HOURS)] for weekday in range(WEEKDAYS)]


def spans(period: Period, shop: Shop, weekday: int, hour: int) -> list[tuple[datetime, datetime]]:
    """The hours one cell of the matrix is made of, [from, to)."""
    begins = (
        datetime.combine(day, datetime.min.time(), shop.timezone).replace(hour=hour)
        for day in period.days
        if day.weekday() == weekday
    )
    return [(begin, begin + timedelta(hours=1)) for begin in begins]
