"""When money for messages will be used up, in one sentence for people of the shop."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.messaging import pace
from loyalty.messaging.pace import Lasting, Outlook
from loyalty.typed.money import format_money
from loyalty.words import Both

UNTIL_END = Both("đủ đến hết tháng", "it lasts to the end of the month")
LONG = Both("còn đủ hơn một năm", "it lasts for more than a year")
SENTENCES: Mapping[Lasting, Both] = {
    Lasting.USED_UP: Both("Đã dùng hết.", "It is used up."),
    Lasting.UNKNOWN: Both(
        "Chưa đoán được ngày hết: cần có tin mất tiền ở ít nhất hai ngày trong {days} ngày qua.",
        "Too early to tell when it ends: that takes billed messages on at least two of the last {days} days.",
    ),
    Lasting.ENDS: Both(
        "Cứ như {days} ngày qua, khoảng {pace} mỗi ngày, tiền sẽ hết vào khoảng {on:%d/%m/%Y}.",
        "At the pace of the last {days} days, about {pace} a day, it is used up around {on:%d %b %Y}.",
    ),
    Lasting.LASTS: Both(
        "Cứ như {days} ngày qua, khoảng {pace} mỗi ngày, {until}.",
        "At the pace of the last {days} days, about {pace} a day, {until}.",
    ),
}


def of_month(session: Session, locale: str, *, now: datetime) -> str:
    """Of the month's money; empty where nothing is allowed."""
    return _sentence(pace.of_month(session, now=now), UNTIL_END, locale)


def of_purse(session: Session, purse_id: int | None, locale: str, *, now: datetime) -> str:
    """Of money set aside; empty where there is none."""
    found = pace.of_purse(session, purse_id, now=now)
    return "" if found is None else _sentence(found, LONG, locale)


def _sentence(found: Outlook, until: Both, locale: str) -> str:
    if found.state not in SENTENCES:
        return ""
    per_day = "" if found.per_day is None else format_money(found.per_day, locale)
    facts = {"days": found.days, "pace": per_day, "on": found.ends_on, "until": until.in_(locale)}
    return SENTENCES[found.state].in_(locale, **facts)
