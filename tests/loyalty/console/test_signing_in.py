"""The ways into the console, as somebody at a browser meets them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from loyalty.db import Database
from loyalty.settings import Settings
from loyalty.staff import accounts, audit, leaving, second_factor
from loyalty.staff.invitations import Kind
from loyalty.staff.models import AuditEntry, SignInTry, StaffMember, StaffSession
from tests.builders import NOON
from tests.builders_console import Console, make_console
from tests.builders_staff import quick_hashing
from tests.loyalty.console.doors import (
    MINUTE,
    RIGHT,
    codes_on,
    cookie_of,
    demo_console,
    enter,
    is_in,
    link_for,
    secret_on,
    secret_on_or_none,
    somebody,
    token_on,
)


@pytest.fixture(autouse=True)
def _quickly() -> Iterator[None]:
    with quick_hashing():
        yield


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings)


def test_a_name_and_its_password_lead_to_where_one_was_going(console: Console) -> None:
    somebody(console)
    browser = console.stranger()

    answer = browser.get("/console/me")
    assert (answer.status_code, answer.location) == (303, "/console/signin?next=/console/me")
    browser.get(answer.location)
    answer = browser.post("/console/signin", follow=False, name="nguyen thu", password=RIGHT, next="/console/me")

    assert (answer.status_code, answer.location) == (303, "/console/me")
    browser.get("/console/me")
    assert "Nguyễn Thu" in browser.page


@pytest.mark.parametrize(
    ("name", "password"), [("nguyen thu", "wrong"), ("Nobody", RIGHT), ("💥" * 20, "x"), ("\u202e", "\u202e")]
)
def test_a_miss_says_the_same_for_every_name_and_stays_written_down(console: Console, name: str, password: str) -> None:
    somebody(console)
    browser = console.stranger()

    answer = enter(browser, name, password)

    assert answer.status_code == 422
    assert "Chưa đúng. Kiểm tra lại rồi thử lần nữa nhé." in browser.page
    assert not is_in(browser)
    with console.database.read_only() as session:
        assert len(session.scalars(select(SignInTry)).all()) == 1
        assert session.scalars(select(AuditEntry.action).where(AuditEntry.actor == "stranger")).all() == [
            "sign_in_missed"
        ]


def test_too_many_misses_say_until_when_and_a_link_opens_all_the_same(console: Console) -> None:
    thu, browser = somebody(console), console.stranger()
    for _ in range(5):
        enter(browser, password="wrong")
    assert "thử lại sau 12:30" in browser.page
    assert enter(browser).status_code == 422
    assert "thử lại sau 12:30" in browser.page

    link = link_for(console, thu)
    browser.get(link)
    browser.post(link, password="năm con voi đi dạo", again="năm con voi đi dạo")
    assert is_in(browser)


def test_a_link_is_opened_as_often_as_one_likes_and_used_once(console: Console) -> None:
    thu = somebody(console, password=None)
    link, browser, later = link_for(console, thu), console.stranger(), console.stranger()
    for _ in range(3):
        assert browser.get(link).status_code == 200
    assert "Nguyễn Thu" in browser.page

    browser.post(link, password=RIGHT, again=RIGHT)

    assert is_in(browser)
    assert later.get(link).status_code == 410
    assert later.post(link, password="x" * 20, again="x" * 20).status_code == 410
    assert enter(later).status_code == 303


@pytest.mark.parametrize(
    ("password", "again", "told"),
    [
        ("", "", "Còn thiếu ô này."),
        (RIGHT, RIGHT + "!", "Hai lần gõ chưa giống nhau."),
        ("ngắn quá", "ngắn quá", "Cần ít nhất 10 ký tự"),
        ("Nguyen Thu 1990", "Nguyen Thu 1990", "ai cũng đoán được"),
        ("matkhau123", "matkhau123", "ai cũng đoán được"),
    ],
)
def test_a_poor_password_is_refused_beside_its_field_and_the_link_stays_good(
    console: Console, password: str, again: str, told: str
) -> None:
    link, browser = link_for(console, somebody(console, password=None)), console.stranger()
    browser.get(link)

    answer = browser.post(link, password=password, again=again)

    assert answer.status_code == 422
    assert told in browser.page
    assert password == "" or password not in browser.html
    assert browser.get(link).status_code == 200


@pytest.mark.parametrize("token", ["x", "A" * 32, "A" * 500, "%00", "%F0%9F%92%A5"])
def test_no_link_says_so(console: Console, token: str) -> None:
    browser = console.stranger()
    assert browser.get(f"/console/welcome/{token}").status_code == 410
    assert browser.post(f"/console/welcome/{token}", password=RIGHT, again=RIGHT).status_code == 410


def test_an_owner_sets_up_the_second_step_and_signs_in_with_it(console: Console) -> None:
    mai = somebody(console, "owner", "Mai", password=None)
    link, browser = link_for(console, mai), console.stranger()
    browser.get(link)
    browser.post(link, password=RIGHT, again=RIGHT)
    assert "Bật mã xác thực" in browser.page
    assert not is_in(browser)

    browser.get("/console/second-step")
    totp = pyotp.TOTP(secret_on(browser.html))
    assert browser.post("/console/second-step", code="000000").status_code == 422
    browser.post("/console/second-step", code=totp.at(NOON))
    codes = codes_on(browser.page)
    assert len(codes) == 8
    assert is_in(browser)

    console.clock.now = NOON + MINUTE
    other = console.stranger()
    assert enter(other, "mai").location == "/console/second-step"
    assert not is_in(other)
    other.get("/console/second-step")
    assert secret_on_or_none(other.html) is None
    assert other.post("/console/second-step", code=totp.at(NOON)).status_code == 422  # used before
    other.post("/console/second-step", follow=False, code=totp.at(NOON + MINUTE))
    assert is_in(other)

    third = console.stranger()
    enter(third, "mai", next="/console/staff")
    third.get("/console/second-step")
    answer = third.post("/console/second-step", follow=False, code=codes[0].lower())
    assert answer.location == "/console/staff"


def sworn_owner(console: Console) -> tuple[StaffMember, pyotp.TOTP]:
    """An owner with a password and a second factor."""
    mai = somebody(console, "owner", "Mai")
    with console.database.transaction() as session:
        second_factor.prepare(session, mai)
        secret = second_factor.pending(session, mai)
        assert secret is not None
        totp = pyotp.TOTP(secret)
        second_factor.confirm(session, mai, totp.at(NOON - MINUTE), by=audit.CLI, now=NOON - MINUTE)
    return mai, totp


def test_a_link_asks_for_the_second_step_of_whoever_has_one(console: Console) -> None:
    mai, totp = sworn_owner(console)
    link, browser = link_for(console, mai), console.stranger()
    fresh: dict[str, Any] = {"password": "năm con voi đi dạo", "again": "năm con voi đi dạo"}
    browser.get(link)
    assert "Mã xác thực" in browser.page

    assert browser.post(link, **fresh).status_code == 422
    assert "Còn thiếu ô này." in browser.page
    assert browser.post(link, **fresh, code="000000").status_code == 422
    assert "Chưa đúng. Kiểm tra lại rồi thử lần nữa nhé." in browser.page
    assert enter(console.stranger(), "mai").location == "/console/second-step"  # the password is as it was
    assert not is_in(browser)

    assert browser.post(link, follow=False, **fresh, code=totp.at(NOON)).location == "/console/"
    assert is_in(browser)


def test_codes_guessed_at_a_link_have_to_wait(console: Console) -> None:
    link, browser = link_for(console, sworn_owner(console)[0]), console.stranger()
    for _ in range(6):
        browser.get(link)
        browser.post(link, password=RIGHT, again=RIGHT, code="000000")
    assert "thử lại sau 12:30" in browser.page


def test_without_a_right_password_there_is_no_second_step(console: Console) -> None:
    browser = console.stranger()
    assert browser.get("/console/second-step").location == "/console/signin"
    browser.get("/console/signin")
    assert browser.post("/console/second-step", follow=False, code="123456").location == "/console/signin"


def test_the_second_step_ends_after_a_quarter_of_an_hour(console: Console) -> None:
    somebody(console, "owner", "Mai")
    browser = console.stranger()
    assert enter(browser, "Mai").location == "/console/second-step"
    console.clock.now = NOON + 15 * MINUTE
    assert browser.get("/console/second-step").location == "/console/signin"


def test_the_owner_of_a_demo_shop_may_do_without_a_second_step(database: Database, settings: Settings) -> None:
    console = demo_console(database, settings)
    mai = somebody(console, "owner", "Mai", password=None)
    link, browser = link_for(console, mai), console.stranger()
    browser.get(link)
    assert "Cửa hàng mẫu" in browser.page
    browser.post(link, password=RIGHT, again=RIGHT)
    assert is_in(browser)


def test_a_demo_link_lets_in_once_and_only_a_demo_shop_has_such_links(database: Database, settings: Settings) -> None:
    console = demo_console(database, settings)
    mai = somebody(console, "owner", "Mai", password=None)
    link, browser, other = link_for(console, mai, Kind.SIGN_IN), console.stranger(), console.stranger()
    browser.get(link)
    assert browser.post(link, follow=False).location == "/console/"
    assert is_in(browser)
    assert other.post(link).status_code == 410

    second = link_for(console, mai, Kind.SIGN_IN)
    shop = database.shop
    assert shop is not None
    database.shop = replace(shop, demo=False)
    other.get(second)
    assert other.post(second).status_code == 404
    assert not is_in(other)


def test_every_sign_in_has_a_new_cookie_and_ends_the_one_before(console: Console) -> None:
    somebody(console)
    browser = console.stranger()
    browser.client.set_cookie("kq_seat", "chosen-by-somebody-else", path="/console")
    first = cookie_of(enter(browser))
    assert first != "chosen-by-somebody-else"
    browser.post("/console/signout", follow=False)
    second = cookie_of(enter(browser))

    assert first != second
    stolen = console.stranger()
    stolen.client.set_cookie("kq_seat", first, path="/console")
    assert not is_in(stolen)


def test_signing_in_over_somebody_else_ends_their_session(console: Console) -> None:
    somebody(console)
    somebody(console, name="Minh")
    browser = console.stranger()
    enter(browser)
    browser.get("/console/me")
    browser.post("/console/signin", follow=False, name="minh", password=RIGHT)
    with console.database.read_only() as session:
        still_open = session.scalars(select(StaffSession.staff_id).where(StaffSession.ended_at.is_(None))).all()
        assert still_open == [accounts.get_by_name(session, "Minh").id]


def test_a_cookie_is_dead_after_signing_out_idling_and_half_a_day(console: Console) -> None:
    for wait in (29 * MINUTE, 30 * MINUTE):
        browser = console.sign_in("cashier")
        console.clock.now += wait
        assert is_in(browser) is (wait < 30 * MINUTE)
    console.clock.now = NOON
    busy = console.sign_in("cashier")
    for _ in range(36):
        assert is_in(busy)
        console.clock.now += 20 * MINUTE
    assert not is_in(busy)
    out = console.sign_in("cashier")
    out.get("/console/me")
    out.post("/console/signout", follow=False)
    assert not is_in(out)


def test_cookies_are_for_the_console_only_and_secure_over_https(database: Database, settings: Settings) -> None:
    for base, is_secure in (("http://127.0.0.1:8000", False), ("https://may.example", True)):
        console = make_console(database, replace(settings, base_url=base))
        somebody(console, name=f"Thu {is_secure}")
        browser = console.stranger()
        shown = browser.get("/console/signin", base_url=base)
        [cookie] = shown.headers.getlist("Set-Cookie")  # the token of forms hangs on it
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert ("Secure" in cookie) is is_secure
        answer = browser.client.post(
            "/console/signin",
            data={"name": f"thu {is_secure}", "password": RIGHT, "csrf_token": token_on(browser.html)},
            base_url=base,
            headers={"Referer": base + "/console/signin"},
        )
        [cookie] = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("kq_seat=")]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/console" in cookie
        assert ("Secure" in cookie) is is_secure
        assert "Expires" not in cookie


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/console/../../evil",
        "javascript:alert(1)",
        "/simulator/",
        "console/me",
        "/console/\r\nSet-Cookie: x=1",
        "https:evil.example",
        " //evil.example",
        "/%2F/evil.example",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(console: Console, target: str) -> None:
    somebody(console)
    answer = enter(console.stranger(), next=target)
    assert answer.status_code == 303
    assert re.fullmatch(r"/console/[^\\\r\n]*", answer.location)
    assert "evil" not in answer.location or answer.location.startswith("/console/")


def test_signed_in_people_go_on_from_the_sign_in_page(console: Console) -> None:
    browser = console.sign_in("cashier")
    assert browser.get("/console/signin?next=/console/me").location == "/console/me"


def test_somebody_who_left_is_out_with_their_next_click(console: Console) -> None:
    browser = console.sign_in("cashier")
    assert is_in(browser)
    assert browser.member is not None
    with console.database.transaction() as session:
        leaving.remove(session, browser.member.id, now=NOON)
    assert not is_in(browser)


def test_the_pages_speak_english_too(console: Console) -> None:
    browser = console.stranger()
    browser.get("/console/signin")
    browser.post("/console/language", language="en", next="/console/signin")
    assert "Your name" in browser.page


def test_no_secret_of_the_way_in_reaches_the_audit(console: Console) -> None:
    mai = somebody(console, "owner", "Mai", password=None)
    link, browser = link_for(console, mai), console.stranger()
    browser.get(link)
    browser.post(link, password=RIGHT, again=RIGHT)
    browser.get("/console/second-step")
    secret = secret_on(browser.html)
    browser.post("/console/second-step", code=pyotp.TOTP(secret).at(NOON))
    codes = codes_on(browser.page)
    with console.database.read_only() as session:
        told = " ".join(f"{row.subject} {row.detail}" for row in session.scalars(select(AuditEntry)))
    assert not [word for word in (RIGHT, secret, *codes, link.rpartition("/")[2], "Mai") if word in told]
