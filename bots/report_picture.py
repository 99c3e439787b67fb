"""The report of a day, a week or a month as a picture: sums only, nobody's name.

Its address says which period at which moment in which language, and until when; the numbers are asked for when a
platform fetches it, so none is in an address.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from bots import drawing, media
from bots.drawing import Chart, Tile
from bots.texts import LOCALES, formats, text
from loyalty import shop
from loyalty.db import keyring
from loyalty.insights import reports, sales
from loyalty.insights.periods import Period
from loyalty.insights.reports import Figure, Report
from loyalty.typed.money import format_points

PURPOSE = "report"
TILES = ("sales", "given", "new_customers")
NAMES = ("today", "week", "month")
OPEN, CLOSE = 8, 21  # hours always shown of a day
MILLION, THOUSAND = 1_000_000, 1_000


def address(session: Session, name: str, locale: str, *, now: datetime) -> str:
    """Where the picture of a period (today, week, month) as of now is, for a day; "" without a public address."""
    return media.address(session, f"{name}.{int(now.timestamp())}.{locale}", PURPOSE, until=now + media.HELD)


def png(session: Session, signed: str, *, now: datetime) -> bytes | None:
    """The picture an address was signed for; None for anything else, or when its time has passed."""
    what = media.opened(keyring(session), signed, PURPOSE, now=now)
    name, _, rest = (what or "").partition(".")
    at, _, locale = rest.partition(".")
    if name not in NAMES or locale not in LOCALES or not at.isdecimal():
        return None
    return drawing.png(chart(session, name, locale, now=datetime.fromtimestamp(int(at), UTC)))


def chart(session: Session, name: str, locale: str, *, now: datetime) -> Chart:
    """The numbers of `/baocao` and the sales of each day (of a day: of each hour) beside those of the period before."""
    here = shop.of(session)
    made = reports.make(session, Period.ending(name, here.day(now)), now=now)
    labels, these, those = _by_hour(session, made) if name == "today" else _by_day(session, made, locale)
    return Chart(
        title=here.name,
        span=_span(name, made, locale, here, now),
        tiles=[_tile(made.figures[code], locale) for code in TILES],
        caption=text("picture.by_hour" if name == "today" else "picture.by_day", locale),
        labels=labels,
        now=these,
        before=those,
        top=_short(max((*these, *those), default=0), locale),
        legend=(text("picture.now", locale), text(f"report.than_{name}", locale)),
    )


def _span(name: str, made: Report, locale: str, here: shop.Shop, now: datetime) -> str:
    def day(on: date) -> str:
        return formats.day(on, locale, here.day(now))

    if name == "today":
        return text("picture.today", locale, day=day(made.period.last), at=formats.hour(now, here))
    return text("picture.span", locale, first=day(made.period.first), last=day(made.period.last))


def _tile(figure: Figure, locale: str) -> Tile:
    is_money = figure.number.unit == "money"
    value = formats.money(figure.value, locale) if is_money else format_points(figure.value, locale)
    label = figure.number.label.in_(locale)
    if figure.percent is None:
        return Tile(label, value)
    change = f"{'+' if figure.percent >= 0 else '−'}{format_points(abs(figure.percent), locale)}%"
    return Tile(label, value, change, (figure.percent > 0) - (figure.percent < 0))


Series = tuple[Sequence[str], Sequence[int], Sequence[int]]


def _by_day(session: Session, made: Report, locale: str) -> Series:
    before = [sold.sales for sold in sales.by_day(session, made.before).values()]
    days = [f"{day:%d/%m}" if locale == "vi" else formats.day(day, locale, day) for day in made.days]
    return days, [sold.sales for sold in made.days.values()], before


def _by_hour(session: Session, made: Report) -> Series:
    these, those = (_hours(session, period) for period in (made.period, made.before))
    busy = [hour for hour in range(sales.HOURS) if these[hour] or those[hour]]
    first, last = min((OPEN, *busy)), max((CLOSE, *busy))
    return [f"{hour}h" for hour in range(first, last + 1)], these[first : last + 1], those[first : last + 1]


def _hours(session: Session, period: Period) -> list[int]:
    matrix = sales.by_hour(session, period)
    return [sum(matrix[weekday][hour].sales for weekday in range(sales.WEEKDAYS)) for hour in range(sales.HOURS)]


def _short(amount: int, locale: str) -> str:
    """`1,25tr`, `350k`; `1.25M` in English: for an axis."""
    if amount >= MILLION:
        written = f"{amount / MILLION:.2f}".rstrip("0").rstrip(".")
        return f"{written.replace('.', ',')}tr" if locale == "vi" else f"{written}M"
    return f"{amount // THOUSAND}k" if amount else "0"
