"""The audit log as it is read."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.db import Database
from loyalty.segments import saved
from loyalty.settings import Settings
from loyalty.staff import audit, audit_log
from tests.builders import NOON
from tests.builders_console import Console, make_console
from tests.builders_customers import make_customer
from tests.builders_staff import make_staff

DAY = timedelta(days=1)


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings)


def write(session: Session, count: int, *, actor: str = "cli", action: str = "find", day: int = 0) -> None:
    for number in range(count):
        at = NOON + day * DAY + timedelta(seconds=number)
        audit.record(session, actor, action, f"entry:{number}", source="cli", now=at)


def test_rows_are_sentences_with_names_links_and_before_and_after(console: Console) -> None:
    browser = console.sign_in("owner", "Mai")
    assert browser.member is not None
    mai = f"staff:{browser.member.public_id}"
    with console.database.transaction() as session:
        thu = make_staff(session, "cashier", "Thu")
        lan = make_customer(session, name="Lan")
        change = {"before": "cashier", "after": "manager"}
        subject = f"staff:{thu.public_id}"
        audit.record(session, mai, "staff_role_changed", subject, source="console", detail=change, now=NOON)
        audit.record(session, mai, "find", f"customer:{lan.public_id}", source="zalo", now=NOON)

    browser.get("/console/audit")

    assert "Mai đổi vai trò Thu" in browser.page
    assert "Thu ngân → Quản lý" in browser.page
    assert "Mai tra cứu khách Lan" in browser.page
    assert f'href="/console/staff/{thu.public_id}"' in browser.html


def test_what_was_kept_is_told_in_words_and_things_by_their_names(console: Console) -> None:
    browser = console.sign_in("owner", "Mai")
    assert browser.member is not None
    mai = f"staff:{browser.member.public_id}"
    counts = {"rows": 6, "check": {"new": 2, "refused": 1}}
    with console.database.transaction() as session:
        segment = saved.create(session, "Khách quen", {"all": []}, now=NOON)
        subject = f"segment:{segment.public_id}"
        audit.record(session, mai, "segment_created", subject, source="console", detail={"size": 3}, now=NOON)
        audit.record(
            session, mai, "customers_exported", "export:x", source="console", detail={"revealed": False}, now=NOON
        )
        audit.record(session, mai, "channel_off", "channel:zalo", source="console", now=NOON)
        audit.record(session, mai, "import_done", "import:y", source="console", detail=counts, now=NOON)

    browser.get("/console/audit")

    assert "Mai tạo nhóm khách Khách quen" in browser.page
    assert "Mai xuất danh sách khách" in browser.page and "export" not in browser.page
    assert "Mai tắt kênh Zalo" in browser.page
    assert "số đầy đủ: không" in browser.page
    assert "xem thử: mới 2, không nhận 1 · số dòng: 6" in browser.page


def test_nobody_is_led_to_a_page_that_is_closed_to_them(console: Console) -> None:
    with console.database.transaction() as session:
        thu = f"staff:{make_staff(session, 'cashier', 'Thu').public_id}"
        audit.record(session, "cli", "staff_added", thu, source="cli", now=NOON)
    for role, is_led in (("owner", True), ("manager", False)):
        browser = console.sign_in(role)
        browser.get("/console/audit?action=staff_added")
        assert "thêm nhân viên Thu" in browser.page
        assert ('href="/console/staff/' in browser.html) is is_led


def test_more_goes_on_exactly_where_the_page_ended(console: Console) -> None:
    browser = console.sign_in("manager")
    with console.database.transaction() as session:
        write(session, 120)
    seen: list[str] = []
    url: str | None = "/console/audit?actor=cli&action=find"
    while url:
        browser.get(url)
        seen += re.findall(r"dòng điểm (\d+)", browser.page)
        found = re.search(r'hx-get="([^"]+)"', browser.html)
        url = found.group(1).replace("&amp;", "&") if found else None
    assert seen == [str(number) for number in reversed(range(120))]


def test_rows_are_found_by_who_what_and_when(console: Console) -> None:
    with console.database.transaction() as session:
        write(session, 2, actor="stranger", action="sign_in_missed", day=0)
        write(session, 2, actor="stranger", action="sign_in_missed", day=1)
        write(session, 3, actor="stranger", action="sign_in_locked", day=1)
        found = audit_log.list_newest(session, actor="stranger", since=NOON + DAY, limit=50)
        assert len(found) == 5
        found = audit_log.list_newest(session, action="sign_in_missed", until=NOON + DAY, limit=50)
        assert [row.at for row in found] == [NOON + timedelta(seconds=1), NOON]
    browser = console.sign_in("owner")
    browser.get("/console/audit?action=sign_in_missed&since=2026-11-23&until=2026-11-23")
    assert browser.html.count('<tr><th scope="row">') == 2


@pytest.mark.parametrize(
    "query",
    [
        *(
            "before=x",
            "before=99999999999999999999",
            "before=-1",
            "since=31/12",
            "until=0001-01-01",
            "until=9999-12-31",
        ),
        *("actor=%00", "actor=' OR 1=1", "action=%F0%9F%92%A5", "check=1", "actor=nobody&check=1"),
    ],
)
def test_whatever_stands_in_the_address_is_answered(console: Console, query: str) -> None:
    browser = console.sign_in("owner")
    assert browser.get(f"/console/audit?{query}").status_code == 200


def test_a_whole_chain_is_said_to_be_whole(session: Session) -> None:
    write(session, 5)
    assert audit_log.check(session, "cli") == (5, 5, "")
    assert audit_log.check(session, "nobody") == (0, 0, "")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE audit_entry SET subject = 'entry:9' WHERE seq = 3", "row 3 is not what was written"),
        ("DELETE FROM audit_entry WHERE seq = 3", "row 4 is not what was written"),
        ("DELETE FROM audit_entry WHERE seq = 5", "does not end where its end is kept"),
        ("DELETE FROM audit_entry", "does not end where its end is kept"),
        ("DELETE FROM audit_head", "does not end where its end is kept"),
    ],
)
def test_whoever_changes_a_row_behind_our_back_is_found_out(database: Database, statement: str, told: str) -> None:
    with database.transaction() as session:
        write(session, 5)
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        else:
            for event in ("update", "delete"):
                connection.execute(sa.text(f"DROP TRIGGER audit_entry_no_{event}"))
        connection.execute(sa.text(statement))
    with database.read_only() as session:
        assert told in audit_log.check(session, "cli").problem


def test_a_chain_longer_than_is_checked_at_once_is_checked_at_its_end(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "CHECKED_AT_ONCE", 3)
    write(session, 7)
    assert audit_log.check(session, "cli") == (3, 7, "")
    monkeypatch.setattr(audit_log, "CHECKED_AT_ONCE", 7)
    assert audit_log.check(session, "cli") == (7, 7, "")
    monkeypatch.setattr(audit_log, "CHECKED_AT_ONCE", 8)
    assert audit_log.check(session, "cli") == (7, 7, "")


def test_the_button_tells_what_was_checked(console: Console) -> None:
    browser = console.sign_in("owner")
    with console.database.transaction() as session:
        write(session, 4)  # after the row about the owner being added
    browser.get("/console/audit?actor=cli&check=1")
    assert "5 dòng mới nhất trong 5 dòng đều khớp" in browser.page


@pytest.mark.parametrize("role", ["cashier", "marketer"])
def test_others_may_not_read_it(console: Console, role: str) -> None:
    assert console.sign_in(role).get("/console/audit").status_code == 403
