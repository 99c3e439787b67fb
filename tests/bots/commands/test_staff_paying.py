"""Points that pay, wait, and are owed, as chats tell of them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.points import promises
from loyalty.purchases.models import Purchase
from tests.builders import NOON
from tests.builders_chat import Person, told
from tests.builders_points import add_terms, award

LAN = "+84912345678"


def known(session: Session, person: Person, points: int) -> Customer:
    customer = person.customer
    award(session, customer, points * 10_000, now=NOON)
    return customer


def test_points_pay_of_the_bill_and_both_are_told(session: Session, cashier: Person, known_lan: Person) -> None:
    add_terms(session, "[redemption]\npoint_value = 1000\nmax_share = 40")
    known(session, known_lan, 100)
    answer = cashier.say("/tich 0912345678 250k dùng 80")
    assert "Đã cộng 17 điểm cho Lan" in answer and "Khách trả 80.000đ bằng 80 điểm, còn thu 170.000đ." in answer
    assert "trừ 80.000đ trả bằng điểm" in answer
    assert "Bạn đã dùng 80 điểm trả 80.000đ." in told(known_lan)[-1]
    assert "trả đơn 250.000đ" in known_lan.say("lịch sử")


def test_too_many_points_are_refused_with_how_many_may(session: Session, cashier: Person, known_lan: Person) -> None:
    add_terms(session, "[redemption]\npoint_value = 1000\nmax_share = 40")
    known(session, known_lan, 200)
    assert cashier.say("/tich 0912345678 250k dùng 150").startswith("Đơn này trả được tối đa 100 điểm")
    assert "100 điểm" in cashier.say("/tich 0912345678 250k dùng hết")
    assert session.scalars(select(Purchase.paid_points).order_by(Purchase.id.desc())).first() == 100


def test_where_points_pay_nothing_it_is_said(cashier: Person, known_lan: Person) -> None:
    assert cashier.say("/tich 0912345678 250k dùng hết") == "Chương trình của cửa hàng chưa cho trả hóa đơn bằng điểm."


def test_promised_points_are_told_with_their_day_and_their_release(
    session: Session, cashier: Person, known_lan: Person
) -> None:
    add_terms(session, '[pending]\nrelease = "after_days"\ndays = 7')
    answer = cashier.say("/tich 0912345678 250k")
    assert answer.startswith("Đã ghi 25 điểm cho Lan") and "Khách dùng được từ 29/11." in answer
    assert "được 25 điểm, dùng được từ 29/11." in told(known_lan)[-1]
    assert "25 điểm đang chờ, dùng được từ 29/11." in known_lan.say("điểm")
    assert "(25 điểm đang chờ)" in known_lan.say("lịch sử")


def test_a_limit_of_the_day_is_said_with_what_to_do(session: Session, cashier: Person, known_lan: Person) -> None:
    add_terms(session, "[limits.cashier]\npoints_per_day = 30")
    cashier.say("/tich 0912345678 250k #A")
    answer = cashier.say("/tich 0912345678 60k #B")
    assert answer.startswith("Hôm nay bạn đã tặng 25/30 điểm, đơn này thêm 6")


def test_a_debt_is_told(session: Session, cashier: Person, known_lan: Person) -> None:
    add_terms(session, '[redemption]\npoint_value = 1000\n\n[returns]\nshortfall = "owe"')
    cashier.say("/tich 0912345678 250k #HD1")
    cashier.say("/tich 0912345678 20k dùng 20")
    assert "Khách còn thiếu 20 điểm" in cashier.say("/trahang HD1")
    assert known_lan.say("điểm").startswith("Bạn đang thiếu 20 điểm")


def test_a_release_reaches_the_customers_lines(session: Session, cashier: Person, known_lan: Person) -> None:
    add_terms(session, '[pending]\nrelease = "on_delivery"')
    cashier.say("/tich 0912345678 250k")
    assert "25 điểm đang chờ, cửa hàng xác nhận xong là dùng được." in known_lan.say("điểm")
    promises.deliver(session, session.scalars(select(Purchase.id)).one(), actor="key:x", now=NOON)
    assert known_lan.say("điểm").startswith("Bạn có 25 điểm")
