"""Spans of shop days that numbers are asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from sqlalchemy import ColumnElement, and_

from loyalty.errors import RuleViolation
from loyalty.purchases.months import add_months
from loyalty.shop import Shop

LONGEST = 366  # days: what one question may cost
LENGTHS: Mapping[str, int] = {"today": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}  # days, the last is today


class BadPeriod(RuleViolation):
    """Days in the wrong order, or more than 366 of them."""

    code = "bad_period"


@dataclass(frozen=True, slots=True)
class Period:
    """The shop days from `first` to `last`, both included.

    `until` cuts the last day short: a day half gone is compared with the same half of another.
    """

    first: date
    last: date
    until: datetime | None = None

    @classmethod
    def of(cls, first: date, last: date) -> Self:
        """Raises BadPeriod."""
        if not 0 <= (last - first).days < LONGEST:
            raise BadPeriod(first=first, last=last, most=LONGEST)
        return cls(first, last)

    @classmethod
    def ending(cls, name: str, today: date) -> Self:
        """A period of LENGTHS that ends with this shop day."""
        return cls(today - timedelta(days=LENGTHS[name] - 1), today)

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    def before(self, shop: Shop, now: datetime) -> "Period":
        """As many days just before it, as far as it has come by now."""
        length = timedelta(days=len(self.days))
        return self._compared(shop, now, self.first - length, self.last - length)

    def year_before(self, shop: Shop, now: datetime) -> "Period":
        """The same dates a year earlier, as far as it has come by now."""
        return self._compared(shop, now, add_months(self.first, -12), add_months(self.last, -12))

    def holds(self, on: ColumnElement[date], at: ColumnElement[datetime]) -> ColumnElement[bool]:
        """The condition for a row of the shop day `on` that happened at the instant `at`."""
        days = on.between(self.first, self.last)
        return days if self.until is None else and_(days, at <= self.until)

    def instants(self, shop: Shop) -> tuple[datetime, datetime]:
        """The first instant, and the first that is not part of it any more."""
        return shop.midnight(self.first), self.until or shop.midnight(self.last + timedelta(days=1))

    def _compared(self, shop: Shop, now: datetime, first: date, last: date) -> "Period":
        clock = now.astimezone(shop.timezone).timetz()
        return Period(first, last, datetime.combine(last, clock) if shop.day(now) == self.last else None)
