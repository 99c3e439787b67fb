"""The page lists leave by: proved, for a reason, within the limit, masked unless one may see."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from loyalty.db import Database
from loyalty.exchange import exports
from loyalty.exchange.models import ExportLog
from loyalty.segments import saved
from loyalty.settings import Settings
from loyalty.staff import sessions
from loyalty.staff.models import Role
from tests.builders import NOON
from tests.builders_console import Browser, Console, make_console
from tests.builders_customers import LAN, make_customer

WHY = "gửi kế toán đối chiếu"


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    with database.transaction() as session:
        make_customer(session, phone=LAN, name="Nguyễn Thị Lan")
    return make_console(database, settings)


def logs(database: Database) -> int:
    with database.read_only() as session:
        return session.scalar(select(func.count()).select_from(ExportLog)) or 0


def take(browser: Browser, **fields: str) -> str:
    asked: dict[str, Any] = {"what": "customers", "kind": "csv", "reason": WHY, **fields}
    answer = browser.post("/console/exports", **asked)
    return answer.data.decode("utf-8-sig") if answer.status_code == 200 else ""


def test_a_manager_takes_out_a_masked_list_with_their_name_on_it(console: Console, database: Database) -> None:
    manager = console.sign_in(Role.MANAGER, "Thu")

    lines = take(manager).splitlines()

    assert "Thu xuất lúc 22/11/2026 12:00" in lines[0]
    assert "0912 ••• 678" in lines[2]
    manager.get("/console/exports")
    assert WHY in manager.page
    assert "Hôm nay bạn còn xuất được 999 / 1.000 khách." in manager.page


def test_whole_phones_are_taken_out_by_those_who_may_see_them(console: Console) -> None:
    assert "0912345678" in take(console.sign_in("owner"), reveal="1")


def test_a_workbook_leaves_as_one(console: Console) -> None:
    owner = console.sign_in("owner")
    answer = owner.post("/console/exports", what="customers", kind="xlsx", reason=WHY)
    assert answer.data.startswith(b"PK")
    assert 'filename="khach-hang-20261122.xlsx"' in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_a_reason_nothing_leaves(console: Console, database: Database) -> None:
    owner = console.sign_in("owner")
    assert owner.post("/console/exports", what="customers", kind="csv", reason="vì").status_code == 422
    assert "Ghi lý do rõ hơn" in owner.page
    assert logs(database) == 0


def test_the_password_is_asked_for_again_after_a_while(console: Console, database: Database) -> None:
    owner = console.sign_in("owner")
    console.clock.now += sessions.FRESH + timedelta(seconds=1)
    owner.get("/console/exports")
    assert "Xác nhận mật khẩu" in owner.page
    assert "Xuất tệp</button>" not in owner.html
    answer = owner.post("/console/exports", follow=False, what="customers", kind="csv", reason=WHY)
    assert answer.status_code == 303
    assert "/console/me/confirm" in answer.headers["Location"]
    assert logs(database) == 0


def test_the_limit_is_said_beside_the_list(
    console: Console, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(exports.DAILY, Role.MANAGER, 1)
    manager = console.sign_in(Role.MANAGER)
    assert take(manager)
    assert take(manager) == ""
    assert "Mỗi ngày bạn xuất nhiều nhất 1 khách, hôm nay còn 0" in manager.page
    assert logs(database) == 1


def test_a_segment_is_taken_out_and_named(console: Console, database: Database) -> None:
    with database.transaction() as session:
        segment = saved.create(session, "Có số", {"all": [{"field": "has_phone", "op": "=", "value": True}]}, now=NOON)
    owner = console.sign_in("owner")
    owner.get(f"/console/exports?segment={segment.public_id}")
    assert f'<option value="{segment.public_id}" selected>' in owner.html
    assert "1 khách" in take(owner, what=segment.public_id)
    owner.get("/console/exports")
    assert "Có số" in owner.page
    assert take(owner, what="nothing") == ""
    assert "Nhóm này không còn nữa" in owner.page


@pytest.mark.parametrize("role", [Role.CASHIER, Role.MARKETER])
def test_other_roles_take_nothing_out(console: Console, role: Role) -> None:
    browser = console.sign_in(role)
    assert browser.get("/console/exports").status_code == 403
    assert browser.post("/console/exports", what="customers", kind="csv", reason=WHY).status_code == 403


def test_strange_places_in_the_list_are_no_fault(console: Console) -> None:
    owner = console.sign_in("owner")
    for after in ("x", "9" * 40, "-1", "٣"):
        assert owner.get(f"/console/exports?after={after}").status_code == 200
    assert owner.post("/console/exports", what="customers", kind="exe", reason=WHY).status_code == 422
