"""Years beside one another, month by month: what a plan for the next one begins with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from loyalty.console.desk import Desk
from loyalty.console.section import Answer, Section
from loyalty.insights.portraits import keeping
from loyalty.insights.portraits.portrait import Month
from loyalty.staff.permissions import Right
from loyalty.typed.money import format_points
from loyalty.words import Both

section = Section("years", Both("Các năm", "Years"), icon="chart-bar", order=56, right=Right.REPORT, nav=False)
SHOWN: Mapping[str, tuple[Both, Callable[[Month], int]]] = {
    "revenue": (Both("Doanh số thực", "Net sales"), lambda month: month.revenue),
    "orders": (Both("Số đơn", "Bills"), lambda month: month.orders),
    "people": (Both("Người mua", "Buyers"), lambda month: month.people),
}
YEARS = 6  # columns


@dataclass(frozen=True, slots=True)
class Cell:
    """A month of a year; None where nothing was sold. `change`: against the year before, in words and which way."""

    value: int | None
    change: str
    direction: int


@section.get("/years", right=Right.REPORT)
def index(desk: Desk) -> Answer:
    """One number of every month, a column a year, as of last night."""
    name = desk.args.get("show", "")
    name = name if name in SHOWN else "revenue"
    whole = keeping.of_shop(desk.session)
    months = {each.month: SHOWN[name][1](each) for each in whole.portrait.months} if whole else {}
    years = sorted({month[:4] for month in months})[-YEARS:]
    this = desk.shop.day(whole.taken_at).strftime("%Y-%m") if whole else ""
    rows = [_row(desk, months, years, number, this) for number in range(1, 13)]
    return desk.render(
        "sales/years.html",
        show=name,
        names={code: said.in_(desk.locale) for code, (said, _) in SHOWN.items()},
        years=years,
        rows=rows,
        totals=_totals(months, years) if name != "people" else (),
        charted=[(f"{month[5:]}/{month[2:4]}", value) for month, value in list(months.items())[-36:]],
        whole=whole,
        this=this,
    )


def _row(desk: Desk, months: Mapping[str, int], years: Sequence[str], number: int, this: str) -> Sequence[Cell]:
    return [_cell(desk, months, f"{year}-{number:02}", this) for year in years]


def _cell(desk: Desk, months: Mapping[str, int], month: str, this: str) -> Cell:
    """A month that is not over is held against nothing."""
    value, before = months.get(month), months.get(f"{int(month[:4]) - 1:04}{month[4:]}")
    if value is None or not before or month == this:
        return Cell(value, desk.t("chưa hết tháng", "not over") if month == this else "", 0)
    percent = round(100 * (value - before) / before)
    return Cell(value, f"{'+' if percent >= 0 else '−'}{format_points(abs(percent), desk.locale)}%", percent)


def _totals(months: Mapping[str, int], years: Sequence[str]) -> Sequence[int]:
    """Of a year; people who buy in two months would be counted twice, so theirs are not added up."""
    return [sum(value for month, value in months.items() if month[:4] == year) for year in years]
