"""Points that wait for somebody's word."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.points.models import EntryKind, LedgerEntry
from tests.builders_chat import Person, actions, hire, points_of, told
from tests.builders_customers import LAN
from tests.builders_points import add_terms, award, problems

DELIVERY, BY_STAFF = '[pending]\nrelease = "on_delivery"', '[pending]\nrelease = "by_staff"'


def _number(session: Session) -> int:
    return session.scalars(select(LedgerEntry.id).filter_by(kind=EntryKind.EARN)).one()


def test_a_cashier_lets_a_customer_use_what_waited_for_delivery(
    session: Session, cashier: Person, known_lan: Person
) -> None:
    add_terms(session, DELIVERY)
    recorded = cashier.say("/tich 0912345678 250k #HD1")
    number = _number(session)
    assert f"\nCho khách dùng điểm: /modiem {number}\n" in recorded and recorded.endswith(f"/huy {number}")

    answer = cashier.say(f"/modiem {number}")

    assert answer.splitlines()[0].startswith("25 điểm của Lan (0912 ••• 678")
    assert "(đơn HD1) nay dùng được, khách có 25 điểm và đã được báo." in answer
    assert answer.splitlines()[1] == f"Điểm đã mở thì không về chờ lại được; sai thì hủy cả đơn: /huy {number}"
    assert points_of(session, LAN) == 25 and "25 điểm đang chờ nay dùng được" in told(known_lan)[-1]
    assert actions(session)[-1] == "release"


def test_once_more_says_that_it_was_done(session: Session, cashier: Person, known_lan: Person) -> None:
    add_terms(session, DELIVERY)
    cashier.say("/tich 0912345678 250k #HD1")
    cashier.say("/modiem #HD1")
    before = len(told(known_lan))

    assert "đã mở từ trước (25 điểm), không mở thêm" in cashier.say("/modiem HD1")
    assert points_of(session, LAN) == 25 and len(told(known_lan)) == before


def test_the_way_back_it_names_works(session: Session, cashier: Person, known_lan: Person) -> None:
    add_terms(session, DELIVERY)
    cashier.say("/tich 0912345678 250k #HD1")
    back = cashier.say("/modiem HD1").rsplit(": ", 1)[1]

    assert cashier.say(back).startswith("Đã hủy")
    assert points_of(session, LAN) == 0 and problems(session) == []


def test_what_waits_for_staff_a_cashier_may_not_release(
    session: Session, kind: str, cashier: Person, known_lan: Person
) -> None:
    add_terms(session, BY_STAFF)
    cashier.say("/tich 0912345678 250k #HD1")

    assert cashier.say("/modiem HD1").startswith("Vai trò thu ngân không dùng lệnh này")
    assert points_of(session, LAN) == 0
    assert "nay dùng được" in hire(session, "manager", "Quân", kind).say("/modiem HD1")


def test_of_several_bills_of_a_customer_those_that_wait_are_listed(
    session: Session, cashier: Person, known_lan: Person
) -> None:
    award(session, known_lan.customer, 90_000)
    add_terms(session, DELIVERY)
    for line in ("250k #HD1", "350k #HD2"):
        cashier.say(f"/tich 0912345678 {line}")

    answer = cashier.say("/modiem 0912345678").splitlines()

    assert len(answer) == 3 and "đơn HD2, 350.000đ" in answer[1] and "đơn HD1" in answer[2]
    assert "35 điểm của Lan" in cashier.say(answer[1].split(" · ")[0])
    assert "25 điểm của Lan" in cashier.say("/modiem 0912345678")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("", "Cần một đơn"),
        ("HD1 100k", "Cần một đơn"),
        ("HD9", "Không tìm thấy đơn «HD9»"),
        ("0987654321", "Chưa có khách nào với số 0987 ••• 321"),
    ],
)
def test_what_is_unclear_is_asked_back(cashier: Person, known_lan: Person, typed: str, answer: str) -> None:
    assert cashier.say(f"/modiem {typed}").startswith(answer)


def test_where_nothing_waits_it_is_said(session: Session, cashier: Person, known_lan: Person) -> None:
    cashier.say("/tich 0912345678 250k #HD1")

    assert cashier.say("/modiem HD1") == "Đơn này không có điểm nào đang chờ."


def test_points_that_come_by_themselves_are_released_by_nobody(
    session: Session, cashier: Person, known_lan: Person
) -> None:
    add_terms(session, '[pending]\nrelease = "after_days"\ndays = 14')
    cashier.say("/tich 0912345678 250k #HD1")

    assert "tự dùng được từ" in cashier.say("/modiem HD1")


def test_in_english(session: Session, cashier: Person, known_lan: Person) -> None:
    add_terms(session, DELIVERY)
    cashier.say("/tich 0912345678 250k #HD1")

    assert "may be used now; they have 25 points and were told." in cashier.say("/release HD1")
