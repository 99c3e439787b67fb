"""How values are written on a page: money, points, days and times of the shop, masked phones."""

from datetime import date, datetime, timedelta
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from loyalty.console.desk import Desk
from loyalty.typed import phones
from loyalty.typed.money import format_money, format_points

MISSING = "–"


def _desk(context: Context) -> Desk:
    desk = context["desk"]
    assert isinstance(desk, Desk)
    return desk


@pass_context
def money(context: Context, amount: int | None) -> str:
    """250.000đ, 250,000₫."""
    return MISSING if amount is None else format_money(amount, _desk(context).locale)


@pass_context
def number(context: Context, count: float | None) -> str:
    """1.250 in Vietnamese, 1,250 in English."""
    if count is None:
        return MISSING
    written = f"{count:,}" if isinstance(count, int) else f"{count:,.1f}"
    return written if _desk(context).locale == "en" else written.translate(str.maketrans(",.", ".,"))


@pass_context
def points(context: Context, count: int | None) -> str:
    """1.250 điểm, 1,250 points."""
    if count is None:
        return MISSING
    locale = _desk(context).locale
    word = "điểm" if locale != "en" else "point" if abs(count) == 1 else "points"
    return f"{format_points(count, locale)} {word}"


@pass_context
def day(context: Context, value: date | datetime | None) -> str:
    """31/12/2026, by the shop's calendar; 31 Dec 2026 in English."""
    if value is None:
        return MISSING
    on = _desk(context).shop.day(value) if isinstance(value, datetime) else value
    return f"{on:%d %b %Y}" if _desk(context).locale == "en" else f"{on:%d/%m/%Y}"


@pass_context
def moment(context: Context, at: datetime | None) -> str:
    """10:42 today, 12/11 10:42 this year, 12/11/2025 10:42 before."""
    if at is None:
        return MISSING
    desk = _desk(context)
    local, today = at.astimezone(desk.shop.timezone), desk.shop.day(desk.now)
    if local.date() == today:
        return f"{local:%H:%M}"
    return f"{local:%d/%m %H:%M}" if local.year == today.year else f"{local:%d/%m/%Y %H:%M}"


@pass_context
def ago(context: Context, at: datetime | None) -> str:
    """How long since: vừa xong, 5 phút trước, 3 giờ trước, 12 ngày trước."""
    if at is None:
        return MISSING
    desk = _desk(context)
    passed = max(desk.now - at, timedelta(0))
    if passed < timedelta(minutes=1):
        return desk.t("vừa xong", "just now")
    if passed < timedelta(hours=1):
        minutes = passed.seconds // 60
        return desk.t(f"{minutes} phút trước", f"{minutes} min ago")
    if passed < timedelta(days=1):
        hours = passed.seconds // 3600
        return desk.t(f"{hours} giờ trước", f"{hours} h ago")
    return desk.t(f"{passed.days} ngày trước", f"{passed.days} days ago" if passed.days > 1 else "yesterday")


def mask(phone: str | None) -> str:
    """0912 ••• 678."""
    return phones.mask(phone) if phone else MISSING


def plain_phone(phone: str | None) -> str:
    """0912 345 678, for whoever may see it."""
    return phones.spaced(phone) if phone else MISSING


@pass_context
def tier(context: Context, code: str) -> str:
    """The name of a tier, as the programme in force calls it."""
    desk = _desk(context)
    return desk.programme.tier_name(code, desk.locale)


FILTERS: dict[str, Any] = {
    "money": money,
    "number": number,
    "points": points,
    "day": day,
    "moment": moment,
    "ago": ago,
    "mask": mask,
    "plain_phone": plain_phone,
    "tier": tier,
}
