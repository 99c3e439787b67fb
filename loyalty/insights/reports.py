"""Every number of a period with the change against another one: what the console shows and `/baocao` says."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.insights import customers, movements, sales
from loyalty.insights.definitions import NUMBERS, Number
from loyalty.insights.periods import Period
from loyalty.insights.sales import Sold
from loyalty.points.models import EntryKind

OF_RETURNS = ("returned", "net_sales")
Against = Literal["before", "year"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a period, in the period it is compared with, and on each day (empty where days do not add up)."""

    number: Number
    value: int
    before: int
    by_day: Sequence[int] = ()

    @property
    def percent(self) -> int | None:
        """The change in percent, rounded; None where there was nothing before."""
        if not self.before:
            return None
        return round(100 * (self.value - self.before) / self.before)


@dataclass(frozen=True, slots=True)
class Report:
    period: Period
    before: Period
    figures: Mapping[str, Figure]  # by code, in the order of the definitions
    days: Mapping[date, Sold]


def make(session: Session, period: Period, *, now: datetime, against: Against = "before") -> Report:
    """The report of a period beside the days before it, or the same dates a year before.

    Where the last day is today, the other period ends at the same time of day.
    """
    here = shop.of(session)
    other = period.before(here, now) if against == "before" else period.year_before(here, now)
    these, those = _measured(session, period), _measured(session, other)
    figures = {
        code: Figure(number, these.values[code], those.values[code], these.by_day.get(code, ()))
        for code, number in NUMBERS.items()
    }
    return Report(period, other, figures, these.days)


def shown(report: Report, codes: Iterable[str]) -> Sequence[Figure]:
    """The figures of these codes; those about returned goods only where some came back, now or before."""
    returned = report.figures["returned"]
    is_any = bool(returned.value or returned.before)
    return [report.figures[code] for code in codes if is_any or code not in OF_RETURNS]


@dataclass(frozen=True, slots=True)
class _Measured:
    values: Mapping[str, int]
    by_day: Mapping[str, Sequence[int]]
    days: Mapping[date, Sold]


def _measured(session: Session, period: Period) -> _Measured:
    days = sales.by_day(session, period)
    by_day: dict[str, Sequence[int]] = {
        code: [read(sold) for sold in days.values()] for code, read in _OF_SALES.items()
    }
    moved = movements.by_day(session, period)
    gifts = zip(_series(moved[EntryKind.EARN]), _series(moved[EntryKind.BONUS]), strict=True)
    by_day["given"] = [earned + given for earned, given in gifts]
    by_day["taken_back"] = _series(movements.went_back(session, period))
    by_day["new_customers"] = _series(customers.new_by_day(session, period))
    by_day["joined"] = _series(customers.joined_by_day(session, period))
    values = {code: sum(series) for code, series in by_day.items()}
    values["average"] = sum(days.values(), Sold()).average
    values["active"] = sales.active_members(session, period)
    return _Measured(values, by_day, days)


def _series(by_day: Mapping[date, int]) -> Sequence[int]:
    return list(by_day.values())


_OF_SALES: Mapping[str, Callable[[Sold], int]] = {
    "sales": lambda sold: sold.sales,
    "returned": lambda sold: sold.returned,
    "net_sales": lambda sold: sold.net,
    "orders": lambda sold: sold.orders,
    "known_orders": lambda sold: sold.known_orders,
    "average": lambda sold: sold.average,
}
