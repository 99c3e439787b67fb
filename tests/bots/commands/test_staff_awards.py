"""Awards at the counter."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bots.channel import InboundKind
from loyalty.customers.models import Customer
from loyalty.points.models import LedgerEntry
from loyalty.staff import binding
from loyalty.staff.models import Approval, AuditEntry
from tests.builders_chat import Person, actions, count, hire, meet, member_of, points_of, told
from tests.builders_customers import make_customer
from tests.builders_points import award

LAN, MINH = "+84912345678", "+84987654321"


class TestAwards:
    def test_an_award_tells_cashier_and_customer(
        self, session: Session, kind: str, cashier: Person, known_lan: Person
    ) -> None:
        channel = {"zalo": "Zalo", "messenger": "Messenger"}[kind]

        answer = cashier.say("/tich 0912345678 250k #HD123")

        number = session.scalars(select(LedgerEntry.id)).one()
        assert answer == (
            f"Đã cộng 25 điểm cho Lan (0912 ••• 678, khách {channel}) · đơn 250.000đ, HD123.\n"
            f"Lan có 25 điểm, hạng Thành viên. Sai thì nhắn: /huy {number}"
        )
        assert told(known_lan) == [
            "Bạn được cộng 25 điểm cho đơn 250.000đ tại Cửa hàng chính.\n"
            "Bạn có 25 điểm · hạng Thành viên. Mua thêm 1.750.000đ là lên Bạc.\n"
            "Xem lại: nhắn «lịch sử»."
        ]
        assert actions(session)[-1] == "award"

    def test_the_multiplier_and_the_new_tier_are_shown(
        self, session: Session, cashier: Person, known_lan: Person
    ) -> None:
        risen = cashier.say("/tich 0912345678 2tr").splitlines()
        assert risen[1] == "Lan vừa lên hạng Bạc."
        assert "Chúc mừng bạn lên hạng Bạc!" in told(known_lan)[0]
        assert "· đơn 200.000đ × 1,25." in cashier.say("/tich 0912345678 200k")

    def test_a_claimed_phone_names_the_chat(self, session: Session, kind: str, cashier: Person) -> None:
        person = meet(session, kind)
        person.does(InboundKind.FOLLOW, person_name="Lan")
        person.say("0912345678")

        answer = cashier.say("/tich 0912345678 250k")

        channel = {"zalo": "Zalo", "messenger": "Messenger"}[kind]
        assert f"0912 ••• 678 (khách {channel}: Lan)" in answer
        assert len(told(person)) == 1

    def test_a_phone_nobody_has_makes_the_customer(self, session: Session, cashier: Person) -> None:
        answer = cashier.say("/tich 0912345678 250k")

        assert "cho khách mới 0912 ••• 678 ·" in answer
        assert answer.splitlines()[-1].startswith("Khách có 25 điểm")
        assert "khách mới" not in cashier.say("/tich 0912345678 260k")

    @pytest.mark.parametrize("line", ["{code} 1tr2", "1tr2 {code}", "{code} 1.200.000đ #A1"])
    def test_the_member_code_does_instead_of_the_phone(self, cashier: Person, known_lan: Person, line: str) -> None:
        code = known_lan.say("mã").split()[3]

        assert "Đã cộng 120 điểm cho Lan" in cashier.say("/tich " + line.format(code=code))

    def test_a_code_older_than_five_minutes_is_none(self, session: Session, cashier: Person, known_lan: Person) -> None:
        code = known_lan.say("mã").split()[3]
        cashier.wait(minutes=5)

        assert cashier.say(f"/tich {code} 250k").startswith(f"Mã {code} không đúng hoặc đã quá 5 phút.")
        assert count(session, LedgerEntry) == 0

    def test_the_same_receipt_answers_the_first_award(
        self, session: Session, cashier: Person, known_lan: Person
    ) -> None:
        cashier.say("/tich 0912345678 250k #HD123")
        cashier.wait(minutes=3)

        again = cashier.say("/tich 250k 0912345678 #hd123")

        assert again.startswith("HD123 đã được tính lúc 12:00 hôm nay (+25 điểm, bạn Thu). Không cộng thêm.")
        assert count(session, LedgerEntry) == 1 and len(told(known_lan)) == 1

    def test_the_same_receipt_with_another_amount_is_refused_naming_both(
        self, session: Session, cashier: Person, known_lan: Person
    ) -> None:
        cashier.say("/tich 0912345678 250k #HD123")

        answer = cashier.say("/tich 0987654321 300k #HD123")

        for part in ("HD123", "0912 ••• 678", "250.000đ", "0987 ••• 321", "300.000đ"):
            assert part in answer
        assert count(session, LedgerEntry) == 1 and points_of(session, MINH) is None

    def test_the_same_amount_within_a_minute_is_asked_back_and_once_more_is_the_yes(
        self, session: Session, cashier: Person, known_lan: Person
    ) -> None:
        cashier.say("/tich 0912345678 50k")

        assert "nhắn lại y như vậy" in cashier.say("/tich 0912345678 50k")
        assert points_of(session, LAN) == 5
        assert "Đã cộng 5 điểm" in cashier.say("/tich 0912345678  50K")
        assert points_of(session, LAN) == 10

    def test_another_amount_other_staff_or_a_minute_later_is_another_bill(
        self, session: Session, kind: str, cashier: Person, known_lan: Person
    ) -> None:
        cashier.say("/tich 0912345678 50k")
        assert "Đã cộng" in cashier.say("/tich 0912345678 60k")
        assert "Đã cộng" in hire(session, "manager", "Quân", kind).say("/tich 0912345678 50k")
        cashier.wait(seconds=61)
        assert "Đã cộng" in cashier.say("/tich 0912345678 50k")

    @pytest.mark.parametrize(
        ("line", "answer"),
        [
            ("0912345678 200", "200 là 200k? Nhắn lại cho rõ, ví dụ: /tich 0912345678 200k #HD123"),
            ("0912345678 1.250 #A7", "1.250 là 1tr25 hay 1.250đ? Nhắn lại cho rõ, ví dụ: /tich 0912345678 1tr25 #A7"),
            ("0912345678", "Mình hiểu: khách 0912 ••• 678. Còn thiếu số tiền, ví dụ: /tich 0912345678 250k #HD123"),
            (
                "250k",
                "Mình hiểu: đơn 250.000đ. Còn thiếu số điện thoại hoặc mã khách, ví dụ: /tich 0912345678 250k #HD123",
            ),
            ("", "Cần số điện thoại (hoặc mã khách) và số tiền, ví dụ: /tich 0912345678 250k #HD123"),
            (
                "912345678 250k",
                "«912345678» có phải 0912345678 không? Nhắn lại cho rõ, ví dụ: /tich 0912345678 250k #HD123",
            ),
            (
                "0912345678 100k+50k",
                "100k+50k là một phép cộng. Nhắn tổng số tiền giúp mình, ví dụ: /tich 0912345678 150k #HD123",
            ),
        ],
    )
    def test_what_is_unclear_is_asked_back_with_one_right_example(
        self, session: Session, cashier: Person, line: str, answer: str
    ) -> None:
        assert cashier.say(f"/tich {line}") == answer
        assert count(session, LedgerEntry) == 0 and session.scalar(select(Customer.id)) is None

    def test_a_bill_too_small_for_a_point_still_has_a_number(
        self, session: Session, cashier: Person, known_lan: Person
    ) -> None:
        answer = cashier.say("/tich 0912345678 9k")

        assert answer.startswith("Đã ghi đơn 9.000đ cho Lan")
        assert answer.endswith(f"/huy {session.scalars(select(LedgerEntry.id)).one()}")

    def test_the_last_line_ends_with_how_to_undo_it_in_both_languages(self, session: Session, cashier: Person) -> None:
        number = cashier.say("/award 0912345678 250k").splitlines()[-1].rsplit(" ", 2)[1:]

        assert number == ["/huy", str(session.scalars(select(LedgerEntry.id)).one())]


class TestOwnAwards:
    def test_nobody_awards_the_customer_of_their_own_chat(self, session: Session, cashier: Person) -> None:
        cashier.say("đăng ký 0912345678")

        for line in ("/tich 0912345678 250k", f"/tich {cashier.say('mã').split()[3]} 250k"):
            assert cashier.say(line).startswith("Không tự cộng điểm")
        assert count(session, LedgerEntry) == 0
        tried = session.scalars(select(AuditEntry.actor).filter_by(action="own_account_refused")).all()
        assert tried == [f"staff:{member_of(cashier).public_id}"] * 2

    def test_nor_the_customer_of_another_chat_they_work_from(
        self, session: Session, kind: str, cashier: Person
    ) -> None:
        other = meet(session, "messenger" if kind == "zalo" else "zalo")
        other.say("0912345678")
        code = binding.issue_code(session, member_of(cashier).id, now=cashier.now)
        other.say(f"/nv {code}")

        assert cashier.say("/tich 0912345678 250k").startswith("Không tự cộng điểm")

    def test_a_colleague_may(self, session: Session, kind: str, cashier: Person) -> None:
        cashier.say("đăng ký 0912345678")

        assert "Đã cộng 25 điểm" in hire(session, "cashier", "Minh", kind).say("/tich 0912345678 250k")

    def test_nobody_links_their_own_chat(self, session: Session, cashier: Person) -> None:
        award(session, make_customer(session, phone=LAN), 5_000_000)
        code = cashier.say("mã").splitlines()[-2].split()[-1]

        assert cashier.say(f"/gan 0912345678 {code}").startswith("Không tự cộng điểm")
        assert "Bạn có 0 điểm" in cashier.say("điểm")

    def test_nobody_approves_a_bill_of_their_own(self, session: Session, kind: str, cashier: Person) -> None:
        manager = hire(session, "manager", "Quân", kind)
        manager.say("đăng ký 0912345678")
        cashier.say("/tich 0912345678 9tr")
        number = session.scalars(select(Approval.id)).one()

        assert manager.say(f"/duyet {number}").startswith("Không tự cộng điểm")
        assert session.scalars(select(Approval.state)).one() == "waiting"
        assert count(session, LedgerEntry) == 0
