"""Large bills wait for a second person; mistakes are taken back."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.points.models import LedgerEntry
from loyalty.purchases.models import Purchase
from loyalty.staff.models import Approval
from tests.builders_chat import Person, actions, count, hire, member_of, points_of, told
from tests.builders_points import problems

LAN, MINH = "+84912345678", "+84987654321"


class TestApprovals:
    @pytest.fixture
    def manager(self, session: Session, kind: str) -> Person:
        return hire(session, "manager", "Quân", kind)

    def ask(self, session: Session, cashier: Person, line: str = "0912345678 9tr #HD9") -> int:
        cashier.say(f"/tich {line}")
        return session.scalars(select(Approval.id).order_by(Approval.id.desc())).first() or 0

    def test_a_cashiers_large_bill_waits_and_managers_and_owners_are_told(
        self, session: Session, kind: str, cashier: Person, manager: Person, known_lan: Person
    ) -> None:
        owner = hire(session, "owner", "Chị Mây", kind)

        answer = cashier.say("/tich 0912345678 9tr")

        number = session.scalars(select(Approval.id)).one()
        assert answer == (
            f"Đơn 9.000.000đ cần quản lý duyệt. Đã gửi quản lý, số duyệt {number}. Khách chưa được cộng điểm.\n"
            f"Gửi nhầm thì nhắn: /rutlai {number}"
        )
        for decider in (manager, owner):
            assert f"/duyet {number}" in told(decider)[-1] and "Lan (0912 ••• 678" in told(decider)[-1]
        assert count(session, LedgerEntry) == 0 and told(known_lan) == []

    def test_at_the_limit_nothing_waits(self, session: Session, cashier: Person) -> None:
        assert "Đã cộng 500 điểm" in cashier.say("/tich 0912345678 5tr")

    @pytest.mark.parametrize("role", ["manager", "owner"])
    def test_others_have_no_limit(self, session: Session, role: str) -> None:
        assert "Đã cộng 900 điểm" in hire(session, role, "Quân").say("/tich 0912345678 9tr")

    def test_approving_awards_once_and_tells_cashier_and_customer(
        self, session: Session, cashier: Person, manager: Person, known_lan: Person
    ) -> None:
        number = self.ask(session, cashier)

        assert "Đã cộng 900 điểm cho Lan" in manager.say(f"/duyet {number}")
        assert manager.say(f"/duyet {number}") == f"Số {number} đã được quyết định rồi (đã duyệt)."

        assert points_of(session, LAN) == 900
        purchase = session.scalars(select(Purchase)).one()
        assert (purchase.key, purchase.staff_id) == (f"approval:{number}", member_of(cashier).id)
        assert told(cashier)[-1].startswith(f"Số {number} đã được duyệt.\nĐã cộng 900 điểm cho Lan")
        assert "Bạn được cộng 900 điểm" in told(known_lan)[-1]
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
        assert count(session, LedgerEntry) == 0

    def test_the_same_receipt_while_it_waits_is_one_request(self, session: Session, cashier: Person) -> None:
        number = self.ask(session, cashier)
        cashier.wait(minutes=30)

        assert "đang chờ duyệt" in cashier.say("/tich 9tr 0912345678 #hd9")
        assert session.scalars(select(Approval.id)).all() == [number]

    def test_without_a_receipt_the_same_bill_within_a_minute_is_asked_back(
        self, session: Session, cashier: Person, known_lan: Person
    ) -> None:
        self.ask(session, cashier, "0912345678 9tr")

        assert "y hệt" in cashier.say("/tich 0912345678 9tr")
        assert "cần quản lý duyệt" in cashier.say("/tich 0912345678 9tr")
        assert session.scalar(select(func.count()).select_from(Approval)) == 2

    def test_with_no_manager_in_chat_the_cashier_is_told_so(self, session: Session, cashier: Person) -> None:
        assert "Chưa nhắn được cho quản lý nào" in cashier.say("/tich 0912345678 9tr")

    def test_a_receipt_taken_meanwhile_is_refused_and_the_request_stays(
        self, session: Session, cashier: Person, manager: Person
    ) -> None:
        number = self.ask(session, cashier)
        manager.say("/tich 0987654321 100k #HD9")

        assert "HD9" in manager.say(f"/duyet {number}")
        assert session.scalars(select(Approval.state)).one() == "waiting"
        assert points_of(session, LAN) is None

    @pytest.mark.parametrize("number", ["7777", "9" * 18])
    def test_a_number_there_is_not(self, manager: Person, number: str) -> None:
        assert manager.say(f"/duyet {number}") == f"Không có yêu cầu duyệt số {number}."


class TestUndo:
    def number(self, answer: str) -> str:
        return answer.rsplit(" ", 1)[1]

    def test_undoing_takes_the_points_back_and_tells_the_customer(
        self, session: Session, cashier: Person, known_lan: Person
    ) -> None:
        number = self.number(cashier.say("/tich 0912345678 250k #HD123"))

        assert cashier.say(f"/huy {number}") == (
            "Đã hủy +25 điểm của đơn HD123 (12:00 hôm nay).\nLan còn 0 điểm và đã được báo.\n"
            "Hủy nhầm thì ghi lại đơn: /tich"
        )
        assert told(known_lan)[-1].startswith("Đơn 250.000đ lúc 12:00 hôm nay vừa được cửa hàng hủy")
        assert points_of(session, LAN) == 0
        assert cashier.say(f"/huy {number}") == f"Số {number} đã được hủy lúc 12:00 hôm nay. Không trừ thêm."
        assert problems(session) == []

    def test_a_newcomer_is_undone_with_the_award(self, session: Session, cashier: Person) -> None:
        number = self.number(cashier.say("/tich 0912345678 250k"))

        assert "Khách mới tạo cùng đơn này cũng đã được xóa." in cashier.say(f"/huy {number}")
        assert profiles.find_by_phone(session, LAN) is None

    def test_the_tier_a_bill_gave_goes_with_it(self, session: Session, cashier: Person, known_lan: Person) -> None:
        number = self.number(cashier.say("/tich 0912345678 2tr"))

        assert cashier.say(f"/huy {number}").splitlines()[-2] == "Lan trở lại hạng Thành viên."

    def test_cashiers_undo_their_own_for_a_day_managers_anything(
        self, session: Session, kind: str, cashier: Person, known_lan: Person
    ) -> None:
        number = self.number(cashier.say("/tich 0912345678 250k"))
        colleague, manager = hire(session, "cashier", "Minh", kind), hire(session, "manager", "Quân", kind)
        assert "do nhân viên khác nhập" in colleague.say(f"/huy {number}")
        cashier.wait(hours=24, seconds=1)
        manager.now = cashier.now
        assert "quá 24 giờ" in cashier.say(f"/huy {number}")
        assert points_of(session, LAN) == 25
        assert "Đã hủy +25 điểm" in manager.say(f"/huy {number}")

    def test_an_undoing_is_not_undone(self, session: Session, cashier: Person, known_lan: Person) -> None:
        number = self.number(cashier.say("/tich 0912345678 250k"))
        cashier.say(f"/huy {number}")

        assert "không hủy được" in cashier.say(f"/huy {int(number) + 1}")

    @pytest.mark.parametrize("line", ["/huy", "/huy abc", "/huy 1 2"])
    def test_a_number_is_needed(self, cashier: Person, line: str) -> None:
        assert cashier.say(line).endswith("Ví dụ: /huy 1042")

    def test_a_number_there_is_not(self, cashier: Person) -> None:
        assert cashier.say("/huy 99") == "Không có lần cộng hay đổi quà nào mang số 99."
