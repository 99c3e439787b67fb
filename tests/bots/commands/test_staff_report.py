"""The report of a day, a week or a month in chat."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bots import report_picture
from bots.channel import InboundKind
from loyalty.alerts import raising
from tests.builders import NOON
from tests.builders_chat import Person, actions, hire
from tests.builders_customers import LAN, make_customer
from tests.builders_points import award, undo

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def owner(session: Session, kind: str) -> Person:
    return hire(session, "owner", "Chị Mây", kind)


@pytest.fixture
def sold(session: Session) -> None:
    """Yesterday at eleven 100k and at two 900k, today at eleven 250k and an undone mistake."""
    lan = make_customer(session, phone=LAN, now=NOON - 9 * DAY)
    award(session, lan, 100_000, now=NOON - DAY - HOUR)
    award(session, lan, 900_000, now=NOON - DAY + 2 * HOUR)
    award(session, lan, 250_000, now=NOON - HOUR)
    undo(session, award(session, lan, 500_000, now=NOON - HOUR), now=NOON)


@pytest.mark.usefixtures("sold")
def test_today_is_compared_with_the_same_hours_of_yesterday(owner: Person) -> None:
    assert owner.say("/baocao").splitlines() == [
        "Cà phê Mây hôm nay, đến 12:00:",
        "• Doanh số: 250.000đ (tăng 150% so với cùng giờ hôm qua)",
        "• Số đơn: 1 (bằng cùng giờ hôm qua)",
        "• Trung bình mỗi đơn: 250.000đ",
        "• Điểm đã cộng: 75",
        "• Điểm trừ lại: 50",
        "• Khách mới: 0",
        "• Thành viên có mua: 1",
        "Không có gì đang chờ.",
        "Xem kỹ hơn: http://127.0.0.1:8000/console/",
    ]


@pytest.mark.usefixtures("sold")
def test_a_week_in_english_has_the_sums_of_seven_days(owner: Person) -> None:
    answer = owner.say("/report week")

    assert answer.startswith("Cà phê Mây, the last 7 days (16 Nov to 22 Nov):\n• Sales: 1,250,000₫\n• Bills: 3\n")


def test_what_waits_is_counted(session: Session, kind: str, owner: Person) -> None:
    hire(session, "cashier", "Thu", kind).say("/tich 0912345678 9tr")
    raising.raise_alert(session, "token_lost", "zalo", "", now=NOON)

    assert "Đang chờ: 1 đơn cần duyệt, 1 việc cần xem." in owner.say("/baocao tháng")


@pytest.mark.parametrize("role", ["manager", "marketer", "owner"])
def test_managers_marketers_and_owners_may_read_it(session: Session, kind: str, role: str) -> None:
    assert hire(session, role, "Quân", kind).say("/baocao hôm nay").startswith("Cà phê Mây hôm nay")


def test_a_cashier_may_not_read_it(session: Session, cashier: Person) -> None:
    assert cashier.say("/baocao").startswith("Vai trò thu ngân không dùng lệnh này")
    assert actions(session)[-1] == "command_refused"


@pytest.mark.parametrize("typed", ["năm ngoái", "x" * 5000, "\u202e1", "12/11"])
def test_another_period_is_asked_back_with_the_ones_there_are(owner: Person, typed: str) -> None:
    answer = owner.say(f"/baocao {typed}")

    assert "Có hôm nay, tuần và tháng" in answer and len(answer) < 250


def test_the_answer_carries_a_picture_where_platforms_can_fetch_one(session: Session, owner: Person) -> None:
    assert owner.does(InboundKind.MESSAGE, text="/baocao tuần").image == ""
    session.info["shop"] = replace(session.info["shop"], base_url="https://may.vn")

    answer = owner.does(InboundKind.MESSAGE, text="/baocao tuần")

    assert answer.image.startswith("https://may.vn/media/") and answer.text.startswith("Cà phê Mây 7 ngày qua")
    signed = answer.image.removeprefix("https://may.vn/media/").removesuffix(".png")
    assert (report_picture.png(session, signed, now=NOON) or b"").startswith(b"\x89PNG")
