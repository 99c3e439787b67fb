"""Points given and taken by hand, in chat."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.customers import profiles
from loyalty.points.models import LedgerEntry
from loyalty.staff.models import Approval
from tests.builders_chat import Person, actions, count, hire, member_of, points_of, told
from tests.builders_customers import make_identity
from tests.builders_points import limit_adjustments, problems

LAN = "+84912345678"


@pytest.fixture
def manager(session: Session, kind: str) -> Person:
    return hire(session, "manager", "Quân", kind)


@pytest.fixture
def owner(session: Session, kind: str) -> Person:
    return hire(session, "owner", "Mây", kind)


def number_of(session: Session) -> int:
    return session.scalars(select(Approval.id).order_by(Approval.id.desc())).first() or 0


def test_points_are_given_for_a_reason_and_the_customer_is_told(
    session: Session, manager: Person, known_lan: Person
) -> None:
    answer = manager.say("/cong 0912345678 50 đền ly hỏng")

    entry = session.scalars(select(LedgerEntry)).one()
    assert answer.startswith("Đã cộng 50 điểm cho Lan (0912 ••• 678")
    assert answer.endswith(f"Lan có 50 điểm, hạng Thành viên. Sai thì nhắn: /huy {entry.id}")
    assert told(known_lan)[-1].startswith("Cửa hàng vừa điều chỉnh điểm của bạn: +50 điểm.")
    assert "đền ly hỏng" not in told(known_lan)[-1]
    assert "adjust" in actions(session) and problems(session) == []


def test_delivered_twice_it_is_done_once(session: Session, manager: Person, known_lan: Person) -> None:
    manager.say("/cong 0912345678 50 đền ly hỏng")
    manager.again()
    assert points_of(session, LAN) == 50


def test_points_are_taken_and_given_back(session: Session, manager: Person, known_lan: Person) -> None:
    manager.say("/cong 0912345678 50 đền ly hỏng")

    answer = manager.say("/adjust 0912345678 -20 gave too many")
    assert answer.startswith("Took 20 points from Lan") and points_of(session, LAN) == 30

    assert manager.say(f"/huy {answer.rsplit(' ', 1)[1]}").startswith("Đã hủy dòng")
    assert points_of(session, LAN) == 50 and problems(session) == []


def test_nobody_is_taken_more_than_they_have(session: Session, manager: Person, known_lan: Person) -> None:
    assert manager.say("/tru 0912345678 5 cộng nhầm") == "Chưa đủ điểm: cần 5 điểm, đang có 0 điểm."
    assert count(session, LedgerEntry) == 0


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (
            "/cong 0912345678 70",
            "Mình hiểu: khách 0912 ••• 678, 70 điểm. Còn thiếu lý do, ví dụ: /cong 0912345678 70 đền ly hỏng",
        ),
        ("/tru 0912345678 nhầm", "Còn thiếu số điểm, ví dụ: /tru 0912345678 50 đền ly hỏng"),
        (
            "/cong 0912345678 50k đền",
            "«50k đền» là tiền hay điểm? Lệnh này nhận số điểm, ví dụ: /cong 0912345678 50 đền ly hỏng",
        ),
        ("/cong 912345678 50 đền", "«912345678» có phải 0912345678 không?"),
        ("/cong 0912345678 0 đền", "Số điểm phải từ 1 đến 10.000.000."),
        ("/cong 0987654321 50 đền", "Chưa có khách nào với số 0987 ••• 321."),
        ("/cong 0912345678 50 " + "dài " * 90, "Lý do dài quá 300 chữ"),
    ],
)
def test_what_is_missing_is_asked_back(
    session: Session, manager: Person, known_lan: Person, line: str, answer: str
) -> None:
    assert manager.say(line).startswith(answer)
    assert count(session, LedgerEntry) == 0


def test_a_cashier_may_not(session: Session, cashier: Person, known_lan: Person) -> None:
    assert "không dùng lệnh này" in cashier.say("/cong 0912345678 50 đền ly hỏng")
    assert count(session, LedgerEntry) == 0


def own_lan(session: Session, person: Person) -> None:
    """Lan's customer is the one behind this member's chat."""
    lan = profiles.find_by_phone(session, LAN)
    assert lan is not None
    make_identity(session, lan, account=person.account, user_id=person.user)


def test_nobody_gives_to_themselves_nor_takes_back_what_was_taken_from_them(
    session: Session, manager: Person, owner: Person, known_lan: Person
) -> None:
    owner.say("/cong 0912345678 50 đền ly hỏng")
    taken = owner.say("/tru 0912345678 20 cộng nhầm").rsplit(" ", 1)[1]
    own_lan(session, manager)

    for line in ("/cong 0912345678 5 thưởng", "/tru 0912345678 5 nhầm", f"/huy {taken}"):
        assert manager.say(line).startswith("Không tự cộng điểm")
    assert points_of(session, LAN) == 30


class TestAboveTheLimit:
    @pytest.fixture(autouse=True)
    def _limit(self, session: Session) -> None:
        limit_adjustments(session, 100)

    def test_at_the_limit_nothing_waits(self, session: Session, manager: Person, known_lan: Person) -> None:
        manager.say("/cong 0912345678 100 khai trương")
        assert points_of(session, LAN) == 100

    def test_it_waits_for_another_who_reads_why(
        self, session: Session, manager: Person, owner: Person, known_lan: Person
    ) -> None:
        answer = manager.say("/cong 0912345678 101 khai trương")

        number = number_of(session)
        assert answer.startswith("+101 điểm cho Lan") and f"số duyệt {number}" in answer
        assert told(manager) == [] and points_of(session, LAN) == 0
        assert "do Quân đề nghị. Lý do: khai trương" in told(owner)[-1] and f"/duyet {number}" in told(owner)[-1]
        assert "khai trương" not in str(session.scalars(select(Approval.payload)).one())

    def test_the_yes_of_another_does_it_once_and_tells_both(
        self, session: Session, manager: Person, owner: Person, known_lan: Person
    ) -> None:
        manager.say("/cong 0912345678 101 khai trương")
        number = number_of(session)
        assert "do chính bạn gửi" in manager.say(f"/duyet {number}")

        assert owner.say(f"/duyet {number}").startswith("Đã cộng 101 điểm cho Lan")
        assert "đã được quyết định" in owner.say(f"/duyet {number}")

        assert points_of(session, LAN) == 101
        assert told(manager)[-1].startswith(f"Số {number} đã được duyệt.\nĐã cộng 101 điểm cho Lan")
        assert "+101 điểm" in told(known_lan)[-1]
        assert session.scalars(select(LedgerEntry)).one().actor == f"staff:{member_of(manager).public_id}"
        assert problems(session) == []

    def test_the_no_changes_nothing(self, session: Session, manager: Person, owner: Person, known_lan: Person) -> None:
        manager.say("/cong 0912345678 101 khai trương")
        number = number_of(session)

        assert owner.say(f"/tuchoi {number}").startswith(f"Đã từ chối số {number}.")
        assert "không được duyệt" in told(manager)[-1] and points_of(session, LAN) == 0

    def test_whoever_would_get_them_does_not_approve(
        self, session: Session, manager: Person, owner: Person, known_lan: Person
    ) -> None:
        manager.say("/cong 0912345678 101 khai trương")
        own_lan(session, owner)

        assert owner.say(f"/duyet {number_of(session)}").startswith("Không tự cộng điểm")
        assert session.scalars(select(Approval.state)).one() == "waiting"

    def test_points_used_meanwhile_refuse_the_yes_and_the_request_stays(
        self, session: Session, manager: Person, owner: Person, known_lan: Person
    ) -> None:
        for _ in range(2):
            manager.say("/cong 0912345678 100 khai trương")
        manager.say("/tru 0912345678 150 nhầm")
        manager.say("/tru 0912345678 100 nhầm")

        assert "Chưa đủ điểm" in owner.say(f"/duyet {number_of(session)}")
        assert session.scalars(select(Approval.state)).one() == "waiting"

    def test_the_same_event_again_is_one_request(self, session: Session, manager: Person, known_lan: Person) -> None:
        manager.say("/cong 0912345678 101 khai trương")
        manager.again()
        assert count(session, Approval) == 1
