"""When a campaign starts, as one chooses it in a form and as one reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from werkzeug.datastructures import MultiDict

from loyalty.campaigns import lifecycle, recurrence
from loyalty.campaigns.lifecycle import BadSchedule
from loyalty.campaigns.models import Campaign
from loyalty.campaigns.recurrence import Monthly, Weekly
from loyalty.console.desk import Desk
from loyalty.console.forms import Choice, Field, Form, FormSchema, Many, Moment, WholeNumber, wrong
from loyalty.words import Both

WAYS = {
    "now": Both("Gửi ngay", "Now"),
    "at": Both("Hẹn một lần", "Once, at a time"),
    "weekly": Both("Lặp lại mỗi tuần", "Every week"),
    "monthly": Both("Lặp lại mỗi tháng", "Every month"),
}
WEEKDAYS = {
    "1": Both("Thứ Hai", "Monday"),
    "2": Both("Thứ Ba", "Tuesday"),
    "3": Both("Thứ Tư", "Wednesday"),
    "4": Both("Thứ Năm", "Thursday"),
    "5": Both("Thứ Sáu", "Friday"),
    "6": Both("Thứ Bảy", "Saturday"),
    "0": Both("Chủ Nhật", "Sunday"),
}
NEEDED: Mapping[str, Sequence[str]] = {
    "now": (),
    "at": ("at",),
    "weekly": ("weekdays", "clock"),
    "monthly": ("day", "clock"),
}
NAMES = ("when", "at", "weekdays", "day", "clock")


class Clock(Field):
    """A time of the day: 09:30."""

    def read(self, value: str) -> time:
        try:
            return time.fromisoformat(value.strip()).replace(second=0, microsecond=0, tzinfo=None)
        except ValueError:
            raise wrong("Chưa đọc được giờ. Ví dụ đúng: 09:30", "That is no time. Right: 09:30") from None


class StartForm(FormSchema):
    """One of the ways, and what that way needs."""

    when = Choice(WAYS, required=True)
    at = Moment()
    weekdays = Many(WEEKDAYS)
    day = WholeNumber(low=1, high=31)
    clock = Clock()


@dataclass(frozen=True, slots=True)
class Start:
    """`at` once, `cron` again and again, neither: now."""

    at: datetime | None = None
    cron: str | None = None


def read(desk: Desk, form: Form) -> Start | None:
    """The start a form asks for; None when something is missing, said beside its field."""
    given = form.read()
    if given is None:
        return None
    needed = NEEDED[given["when"]]
    for name in needed:
        if not given.get(name):
            form.refuse(name, desk.t("Còn thiếu ô này.", "This is still missing."))
    if "at" in needed and given.get("at"):
        _check(desk, form, given["at"])
    if form.errors:
        return None
    return Start(cron=_rule(given["when"], given)) if "clock" in needed else Start(at=given["at"] if needed else None)


def _check(desk: Desk, form: Form, at: datetime) -> None:
    """Said while one writes, not at the last press."""
    try:
        lifecycle.check_start(at, now=desk.now)
    except BadSchedule as bad:
        form.refuse("at", desk.sentence(bad))


def _rule(way: str, given: dict[str, Any]) -> str:
    at, days, day = given["clock"], given.get("weekdays"), given.get("day")
    assert isinstance(at, time)
    if way == "weekly":
        assert isinstance(days, list)
        return recurrence.write(Weekly(tuple(int(each) for each in days), at))
    assert isinstance(day, int)
    return recurrence.write(Monthly(day, at))


def from_address(desk: Desk) -> Form:
    """The choice as an address carries it from one page to the next; without one, now."""
    sent = desk.args if "when" in desk.args else MultiDict({"when": "now"})
    return Form(StartForm, sent, MultiDict(), {}, session=desk.session, locale=desk.locale, known=desk.known)


def in_address(form: Form) -> dict[str, Any]:
    """A choice as the parameters of an address."""
    return {name: form[name] for name in NAMES if form[name]}


def upcoming(desk: Desk, start: Start) -> list[datetime]:
    """The next starts, three at most."""
    if start.cron is not None:
        return recurrence.upcoming(start.cron, desk.now, desk.shop.timezone)
    return [start.at or desk.now]


def of_campaign(campaign: Campaign) -> Start:
    return Start(campaign.at, campaign.cron)


def in_words(desk: Desk, start: Start) -> str:
    """When it starts, as one says it."""
    if start.cron is None:
        return desk.t("gửi ngay", "now") if start.at is None else _moment(desk, start.at)
    choice = recurrence.read(start.cron)
    match choice:
        case Weekly(days, at):
            named = ", ".join(WEEKDAYS[str(day)].in_(desk.locale) for day in days)
            every = desk.t("mỗi ngày", "every day") if len(days) == 7 else desk.t(f"mỗi {named}", f"every {named}")
            return desk.t(f"{every} lúc {at:%H:%M}", f"{every} at {at:%H:%M}")
        case Monthly(day, at):
            return desk.t(f"ngày {day} mỗi tháng lúc {at:%H:%M}", f"on day {day} of every month at {at:%H:%M}")
    return desk.t(f"theo lịch «{start.cron}»", f"by the rule “{start.cron}”")


def _moment(desk: Desk, at: datetime) -> str:
    local = at.astimezone(desk.shop.timezone)
    weekday = WEEKDAYS[str(local.isoweekday() % 7)].in_(desk.locale)
    return desk.t(f"{local:%H:%M} {weekday} {local:%d/%m/%Y}", f"{weekday} {local:%d %b %Y} at {local:%H:%M}")
