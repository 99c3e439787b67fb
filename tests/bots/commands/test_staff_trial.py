"""What a bill would give, asked before it is recorded."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.points.models import LedgerEntry
from loyalty.purchases.models import Purchase
from tests.builders import NOON
from tests.builders_chat import Person, actions, count, hire
from tests.builders_customers import LAN, make_customer
from tests.builders_points import add_terms, award, set_totals


def _lan(session: Session, **totals: object) -> Customer:
    lan = make_customer(session, name="Lan", phone=LAN)
    if totals:
        set_totals(session, lan, **totals)
    return lan


def test_points_and_how_they_come_with_the_line_that_does_it(session: Session, cashier: Person) -> None:
    _lan(session, tier="silver", carry=5_000)

    assert cashier.say("/thu 0912345678 250k #HD9").splitlines() == [
        "Thử xem, chưa ghi gì: Lan (0912 ••• 678) sẽ được 31 điểm cho đơn 250.000đ, HD9.",
        "Vì: ×1,25 hạng Bạc.",
        "Phần tính điểm 312.500đ và 5.000đ để dành từ trước, cứ 10.000đ được 1 điểm; để dành 7.500đ.",
        "Hiện có 0 điểm, hạng Bạc.",
        "Ghi thật thì nhắn: /tich 0912345678 250k #HD9",
    ]
    assert (count(session, LedgerEntry), count(session, Purchase)) == (0, 0)
    assert actions(session)[-1] == "try"


def test_what_it_says_is_what_the_award_gives(session: Session, cashier: Person) -> None:
    _lan(session, tier="silver", carry=5_000)
    line = cashier.say("/thử 1tr235 0912 345 678").splitlines()[-1].removeprefix("Ghi thật thì nhắn: ")

    assert line == "/tich 0912345678 1.235.000đ"
    assert "Đã cộng 154 điểm cho Lan" in cashier.say(line)


def test_a_phone_nobody_has_is_tried_as_a_newcomer_and_makes_nobody(session: Session, cashier: Person) -> None:
    answer = cashier.say("/thu 0912345678 350k")

    assert "khách mới 0912 ••• 678 sẽ được 35 điểm" in answer
    assert "Số này chưa có ai; khi tích sẽ thành khách mới, hạng Thành viên." in answer
    assert count(session, Customer) == 0


def test_rules_are_told_in_their_fixed_order(session: Session, cashier: Person) -> None:
    add_terms(
        session,
        """
[[rules]]
code = "double"
name = { vi = "Tuần lễ vàng", en = "Golden week" }
kind = "multiply"
multiplier = "2"

[[rules]]
code = "first"
name = { vi = "Đơn đầu tiên", en = "First bill" }
kind = "bonus"
points = 50
[rules.when]
first_purchase = true
""",
    )
    _lan(session, tier="silver")

    answer = cashier.say("/thu 0912345678 100k")

    assert "sẽ được 75 điểm" in answer
    assert "Vì: ×2 Tuần lễ vàng, rồi ×1,25 hạng Bạc, +50 Đơn đầu tiên." in answer
    assert "Phần tính điểm 250.000đ, cứ 10.000đ được 1 điểm; để dành 0đ." in answer


def test_a_carry_that_is_owed_is_told_as_what_it_is(session: Session, cashier: Person) -> None:
    _lan(session, carry=-5_000)

    assert "Phần tính điểm 100.000đ, bù 5.000đ của đơn đã hủy" in cashier.say("/thu 0912345678 100k")


def test_what_points_could_pay_and_do_pay(session: Session, cashier: Person) -> None:
    add_terms(session, "[redemption]\npoint_value = 1000\nmax_share = 50")
    award(session, _lan(session), 1_000_000, now=NOON)

    assert "Trả được bằng điểm: nhiều nhất 50 điểm, là 50.000đ." in cashier.say("/thu 0912345678 100k")
    answer = cashier.say("/thu 0912345678 100k dùng 20")
    assert "Vì: trừ 20.000đ trả bằng điểm." in answer
    assert "Khách trả 20.000đ bằng 20 điểm, còn thu 80.000đ." in answer
    assert answer.endswith("/tich 0912345678 100k dùng 20")
    assert cashier.say("/try 0912345678 100k use all").endswith("/tich 0912345678 100k use all")


def test_promised_points_and_when(session: Session, cashier: Person) -> None:
    add_terms(session, '[pending]\nrelease = "after_days"\ndays = 14')

    assert "sẽ được 35 điểm cho đơn 350.000đ, dùng được từ 06/12." in cashier.say("/thu 0912345678 350k")


def test_a_large_bill_and_a_full_day_are_said_beforehand(session: Session, cashier: Person) -> None:
    assert "Đơn này khi tích sẽ cần quản lý duyệt." in cashier.say("/thu 0912345678 9tr")
    add_terms(session, "[limits.cashier]\npoints_per_day = 40", since=date(2026, 11, 2))

    assert "Hôm nay bạn đã tặng 0/40 điểm" in cashier.say("/thu 0912345678 500k")


def test_a_receipt_that_counted_gives_nothing_more(session: Session, cashier: Person) -> None:
    cashier.say("/tich 0912345678 250k #HD1")

    assert cashier.say("/thu 0912345678 250k #HD1").startswith("HD1 đã được tính lúc 12:00 hôm nay (+25 điểm, bạn Thu)")
    assert "chưa cộng điểm" in cashier.say("/thu 0912345678 300k #HD1")
    assert count(session, LedgerEntry) == 1


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("0912345678 200", "200 là 200k? Nhắn lại cho rõ, ví dụ: /thu 0912345678 200k #HD123"),
        ("", "Cần số điện thoại (hoặc mã khách) và số tiền, ví dụ: /thu 0912345678 250k #HD123"),
    ],
)
def test_what_is_unclear_is_asked_back(cashier: Person, line: str, answer: str) -> None:
    assert cashier.say(f"/thu {line}") == answer


@pytest.mark.parametrize(("role", "may"), [("manager", True), ("owner", True), ("marketer", False)])
def test_whoever_serves_may(session: Session, kind: str, role: str, may: bool) -> None:
    answer = hire(session, role, "Quân", kind).say("/thu 0912345678 350k")

    assert answer.startswith("Thử xem") == may and answer.startswith("Vai trò marketing") != may


def test_in_english(session: Session, cashier: Person) -> None:
    answer = cashier.say("/try 0912345678 350k")

    assert answer.startswith("A try, nothing recorded: new customer 0912 ••• 678 would get 35 points for a bill of")
