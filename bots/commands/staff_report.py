"""How the shop is doing, in a few lines and a picture."""

from datetime import date

from sqlalchemy.orm import Session

from bots import report_picture
from bots.commands import STAFF, Chat, Reply, command
from bots.texts import formats, text
from loyalty import shop
from loyalty.alerts import raising
from loyalty.errors import Unreadable
from loyalty.insights import reports
from loyalty.insights.periods import Period
from loyalty.insights.reports import Figure, Report
from loyalty.staff import approvals
from loyalty.staff.permissions import Right
from loyalty.typed import fold
from loyalty.typed.money import format_points

PERIODS = {
    "today": ("", "hom nay", "ngay", "ngay hom nay", "today", "day"),
    "week": ("tuan", "tuan nay", "tuan qua", "7 ngay", "7 ngay qua", "week", "this week", "7 days"),
    "month": ("thang", "thang nay", "thang qua", "30 ngay", "30 ngay qua", "month", "this month", "30 days"),
}
SHOWN = ("sales", "returned", "net_sales", "orders", "average", "given", "taken_back", "new_customers", "active")
COMPARED = ("sales", "orders", "new_customers")  # the others follow from these, or change too little to be read
MOST_WAITING = 99


class ReportUnclear(Unreadable):
    """Not one of the periods there are reports of."""

    code = "report_unclear"

    def __init__(self, typed: str) -> None:
        super().__init__(typed=fold.quote(typed))


def read_period(args: str) -> str:
    """today, week or month of `hôm nay`, `tuần`, `30 ngày` and the like; nothing is today. Raises ReportUnclear."""
    typed = fold.fold(args)
    found = next((name for name, words in PERIODS.items() if typed in words), None)
    if found is None:
        raise ReportUnclear(args)
    return found


@command("báo cáo", "report", for_=STAFF, right=Right.REPORT, help="/baocao hôm nay", reads=read_period)
def report(session: Session, chat: Chat, name: str) -> Reply:
    """`/baocao tuần`: sales, points and new customers against the days before, and what waits for somebody.

    With a picture of them where the platforms can fetch one.
    """
    here = shop.of(session)
    made = reports.make(session, Period.ending(name, here.day(chat.now)), now=chat.now)
    lines = [_head(chat, name, made, here)]
    lines += [_line(figure, name, chat.locale) for figure in reports.shown(made, SHOWN)]
    lines.append(_waiting(session, chat.locale))
    lines.append(text("report.see", chat.locale, link=f"{here.base_url}/console/"))
    return Reply("\n".join(lines), image_url=report_picture.address(session, name, chat.locale, now=chat.now))


def _head(chat: Chat, name: str, made: Report, here: shop.Shop) -> str:
    def day(on: date) -> str:
        return formats.day(on, chat.locale, here.day(chat.now))

    facts = {"first": day(made.period.first), "last": day(made.period.last), "at": formats.hour(chat.now, here)}
    return text(f"report.{name}", chat.locale, shop=here.name, **facts)


def _line(figure: Figure, name: str, locale: str) -> str:
    shown = {"label": figure.number.label.in_(locale), "value": _value(figure, locale)}
    if figure.number.code not in COMPARED or figure.percent is None:
        return text("report.line", locale, **shown)
    direction = "same" if not figure.percent else "up" if figure.percent > 0 else "down"
    than = text(f"report.than_{name}", locale)
    change = text(f"report.{direction}", locale, percent=format_points(abs(figure.percent), locale), than=than)
    return text("report.line_changed", locale, change=change, **shown)


def _value(figure: Figure, locale: str) -> str:
    if figure.number.unit == "money":
        return formats.money(figure.value, locale)
    return format_points(figure.value, locale)


def _waiting(session: Session, locale: str) -> str:
    """What somebody should look at: bills that wait for approval, alerts about what lasts."""
    lasting = [alert for alert in raising.list_open(session) if alert.kind not in raising.MOMENTS]
    counts = {"approvals": len(approvals.list_waiting(session, limit=MOST_WAITING)), "alerts": len(lasting)}
    parts = [text(f"report.{name}", locale, count=count) for name, count in counts.items() if count]
    return text("report.waiting", locale, things=", ".join(parts)) if parts else text("report.nothing_waits", locale)
