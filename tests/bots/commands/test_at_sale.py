"""What the one who serves reads beside a bill just recorded."""

from datetime import timedelta

from sqlalchemy.orm import Session

from loyalty.customers import birthdays, cases
from loyalty.customers.cases import CaseKind, Opening
from loyalty.points import accrual
from loyalty.points.accrual import Line
from tests.builders import NOON
from tests.builders_chat import Person, hire
from tests.builders_points import award, make_bill
from tests.builders_rewards import make_reward

DAY = timedelta(days=1)


def _bought(session: Session, lan: Person) -> None:
    line = Line(name="Latte đá", quantity=2, unit_price=50_000)
    bill = make_bill(session, 100_000, lines=(line,))
    accrual.record_purchase(session, lan.customer.id, bill, actor="cli", key="k", now=NOON - 9 * DAY)


def test_who_this_is_and_what_waits_in_two_lines(session: Session, cashier: Person, known_lan: Person) -> None:
    _bought(session, known_lan)
    cashier.say("/ghichu 0912345678 không đường")
    birthdays.put(session, known_lan.customer, birthdays.read("--11-25"), now=NOON)
    case = cases.open_case(
        session, known_lan.customer.id, Opening(CaseKind.COMPLAINT, "Ly nguội", "zalo"), key="c", now=NOON
    )

    answer = cashier.say("/tich 0912345678 200k #HD1").splitlines()

    assert len(answer) == 4
    assert answer[1] == "Lần trước 13/11 (9 ngày trước) · hay mua Latte đá · ghi chú: không đường"
    assert answer[2] == f"Đang có khiếu nại số {case.id} · sinh nhật 25/11"
    assert answer[3].startswith("Lan có 30 điểm") and "/huy" in answer[3]


def test_codes_they_hold_are_named_without_the_code(session: Session, cashier: Person, known_lan: Person) -> None:
    award(session, known_lan.customer, 2_000_000, now=NOON - DAY)
    make_reward(session)
    held = known_lan.say("đổi 1")

    answer = cashier.say("/tich 0912345678 200k")

    assert "Có mã quà: Bánh croissant đến " in answer
    code = held.splitlines()[1].rsplit(" ", 1)[1]
    assert code not in answer and code.replace("-", "") not in answer


def test_of_a_newcomer_there_is_nothing_to_say(cashier: Person) -> None:
    assert len(cashier.say("/tich 0912345678 250k").splitlines()) == 2


def test_a_visit_of_today_is_no_news(session: Session, cashier: Person, known_lan: Person) -> None:
    award(session, known_lan.customer, 100_000, now=NOON - timedelta(hours=1))

    assert "Lần trước" not in cashier.say("/tich 0912345678 200k")


def test_a_birthday_today_and_one_next_week(session: Session, cashier: Person, known_lan: Person) -> None:
    birthdays.put(session, known_lan.customer, birthdays.read("--11-22"), now=NOON)
    assert "\nSinh nhật hôm nay\n" in cashier.say("/tich 0912345678 200k")
    assert "Sinh nhật hôm nay." in cashier.say("/tra 0912345678")
    birthdays.put(session, known_lan.customer, birthdays.read("--11-29"), now=NOON)
    assert "inh nhật" not in cashier.say("/tich 0912345678 300k")


def test_a_long_note_stays_short(session: Session, kind: str, cashier: Person, known_lan: Person) -> None:
    cashier.say(f"/ghichu 0912345678 {'rất dài ' * 40}")

    assert max(map(len, cashier.say("/tich 0912345678 200k").splitlines())) < 200
    assert "Note: rất dài" in hire(session, "cashier", "Minh", kind).say("/award 0912345678 210k")
