"""What is worth a second look: said in a sentence, with its rows, for the owner alone."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from jobs.registry import Context
from jobs.watch import watch_staff
from loyalty.alerts import raising
from loyalty.db import Database
from loyalty.settings import Settings
from loyalty.staff.models import AuditEntry
from loyalty.watch.models import Finding
from tests.builders import NOON
from tests.builders_console import Browser, Console, make_console
from tests.builders_customers import LAN, make_customer, make_identity
from tests.builders_points import award
from tests.builders_staff import make_account, make_bound_staff, make_staff

NIGHT = NOON + timedelta(hours=13, minutes=40)  # 01:40 of the next day at the shop


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    """Thu has awarded Lan four times on one day, and the night has looked."""
    console = make_console(database, settings)
    with database.transaction() as session:
        thu, lan = make_staff(session, "cashier", "Thu"), make_customer(session, name="Lan", phone=LAN)
        for number in range(4):
            at = NOON + timedelta(minutes=38 * number + 2)
            award(session, lan, 250_000, actor=f"staff:{thu.public_id}", staff_id=thu.id, now=at)
    console.clock.now = NIGHT
    watch_staff(Context(database, settings, {}, clock=lambda: NIGHT), NIGHT)
    return console


@pytest.fixture
def owner(console: Console) -> Browser:
    return console.sign_in("owner", "Mai")


def state(console: Console) -> str:
    with console.database.read_only() as session:
        return session.scalars(select(Finding.state)).one()


def open_alerts(console: Console) -> list[str]:
    with console.database.read_only() as session:
        return [alert.kind for alert in raising.list_open(session)]


def number(console: Console) -> int:
    with console.database.read_only() as session:
        return session.scalars(select(Finding.id)).one()


def test_a_finding_is_a_sentence_with_its_rows_and_accuses_nobody(owner: Browser) -> None:
    owner.get("/console/watch")

    assert "Thu cộng 4 lần trong ngày cho cùng một khách (0912 ••• 678): 12:02, 12:40, 13:18, 13:56" in owner.page
    assert "Đáng xem lại không có nghĩa là có lỗi" in owner.page
    assert owner.page.count("+25") == 4 and "0912345678" not in owner.html


def test_a_reason_is_kept_with_its_note_and_taken_back(console: Console, owner: Browser) -> None:
    owner.post(f"/console/watch/{number(console)}/explain", note="Lan mua cho cả văn phòng")
    assert state(console) == "explained" and "Hoàn tác" in owner.page
    assert "Không có gì cần xem lại." in owner.page

    owner.get("/console/watch?state=judged")
    assert "Lan mua cho cả văn phòng" in owner.page and "Có lý do" in owner.page and "Mai" in owner.page

    owner.post(f"/console/watch/{number(console)}/reopen")
    assert state(console) == "open" and "Lan mua cho cả văn phòng" not in owner.page


def test_a_confirmation_is_written_down_and_changes_no_points(console: Console, owner: Browser) -> None:
    owner.post(f"/console/watch/{number(console)}/confirm")

    assert state(console) == "confirmed" and "Điểm của khách vẫn giữ nguyên" in owner.page
    with console.database.read_only() as session:
        kept = session.scalars(select(AuditEntry.subject).filter_by(action="finding_confirmed")).all()
        assert kept == [f"finding:{number(console)}"]


def test_the_alert_ends_when_all_is_looked_at(console: Console, owner: Browser) -> None:
    owner.get("/console/alerts")
    assert "1 việc ở quầy đáng xem lại." in owner.page and "Thu" not in owner.page

    owner.post(f"/console/watch/{number(console)}/explain")
    assert open_alerts(console) == []


def test_a_manager_sees_neither_the_page_nor_the_alert(console: Console) -> None:
    manager = console.sign_in("manager")
    assert manager.get("/console/watch").status_code == 403
    assert manager.post(f"/console/watch/{number(console)}/explain").status_code == 403
    for url in ("/console/alerts", "/console/"):
        manager.get(url)
        assert "đáng xem lại" not in manager.page
    assert state(console) == "open"


def test_a_number_there_is_not_is_told(console: Console, owner: Browser) -> None:
    assert owner.post("/console/watch/999/explain").status_code == 404
    assert owner.get("/console/watch?before=x&state=nonsense").status_code == 200


def test_in_english(console: Console, owner: Browser) -> None:
    owner.client.set_cookie("kq_lang", "en", path="/console")
    owner.get("/console/watch")
    assert "Thu awarded the same customer (0912 ••• 678) 4 times that day: 12:02" in owner.page


def test_an_attempt_on_ones_own_account_at_the_counter_is_kept(console: Console) -> None:
    with console.database.transaction() as session:
        thu = make_bound_staff(session, "cashier", "Hùng", account=make_account(session), user_id="me")
        own = make_customer(session, name="Hùng", phone="+84987654321")
        make_identity(session, own, account=make_account(session), user_id="me")
    browser = console.seat(thu)

    assert browser.post("/console/counter/award", who="0987654321", amount="250k").status_code == 422

    with console.database.read_only() as session:
        assert session.scalars(select(AuditEntry.actor).filter_by(action="own_account_refused")).all() == [
            f"staff:{thu.public_id}"
        ]
