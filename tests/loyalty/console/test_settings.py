"""The settings page, the stop button on every page, and the way from demo to real."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from jobs import demo as pump
from jobs.registry import Context
from loyalty import demo
from loyalty.channels import accounts as channels
from loyalty.choices import chosen, sending
from loyalty.choices.models import ChoiceChange
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.demo import crowd, farewell
from loyalty.installation import opening
from loyalty.messaging import budget, outbox
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.settings import Settings
from loyalty.staff import accounts
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.builders_backups import quiet
from tests.builders_console import Browser, Console, make_console

WEEK: dict[str, Any] = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat"), "8h-21h") | {"sun": "nghỉ"}


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings)


@pytest.fixture
def owner(console: Console) -> Browser:
    return console.sign_in("owner", "Chị Sáu")


def chosen_name(console: Console) -> str:
    with console.database.read_only() as session:
        return chosen.of(session).name


def audited(console: Console) -> list[str]:
    with console.database.read_only() as session:
        return list(session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_new_name_holds_at_once_and_the_toast_takes_it_back(console: Console, owner: Browser) -> None:
    owner.post("/console/settings/about", name="Mây Xanh", contact="0912 000 000", locale="vi")
    assert "Đã đổi tên cửa hàng, liên hệ." in owner.page and "Mây Xanh" in owner.page
    assert console.database.shop is not None and console.database.shop.name == "Mây Xanh"
    owner.post("/console/settings/about", name="Mây Hồng", contact="0912 000 000", locale="vi")
    assert "Đã đổi tên cửa hàng: «Mây Xanh» → «Mây Hồng»." in owner.page
    owner.post("/console/settings/changes/2/undo")
    assert chosen_name(console) == "Mây Xanh" and "Đã đổi tên cửa hàng: «Mây Hồng» → «Mây Xanh»." in owner.page
    assert audited(console)[-3:] == ["settings_changed", "settings_changed", "settings_undone"]


def test_an_empty_name_is_the_environments_again(console: Console, owner: Browser) -> None:
    owner.post("/console/settings/about", name="Mây Xanh", contact="", locale="vi")
    owner.post("/console/settings/about", name="", contact="", locale="vi")
    assert chosen_name(console) == "Cà phê Mây" and "→ theo .env" in owner.page


def test_saving_what_holds_already_changes_nothing(console: Console, owner: Browser) -> None:
    owner.post("/console/settings/quiet", start="21:00", end="08:00")
    assert "Không có gì thay đổi." in owner.page
    with console.database.read_only() as session:
        assert session.scalars(sa.select(ChoiceChange)).all() == []


def test_a_change_made_over_cannot_be_undone(console: Console, owner: Browser) -> None:
    owner.post("/console/settings/budget", monthly_budget="500k")
    owner.post("/console/settings/budget", monthly_budget="1tr")
    answer = owner.post("/console/settings/changes/1/undo")
    assert answer.status_code == 409 and "được đổi thêm sau đó" in owner.page
    assert owner.post("/console/settings/changes/99999999999999999999/undo").status_code == 404


def test_quiet_hours_are_both_times_or_none(console: Console, owner: Browser) -> None:
    assert owner.post("/console/settings/quiet", start="21:00", end="").status_code == 422
    assert "Điền cả hai giờ" in owner.page
    owner.post("/console/settings/quiet", start="", end="")
    with console.database.read_only() as session:
        assert chosen.of(session).quiet_hours is None


def test_the_ceiling_chosen_is_the_one_in_force(console: Console, owner: Browser) -> None:
    owner.post("/console/settings/budget", monthly_budget="1tr2")
    with console.database.read_only() as session:
        assert budget.left(session, now=NOON) == 1_200_000
    assert "1.200.000đ" in owner.page
    owner.post("/console/settings/budget", monthly_budget="0")
    with console.database.read_only() as session:
        assert (budget.left(session, now=NOON), chosen.row(session).monthly_budget) == (0, 0)
    assert owner.post("/console/settings/budget", monthly_budget="nhiều").status_code == 422


def test_opening_hours_are_read_as_people_write_them(console: Console, owner: Browser) -> None:
    owner.post("/console/settings/opening", **WEEK, closed_text="Chúc bạn ngủ ngon!")
    with console.database.read_only() as session:
        here = chosen.of(session)
        assert here.opening is not None and here.opening.plain() == [["08:00-21:00"]] * 6 + [[]]
        assert not here.is_open(NOON) and here.closed_text == "Chúc bạn ngủ ngon!"  # a Sunday
    answer = owner.post("/console/settings/opening", **WEEK | {"mon": "sáng tới tối"})
    assert answer.status_code == 422 and "Chưa đọc được «sáng tới tối»" in owner.page
    assert "Cà phê Mây" in owner.page  # the other cards still show what holds
    answer = owner.post("/console/settings/opening", **WEEK | {"tue": ""})  # forgotten is not closed
    assert answer.status_code == 422 and "Gõ giờ mở cửa, hoặc gõ: nghỉ" in owner.page
    nothing: dict[str, Any] = dict.fromkeys(WEEK, "")
    owner.post("/console/settings/opening", **nothing)
    with console.database.read_only() as session:
        assert chosen.of(session).opening is None


def test_days_off_are_added_and_taken_away(console: Console, owner: Browser) -> None:
    owner.post("/console/settings/closures", first="2027-02-05", last="2027-02-07")
    owner.post("/console/settings/closures/2027-02-06/open")
    with console.database.read_only() as session:
        assert chosen.row(session).closed_days == ["2027-02-05", "2027-02-07"]
    for first, last in (("2026-11-01", ""), ("2027-02-05", "2027-02-01"), ("2027-01-01", "2028-01-01")):
        assert owner.post("/console/settings/closures", first=first, last=last).status_code == 422
    assert owner.post("/console/settings/closures", first="Tết").status_code == 422


def test_no_secret_of_the_environment_is_on_the_page(database: Database, settings: Settings) -> None:
    secrets: dict[str, Any] = {
        "zalo_app_secret": "hush-1",
        "zalo_oa_secret_key": "hush-2",
        "zalo_access_token": "hush-3",
        "messenger_page_token": "hush-4",
    }
    owner = make_console(database, replace(settings, **secrets, zalo_oa_id="579745")).sign_in("owner")
    owner.get("/console/settings")
    assert "hush" not in owner.html and settings.database_url not in owner.html and "579745" in owner.page
    assert "a test's secret" not in owner.html and "LOYALTY_ZALO_APP_SECRET" in owner.page


def test_a_hostile_name_is_only_words(console: Console, owner: Browser) -> None:
    owner.post("/console/settings/about", name="<script>alert(1)</script>", contact="\u202e<b>", locale="vi")
    for page in ("/console/settings", "/console/settings/sending", "/console/poster"):
        assert owner.get(page).status_code == 200
        assert "<script>alert" not in owner.html


@pytest.mark.parametrize("role", ["cashier", "marketer", "manager"])
def test_only_the_owner_changes_settings(console: Console, role: str) -> None:
    browser = console.sign_in(role)
    assert browser.get("/console/settings").status_code == 403
    assert browser.post("/console/settings/about", name="Của tôi", locale="vi").status_code == 403
    assert browser.post("/console/settings/real", name="Cà phê Mây").status_code == 403
    assert chosen_name(console) == "Cà phê Mây"


def test_one_press_stops_everything_and_every_page_says_so(console: Console, owner: Browser) -> None:
    owner.post("/console/settings/sending/stop", reason="Nhầm giá", next="/console/settings?")
    with console.database.read_only() as session:
        assert sending.find_stop(session) == sending.Stop(NOON, f"staff:{owner.member.public_id}", "Nhầm giá")  # type: ignore[union-attr]  # signed in
    assert "Đã dừng mọi tin gửi đi." in owner.page and "Cài đặt" in owner.page
    cashier = console.sign_in("cashier")
    cashier.get("/console/counter")
    assert "Mọi tin gửi đi đang dừng: Chị Sáu" in cashier.page and "«Nhầm giá»" in cashier.page
    assert "Tin đang chờ, không mất." in cashier.page


def test_the_stop_page_counts_what_waits_and_resumes(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        account = channels.ensure(session, "zalo", "oa1", window=timedelta(hours=48), now=NOON)
        outbox.enqueue(
            session,
            dedupe_key="old",
            lane=Lane.REPLY,
            channel_account_id=account.id,
            user_id="u",
            customer_id=None,
            text="Chào bạn",
            now=NOON - 2 * outbox.STALE,
        )
    owner.post("/console/settings/sending/stop")
    assert "1 trả lời và thông báo đã cũ hơn một ngày sẽ được bỏ qua" in owner.page
    owner.post("/console/settings/sending/resume")
    assert "Tin gửi đi đã chạy lại." in owner.page
    with console.database.read_only() as session:
        assert sending.find_stop(session) is None
    assert "sending_stopped" in audited(console) and "sending_resumed" in audited(console)
    owner.post("/console/settings/sending/resume")
    assert "Tin gửi đi không bị dừng." in owner.page


def test_a_manager_may_stop_and_a_cashier_or_marketer_may_not(console: Console) -> None:
    for role in ("cashier", "marketer"):
        browser = console.sign_in(role)
        assert browser.post("/console/settings/sending/stop").status_code == 403
        browser.get("/console/me")
        assert "Dừng mọi tin gửi đi" not in browser.page
    manager = console.sign_in("manager")
    assert manager.post("/console/settings/sending/stop", reason="x" * 201).status_code == 422
    assert manager.post("/console/settings/sending/stop").status_code == 200
    with console.database.read_only() as session:
        assert sending.find_stop(session) is not None


def test_nobody_is_led_elsewhere_by_the_stop_button(owner: Browser) -> None:
    answer = owner.post("/console/settings/sending/stop", follow=False, next="https://evil.example/")
    assert answer.headers["Location"] == "/console/"


@pytest.fixture
def demo_shop(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setattr(crowd, "guests", lambda: crowd_of_eight)
    demo.fill(settings, say=quiet, now=NOON)
    return opening.open_database(settings)


crowd_of_eight = tuple(
    guest if guest.habit is None else replace(guest, habit=replace(guest.habit, visits=2))
    for guest in crowd.guests()[:8]
)


def test_the_demo_goes_after_its_name_was_typed_and_whoever_asked_stays(
    demo_shop: Database, settings: Settings
) -> None:
    console = make_console(demo_shop, settings)
    with demo_shop.read_only() as session:
        mai = accounts.get_by_name(session, "Mai")
    browser = console.seat(mai)
    assert "Đây là cửa hàng mẫu" in browser.get("/console/settings").text
    assert browser.post("/console/settings/real", name="Cà phê Gió").status_code == 422
    assert "Gõ đúng tên: «Cà phê Mây»" in browser.page
    browser.post("/console/settings/real", name="cà phê mây")
    assert "Đang bắt đầu …" in browser.page

    while pump.leave_demo(Context(demo_shop, settings, {}, console.clock)):
        console.clock.now += farewell.AGAIN

    assert "Xong lúc" in browser.get("/console/settings/real/progress").text
    assert "Đây là cửa hàng thật" in browser.get("/console/settings/real").text
    with demo_shop.read_only() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Customer)) == 0
        assert [accounts.name_of(session, member) for member in accounts.list_all(session)] == ["Mai"]
        assert session.scalar(sa.select(sa.func.count()).select_from(OutboundMessage)) == 0
    demo_shop.close()


def test_a_real_shop_has_nothing_to_leave(console: Console, owner: Browser) -> None:
    assert "Đây đã là cửa hàng thật." in owner.get("/console/settings/real").text
    assert owner.post("/console/settings/real", name="Cà phê Mây").status_code == 422


def test_closed_days_of_the_past_are_forgotten(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        chosen.save(session, {"closed_days": ["2026-01-01"]}, by="cli", now=NOON)
    owner.post("/console/settings/closures", first=date(2026, 12, 25).isoformat())
    with console.database.read_only() as session:
        assert chosen.row(session).closed_days == ["2026-12-25"]
