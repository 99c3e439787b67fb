"""The day list: what was recorded on a day, each with its way back."""

from collections.abc import Sequence
from datetime import date, timedelta

from flask import url_for

from loyalty.console import bills
from loyalty.console.counter.here import section
from loyalty.console.desk import Desk
from loyalty.console.section import Answer
from loyalty.customers import profiles
from loyalty.insights import rows
from loyalty.insights.periods import Period
from loyalty.insights.rows import Choice
from loyalty.purchases.bills import EARLIEST
from loyalty.staff import accounts
from loyalty.staff.permissions import Right

PAGE = 50
DAY = timedelta(days=1)
FIRST = EARLIEST.date()


@section.get("/counter/day", right=Right.AWARD)
def day(desk: Desk) -> Answer:
    """One's own bills of a day; whoever may undo any sees everybody's, or one colleague's."""
    today = desk.shop.day(desk.now)
    on = _asked_day(desk, today)
    choice = Choice(Period.of(on, on), staff_id=_whose(desk))
    found = rows.bills(desk.session, choice, after=desk.args.get("after", ""), limit=PAGE + 1)
    shown = bills.show_all(desk, found[:PAGE])
    return desk.render(
        "counter/day.html",
        on=on,
        today=today,
        before=_address(desk, on - DAY) if on > FIRST else "",
        next=_address(desk, on + DAY) if on < today else "",
        sold=rows.sold(desk.session, choice),
        points=rows.given(desk.session, choice),
        bills=shown,
        more=_address(desk, on, after=shown[-1].purchase.public_id) if len(found) > PAGE else "",
        people=_colleagues(desk),
        chosen=desk.args.get("staff", ""),
    )


def _asked_day(desk: Desk, today: date) -> date:
    """The day in the address; nonsense and days to come are today."""
    try:
        asked = date.fromisoformat(desk.args.get("day", ""))
    except ValueError:
        return today
    return asked if FIRST <= asked <= today else today


def _address(desk: Desk, on: date, after: str | None = None) -> str:
    return url_for(".day", day=on.isoformat(), staff=desk.args.get("staff") or None, after=after)


def _whose(desk: Desk) -> int | None:
    """Whose bills: one's own, or the chosen colleague's; None is everybody's."""
    if not desk.may(Right.UNDO_ANY):
        return desk.member.id
    chosen = desk.args.get("staff", "")
    return accounts.get_public(desk.session, chosen).id if profiles.is_public_id(chosen) else None


def _colleagues(desk: Desk) -> Sequence[tuple[str, str]]:
    if not desk.may(Right.UNDO_ANY):
        return []
    return [(member.public_id, accounts.name_of(desk.session, member)) for member in accounts.list_all(desk.session)]
