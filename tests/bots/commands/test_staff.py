"""What people of the shop write and get, on both channels."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bots.channel import InboundKind
from loyalty.alerts import raising
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.points import accrual, ledger
from loyalty.points.accrual import Line
from loyalty.points.models import LedgerEntry
from loyalty.purchases.models import Purchase
from loyalty.staff import accounts
from loyalty.staff.models import Approval, AuditEntry
from tests.builders_chat import Person, hire, meet, member_of, said, told
from tests.builders_customers import make_customer
from tests.builders_points import award, make_bill, problems

LAN, MINH = "+84912345678", "+84987654321"


@pytest.fixture
def cashier(session: Session, kind: str) -> Person:
    return hire(session, "cashier", "Thu", kind)


@pytest.fixture
def lan(session: Session, kind: str) -> Person:
    """A customer whose phone the platform attested."""
    person = meet(session, kind)
    person.does(InboundKind.CONTACT, phone="0912345678", person_name="Lan")
    return person


def entries(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(LedgerEntry)) or 0


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def points_of(session: Session, phone: str) -> int:
    customer = profiles.find_by_phone(session, phone)
    return -1 if customer is None else ledger.balance(session, customer.id)


class TestBinding:
    def test_a_code_binds_at_once_and_the_owners_are_told(self, session: Session, kind: str) -> None:
        owner = hire(session, "owner", "Chị Mây", kind)
        code = accounts.issue_code(session, accounts.add(session, "Thu", "cashier", now=owner.now).id, now=owner.now)
        person = meet(session, kind)

        answer = person.say(f"/nv {code.lower()[:4]}-{code[4:]}")

        assert answer.startswith("Xong! Thu (thu ngân) của Cà phê Mây từ giờ làm việc ở chat này.")
        assert person.identity is None
        channel = {"zalo": "Zalo", "messenger": "Messenger"}[kind]
        assert told(owner)[-1].startswith(f"Thu (thu ngân) vừa gắn một chat {channel}")
        assert "staff_bound" in {alert.kind for alert in raising.list_open(session)}
        assert "/tich" in person.say("/trogiup")

    def test_a_wrong_code_is_counted_although_it_is_refused(self, session: Session, kind: str) -> None:
        person = meet(session, kind)

        left = [person.say("/nv ABCDEFGH").rsplit("Còn ", 1)[1] for _ in range(5)]

        assert left == [f"{tries} lần thử." for tries in (4, 3, 2, 1, 0)]
        assert "thử lại được sau 60 phút" in person.say("/nv ABCDEFGH")
        assert "code_guessing" in {alert.kind for alert in raising.list_open(session)}
        assert person.identity is None

    def test_a_used_code_is_nobodys(self, session: Session, kind: str, cashier: Person) -> None:
        code = accounts.issue_code(session, member_of(cashier).id, now=cashier.now)
        cashier.say(f"/nv {code}")

        assert meet(session, kind).say(f"/nv {code}").startswith("Mã này không đúng")

    def test_without_its_code_the_command_says_what_is_missing(self, session: Session, kind: str) -> None:
        assert meet(session, kind).say("/nv").startswith("Thiếu mã.")

    def test_leaving_ends_it(self, session: Session, cashier: Person) -> None:
        assert cashier.say("/thoat").startswith("Đã thôi dùng chat này")
        assert cashier.say("/tich 0912345678 250k") == "Lệnh này chỉ dành cho nhân viên của Cà phê Mây."

    def test_staff_at_work_are_no_customers(self, session: Session, cashier: Person) -> None:
        cashier.say("/tich 0912345678 250k")
        assert cashier.say("chào mọi người").startswith("Lệnh của nhân viên bắt đầu bằng dấu gạch chéo")
        assert cashier.does(InboundKind.MEDIA).text.startswith("Lệnh của nhân viên")
        assert cashier.identity is None
        assert "ví dụ" not in cashier.say("tich 0912345678 250k") and entries(session) == 1

    def test_without_a_slash_staff_are_customers_like_others(self, session: Session, cashier: Person) -> None:
        assert "Bạn có 0 điểm" in cashier.say("điểm")
        assert cashier.identity is not None


class TestStrangers:
    @pytest.mark.parametrize(
        "text", ["/tich 0912345678 250k", "/tra 0912345678", "/huy 1", "/duyet 1", "/trogiup", "/thoat", "/khongco"]
    )
    def test_get_one_sentence_and_are_written_down(self, session: Session, kind: str, lan: Person, text: str) -> None:
        for person in (meet(session, kind), lan):
            assert person.say(text) == "Lệnh này chỉ dành cho nhân viên của Cà phê Mây."

        rows = session.scalars(select(AuditEntry)).all()
        assert [(row.actor, row.action, row.source) for row in rows] == [("stranger", "command_refused", kind)] * 2
        assert entries(session) == 0
        assert not any("0912345678" in str((row.subject, row.detail)) for row in rows)


COUNTER = ("/tich 0912345678 250k", "/huy 1", "/them 0987654321 Lan", "/gan 0912345678 M7K2QD")
DECIDING = ("/duyet 1", "/tuchoi 1")
REFUSED = {"cashier": DECIDING, "manager": (), "owner": (), "marketer": COUNTER + DECIDING}  # by role


class TestRoles:
    @pytest.mark.parametrize("role", REFUSED)
    def test_each_role_may_what_the_table_says(self, session: Session, role: str) -> None:
        person = hire(session, role, "Thu")
        lines = (*COUNTER, *DECIDING, "/tra 0912345678", "/trogiup")

        refused = {line for line in lines if "không dùng lệnh này" in person.say(line)}

        assert refused == set(REFUSED[role])
        rows = session.scalars(select(AuditEntry).filter_by(action="command_refused")).all()
        assert len(rows) == len(refused)
        assert {row.actor for row in rows} <= {f"staff:{member_of(person).public_id}"}

    @pytest.mark.parametrize("role", REFUSED)
    def test_the_menu_of_a_role_has_only_what_it_may(self, session: Session, role: str) -> None:
        menu = hire(session, role, "Thu").say("/trogiup")

        shown = {line for line in (*COUNTER, *DECIDING) if f"• {line.split()[0]} " in menu}
        assert shown == {*COUNTER, *DECIDING} - set(REFUSED[role])

    def test_a_removed_person_is_a_stranger_at_once(self, session: Session, cashier: Person) -> None:
        accounts.remove(session, member_of(cashier).id, now=cashier.now)

        assert cashier.say("/tich 0912345678 250k").startswith("Lệnh này chỉ dành cho nhân viên")


class TestAwards:
    def test_an_award_tells_cashier_and_customer(
        self, session: Session, kind: str, cashier: Person, lan: Person
    ) -> None:
        channel = {"zalo": "Zalo", "messenger": "Messenger"}[kind]

        answer = cashier.say("/tich 0912345678 250k #HD123")

        number = session.scalars(select(LedgerEntry.id)).one()
        assert answer == (
            f"Đã cộng 25 điểm cho Lan (0912 ••• 678, khách {channel}) · đơn 250.000đ, HD123.\n"
            f"Lan có 25 điểm, hạng Thành viên. Sai thì nhắn: /huy {number}"
        )
        assert told(lan) == [
            "Bạn được cộng 25 điểm cho đơn 250.000đ tại Cửa hàng chính.\n"
            "Bạn có 25 điểm · hạng Thành viên. Mua thêm 1.750.000đ là lên Bạc.\n"
            "Xem lại: nhắn «lịch sử»."
        ]
        assert actions(session)[-1] == "award"

    def test_the_multiplier_and_the_new_tier_are_shown(self, session: Session, cashier: Person, lan: Person) -> None:
        risen = cashier.say("/tich 0912345678 2tr").splitlines()
        assert risen[1] == "Lan vừa lên hạng Bạc."
        assert "Chúc mừng bạn lên hạng Bạc!" in told(lan)[0]
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
    def test_the_member_code_does_instead_of_the_phone(self, cashier: Person, lan: Person, line: str) -> None:
        code = lan.say("mã").split()[3]

        assert "Đã cộng 120 điểm cho Lan" in cashier.say("/tich " + line.format(code=code))

    def test_a_code_older_than_five_minutes_is_none(self, session: Session, cashier: Person, lan: Person) -> None:
        code = lan.say("mã").split()[3]
        cashier.wait(minutes=5)

        assert cashier.say(f"/tich {code} 250k").startswith(f"Mã {code} không đúng hoặc đã quá 5 phút.")
        assert entries(session) == 0

    def test_the_same_receipt_answers_the_first_award(self, session: Session, cashier: Person, lan: Person) -> None:
        cashier.say("/tich 0912345678 250k #HD123")
        cashier.wait(minutes=3)

        again = cashier.say("/tich 250k 0912345678 #hd123")

        assert again.startswith("HD123 đã được tính lúc 12:00 hôm nay (+25 điểm, bạn Thu). Không cộng thêm.")
        assert entries(session) == 1 and len(told(lan)) == 1

    def test_the_same_receipt_with_another_amount_is_refused_naming_both(
        self, session: Session, cashier: Person, lan: Person
    ) -> None:
        cashier.say("/tich 0912345678 250k #HD123")

        answer = cashier.say("/tich 0987654321 300k #HD123")

        for part in ("HD123", "0912 ••• 678", "250.000đ", "0987 ••• 321", "300.000đ"):
            assert part in answer
        assert entries(session) == 1 and points_of(session, MINH) == -1

    def test_the_same_amount_within_a_minute_is_asked_back_and_once_more_is_the_yes(
        self, session: Session, cashier: Person, lan: Person
    ) -> None:
        cashier.say("/tich 0912345678 50k")

        assert "nhắn lại y như vậy" in cashier.say("/tich 0912345678 50k")
        assert points_of(session, LAN) == 5
        assert "Đã cộng 5 điểm" in cashier.say("/tich 0912345678  50K")
        assert points_of(session, LAN) == 10

    def test_another_amount_other_staff_or_a_minute_later_is_another_bill(
        self, session: Session, kind: str, cashier: Person, lan: Person
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
        assert entries(session) == 0 and session.scalar(select(Customer.id)) is None

    def test_a_bill_too_small_for_a_point_still_has_a_number(
        self, session: Session, cashier: Person, lan: Person
    ) -> None:
        answer = cashier.say("/tich 0912345678 9k")

        assert answer.startswith("Đã ghi đơn 9.000đ cho Lan")
        assert answer.endswith(f"/huy {session.scalars(select(LedgerEntry.id)).one()}")

    def test_the_last_line_ends_with_how_to_undo_it_in_both_languages(self, session: Session, cashier: Person) -> None:
        number = cashier.say("/award 0912345678 250k").splitlines()[-1].rsplit(" ", 2)[1:]

        assert number == ["/huy", str(session.scalars(select(LedgerEntry.id)).one())]


class TestOwnAwards:
    def test_nobody_awards_the_customer_of_their_own_chat(self, session: Session, cashier: Person) -> None:
        cashier.say("0912345678")

        for line in ("/tich 0912345678 250k", f"/tich {cashier.say('mã').split()[3]} 250k"):
            assert cashier.say(line).startswith("Không tự cộng điểm")
        assert entries(session) == 0

    def test_nor_the_customer_of_another_chat_they_work_from(
        self, session: Session, kind: str, cashier: Person
    ) -> None:
        other = meet(session, "messenger" if kind == "zalo" else "zalo")
        other.say("0912345678")
        code = accounts.issue_code(session, member_of(cashier).id, now=cashier.now)
        other.say(f"/nv {code}")

        assert cashier.say("/tich 0912345678 250k").startswith("Không tự cộng điểm")

    def test_a_colleague_may(self, session: Session, kind: str, cashier: Person) -> None:
        cashier.say("0912345678")

        assert "Đã cộng 25 điểm" in hire(session, "cashier", "Minh", kind).say("/tich 0912345678 250k")

    def test_nobody_links_their_own_chat(self, session: Session, cashier: Person) -> None:
        award(session, make_customer(session, phone=LAN), 5_000_000)
        code = cashier.say("mã").splitlines()[-2].split()[-1]

        assert cashier.say(f"/gan 0912345678 {code}").startswith("Không tự cộng điểm")
        assert "Bạn có 0 điểm" in cashier.say("điểm")

    def test_nobody_approves_a_bill_of_their_own(self, session: Session, kind: str, cashier: Person) -> None:
        manager = hire(session, "manager", "Quân", kind)
        manager.say("0912345678")
        cashier.say("/tich 0912345678 9tr")
        number = session.scalars(select(Approval.id)).one()

        assert manager.say(f"/duyet {number}").startswith("Không tự cộng điểm")
        assert session.scalars(select(Approval.state)).one() == "waiting"
        assert entries(session) == 0


class TestApprovals:
    @pytest.fixture
    def manager(self, session: Session, kind: str) -> Person:
        return hire(session, "manager", "Quân", kind)

    def ask(self, session: Session, cashier: Person, line: str = "0912345678 9tr #HD9") -> int:
        cashier.say(f"/tich {line}")
        return session.scalars(select(Approval.id).order_by(Approval.id.desc())).first() or 0

    def test_a_cashiers_large_bill_waits_and_managers_and_owners_are_told(
        self, session: Session, kind: str, cashier: Person, manager: Person, lan: Person
    ) -> None:
        owner = hire(session, "owner", "Chị Mây", kind)

        answer = cashier.say("/tich 0912345678 9tr")

        number = session.scalars(select(Approval.id)).one()
        assert answer == (
            f"Đơn 9.000.000đ cần quản lý duyệt. Đã gửi quản lý, số duyệt {number}. Khách chưa được cộng điểm."
        )
        for decider in (manager, owner):
            assert f"/duyet {number}" in told(decider)[-1] and "Lan (0912 ••• 678" in told(decider)[-1]
        assert entries(session) == 0 and told(lan) == []

    def test_at_the_limit_nothing_waits(self, session: Session, cashier: Person) -> None:
        assert "Đã cộng 500 điểm" in cashier.say("/tich 0912345678 5tr")

    @pytest.mark.parametrize("role", ["manager", "owner"])
    def test_others_have_no_limit(self, session: Session, role: str) -> None:
        assert "Đã cộng 900 điểm" in hire(session, role, "Quân").say("/tich 0912345678 9tr")

    def test_approving_awards_once_and_tells_cashier_and_customer(
        self, session: Session, cashier: Person, manager: Person, lan: Person
    ) -> None:
        number = self.ask(session, cashier)

        assert "Đã cộng 900 điểm cho Lan" in manager.say(f"/duyet {number}")
        assert manager.say(f"/duyet {number}") == f"Số {number} đã được quyết định rồi (đã duyệt)."

        assert points_of(session, LAN) == 900
        purchase = session.scalars(select(Purchase)).one()
        assert (purchase.key, purchase.staff_id) == (f"approval:{number}", member_of(cashier).id)
        assert told(cashier)[-1].startswith(f"Số {number} đã được duyệt.\nĐã cộng 900 điểm cho Lan")
        assert "Bạn được cộng 900 điểm" in told(lan)[-1]
        assert actions(session).count("approve") == 1

    def test_a_new_customer_is_made_only_by_the_yes(self, session: Session, cashier: Person, manager: Person) -> None:
        number = self.ask(session, cashier)
        assert session.scalar(select(Customer.id)) is None
        assert "0912345678" not in str(session.scalars(select(Approval.payload)).one())

        assert "khách mới 0912 ••• 678" in manager.say(f"/duyet {number}")

    def test_rejecting_awards_nothing_and_tells_the_cashier(
        self, session: Session, cashier: Person, manager: Person
    ) -> None:
        number = self.ask(session, cashier)

        assert manager.say(f"/tuchoi {number}").startswith(f"Đã từ chối số {number}.")
        assert "không được duyệt" in told(cashier)[-1]
        assert manager.say(f"/duyet {number}").endswith("(đã từ chối).")
        assert entries(session) == 0

    def test_the_same_receipt_while_it_waits_is_one_request(self, session: Session, cashier: Person) -> None:
        number = self.ask(session, cashier)
        cashier.wait(minutes=30)

        assert "đang chờ duyệt" in cashier.say("/tich 9tr 0912345678 #hd9")
        assert session.scalars(select(Approval.id)).all() == [number]

    def test_without_a_receipt_the_same_bill_within_a_minute_is_asked_back(
        self, session: Session, cashier: Person, lan: Person
    ) -> None:
        self.ask(session, cashier, "0912345678 9tr")

        assert "y hệt" in cashier.say("/tich 0912345678 9tr")
        assert "cần quản lý duyệt" in cashier.say("/tich 0912345678 9tr")
        assert session.scalar(select(func.count()).select_from(Approval)) == 2

    def test_with_no_manager_in_chat_the_cashier_is_told_so(self, session: Session, cashier: Person) -> None:
        assert "Chưa có quản lý nào dùng chat" in cashier.say("/tich 0912345678 9tr")

    def test_a_receipt_taken_meanwhile_is_refused_and_the_request_stays(
        self, session: Session, cashier: Person, manager: Person
    ) -> None:
        number = self.ask(session, cashier)
        manager.say("/tich 0987654321 100k #HD9")

        assert "HD9" in manager.say(f"/duyet {number}")
        assert session.scalars(select(Approval.state)).one() == "waiting"
        assert points_of(session, LAN) == -1

    @pytest.mark.parametrize("number", ["7777", "9" * 18])
    def test_a_number_there_is_not(self, manager: Person, number: str) -> None:
        assert manager.say(f"/duyet {number}") == f"Không có yêu cầu duyệt số {number}."


class TestUndo:
    def number(self, answer: str) -> str:
        return answer.rsplit(" ", 1)[1]

    def test_undoing_takes_the_points_back_and_tells_the_customer(
        self, session: Session, cashier: Person, lan: Person
    ) -> None:
        number = self.number(cashier.say("/tich 0912345678 250k #HD123"))

        assert cashier.say(f"/huy {number}") == (
            "Đã hủy +25 điểm của đơn HD123 (12:00 hôm nay).\nLan còn 0 điểm và đã được báo."
        )
        assert told(lan)[-1].startswith("Đơn 250.000đ lúc 12:00 hôm nay vừa được cửa hàng hủy")
        assert points_of(session, LAN) == 0
        assert cashier.say(f"/huy {number}") == f"Số {number} đã được hủy lúc 12:00 hôm nay. Không trừ thêm."
        assert problems(session) == []

    def test_a_newcomer_is_undone_with_the_award(self, session: Session, cashier: Person) -> None:
        number = self.number(cashier.say("/tich 0912345678 250k"))

        assert "Khách mới của đơn này cũng đã được hủy." in cashier.say(f"/huy {number}")
        assert profiles.find_by_phone(session, LAN) is None

    def test_the_tier_a_bill_gave_goes_with_it(self, session: Session, cashier: Person, lan: Person) -> None:
        number = self.number(cashier.say("/tich 0912345678 2tr"))

        assert cashier.say(f"/huy {number}").endswith("Lan trở lại hạng Thành viên.")

    def test_cashiers_undo_their_own_for_a_day_managers_anything(
        self, session: Session, kind: str, cashier: Person, lan: Person
    ) -> None:
        number = self.number(cashier.say("/tich 0912345678 250k"))
        colleague, manager = hire(session, "cashier", "Minh", kind), hire(session, "manager", "Quân", kind)
        assert "do nhân viên khác nhập" in colleague.say(f"/huy {number}")
        cashier.wait(hours=24, seconds=1)
        manager.now = cashier.now
        assert "quá 24 giờ" in cashier.say(f"/huy {number}")
        assert points_of(session, LAN) == 25
        assert "Đã hủy +25 điểm" in manager.say(f"/huy {number}")

    def test_an_undoing_is_not_undone(self, session: Session, cashier: Person, lan: Person) -> None:
        number = self.number(cashier.say("/tich 0912345678 250k"))
        cashier.say(f"/huy {number}")

        assert "không hủy được" in cashier.say(f"/huy {int(number) + 1}")

    @pytest.mark.parametrize("line", ["/huy", "/huy abc", "/huy 1 2"])
    def test_a_number_is_needed(self, cashier: Person, line: str) -> None:
        assert cashier.say(line).endswith("Ví dụ: /huy 1042")

    def test_a_number_there_is_not(self, cashier: Person) -> None:
        assert cashier.say("/huy 99") == "Không có lần cộng nào mang số 99."


class TestFinding:
    def test_who_it_is_at_a_glance(self, session: Session, kind: str, cashier: Person, lan: Person) -> None:
        for days in (21, 14, 7):
            award(session, lan.customer, 200_000, now=lan.now - timedelta(days=days))
        line = Line(name="Latte đá", quantity=3, unit_price=50_000)
        bill = make_bill(session, 200_000, lines=(line, Line(name="Croissant", quantity=1, unit_price=50_000)))
        accrual.record_purchase(session, lan.customer.id, bill, actor="cli", key="k", now=lan.now - timedelta(days=2))
        channel = {"zalo": "Zalo", "messenger": "Messenger"}[kind]

        assert cashier.say("/tra 0912345678").splitlines() == [
            f"Lan (0912 ••• 678, khách {channel}) · Thành viên · 80 điểm · khách từ 11/2026",
            "Đến 4 lần, gần nhất 20/11 (2 ngày trước, thường cách 6 ngày), đã mua 800.000đ",
            "Hay mua: Latte đá, Croissant",
        ]
        assert actions(session)[-1] == "find"

    def test_by_member_code(self, cashier: Person, lan: Person) -> None:
        assert cashier.say(f"/tra {lan.say('mã').split()[3]}").startswith("Lan (0912 ••• 678")

    def test_nobody_has_it(self, cashier: Person) -> None:
        assert cashier.say("/tra 0912345678") == (
            "Chưa có khách nào với số 0912 ••• 678. Thêm khách: /them 0912345678 Nguyễn Văn A"
        )

    def test_without_a_purchase(self, cashier: Person, lan: Person) -> None:
        assert cashier.say("/tra 0912345678").endswith("Chưa có đơn nào.")


class TestAddingAndLinking:
    @pytest.mark.parametrize("line", ["0912345678 Nguyễn Văn A", "Nguyễn Văn A 0912 345 678"])
    def test_a_customer_is_added(self, session: Session, cashier: Person, line: str) -> None:
        assert cashier.say(f"/them {line}").startswith("Đã thêm Nguyễn Văn A (0912 ••• 678).")
        customer = profiles.find_by_phone(session, LAN)
        assert customer is not None and customer.joined_at is not None

    def test_somebody_known_is_named(self, session: Session, cashier: Person, lan: Person) -> None:
        assert "đã là của Lan (0912 ••• 678" in cashier.say("/them 0912345678 Người Khác")
        assert profiles.name_of(session, lan.customer) == "Lan"

    def test_the_name_is_missing(self, session: Session, cashier: Person) -> None:
        assert cashier.say("/them 0912345678").endswith("/them 0912345678 Nguyễn Văn A")
        assert session.scalar(select(Customer.id)) is None

    def test_a_chat_is_proven_by_its_code(self, session: Session, kind: str, cashier: Person) -> None:
        owner = make_customer(session, phone=LAN, name="Chị Lan")
        award(session, owner, 250_000)
        person = meet(session, kind)
        person.say("0912345678")
        code = person.say("mã").split()[3]

        answer = cashier.say(f"/gan {code} 0912345678")

        assert answer.startswith("Xong, chat đó giờ là của Chị Lan (0912 ••• 678")
        assert person.customer.id == owner.id
        assert "Bạn có 25 điểm" in person.say("điểm")
        assert "vừa được nhân viên xác nhận" in told(person)[-1]
        assert "link" in actions(session)

    @pytest.mark.parametrize(
        ("line", "part"),
        [
            ("0912345678 M7K2QD", "không đúng hoặc đã quá 5 phút"),
            ("0912345678", "Cần số điện thoại và mã khách"),
            ("", "Cần số điện thoại và mã khách"),
            ("M7K2QD", "Còn thiếu số điện thoại"),
        ],
    )
    def test_phone_and_living_code_are_needed(self, session: Session, cashier: Person, line: str, part: str) -> None:
        assert part in cashier.say(f"/gan {line}")
        assert session.scalar(select(Customer.id)) is None


class TestUnknownStaffCommands:
    @pytest.mark.parametrize(
        "text", ["/doi K7P4M2QX", "/trahang HD123 100k", "/ghichu 0912345678 x", "/thu 0912345678 350k", "/baocao"]
    )
    def test_what_has_not_come_yet_does_not_exist(self, session: Session, cashier: Person, text: str) -> None:
        assert cashier.say(text).startswith("Mình không có lệnh «")
        assert entries(session) == 0

    def test_answers_to_staff_are_sealed_for_no_customer(self, session: Session, cashier: Person, lan: Person) -> None:
        cashier.say("/tra 0912345678")

        assert said(session)[-1].user == cashier.user
