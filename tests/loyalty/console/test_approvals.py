"""Large bills on the page of approvals: a yes, a no, once."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from bots import voice
from loyalty.choices import chosen
from loyalty.customers import profiles
from loyalty.db import Database
from loyalty.journeys import lifecycle
from loyalty.journeys.lifecycle import Written
from loyalty.messaging import contents
from loyalty.messaging.models import OutboundMessage
from loyalty.points import ledger
from loyalty.purchases.models import Purchase
from loyalty.settings import Settings
from loyalty.staff import accounts
from loyalty.staff.models import Approval, AuditEntry, StaffMember
from tests.builders import NOON
from tests.builders_console import Browser, Console, make_console
from tests.builders_customers import LAN, make_customer, make_identity
from tests.builders_journeys import BIRTHDAY, make_fan, make_journey, plan
from tests.builders_staff import make_bound_staff


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    def with_voice(app: Flask) -> None:
        app.extensions["loyalty_voice"] = voice

    return make_console(database, settings, prepare=with_voice)


@pytest.fixture
def thu(console: Console, database: Database) -> StaffMember:
    """A cashier who also works from a chat."""
    with database.transaction() as session:
        return make_bound_staff(session, "cashier", "Thu", user_id="thu")


@pytest.fixture
def number(console: Console, database: Database, thu: StaffMember) -> int:
    """Thu has sent a bill of nine million for Lan."""
    with database.transaction() as session:
        make_identity(session, make_customer(session, name="Lan", phone=LAN), user_id="lan")
    console.seat(thu).post("/console/counter/award", who="0912345678", amount="9tr", receipt="HD9")
    with database.read_only() as session:
        return session.scalars(select(Approval.id)).one()


def told(database: Database, user: str) -> list[str]:
    with database.read_only() as session:
        rows = session.scalars(select(OutboundMessage).filter_by(user_id=user).order_by(OutboundMessage.id)).all()
        return [contents.read(session, row).text for row in rows]


def points(database: Database) -> int:
    with database.read_only() as session:
        lan = profiles.find_by_phone(session, LAN)
        return ledger.balance(session, lan.id) if lan else 0


def decide(browser: Browser, number: int, what: str) -> int:
    return browser.post(f"/console/approvals/{number}/{what}").status_code


def test_the_page_says_who_asks_for_whom_and_how_much(console: Console, number: int) -> None:
    manager = console.sign_in("manager")

    manager.get("/console/approvals")

    for part in ("9.000.000đ", "Lan", "0912 ••• 678", "Do Thu", "HD9", f"#{number}"):
        assert part in manager.page
    assert "0912345678" not in manager.html


def test_a_yes_awards_in_the_cashiers_name_and_tells_both(console: Console, database: Database, number: int) -> None:
    manager = console.sign_in("manager")

    assert decide(manager, number, "approve") == 200

    assert "Đã cộng 900 điểm cho Lan (0912 ••• 678)" in manager.page
    assert points(database) == 900
    assert told(database, "thu")[-1].startswith(f"Số {number} đã được duyệt.\nĐã cộng 900 điểm cho Lan")
    assert told(database, "lan")[-1].startswith("Bạn được cộng 900 điểm")
    with database.read_only() as session:
        purchase = session.scalars(select(Purchase)).one()
        assert accounts.name_of(session, accounts.get(session, purchase.staff_id or 0)) == "Thu"
        assert session.scalar(select(func.count()).select_from(AuditEntry).filter_by(action="approve")) == 1


def test_a_double_click_is_no_fault_and_awards_once(console: Console, database: Database, number: int) -> None:
    manager = console.sign_in("manager")

    assert [decide(manager, number, "approve") for _ in range(2)] == [200, 200]
    assert points(database) == 900 and len(told(database, "lan")) == 1


def test_a_no_awards_nothing_and_tells_the_cashier(console: Console, database: Database, number: int) -> None:
    manager = console.sign_in("manager")

    assert [decide(manager, number, "reject") for _ in range(2)] == [200, 200]

    assert points(database) == 0
    assert "không được duyệt" in told(database, "thu")[-1]
    manager.get("/console/approvals")
    assert "Không có gì chờ bạn duyệt." in manager.page and "Từ chối ·" in manager.page


@pytest.mark.parametrize(
    ("runs", "button", "said"),
    [
        (True, "Từ chối, chạy như trước khi sửa", "Hành trình chạy tiếp như trước khi sửa."),
        (False, "Từ chối, không cho chạy", "Hành trình lại là bản nháp, chưa nhận khách."),
    ],
)
def test_a_no_to_a_journey_says_what_becomes_of_it(
    console: Console, database: Database, runs: bool, button: str, said: str
) -> None:
    with database.transaction() as session:
        make_fan(session, birthday=1110)
        journey = make_journey(session, active=runs)
        chosen.save(session, {"approval_people": 0}, by="cli", now=NOON)
        if runs:
            other = Written("Tên", plan(BIRTHDAY, {"do": "send", "text": "Khác"}))
            lifecycle.edit(session, journey, other, by="staff:an", now=NOON)
        else:
            lifecycle.activate(session, journey, by="staff:an", now=NOON)
        waiting = session.scalars(select(Approval.id)).one()
    manager = console.sign_in("manager")

    manager.get("/console/approvals")
    assert button in manager.page
    decide(manager, waiting, "reject")
    assert said in manager.page and "Không có tin nào đi" not in manager.page


def test_whoever_is_second_is_told_that_it_is_decided(console: Console, database: Database, number: int) -> None:
    decide(console.sign_in("manager"), number, "reject")
    owner = console.sign_in("owner")

    assert decide(owner, number, "approve") == 409
    assert "đã có người quyết định trước bạn" in owner.page and points(database) == 0


def test_a_cashier_may_not_decide(console: Console, database: Database, number: int) -> None:
    assert decide(console.sign_in("cashier"), number, "approve") == 403 and points(database) == 0


def test_nobody_decides_what_they_asked_for(
    console: Console, database: Database, thu: StaffMember, number: int
) -> None:
    with database.transaction() as session:
        session.get_one(StaffMember, thu.id).role = "manager"
    browser = console.seat(thu)
    browser.get("/console/approvals")
    assert "Bạn tự gửi việc này" in browser.page

    assert decide(browser, number, "approve") == 403 and points(database) == 0


def test_a_receipt_taken_meanwhile_is_refused_and_the_request_stays(
    console: Console, database: Database, number: int
) -> None:
    manager = console.sign_in("manager")
    manager.post("/console/counter/award", who="0987654321", amount="100k", receipt="HD9")

    assert decide(manager, number, "approve") == 409

    assert "HD9" in manager.page and "0987 ••• 321" in manager.page and "9.000.000đ" in manager.page
    with database.read_only() as session:
        assert session.scalars(select(Approval.state)).one() == "waiting"


def test_a_new_customer_is_made_only_by_the_yes(console: Console, database: Database, thu: StaffMember) -> None:
    console.seat(thu).post("/console/counter/award", who="0912345678", amount="9tr")
    with database.read_only() as session:
        number = session.scalars(select(Approval.id)).one()
        assert profiles.find_by_phone(session, LAN) is None
    manager = console.sign_in("manager")
    manager.get("/console/approvals")
    assert "Khách mới 0912 ••• 678" in manager.page

    decide(manager, number, "approve")

    assert points(database) == 900


@pytest.mark.parametrize("number", ["999", "9" * 40])
def test_a_number_there_is_not(console: Console, number: str) -> None:
    assert console.sign_in("manager").post(f"/console/approvals/{number}/approve").status_code == 404


def test_what_waits_beyond_one_page_is_on_the_next(
    console: Console, database: Database, number: int, thu: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyalty.console.approvals.PAGE", 1)
    console.seat(thu).post("/console/counter/award", who="0912345678", amount="8tr", receipt="HD10")
    manager = console.sign_in("manager")
    manager.get("/console/approvals")
    assert ("HD9" in manager.page, "HD10" in manager.page) == (True, False)
    manager.get(f"/console/approvals?after={number}")
    assert ("HD9" in manager.page, "HD10" in manager.page) == (False, True)
    assert manager.get("/console/approvals?after=x").status_code == 200
