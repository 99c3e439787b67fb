"""Who bought most, and whose points end soon."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.builders import NOON
from tests.builders_chat import actions, hire
from tests.builders_customers import LAN, make_customer
from tests.builders_points import award

DAY = timedelta(days=1)


def test_both_lists_with_the_most_first_and_no_whole_phone(session: Session, kind: str) -> None:
    lan, minh = make_customer(session, name="Lan", phone=LAN), make_customer(session, name="Minh", phone="+84987654321")
    award(session, lan, 250_000, now=NOON - DAY)
    award(session, lan, 50_000, now=NOON - 2 * DAY)
    award(session, minh, 900_000, now=NOON - 350 * DAY)
    award(session, minh, 100_000, now=NOON - DAY)

    assert hire(session, "manager", "Quân", kind).say("/baocao khách").splitlines() == [
        "Mua nhiều nhất 30 ngày qua:",
        "• Lan (0912 ••• 678) · 300.000đ, 2 đơn",
        "• Minh (0987 ••• 321) · 100.000đ, 1 đơn",
        "Nhiều điểm sắp hết hạn nhất (30 ngày tới):",
        "• Minh (0987 ••• 321) · 90 điểm, từ 07/12",
    ]
    assert actions(session)[-1] == "customer_report"


def test_where_there_is_nobody_it_is_said(session: Session, kind: str) -> None:
    owner = hire(session, "owner", "Mai", kind)

    assert owner.say("/top khách") == "30 ngày qua chưa có khách nào mua.\nKhông có điểm nào hết hạn trong 30 ngày tới."
    assert owner.say("/báo cáo khách").startswith("30 ngày qua")
    assert owner.say("/customer report").startswith("Nobody bought")


@pytest.mark.parametrize(("role", "may"), [("cashier", False), ("marketer", True)])
def test_who_may(session: Session, kind: str, role: str, may: bool) -> None:
    assert hire(session, role, "Thu", kind).say("/baocao khách").startswith("30 ngày qua") == may
