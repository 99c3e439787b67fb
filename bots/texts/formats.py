"""Points, money, days and hours as people read them: `1.250 điểm`, `250.000đ`, `31/12/2026`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from loyalty.shop import Shop
from loyalty.typed import fold
from loyalty.typed.money import format_money, format_points

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = {
    "vi": ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
LONGEST_NAME = 40


def points(count: int, locale: str) -> str:
    """`1.250 điểm`, `1 point`, `1,250 points`."""
    if locale == "vi":
        return f"{format_points(count)} điểm"
    return f"{format_points(count, locale)} {'point' if abs(count) == 1 else 'points'}"


def signed(count: int, locale: str) -> str:
    """`+25`, `−100`, `+0`."""
    return ("+" if count >= 0 else "") + format_points(count, locale)


def money(amount: int, locale: str) -> str:
    return format_money(amount, locale)


def multiplier(value: Fraction | float | str, locale: str) -> str:
    """`1,25` in Vietnamese, `1.25` otherwise."""
    shown = f"{float(Fraction(value)):g}"
    return shown.replace(".", ",") if locale == "vi" else shown


def day(on: date, locale: str, today: date) -> str:
    """`15/12`, with its year unless it is this one; `15 Dec` in English."""
    if locale == "vi":
        return f"{on:%d/%m}" if on.year == today.year else f"{on:%d/%m/%Y}"
    short = f"{on.day} {MONTHS[on.month - 1]}"
    return short if on.year == today.year else f"{short} {on.year}"


def month(on: date, locale: str) -> str:
    return f"{on:%m/%Y}" if locale == "vi" else f"{MONTHS[on.month - 1]} {on.year}"


def week(weekdays: Sequence[int], hours: str | None, locale: str) -> str:
    """`14:00-17:00, thứ hai, chủ nhật`: the hours, then the days; 0 is Monday, no days are every day."""
    named = WEEKDAYS["vi" if locale == "vi" else "en"]
    return ", ".join(filter(None, [hours or "", *(named[day] for day in weekdays)]))


def hour(instant: datetime, shop: Shop) -> str:
    """`10:42` at the shop."""
    return f"{instant.astimezone(shop.timezone):%H:%M}"


def moment(instant: datetime, locale: str, shop: Shop, now: datetime) -> str:
    """`10:42 hôm nay`, `10:42 ngày 12/11`; `10:42 today`, `10:42 on 12 Nov`."""
    on, today = shop.day(instant), shop.day(now)
    if on == today:
        return f"{hour(instant, shop)} {'hôm nay' if locale == 'vi' else 'today'}"
    return f"{hour(instant, shop)} {'ngày' if locale == 'vi' else 'on'} {day(on, locale, today)}"


def name(written: str) -> str:
    """A person's name fit to stand in a sentence: on one line, visible, of bearable length."""
    return fold.quote(written, LONGEST_NAME)


def facts(values: Mapping[str, Any], locale: str, today: date) -> dict[str, str]:
    """Facts for a sentence as people read them: whole points, days, names by locale; the rest as text."""
    return {name: _fact(value, locale, today) for name, value in values.items()}


def _fact(value: Any, locale: str, today: date) -> str:
    if isinstance(value, int):
        return points(value, locale)
    if isinstance(value, date):
        return day(value, locale, today)
    if isinstance(value, Mapping):
        return str(value.get(locale) or next(iter(value.values())))
    return str(value)
