"""The first page: how the shop is doing, and what waits for whoever looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from flask import url_for

from loyalty.console import periods, waiting
from loyalty.console.desk import Desk
from loyalty.console.section import EVERYONE, Answer, Section
from loyalty.insights import products, reports, sales
from loyalty.insights.definitions import NUMBERS
from loyalty.insights.periods import Period
from loyalty.insights.products import Order
from loyalty.insights.reports import Against, Figure, Report
from loyalty.insights.sales import Matrix, Sold
from loyalty.staff import accounts
from loyalty.staff.permissions import Right
from loyalty.typed.money import format_money, format_points
from loyalty.words import Both

section = Section("today", Both("Hôm nay", "Today"), icon="sun", order=10, right=Right.REPORT)
SELLERS = 8
CARDS = [code for code in NUMBERS if code != "joined"]  # nearly the same people as the new customers
LINE_FROM = 32  # days from which a line is easier to read than bars
MONTHS_FROM = 100  # days from which months are
RANKED: Mapping[Order, Both] = {
    "sales": Both("Doanh số", "Sales"),
    "buyers": Both("Người mua", "Buyers"),
    "repeat": Both("Mua lại", "Bought again"),
}
THAN: Mapping[tuple[str, Against], Both] = {
    ("today", "before"): Both("So với cùng giờ hôm qua", "Against yesterday at this time"),
    ("today", "year"): Both("So với cùng ngày năm trước", "Against the same day last year"),
    ("", "before"): Both("So với {days} ngày trước đó", "Against the {days} days before"),
    ("", "year"): Both("So với cùng kỳ năm trước", "Against the same dates last year"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """A number as a card shows it. `change`: which way it went, in words, and whether that is good news."""

    label: str
    value: str
    meaning: str
    url: str
    change: tuple[int, str, str] | None
    spark: Sequence[int]
    kind: str


@dataclass(frozen=True, slots=True)
class Busiest:
    """The hour of the week with most bills."""

    name: str
    orders: int
    url: str


@section.get("/", right=EVERYONE)
def index(desk: Desk) -> Answer:
    """Numbers, what waits, charts. Cashiers have no numbers to see, and are sent where they work."""
    if not desk.may(Right.REPORT):
        return desk.go(url_for("console.counter.index"))
    name, against = periods.named(desk, usual="today"), _against(desk)
    period = Period.ending(name, desk.shop.day(desk.now))
    report = reports.make(desk.session, period, now=desk.now, against=against)
    than = THAN["today" if name == "today" else "", against].in_(desk.locale, days=len(period.days))
    return desk.render(
        "today/index.html",
        name=name,
        against=against,
        than=than,
        names={each: said.in_(desk.locale) for each, said in periods.NAMES.items()},
        me=accounts.name_of(desk.session, desk.member),
        cards=[_card(desk, report, figure) for figure in reports.shown(report, CARDS)],
        items=waiting.items(desk),
        **_sales_chart(desk, report),
        **_habits(desk, name),
    )


def _against(desk: Desk) -> Against:
    return "year" if desk.args.get("against") == "year" else "before"


def _card(desk: Desk, report: Report, figure: Figure) -> Card:
    number = figure.number
    return Card(
        label=number.label.in_(desk.locale),
        value=_written(desk, number.code, figure.value),
        meaning=number.meaning.in_(desk.locale),
        url=_rows(report.period, number.code),
        change=_change(desk, figure),
        spark=figure.by_day if len(figure.by_day) > 1 and any(figure.by_day) else (),
        kind="amber" if number.unit == "points" else "",
    )


def _rows(period: Period, code: str) -> str:
    """Where the rows behind a number are."""
    days: dict[str, Any] = periods.spell(period)
    match code:
        case "given" | "taken_back":
            return url_for("console.sales.movements", kind=code if code == "given" else "back", **days)
        case "new_customers" | "joined" | "active":
            return url_for("console.sales.people", which=code, **days)
        case "known_orders":
            return url_for("console.sales.index", known="yes", **days)
        case _:
            return url_for("console.sales.index", **days)


def _change(desk: Desk, figure: Figure) -> tuple[int, str, str] | None:
    if figure.percent is None:
        return (0, desk.t("trước đó: 0", "before: 0"), "same") if figure.value else None
    if not figure.percent:
        return 0, desk.t("như trước", "as before"), "same"
    rises = figure.percent > 0
    percent = format_points(abs(figure.percent), desk.locale)
    text = desk.t("tăng" if rises else "giảm", "up" if rises else "down")
    return (1 if rises else -1), f"{text} {percent}%", "up" if rises != figure.number.is_loss else "down"


def _written(desk: Desk, code: str, value: int) -> str:
    return format_money(value, desk.locale) if NUMBERS[code].unit == "money" else format_points(value, desk.locale)


def _sales_chart(desk: Desk, report: Report) -> dict[str, Any]:
    """Sales over time: the days of the period, at least a week of them; months of a year."""
    days = report.days
    if len(days) == 1:
        days = sales.by_day(desk.session, Period.ending("week", report.period.last))
    points = [(f"{day:%d/%m}", sold.sales, Period.of(day, day)) for day, sold in days.items()]
    if len(days) >= MONTHS_FROM:
        points = _by_month(days)
    return {
        "points": [(label, amount) for label, amount, _behind in points],
        "behind": [_rows(behind, "sales") for _label, _amount, behind in points],
        "is_line": LINE_FROM <= len(days) < MONTHS_FROM,
        "write_money": lambda amount: format_money(int(amount), desk.locale),
    }


def _by_month(days: Mapping[date, Sold]) -> list[tuple[str, int, Period]]:
    months = [(month, dict(found)) for month, found in groupby(days.items(), key=lambda item: f"{item[0]:%m/%Y}")]
    return [
        (month, sum(sold.sales for sold in found.values()), Period.of(min(found), max(found)))
        for month, found in months
    ]


def _habits(desk: Desk, name: str) -> dict[str, Any]:
    """What sells, when, and to whom: one day tells little, so at least thirty."""
    period = Period.ending("month" if name in ("today", "week") else name, desk.shop.day(desk.now))
    order: Order = next((each for each in RANKED if each == desk.args.get("rank")), "sales")
    matrix = sales.by_hour(desk.session, period)
    return {
        "habit_days": len(period.days),
        "days": periods.spell(period),
        "rank": order,
        "ranks": {each: said.in_(desk.locale) for each, said in RANKED.items()},
        "sellers": products.best(desk.session, period, order=order, limit=SELLERS),
        "tiers": sales.by_tier(desk.session, period),
        "matrix": [[cell.orders for cell in row] for row in _open_hours(matrix)],
        "lead": lambda weekday, column: _hour(period, weekday, _hours(matrix)[column]),
        "hours": [f"{hour}h" for hour in _hours(matrix)],
        "weekdays": [day.in_(desk.locale) for day in periods.WEEKDAYS],
        "busiest": _busiest(desk, matrix, period),
    }


def _hours(matrix: Matrix) -> range:
    """From the first hour anything was sold at to the last; a working day where nothing was."""
    sold = [hour for row in matrix for hour, cell in enumerate(row) if cell.orders]
    return range(min(sold), max(sold) + 1) if sold else range(8, 21)


def _open_hours(matrix: Matrix) -> Matrix:
    hours = _hours(matrix)
    return [row[hours.start : hours.stop] for row in matrix]


def _busiest(desk: Desk, matrix: Matrix, period: Period) -> Busiest | None:
    cells = [(cell.orders, weekday, hour) for weekday, row in enumerate(matrix) for hour, cell in enumerate(row)]
    orders, weekday, hour = max(cells)
    if not orders:
        return None
    name = f"{periods.WEEKDAYS[weekday].in_(desk.locale)} {hour}:00–{hour + 1}:00"
    return Busiest(name, orders, _hour(period, weekday, hour))


def _hour(period: Period, weekday: int, hour: int) -> str:
    """Where the bills of an hour of the week are."""
    days: dict[str, Any] = periods.spell(period)
    return url_for("console.sales.index", slot=f"{weekday}-{hour}", **days)
