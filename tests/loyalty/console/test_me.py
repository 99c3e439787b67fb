"""My account: password, second step, the browsers I am signed in with."""

from collections.abc import Iterator

import pyotp
import pytest
from sqlalchemy import select

from loyalty.db import Database
from loyalty.settings import Settings
from loyalty.staff import audit, second_factor, sessions
from loyalty.staff.models import StaffCredential
from tests.builders import NOON
from tests.builders_console import Console, make_console
from tests.builders_staff import quick_hashing
from tests.loyalty.console.doors import MINUTE, RIGHT, codes_on, enter, is_in, secret_on, somebody


@pytest.fixture(autouse=True)
def _quickly() -> Iterator[None]:
    with quick_hashing():
        yield


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings)


def test_a_new_password_signs_out_the_other_browsers_and_keeps_this_one(console: Console) -> None:
    thu = somebody(console)
    here, there = console.seat(thu), console.seat(thu)
    here.get("/console/me/password")
    here.post("/console/me/password", password="năm con voi đi dạo", again="năm con voi đi dạo")

    assert "Đã đổi mật khẩu." in here.page
    assert is_in(here)
    assert not is_in(there)
    assert enter(console.stranger()).status_code == 422


def test_after_ten_minutes_the_password_is_asked_again(console: Console) -> None:
    browser = console.seat(somebody(console))
    console.clock.now += 11 * MINUTE
    answer = browser.get("/console/me/password")
    assert answer.location == "/console/me/confirm?next=/console/me/password"

    browser.get(answer.location)
    assert browser.post("/console/me/confirm", next="/console/me/password", password="wrong").status_code == 422
    answer = browser.post("/console/me/confirm", follow=False, next="/console/me/password", password=RIGHT)
    assert answer.location == "/console/me/password"
    assert browser.get("/console/me/password").status_code == 200


def test_guessing_at_the_confirmation_is_counted_like_guessing_at_the_door(console: Console) -> None:
    browser = console.seat(somebody(console))
    browser.get("/console/me/confirm")
    for _ in range(5):
        browser.post("/console/me/confirm", password="wrong")
    assert browser.post("/console/me/confirm", password=RIGHT).status_code == 422
    assert "Sai nhiều lần rồi" in browser.page


def test_a_manager_may_switch_the_second_step_on_and_off(console: Console) -> None:
    thu = somebody(console, "manager")
    browser = console.seat(thu)
    browser.get("/console/me")
    browser.post("/console/me/second-factor/prepare")
    totp = pyotp.TOTP(secret_on(browser.html))
    browser.post("/console/me/second-factor", code=totp.at(NOON))
    assert len(codes_on(browser.page)) == 8
    assert enter(console.stranger()).location == "/console/second-step"

    browser.get("/console/me")
    browser.post("/console/me/second-factor/codes")
    assert len(codes_on(browser.page)) == 8
    browser.post("/console/me/second-factor/off")
    assert enter(console.stranger()).location == "/console/"


def test_an_owner_of_a_real_shop_cannot_switch_it_off(console: Console) -> None:
    mai = somebody(console, "owner", "Mai")
    with console.database.transaction() as session:
        second_factor.prepare(session, mai)
        secret = second_factor.pending(session, mai)
        assert secret is not None
        second_factor.confirm(session, mai, pyotp.TOTP(secret).at(NOON), by=audit.CLI, now=NOON)
    browser = console.seat(mai)
    browser.get("/console/me")
    assert "Tắt mã xác thực" not in browser.page
    assert browser.post("/console/me/second-factor/off").status_code == 422
    with console.database.read_only() as session:
        assert session.scalars(select(StaffCredential.totp_since)).one() is not None


def test_my_browsers_are_listed_and_ended_one_by_one_or_all(console: Console) -> None:
    thu = somebody(console)
    here, phone, till = console.seat(thu), console.seat(thu), console.seat(thu)
    here.get("/console/me")
    assert here.html.count("Đăng xuất máy này") == 2
    with console.database.read_only() as session:
        seat = sessions.find(session, phone.client.get_cookie("kq_seat", path="/console").value, now=NOON)  # type: ignore[union-attr]  # it was just set
        assert seat is not None
    here.post(f"/console/me/sessions/{seat.row.public_id}/end")
    assert not is_in(phone)
    assert is_in(till)

    here.get("/console/me")
    here.post("/console/me/sessions/end", follow=False)
    assert not is_in(here)
    assert not is_in(till)


def test_nobody_ends_another_persons_browser(console: Console) -> None:
    mine, theirs = console.sign_in("cashier"), console.sign_in("cashier")
    with console.database.read_only() as session:
        assert theirs.member is not None
        [row] = sessions.list_open(session, theirs.member.id, now=NOON)
    mine.get("/console/me")
    assert mine.post(f"/console/me/sessions/{row.public_id}/end").status_code == 404
    assert is_in(theirs)
