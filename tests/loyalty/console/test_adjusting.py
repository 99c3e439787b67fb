"""Points given and taken by hand at the console, explained row by row, and the statement of any days."""

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from bots import voice
from loyalty.customers import profiles
from loyalty.db import Database
from loyalty.messaging.models import OutboundMessage
from loyalty.points import ledger, spending
from loyalty.points.ending import due
from loyalty.points.models import LedgerEntry
from loyalty.settings import Settings
from loyalty.staff.models import Approval, AuditEntry
from tests.builders import NOON
from tests.builders_console import Browser, Console, make_console
from tests.builders_customers import LAN, make_customer, make_identity
from tests.builders_points import award, limit_adjustments, problems, promise

DAY = timedelta(days=1)


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    def with_voice(app: Flask) -> None:
        app.extensions["loyalty_voice"] = voice

    return make_console(database, settings, prepare=with_voice)


@pytest.fixture
def lan(console: Console, database: Database) -> str:
    """The address of Lan, who has 20 points and writes on Zalo."""
    with database.transaction() as session:
        customer = make_customer(session, name="Lan", phone=LAN)
        make_identity(session, customer, user_id="lan")
        award(session, customer, 200_000)
        return f"/console/customers/{customer.public_id}"


@pytest.fixture
def manager(console: Console, lan: str) -> Browser:
    return console.sign_in("manager", "Quân")


def points(database: Database) -> int:
    with database.read_only() as session:
        found = profiles.find_by_phone(session, LAN)
        assert found is not None
        return ledger.balance(session, found.id)


def adjust(browser: Browser, lan: str, way: str = "give", count: str = "50", reason: str = "đền ly hỏng") -> int:
    return browser.post(f"{lan}/adjust", way=way, points=count, reason=reason, form_key=f"{way}{count}").status_code


def test_points_are_given_with_their_reason_and_taken_back(manager: Browser, database: Database, lan: str) -> None:
    assert adjust(manager, lan) == 200

    assert "Đã cộng 50 điểm cho Lan (0912 ••• 678). Giờ có 70 điểm." in manager.page
    assert "Điều chỉnh bằng tay đền ly hỏng Quân" in manager.page
    with database.read_only() as session:
        assert session.scalars(select(OutboundMessage.user_id)).all() == ["lan"]
        assert session.scalars(select(AuditEntry.action).filter_by(source="console")).all() == ["adjust"]
        number = session.scalars(select(LedgerEntry.id).filter_by(kind="adjust")).one()
    asked = f"/console/counter/undo/{number}?back=points"
    assert f'href="{asked}"' in manager.html and f'action="{asked}"' in manager.html  # the row, and the toast
    manager.get(asked)
    assert "Hủy lần điều chỉnh này?" in manager.page and f'action="{asked}"' in manager.html
    assert "+50 Lý do đền ly hỏng Lúc 12:00 · Quân" in manager.page and "Hủy, trừ lại 50 điểm" in manager.page
    assert manager.post(asked).status_code == 200
    assert f"Đã hủy dòng #{number}. Lan (0912 ••• 678) còn 20 điểm." in manager.page and points(database) == 20
    manager.get(asked)
    assert "đã được hủy" in manager.page and f'action="{asked}"' not in manager.html
    with database.read_only() as session:
        assert problems(session) == []


def test_a_double_click_gives_once(manager: Browser, database: Database, lan: str) -> None:
    assert [adjust(manager, lan) for _ in range(2)] == [200, 200]
    assert points(database) == 70


def test_taken_points_name_the_bill_they_came_from_and_come_back(
    manager: Browser, database: Database, lan: str
) -> None:
    adjust(manager, lan, "take", "5", "cộng nhầm")
    assert "Điều chỉnh bằng tay cộng nhầm lấy từ đơn 22/11/2026 (5)" in manager.page

    number = re.findall(r"/undo/(\d+)", manager.html)[0]
    manager.post(f"/console/counter/undo/{number}?back=points")

    assert f"Đã hủy dòng #{number}." in manager.page and points(database) == 20
    assert f"Hủy dòng #{number} trả về đơn 22/11/2026 (5)" in manager.page


@pytest.mark.parametrize(
    ("way", "count", "reason", "said"),
    [
        ("take", "21", "nhầm", "Chưa đủ điểm: cần 21, khách đang có 20."),
        ("give", "", "nhầm", "Còn thiếu ô này."),
        ("give", "0", "nhầm", "Phải từ 1 đến 10000000."),
        ("give", "năm", "nhầm", "Cần một số nguyên"),
        ("give", "5", " ", "Còn thiếu ô này."),
        ("both", "5", "nhầm", "Chọn một trong các mục có sẵn."),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    manager: Browser, database: Database, lan: str, way: str, count: str, reason: str, said: str
) -> None:
    assert adjust(manager, lan, way, count, reason) == 422
    assert said in manager.page and points(database) == 20


def test_the_balance_afterwards_is_shown_while_one_types(manager: Browser, database: Database, lan: str) -> None:
    def look(**fields: str) -> str:
        manager.get(f"{lan}/points")
        answer = manager.client.post(
            f"{lan}/adjust/look", data={"csrf_token": manager._token(), **fields}, headers={"HX-Request": "true"}
        )
        manager._keep(answer)
        return manager.page

    assert look(way="give", points="50") == "Sau đó: 70 điểm Cộng 50 điểm"
    assert look(way="take", points="5") == "Sau đó: 15 điểm Trừ 5 điểm"
    assert "Khách không có nhiều điểm như vậy." in look(way="take", points="21")
    assert look(way="give", points="x") == "Điều chỉnh điểm"
    assert points(database) == 20


def test_a_cashier_sees_no_form_and_may_not(console: Console, database: Database, lan: str) -> None:
    cashier = console.sign_in("cashier")
    cashier.get(f"{lan}/points")
    assert "/adjust" not in cashier.html
    assert adjust(cashier, lan) == 403 and points(database) == 20


def test_above_the_limit_another_person_decides(
    console: Console, manager: Browser, database: Database, lan: str
) -> None:
    with database.transaction() as session:
        limit_adjustments(session, 100)
    adjust(manager, lan, count="101", reason="khai trương")
    with database.read_only() as session:
        number = session.scalars(select(Approval.id)).one()
    assert f"cần người thứ hai duyệt, số {number}" in manager.page and points(database) == 20
    owner = console.sign_in("owner")
    owner.get("/console/")
    assert "Điều chỉnh +101 điểm chờ duyệt" in owner.page
    owner.get("/console/approvals")
    assert "+101 điểm" in owner.page and "khai trương" in owner.page and "Duyệt, cộng 101 điểm" in owner.page

    owner.post(f"/console/approvals/{number}/approve")

    assert "Đã cộng 101 điểm cho Lan" in owner.page and points(database) == 121
    owner.get("/console/approvals")
    assert "Đã duyệt ·" in owner.page


def test_whoever_asked_takes_it_back_while_it_waits(
    console: Console, manager: Browser, database: Database, lan: str
) -> None:
    with database.transaction() as session:
        limit_adjustments(session, 100)
    adjust(manager, lan, count="101", reason="khai trương")
    with database.read_only() as session:
        number = session.scalars(select(Approval.id)).one()
    url = f"/console/counter/withdraw/{number}?back=points"
    assert f'action="{url}"' in manager.html and console.sign_in("owner").post(url).status_code == 404

    for _ in range(2):
        assert manager.post(url).status_code == 200
        assert f"Đã rút lại +101 điểm, số duyệt {number}." in manager.page and "Từng lần cộng, trừ" in manager.page

    owner = console.sign_in("owner")
    assert owner.post(f"/console/approvals/{number}/approve").status_code == 409 and points(database) == 20
    owner.get("/console/approvals")
    assert "Người gửi rút lại" in owner.page


def test_every_kind_of_row_says_what_it_is(manager: Browser, database: Database, lan: str) -> None:
    with database.transaction() as session:
        customer = profiles.find_by_phone(session, LAN)
        assert customer is not None
        promise(session, customer, 25, date(2026, 11, 29))
        spending.burn(session, customer.id, 3, key="b", actor="cli", now=NOON)
    manager.get(f"{lan}/points")
    assert "Đổi điểm lấy từ đơn 22/11/2026 (3)" in manager.page
    assert "25 điểm đang chờ, dùng được từ 29/11/2026" in manager.page

    with database.transaction() as session:
        due.sweep(session, now=NOON + 400 * DAY)

    manager.get(f"{lan}/points")
    assert "Điểm chờ nay dùng được điểm của đơn 22/11/2026 (25)" in manager.page
    assert "Hết hạn điểm của đơn 22/11/2026 (17)" in manager.page


class TestStatement:
    def test_it_opens_sums_and_closes(self, manager: Browser, lan: str) -> None:
        adjust(manager, lan)

        manager.get(f"{lan}/statement")

        assert "Sao kê 01/11/2026 – 22/11/2026" in manager.page
        assert "Đầu kỳ 0 điểm Cộng từ đơn hàng +20 Điều chỉnh, mang theo +50 Cuối kỳ 70 điểm" in manager.page
        assert "đền ly hỏng" in manager.page and "data-print" in manager.html

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("from=2026-10-01&to=2026-10-31", "Đầu kỳ 0 điểm Cuối kỳ 0 điểm"),
            ("from=2026-11-23&to=2026-11-30", "Đầu kỳ 20 điểm Cuối kỳ 20 điểm"),
            ("from=2026-11-30&to=2026-11-01", "Sao kê 01/11/2026 – 30/11/2026"),
            ("from=x&to=9999-99-99", "Sao kê 01/11/2026 – 22/11/2026"),
        ],
    )
    def test_days_are_chosen(self, manager: Browser, lan: str, query: str, said: str) -> None:
        assert manager.get(f"{lan}/statement?{query}").status_code == 200
        assert said in manager.page

    def test_a_cashier_sees_it_too(self, console: Console, lan: str) -> None:
        assert console.sign_in("cashier").get(f"{lan}/statement").status_code == 200
