"""Tiers at the console: why on the customer's page, set by hand with a preview and a way back, and who holds which."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from bots import voice
from loyalty.db import Database
from loyalty.messaging.models import OutboundMessage
from loyalty.points.tiers import warning
from loyalty.settings import Settings
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.builders_console import Browser, Console, make_console
from tests.builders_customers import LAN, make_customer, make_identity
from tests.builders_points import award, problems, stats_of

WISH: dict[str, Any] = {"tier": "gold", "until": "2026-12-31", "reason": "khách thân", "form_key": "k"}


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    def with_voice(app: Flask) -> None:
        app.extensions["loyalty_voice"] = voice

    return make_console(database, settings, prepare=with_voice)


@pytest.fixture
def lan(console: Console, database: Database) -> str:
    """The address of Lan, who bought for 2,250,000 ₫ and writes on Zalo."""
    with database.transaction() as session:
        customer = make_customer(session, name="Lan", phone=LAN, joined=True)
        make_identity(session, customer, user_id="lan")
        award(session, customer, 2_250_000)
        return f"/console/customers/{customer.public_id}"


@pytest.fixture
def manager(console: Console, lan: str) -> Browser:
    return console.sign_in("manager", "Quân")


def test_the_page_says_why_until_when_and_every_step(manager: Browser, lan: str) -> None:
    manager.get(f"{lan}/tier")

    assert "Đã mua 2.250.000đ trong 12 tháng qua; hạng Bạc cần 2.000.000đ." in manager.page
    assert "Giữ được đến hết 21/11/2027. Nếu không mua thêm 2.000.000đ, từ 22/11/2027 xuống hạng Thành viên." in (
        manager.page
    )
    assert "Mua thêm 7.750.000đ là lên hạng Vàng." in manager.page
    assert "11/2026 2.250.000đ" in manager.page
    assert "Thành viên → Bạc Đơn hàng đủ mức" in manager.page
    manager.get(lan)
    assert "Vì sao ở hạng Bạc" in manager.page and f'href="{lan}/tier"' in manager.html


def test_a_tier_is_shown_before_it_is_set_and_taken_back(manager: Browser, database: Database, lan: str) -> None:
    manager.get(f"{lan}/tier")
    manager.post(f"{lan}/tier/look", **WISH)
    assert "Sau đó: Vàng" in manager.page and "Giữ đến hết 31/12/2026" in manager.page

    assert [manager.post(f"{lan}/tier", **WISH).status_code for _ in range(2)] == [200, 200]

    assert "Giữ hạng Vàng đến hết 31/12/2026." in manager.page
    assert "Bạc → Vàng Đặt bằng tay, đến hết 31/12/2026 khách thân Quân" in manager.page
    assert "Đặt bằng tay: không dưới hạng Vàng đến hết 31/12/2026." in manager.page
    assert manager.post(f"{lan}/tier/end").status_code == 200
    assert "Đã bỏ hạng đặt bằng tay. Nay ở hạng Bạc." in manager.page
    with database.read_only() as session:
        assert session.scalars(select(OutboundMessage.user_id)).all() == ["lan", "lan"]
        found = session.scalars(select(AuditEntry.action).filter_by(source="console").order_by(AuditEntry.id))
        assert found.all() == ["tier_set", "tier_set_undone"]
        assert problems(session) == []
    manager.get("/console/audit")
    assert "đặt hạng bằng tay cho khách" in manager.page


@pytest.mark.parametrize("change", [{"tier": "member"}, {"until": "2020-01-01"}, {"reason": ""}, {"tier": ""}])
def test_a_wrong_wish_stays_in_the_form_with_what_is_wrong(
    manager: Browser, database: Database, lan: str, change: dict[str, str]
) -> None:
    assert manager.post(f"{lan}/tier", **WISH | change).status_code == 422
    with database.read_only() as session:
        assert session.scalars(select(OutboundMessage)).all() == []


def test_a_cashier_reads_why_and_sets_nothing(console: Console, lan: str) -> None:
    cashier = console.sign_in("cashier", "Thu")
    cashier.get(f"{lan}/tier")
    assert "Đã mua 2.250.000đ" in cashier.page and "Đặt hạng bằng tay" not in cashier.page
    assert cashier.post(f"{lan}/tier", **WISH).status_code == 403


def test_who_holds_which_tier_and_who_is_about_to_move(manager: Browser, database: Database, lan: str) -> None:
    with database.transaction() as session:
        minh = make_customer(session, name="Minh", phone="+84987654321")
        award(session, minh, 1_700_000)
        hoa = make_customer(session, name="Hoa")
        award(session, hoa, 2_000_000, purchased_at=NOON - timedelta(days=350), now=NOON)
        warning.foresee(session, "silver", now=NOON)
        assert stats_of(session, hoa).falls_on is not None
    manager.post(f"{lan}/tier", **WISH)

    manager.get("/console/programme/tiers")

    assert "Vàng 10.000.000đ 1" in manager.page and "Bạc 2.000.000đ 1" in manager.page
    assert "Thành viên mọi khách 1" in manager.page
    assert "Hoa Bạc → Thành viên 07/12/2026 mua thêm 2.000.000đ Chưa" in manager.page
    assert "Minh Thành viên → Bạc mua thêm 300.000đ" in manager.page
    assert "Lan Vàng 31/12/2026" in manager.page
