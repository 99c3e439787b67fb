"""What the settings page shows of choices: values in words, what was changed, what differs from what holds now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from loyalty.channels import accounts
from loyalty.choices import chosen
from loyalty.choices.models import ChoiceChange
from loyalty.console.desk import Desk
from loyalty.console.forms import Form, FormSchema
from loyalty.db import settled_shop
from loyalty.messaging import budget
from loyalty.shop import Shop
from loyalty.typed.money import format_money, format_points
from loyalty.words import Both

LONGEST = 60  # characters of a value in a sentence
NAMES: Mapping[str, Both] = {
    "name": Both("tên cửa hàng", "the shop's name"),
    "contact": Both("liên hệ", "the contact"),
    "locale": Both("ngôn ngữ", "the language"),
    "quiet_hours": Both("giờ yên tĩnh", "the quiet hours"),
    "monthly_budget": Both("trần chi tiêu mỗi tháng", "the monthly ceiling"),
    "opening": Both("giờ mở cửa", "the opening hours"),
    "closed_days": Both("ngày nghỉ", "the days off"),
    "closed_text": Both("lời nhắn ngoài giờ", "the words outside the hours"),
    "address": Both("cách xưng hô", "the form of address"),
    "approval_people": Both("số khách cần người duyệt", "the number of people that needs a yes"),
    "approval_cost": Both("số tiền cần người duyệt", "the cost that needs a yes"),
    "shop_holdout": Both("nhóm đối chứng chung", "the shop's comparison group"),
    "offers_in_replies": Both("nhắc ưu đãi trong câu trả lời", "offers under answers"),
}
CAMPAIGN = ("approval_people", "approval_cost", "shop_holdout")
ADDRESSES: Mapping[str, str] = {"ban": "«bạn»", "anh_chi": "«anh/chị»"}
LOCALES: Mapping[str, Both] = {"vi": Both("Tiếng Việt", "Vietnamese"), "en": Both("Tiếng Anh", "English")}
ENVIRONMENT = Both("theo .env", "as in .env")
ON, OFF = Both("bật", "on"), Both("tắt", "off")
NONE = Both("không có", "none")
WRONG_DAYS = Both(
    "Chọn ngày từ hôm nay trở đi, mỗi lần nhiều nhất {most} ngày, ngày cuối không trước ngày đầu.",
    "Choose days from today on, at most {most} at once, the last not before the first.",
)
WEEKDAYS: Sequence[Both] = (
    Both("Thứ Hai", "Monday"),
    Both("Thứ Ba", "Tuesday"),
    Both("Thứ Tư", "Wednesday"),
    Both("Thứ Năm", "Thursday"),
    Both("Thứ Sáu", "Friday"),
    Both("Thứ Bảy", "Saturday"),
    Both("Chủ Nhật", "Sunday"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """One line of what was changed; `url` takes it back."""

    text: str
    who: str
    at: datetime
    url: str


def fresh_form(desk: Desk, schema: type[FormSchema], **initial: Any) -> Form:
    """A form as it begins, also on a page that shows another one with its errors."""
    return Form(schema, None, MultiDict(), initial, session=desk.session, locale=desk.locale, known=desk.known)


def settled(session: Session) -> Shop:
    """The shop as the environment has it."""
    return settled_shop(session)


def differing(session: Session, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The choices that would change something: a value that holds already needs none."""
    kept, here = chosen.row(session), chosen.of(session)
    quiet = here.quiet_hours
    holds: dict[str, Any] = {
        "name": here.name,
        "contact": here.contact,
        "locale": here.locale,
        "quiet_hours": f"{quiet.start:%H:%M}-{quiet.end:%H:%M}" if quiet else "",
        "monthly_budget": here.monthly_budget,
        "opening": kept.opening,
        "closed_days": kept.closed_days or [],
        "closed_text": here.closed_text,
        "address": here.address,
        "offers_in_replies": here.offers_in_replies,
        **{name: getattr(kept, name) for name in CAMPAIGN},
    }
    return {
        field: value
        for field, value in changes.items()
        if (getattr(kept, field) is not None if value is None else value != holds[field])
    }


def sentence(desk: Desk, change: ChoiceChange) -> str:
    """What was changed, with the value of before where it is one."""
    if len(change.after) > 1:
        fields = ", ".join(NAMES[field].in_(desk.locale) for field in change.after)
        return desk.t("Đã đổi {fields}.", "Changed {fields}.").format(fields=fields)
    [(field, after)] = change.after.items()
    words = desk.t("Đã đổi {field}: {before} → {after}.", "Changed {field}: {before} → {after}.")
    before = in_words(field, change.before[field], desk.locale)
    return words.format(field=NAMES[field].in_(desk.locale), before=before, after=in_words(field, after, desk.locale))


def in_words(field: str, value: Any, locale: str) -> str:
    """A choice as one reads it."""
    if isinstance(value, bool):
        return (ON if value else OFF).in_(locale)
    if value is None and field == "offers_in_replies":
        return ON.in_(locale)
    if field in CAMPAIGN:
        unit = {"approval_cost": "₫", "shop_holdout": "%"}.get(field, "")
        return NONE.in_(locale) if value is None else f"{format_points(value, locale)}{unit}"
    if value is None:
        if field == "address":
            return ADDRESSES["ban"]
        return (NONE if field in ("opening", "closed_days", "closed_text") else ENVIRONMENT).in_(locale)
    if value in ("", []):
        return NONE.in_(locale)
    match field:
        case "locale":
            return LOCALES[value].in_(locale)
        case "address":
            return ADDRESSES[value]
        case "monthly_budget":
            return format_money(value, locale)
        case "opening":
            return _week(value, locale)
        case "closed_days":
            return _shortened(", ".join(f"{date.fromisoformat(day):%d/%m/%Y}" for day in value))
        case "quiet_hours":
            return str(value).replace("-", " – ")
    return f"«{_shortened(str(value))}»"


def changes(desk: Desk, limit: int) -> list[Change]:
    """The newest changes, each with the way back."""
    return [
        Change(sentence(desk, change), desk.name_of(change.by), change.at, url_for(".undo", number=change.id))
        for change in chosen.list_changes(desk.session, limit=limit)
    ]


def closures(desk: Desk, days: Sequence[str]) -> list[date]:
    """The days off that are still to come."""
    return [day for day in map(date.fromisoformat, days) if day >= desk.shop.day(desk.now)]


def shares(desk: Desk) -> list[tuple[str, int, int]]:
    """What each channel cost this month: its kind, whole ₫, messages."""
    month = budget.of_month(desk.session, now=desk.now)
    return [(accounts.get(desk.session, account).kind, spent, count) for account, spent, count in month.shares]


def weekday_names(locale: str) -> list[str]:
    return [name.in_(locale) for name in WEEKDAYS]


def _week(stored: Sequence[Sequence[str]], locale: str) -> str:
    """Equal days in a row together: Thứ Hai – Thứ Sáu 08:00-21:00."""
    spans: list[tuple[int, int, str]] = []
    for number, day in enumerate(stored):
        hours = ", ".join(day) or ("closed" if locale == "en" else "nghỉ")
        if spans and spans[-1][2] == hours:
            spans[-1] = (spans[-1][0], number, hours)
        else:
            spans.append((number, number, hours))
    names = weekday_names(locale)
    return "; ".join(
        f"{names[first]} {hours}" if first == last else f"{names[first]} – {names[last]} {hours}"
        for first, last, hours in spans
    )


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
