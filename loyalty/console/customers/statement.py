"""A customer's statement for a span of days, on a page fit to be printed."""

from datetime import date

from flask import url_for

from loyalty.console.customers import movements
from loyalty.console.customers.here import render, section, whole_number
from loyalty.console.desk import Desk
from loyalty.console.section import Answer
from loyalty.customers import profiles
from loyalty.points import statements
from loyalty.points.statements import Sum
from loyalty.staff.permissions import Right
from loyalty.typed.months import Month
from loyalty.words import Both

PAGE = 200
FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)
SUMS = {
    Sum.EARNED: Both("Cộng từ đơn hàng", "From bills"),
    Sum.BONUS: Both("Tặng nhân một dịp", "Given on an occasion"),
    Sum.RELEASED: Both("Điểm chờ nay dùng được", "Waiting points that may be used now"),
    Sum.ADJUSTED: Both("Điều chỉnh, mang theo", "Adjusted, brought along"),
    Sum.GIVEN_BACK: Both("Hoàn lại", "Given back"),
    Sum.TAKEN_BACK: Both("Trừ lại do hủy", "Taken back"),
    Sum.USED: Both("Đã dùng", "Used"),
    Sum.EXPIRED: Both("Hết hạn", "Expired"),
}


@section.get("/customers/<public_id>/statement", right=Right.FIND)
def statement(desk: Desk, public_id: str) -> Answer:
    """Opening, sums by kind, closing, and the movements, oldest first; this month unless days are chosen."""
    customer, (first, last) = profiles.get_public(desk.session, public_id), _period(desk)
    made = statements.of(desk.session, customer.id, first, last)
    after = whole_number(desk.args.get("after", ""))
    found = statements.list_entries(desk.session, made, after=after, limit=PAGE + 1)
    more = _address(public_id, first, last, after=found[PAGE - 1].seq) if len(found) > PAGE else ""
    return render(
        desk,
        "statement.html",
        customer,
        made=made,
        sums=[(SUMS[kind].in_(desk.locale), points) for kind, points in made.sums.items()],
        movements=movements.show_all(desk, customer.id, found[:PAGE]),
        more=more,
        spans=_spans(desk, public_id),
    )


def _period(desk: Desk) -> tuple[date, date]:
    """The days in the address; nonsense is this month until today, and days the wrong way round are turned."""
    today = desk.shop.day(desk.now)
    first, last = _day(desk.args.get("from", ""), today.replace(day=1)), _day(desk.args.get("to", ""), today)
    return min(first, last), max(first, last)


def _day(typed: str, otherwise: date) -> date:
    try:
        asked = date.fromisoformat(typed)
    except ValueError:
        return otherwise
    return asked if FIRST <= asked <= LAST else otherwise


def _spans(desk: Desk, public_id: str) -> list[tuple[str, str]]:
    """Spans often asked for: what they are called, and their address."""
    today = desk.shop.day(desk.now)
    spans = (
        (desk.t("Tháng này", "This month"), (today.replace(day=1), today)),
        (desk.t("Tháng trước", "Last month"), Month(1).days(today)),
        (desk.t("Năm nay", "This year"), (today.replace(month=1, day=1), today)),
    )
    return [(name, _address(public_id, first, last)) for name, (first, last) in spans]


def _address(public_id: str, first: date, last: date, after: int | None = None) -> str:
    values = {"from": first.isoformat(), "to": last.isoformat(), "after": after}
    return url_for(".statement", public_id=public_id, **values)  # type: ignore[arg-type]  # one of them is a number
