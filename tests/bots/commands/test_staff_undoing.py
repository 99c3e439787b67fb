"""Every command of staff that changes something says how it is taken back, or why not."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bots.commands import STAFF, registry
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.staff.models import Approval
from tests.builders_chat import Person, actions, hire, told
from tests.builders_customers import LAN, make_customer
from tests.builders_points import award

READ_ONLY = {"find", "try", "report", "customer_report", "segments", "help", "practice", "skip", "leave_practice"}
TOLD = {  # where each is shown: in this file, or in the tests of its own
    *("award", "undo", "return", "redeem", "note", "unnote", "adjust", "deduct", "tier", "release"),
    *("add", "unadd", "link", "referral", "approve", "reject", "withdraw", "staff", "leave"),
}


def test_no_command_is_forgotten() -> None:
    assert {key for audience, key in registry() if audience is STAFF} == READ_ONLY | TOLD


def test_whom_one_added_is_taken_back(session: Session, cashier: Person) -> None:
    added = cashier.say("/them 0912345678 Lan")
    assert added.splitlines()[-1] == "Thêm nhầm thì nhắn: /bothem 0912345678"

    answer = cashier.say("/bothem 0912345678")

    assert answer.startswith("Đã bỏ Lan (0912 ••• 678) vừa thêm.") and answer.endswith("/them")
    assert profiles.find_by_phone(session, LAN) is None
    assert actions(session)[-2:] == ["add_customer", "customer_unadded"]
    assert "Đã thêm" in cashier.say("/them 0912345678 Lan")


def test_whoever_has_a_history_stays(session: Session, cashier: Person) -> None:
    cashier.say("/them 0912345678 Lan")
    cashier.say("/tich 0912345678 250k")

    assert cashier.say("/bothem 0912345678").startswith("Không bỏ được khách này")
    assert profiles.find_by_phone(session, LAN) is not None


def test_nobody_is_taken_back_who_was_not_added_by_hand_just_now(session: Session, kind: str, cashier: Person) -> None:
    make_customer(session, name="Lan", phone=LAN)
    manager = hire(session, "manager", "Quân", kind)

    assert cashier.say("/bothem 0912345678").startswith("Vai trò thu ngân không dùng lệnh này")
    assert manager.say("/bothem 0912345678").startswith("Không bỏ được khách này")
    cashier.say("/them 0987654321 Minh")
    manager.wait(hours=25)
    assert manager.say("/bothem 0987654321").startswith("Không bỏ được khách này")


def test_a_colleagues_newcomer_is_a_managers_to_take_back(session: Session, kind: str, cashier: Person) -> None:
    cashier.say("/them 0912345678 Lan")

    assert hire(session, "cashier", "Minh", kind).say("/bothem 0912345678").startswith("Vai trò thu ngân")
    assert hire(session, "manager", "Quân", kind).say("/bothem 0912345678").startswith("Đã bỏ Lan")


def test_whoever_asked_takes_a_request_back(session: Session, kind: str, cashier: Person, known_lan: Person) -> None:
    manager = hire(session, "manager", "Quân", kind)
    asked = cashier.say("/tich 0912345678 9tr")
    number = session.scalars(select(Approval.id)).one()
    assert asked.endswith(f"Gửi nhầm thì nhắn: /rutlai {number}")
    assert manager.say(f"/rutlai {number}").startswith("Không có yêu cầu duyệt số")

    assert cashier.say(f"/rutlai {number}").startswith(f"Đã rút lại số {number}")

    assert actions(session)[-1] == "approval_withdrawn"
    assert "đã được quyết định rồi" in manager.say(f"/duyet {number}")
    assert told(known_lan) == []


def test_a_rejection_and_a_binding_say_what_then(session: Session, kind: str, cashier: Person) -> None:
    manager = hire(session, "manager", "Quân", kind)
    cashier.say("/tich 0912345678 9tr")

    assert manager.say(f"/tuchoi {session.scalars(select(Approval.id)).one()}").endswith("người nhập gửi lại từ đầu.")


def test_an_undone_bill_can_be_recorded_again(session: Session, cashier: Person, known_lan: Person) -> None:
    number = cashier.say("/tich 0912345678 250k #HD1").rsplit(" ", 1)[1]

    assert cashier.say(f"/huy {number}").endswith("Hủy nhầm thì ghi lại đơn: /tich")
    assert "Đã cộng 25 điểm" in cashier.say("/tich 0912345678 250k #HD1")


def test_an_undone_adjustment_says_which_way_it_was(session: Session, kind: str, known_lan: Person) -> None:
    manager = hire(session, "manager", "Quân", kind)
    award(session, known_lan.customer, 1_000_000)
    for line, again in (("/cong 0912345678 50 đền ly hỏng", "/cong"), ("/tru 0912345678 50 nhầm", "/tru")):
        number = manager.say(line).rsplit(" ", 1)[1]
        assert manager.say(f"/huy {number}").endswith(again)


def test_a_cashier_takes_back_within_a_day(session: Session, cashier: Person) -> None:
    cashier.say("/them 0912345678 Lan")
    cashier.now += timedelta(hours=25)

    assert cashier.say("/bothem 0912345678").startswith("Vai trò thu ngân không dùng lệnh này")
    assert session.scalar(select(Customer.id)) is not None
