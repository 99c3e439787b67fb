"""Goods taken back at the counter."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.points import accrual, ledger, spending
from loyalty.points.accrual import Bill
from loyalty.points.models import LedgerEntry
from loyalty.purchases.models import PurchaseReturn
from loyalty.staff import stores
from loyalty.staff.models import Role
from tests.builders import NOON
from tests.builders_chat import Person, actions, count, hire, points_of, told
from tests.builders_customers import make_customer
from tests.builders_points import award, problems

LAN = "+84912345678"


def newest(session: Session) -> int:
    return session.scalars(select(LedgerEntry.id).order_by(LedgerEntry.id.desc())).first() or 0


def test_a_part_of_a_bill_comes_back_and_the_customer_is_told(
    session: Session, kind: str, cashier: Person, known_lan: Person
) -> None:
    cashier.say("/tich 0912345678 255k #HD123")

    answer = cashier.say("/trahang HD123 100k ly vỡ")

    channel = {"zalo": "Zalo", "messenger": "Messenger"}[kind]
    assert answer == (
        f"Đã nhận trả 100.000đ của đơn HD123 · Lan (0912 ••• 678, khách {channel}). Trừ lại 10 điểm.\n"
        "Đơn còn trả được 155.000đ.\n"
        f"Lan còn 15 điểm và đã được báo. Sai thì nhắn: /huy {newest(session)}"
    )
    assert told(known_lan)[-1] == (
        "Cửa hàng đã nhận trả 100.000đ của đơn 255.000đ lúc 12:00 hôm nay, 10 điểm của phần đó được trừ lại.\n"
        "Bạn có 15 điểm · hạng Thành viên.\n"
        "Xem lại: nhắn «lịch sử»."
    )
    assert actions(session)[-1] == "return"
    assert "−10 · trả hàng 100.000đ của đơn ngày" in known_lan.say("lịch sử")


def test_a_bill_comes_back_whole_by_receipt_number_or_phone(session: Session, cashier: Person) -> None:
    for line in ("HD1", "{number}", "0912345678"):
        cashier.say("/tich 0912345678 250k #HD1" if line == "HD1" else "/tich 0912345678 250k")
        answer = cashier.say("/trahang " + line.format(number=newest(session)))
        assert "Đơn đã trả hết." in answer, answer
        assert points_of(session, LAN) == 0
    assert problems(session) == []


def test_the_english_name_and_its_synonyms_do_the_same(session: Session, cashier: Person) -> None:
    cashier.say("/tich 0912345678 250k #HD1")

    for points, name in enumerate(("/return", "/refund", "/hoanhang"), start=3):
        cashier.say(f"{name} HD1 {points}0k")

    assert points_of(session, LAN) == 25 - 3 - 4 - 5


def test_undoing_a_return_says_what_came_again(session: Session, cashier: Person, known_lan: Person) -> None:
    cashier.say("/tich 0912345678 250k #HD1")
    award_number = newest(session)
    cashier.say("/trahang HD1 100k")
    number = newest(session)

    assert cashier.say(f"/huy {award_number}") == (
        f"Chưa hủy được {award_number}: sau đó đã có hàng của đơn này trả lại. Hủy lần trả đó trước: /huy {number}"
    )
    assert cashier.say(f"/huy {number}") == (
        "Đã hủy lần trả 100.000đ của đơn HD1, 10 điểm được cộng lại.\nLan còn 25 điểm và đã được báo.\n"
        "Hủy nhầm thì nhận trả lại: /trahang HD1"
    )
    assert "Lần trả hàng 100.000đ của đơn lúc 12:00 hôm nay vừa được cửa hàng hủy" in told(known_lan)[-1]
    assert "hủy lần trả hàng 100.000đ" in known_lan.say("lịch sử")
    assert "Đã hủy +25 điểm" in cashier.say(f"/huy {award_number}")
    assert problems(session) == []


def test_points_that_were_used_are_reported(session: Session, cashier: Person) -> None:
    cashier.say("/tich 0912345678 250k #HD1")
    lan = ledger.get(session, newest(session)).customer_id
    spending.burn(session, lan, 20, key="b", actor="cli", now=NOON)

    answer = cashier.say("/trahang HD1 100k").splitlines()

    assert "Trừ lại 5 điểm." in answer[0]
    assert answer[1] == "Còn 5 điểm của phần đã trả khách dùng mất rồi; điểm của đơn khác không bị trừ."


def test_more_than_is_left_says_what_is_left(session: Session, cashier: Person) -> None:
    cashier.say("/tich 0912345678 250k #HD1")
    cashier.say("/trahang HD1 200k")

    assert cashier.say("/trahang HD1 60k") == "Đơn này chỉ còn trả được 50.000đ (đã trả 200.000đ trên 250.000đ)."


def test_the_same_goods_within_a_minute_are_asked_back(session: Session, cashier: Person) -> None:
    cashier.say("/tich 0912345678 250k #HD1")
    cashier.say("/trahang HD1 50k")

    asked = cashier.say("/trahang HD1 50k")
    assert count(session, PurchaseReturn) == 1
    assert "chưa đầy một phút trước" in asked
    cashier.say("/trahang HD1 50k")

    assert count(session, PurchaseReturn) == 2
    assert points_of(session, LAN) == 15


def test_a_receipt_of_two_stores_is_asked_back_with_lines_that_mean_one(session: Session, cashier: Person) -> None:
    lan = make_customer(session, name="Lan", phone=LAN)
    second = stores.add(session, "LL", "Mây Lê Lợi", now=NOON)
    one = award(session, lan, 250_000, reference="HD1")
    bill = Bill(90_000, second.id, reference="HD1", purchased_at=NOON - timedelta(days=1))
    other = accrual.record_purchase(session, lan.id, bill, actor="cli", key="second", now=NOON)

    answer = cashier.say("/trahang HD1 50k").splitlines()
    assert answer[0] == "«HD1» có thể là mấy đơn này. Nhắn lại đúng đơn cần trả:"
    assert [row.split(" · ")[0] for row in answer[1:]] == [
        f"/trahang {one.entry.id} 50.000đ",
        f"/trahang {other.entry.id} 50.000đ",
    ]
    assert "Mây Lê Lợi" in answer[2]
    assert count(session, PurchaseReturn) == 0
    assert "đơn HD1" in cashier.say(answer[2].split(" · ")[0])
    assert points_of(session, LAN) == 25 + 4


def test_digits_that_are_a_receipt_and_a_movement_are_asked_back(session: Session, cashier: Person) -> None:
    lan = make_customer(session, name="Lan", phone=LAN)
    one = award(session, lan, 250_000)
    other = award(session, lan, 90_000, reference=str(one.entry.id))

    answer = cashier.say(f"/trahang {one.entry.id} 50k").splitlines()

    assert [row.split(" · ")[0] for row in answer[1:]] == [
        f"/trahang {other.entry.id} 50.000đ",
        f"/trahang số {one.entry.id} 50.000đ",
    ]
    assert "Đơn còn trả được 200.000đ." in cashier.say(answer[2].split(" · ")[0])
    assert "Đơn còn trả được 40.000đ." in cashier.say(f"/trahang #{one.entry.id} 50k")


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("/trahang HD9 100k", "Không tìm thấy đơn «HD9»"),
        ("/trahang 4711", "Không tìm thấy đơn «4711»"),
        ("/trahang 0987654321", "Chưa có khách nào với số 0987 ••• 321"),
        ("/trahang", "Còn thiếu số hóa đơn. Ví dụ: /trahang HD123 100k"),
        ("/trahang HD1 100", "100 là 100k?"),
        ("/trahang HD1 lý do", "«lý do» thì mình chưa hiểu"),
    ],
)
def test_what_cannot_be_done_says_why(session: Session, cashier: Person, line: str, part: str) -> None:
    cashier.say("/tich 0912345678 250k #HD1")

    assert part in cashier.say(line)
    assert points_of(session, LAN) == 25


def test_roles(session: Session, kind: str, cashier: Person) -> None:
    cashier.say("/tich 0912345678 250k #HD1")

    assert "Vai trò" in hire(session, Role.MARKETER, "Mai", kind).say("/trahang HD1 50k")
    assert "Trừ lại 5 điểm" in hire(session, Role.CASHIER, "Nam", kind).say("/trahang HD1 50k")
    assert "Trừ lại 5 điểm" in hire(session, Role.MANAGER, "Hà", kind).say("/trahang HD1 50k")
