"""The period a page is asked for in its address."""

from collections.abc import Mapping
from datetime import date

from loyalty.console.desk import Desk
from loyalty.insights.periods import LENGTHS, Period
from loyalty.purchases.bills import EARLIEST
from loyalty.words import Both

NAMES: Mapping[str, Both] = {
    "today": Both("Hôm nay", "Today"),
    "week": Both("7 ngày", "7 days"),
    "month": Both("30 ngày", "30 days"),
    "quarter": Both("90 ngày", "90 days"),
    "year": Both("12 tháng", "12 months"),
}
WEEKDAYS = (
    Both("T2", "Mon"),
    Both("T3", "Tue"),
    Both("T4", "Wed"),
    Both("T5", "Thu"),
    Both("T6", "Fri"),
    Both("T7", "Sat"),
    Both("CN", "Sun"),
)


def named(desk: Desk, *, usual: str) -> str:
    """The name of a period in the address (`period=week`); the usual one for any other text."""
    asked = desk.args.get("period", "")
    return asked if asked in LENGTHS else usual


def spelled(desk: Desk, *, usual: str = "month") -> Period:
    """The days in the address (`from=2026-11-01&to=2026-11-22`), or the usual period ending today.

    Raises BadPeriod when they stand in the wrong order, or are more than 366.
    """
    usually = Period.ending(usual, desk.shop.day(desk.now))
    first, last = _day(desk.args.get("from", "")), _day(desk.args.get("to", ""))
    if first is None and last is None:
        return usually
    last = last or usually.last
    return Period.of(first or last, last)


def spell(period: Period) -> dict[str, str]:
    """The days as they stand in an address."""
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}


def _day(text: str) -> date | None:
    """A day written as in an address; nonsense, and a day no bill can be of, is no day."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST.date() <= day <= date.max.replace(year=9000) else None
