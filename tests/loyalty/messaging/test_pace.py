"""When money for messages will be used up, at the pace of the last days; honest where that says nothing."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from loyalty.choices import chosen
from loyalty.messaging import budget, pace, pace_words, purses
from loyalty.messaging.pace import Lasting, Outlook
from tests.builders import NOON
from tests.loyalty.messaging.test_budget import put

DAY = timedelta(days=1)  # NOON is on 22 November: the month has 8 days and a half left
ENDS, LASTS, UNKNOWN, USED_UP, NOTHING = (Lasting(each) for each in ("ends", "lasts", "unknown", "used_up", "nothing"))


def spend(session: Session, *days_ago: float, purse_id: int | None = None, price: int = 300) -> None:
    """One billed message each."""
    for number, days in enumerate(days_ago):
        message = put(session, f"{purse_id}-{number}", price)
        message.began_at, message.purse_id = NOON - days * DAY, purse_id
        assert budget.take(session, message, now=NOON)
    session.flush()


@pytest.mark.parametrize(
    ("ceiling", "days_ago", "expected"),
    [
        (0, (), Outlook(NOTHING, 7)),
        (10_000, (), Outlook(UNKNOWN, 7)),
        (10_000, (0, 0.2), Outlook(UNKNOWN, 7)),  # on one day
        (10_000, (30, 2), Outlook(UNKNOWN, 7)),  # only one of them lately
        (600, (2, 1), Outlook(USED_UP, 7)),
        (900, (2, 1), Outlook(ENDS, 7, 300, date(2026, 11, 23))),  # 600 in two days, 300 left: a day
        (2_100, (2, 1), Outlook(ENDS, 7, 300, date(2026, 11, 27))),
        (600 + 8 * 300, (2, 1), Outlook(ENDS, 7, 300, date(2026, 11, 30))),
        (600 + 9 * 300, (2, 1), Outlook(LASTS, 7, 300)),
        (2_400, (7, 3, 2), Outlook(LASTS, 7, 129)),  # 900 in the whole of seven days, 1,500 left
    ],
)
def test_the_months_money_at_the_pace_of_the_last_days(
    session: Session, ceiling: int, days_ago: Sequence[float], expected: Outlook
) -> None:
    chosen.save(session, {"monthly_budget": ceiling}, by="cli", now=NOON)
    spend(session, *days_ago)

    assert pace.of_month(session, now=NOON) == expected


def test_money_set_aside_asks_only_what_it_paid_itself_and_no_month(session: Session) -> None:
    chosen.save(session, {"monthly_budget": 1_000_000}, by="cli", now=NOON)
    small, large = purses.open_with(session, 9_000), purses.open_with(session, 500_000)
    for purse_id in (small, large, None):
        spend(session, 20, 10, purse_id=purse_id)

    assert pace.of_purse(session, small, now=NOON) == Outlook(ENDS, 28, 30, date(2027, 8, 29))  # 8,400 left, 280 days
    assert pace.of_purse(session, large, now=NOON) == Outlook(LASTS, 28, 30)
    assert pace.of_purse(session, None, now=NOON) is None


def test_what_did_not_go_out_is_no_pace(session: Session) -> None:
    chosen.save(session, {"monthly_budget": 10_000}, by="cli", now=NOON)
    spend(session, 3, 1)
    refused = put(session, "refused")
    refused.began_at = NOON - 2 * DAY
    assert budget.take(session, refused, now=NOON)
    budget.give_back(session, refused)

    assert pace.of_month(session, now=NOON).per_day == 200


def test_it_is_said_in_both_languages(session: Session) -> None:
    assert pace_words.of_month(session, "vi", now=NOON) == ""
    chosen.save(session, {"monthly_budget": 2_100}, by="cli", now=NOON)
    spend(session, 2, 1)

    said = pace_words.of_month(session, "vi", now=NOON)
    assert said == "Cứ như 7 ngày qua, khoảng 300đ mỗi ngày, tiền sẽ hết vào khoảng 27/11/2026."
    assert "used up around 27 Nov 2026." in pace_words.of_month(session, "en", now=NOON)
    purse_id = purses.open_with(session, 100)
    assert "ít nhất hai ngày trong 28 ngày qua" in pace_words.of_purse(session, purse_id, "vi", now=NOON)
